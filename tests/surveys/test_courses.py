"""Course runs ask their participants by themselves, and promise what they can keep."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from surveys import courses, extract, fieldwork, frame, invitations, recurring, spreadsheet
from surveys.courses import SURVEY, Planned
from surveys.database import Database
from surveys.errors import RunUnderWay, UnusableRows
from surveys.fieldwork_tables import CourseRunRow
from surveys.frame import Member
from surveys.recurring import CourseRun
from tests.surveys.fieldworker import SECRET

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LAST_DAY = date(2026, 11, 20)
OPENS = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
RUN = CourseRun(
    "CV 12", "CV-kursus", date(2026, 11, 16), LAST_DAY, "Foreningen", "Lokale 3", "A. Berg", 12,
    "ansvarlig@example.dk",
)  # fmt: skip
HEADINGS = "Hold;Kursus;Startdato;Slutdato;Antal deltagere;Leverandør;Sted;Underviser;Ansvarlig"
MINUTE = timedelta(minutes=1)


def saved(database: Database, run: CourseRun = RUN, now: datetime = NOW) -> Planned:
    with database.transaction() as session:
        courses.save(session, run, now)
        return next(one for one in courses.planned(session, now) if one.run.name == run.name)


def listed(database: Database, n: int, run: CourseRun = RUN) -> None:
    found = saved(database, run)
    with database.transaction() as session:
        assert courses.prepare(session, found.id, link=False) == run.name
        wave = extract.wave(session, SURVEY, run.name)
        members = tuple(Member(f"K{i}", channel="card") for i in range(n))
        frame.take(session, wave.id, frame.Reading({}, members, ()))


def invite(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        recurring.keep(session, now)
        return courses.invite_due(session, SECRET, now)


def test_the_first_run_begins_the_schedule_and_opens_on_its_last_day(database: Database) -> None:
    found = saved(database)
    assert (found.opens_at, found.wave_id, found.run) == (OPENS, None, RUN)
    assert invite(database, OPENS - MINUTE) == 0
    with database.snapshot() as session:
        assert courses.planned(session, OPENS)[0].code is None
    assert invite(database, OPENS) == 0
    with database.snapshot() as session:
        (found,) = courses.planned(session, OPENS)
        assert found.code
        assert fieldwork.admit(session, found.code, OPENS).course == RUN.name


def test_a_schedule_that_staff_chose_stands(database: Database) -> None:
    chosen = courses.Schedule(courses.Rhythm.CONTINUOUS, date(2026, 1, 1))
    with database.transaction() as session:
        recurring.plan(session, SURVEY, chosen)
    found = saved(database)
    assert found.opens_at is None
    with database.transaction() as session:
        assert recurring.schedules(session)[SURVEY] == chosen
        assert courses.prepare(session, found.id, link=True) is None


def test_a_list_is_invited_on_the_last_day_and_once(database: Database) -> None:
    listed(database, 12)
    assert invite(database, OPENS - MINUTE) == 0
    assert [invite(database, OPENS + n * MINUTE) for n in range(3)] == [12, 0, 0]
    with database.snapshot() as session:
        (found,) = courses.planned(session, OPENS)
        assert (found.listed, found.invited, found.received, found.code) == (12, 12, 0, None)
        wave = extract.wave(session, SURVEY, RUN.name)
        assert wave.anonymity == "anonymous"
        letters = invitations.letters(session, wave.id, SECRET)
        assert fieldwork.admit(session, letters[0].token, OPENS).personal
    with database.transaction() as session:
        frame.take(session, wave.id, frame.Reading({}, (Member("sen"),), ()))
    assert invite(database, OPENS + timedelta(days=1)) == 1
    assert invite(database, OPENS + timedelta(days=30)) == 0


@pytest.mark.parametrize(("expected", "on_list", "promise"), [
    (12, 12, "anonymous"), (12, 4, "confidential"), (12, 5, "anonymous"), (4, 0, "confidential"),
    (4, 12, "confidential"),
])  # fmt: skip
def test_few_are_not_promised_what_cannot_be_kept(
    database: Database, expected: int, on_list: int, promise: str
) -> None:
    run = replace(RUN, expected=expected)
    saved(database, run)
    if on_list:
        listed(database, on_list, run)
    invite(database, OPENS)
    with database.snapshot() as session:
        assert extract.wave(session, SURVEY, RUN.name).anonymity == promise


def test_a_wave_that_was_made_ahead_moves_with_its_run_until_it_opens(database: Database) -> None:
    listed(database, 6)
    later = replace(RUN, ends=LAST_DAY + timedelta(days=7))
    found = saved(database, later)
    assert found.opens_at == OPENS + timedelta(days=7)
    assert invite(database, OPENS) == 0
    assert invite(database, OPENS + timedelta(days=7)) == 6
    asked = OPENS + timedelta(days=8)
    with pytest.raises(RunUnderWay):
        saved(database, RUN, asked)
    assert saved(database, replace(later, teacher="B. Holm"), asked).run.teacher == "B. Holm"


def test_a_card_can_be_printed_ahead_and_is_the_one_that_opens(database: Database) -> None:
    found = saved(database)
    with database.transaction() as session:
        for _ in range(2):
            courses.prepare(session, found.id, link=True)
        code = courses.planned(session, NOW)[0].code
    assert code
    invite(database, OPENS)
    with database.snapshot() as session:
        assert courses.planned(session, OPENS)[0].code == code
        assert fieldwork.admit(session, code, OPENS)


def test_a_run_that_is_called_off_asks_nobody_and_keeps_no_list(database: Database) -> None:
    listed(database, 6)
    with database.transaction() as session:
        (found,) = courses.planned(session, NOW)
        courses.call_off(session, found.id, NOW)
        assert courses.planned(session, NOW) == recurring.runs(session) == []
        assert extract.waves(session, SURVEY) == []
    assert invite(database, OPENS) == 0
    again = saved(database)
    invite(database, OPENS)
    with database.transaction() as session, pytest.raises(RunUnderWay):
        courses.call_off(session, again.id, OPENS)


def test_an_owner_is_told_once(database: Database) -> None:
    saved(database)
    for first in (True, False):
        with database.transaction() as session:
            assert courses.warn(session, RUN.name, NOW) is first
    saved(database)
    with database.snapshot() as session:
        assert session.scalars(select(CourseRunRow.warned_at)).one() == NOW


def read(text: str) -> courses.Reading:
    table = spreadsheet.read(text.encode("cp1252"))
    return courses.read(table, spreadsheet.guess(table.headings, courses.FIELDS))


def test_a_file_of_runs_is_taken_in_and_changes_those_it_knows(database: Database) -> None:
    row = "CV 12;CV-kursus;16-11-2026;20.11.2026;12;Foreningen;Lokale 3;A. Berg;"
    reading = read(
        f"{HEADINGS}\r\n{row}ansvarlig@example.dk\r\nTruck 1;Truck;1/12/2026;4/12/2026;8;;;;\r\n"
    )
    assert reading.runs[0] == RUN
    with database.transaction() as session:
        assert courses.take(session, reading, NOW) == (2, 0)
        assert courses.take(session, reading, NOW) == (0, 2)
        assert [run.name for run in recurring.runs(session)] == ["Truck 1", "CV 12"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (";CV;1-1-2027;2-1-2027;5;;;;", "missing_cell", "Hold"),
        ("A;CV;31-2-2027;2-3-2027;5;;;;", "not_a_day", "Startdato"),
        ("A;CV;3-1-2027;2-1-2027;5;;;;", "ends_before_it_begins", "Slutdato"),
        ("A;CV;1-1-2027;2-1-2027;mange;;;;", "not_a_number", "Antal deltagere"),
        ("A;CV;1-1-2027;2-1-2027;2,5;;;;", "bad_expected", "Antal deltagere"),
        ("A;CV;1-1-2027;2-1-2027;0;;;;", "bad_expected", "Antal deltagere"),
        ("A;CV;1-1-2027;2-1-2027;5;;;;hvem", "bad_email", "Ansvarlig"),
        (f"{'x' * 61};CV;1-1-2027;2-1-2027;5;;;;", "too_long", "Hold"),
        ("A;CV;1-1-2027;2-1-2027;5;;;010190-1234;", "cpr", "Underviser"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(
    sqlite: Database, row: str, code: str, column: str
) -> None:
    reading = read(f"{HEADINGS}\r\nGod;CV;1-1-2027;2-1-2027;5;;;;\r\n{row}\r\n")
    assert [(one.code, one.row, one.column) for one in reading.problems] == [(code, 3, column)]
    assert reading.runs == ()
    with sqlite.transaction() as session:
        with pytest.raises(UnusableRows):
            courses.take(session, reading, NOW)
        assert recurring.runs(session) == []


def test_a_file_without_what_must_be_there_says_which_columns() -> None:
    assert [one.code for one in read("Hold;Sted\r\nA;B\r\n").problems] == [
        f"no_{field}_column" for field in ("course", "begins", "ends", "expected")
    ]
    twice = read(f"{HEADINGS}\r\n" + "A;CV;1-1-2027;2-1-2027;5;;;;\r\n" * 2)
    assert [(one.code, one.row, one.found) for one in twice.problems] == [("run_twice", 3, "2")]
