"""One message for each person in each step, and no second one.

Rows of a step (`surveys.steps`) are claimed by one sender, sent, and settled; what a sender
held when it died is told by its own journal (`webapp.delivery`), and settled when it is back.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from surveys import invitations, respite
from surveys.dispatch_tables import DispatchRow
from surveys.errors import SecretChanged
from surveys.fieldwork_tables import FrameMemberRow
from surveys.hours import may_disturb
from surveys.invitations import Letter
from surveys.steps import State, Step, members_of, open_waves, today
from surveys.tables import WaveRow

FEWEST_LEFT: Final = 5
"""When a service fails in the middle of reminders, so many wait for it, or nobody does."""

_AT_A_TIME: Final = 100
_TRY_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a sender has claimed. Where it is not needed it is settled unsent."""

    member: str
    ref: str
    letter: Letter
    needed: bool
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one step of one wave, in an order that says nothing."""

    wave_id: int
    step: Step
    anonymity: str
    closes_at: datetime | None
    messages: Sequence[Message]

    @property
    def ends_alike(self) -> bool:
        """Whether how it ended could tell who has answered, so that all must end alike."""
        return self.anonymity == "anonymous" and self.step is not Step.INVITATION


@dataclass(slots=True)
class Ended:
    """The refs of a batch that did not simply end well: all others are done."""

    failed: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)
    postponed: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)


def claim(
    session: Session,
    holder: bytes,
    channels: Collection[str],
    secret: str,
    now: datetime,
    most: int = _AT_A_TIME,
) -> Batch | None:
    """Take the next messages that wait for these channels; None when there are none.

    Of several senders each gets others. Nobody gets a message of a closed wave, or at an hour at
    which people are not to be disturbed: what is due then waits.
    """
    if not may_disturb(now):
        return None
    waiting = (
        select(DispatchRow.member_id, DispatchRow.step, WaveRow.id, WaveRow.anonymity)
        .join(FrameMemberRow, FrameMemberRow.id == DispatchRow.member_id)
        .join(WaveRow, WaveRow.id == FrameMemberRow.wave_id)
        .where(
            DispatchRow.state == State.WAITING.value,
            FrameMemberRow.channel.in_(channels),
            WaveRow.id.in_(open_waves(now)),
            or_(DispatchRow.not_before.is_(None), DispatchRow.not_before <= now),
        )
        .order_by(WaveRow.id, DispatchRow.step, DispatchRow.ref)
        .limit(most)
        .with_for_update(of=DispatchRow, skip_locked=True)
    )
    rows = session.execute(waiting).all()
    if not rows:
        return None
    _, step, wave_id, anonymity = rows[0]
    members = [row.member_id for row in rows if row.step == step and row.id == wave_id]
    refs = {
        row.member_id: row.ref
        for row in session.execute(
            update(DispatchRow)
            .where(DispatchRow.member_id.in_(members), DispatchRow.step == step)
            .values(state=State.SENDING.value, holder=holder, day=today(now))
            .returning(DispatchRow.member_id, DispatchRow.ref)
        )
    }
    closes_at = session.scalar(select(WaveRow.closes_at).where(WaveRow.id == wave_id))
    messages = _messages(session, wave_id, refs, Step(step), secret)
    return Batch(wave_id, Step(step), anonymity, closes_at, messages)


def settle(session: Session, holder: bytes, batch: Batch, ended: Ended, now: datetime) -> None:
    """Write down how a batch ended, in one stroke for all that ended alike."""
    refs = {message.ref for message in batch.messages}
    left, failed, uncertain, postponed = ended.left, ended.failed, ended.uncertain, ended.postponed
    undeliverable = [m.token_hash for m in batch.messages if m.ref in failed]
    if batch.ends_alike:
        failed, uncertain, postponed = set(), set(), set()
        left = left if len(left) >= FEWEST_LEFT else set()
    _end(session, holder, left, State.WAITING, now)
    _end(session, holder, postponed, State.WAITING, now, not_before=now + _TRY_AGAIN_AFTER)
    _end(session, holder, failed, State.FAILED, now)
    _end(session, holder, uncertain, State.UNCERTAIN, now)
    _end(session, holder, refs - left - postponed - failed - uncertain, State.DONE, now)
    if undeliverable:
        invitations.mark_undeliverable(session, undeliverable)


def held(session: Session, holder: bytes) -> Sequence[str]:
    """The refs of what a sender has claimed and not settled: what it held when it died."""
    return session.scalars(select(DispatchRow.ref).where(DispatchRow.holder == holder)).all()


def recover(
    session: Session,
    holder: bytes,
    handled: Collection[str],
    now: datetime,
    *,
    is_journal_whole: bool,
) -> None:
    """Settle what a sender held when it died: `handled` is what its journal says it was done with.

    The rest waits again, unless the journal may lack its end: then nobody knows. Whether all must
    end alike is not asked: what a journal lacks says nothing about answers.
    """
    mine = set(held(session, holder))
    _end(session, holder, mine & set(handled), State.DONE, now)
    rest = State.WAITING if is_journal_whole else State.UNCERTAIN
    _end(session, holder, mine - set(handled), rest, now)


def give_up(session: Session, now: datetime) -> None:
    """Let go of what a sender that never came back has held since the day before yesterday."""
    session.execute(
        update(DispatchRow)
        .where(
            DispatchRow.state == State.SENDING.value,
            DispatchRow.day < today(now) - timedelta(days=1),
        )
        .values(state=State.UNCERTAIN.value, holder=None)
    )


def send_again(session: Session, wave_id: int, now: datetime) -> int:
    """Let those who may not have got a message have it once more. Gives how many that are."""
    again = session.scalars(
        update(DispatchRow)
        .where(
            DispatchRow.member_id.in_(members_of(wave_id)),
            DispatchRow.state == State.UNCERTAIN.value,
        )
        .values(state=State.WAITING.value, day=today(now))
        .returning(DispatchRow.ref)
    ).all()
    return len(again)


def bounced(session: Session, ref: str, secret: str) -> bool:
    """Note that a message did not arrive, as a service says of its ref; whether we know it.

    It is noted of the invitation, and nowhere of the person.
    """
    found = session.execute(
        select(DispatchRow.member_id, FrameMemberRow.wave_id)
        .join(FrameMemberRow, FrameMemberRow.id == DispatchRow.member_id)
        .where(DispatchRow.ref == ref)
    ).one_or_none()
    if found is None:
        return False
    member, wave_id = found
    of_them = invitations.addressed(session, wave_id, secret, [member])
    invitations.mark_undeliverable(session, [one.token_hash for one in of_them.values()])
    return True


def _messages(
    session: Session, wave_id: int, refs: Mapping[str, str], step: Step, secret: str
) -> Sequence[Message]:
    addressed = invitations.addressed(session, wave_id, secret, list(refs))
    if len(addressed) < len(refs):
        raise SecretChanged
    people = {
        member: respite.person(secret, one.letter.reference, one.letter.email, one.letter.phone)
        for member, one in addressed.items()
    }
    in_peace = respite.opted_out(session, people)
    messages = [
        Message(
            member,
            refs[member],
            one.letter,
            needed=not (one.answered or one.out or member in in_peace),
            token_hash=one.token_hash,
        )
        for member, one in addressed.items()
    ]
    secrets.SystemRandom().shuffle(messages)
    return messages


def _end(
    session: Session,
    holder: bytes,
    refs: Collection[str],
    state: State,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    if refs:
        session.execute(
            update(DispatchRow)
            .where(DispatchRow.ref.in_(refs), DispatchRow.holder == holder)
            .values(state=state.value, holder=None, not_before=not_before, day=today(now))
        )
