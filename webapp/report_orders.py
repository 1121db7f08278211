"""Reports that are sent again and again: who gets what, and on which occasions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analysis import board
from surveys import extract
from surveys.schedule import COPENHAGEN
from webapp import access
from webapp.access_tables import StaffUserRow
from webapp.report_tables import ReportOrderRow, ReportRecipientRow, ReportSendingRow

MORNING: Final = time(7)
"""When a report of a day is sent, in Copenhagen."""
MOST_SHOWN: Final = 30


class Subject(StrEnum):
    """What is sent."""

    SURVEY = "survey"
    PLAN = "plan"
    BOARD = "board"


class Rhythm(StrEnum):
    """When it is sent. A fortnight's report comes the day before the board's next meeting."""

    WAVE = "wave"
    FORTNIGHT = "fortnight"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Order:
    """A standing order. `recipients` are members of staff, by id, with their addresses."""

    id: int
    subject: Subject
    survey: str | None
    form: str
    rhythm: Rhythm
    made_at: datetime
    recipients: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that an order is due. `key` tells it from all others of the order.

    `wave` names the wave that the report is of; None for the newest one with answers.
    """

    key: str
    wave: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of one report to one person."""

    order_id: int
    to: str
    begun_at: datetime
    ended_at: datetime | None
    failure: str | None


def may_get(user: StaffUserRow) -> bool:
    """Whether a person may get reports: whoever may read them on a page, and nobody else."""
    return user.active and any(role.name in access.READERS for role in user.roles)


def readers(session: Session) -> Mapping[int, str]:
    """Everybody who may get a report, by id."""
    users = session.scalars(select(StaffUserRow).order_by(StaffUserRow.email))
    return {user.id: user.email for user in users if may_get(user)}


def listed(session: Session) -> Sequence[Order]:
    """All orders, the oldest first, with those of their recipients who may still get them."""
    allowed = readers(session)
    chosen: dict[int, dict[int, str]] = {}
    for row in session.scalars(select(ReportRecipientRow).order_by(ReportRecipientRow.user_id)):
        if row.user_id in allowed:
            chosen.setdefault(row.order_id, {})[row.user_id] = allowed[row.user_id]
    return [
        Order(
            row.id,
            Subject(row.subject),
            row.survey,
            row.form,
            Rhythm(row.rhythm),
            row.made_at,
            chosen.get(row.id, {}),
        )
        for row in session.scalars(select(ReportOrderRow).order_by(ReportOrderRow.id))
    ]


def make(
    session: Session,
    subject: Subject,
    survey: str | None,
    form: str,
    rhythm: Rhythm,
    recipients: Collection[int],
    now: datetime,
) -> int:
    """Keep an order; those who may not get reports are left out of it."""
    row = ReportOrderRow(
        subject=subject.value, survey=survey, form=form, rhythm=rhythm.value, made_at=now
    )
    session.add(row)
    session.flush()
    session.add_all(
        ReportRecipientRow(order_id=row.id, user_id=user)
        for user in sorted(set(recipients) & readers(session).keys())
    )
    session.flush()
    return row.id


def stop(session: Session, number: int) -> None:
    """End an order, with the memory of what it sent."""
    session.execute(delete(ReportOrderRow).where(ReportOrderRow.id == number))


def leave(session: Session, number: int, user_id: int) -> None:
    """Take one person off an order."""
    session.execute(
        delete(ReportRecipientRow).where(
            ReportRecipientRow.order_id == number, ReportRecipientRow.user_id == user_id
        )
    )


def sendings(session: Session) -> Sequence[Sending]:
    """What was sent last, the newest first."""
    rows = session.execute(
        select(ReportSendingRow, StaffUserRow.email)
        .join(StaffUserRow, StaffUserRow.id == ReportSendingRow.user_id)
        .order_by(ReportSendingRow.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        Sending(row.order_id, email, row.begun_at, row.ended_at, row.failure) for row, email in rows
    ]


def due(session: Session, order: Order, now: datetime) -> Sequence[Occasion]:
    """The occasions of an order that have come, whether or not they were sent."""
    if order.rhythm is Rhythm.WAVE:
        return [
            Occasion(f"wave {wave.id}", wave.label)
            for wave in reversed(extract.waves(session, order.survey))
            if wave.closes_at is not None
            and order.made_at < wave.closes_at <= now
            and not wave.waiting
        ]
    day = _last_day(session, order, now)
    return [] if day is None else [Occasion(f"{order.rhythm} {day.isoformat()}")]


def next_day(session: Session, order: Order, now: datetime) -> date | None:
    """The day that an order is sent next; None where that is when a wave closes."""
    if order.rhythm is Rhythm.WAVE:
        return None
    today = _day(now)
    last = _last_day(session, order, now)
    if order.rhythm is Rhythm.MONTH:
        first = _day(order.made_at) if last is None else last
        return first if last is None and first.day == 1 and first > today else _month_after(first)
    anchor = _anchor(session, order, now)
    return anchor if last is None else last + board.FORTNIGHT


def _last_day(session: Session, order: Order, now: datetime) -> date | None:
    """The last day that an order was due on, since it was made."""
    # A day begins at seven
    today = _day(now - timedelta(hours=MORNING.hour))
    if order.rhythm is Rhythm.MONTH:
        day = today.replace(day=1)
    else:
        anchor = _anchor(session, order, now)
        if today < anchor:
            return None
        day = anchor + (today - anchor) // board.FORTNIGHT * board.FORTNIGHT
    return day if day > _day(order.made_at) else None


def _anchor(session: Session, order: Order, now: datetime) -> date:
    """The first day of a fortnightly order: the day before the board's next meeting."""
    next_by = board.meetings(session, _day(now)).next_by
    if next_by is None:
        return _day(order.made_at) + board.FORTNIGHT
    anchor = next_by - timedelta(days=1)
    while anchor <= _day(order.made_at):
        anchor += board.FORTNIGHT
    return anchor


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _day(moment: datetime) -> date:
    return moment.astimezone(COPENHAGEN).date()
