"""Who has answered a wave, and what became of everybody else: states, marks and days, as counts.

`surveys.invitations` changes what is counted here.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from surveys import invitations, keys
from surveys.fieldwork_tables import WaveDayRow
from surveys.invitations import Outcome
from surveys.schedule import COPENHAGEN, is_over
from surveys.tables import DraftRow, InvitationRow, WaveRow


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


def state_of(invitation: InvitationRow, *, begun: bool, closed: bool) -> State:
    """Where one invitation is, when it is known whether an interview is begun on it."""
    if invitation.spent:
        return State.ANSWERED
    if invitation.withdrawn:
        return State.WITHDRAWN
    if invitation.refused:
        return State.REFUSED
    if invitation.undeliverable:
        return State.UNDELIVERABLE
    return State.OPENED if begun else State.EXPIRED if closed else State.UNOPENED


def states(session: Session, wave_id: int, now: datetime) -> States:
    """Count the personal invitations of a wave by state.

    Those opened are counted by their open interviews, as nothing joins the two.
    """
    wave = session.get_one(WaveRow, wave_id)
    waiting = State.EXPIRED if is_over(wave.closes_at, now) else State.UNOPENED
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
    closed = is_over(wave.closes_at, now)
    found = []
    for member, key, invitation in invitations.known(session, wave_id, secret):
        state = state_of(invitation, begun=keys.draft_key(key.token) in begun, closed=closed)
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
