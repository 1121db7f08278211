"""Files of a wave: every form shows what the page shows, and no form what the page hides."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pyreadstat
import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveys import fieldwork
from surveys.database import Database
from tests.analysis.test_export import BEST, WORST, answer
from tests.conftest import Clock
from tests.test_cli import Run, run  # noqa: F401  a fixture
from tests.webapp.documents import read
from tests.webapp.staff import EMAIL, PASSWORD, sign_in
from tests.webapp.test_learning_room import answers
from webapp.access import create_user

REPORT = "/staff/rapport/samtalefeedback/2026"
ROWS = "/staff/raekker/samtalefeedback/2026"
FORMS = ("pdf", "xlsx", "csv", "sav", "html", "json")


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    create_user(app.extensions["hoert"].database, EMAIL, "analytiker", PASSWORD)
    client = app.test_client()
    sign_in(client)
    return client


def fielded(app: Flask, clock: Clock, best: int, worst: int, *, close: bool = True) -> Database:
    database: Database = app.extensions["hoert"].database
    answer(database, clock, {**BEST, "open": "Tak 😀 #pagebreak() 中文"}, best)
    answer(database, clock, WORST, worst)
    clock.forward(minutes=1)
    if close:
        with database.transaction() as session:
            fieldwork.close_wave(session, "samtalefeedback", clock())
    return database


def words_of(form: str, content: bytes, tmp_path: Path) -> str:
    """All that a reader of the file can see, in one text."""
    match form:
        case "pdf":
            document = read(content)
            return " ".join(tag.title + tag.alternative for tag in document.tags)
        case "xlsx":
            book = openpyxl.load_workbook(BytesIO(content))
            cells = [
                str(value)
                for sheet in book
                for row in sheet.iter_rows(values_only=True)
                for value in row
                if value is not None
            ]
            return " ".join(cells)
        case "sav":
            file = tmp_path / "x.sav"
            file.write_bytes(content)
            table, meta = pyreadstat.read_sav(file, output_format="dict", user_missing=True)
            return f"{table} {meta.column_labels} {meta.variable_value_labels}"
        case _:
            return content.decode("utf-8-sig")


def test_every_form_can_be_fetched_and_names_the_question(
    app: Flask, reader: FlaskClient, clock: Clock, tmp_path: Path
) -> None:
    fielded(app, clock, 21, 14)
    page = reader.get("/staff/resultater/samtalefeedback/2026").text
    for form in FORMS:
        assert f"{REPORT}.{form}" in page
        response = reader.get(f"{REPORT}.{form}")
        assert response.status_code == 200
        assert response.headers["Content-Disposition"] == (
            f'attachment; filename="hoert-samtalefeedback-2026.{form}"'
        )
        words = words_of(form, response.data, tmp_path)
        assert "Var formålet med samtalen klart og tydeligt for dig?" in words
    assert f"{ROWS}.csv" in page


@pytest.mark.parametrize("form", FORMS)
def test_no_form_shows_the_few(
    app: Flask, reader: FlaskClient, clock: Clock, tmp_path: Path, form: str
) -> None:
    fielded(app, clock, 3, 1)
    content = reader.get(f"{REPORT}.{form}").data
    words = words_of(form, content, tmp_path)
    assert "Tak" not in words
    if form in {"csv", "xlsx"}:
        assert "vises ikke (for få svar)" in words
    if form == "csv":
        lines = list(csv.DictReader(StringIO(words), delimiter=";"))
        hidden = [line for line in lines if line["del"] in {"Svar", "Mål", "Tema"}]
        assert hidden
        assert {line["antal"] + line["andel"] for line in hidden} == {""}
    if form == "sav":
        assert "('antal', [])" in words


def test_the_pdf_begins_with_the_fieldwork_and_tells_its_charts(
    app: Flask, reader: FlaskClient, clock: Clock
) -> None:
    fielded(app, clock, 21, 14)
    document = read(reader.get(f"{REPORT}.pdf").data)
    headings = [tag.title for tag in document.tags if tag.kind == "H2"]
    figures = headings.index("Sådan kom svarene ind")
    assert headings[figures + 1 : figures + 3] == ["Mål og resultat", "Svar på hvert spørgsmål"]
    charts = [tag.alternative for tag in document.tags if tag.kind == "Figure"]
    assert any("I meget høj grad: 21 (60,0\xa0%)." in chart for chart in charts)
    assert document.kinds().count("TH") >= 3 * document.kinds().count("THead") / 2


def test_rows_are_given_out_when_the_wave_is_over(
    app: Flask, reader: FlaskClient, clock: Clock
) -> None:
    database = fielded(app, clock, 21, 14, close=False)
    assert reader.get(f"{ROWS}.csv").status_code == 404
    assert f"{ROWS}.csv" not in reader.get("/staff/resultater/samtalefeedback/2026").text
    with database.transaction() as session:
        fieldwork.close_wave(session, "samtalefeedback", clock())
    response = reader.get(f"{ROWS}.csv")
    assert response.status_code == 200
    lines = list(csv.reader(StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["purpose", "heard", "language", "guidance", "next"]
    assert len(lines) == 1 + 35
    assert sorted(line[0] for line in lines[1:]) == ["1"] * 14 + ["5"] * 21
    # All who answered the last question said the same
    assert {line[4] for line in lines[1:]} == {"91"}
    assert reader.get(f"{ROWS}.sav").status_code == 200
    assert reader.get(f"{ROWS}.pdf").status_code == 404
    assert reader.get("/staff/rapport/ukendt/2026.pdf").status_code == 404


@pytest.mark.parametrize("role", ["sagsbehandler", "konsulent"])
def test_files_are_for_those_who_read_results(app: Flask, clock: Clock, role: str) -> None:
    fielded(app, clock, 21, 14)
    create_user(app.extensions["hoert"].database, EMAIL, role, PASSWORD)
    client = app.test_client()
    sign_in(client)
    for path in (f"{REPORT}.pdf", f"{REPORT}.csv", f"{ROWS}.sav"):
        assert client.get(path).status_code == 403


def test_the_command_writes_every_form(
    run: Run,  # noqa: F811
    tmp_path: Path,
    make_sqlite: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    url = make_sqlite()
    monkeypatch.setenv("DATABASE_URL", url)
    database = Database(url)
    answer(database, clock, BEST, 12)
    clock.forward(minutes=1)
    with database.transaction() as session:
        fieldwork.close_wave(session, "samtalefeedback", clock())
    database.close()
    for form in FORMS:
        file = tmp_path / f"rapport.{form}"
        done = run("report", "--survey=samtalefeedback", f"--format={form}", f"--output={file}")
        assert done.exit_code == 0, done.output
        assert words_of(form, file.read_bytes(), tmp_path)
    rows = run("report", "--survey=samtalefeedback", "--format=csv", "--rows")
    assert rows.stdout_bytes.startswith(b"\xef\xbb\xbfpurpose;")
    wrong = run("report", "--survey=samtalefeedback", "--format=pdf", "--rows")
    assert wrong.exit_code == 2


def test_the_files_of_a_unit_are_the_units_and_keep_their_dress(
    app: Flask, reader: FlaskClient, clock: Clock, tmp_path: Path
) -> None:
    database: Database = app.extensions["hoert"].database
    answers(database, clock, None, 12, 9, unit="=Team Nord")
    answers(database, clock, None, 4, 20, unit="Team Syd")
    answers(database, clock, None, 2, 1, unit="Team Øst")
    answers(database, clock, None, 2, 2, unit="Team Vest")
    clock.forward(minutes=1)
    with database.transaction() as session:
        fieldwork.close_wave(session, "samtalefeedback", clock())
    path = f"{REPORT}.{{}}?enhed=%3DTeam+Nord"
    book = openpyxl.load_workbook(BytesIO(reader.get(path.format("xlsx")).data))
    assert book.sheetnames == ["Rapport", "Mål", "Svar", "Temaer", "Dataordbog"]
    assert not [
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row
        if cell.data_type == "f"
    ]  # fmt: skip
    meanings = [row[2].value for row in book["Dataordbog"].iter_rows(min_row=2)]
    assert "Var formålet med samtalen klart" in str(meanings)
    text = reader.get(path.format("csv")).data
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(StringIO(text.decode("utf-8-sig")), delimiter=";"))
    asked = [line for line in lines if line["navn"].startswith("Var formålet")]
    assert {line["svar"]: (line["antal"], line["grundlag"]) for line in asked}[
        "I meget høj grad"
    ] == ("12", "21")
    assert any("," in line["andel"] for line in asked)
    assert not any(cell[:1] == "=" for line in lines for cell in line.values() if cell)
    file = tmp_path / "x.sav"
    file.write_bytes(reader.get(path.format("sav")).data)
    table, meta = pyreadstat.read_sav(str(file), output_format="dict")
    assert meta.variable_value_labels
    assert all(meta.column_labels)
    assert 12 in {int(n) for n in table["antal"] if n == n}
    few = reader.get(f"{REPORT}.csv?enhed=Team+%C3%98st")
    assert few.status_code == 403
    assert "kunne røbe svar" in few.text
