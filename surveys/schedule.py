"""When a survey is asked again: periods in Copenhagen's time, over clock changes and week 53. Pure.

A day begins at its first minute in Copenhagen, whatever that is in UTC. Weeks and the years made
of them are those of ISO 8601: 2026-W53 ends with Sunday 3 January 2027.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")

SMALLEST_GROUP: Final = 5
"""Where anonymity is promised, an answer is one of this many people's or more."""


def is_over(closes_at: datetime | None, now: datetime) -> bool:
    """Whether a wave takes no more answers. One without an end always does."""
    return closes_at is not None and now >= closes_at


class Rhythm(StrEnum):
    """How often a survey is asked."""

    APRIL_OCTOBER = "april_october"
    """Twice a year, from the first of April and of October."""
    CONTINUOUS = "continuous"
    """Always: one wave for each ISO year, read week by week."""
    COURSE_RUN = "course_run"
    """Every run of a course, from its last day."""


_MONTHS: Final = {4: "April", 10: "Oktober"}


@dataclass(frozen=True, slots=True)
class Period:
    """When one wave takes answers, and what it is called. `closes_at` is the first moment after."""

    label: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rhythm of a survey and what every wave of it begins with.

    `opens_time` is the time of day in Copenhagen; a wave takes answers for `days` days, the first
    one counted, and closes at midnight. A continuous one has neither. None opens before `begins`.
    """

    rhythm: Rhythm
    begins: date
    opens_time: time | None = None
    days: int | None = None
    anonymity: str = "anonymous"
    target: float | None = None

    def period_at(self, now: datetime) -> Period | None:
        """The period that takes answers at a moment, if there is one. Course runs have their own.

        A period that began before `begins` did is left out, but a continuous one is joined.
        """
        today = now.astimezone(COPENHAGEN).date()
        if self.rhythm is Rhythm.COURSE_RUN or today < self.begins:
            return None
        if self.rhythm is Rhythm.CONTINUOUS:
            return self._joined(today)
        for year in (today.year, today.year - 1):
            for month, name in sorted(_MONTHS.items(), reverse=True):
                period = self._from(f"{name} {year}", date(year, month, 1))
                is_open = period.opens_at <= now < period.closes_at
                if is_open and date(year, month, 1) >= self.begins:
                    return period
        return None

    def next_period(self, now: datetime) -> Period | None:
        """The first period that opens after a moment."""
        today = now.astimezone(COPENHAGEN).date()
        if self.rhythm is Rhythm.COURSE_RUN:
            return None
        if self.rhythm is Rhythm.CONTINUOUS:
            ahead = today < self.begins
            return self._joined(self.begins) if ahead else iso_year(today.isocalendar().year + 1)
        today = max(today, self.begins)
        coming = (
            self._from(f"{_MONTHS[month]} {year}", date(year, month, 1))
            for year in (today.year, today.year + 1)
            for month in sorted(_MONTHS)
            if date(year, month, 1) >= self.begins
        )
        return next((period for period in coming if period.opens_at > now), None)

    def after_course(self, run: str, last_day: date) -> Period:
        """When the participants of a course run are asked."""
        return self._from(run, last_day)

    def promise_to(self, people: int | None) -> str:
        """What a group is promised: no anonymity to so few that each of them could be meant."""
        few = people is not None and people < SMALLEST_GROUP
        return "confidential" if few and self.anonymity == "anonymous" else self.anonymity

    def _joined(self, day: date) -> Period:
        whole = iso_year(day.isocalendar().year)
        return replace(whole, opens_at=max(whole.opens_at, midnight(self.begins)))

    def _from(self, label: str, day: date) -> Period:
        if self.opens_time is None or self.days is None:
            raise ValueError("A rhythm with pauses needs a time to open and a number of days.")
        opens_at = moment(day, self.opens_time)
        return Period(label, opens_at, midnight(day + timedelta(days=self.days)))


def midnight(day: date) -> datetime:
    """The first moment of a day in Copenhagen."""
    return moment(day, time())


def moment(day: date, clock: time) -> datetime:
    """What the clock on a wall in Copenhagen shows on a day, as a moment."""
    # In UTC: two moments of one zone are compared by what the clock on the wall says
    return datetime.combine(day, clock, COPENHAGEN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment after a day in Copenhagen: when something closes whose last day it is."""
    return midnight(day + timedelta(days=1))


def iso_year(year: int) -> Period:
    """All the weeks of an ISO year, 52 or 53 of them."""
    first, after = (date.fromisocalendar(which, 1, 1) for which in (year, year + 1))
    return Period(str(year), midnight(first), midnight(after))


def week(when: datetime) -> str:
    """The ISO week of a moment in Copenhagen: 2026-W53."""
    year, number, _ = when.astimezone(COPENHAGEN).isocalendar()
    return f"{year}-W{number:02}"


def weeks(opens_at: datetime, closes_at: datetime) -> Sequence[Period]:
    """The weeks that a wave takes answers in, whole ones, labelled as answers are: 2026-W53."""
    first = opens_at.astimezone(COPENHAGEN).date()
    monday = first - timedelta(days=first.weekday())
    found = []
    while midnight(monday) < closes_at:
        begins = midnight(monday)
        monday += timedelta(days=7)
        found.append(Period(week(begins), begins, midnight(monday)))
    return found
