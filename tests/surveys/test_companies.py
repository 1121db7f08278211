"""Companies of a wave: what a list of them must hold, and that it comes in whole or not at all."""

from datetime import time

import pytest
from sqlalchemy import func, select
from sqlalchemy import table as sql_table

from surveys import companies, extract, fieldwork, invitations, retention, spreadsheet, turnout
from surveys.companies import Company
from surveys.database import Database
from surveys.errors import AnonymousWave, UnusableCell, UnusableRows
from surveys.turnout import State
from tests.conftest import Clock
from tests.surveys.companies import MADE_UP, wave_of_companies

SECRET = "s" * 40


@pytest.mark.parametrize(
    ("typed", "number"),
    [("99000007", "99000007"), ("DK 99 00 00 07", "99000007"), ("99-00-00-07", "99000007")],
)
def test_a_cvr_number_is_read_as_people_write_it(typed: str, number: str) -> None:
    assert companies.as_cvr(typed) == number


@pytest.mark.parametrize("typed", ["99000008", "9900001", "990000070", "x", "00000000", "99000021"])
def test_a_cvr_number_with_a_slip_is_refused(typed: str) -> None:
    with pytest.raises(UnusableCell):
        companies.as_cvr(typed)


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        ("9-11", (time(9), time(11))),
        ("kl. 9.30 til 11", (time(9, 30), time(11))),
        ("08:00–10:00", (time(8), time(10))),
        ("Formiddag", (time(9), time(12))),
    ],
)
def test_the_best_time(typed: str, span: tuple[time, time]) -> None:
    assert companies.as_best_time(typed) == span


@pytest.mark.parametrize("typed", ["11-9", "25-26", "snart", "9", "9-9"])
def test_a_time_that_is_none(typed: str) -> None:
    with pytest.raises(UnusableCell):
        companies.as_best_time(typed)


def test_a_list_is_read_with_the_headings_that_people_use() -> None:
    table = spreadsheet.read(
        "CVR-nr.;Virksomhed;Kontaktperson;Tlf;E-mail;Sprog;Bedste tid;Bemærkning\r\n"
        "99000007;Eksempel Tømrer ApS;Ida Prøve;48100100;ida@example.org;dansk;9-11;Spørg\r\n"
        "99000015;Eksempel Bageri;;+4548100101;;;;\r\n".encode()
    )
    reading = companies.read(table, companies.mapping_of(table))
    assert reading.problems == ()
    first, second = reading.companies
    assert (first.cvr, first.phone, first.language) == ("99000007", "+4548100100", "da")
    assert first.best_time == (time(9), time(11))
    assert (second.contact, second.email, second.best_time) == (None, None, None)


def test_every_row_that_is_wrong_is_told_and_nothing_is_taken() -> None:
    table = spreadsheet.read(
        b"CVR;Navn;Telefon;Bedste tid;Note\n"
        b"99000007;Eksempel A;48100100;;\n"
        b"99000008;Eksempel B;48100100;;\n"
        b"99000007;Eksempel C;48100100;;\n"
        b"99000015;;;;\n"
        b"99000023;Eksempel D;12;aften;0101011234\n"
    )
    reading = companies.read(table, companies.mapping_of(table), known=["99000007"])
    assert reading.companies == ()
    assert {(one.row, one.code) for one in reading.problems} == {
        (2, "known_company"), (3, "bad_cvr"), (4, "known_company"), (5, "missing_name"),
        (5, "missing_phone"), (6, "bad_phone"), (6, "bad_time"), (6, "cpr"),
    }  # fmt: skip


def test_companies_are_members_of_the_frame_and_invited(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 3)
    with database.snapshot() as session:
        states = turnout.states(session, wave_id, clock())
        letters = invitations.letters(session, wave_id, SECRET)
    assert (states.invited, states[State.UNOPENED]) == (3, 3)
    assert [letter.reference for letter in letters] == list(MADE_UP[:3])
    with pytest.raises(UnusableRows), database.transaction() as session:
        companies.take(session, wave_id, [Company(MADE_UP[0], "X", phone="1")], SECRET, clock())


def test_a_company_that_was_asked_lately_is_left_in_peace(database: Database, clock: Clock) -> None:
    wave_of_companies(database, clock, SECRET, 1)
    with database.transaction() as session:
        later = fieldwork.open_wave(
            session, "virksomhedsinddragelse", "B", opens_at=clock(), anonymity="confidential"
        )
    table = spreadsheet.read(f"CVR;Navn;Telefon\n{MADE_UP[0]};A;48100000\n".encode())
    with database.transaction() as session:
        reading = companies.read(
            table,
            companies.mapping_of(table),
            (),
            lambda found: companies.resting(session, later, found, SECRET, clock()),
        )
        assert [one.code for one in reading.problems] == ["known_lately"]
        with pytest.raises(UnusableRows):
            companies.take(
                session, later, [Company(MADE_UP[0], "A", phone="+4548100000")], SECRET, clock()
            )


def test_companies_are_not_promised_to_be_anonymous(database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        wave_id = fieldwork.open_wave(
            session, "virksomhedsinddragelse", "Anonym", opens_at=clock(), anonymity="anonymous"
        )
    with pytest.raises(AnonymousWave), database.transaction() as session:
        companies.take(session, wave_id, [Company(MADE_UP[0], "X", phone="1")], SECRET, clock())


def test_companies_are_promised_confidence_unless_staff_decide(
    sqlite: Database, clock: Clock
) -> None:
    with sqlite.transaction() as session:
        fieldwork.open_wave(session, "virksomhedsinddragelse", "A", opens_at=clock())
        fieldwork.open_wave(session, "kursusfeedback", "A", opens_at=clock())
        assert extract.wave(session, "virksomhedsinddragelse").anonymity == "confidential"
        assert extract.wave(session, "kursusfeedback").anonymity == "anonymous"


def test_a_company_goes_with_the_frame(database: Database, clock: Clock) -> None:
    wave_of_companies(database, clock, SECRET, 2)
    with database.transaction() as session:
        fieldwork.close_wave(session, "virksomhedsinddragelse", clock())
    clock.forward(days=retention.DEFAULTS["confidential"].frame)
    with database.transaction() as session:
        retention.expire(session, clock())
        for table in ("company", "frame_member", "contact"):
            assert session.scalar(select(func.count()).select_from(sql_table(table))) == 0
