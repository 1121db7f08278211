"""Nobody is disturbed at night, at weekends or on holidays; and everybody hears from us after."""

from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.hours import may_disturb, next_chance, open_day
from surveys.schedule import COPENHAGEN

CLOSED = {
    # As the calendar of Folkekirken and the almanac have them
    2026: "0101 0402 0403 0406 0514 0525 0605 1224 1225 1231",
    2027: "0101 0325 0326 0329 0506 0517 1224 1231",
    2032: "0101 0325 0326 0329 0506 0517 1224 1231",
}


@pytest.mark.parametrize("year", CLOSED)
def test_holidays_are_closed_and_no_other_weekday(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + isleap(year))]
    closed = [f"{day:%m%d}" for day in days if day.weekday() < 5 and open_day(day) != day]
    assert closed == CLOSED[year].split()


@pytest.mark.parametrize(
    ("now", "chance"),
    [
        ("2026-11-22 03:00", "2026-11-23 09:00"),
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 16:59", "2026-11-23 16:59"),
        ("2026-11-23 17:00", "2026-11-24 09:00"),
        ("2026-04-01 18:00", "2026-04-07 09:00"),  # over Easter
        ("2026-12-23 17:00", "2026-12-28 09:00"),
        ("2026-03-28 12:00", "2026-03-30 09:00"),  # over the change of the clocks
    ],
)
def test_what_is_due_waits_for_the_next_chance(now: str, chance: str) -> None:
    moment, expected = (
        datetime.fromisoformat(one).replace(tzinfo=COPENHAGEN).astimezone(UTC)
        for one in (now, chance)
    )
    assert next_chance(moment) == expected
    assert may_disturb(moment) == (now == chance)


@given(st.integers(0, 30 * 366 * 24 * 60))
def test_the_next_chance_is_one_and_none_comes_before_it(minutes: int) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    chance = next_chance(moment)
    assert chance >= moment
    assert may_disturb(chance)
    local = chance.astimezone(COPENHAGEN)
    assert time(9) <= local.time() < time(17)
    if chance > moment:
        assert not may_disturb(moment)
        assert not may_disturb(chance - timedelta(microseconds=1))
