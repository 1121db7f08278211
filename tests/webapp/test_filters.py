"""A choice of whose answers to see is kept in the URL and asks one ledger, in every form."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from surveys import ballot, extract, fieldwork, keys
from surveys.database import Database
from surveys.interview import Draft, Interview
from tests.conftest import Clock
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token, sign_in
from tests.webapp.test_results import fielded, words
from webapp import filters
from webapp.cli import hoert

PAGE = "/staff/resultater/samtalefeedback/2026"
FILE = "/staff/rapport/samtalefeedback/2026"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def given(database: Database, clock: Clock, n: int, **carried: str | None) -> None:
    """n people answer the open wave, carrying the same, and are mixed with whoever waits."""
    with database.transaction() as session:
        if not extract.waves(session, "samtalefeedback"):
            fieldwork.open_wave(session, "samtalefeedback", "2026", opens_at=clock())
        code = fieldwork.create_link(session, "samtalefeedback", clock())
        admission = fieldwork.admit(session, code, clock())
        for number in range(n):
            interview = Interview(admission.instrument, Draft("da"))
            rated = ("purpose", "heard", "language", "guidance", "next")
            interview.fill({item: str(1 + (number + i) % 5) for i, item in enumerate(rated)})
            token = keys.new_ballot()
            ballot.cast(
                session,
                admission.instrument,
                interview.finish().answers,
                wave_id=admission.wave_id,
                spends=keys.spend_hash(token),
                personal=False,
                receipt=token,
                now=clock(),
                **{"mode": "web", "language": "da", "unit": None, "course": None, **carried},
            )
        ballot.mix(session, admission.wave_id, closing=True)


@pytest.fixture
def town(database: Database, clock: Clock) -> None:
    given(database, clock, 20, unit="Team Nord")
    given(database, clock, 12, unit="Team Syd", mode="telegram")
    given(database, clock, 3, unit="Team Syd")


def test_a_choice_stands_in_the_url_and_in_every_file(client: FlaskClient, town: None) -> None:
    page = client.get(f"{PAGE}?enhed=Team+Nord")
    require_sound(read(page.text))
    said = words(page.text)
    # The form is folded away until somebody chooses, so that a phone shows the figures first
    [chosen] = [one for one in read(page.text).all("details") if one.all("select")]
    [unchosen] = [one for one in read(client.get(PAGE).text).all("details") if one.all("select")]
    assert ("open" in chosen.attributes, "open" in unchosen.attributes) == (True, False)
    assert "Kun svar fra enhed: Team Nord." in said
    assert "20 svar." in said
    assert "Med i tallene 20" in said
    assert "Temaer og kommentarer vises kun for hele runden." in said
    files = [a["href"] for a in read(page.text).all("a") if "/rapport/" in a["href"]]
    assert len(files) == 6
    assert all(file.endswith("?enhed=Team+Nord") for file in files)
    for form in ("pdf", "xlsx", "sav", "html"):
        assert client.get(f"{FILE}.{form}?enhed=Team+Nord").status_code == 200
    document = client.get(f"{FILE}.json?enhed=Team+Nord").get_json()
    assert document["group"] == {"unit": "Team Nord"}
    assert document["fieldwork"]["responses"] == 20
    assert document["themes"] is None
    table = client.get(f"{FILE}.csv?enhed=Team+Nord").data.decode("utf-8-sig")
    lines = list(csv.DictReader(StringIO(table), delimiter=";"))
    assert [line["tekst"] for line in lines if line["kode"] == "group"] == ["enhed: Team Nord"]
    assert {line["grundlag"] for line in lines if line["kode"] == "purpose"} == {"20"}


@pytest.mark.parametrize(
    "choice",
    [
        # Three people
        "enhed=Team+Syd&kanal=web",
        # Twelve of fifteen: the three would be what is left of the team
        "enhed=Team+Syd&kanal=telegram",
        "kanal=telegram",
        "enhed=Team+Vest",
        "kanal=fax",
        "periode=altid",
        "periode=2019-Q1",
        "sprog=%00",
    ],
)
def test_what_could_give_somebody_away_is_refused_in_words(
    client: FlaskClient, town: None, choice: str
) -> None:
    whole = client.get(f"{PAGE}?enhed=Team+Syd")
    assert "Med i tallene 15" in words(whole.text)
    page = client.get(f"{PAGE}?{choice}")
    require_sound(read(page.text))
    assert page.status_code == 200
    assert filters.REFUSED in words(page.text)
    assert "Kort sagt" not in page.text
    for form in ("json", "csv", "xlsx", "pdf", "sav", "html"):
        refused = client.get(f"{FILE}.{form}?{choice}")
        assert refused.status_code == 403
        assert filters.REFUSED in words(refused.text)


def test_the_form_offers_what_enough_people_share(client: FlaskClient, town: None) -> None:
    page = read(client.get(PAGE).text)
    offered = {
        select["name"]: [option["value"] for option in select.all("option")]
        for select in page.all("select")
    }
    assert offered == {
        "enhed": ["", "Team Nord", "Team Syd"],
        "kanal": ["", "telegram", "web"],
    }
    (form,) = page.all("form", method="get")
    assert form["action"] == PAGE


def test_a_program_asks_the_same_ledger(
    app: Flask, client: FlaskClient, town: None, clock: Clock
) -> None:
    token = form_token(client.get("/staff/noegler").text)
    data = {"csrf_token": token, "name": "Regneark", "scope": "read"}
    made = read(client.post("/staff/noegler", data=data).text).all("code")[0].text
    shown = {"Authorization": f"Bearer {made}"}
    path = "/api/v1/surveys/samtalefeedback/report"
    program = app.test_client()
    told = program.get(path, query_string={"unit": "Team Syd"}, headers=shown)
    assert told.get_json()["fieldwork"]["responses"] == 15
    refused = program.get(path, query_string={"mode": "telegram"}, headers=shown)
    assert refused.status_code == 403
    assert refused.mimetype == "application/problem+json"
    # The words of a page are the words of a program
    pages = program.get(path, query_string={"enhed": "Team Syd"}, headers=shown)
    assert pages.data == told.data
    for asked in ("unit=Team+Syd&enhed=Team+Nord", "unit=Team+Syd&unit=Team+Nord", "team=Syd"):
        assert program.get(f"{path}?{asked}", headers=shown).status_code == 400
    one = program.get("/api/v1/indicators/conversation?enhed=Team+Syd", headers=shown).get_json()
    assert (one["group"], one["withheld"]) == ({"unit": "Team Syd"}, 0)
    assert [wave["answers"] for wave in one["waves"]] == [15]
    for asked, status in (
        ("conversation?mode=telegram", 403),
        ("conversation?unit=Team+Vest", 403),
        ("conversation?sprog=da&periode=2026-Q4&unit=Team+Syd", 403),
        ("training?unit=Team+Syd", 400),
        ("conversation?team=Team+Syd", 400),
    ):
        answer = program.get(f"/api/v1/indicators/{asked}", headers=shown)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    # The plan is of those whom surveys ask, each indicator as it is told by itself
    plan = program.get("/api/v1/plan?enhed=Team+Syd", headers=shown).get_json()
    assert {row["kind"] for row in plan["indicators"]} == {"survey"}
    assert [row for row in plan["indicators"] if row["waves"]] == [one]
    whole = program.get("/api/v1/plan", headers=shown).get_json()
    assert {row["kind"] for row in whole["indicators"]} == {"survey", "register"}
    assert whole["version"] == plan["version"]
    for asked, status in (("mode=telegram", 403), ("unit=Team+Vest", 403), ("team=Syd", 400)):
        answer = program.get(f"/api/v1/plan?{asked}", headers=shown)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    fielded(app.extensions["hoert"].database, clock, 12)
    plan = program.get("/api/v1/plan?enhed=Team+Syd", headers=shown).get_json()
    later = next(row for row in plan["indicators"] if row["code"] == "conversation")
    assert (later["waves"], later["withheld"]) == (one["waves"], 1)
    described = program.get("/api/v1/openapi.json").get_json()["paths"]["/plan"]["get"]
    assert [known["name"] for known in described["parameters"]] == list(filters.NAMES)
    # What one was refused the other is too, and what one was told the other is told again
    assert filters.REFUSED in words(client.get(f"{PAGE}?kanal=telegram").text)
    assert "Med i tallene 15" in words(client.get(f"{PAGE}?enhed=Team+Syd").text)
    assert "15 svar" in words(client.get("/staff/plan/conversation?enhed=Team+Syd").text)


def test_a_command_asks_the_same_ledger(
    client: FlaskClient, database: Database, town: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Med i tallene 15" in words(client.get(f"{PAGE}?enhed=Team+Syd").text)
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))

    def report(*words: str) -> Result:
        given = ["report", "--survey", "samtalefeedback", "--format", "json", *words]
        return CliRunner().invoke(hoert, given)

    told = json.loads(report("--unit", "Team Syd").stdout)
    assert (told["group"], told["fieldwork"]["responses"]) == ({"unit": "Team Syd"}, 15)
    for wanted in (["--mode", "telegram"], ["--unit", "Team Vest"], ["--period", "altid"]):
        refused = report(*wanted)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "fewer than five" in refused.stderr
    assert report("--unit", "Team Nord", "--rows", "--format", "csv").exit_code == 2


def test_what_was_told_is_told_again_when_one_more_has_come(
    client: FlaskClient, database: Database, clock: Clock, town: None
) -> None:
    before = client.get(f"{FILE}.json?enhed=Team+Nord").data
    given(database, clock, 1, unit="Team Nord")
    assert client.get(f"{FILE}.json?enhed=Team+Nord").data == before
    given(database, clock, 10, unit="Team Nord")
    after = client.get(f"{FILE}.json?enhed=Team+Nord").get_json()
    assert after["fieldwork"]["responses"] == 31


def test_an_indicator_by_weeks_and_by_choice(app: Flask, database: Database, clock: Clock) -> None:
    for step in range(20):
        given(database, clock, 12, unit="Team Nord" if step % 2 else "Team Syd")
        clock.forward(days=7)
    client = app.test_client()
    sign_in(client)
    page = client.get("/staff/plan/conversation").text
    require_sound(read(page))
    said = words(page)
    assert "Uge for uge" in said
    assert "De seneste hele 12 uger (uge 2–uge 13)" in said
    assert "Der er for få målinger til at sige" in said
    north = client.get("/staff/plan/conversation?enhed=Team+Nord").text
    require_sound(read(north))
    assert "Kun svar fra enhed: Team Nord." in words(north)
    assert "kendes ikke for en gruppe" in words(north)
    refused = words(client.get("/staff/plan/conversation?enhed=Team+Vest").text)
    assert filters.REFUSED in refused
    assert "Der er ingen svar endnu." in refused
