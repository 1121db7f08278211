"""The steps in which people are written to, and when each is due: the invitation, two reminders.

A step has a row for everybody, whether they have answered or not: who needs a reminder is seen when
it is sent (`surveys.dispatch`), and the row ends alike.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from surveys import invitations
from surveys.dispatch_tables import DispatchRow, SendingRow
from surveys.fieldwork_tables import FrameMemberRow
from surveys.hours import may_disturb, open_day
from surveys.respite import REST_DAYS
from surveys.schedule import COPENHAGEN
from surveys.tables import InvitationRow, SurveyRow, WaveRow

_AT_A_TIME: Final = 500


class Step(StrEnum):
    """Why somebody is written to."""

    INVITATION = "invitation"
    REMINDER_1 = "reminder_1"
    REMINDER_2 = "reminder_2"


REMINDED_AFTER: Final[Mapping[Step, int]] = {Step.REMINDER_1: 4, Step.REMINDER_2: 10}
"""Days after a person's own invitation."""
_BEFORE: Final = {Step.REMINDER_1: Step.INVITATION, Step.REMINDER_2: Step.REMINDER_1}


class State(StrEnum):
    """How far a person is in a step. `done` says that nothing is left to do, not that it was sent.

    `uncertain` may have been sent: the service had it, and did not say that it took it.
    """

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    HANDED_OVER = "handed_over"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Sending:
    """How a survey's invitations are sent. See `dispatch_tables.SendingRow`."""

    automatic: bool = False
    reminders: bool = True
    rest_days: int = REST_DAYS


def sending(session: Session, survey: str) -> Sending:
    """How a survey's invitations are sent."""
    row = session.scalars(
        select(SendingRow)
        .join(SurveyRow, SurveyRow.id == SendingRow.survey_id)
        .where(SurveyRow.name == survey)
    ).one_or_none()
    return Sending() if row is None else Sending(row.automatic, row.reminders, row.rest_days)


def decide(session: Session, survey: str, how: Sending) -> None:
    """Decide how a survey's invitations are sent, in all its waves."""
    survey_id = session.scalars(select(SurveyRow.id).where(SurveyRow.name == survey)).one()
    session.merge(
        SendingRow(
            survey_id=survey_id,
            automatic=how.automatic,
            reminders=how.reminders,
            rest_days=how.rest_days,
        )
    )
    session.flush()


def plan(session: Session, secret: str, now: datetime) -> None:
    """Write down what is due in the waves that send by themselves. Doing it twice is doing it once.

    An invitation is due when it is issued, whoever issued it; a reminder on its day, by day.
    """
    waves = session.execute(
        open_waves(now).add_columns(SendingRow.reminders).order_by(WaveRow.id)
    ).all()
    for wave_id, reminders in waves:
        _plan_invitations(session, wave_id, secret, now)
        if reminders and may_disturb(now):
            for step in REMINDED_AFTER:
                _write(session, _to_remind(session, wave_id, step, now), step, now)


def hand_over(
    session: Session, wave_id: int, references: Iterable[str], step: Step, now: datetime
) -> None:
    """Note that people get a step from somebody else, who has the file: it is not sent to them."""
    wanted = set(references)
    members = [
        member
        for member, reference in session.execute(
            select(FrameMemberRow.id, FrameMemberRow.reference).where(
                FrameMemberRow.wave_id == wave_id
            )
        )
        if reference in wanted
    ]
    _write(session, members, step, now, State.HANDED_OVER)
    for begin in range(0, len(members), _AT_A_TIME):
        session.execute(
            update(DispatchRow)
            .where(
                DispatchRow.member_id.in_(members[begin : begin + _AT_A_TIME]),
                DispatchRow.step == step.value,
                DispatchRow.state == State.WAITING.value,
            )
            .values(state=State.HANDED_OVER.value, day=today(now))
        )


def next_by_hand(session: Session, wave_id: int) -> Step | None:
    """The reminder that a file holds now: the first that nobody has had; None after both."""
    had = tally(session, wave_id)
    return next(
        (step for step in REMINDED_AFTER if set(had.get(step, ())) <= {State.WAITING}), None
    )


def tally(session: Session, wave_id: int) -> Mapping[Step, Mapping[State, int]]:
    """How many people of a wave are in each state of each step that has begun."""
    rows = session.execute(
        select(DispatchRow.step, DispatchRow.state, func.count())
        .where(DispatchRow.member_id.in_(members_of(wave_id)))
        .group_by(DispatchRow.step, DispatchRow.state)
    )
    found: dict[Step, Counter[State]] = {}
    for step, state, n in rows:
        found.setdefault(Step(step), Counter())[State(state)] = n
    return {step: found[step] for step in Step if step in found}


def next_reminders(session: Session, wave_id: int) -> Mapping[Step, date]:
    """The day on which the first person is due for each step of reminders that is not begun."""
    found = {}
    for step, days in REMINDED_AFTER.items():
        first = session.scalar(
            _invited_without(wave_id, step).with_only_columns(func.min(DispatchRow.day))
        )
        if first is not None:
            found[step] = open_day(first + timedelta(days=days))
    return found


def _plan_invitations(session: Session, wave_id: int, secret: str, now: datetime) -> None:
    issued = session.scalar(
        select(func.count()).where(InvitationRow.wave_id == wave_id, InvitationRow.personal)
    )
    written = select(DispatchRow.member_id).where(
        DispatchRow.member_id.in_(members_of(wave_id)), DispatchRow.step == Step.INVITATION.value
    )
    known = set(session.scalars(written))
    if issued == len(known):
        return
    fresh = invitations.addressed(session, wave_id, secret).keys() - known
    _write(session, fresh, Step.INVITATION, now)


def _to_remind(session: Session, wave_id: int, step: Step, now: datetime) -> Sequence[str]:
    due = today(now) - timedelta(days=REMINDED_AFTER[step])
    before = aliased(DispatchRow)
    query = (
        _invited_without(wave_id, step)
        .where(DispatchRow.day <= due)
        .join(before, before.member_id == DispatchRow.member_id)
        .where(before.step == _BEFORE[step].value, before.state.in_(_WENT))
        .where(before.day <= today(now) - timedelta(days=REMINDED_AFTER[Step.REMINDER_1]))
    )
    return session.scalars(query).all()


_WENT: Final = (State.DONE.value, State.HANDED_OVER.value, State.UNCERTAIN.value)


def _invited_without(wave_id: int, step: Step) -> Select[str]:
    """The members whose invitation went and who have no row of a step."""
    written = select(DispatchRow.member_id).where(DispatchRow.step == step.value)
    return select(DispatchRow.member_id).where(
        DispatchRow.member_id.in_(members_of(wave_id)),
        DispatchRow.step == Step.INVITATION.value,
        DispatchRow.state.in_(_WENT),
        DispatchRow.member_id.not_in(written),
    )


def _write(
    session: Session,
    members: Iterable[str],
    step: Step,
    now: datetime,
    state: State = State.WAITING,
) -> None:
    rows = [
        {
            "member_id": member,
            "step": step.value,
            "state": state.value,
            "ref": secrets.token_hex(16),
            "day": today(now),
        }
        for member in sorted(members)
    ]
    if not rows:
        return
    is_sqlite = session.connection().dialect.name == "sqlite"
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(DispatchRow)
    session.execute(insert.on_conflict_do_nothing(), rows)


def open_waves(now: datetime) -> Select[int]:
    """The waves that are open and send by themselves."""
    return (
        select(WaveRow.id)
        .join(SendingRow, SendingRow.survey_id == WaveRow.survey_id)
        .where(SendingRow.automatic, WaveRow.opens_at <= now)
        .where(or_(WaveRow.closes_at.is_(None), WaveRow.closes_at > now))
    )


def members_of(wave_id: int) -> Select[str]:
    """Everybody in a wave's frame."""
    return select(FrameMemberRow.id).where(FrameMemberRow.wave_id == wave_id)


def today(now: datetime) -> date:
    """The day that it is in Copenhagen."""
    return now.astimezone(COPENHAGEN).date()
