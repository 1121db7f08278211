"""The plan as staff see it: every row, numbers typed and imported, targets edited."""

import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from analysis import plan, register
from surveys.database import Database
from tests.webapp.conftest import settings
from tests.webapp.html import Element, read, require_sound
from tests.webapp.staff import PASSWORD, form_token, sign_in
from tests.webapp.test_results import words
from webapp.access import create_user
from webapp.cli.demonstration import demonstrate
from webapp.learning_tables import CaseworkerKeyRow


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def figures(database: Database) -> dict[tuple[str, str], Decimal | None]:
    with database.snapshot() as session:
        return {
            (code, when): one.value for (code, _, when), one in register.history(session).items()
        }


def themes_of(page: str) -> list[Element]:
    """The rows of a page's table of themes."""
    [table] = read(page).all("table", **{"aria-labelledby": "themes"})
    return table.all("tr")[1:]


def token(client: FlaskClient, path: str) -> str:
    return form_token(client.get(path).text)


def enter(client: FlaskClient, code: str, when: str, value: str, **more: str) -> str:
    response = client.post(
        f"/staff/plan/{code}/tal",
        data={
            "csrf_token": token(client, f"/staff/plan/{code}"),
            "period": when,
            "value": value,
            **more,
        },
        follow_redirects=True,
    )
    assert response.status_code in {200, 422}
    require_sound(read(response.text))
    return words(response.text)


def test_an_empty_plan_shows_every_row_and_says_what_is_missing(client: FlaskClient) -> None:
    page = client.get("/staff/plan")
    require_sound(read(page.text))
    rows = read(page.text).all("tbody")[0:7]
    assert sum(len(body.all("tr")) for body in rows) == 16
    assert "16 indikatorer: 16 uden tal endnu." in words(page.text)
    # What is missing is said once in a row
    said = [[cell.text.strip() for cell in row.all("td")] for row in rows[0].all("tr")]
    assert [row[2:] for row in said] == [["Intet tal endnu", "–"], ["Ingen svar endnu", "–"]]


def test_every_indicator_of_the_demonstration_has_a_page_with_a_figure(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNICIPALITY", settings("sqlite://").municipality)
    demonstrate(database, seed=1)
    overview = words(client.get("/staff/plan").text)
    first = overview[: overview.index("Inddragelse af borgerne")]
    assert "Intet tal endnu" not in first
    assert "Ingen svar endnu" not in first
    assert "84,9 % 225 svar, Efterår 2025" in overview
    assert "8 af 10" in overview
    tallied = "5 nået; 2 nået, men usikkert; 1 ikke nået, men usikkert; 7 ikke nået; 1 vises."
    assert f"Beskæftigelsesplan 2026. 16 indikatorer: {tallied}" in overview
    assert "ikke gennem de samme kanaler" in words(client.get("/staff/plan/young").text)
    assert "ikke gennem de samme kanaler" not in words(client.get("/staff/plan/course").text)
    for indicator in plan.shipped():
        page = client.get(f"/staff/plan/{indicator.code}")
        assert page.status_code == 200
        require_sound(read(page.text))
    conversation = client.get("/staff/plan/conversation").text
    assert "Demonstration: Mødet begynder" in conversation
    [report] = [a["href"] for a in read(conversation).all("a") if a.text.startswith("Alle temaer")]
    counted = [row.all("td")[1].text for row in themes_of(client.get(report).text)]
    assert [row.all("td")[1].text for row in themes_of(conversation)] == counted[:5]
    assert len(counted) > 2
    assert "er sjældnere utilfredse end de andre, der har skrevet: 0," in words(conversation)
    public = words(client.get("/det-goer-vi").text)
    assert "82,3 % (96 svar)" in public
    assert "90,4 % (104 svar)" in public
    # Whoever is a caseworker in a demonstration sees the feedback of a made-up one, each of another
    seen = []
    for name in ("anne@example.dk", "bo@example.dk"):
        create_user(database, name, "sagsbehandler", PASSWORD)
        caseworker = client.application.test_client()
        sign_in(caseworker, name)
        room = caseworker.get("/staff/laeringsrum")
        require_sound(read(room.text))
        assert "Demonstrationsdata" in words(room.text)
        assert "Social Faglig Enhed" in words(room.text)
        with database.snapshot() as session:
            seen.append(session.scalars(select(CaseworkerKeyRow.key)).all())
    assert [len(set(keys)) for keys in seen] == [1, 2]


def test_a_number_typed_the_danish_way_moves_its_indicator(
    client: FlaskClient, database: Database
) -> None:
    page = enter(client, "young_on_benefit", "september 2026", "66")
    assert "Tallet for september 2026 er gemt." in page
    assert "Mål: ikke nået" in page
    page = enter(client, "young_on_benefit", "2026M10", "65", source="Jobindsats")
    assert "Mål: nået" in page
    assert "10 % lavere end november 2025 (højst 65,7)" in page
    assert "57,5 %" in enter(client, "talent_scouts", "2026K3", "57,5")
    assert figures(database)["talent_scouts", "2026-Q3"] == Decimal("0.575")


@pytest.mark.parametrize(
    ("code", "when", "value", "says"),
    [
        ("training", "i går", "5", "er ikke en periode"),
        ("training", "2026", "mange", "er ikke et tal"),
        ("training", "2026", "101", "kan ikke være over 100 %"),
        ("training", "", "", "Skriv en periode."),
    ],
)
def test_a_bad_number_is_refused_and_kept_on_the_page(
    client: FlaskClient, database: Database, code: str, when: str, value: str, says: str
) -> None:
    page = client.post(
        f"/staff/plan/{code}/tal",
        data={
            "csrf_token": token(client, f"/staff/plan/{code}"),
            "period": when,
            "value": value,
            "source": "mit ark",
        },
    )
    assert page.status_code == 422
    assert says in words(page.text)
    assert 'value="mit ark"' in page.text
    assert not figures(database)


def test_a_few_persons_are_not_printed_anywhere(client: FlaskClient) -> None:
    enter(client, "young_on_benefit", "2026M08", "31")
    page = enter(client, "young_on_benefit", "2026M09", "3")
    assert "Færre end 5" in page
    raw = client.get("/staff/plan/young_on_benefit").text
    assert not re.search(r">\s*3\s*<", raw)
    assert "95," not in page
    assert "95," not in words(client.get("/staff/plan").text)


def test_a_target_is_edited_and_the_old_plan_is_kept(
    client: FlaskClient, database: Database
) -> None:
    path = "/staff/plan/young_on_benefit/ret"
    before = client.get(path)
    form = {
        element.attributes["name"]: element.attributes.get("value", "")
        for element in read(before.text).all("input")
        if element.attributes.get("name")
    }
    assert form["value"] == "10"
    assert form["baseline_period"] == "november 2025"
    form |= {"direction": "falling", "value": "12,5", "owner": "Ungeteamet"}
    after = client.post(path, data=form, follow_redirects=True)
    assert "Planen er rettet." in words(after.text)
    assert "12,5 % lavere end november 2025" in words(after.text)
    assert "Ungeteamet" in words(after.text)
    second = client.post(path, data=form | {"value": "15"})
    assert second.status_code == 422
    assert "En anden har rettet planen" in words(second.text)
    assert 'value="15"' in second.text
    with database.snapshot() as session:
        target = plan.current(session)["young_on_benefit"].target
    assert target is not None
    assert target.value == -0.125


def test_a_file_is_shown_before_it_is_kept_and_twice_is_once(
    client: FlaskClient, database: Database
) -> None:
    content = "Område;Periode;Antal\nAllerød;2026M08;71\nEgedal;2026M08;1.071\n".encode("cp1252")
    asked = client.post(
        "/staff/register",
        data={
            "csrf_token": token(client, "/staff/register"),
            "file": (BytesIO(content), "tal.csv"),
        },
    )
    assert asked.status_code == 200
    require_sound(read(asked.text))
    form = {
        element.attributes["name"]: element.attributes.get("value", "")
        for element in read(asked.text).all("input")
        if element.attributes.get("name")
    } | {
        "period": "Periode",
        "value": "Antal",
        "place": "Område",
        "indicator": "",
        "fixed": "young_on_benefit",
    }
    shown = client.post("/staff/register/indlæs", data=form)
    assert "2 nye tal." in words(shown.text)
    assert "1.071" in words(shown.text)
    require_sound(read(shown.text))
    assert not figures(database)
    for told in ("2 nye tal er gemt.", "2 var der allerede."):
        kept = client.post(
            "/staff/register/indlæs", data=form | {"sure": "1"}, follow_redirects=True
        )
        assert told in words(kept.text)
    assert "1.071" in words(client.get("/staff/plan/young_on_benefit").text)
    wrong = client.post("/staff/register/indlæs", data=form | {"value": "Område", "sure": "1"})
    assert wrong.status_code == 422
    assert "Linje 2" in words(wrong.text)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b'{"a": 1}', b"\x00\xff"])
def test_a_file_that_cannot_be_read_is_refused_in_words(
    client: FlaskClient, content: bytes
) -> None:
    page = client.post(
        "/staff/register",
        data={
            "csrf_token": token(client, "/staff/register"),
            "file": (BytesIO(content), "tal.csv"),
        },
    )
    assert page.status_code == 422
    assert "Der er noget, du skal rette" in words(page.text)
