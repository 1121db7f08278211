"""Calling companies: whom to call now, and how each attempt ended.

Two people never call one company at once: whoever begins has it for a while.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from surveys import companies, keys
from surveys.company_tables import CallAttemptRow, CompanyRow
from surveys.errors import SecretChanged, UnknownReference
from surveys.fieldwork_tables import ContactRow, FrameMemberRow
from surveys.schedule import COPENHAGEN, is_over
from surveys.tables import DraftRow, InvitationRow, WaveRow
from surveys.turnout import State, state_of

CLAIM: Final = timedelta(minutes=20)
"""For so long after it was last saved a call is somebody's."""


class Outcome(StrEnum):
    """How an attempt to call ended, in AAPOR's terms."""

    INTERVIEWED = "interviewed"
    PARTIAL = "partial"
    CALL_AGAIN = "call_again"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    INELIGIBLE = "ineligible"


NOTED: Final = tuple(one for one in Outcome if one not in {Outcome.INTERVIEWED, Outcome.PARTIAL})
"""The outcomes that a person notes; the others come of the interview."""
WAITING: Final = frozenset({State.UNOPENED, State.OPENED})
"""Who may still be called."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to call: when, by whom, how it ended, and when to call again."""

    at: datetime
    by: str
    outcome: Outcome
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Jotted:
    """What was noted in a call beside the answers: themes by question, and whether they consent."""

    themes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    consented: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """A company in the list: who it is, how far it has come, and who has it now."""

    id: str
    wave_id: int
    cvr: str
    name: str
    contact: str | None
    phone: str | None
    email: str | None
    language: str
    best_time: tuple[time, time] | None
    note: str | None
    state: State
    attempts: tuple[Attempt, ...]
    claimed_by: str | None
    claimed_until: datetime | None
    jotted: Jotted
    version: int

    @property
    def next_at(self) -> datetime | None:
        """When it was agreed to call again."""
        return self.attempts[-1].next_at if self.attempts else None

    def is_taken(self, by: str, now: datetime) -> bool:
        """Whether somebody else has it now."""
        return self.claimed_until is not None and now < self.claimed_until and self.claimed_by != by


def listed(session: Session, wave_id: int, secret: str, now: datetime) -> Sequence[Called]:
    """Every company of a wave, by name."""
    return _read(session, secret, now, FrameMemberRow.wave_id == wave_id)


def called(session: Session, member_id: str, secret: str, now: datetime) -> Called:
    """One company. Raises UnknownReference."""
    found = _read(session, secret, now, FrameMemberRow.id == member_id)
    if not found:
        raise UnknownReference
    return found[0]


def to_call(companies: Sequence[Called], now: datetime) -> Sequence[Called]:
    """Whom to call now, the most urgent first.

    Appointments that are due come first, the oldest before the others; then those whose best time
    it is, those who have none, and those who have another; among equals the fewest attempts.
    Appointments to come are not among them.
    """
    clock = now.astimezone(COPENHAGEN).time()

    def urgency(one: Called) -> tuple[int, float, int, str]:
        if one.next_at is not None:
            return 0, one.next_at.timestamp(), 0, one.name
        best = one.best_time
        place = 2 if best is None else 1 if best[0] <= clock < best[1] else 3
        return place, 0, len(one.attempts), one.name

    due = (
        one
        for one in companies
        if one.state in WAITING and (one.next_at is None or one.next_at <= now)
    )
    return sorted(due, key=urgency)


def appointments(companies: Sequence[Called], now: datetime) -> Sequence[tuple[datetime, Called]]:
    """Whom to call later, and when, the next first."""
    later = [
        (one.next_at, one)
        for one in companies
        if one.state in WAITING and one.next_at is not None and one.next_at > now
    ]
    return sorted(later, key=lambda pair: (pair[0], pair[1].name))


def spoken(companies: Sequence[Called]) -> int:
    """How many were spoken with, put it off, and have neither answered nor said no."""
    return sum(
        one.state in {State.UNOPENED, State.EXPIRED}
        and any(attempt.outcome is Outcome.CALL_AGAIN for attempt in one.attempts)
        for one in companies
    )


def claim(session: Session, member_id: str, by: str, now: datetime) -> bool:
    """Take a company to call it; False while somebody else has it."""
    taken = session.execute(
        update(CompanyRow)
        .where(
            CompanyRow.member_id == member_id,
            or_(
                CompanyRow.claimed_by.is_(None),
                CompanyRow.claimed_by == by,
                CompanyRow.claimed_until <= now,
            ),
        )
        .values(claimed_by=by, claimed_until=now + CLAIM)
        .returning(CompanyRow.member_id)
    )
    return taken.one_or_none() is not None


def note(
    session: Session,
    company: Called,
    secret: str,
    outcome: Outcome,
    *,
    by: str,
    now: datetime,
    next_at: datetime | None = None,
) -> None:
    """Note how an attempt ended, and give the company back. The last attempt counts.

    Whoever says no, or is none of those to be asked, is not called again, and what was begun is
    thrown away; a later attempt that ends otherwise brings the company back.
    """
    session.add(
        CallAttemptRow(
            member_id=company.id, tried_at=now, tried_by=by, outcome=outcome.value, next_at=next_at
        )
    )
    token = companies.token(secret, company.id)
    session.execute(
        update(InvitationRow)
        .where(InvitationRow.token_hash == keys.spend_hash(token))
        .values(
            refused=outcome is Outcome.REFUSED,
            undeliverable=outcome is Outcome.WRONG_NUMBER,
            withdrawn=outcome is Outcome.INELIGIBLE,
        )
    )
    released: dict[str, object] = {"claimed_by": None, "claimed_until": None}
    if outcome in {Outcome.REFUSED, Outcome.INELIGIBLE}:
        session.execute(delete(DraftRow).where(DraftRow.key == keys.draft_key(token)))
        released |= {"jotted": "{}", "consented": False, "version": company.version + 1}
    session.execute(update(CompanyRow).where(CompanyRow.member_id == company.id).values(**released))


def _read(
    session: Session, secret: str, now: datetime, *which: ColumnElement[bool]
) -> Sequence[Called]:
    rows = session.execute(
        select(CompanyRow, FrameMemberRow, ContactRow.email, ContactRow.phone, WaveRow.closes_at)
        .join(FrameMemberRow, FrameMemberRow.id == CompanyRow.member_id)
        .join(WaveRow, WaveRow.id == FrameMemberRow.wave_id)
        .outerjoin(ContactRow, ContactRow.member_id == CompanyRow.member_id)
        .where(*which)
        .order_by(CompanyRow.name, FrameMemberRow.reference)
        .execution_options(populate_existing=True)
    ).all()
    ids = [row.member_id for row, *_ in rows]
    tried: dict[str, list[Attempt]] = {}
    for one in session.scalars(
        select(CallAttemptRow)
        .where(CallAttemptRow.member_id.in_(ids))
        .order_by(CallAttemptRow.tried_at, CallAttemptRow.id)
    ):
        attempt = Attempt(one.tried_at, one.tried_by, Outcome(one.outcome), one.next_at)
        tried.setdefault(one.member_id, []).append(attempt)
    tokens = {member_id: companies.token(secret, member_id) for member_id in ids}
    hashes = {member_id: keys.spend_hash(token) for member_id, token in tokens.items()}
    issued = {
        one.token_hash: one
        for one in session.scalars(
            select(InvitationRow)
            .where(InvitationRow.token_hash.in_(hashes.values()))
            .execution_options(populate_existing=True)
        )
    }
    drafts = {member_id: keys.draft_key(token) for member_id, token in tokens.items()}
    begun = set(session.scalars(select(DraftRow.key).where(DraftRow.key.in_(drafts.values()))))
    if ids and not issued:
        raise SecretChanged
    return [
        Called(
            id=row.member_id,
            wave_id=member.wave_id,
            cvr=member.reference,
            name=row.name,
            contact=row.contact,
            phone=phone,
            email=email,
            language=member.language,
            best_time=(row.best_from, row.best_to) if row.best_from and row.best_to else None,
            note=row.note,
            state=state_of(
                issued[hashes[row.member_id]],
                begun=drafts[row.member_id] in begun,
                closed=is_over(closes_at, now),
            ),
            attempts=tuple(tried.get(row.member_id, ())),
            claimed_by=row.claimed_by,
            claimed_until=row.claimed_until,
            jotted=read_jotted(row.jotted, consented=row.consented),
            version=row.version,
        )
        for row, member, email, phone, closes_at in rows
        if hashes[row.member_id] in issued
    ]


def read_jotted(kept: str, *, consented: bool) -> Jotted:
    """What was jotted, as it is kept."""
    read = json.loads(kept)
    return Jotted(read.get("themes", {}), consented, read.get("by", ""))
