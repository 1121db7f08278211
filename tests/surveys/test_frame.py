"""A sampling frame is taken in whole or not at all, and everything wrong with it is pointed out."""

import time
from datetime import UTC, datetime

import pytest

from surveys import fieldwork, frame, spreadsheet
from surveys.database import Database
from surveys.errors import FrameOrLink, UnusableRows
from surveys.frame import Member
from tests.surveys.fieldworker import Fieldworker, dump
from tests.surveys.test_spreadsheet import workbook

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
HEADINGS = "Nummer;Enhed;Team;Kursus;Kanal;Sprog;E-mail;Telefon"


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def reading(*lines: str, known: tuple[str, ...] = ()) -> frame.Reading:
    table = spreadsheet.read("\r\n".join((HEADINGS, *lines)).encode("cp1252"))
    return frame.read(table, frame.mapping_of(table), known)


def test_a_row_is_a_person() -> None:
    found = reading(
        "A17;Ungeteam;Øst;CV 4;E-mail;Arabisk;Ida@Eksempel.DK;22 33 44 55",
        "A18;;;;;;;+45 22334456",
        "A19;;;;;;ida@eksempel.dk;",
        "A20;;;;Brev;uk;;",
        "A21;;;;;;;",
    )
    assert found.problems == ()
    assert found.members == (
        Member("A17", "Ungeteam", "Øst", "CV 4", "email", "ar", "Ida@eksempel.dk", "+4522334455"),
        Member("A18", channel="sms", phone="+4522334456"),
        Member("A19", channel="email", email="ida@eksempel.dk"),
        Member("A20", channel="letter", language="uk"),
        Member("A21", channel="card"),
    )


@pytest.mark.parametrize(
    ("line", "code", "column", "found"),
    [
        (";Ungeteam;;;;;;", "missing_reference", "Nummer", ""),
        ("A1;;;;;;;", "reference_twice", "Nummer", "2"),
        ("A9;;;;;;;", "known_reference", "Nummer", ""),
        ("A2;;;;Due;;;", "unknown_channel", "Kanal", "Due"),
        ("A2;;;;;Klingonsk;;", "unknown_language", "Sprog", "Klingonsk"),
        ("A2;;;;;;ida@;", "bad_email", "E-mail", ""),
        ("A2;;;;;;;123", "bad_phone", "Telefon", ""),
        ("A2;;;;sms;;ida@eksempel.dk;", "channel_without_phone", "Kanal", ""),
        ("A2;;;;mail;;;22334455", "channel_without_email", "Kanal", ""),
        (f"{'A' * 61};;;;;;;", "too_long", "Nummer", ""),
        ("=A1;;;;;;;", "formula", "Nummer", ""),
        ("A2;Skriv 010190-1234;;;;;;", "cpr", "Enhed", ""),
        ("A2;;;;;;;;ekstra", "more_cells_than_headings", "", ""),
    ],
)
def test_what_is_wrong_is_pointed_out_and_nothing_is_usable(
    line: str, code: str, column: str, found: str
) -> None:
    read = reading("A1;;;;;;;", line, known=("A9",))
    assert [(p.code, p.row, p.column, p.found) for p in read.problems] == [(code, 3, column, found)]
    assert read.members == ()


def test_what_excel_made_of_a_number_is_pointed_out() -> None:
    table = spreadsheet.read(
        workbook(("Sagsnr.", "Hold"), ("A1", datetime(2026, 2, 1)), (17, "4-5"))  # noqa: DTZ001
    )
    read = frame.read(table, frame.mapping_of(table))
    assert [(p.code, p.row, p.column) for p in read.problems] == [("became_a_date", 2, "Hold")]


def test_without_a_column_of_references_there_is_no_frame() -> None:
    table = spreadsheet.read(b"Farve\r\nblue")
    assert [p.code for p in frame.read(table, {}).problems] == ["no_reference_column"]


def test_all_or_nothing(worker: Fieldworker) -> None:
    wave = worker.wave()
    with worker.database.transaction() as session:
        with pytest.raises(UnusableRows):
            frame.take(session, wave, reading("A1;;;;;;;", "A1;;;;;;;"))
        assert frame.references(session, wave) == []
    good = reading("A1;;Øst;;;;ida@eksempel.dk;", "A2;;;;;;;")

    def die(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), worker.database.transaction() as session:
        frame.take(session, wave, good, die)
    with worker.database.transaction() as session:
        assert frame.references(session, wave) == []
        assert frame.take(session, wave, good) == 2
    with worker.database.snapshot() as session:
        assert sorted(frame.references(session, wave)) == ["A1", "A2"]
        assert frame.sizes(session, wave) == {"Øst": 1, "": 1}


def test_contacts_stand_apart_and_only_where_there_are_any(worker: Fieldworker) -> None:
    wave = worker.wave()
    with worker.database.transaction() as session:
        frame.take(session, wave, reading("A1;;;;;;ida@eksempel.dk;", "A2;;;;;;;"))
    tables = dump(worker.database)
    assert [row["email"] for row in tables["contact"]] == ["ida@eksempel.dk"]
    assert not {"email", "phone"} & set(tables["frame_member"][0])


def test_a_wave_has_a_frame_or_a_link(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        linked = fieldwork.open_wave(session, worker.survey, "link", opens_at=NOW)
        fieldwork.link_to(session, linked)
        with pytest.raises(FrameOrLink):
            frame.take(session, linked, reading("A1;;;;;;;"))
        framed = fieldwork.open_wave(session, worker.survey, "ramme", opens_at=NOW)
        frame.take(session, framed, reading("A1;;;;;;;"))
        with pytest.raises(FrameOrLink):
            fieldwork.link_to(session, framed)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_five_thousand_people_in_less_than_ten_seconds(worker: Fieldworker, kind: str) -> None:
    people = [
        (f"A{n}", "Ungeteam", f"Team {n % 7}", "", "", "dansk", f"p{n}@eksempel.dk", "22334455")
        for n in range(5000)
    ]
    if kind == "csv":
        content = "\n".join([HEADINGS, *(";".join(person) for person in people)]).encode()
    else:
        content = workbook(tuple(HEADINGS.split(";")), *people)
    wave = worker.wave()
    told: list[int] = []
    # This process's own time: other work on the machine proves nothing
    began = time.process_time()
    table = spreadsheet.read(content)
    with worker.database.transaction() as session:
        assert frame.take(session, wave, frame.read(table, frame.mapping_of(table)), told.append)
    assert time.process_time() - began < 10
    assert sum(told) == 5000
    assert len(told) == 10
