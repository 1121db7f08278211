"""Personal invitations to the people of a sampling frame: sent, sent again, taken back, counted.

Whose invitation is whose follows from the frame member's id and the installation's secret
(`keys.invitation`) and stands nowhere: the system can leave out of a reminder who has answered, and
whoever reads the database, or a page, cannot tell who that is.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Row, Select, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from surveys import keys
from surveys.errors import SecretChanged, UnknownReference, WaveClosed
from surveys.fieldwork_tables import ContactRow, FrameMemberRow, WaveDayRow
from surveys.schedule import COPENHAGEN
from surveys.tables import DraftRow, InvitationRow, WaveRow

SMALLEST_GROUP = 5
"""In an anonymous wave an answer carries the unit or the course of this many people or more."""


class State(StrEnum):
    """Where a personal invitation is. The first that holds counts, in this order."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    UNDELIVERABLE = "undeliverable"
    OPENED = "opened"
    """An interview is open on it. Looking at the first page leaves no trace, so that does not."""
    EXPIRED = "expired"
    UNOPENED = "unopened"


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


@dataclass(frozen=True, slots=True)
class Sampled:
    """One person of a frame, nameless: what is known of everybody, and whether they answered."""

    unit: str | None
    team: str | None
    course: str | None
    channel: str
    language: str
    state: State


@dataclass(frozen=True, slots=True)
class States:
    """How many personal invitations of a wave are in each state, and how many there are."""

    counts: Mapping[State, int]

    @property
    def invited(self) -> int:
        """All that were issued."""
        return sum(self.counts.values())

    def __getitem__(self, state: State) -> int:
        return self.counts.get(state, 0)


def invite(
    session: Session,
    wave_id: int,
    secret: str,
    now: datetime,
    *,
    teams: Collection[str] | None = None,
) -> Sequence[Letter]:
    """Invite everybody in a wave's frame who is not invited yet, or those of some teams.

    Gives what they are to be sent. In an anonymous wave a group of fewer than `SMALLEST_GROUP`
    people in the frame does not follow the answer: the course is left out first, then the unit.
    Raises WaveClosed when the wave has closed.
    """
    # Locked, so that the anonymity that is promised now is the one that was read
    wave = session.scalars(select(WaveRow).where(WaveRow.id == wave_id).with_for_update()).one()
    if wave.closes_at is not None and now >= wave.closes_at:
        raise WaveClosed
    issued = _invitations(session, wave_id)
    everybody = session.execute(_members(wave_id)).all()
    _require_same_secret(issued, everybody, secret)
    groups = _groups(everybody) if wave.anonymity == "anonymous" else None
    fresh = [
        (member, keys.invitation(secret, member.id))
        for member in everybody
        if teams is None or (member.team or "") in teams
    ]
    fresh = [(member, key) for member, key in fresh if keys.spend_hash(key.token) not in issued]
    rows: list[dict[str, object]] = []
    for member, key in fresh:
        unit, course = (
            (member.unit, member.course) if groups is None else groups[member.unit, member.course]
        )
        rows.append(
            {
                "token_hash": keys.spend_hash(key.token),
                "wave_id": wave_id,
                "personal": True,
                "spent": False,
                "unit": unit,
                "course": course,
            }
        )
    # The order of the rows is the order of the people no more
    secrets.SystemRandom().shuffle(rows)
    if rows:
        session.execute(insert(InvitationRow), rows)
    wave.invited = len(issued) + len(rows)
    session.flush()
    return [_letter(member, key) for member, key in fresh]


def letters(session: Session, wave_id: int, secret: str) -> Sequence[Letter]:
    """What everybody who is invited was or is to be sent, unless it was taken back."""
    return [
        _letter(member, key)
        for member, key, invitation in _known(session, wave_id, secret)
        if not invitation.withdrawn
    ]


def to_remind(session: Session, wave_id: int, secret: str, now: datetime) -> Sequence[Letter]:
    """What those are sent again who have not answered, said no, moved away or been taken out.

    In an anonymous wave this is for the system's own sender. What a person gets to see is
    `to_remind_by_hand`. Raises WaveClosed.
    """
    _require_open(session, wave_id, now)
    return [
        _letter(member, key)
        for member, key, invitation in _known(session, wave_id, secret)
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
        _letter(member, key)
        for member, key, invitation in _known(session, wave_id, secret)
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
    for member, key, invitation in _known(session, wave_id, secret):
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


def states(session: Session, wave_id: int, now: datetime) -> States:
    """Count the personal invitations of a wave by state.

    Those opened are counted by their open interviews, as nothing joins the two.
    """
    wave = session.get_one(WaveRow, wave_id)
    waiting = State.EXPIRED if _is_closed(wave, now) else State.UNOPENED
    state = case(
        (InvitationRow.spent.is_(True), State.ANSWERED.value),
        (InvitationRow.withdrawn.is_(True), State.WITHDRAWN.value),
        (InvitationRow.refused.is_(True), State.REFUSED.value),
        (InvitationRow.undeliverable.is_(True), State.UNDELIVERABLE.value),
        else_=waiting.value,
    )
    rows = session.execute(
        select(state, func.count())
        .where(InvitationRow.wave_id == wave_id, InvitationRow.personal.is_(True))
        .group_by(state)
    )
    counts = Counter({State(name): n for name, n in rows})
    begun = session.scalar(
        select(func.count()).where(DraftRow.wave_id == wave_id, DraftRow.personal.is_(True))
    )
    opened = min(begun or 0, counts[waiting])
    counts[State.OPENED] = opened
    counts[waiting] -= opened
    return States({state: counts[state] for state in State})


def begun(session: Session, wave_id: int) -> int:
    """How many interviews of a wave are begun and neither sent nor thrown away."""
    return session.scalar(select(func.count()).where(DraftRow.wave_id == wave_id)) or 0


def marks(session: Session, wave_id: int) -> Mapping[Outcome, int]:
    """How many invitations were marked with each outcome, whether they were answered or not."""
    columns = {
        Outcome.REFUSED: InvitationRow.refused,
        Outcome.UNDELIVERABLE: InvitationRow.undeliverable,
        Outcome.WITHDRAWN: InvitationRow.withdrawn,
    }
    found = session.execute(
        select(
            *(func.sum(case((column.is_(True), 1), else_=0)) for column in columns.values())
        ).where(InvitationRow.wave_id == wave_id, InvitationRow.personal.is_(True))
    ).one()
    return {outcome: n or 0 for outcome, n in zip(columns, found, strict=True)}


def sample(session: Session, wave_id: int, secret: str, now: datetime) -> Sequence[Sampled]:
    """Everybody invited out of a wave's frame, without reference, in an order that says nothing.

    Raises SecretChanged.
    """
    wave = session.get_one(WaveRow, wave_id)
    begun = set(
        session.scalars(
            select(DraftRow.key).where(DraftRow.wave_id == wave_id, DraftRow.personal.is_(True))
        )
    )
    waiting = State.EXPIRED if _is_closed(wave, now) else State.UNOPENED
    found = []
    for member, key, invitation in _known(session, wave_id, secret):
        if invitation.spent:
            state = State.ANSWERED
        elif invitation.withdrawn:
            state = State.WITHDRAWN
        elif invitation.refused:
            state = State.REFUSED
        elif invitation.undeliverable:
            state = State.UNDELIVERABLE
        else:
            state = State.OPENED if keys.draft_key(key.token) in begun else waiting
        found.append(
            Sampled(member.unit, member.team, member.course, member.channel, member.language, state)
        )
    secrets.SystemRandom().shuffle(found)
    return found


def count_day(session: Session, now: datetime) -> None:
    """Note how many have answered by now today, in open waves where the day may be known.

    That is where answers are confidential or have names. In an anonymous wave nothing finer than
    the week is ever written down.
    """
    today = now.astimezone(COPENHAGEN).date()
    waves = session.scalars(
        select(WaveRow.id)
        .where(WaveRow.anonymity != "anonymous", WaveRow.opens_at <= now)
        .where(or_(WaveRow.closes_at.is_(None), WaveRow.closes_at > now))
    ).all()
    for wave_id in waves:
        received = session.scalar(
            select(func.count()).where(
                InvitationRow.wave_id == wave_id, InvitationRow.spent.is_(True)
            )
        )
        session.merge(WaveDayRow(wave_id=wave_id, day=today, received=received or 0))
    session.flush()


def days(session: Session, wave_id: int) -> Sequence[tuple[date, int]]:
    """How many had answered by the end of each day; nothing where the day may not be known."""
    rows = session.execute(
        select(WaveDayRow.day, WaveDayRow.received)
        .where(WaveDayRow.wave_id == wave_id)
        .order_by(WaveDayRow.day)
    )
    return [(day, received) for day, received in rows]


_Member = Row[str, str, str | None, str | None, str | None, str, str, str | None, str | None]


def _members(
    wave_id: int,
) -> Select[str, str, str | None, str | None, str | None, str, str, str | None, str | None]:
    return (
        select(
            FrameMemberRow.id,
            FrameMemberRow.reference,
            FrameMemberRow.unit,
            FrameMemberRow.team,
            FrameMemberRow.course,
            FrameMemberRow.channel,
            FrameMemberRow.language,
            ContactRow.email,
            ContactRow.phone,
        )
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


def _known(
    session: Session, wave_id: int, secret: str
) -> Iterator[tuple[_Member, keys.Invitation, InvitationRow]]:
    """Those of the frame who are invited, each with the invitation that only the secret finds."""
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


_Group = tuple[str | None, str | None]


def _groups(everybody: Iterable[_Member]) -> Mapping[_Group, _Group]:
    """What an answer may carry of each unit and course: nothing that fewer than five share.

    Those who carry less are a group too, and must not be few: the next smallest joins them.
    """
    people = Counter((member.unit, member.course) for member in everybody)
    carried: dict[_Group, _Group] = {pair: pair for pair in people}

    def size(group: _Group) -> int:
        return sum(people[pair] for pair, becomes in carried.items() if becomes == group)

    def gather(rest: _Group, others: Callable[[], set[_Group]]) -> None:
        """Put the small groups together as the rest, and the smallest ones until they are many."""
        joining = {group for group in others() if size(group) < SMALLEST_GROUP}
        while joining or 0 < size(rest) < SMALLEST_GROUP:
            joining = joining or set(sorted(others(), key=lambda g: (size(g), str(g)))[:1])
            if not joining:
                return
            carried.update({p: rest for p, becomes in carried.items() if becomes in joining})
            joining = set()

    for unit in {unit for unit, _ in people}:
        gather((unit, None), lambda unit=unit: {  # type: ignore[misc]
            becomes for becomes in carried.values() if becomes[0] == unit and becomes[1]
        })  # fmt: skip
    gather((None, None), lambda: set(carried.values()) - {(None, None)})
    return carried


def _require_open(session: Session, wave_id: int, now: datetime) -> WaveRow:
    wave = session.get_one(WaveRow, wave_id)
    if _is_closed(wave, now):
        raise WaveClosed
    return wave


def _is_closed(wave: WaveRow, now: datetime) -> bool:
    return wave.closes_at is not None and now >= wave.closes_at


def _letter(member: _Member, key: keys.Invitation) -> Letter:
    return Letter(
        reference=member.reference,
        token=key.token,
        code=key.code,
        language=member.language,
        channel=member.channel,
        team=member.team,
        email=member.email,
        phone=member.phone,
    )
