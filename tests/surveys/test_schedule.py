"""Periods open and close on the right minute in Copenhagen, over clock changes and week 53."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from surveys.schedule import COPENHAGEN, Rhythm, Schedule, end_of, iso_year, week, weeks

HALF_YEARLY = Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), time(8), 28)
CONTINUOUS = Schedule(Rhythm.CONTINUOUS, date(2025, 1, 1))
MINUTE = timedelta(minutes=1)
moments = some.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "opens", "closes"),
    [
        # Summer time all the way: 8.00 is 06.00 UTC, midnight 22.00
        ("April 2027", utc(2027, 4, 1, 6), utc(2027, 4, 28, 22)),
        # It begins in summer time and ends four days after the clock went back
        ("Oktober 2026", utc(2026, 10, 1, 6), utc(2026, 10, 28, 23)),
    ],
)
def test_april_and_october_open_and_close_on_the_minute(
    label: str, opens: datetime, closes: datetime
) -> None:
    assert HALF_YEARLY.period_at(opens - MINUTE) is None
    period = HALF_YEARLY.period_at(opens)
    assert period is not None
    assert (period.label, period.opens_at, period.closes_at) == (label, opens, closes)
    assert HALF_YEARLY.period_at(closes - MINUTE) == period
    assert HALF_YEARLY.period_at(closes) is None
    assert HALF_YEARLY.next_period(opens - MINUTE) == period


def test_a_long_october_runs_into_the_new_year() -> None:
    long = Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), time(8), 120)
    period = long.period_at(utc(2027, 1, 20))
    assert period is not None
    assert period.label == "Oktober 2026"


def test_nothing_opens_before_the_schedule_begins() -> None:
    late = Schedule(Rhythm.APRIL_OCTOBER, date(2026, 10, 2), time(8), 28)
    assert late.period_at(utc(2026, 10, 5)) is None
    coming = late.next_period(utc(2026, 10, 5))
    assert coming is not None
    assert coming.label == "April 2027"
    joined = Schedule(Rhythm.CONTINUOUS, date(2026, 11, 18)).period_at(utc(2026, 11, 20))
    assert joined is not None
    assert joined.opens_at == utc(2026, 11, 17, 23)


def test_the_year_2026_has_53_weeks_and_the_next_begins_when_it_ends() -> None:
    before, after = iso_year(2026), iso_year(2027)
    assert before.opens_at == utc(2025, 12, 28, 23)
    assert before.closes_at == after.opens_at == utc(2027, 1, 3, 23)
    found = weeks(before.opens_at, before.closes_at)
    assert [one.label for one in found][-2:] == ["2026-W52", "2026-W53"]
    assert len(found) == 53
    assert len(weeks(after.opens_at, after.closes_at)) == 52
    assert CONTINUOUS.period_at(utc(2027, 1, 3, 22, 59)) == before
    assert CONTINUOUS.period_at(utc(2027, 1, 3, 23)) == after


def test_the_week_of_a_moment_is_copenhagens() -> None:
    assert week(utc(2026, 12, 31)) == "2026-W53"
    assert week(utc(2027, 1, 3, 22, 59)) == "2026-W53"
    assert week(utc(2027, 1, 3, 23, 0)) == "2027-W01"


def test_the_participants_of_a_course_are_asked_on_its_last_day() -> None:
    schedule = Schedule(Rhythm.COURSE_RUN, date(2026, 1, 1), time(14, 30), 14)
    period = schedule.after_course("CV 47", date(2026, 10, 20))
    assert period.opens_at == utc(2026, 10, 20, 12, 30)
    # Two weeks of days, with the hour that the clock goes back
    assert period.closes_at == utc(2026, 11, 2, 23)
    assert schedule.period_at(utc(2026, 10, 21)) is schedule.next_period(utc(2026, 10, 21)) is None


def test_the_day_that_a_clock_changes_ends_at_midnight() -> None:
    assert end_of(date(2026, 10, 25)) - end_of(date(2026, 10, 24)) == timedelta(hours=25)
    assert end_of(date(2027, 3, 28)) - end_of(date(2027, 3, 27)) == timedelta(hours=23)


@given(moments)
def test_a_continuous_survey_is_always_in_exactly_one_period(moment: datetime) -> None:
    schedule = Schedule(Rhythm.CONTINUOUS, date(2020, 1, 1))
    period = schedule.period_at(moment)
    assert period is not None
    assert period.opens_at <= moment < period.closes_at
    coming = schedule.next_period(moment)
    assert coming is not None
    assert coming.opens_at == period.closes_at
    assert week(moment) in {one.label for one in weeks(period.opens_at, period.closes_at)}


@given(moments, some.integers(1, 120))
def test_a_period_is_at_the_moments_between_its_ends_and_at_no_other(
    moment: datetime, days: int
) -> None:
    schedule = Schedule(Rhythm.APRIL_OCTOBER, date(2020, 1, 1), time(8), days)
    coming = schedule.next_period(moment)
    assert coming is not None
    assert coming.opens_at > moment
    assert schedule.period_at(coming.opens_at) == coming
    assert schedule.period_at(coming.closes_at) != coming
    local = coming.closes_at.astimezone(COPENHAGEN)
    assert (local.hour, local.minute) == (0, 0)
