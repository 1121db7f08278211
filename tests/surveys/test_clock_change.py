"""Waves open and close on the right minute in Copenhagen, over clock changes and week 53.

Every minute is a run of the job, as the worker has it; what it opened and what admits people at
that minute is compared with what a clock on a wall in Copenhagen says.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from surveys import extract, fieldwork, recurring
from surveys.database import Database
from surveys.errors import NotAdmitted
from surveys.recurring import CourseRun
from surveys.schedule import COPENHAGEN, Rhythm, Schedule, week

SURVEY = "samtalefeedback"
MINUTE = timedelta(minutes=1)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += MINUTE


def planned(database: Database, schedule: Schedule, survey: str = SURVEY) -> None:
    with database.transaction() as session:
        recurring.plan(session, survey, schedule)


def keep(database: Database, now: datetime) -> list[str]:
    with database.transaction() as session:
        return [label for _, label in recurring.keep(session, now)]


def is_open(database: Database, code: str, now: datetime) -> bool:
    with database.snapshot() as session:
        try:
            fieldwork.admit(session, code, now)
        except NotAdmitted:
            return False
        return True


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(COPENHAGEN):%d-%m-%Y %H.%M}"


@pytest.mark.parametrize(
    ("survey_opens", "days", "year", "month", "opens", "closes", "hours"),
    [
        # 25 October 2026 has 25 hours, and 31 October 2027 too
        (time(8), 28, 2026, 10, "01-10-2026 08.00", "29-10-2026 00.00", 27 * 24 + 16 + 1),
        (time(8), 31, 2027, 10, "01-10-2027 08.00", "01-11-2027 00.00", 30 * 24 + 16 + 1),
        # The last minutes before the clock is turned back are in the wave, twice
        (time(0), 25, 2026, 10, "01-10-2026 00.00", "26-10-2026 00.00", 25 * 24 + 1),
        # April is after the change in March: its days are all 24 hours
        (time(8), 28, 2027, 4, "01-04-2027 08.00", "29-04-2027 00.00", 27 * 24 + 16),
        (time(0), 30, 2027, 4, "01-04-2027 00.00", "01-05-2027 00.00", 30 * 24),
    ],
)
def test_a_half_yearly_wave_opens_and_closes_on_the_minute(
    sqlite: Database, survey_opens: time, days: int, year: int, month: int, opens: str,
    closes: str, hours: int,
) -> None:  # fmt: skip
    planned(sqlite, Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), survey_opens, days))
    first = datetime.combine(date(year, month, 1), survey_opens, COPENHAGEN).astimezone(UTC)
    opened = [(now, label) for now in minutes(first - 5 * MINUTE, first + 5 * MINUTE)
              for label in keep(sqlite, now)]  # fmt: skip
    name = {4: "April", 10: "Oktober"}[month]
    assert [(wall(now), label) for now, label in opened] == [(opens, f"{name} {year}")]
    with sqlite.transaction() as session:
        wave = extract.wave(session, SURVEY)
        code = fieldwork.link_to(session, wave.id)
    assert wave.closes_at is not None
    assert wave.closes_at - wave.opens_at == timedelta(hours=hours)
    around = minutes(wave.closes_at - 5 * MINUTE, wave.closes_at + 5 * MINUTE)
    assert next(wall(now) for now in around if not is_open(sqlite, code, now)) == closes
    for now in (wave.opens_at - MINUTE, wave.closes_at):
        assert not is_open(sqlite, code, now)
    assert is_open(sqlite, code, wave.opens_at)


def test_through_both_of_the_hours_between_two_and_three_the_wave_stays_open_and_is_one(
    sqlite: Database,
) -> None:
    planned(sqlite, Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), time(8), 28))
    keep(sqlite, datetime(2026, 10, 1, 6, 0, tzinfo=UTC))
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, SURVEY, datetime(2026, 10, 2, tzinfo=UTC))
    # 01.50 to 03.10 on the wall, with 02.00 to 02.59 twice: 141 minutes
    night = list(minutes(datetime(2026, 10, 24, 23, 50, tzinfo=UTC),
                         datetime(2026, 10, 25, 2, 10, tzinfo=UTC)))  # fmt: skip
    assert (wall(night[0]), wall(night[-1]), len(night)) == (
        "25-10-2026 01.50", "25-10-2026 03.10", 141,
    )  # fmt: skip
    assert [label for now in night for label in keep(sqlite, now)] == []
    assert all(is_open(sqlite, code, now) for now in night[::10])


@pytest.mark.parametrize(
    ("ends", "clock", "opens"),
    [
        # There is no 02.30 that night in March: the clock shows 03.30 at that moment
        (date(2027, 3, 28), time(2, 30), "28-03-2027 03.30"),
        # And two of them in October: the first one
        (date(2026, 10, 25), time(2, 30), "25-10-2026 02.30"),
        (date(2026, 10, 25), time(8), "25-10-2026 08.00"),
        (date(2027, 1, 3), time(8), "03-01-2027 08.00"),
    ],
)
def test_a_course_that_ends_on_such_a_day_is_asked_once(
    sqlite: Database, ends: date, clock: time, opens: str
) -> None:
    planned(sqlite, Schedule(Rhythm.COURSE_RUN, date(2026, 1, 1), clock, 14), "kursusfeedback")
    with sqlite.transaction() as session:
        recurring.add_run(session, CourseRun("CV 1", "CV", ends, ends, expected=12))
    midnight = datetime.combine(ends, time(), COPENHAGEN).astimezone(UTC)
    hours = (clock.hour - 1, clock.hour + 3)
    span = minutes(midnight + timedelta(hours=hours[0]), midnight + timedelta(hours=hours[1]))
    opened = [wall(now) for now in span for _ in keep(sqlite, now)]
    assert opened == [opens]


def test_a_continuous_survey_has_53_weeks_in_2026_and_turns_at_midnight(sqlite: Database) -> None:
    planned(sqlite, Schedule(Rhythm.CONTINUOUS, date(2026, 1, 1)))
    keep(sqlite, datetime(2026, 6, 1, tzinfo=UTC))
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, SURVEY, datetime(2026, 6, 1, tzinfo=UTC))
    turn = datetime(2027, 1, 3, 23, 0, tzinfo=UTC)
    opened = []
    for now in minutes(turn - 10 * MINUTE, turn + 10 * MINUTE):
        opened += [(wall(now), label) for label in keep(sqlite, now)]
        assert is_open(sqlite, code, now), wall(now)
        with sqlite.snapshot() as session:
            wave = fieldwork.admit(session, code, now).wave_id
            label = next(one.label for one in extract.waves(session, SURVEY) if one.id == wave)
        assert (label, week(now)) == (("2026", "2026-W53") if now < turn else ("2027", "2027-W01"))
    assert opened == [("04-01-2027 00.00", "2027")]
    with sqlite.snapshot() as session:
        year = next(one for one in extract.waves(session, SURVEY) if one.label == "2026")
    assert year.closes_at == turn
    mondays = [date.fromisocalendar(2026, number, 1) for number in range(1, 54)]
    assert [week(datetime.combine(day, time(12), UTC)) for day in mondays] == [
        f"2026-W{number:02}" for number in range(1, 54)
    ]
