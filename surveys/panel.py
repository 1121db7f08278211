"""The company panel: who has said yes to being asked again, what they were asked, and how they go.

Nobody is asked more often than they have agreed to, and nobody without a consent of their own:
its day and the version of its words are kept. Whoever leaves is deleted, and nothing stays that
tells who it was; to come back takes a new consent.
"""

import hmac
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from surveys import companies, frame, keys
from surveys.companies import Company
from surveys.company_tables import PanelAskingRow, PanelDrawRow, PanelMemberRow
from surveys.errors import ConsentTooOld, KnownMember, NobodyToAsk
from surveys.fieldwork_tables import FrameMemberRow
from surveys.schedule import COPENHAGEN
from surveys.tables import DraftRow, InvitationRow, SurveyRow, WaveRow

A_YEAR: Final = timedelta(days=365)
CONSENT_LASTS: Final = timedelta(days=30)
"""A consent is written down within so long, so that an old one brings nobody back."""
USUAL: Final = 4
MOST: Final = 12

CONSENTS: Final[Mapping[str, str]] = {
    "2026-1": (
        "Vi vil gerne spørge jer igen, så vi kan se, om det går bedre. Vi gemmer virksomhedens navn"
        " og CVR-nummer, dit navn, din rolle, telefon og e-mail, og hvad vi har spurgt om. Jeres"
        " svar er fortrolige, men de kan kobles til jer, så vi kan se, hvad der ændrer sig. Vi"
        " spørger højst så mange gange om året, som du siger. I kan altid melde jer ud med ét tryk."
    )
}
"""What members say yes to, by version. A version never changes."""
CONSENT: Final = "2026-1"


@dataclass(frozen=True, slots=True)
class Asking:
    """Once that a member was asked, and whether they answered; None once nobody knows any more."""

    wave_id: int
    survey: str
    label: str
    asked_on: date
    answered: bool | None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the panel with all it was asked, the newest first."""

    id: str
    company: Company
    role: str | None
    most_a_year: int
    consented_on: date
    consent_version: str
    askings: tuple[Asking, ...]

    def asked_lately(self, today: date) -> int:
        """How often within a year before today."""
        return sum(one.asked_on > today - A_YEAR for one in self.askings)

    def may_be_asked(self, today: date) -> bool:
        """Whether that is less often than was agreed."""
        return self.asked_lately(today) < self.most_a_year


@dataclass(frozen=True, slots=True)
class Draw:
    """A wave sent to the panel: how many were taken of those that could be, and by which seed."""

    wave_id: int
    drawn_at: datetime
    seed: int
    wanted: int | None
    eligible: int
    taken: int


def join(
    session: Session,
    company: Company,
    *,
    role: str | None,
    most_a_year: int,
    consented_on: date,
    today: date,
) -> str:
    """Take a company into the panel. Gives its id.

    Raises KnownMember, and ConsentTooOld for a consent that was not given within `CONSENT_LASTS`.
    """
    if not today - CONSENT_LASTS <= consented_on <= today:
        raise ConsentTooOld
    if session.scalar(select(PanelMemberRow.id).where(PanelMemberRow.cvr == company.cvr)):
        raise KnownMember
    row = PanelMemberRow(
        id=secrets.token_hex(16),
        cvr=company.cvr,
        name=company.name,
        contact=company.contact,
        role=role,
        email=company.email,
        phone=company.phone,
        language=company.language,
        most_a_year=most_a_year,
        consented_on=consented_on,
        consent_version=CONSENT,
    )
    session.add(row)
    session.flush()
    return row.id


def members(session: Session, secret: str) -> Sequence[Member]:
    """Everybody in the panel, by name."""
    asked = session.execute(
        select(PanelAskingRow, SurveyRow.name, WaveRow.label)
        .join(WaveRow, WaveRow.id == PanelAskingRow.wave_id)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .order_by(PanelAskingRow.asked_on.desc(), PanelAskingRow.wave_id.desc())
    ).all()
    hashes = {row.frame_member_id: _invitation(secret, row.frame_member_id) for row, *_ in asked}
    spent = dict(
        session.execute(
            select(InvitationRow.token_hash, InvitationRow.spent).where(
                InvitationRow.token_hash.in_(hashes.values())
            )
        ).all()
    )
    history: dict[str, list[Asking]] = {}
    for row, survey, label in asked:
        answered = spent.get(hashes[row.frame_member_id])
        one = Asking(row.wave_id, survey, label, row.asked_on, answered)
        history.setdefault(row.member_id, []).append(one)
    return [
        Member(
            row.id,
            Company(row.cvr, row.name, row.contact, row.phone, row.email, row.language),
            row.role,
            row.most_a_year,
            row.consented_on,
            row.consent_version,
            tuple(history.get(row.id, ())),
        )
        for row in session.scalars(select(PanelMemberRow).order_by(PanelMemberRow.name))
    ]


def send(
    session: Session,
    wave_id: int,
    secret: str,
    *,
    wanted: int | None,
    seed: int,
    by: str,
    now: datetime,
) -> Draw:
    """Ask all who may be asked in a wave, or a random sample of so many, and write it down.

    The same seed draws the same of the same panel. Raises AnonymousWave, FrameOrLink, WaveClosed,
    and NobodyToAsk when everybody is in the wave already, was asked as often as they agreed to, or
    is to be left in peace for now.
    """
    today = now.astimezone(COPENHAGEN).date()
    known = set(frame.references(session, wave_id))
    able = {
        one.id: one
        for one in members(session, secret)
        if one.may_be_asked(today) and one.company.cvr not in known
    }
    left_alone = companies.resting(
        session, wave_id, (one.company for one in able.values()), secret, now
    )
    able = {key: one for key, one in able.items() if one.company.cvr not in left_alone}
    if not able:
        raise NobodyToAsk
    chosen = sorted(able)
    if wanted is not None and wanted < len(able):
        chosen = random.Random(seed).sample(chosen, wanted)  # noqa: S311  a sample, not a secret
    asked = [able[member_id] for member_id in chosen]
    ids = companies.take(
        session, wave_id, [one.company for one in asked], secret, now, by_phone=False
    )
    session.execute(
        insert(PanelAskingRow),
        [
            {
                "member_id": one.id,
                "wave_id": wave_id,
                "frame_member_id": frame_member_id,
                "asked_on": today,
            }
            for one, frame_member_id in zip(asked, ids, strict=True)
        ],
    )
    draw = Draw(wave_id, now, seed, wanted, len(able), len(asked))
    session.add(
        PanelDrawRow(
            wave_id=wave_id,
            drawn_at=now,
            drawn_by=by,
            seed=seed,
            wanted=wanted,
            eligible=draw.eligible,
            taken=draw.taken,
        )
    )
    session.flush()
    return draw


def draws(session: Session) -> Sequence[Draw]:
    """Every time that the panel was asked, the newest first."""
    rows = session.scalars(
        select(PanelDrawRow).order_by(PanelDrawRow.drawn_at.desc(), PanelDrawRow.id.desc())
    )
    return [
        Draw(row.wave_id, row.drawn_at, row.seed, row.wanted, row.eligible, row.taken)
        for row in rows
    ]


def pairs(session: Session, secret: str, before: int, after: int) -> Sequence[tuple[bytes, bytes]]:
    """The invitations of the same members to two waves, as hashes, in no order of theirs."""
    rows = session.execute(
        select(PanelAskingRow).where(PanelAskingRow.wave_id.in_((before, after)))
    ).scalars()
    asked: dict[str, dict[int, bytes]] = {}
    for row in rows:
        asked.setdefault(row.member_id, {})[row.wave_id] = _invitation(secret, row.frame_member_id)
    return sorted(
        (waves[before], waves[after])
        for waves in asked.values()
        if before in waves and after in waves
    )


def is_genuine(secret: str, token: str) -> bool:
    """Whether a link to leave by is one of ours, whoever has left by it already."""
    member_id = token.partition(".")[0]
    return hmac.compare_digest(token.encode(), keys.leaving(secret, member_id).encode())


def leave(session: Session, member_id: str, secret: str) -> bool:
    """Delete a member and all that tells who it was, in lists of waves too; whether it was there.

    What it has answered stays, as anybody's; what it was asked and has not answered is taken back.
    """
    frames = session.scalars(
        select(PanelAskingRow.frame_member_id).where(PanelAskingRow.member_id == member_id)
    ).all()
    tokens = [keys.invitation(secret, one).token for one in frames]
    session.execute(delete(FrameMemberRow).where(FrameMemberRow.id.in_(frames)))
    session.execute(
        delete(DraftRow).where(DraftRow.key.in_([keys.draft_key(one) for one in tokens]))
    )
    session.execute(
        update(InvitationRow)
        .where(
            InvitationRow.token_hash.in_([keys.spend_hash(one) for one in tokens]),
            InvitationRow.spent.is_(False),
        )
        .values(withdrawn=True)
    )
    gone = session.execute(
        delete(PanelMemberRow).where(PanelMemberRow.id == member_id).returning(PanelMemberRow.id)
    )
    return gone.one_or_none() is not None


def size(session: Session) -> int:
    """How many there are in the panel."""
    return session.scalar(select(func.count()).select_from(PanelMemberRow)) or 0


def _invitation(secret: str, frame_member_id: str) -> bytes:
    return keys.spend_hash(companies.token(secret, frame_member_id))
