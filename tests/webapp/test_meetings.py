"""Meetings come in by file and by the API, are asked about, and leave nothing of who they were."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select
from werkzeug.test import TestResponse

from surveys import extract, meetings, steps
from surveys.database import Database
from tests.conftest import Clock
from tests.surveys.fieldworker import dump
from tests.surveys.test_meetings import HEADINGS, rows
from tests.webapp.html import read
from tests.webapp.staff import form_token, sign_in
from tests.webapp.test_fieldwork import Colleague
from webapp import meetings as pages
from webapp.access_tables import StaffEventRow

CPR = "010190-1234"


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


def key_for(client: FlaskClient, scope: str) -> str:
    token = form_token(client.get("/staff/noegler").text)
    made = client.post(
        "/staff/noegler", data={"csrf_token": token, "name": "Fagsystem", "scope": scope}
    )
    found = read(made.text).all("code")[0].children[0]
    assert isinstance(found, str)
    return found


@pytest.fixture
def key(client: FlaskClient) -> str:
    return key_for(client, "meetings")


def held(n: int, **changes: object) -> dict[str, object]:
    return {
        "key": f"m{n}", "reference": f"A{n}", "week": "2026-W47", "kind": "in_person",
        "unit": "Ungeenheden", "team": "Team A", "email": f"a{n}@example.dk", **changes,
    }  # fmt: skip


def send(app: Flask, key: str, body: object) -> TestResponse:
    return app.test_client().post(
        "/api/v1/meetings",
        data=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )


def switch_on(staff: Colleague, team: str = "Team A", day: str = "16-11-2026") -> None:
    staff.get("/staff/moeder")
    staff.fill(team=team, day=day)
    forms = staff.page.all("form")
    staff.send(form=len(forms) - 1)


def upkeep(database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    pages.upkeep(database, clock)


def test_a_program_hands_meetings_in_and_all_are_asked_once(
    app: Flask, staff: Colleague, key: str, database: Database, clock: Clock,
    monkeypatch: pytest.MonkeyPatch, url: str,
) -> None:  # fmt: skip
    switch_on(staff)
    body = {"meetings": [*(held(n) for n in range(6)), held(9, team="Team B")]}
    answers = [send(app, key, body) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert [one.get_json() for one in answers] == [
        {"waiting": 6, "known": 0, "team_off": 1}, {"waiting": 0, "known": 7, "team_off": 0},
    ]  # fmt: skip
    upkeep(database, clock, monkeypatch, url)
    with database.snapshot() as session:
        assert extract.wave(session, meetings.SURVEY).invited == 6
    row = next(r for r in staff.get("/staff/moeder").page.all("tr") if "Team A" in r.text)
    assert "uge 47, 2026" in row.text
    assert "Beskederne bliver ikke sendt af sig selv" in staff.text
    with database.transaction() as session:
        steps.decide(session, meetings.SURVEY, steps.Sending(automatic=True))
    assert "ikke sendt af sig selv" not in staff.get("/staff/moeder").text
    assert [cell.text for cell in row.all("td")][1:3] == ["0", "6"]


@pytest.mark.parametrize("field", ["key", "reference", "unit", "team", "email", "phone"])
def test_what_looks_like_a_cpr_number_is_refused_and_stands_nowhere(
    app: Flask, key: str, database: Database, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refused = send(app, key, {"meetings": [held(1), held(2, **{field: CPR})]})
    assert refused.status_code == 422
    (problem,) = [one for one in refused.get_json()["problems"] if "CPR" in one["detail"]]
    assert (problem["meeting"], problem["field"]) == (1, field)
    for place in (refused.text, caplog.text, str(dump(database))):
        assert CPR not in place
        assert CPR.replace("-", "") not in place
    with database.snapshot() as session:
        assert meetings.tally(session) == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"meetings": []}', b'{"meetings": [1]}', b"\xff",
        {"meetings": [held(1, navn="Anne")]},
        {"meetings": [held(1, week="2026-W54")]},
        {"meetings": [held(1, week="2026-11-18T09:30")]},
        {"meetings": [held(1, kind="brev")]},
        {"meetings": [held(n) for n in range(501)]},
        {"meetings": [held(1, unit="x" * 61)]},
        {"meetings": [held(1, channel="sms")]},
        {"meetings": [held(1, reference="a\x00b")]},
    ],
)  # fmt: skip
def test_what_is_not_as_described_is_refused_whole(
    app: Flask, key: str, database: Database, body: object
) -> None:
    if isinstance(body, dict):
        body["meetings"].insert(0, held(77))
    refused = send(app, key, body)
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["problems"]
    assert "Anne" not in refused.text
    with database.snapshot() as session:
        assert meetings.tally(session) == []


def test_a_key_is_for_reading_or_for_meetings_and_never_both(
    app: Flask, client: FlaskClient, key: str
) -> None:
    reading = key_for(client, "read")
    assert send(app, reading, {"meetings": [held(1)]}).status_code == 401
    for shown, status in ((key, 401), (reading, 200)):
        headers = {"Authorization": f"Bearer {shown}"}
        assert app.test_client().get("/api/v1/plan", headers=headers).status_code == status
    assert send(app, "", {"meetings": [held(1)]}).status_code == 401


def test_the_api_answers_anything_as_its_description_says(app: Flask, key: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operation = schema["/meetings"]["POST"]

    @settings(
        max_examples=30, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: schemathesis.Case) -> None:
        case.headers = {"Authorization": f"Bearer {key}"}
        # A week that is over and a language that we know are more than a schema can say
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    run()


def sent(staff: Colleague, text: str, name: str = "moeder.csv") -> None:
    staff.get("/staff/moeder/fil")
    body = {
        **staff.body(staff.page.all("form")[1]),
        "file": (io.BytesIO(f"{HEADINGS}\r\n{text}".encode()), name),
    }
    staff.path = "/staff/moeder/fil"
    staff._arrived(
        staff.client.post(staff.path, data=body, content_type="multipart/form-data"), follow=True
    )


def test_a_file_of_meetings_is_looked_through_and_taken_in(
    staff: Colleague, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    switch_on(staff)
    without = "".join(f"B{n};47/2026;video;Ungeenheden;Team A;;;b{n}\r\n" for n in range(2))
    sent(staff, rows(6) + without)
    assert "8 møder kan tages ind." in staff.text
    staff.press("sure")
    assert "8 møder er taget ind." in staff.text
    upkeep(database, clock, monkeypatch, url)
    assert "(2)" in staff.get("/staff/moeder").text
    assert "2 skal have et kort" in staff.get("/staff/moeder/kort").text
    assert "B1" in staff.text
    pdf = staff.client.get("/staff/moeder/kort.pdf")
    with database.snapshot() as session:
        noted = select(StaffEventRow.kind, StaffEventRow.about).order_by(StaffEventRow.id.desc())
        assert session.execute(noted.limit(1)).one() == ("fetched", "moeder/kort.pdf")
    assert pdf.data.startswith(b"%PDF")
    sent(staff, f"A1;2026-W47;video;U;T;;;{CPR}\r\n")
    assert (staff.status, CPR in staff.text) == (422, False)
    assert "ligner et CPR-nummer" in staff.text


def test_a_team_is_switched_on_from_a_day_and_off_again(staff: Colleague) -> None:
    switch_on(staff, day="i morgen")
    assert (staff.status, "Skriv datoen som 24-12-2026." in staff.text) == (422, True)
    assert staff.page.all("input", name="team")[0]["value"] == "Team A"
    switch_on(staff)
    assert "uge 47, 2026" in staff.text
    staff.press("off", "Team A")
    assert "Ingen teams er med endnu." in staff.text
    assert staff.client.get("/staff/moeder/kort.pdf").status_code == 404
