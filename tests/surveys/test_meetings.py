"""Everybody who had a meeting is asked, once, in groups that expose nobody."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from surveys import extract, fieldwork, invitations, meetings, respite, spreadsheet
from surveys.database import Database
from surveys.errors import UnusableRows
from surveys.meeting_tables import MeetingRow
from surveys.meetings import SURVEY, Taken
from surveys.tables import InvitationRow
from tests.surveys.fieldworker import SECRET, dump

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MONDAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEADINGS = "Sagsnr;Uge;Mødetype;Enhed;Team;E-mail;Sprog;Møde-id"


def rows(n: int, *, unit: str = "Ungeenheden", team: str = "Team A", first: int = 0) -> str:
    return "".join(
        f"A{i};2026-W47;fysisk;{unit};{team};a{i}@example.dk;dansk;m{i}\r\n"
        for i in range(first, first + n)
    )


def read(text: str, now: datetime = NOW, headings: str = HEADINGS) -> meetings.Reading:
    table = spreadsheet.read(f"{headings}\r\n{text}".encode())
    return meetings.read(table, spreadsheet.guess(table.headings, meetings.FIELDS), now)


def taken(database: Database, text: str, now: datetime = NOW) -> Taken:
    with database.transaction() as session:
        return meetings.take(session, read(text, now))


def invite(database: Database, now: datetime = NOW) -> int:
    with database.transaction() as session:
        return meetings.invite_waiting(session, SECRET, now)


@pytest.fixture
def rolled_out(database: Database) -> Database:
    with database.transaction() as session:
        for team in ("Team A", "Team B"):
            meetings.switch_on(session, team, date(2026, 11, 16))
    return database


def counts(database: Database) -> Counter[str]:
    with database.snapshot() as session:
        return sum((Counter(one.counts) for one in meetings.tally(session)), Counter())


def test_all_who_had_a_meeting_are_asked_and_each_event_once(rolled_out: Database) -> None:
    assert taken(rolled_out, rows(7)) == Taken(waiting=7, known=0, team_off=0)
    assert taken(rolled_out, rows(9)) == Taken(waiting=2, known=7, team_off=0)
    assert [invite(rolled_out), invite(rolled_out)] == [9, 0]
    assert taken(rolled_out, rows(9)) == Taken(waiting=0, known=9, team_off=0)
    assert invite(rolled_out) == 0
    with rolled_out.transaction() as session:
        wave = extract.wave(session, SURVEY)
        assert (wave.label, wave.invited, wave.anonymity) == ("Møder november 2026", 9, "anonymous")
        assert wave.closes_at == datetime(2026, 12, 14, 23, 0, tzinfo=UTC)
        letters = invitations.letters(session, wave.id, SECRET)
        admission = fieldwork.admit(session, letters[0].token, NOW)
        assert (admission.unit, admission.course) == ("Ungeenheden", "Fysisk møde")
        assert {letter.channel for letter in letters} == {"email"}


def test_whom_a_meeting_was_with_stands_nowhere_once_they_are_asked(rolled_out: Database) -> None:
    taken(rolled_out, rows(6))
    invite(rolled_out)
    for row in dump(rolled_out)["meeting"]:
        assert row["state"] == "invited"
        assert not any(row[name] for name in ("reference", "email", "phone", "channel", "language"))
    assert "m1" not in str(dump(rolled_out)["meeting"])


def test_fewer_than_five_wait_for_company_and_then_carry_no_unit(rolled_out: Database) -> None:
    taken(rolled_out, rows(4) + rows(2, unit="Sygedagpenge", team="Team B", first=4))
    assert invite(rolled_out) == invite(rolled_out, MONDAY - MINUTE) == 0
    # Then the week is over, and they are six together
    assert invite(rolled_out, MONDAY) == 6
    with rolled_out.snapshot() as session:
        carried = session.execute(select(InvitationRow.unit, InvitationRow.course)).all()
        assert Counter(map(tuple, carried)) == {(None, None): 6}


def test_a_meeting_that_no_company_came_for_is_let_go(rolled_out: Database) -> None:
    taken(rolled_out, rows(3))
    assert invite(rolled_out, MONDAY + timedelta(weeks=4) - MINUTE) == 0
    assert counts(rolled_out) == {"waiting": 3}
    assert invite(rolled_out, MONDAY + timedelta(weeks=4)) == 0
    assert counts(rolled_out) == {"too_late": 3}


def test_teams_come_one_by_one_and_the_others_are_only_counted(database: Database) -> None:
    both = rows(6) + rows(6, team="Team B", first=6)
    with database.transaction() as session:
        meetings.switch_on(session, "Team A", date(2026, 11, 18))
        meetings.switch_on(session, "Team B", date(2026, 11, 23))
    assert taken(database, both) == Taken(waiting=6, known=0, team_off=6)
    assert "a7@example.dk" not in str(dump(database))
    assert invite(database) == 6
    with database.transaction() as session:
        found = {one.team: one for one in meetings.tally(session)}
        assert (found["Team A"]["invited"], found["Team A"].from_week) == (6, "2026-W47")
        assert (found["Team B"]["team_off"], found["Team B"].from_week) == (6, "2026-W48")
        meetings.switch_off(session, "Team A")
        assert meetings.take(session, read(rows(2, first=20))).team_off == 2


def test_nobody_is_asked_twice_in_sixty_days_and_a_skip_is_counted(rolled_out: Database) -> None:
    taken(rolled_out, rows(6))
    assert invite(rolled_out) == 6
    # The same six people have another meeting, and one of the new ones wants no more
    again = rows(6).replace(";m", ";n") + rows(6, first=6)
    taken(rolled_out, again)
    with rolled_out.transaction() as session:
        respite.opt_out(session, respite.person(SECRET, "A6", "a6@example.dk", None))
    assert invite(rolled_out) == 5
    assert counts(rolled_out) == {"invited": 11, "asked_before": 6, "opted_out": 1}
    later = NOW + timedelta(days=61)
    taken(rolled_out, rows(6).replace("2026-W47", "2027-W02").replace(";m", ";p"), later)
    assert invite(rolled_out, later) == 6
    with rolled_out.snapshot() as session:
        assert extract.wave(session, SURVEY).label == "Møder januar 2027"


def test_a_card_can_be_made_while_meetings_ask_their_own(rolled_out: Database) -> None:
    with rolled_out.transaction() as session:
        fieldwork.open_wave(session, SURVEY, "2026", opens_at=NOW - timedelta(days=90))
    text = "".join(f"B{i};2026-W47;telefon;U;Team A;;;k{i}\r\n" for i in range(5))
    taken(rolled_out, text)
    assert invite(rolled_out) == 5
    with rolled_out.transaction() as session:
        code = fieldwork.create_link(session, SURVEY, NOW)
        assert not fieldwork.admit(session, code, NOW).personal
        cards = meetings.handouts(session, SECRET, NOW)
        assert {letter.reference for letter in cards} == {f"B{i}" for i in range(5)}


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("A1;2026-W54;fysisk;U;T;;;", "bad_week", "Uge"),
        ("A1;2026-11-18 09:30;fysisk;U;T;;;", "bad_week", "Uge"),
        ("A1;2026-W48;fysisk;U;T;;;", "week_ahead", "Uge"),
        ("A1;2026-W42;fysisk;U;T;;;", "week_too_old", "Uge"),
        ("A1;2026-W47;brev;U;T;;;", "unknown_kind", "Mødetype"),
        (";2026-W47;video;U;T;;;", "missing_reference", "Sagsnr"),
        ("A1;2026-W47;video;U;T;nogen;;", "bad_email", "E-mail"),
        ("A1;2026-W47;video;U;T;;klingon;", "unknown_language", "Sprog"),
        ("A1;2026-W47;video;U;T;;;010190-1234", "cpr", "Møde-id"),
        ("0101901234;2026-W47;video;U;T;;;", "cpr", "Sagsnr"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(row: str, code: str, column: str) -> None:
    reading = read(f"{rows(1)}{row}\r\n")
    assert [(one.code, one.row, one.column) for one in reading.problems] == [(code, 3, column)]
    assert reading.meetings == ()


def test_nothing_is_taken_in_from_a_wrong_file(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        with pytest.raises(UnusableRows):
            meetings.take(session, read("A1;uge;fysisk;U;T;;;\r\n"))
        assert session.scalars(select(MeetingRow)).all() == []
    assert [one.code for one in read("a\r\n", headings="Navn").problems] == [
        "no_reference_column", "no_week_column", "no_kind_column",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spelled", ["2026-W47", "2026W47", "47/2026", "Uge 47, 2026", "uge 47 2026", "18-11-2026"]
)
def test_a_week_is_read_as_people_write_it_and_a_day_is_forgotten(spelled: str) -> None:
    (meeting,) = read(f"A1;{spelled};video;U;T;;;\r\n").meetings
    assert (meeting.week, meeting.kind) == ("2026-W47", "video")
    assert meeting.key == "A1/2026-W47/video/T"


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=14))
def test_what_goes_together_is_five_or_more_and_nobody_waits_in_a_crowd(
    which: list[tuple[str, bool]],
) -> None:
    waiting = [
        MeetingRow(key_hash=bytes([n]), unit=unit, week="2026-W46" if past else "2026-W47")
        for n, (unit, past) in enumerate(which)
    ]
    batch = meetings._enough(waiting, "2026-W47")
    assert not batch or len(batch) >= 5
    left = [row for row in waiting if row not in batch]
    assert len([row for row in left if row.week == "2026-W46"]) < 5
    assert max(Counter(row.unit for row in left).values(), default=0) < 5
