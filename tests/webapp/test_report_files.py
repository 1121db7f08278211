"""The whole plan on paper: every row with its base, and nothing about the few."""

import json
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from analysis import actions, period, plan, register, release
from analysis.actions import Action, State
from surveys.database import Database
from tests.conftest import Clock
from tests.test_cli import Run, run  # noqa: F401  a fixture
from tests.webapp.documents import read
from tests.webapp.html import read as read_page
from tests.webapp.html import require_sound
from tests.webapp.staff import form_token
from tests.webapp.test_filters import given
from tests.webapp.test_results import fielded, words
from webapp import plan_pdf


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def number(code: str, when: str, value: str, place: str = "Allerød") -> register.Figure:
    return register.Figure(code, place, period.read(when), Decimal(value), "Jobindsats")


def told(database: Database, clock: Clock) -> str:
    release.settle(database)
    with database.snapshot() as session:
        content = plan_pdf.content(session, "Allerød", "Allerød Kommune", clock())
    return json.dumps(content, ensure_ascii=False).replace("\N{NO-BREAK SPACE}", " ")


def test_the_whole_plan_is_one_document_with_the_fieldwork_first(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    fielded(database, clock, 24, invited=60)
    with database.transaction() as session:
        register.record(
            session,
            [
                number("young_on_benefit", "2025-11", "73"),
                number("young_on_benefit", "2026-10", "64"),
                number("savings", "2026", "1900000"),
            ],
            clock(),
        )
    page = client.get("/staff/plan")
    require_sound(read_page(page.text))
    assert 'href="/staff/plan.pdf"' in page.text
    began = time.perf_counter()
    answer = client.get("/staff/plan.pdf")
    assert time.perf_counter() - began < 3
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hoert-planen.pdf"'
    document = read(answer.data)
    headings = [tag.title for tag in document.tags if tag.kind in {"H2", "H3", "H4"}]
    assert headings[:2] == ["Sådan kom svarene ind", "Beskæftigelsesplan 2026"]
    rows = [tag.title for tag in document.tags if tag.kind == "H4"]
    assert rows[:16] == [
        one.name("da") for area in plan.shipped().programmes[0].areas for one in area.indicators
    ]
    charts = [tag.alternative for tag in document.tags if tag.kind == "Figure"]
    assert "Unge på ydelse, 18–24 år: 64. Mål: højst 65,7" in charts
    assert "Unge på ydelse, 18–24 år. november 2025: 73. oktober 2026: 64." in charts


def test_every_row_has_base_interval_status_neighbours_and_actions(
    database: Database, clock: Clock
) -> None:
    fielded(database, clock, 24, invited=60)
    with database.transaction() as session:
        register.record(
            session,
            [
                number("young_on_benefit", "2026-10", "64"),
                number("young_on_benefit", "2026-10", "80", "Hørsholm"),
                number("savings", "2026", "1900000"),
            ],
            clock(),
        )
        actions.keep(
            session,
            Action(
                None, "conversation", None, "Vi øver samtaler", "Team Job", date(2026, 11, 1),
                State.OPEN, date(2026, 9, 1), None, {},
            ),
            date(2026, 9, 1),
        )  # fmt: skip
    said = told(database, clock)
    assert "24 af 60 inviterede (40,0 %)" in said
    assert '["Usikkerhed", "mellem ' in said
    assert '["Periode", "Tal", "Hørsholm", "Kilde"]' in said
    assert '["oktober 2026", "64", "80", "Jobindsats"]' in said
    assert '["Status", "nået"]' in said
    assert "1.900.000 kr. af 6.800.000 kr. i 2029 = 27,9 %. Der mangler 4.900.000 kr" in said
    assert "Vi øver samtaler – Team Job, 1. november 2026 (i gang, over tid)" in said


def test_channels_have_the_names_that_pages_give_them(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    for mode in ("chat", "telegram", "web"):
        given(database, clock, 12, mode=mode)
    came = "Chat på hjemmesiden, Telegram, Hjemmesiden"
    assert f"Svarene på “Hvordan var dit møde?” kom gennem: {came}." in told(database, clock)
    assert came in words(client.get("/staff/plan/conversation").text)


def test_the_few_are_not_on_paper(database: Database, clock: Clock) -> None:
    fielded(database, clock, 4)
    with database.transaction() as session:
        register.record(session, [number("young_on_benefit", "2026-10", "3")], clock())
    said = told(database, clock)
    assert "vises ikke (for få svar)" in said
    assert '["Nu", "Færre end 5"]' in said
    assert '"said": ' not in said


def sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    """A workbook's rows by sheet, with the certainty that nothing in it is a formula."""
    book = openpyxl.load_workbook(BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def require_explained(found: dict[str, list[tuple[object, ...]]]) -> None:
    meanings = {row[:2]: row[2] for row in found["Dataordbog"]}
    for name, rows in found.items():
        if name not in {"Dataordbog", "Om tallene"}:
            assert all(meanings[name, heading] for heading in rows[0])


def test_plan_and_board_are_workbooks_to_reckon_with_for_people_and_programs(
    app: Flask, client: FlaskClient, database: Database, clock: Clock
) -> None:
    fielded(database, clock, 24, invited=60)
    few = [number("young_on_benefit", "2026-10", "3"), number("savings", "2026", "1900000")]
    with database.transaction() as session:
        register.record(session, [number("young_on_benefit", "2025-11", "73"), *few], clock())
        actions.keep(
            session,
            Action(
                None, "conversation", None, "=HYPERLINK(1)", "+Team", date(2026, 11, 1),
                State.OPEN, date(2026, 9, 1), None, {},
            ),
            date(2026, 9, 1),
        )  # fmt: skip
    assert 'href="/staff/plan.xlsx"' in client.get("/staff/plan").text
    content = client.get("/staff/plan.xlsx").data
    found = sheets(content)
    assert list(found) == ["Planen", "Historik", "Handlinger", "Om tallene", "Dataordbog"]
    require_explained(found)
    head, *rows = found["Planen"]
    plan_rows = {str(row[2]): dict(zip(head, row, strict=True)) for row in rows}
    assert len(rows) == len(list(plan.shipped()))
    asked = plan_rows["conversation"]
    assert 0 < asked["Nedre"] < asked["Nu"] < asked["Øvre"] < 1
    assert (asked["Grundlag"], asked["Hvornår"]) == (24, "Uge 47/2026")
    young = plan_rows["young_on_benefit"]
    assert (young["Nu"], young["Tekst"]) == (None, "Færre end 5")
    assert [row[4] for row in found["Historik"] if row[0] == "young_on_benefit"] == [None, 73]
    assert found["Handlinger"][1][0] == "=HYPERLINK(1)"
    assert datetime(2026, 11, 1) in found["Handlinger"][1]  # noqa: DTZ001  a day has no zone
    token = form_token(client.get("/staff/tavle").text)
    edition = client.post("/staff/tavle/udgaver", data={"csrf_token": token}).location
    assert f'href="{edition}.xlsx"' in client.get(edition).text
    board = sheets(client.get(f"{edition}.xlsx").data)
    require_explained(board)
    assert [row[0] for row in board["Handlinger"][1:]] == ["=HYPERLINK(1)"]
    assert [row[2] for row in board["Barometer"][1:] if row[2]] == [1_900_000]
    data = {"csrf_token": token, "name": "Regneark", "scope": "read"}
    key = read_page(client.post("/staff/noegler", data=data).text).all("code")[0].text
    program = partial(app.test_client().get, headers={"Authorization": f"Bearer {key}"})
    assert sheets(program("/api/v1/plan.xlsx").data) == found
    assert sheets(program("/api/v1/board.xlsx").data)["Tavlen"] == board["Tavlen"]
    for name, title in (("plan", "Sådan går det med planen"), ("board", "Tavlen")):
        assert read(program(f"/api/v1/{name}.pdf").data).title.startswith(title)
    assert app.test_client().get("/api/v1/board.pdf").status_code == 401
    query = "select kind, about from staff_event where kind in ('fetched', 'used_key') order by id"
    with database.snapshot() as session:
        assert [tuple(row) for row in session.execute(text(query))] == [
            ("fetched", "plan.xlsx"),
            ("fetched", "tavle/udgaver/1.xlsx"),
            *(("used_key", f"{one}") for one in ("plan.xlsx", "board.xlsx")),
            *(("used_key", f"{one}") for one in ("plan.pdf", "board.pdf")),
        ]


def test_the_command_writes_the_same_document(
    run: Run,  # noqa: F811
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    file = tmp_path / "plan.pdf"
    done = run("plan", f"--output={file}")
    assert done.exit_code == 0, done.output
    assert read(file.read_bytes()).title == "Sådan går det med planen"
    assert run("plan").exit_code == 2
    file = tmp_path / "plan.xlsx"
    assert run("plan", "--format=xlsx", f"--output={file}").exit_code == 0
    assert "Planen" in sheets(file.read_bytes())


def test_an_empty_plan_is_a_document_too(client: FlaskClient) -> None:
    document = read(client.get("/staff/plan.pdf").data)
    assert "Figure" not in document.kinds()
