"""Staff plan courses, the participants are asked by themselves, and an owner is told in time."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask

from surveys import courses, extract, fieldwork, recurring
from surveys.courses import SURVEY
from surveys.database import Database
from surveys.recurring import CourseRun
from tests.analysis.test_courses import answered, run
from tests.conftest import Clock
from tests.surveys.test_courses import HEADINGS
from tests.surveys.test_spreadsheet import workbook
from tests.webapp.staff import sign_in
from tests.webapp.test_fieldwork import Colleague
from webapp import courses as pages
from webapp import tasks
from webapp.delivery import mail

FILE = f"{HEADINGS}\r\nCV 12;CV;23-11-2026;27-11-2026;12;Foreningen;Lokale 3;;\r\n"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("analytiker", tmp_path)


@pytest.fixture
def staff(app: Flask) -> Colleague:
    client = app.test_client()
    sign_in(client)
    return Colleague(client)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def created(staff: Colleague, **changes: str) -> None:
    staff.get("/staff/kurser/nyt")
    filled = {
        "name": "CV 12", "course": "CV", "begins": "23-11-2026", "ends": "27.11.2026",
        "expected": "12", "owner": "ansvarlig@example.dk",
    }  # fmt: skip
    staff.fill(**{**filled, **changes}).send()


def runs(database: Database) -> list[CourseRun]:
    with database.snapshot() as session:
        return list(recurring.runs(session))


def test_a_run_is_planned_changed_and_called_off(staff: Colleague, database: Database) -> None:
    assert "Der er ingen hold endnu." in staff.get("/staff/kurser").text
    created(staff)
    assert "Spørges 27. november 2026 kl. 08.00" in staff.text
    staff.get("/staff/kurser/1")
    staff.get("/staff/kurser/1/ret").fill(teacher="A. Berg", ends="4-12-2026").send()
    assert "Spørges 4. december 2026 kl. 08.00" in staff.text
    assert [(one.teacher, one.ends) for one in runs(database)] == [("A. Berg", date(2026, 12, 4))]
    staff.get("/staff/kurser/1")
    staff.press("do", "call_off")
    assert "CV 12 er aflyst." in staff.text
    assert runs(database) == []
    assert staff.get("/staff/kurser/1").status == 404


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Feltet er tomt."),
        ("begins", "23/31/2026", "Det er ikke en dato."),
        ("ends", "1-1-2026", "Den sidste dag ligger før den første."),
        ("expected", "en del", "Det er ikke et tal."),
        ("owner", "Anne", "E-mailadressen kan ikke bruges."),
        ("teacher", "010190-1234", "CPR-nummer"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    staff: Colleague, database: Database, field: str, typed: str, said: str
) -> None:
    created(staff, **{field: typed})
    assert staff.status == 422
    assert said in staff.text
    assert staff.page.all("input", name=field)[0]["value"] == typed
    assert staff.page.all("input", name="course")[0]["value"] == "CV"
    assert runs(database) == []


def test_two_runs_of_one_name_are_not_made(staff: Colleague, database: Database) -> None:
    created(staff)
    created(staff, course="Truck")
    assert (staff.status, "Der er et hold med det navn." in staff.text) == (422, True)
    assert [one.course for one in runs(database)] == ["CV"]


def sent(staff: Colleague, content: bytes, name: str = "hold.csv") -> None:
    staff.get("/staff/kurser/fil")
    body = {**staff.body(staff.page.all("form")[1]), "file": (io.BytesIO(content), name)}
    staff.path = "/staff/kurser/fil"
    staff._arrived(
        staff.client.post(staff.path, data=body, content_type="multipart/form-data"), follow=True
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_looked_through_and_taken_in(
    staff: Colleague, database: Database, kind: str
) -> None:
    content = FILE.encode("cp1252")
    if kind == "xlsx":
        rows = [tuple(line.split(";")) for line in FILE.strip().splitlines()]
        content = workbook(rows[0], (*rows[1][:2], date(2026, 11, 23), date(2026, 11, 27), 12))
    sent(staff, content, f"hold.{kind}")
    assert "1 hold kan gemmes." in staff.text
    assert runs(database) == []
    staff.press("sure")
    assert "1 nye hold er gemt." in staff.text
    assert [one.name for one in runs(database)] == ["CV 12"]


def test_a_wrong_row_keeps_the_whole_file_out(staff: Colleague, database: Database) -> None:
    sent(staff, f"{FILE}CV 13;CV;23-11-2026;i morgen;12;;;;\r\n".encode("cp1252"))
    assert staff.status == 422
    assert "Række 3, kolonnen Slutdato" in staff.text
    staff.press("sure") if staff.page.all("button", name="sure") else None
    assert runs(database) == []
    sent(staff, b"\xd0\xcf\x11\xe0", "gammel.xls")
    assert (staff.status, "gammelt Excel-format" in staff.text) == (422, True)


def test_participants_are_invited_on_the_last_day_without_anybody(
    staff: Colleague, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    created(staff)
    staff.get("/staff/kurser/1")
    staff.press("do", "list")
    assert staff.heading == "Hent en liste over dem, I spørger"
    rows = "".join(f"K{n};k{n}@example.dk;dansk\r\n" for n in range(6))
    body = {
        **staff.body(staff.page.all("form")[1]),
        "file": (io.BytesIO(f"Nummer;E-mail;Sprog\r\n{rows}".encode()), "deltagere.csv"),
    }
    staff._arrived(
        staff.client.post(staff.path, data=body, content_type="multipart/form-data"), follow=True
    )
    staff.press("sure")
    clock.moment = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
    for _ in range(2):
        tasks.keep_schedules(database, clock)
        pages.upkeep(database, clock)
    with database.snapshot() as session:
        (planned,) = courses.planned(session, clock())
        assert (planned.listed, planned.invited, planned.code) == (6, 6, None)
        assert len(extract.waves(session, SURVEY)) == 1
    staff.return_later()
    assert "0 af 6 inviterede" in staff.get("/staff/kurser/1").text


def test_an_owner_is_told_once_and_the_page_says_so(
    staff: Colleague, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("MAIL_FROM", "svar@example.dk")
    posted: list[mail.Mail] = []
    monkeypatch.setattr(mail, "send", lambda _, one: posted.append(one))
    low = run("Truck 1", "Truck", "Foreningen", 40)
    answered(database, low, {(1, 1): 12})
    with database.transaction() as session:
        courses.save(
            session,
            CourseRun(low.name, low.course, low.begins, low.ends, low.supplier, expected=12,
                      owner="ansvarlig@example.dk"),
            clock(),
        )  # fmt: skip
    created(staff)
    for _ in range(3):
        pages.upkeep(database, clock)
    assert [(one.to, one.subject) for one in posted] == [
        ("ansvarlig@example.dk", "Truck 1 ligger under målet")
    ]
    assert "/staff/kurser/1" in posted[0].text
    staff.get("/staff/kurser")
    assert "Hold under målet" in staff.text
    staff.get("/staff/kurser/1")
    assert "Den ansvarlige fik besked 18. november 2026" in staff.text


def test_the_first_page_of_staff_is_short_with_hundreds_of_runs(
    staff: Colleague, database: Database
) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    with database.transaction() as session:
        for number in range(200):
            ends = date(2026, 1 + number % 10, 20)
            courses.save(
                session, CourseRun(f"Hold {number}", f"Kursus {number % 7}", ends, ends), begun
            )
        for one in courses.planned(session, begun):
            courses.prepare(session, one.id, link=True)
    page = staff.get("/staff/").page
    folded = [one for details in page.all("details") for one in details.walk()]
    runs = [link for link in page.all("a") if "/resultater/" in link["href"]]
    assert len(runs) == 200
    assert [link for link in runs if link not in folded] == []
    assert [heading.text for heading in page.all("h3")] == ["Efterår 2026", "Forår 2026"]
    assert len(page.all("summary")) == 14


def test_the_rounds_of_runs_lie_under_their_half_year_and_course_and_are_found(
    staff: Colleague, database: Database, clock: Clock
) -> None:
    planned = [
        ("Nat 1", "Truckkort", date(2026, 11, 12), "Kursuscenter Nord"),
        ("Dag 2", "Truckkort", date(2026, 9, 1), None),
        ("Dag 1", "Truckkort", date(2026, 6, 30), None),
        ("CV 1", "CV", date(2026, 7, 1), None),
    ]
    with database.transaction() as session:
        begun = datetime(2026, 1, 1, tzinfo=UTC)
        for name, course, ends, supplier in planned:
            courses.save(session, CourseRun(name, course, ends, ends, supplier), begun)
        for one in courses.planned(session, begun):
            courses.prepare(session, one.id, link=True)
        fieldwork.open_wave(session, "borgerinddragelse", "Efterår 2026", opens_at=clock())
    page = staff.get("/staff/runder").page
    folded = page.all("details")
    summaries = [one.all("summary")[0].text for one in folded]
    assert summaries == [
        "CV: 1 hold, 0 svar",
        "Truckkort: 2 hold, 0 svar, 1 åbent",
        "Truckkort: 1 hold, 0 svar",
    ]
    assert [link.text for link in folded[1].all("a")] == ["Nat 1", "Dag 2"]
    halves = [heading.text for heading in page.all("h3")]
    assert halves == ["Efterår 2026", "Forår 2026"]
    [table] = [one for one in page.all("table") if one not in folded[0].walk()][:1]
    assert [link.text for link in table.all("a")] == ["Efterår 2026"]

    def found(wanted: str) -> list[str]:
        page = staff.get(f"/staff/runder?find={wanted}").page
        return [link.text for table in page.all("table") for link in table.all("a")]

    assert found("truckkort+NORD") == ["Nat 1"]
    assert found("truckkort+forår") == ["Dag 1"]
    assert set(found("efterår+2026")) == {"Efterår 2026", "Nat 1", "Dag 2", "CV 1"}
    assert found("vejret") == []
    assert "0 runder passer til “vejret”" in staff.text
