"""Personal invitations to the people of a sampling frame: sent, sent again, taken back.

Whose invitation is whose follows from the frame member's id and the installation's secret
(`keys.invitation`) and stands nowhere: the system can leave out of a reminder who has answered, and
whoever reads the database, or a page, cannot tell who that is.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.orm import Session

from surveys import carried, keys, respite
from surveys.company_tables import PanelAskingRow
from surveys.errors import SecretChanged, UnknownReference, WaveClosed
from surveys.fieldwork_tables import ContactRow, FrameMemberRow
from surveys.schedule import is_over
from surveys.tables import DraftRow, InvitationRow, WaveRow


class Outcome(StrEnum):
    """What staff or a delivery can say of an invitation that was not answered."""

    REFUSED = "refused"
    UNDELIVERABLE = "undeliverable"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is sent: where, in which language, and the link and the code to put in it."""

    reference: str
    token: str
    code: str
    language: str
    channel: str
    team: str | None
    email: str | None
    phone: str | None
    leaves_by: str | None = None
    """What the link carries by which a member of the panel leaves it."""


def invite(
    session: Session,
    wave_id: int,
    secret: str,
    now: datetime,
    *,
    teams: Collection[str] | None = None,
) -> Sequence[Letter]:
    """Invite everybody in a wave's frame who is not invited yet, or those of some teams.

    Whoever is to be left in peace is left out (`surveys.respite`). Gives what they are to be sent.
    In an anonymous wave no small group follows the answer (`surveys.carried`). Whoever is invited
    already keeps what their answer carries.
    Raises WaveClosed when the wave has closed.
    """
    # Locked, so that the anonymity that is promised now is the one that was read
    wave = session.scalars(select(WaveRow).where(WaveRow.id == wave_id).with_for_update()).one()
    if is_over(wave.closes_at, now):
        raise WaveClosed
    issued = _invitations(session, wave_id)
    everybody = session.execute(_members(wave_id)).all()
    _require_same_secret(issued, everybody, secret)
    uninvited = [
        (member, key)
        for member in everybody
        if keys.spend_hash((key := keys.invitation(secret, member.id)).token) not in issued
    ]
    people = _people((member for member, _ in uninvited), secret)
    in_peace = respite.left_alone(session, wave_id, people, now)
    uninvited = [(member, key) for member, key in uninvited if member.id not in in_peace]
    groups = (
        carried.groups(
            [_group(member) for member, _ in uninvited], [_group(i) for i in issued.values()]
        )
        if wave.anonymity == "anonymous"
        else None
    )
    fresh = [
        (member, key) for member, key in uninvited if teams is None or (member.team or "") in teams
    ]
    rows: list[dict[str, object]] = []
    for member, key in fresh:
        unit, course, caseworker = _group(member) if groups is None else groups[_group(member)]
        rows.append(
            {
                "token_hash": keys.spend_hash(key.token),
                "wave_id": wave_id,
                "personal": True,
                "spent": False,
                "unit": unit,
                "course": course,
                "caseworker": caseworker,
            }
        )
    respite.note_asked(session, [people[member.id] for member, _ in fresh], now)
    # The order of the rows is the order of the people no more
    secrets.SystemRandom().shuffle(rows)
    if rows:
        session.execute(insert(InvitationRow), rows)
    wave.invited = len(issued) + len(rows)
    session.flush()
    return [_letter(member, key, secret) for member, key in fresh]


def letters(session: Session, wave_id: int, secret: str) -> Sequence[Letter]:
    """What everybody who is invited was or is to be sent, unless it was taken back."""
    return [
        _letter(member, key, secret)
        for member, key, invitation in known(session, wave_id, secret)
        if not invitation.withdrawn
    ]


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter with whose it is, and whether they need it still.

    `answered` is for the system alone. `out` says that they said no, moved away or were taken out.
    """

    letter: Letter
    token_hash: bytes
    answered: bool
    out: bool


def addressed(
    session: Session, wave_id: int, secret: str, members: Collection[str] | None = None
) -> Mapping[str, Addressed]:
    """The letters of those members of a wave's frame who are invited, or of all who are."""
    query = _members(wave_id)
    if members is not None:
        query = query.where(FrameMemberRow.id.in_(members))
    found = session.execute(query).all()
    issued: dict[bytes, InvitationRow] = {}
    hashes = {}
    for member in found:
        key = keys.invitation(secret, member.id)
        hashes[member.id] = (keys.spend_hash(key.token), key)
    if members is None:
        issued = _invitations(session, wave_id)
    else:
        rows = session.scalars(
            select(InvitationRow)
            .where(InvitationRow.token_hash.in_([one for one, _ in hashes.values()]))
            .execution_options(populate_existing=True)
        )
        issued = {row.token_hash: row for row in rows}
    return {
        member.id: Addressed(
            _letter(member, key, secret),
            token_hash,
            answered=row.spent,
            out=row.withdrawn or row.refused or row.undeliverable,
        )
        for member in found
        for token_hash, key in [hashes[member.id]]
        if (row := issued.get(token_hash)) is not None
    }


def mark_undeliverable(session: Session, token_hashes: Collection[bytes]) -> None:
    """Note that what was sent to these invitations did not arrive."""
    session.execute(
        update(InvitationRow)
        .where(InvitationRow.token_hash.in_(token_hashes))
        .values(undeliverable=True)
    )


def to_remind(session: Session, wave_id: int, secret: str, now: datetime) -> Sequence[Letter]:
    """What those are sent again who have not answered, said no, moved away or been taken out.

    In an anonymous wave this is for the system's own sender. What a person gets to see is
    `to_remind_by_hand`. Raises WaveClosed.
    """
    _require_open(session, wave_id, now)
    return [
        _letter(member, key, secret)
        for member, key, invitation in known(session, wave_id, secret)
        if not (invitation.spent or invitation.withdrawn)
        and not (invitation.refused or invitation.undeliverable)
    ]


def to_remind_by_hand(
    session: Session, wave_id: int, secret: str, now: datetime
) -> Sequence[Letter]:
    """The same for a person to send. In an anonymous wave it holds those who have answered too.

    Whoever sends the reminders must not learn who has answered; the reminder says that those who
    have need do nothing. Raises WaveClosed.
    """
    wave = _require_open(session, wave_id, now)
    if wave.anonymity != "anonymous":
        return to_remind(session, wave_id, secret, now)
    return [
        _letter(member, key, secret)
        for member, key, invitation in known(session, wave_id, secret)
        if not (invitation.withdrawn or invitation.refused or invitation.undeliverable)
    ]


def record(
    session: Session,
    wave_id: int,
    secret: str,
    outcomes: Mapping[str, Outcome],
    now: datetime,
) -> None:
    """Note what became of invitations, by reference: no thank you, undeliverable, or taken back.

    It says nothing of whether they were answered, and an answer given before counts. Raises
    UnknownReference, and WaveClosed when the wave has closed and its figures stand.
    """
    _require_open(session, wave_id, now)
    left = dict(outcomes)
    for member, key, invitation in known(session, wave_id, secret):
        outcome = left.pop(member.reference, None)
        if outcome is None:
            continue
        session.execute(
            update(InvitationRow)
            .where(InvitationRow.token_hash == invitation.token_hash)
            .values({outcome.value: True})
        )
        if outcome is Outcome.WITHDRAWN:
            session.execute(delete(DraftRow).where(DraftRow.key == keys.draft_key(key.token)))
    if left:
        raise UnknownReference(", ".join(sorted(left)))


def decline(session: Session, token: str, *, declines: bool) -> bool:
    """Note that the holder of an invitation does not want to answer, or wants to after all.

    What was begun is thrown away. False when there is nothing to decline: the token is no personal
    invitation, it was taken back, or the answer is in.
    """
    changed = session.execute(
        update(InvitationRow)
        .where(
            InvitationRow.token_hash == keys.spend_hash(token),
            InvitationRow.personal.is_(True),
            InvitationRow.spent.is_(False),
            InvitationRow.withdrawn.is_(False),
        )
        .values(refused=declines)
        .returning(InvitationRow.wave_id)
    ).one_or_none()
    if changed is not None and declines:
        session.execute(delete(DraftRow).where(DraftRow.key == keys.draft_key(token)))
    return changed is not None


def decline_all(session: Session, token: str, secret: str, *, declines: bool) -> bool:
    """Note that whoever holds an invitation wants no survey at all, or wants them after all.

    False when the token is no invitation out of a frame that is still kept.
    """
    wave_id = session.scalar(
        select(InvitationRow.wave_id).where(
            InvitationRow.token_hash == keys.spend_hash(token), InvitationRow.personal.is_(True)
        )
    )
    if wave_id is None:
        return False
    for member in session.execute(_members(wave_id)):
        if secrets.compare_digest(keys.invitation(secret, member.id).token, token):
            [person] = _people([member], secret).values()
            (respite.opt_out if declines else respite.opt_in)(session, person)
            decline(session, token, declines=declines)
            return True
    return False


def left_alone(
    session: Session, wave_id: int, secret: str, now: datetime
) -> Mapping[respite.Reason, int]:
    """How many of a wave's frame are not invited because they are left in peace, and why."""
    issued = set(_invitations(session, wave_id))
    members = {
        member.id: member
        for member in session.execute(_members(wave_id))
        if keys.spend_hash(keys.invitation(secret, member.id).token) not in issued
    }
    people = _people(members.values(), secret)
    return Counter(respite.left_alone(session, wave_id, people, now).values())


def _people(members: Iterable["_Member"], secret: str) -> dict[str, respite.Person]:
    return {
        member.id: respite.person(secret, member.reference, member.email, member.phone)
        for member in members
    }


_Member = Row[
    str,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str,
    str,
    str | None,
    str | None,
    str | None,
]


def _members(
    wave_id: int,
) -> Select[
    str,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str,
    str,
    str | None,
    str | None,
    str | None,
]:
    return (
        select(
            FrameMemberRow.id,
            FrameMemberRow.reference,
            FrameMemberRow.unit,
            FrameMemberRow.team,
            FrameMemberRow.course,
            FrameMemberRow.caseworker,
            FrameMemberRow.channel,
            FrameMemberRow.language,
            ContactRow.email,
            ContactRow.phone,
            PanelAskingRow.member_id.label("panelist"),
        )
        .outerjoin(PanelAskingRow, PanelAskingRow.frame_member_id == FrameMemberRow.id)
        .outerjoin(ContactRow, ContactRow.member_id == FrameMemberRow.id)
        .where(FrameMemberRow.wave_id == wave_id)
        .order_by(FrameMemberRow.reference)
    )


def _invitations(session: Session, wave_id: int) -> dict[bytes, InvitationRow]:
    found = session.scalars(
        select(InvitationRow)
        .where(InvitationRow.wave_id == wave_id, InvitationRow.personal.is_(True))
        .execution_options(populate_existing=True)
    )
    return {invitation.token_hash: invitation for invitation in found}


def known(
    session: Session, wave_id: int, secret: str
) -> Iterator[tuple[_Member, keys.Invitation, InvitationRow]]:
    """Those of the frame who are invited, each with the invitation that only the secret finds.

    For this package alone. Raises SecretChanged.
    """
    issued = _invitations(session, wave_id)
    everybody = session.execute(_members(wave_id)).all()
    _require_same_secret(issued, everybody, secret)
    for member in everybody:
        key = keys.invitation(secret, member.id)
        invitation = issued.get(keys.spend_hash(key.token))
        if invitation is not None:
            yield member, key, invitation


def _require_same_secret(
    issued: Collection[bytes], everybody: Iterable[_Member], secret: str
) -> None:
    members = list(everybody)
    if not issued or not members:
        return
    hashes = (keys.spend_hash(keys.invitation(secret, member.id).token) for member in members)
    if not any(token_hash in issued for token_hash in hashes):
        raise SecretChanged


def _group(of: _Member | InvitationRow) -> carried.Group:
    return of.unit, of.course, of.caseworker


def _require_open(session: Session, wave_id: int, now: datetime) -> WaveRow:
    wave = session.get_one(WaveRow, wave_id)
    if is_over(wave.closes_at, now):
        raise WaveClosed
    return wave


def _letter(member: _Member, key: keys.Invitation, secret: str) -> Letter:
    return Letter(
        reference=member.reference,
        token=key.token,
        code=key.code,
        language=member.language,
        channel=member.channel,
        team=member.team,
        email=member.email,
        phone=member.phone,
        leaves_by=member.panelist and keys.leaving(secret, member.panelist),
    )
