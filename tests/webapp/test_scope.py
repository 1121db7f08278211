"""Role by route by unit: what of a page somebody sees who has these units, those, or none."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import actions
from analysis.actions import Action, State
from surveys import keys
from tests.webapp.conftest import Office
from tests.webapp.staff import PASSWORD, form_token, sign_in
from webapp.access import EVERYBODY, SEE_ALL, create_user
from webapp.answering_tables import CallBackRow
from webapp.callback import CALLERS, lead

NORTH, SOUTH = "Team Nord", "Team Syd"
SCOPES = {"none": (), "north": (NORTH,), "both": (NORTH, SOUTH)}
CASES = [(role, scope) for role in sorted(EVERYBODY) for scope in SCOPES]


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("administrator", tmp_path)


@pytest.fixture
def codes(office: Office) -> dict[str | None, str]:
    """A code of each unit and one of none, and somebody of each who wants to be called."""
    with office.database.transaction() as session:
        session.add_all(
            CallBackRow(
                id=f"{n:032}",
                unit=unit,
                name=f"Borger fra {unit}",
                phone="+4548100100",
                asked_on=office.clock().date() - timedelta(days=1),
                settled=True,
            )
            for n, unit in enumerate((NORTH, SOUTH, None))
        )
    return {unit: office.link(unit=unit) for unit in (NORTH, SOUTH, None)}


def somebody(app: Flask, role: str, units: tuple[str, ...]) -> FlaskClient:
    database = app.extensions["hoert"].database
    create_user(database, "bo@example.dk", role, PASSWORD)
    for unit in units:
        lead(database, "bo@example.dk", unit, leads=True)
    client = app.test_client()
    sign_in(client, "bo@example.dk")
    return client


@pytest.mark.parametrize("scope", SCOPES)
def test_actions_are_seen_and_changed_by_their_unit(app: Flask, office: Office, scope: str) -> None:
    day = office.clock().date()
    with office.database.transaction() as session:
        for words, unit in (("Ring op", NORTH), ("Skriv om", SOUTH), ("Lyt", None)):
            made = Action(
                None, None, None, words, "Lederen", day, State.OPEN, day, None, {"da": words}, unit
            )
            actions.keep(session, made, day)
    client = somebody(app, "teamleder", SCOPES[scope])
    mine = set(SCOPES[scope])
    listed = client.get("/staff/handlinger").text
    for number, words, unit in ((1, "Ring op", NORTH), (2, "Skriv om", SOUTH), (3, "Lyt", None)):
        assert (words in listed) == (unit in {*mine, None})
        path = f"/staff/handlinger/{number}"
        status = client.get(path).status_code
        assert status == (200 if unit in mine else 404)
        token = form_token(client.get("/staff/konto").text)
        form = {"csrf_token": token, "words": "Ændret", "owner": "Mig", "due": day.isoformat()}
        sent = client.post(path, data=form | {"state": "done", "unit": unit or ""})
        assert sent.status_code == (302 if unit in mine else 404)
        # Nobody gives an action away to a unit that is not theirs, or to the whole house
        if unit in mine:
            for other in {"", NORTH, SOUTH, "Team Vest"} - mine:
                given = client.post(path, data=form | {"state": "open", "unit": other})
                assert given.status_code == 422
    assert client.get("/staff/handlinger/ny").status_code == (200 if mine else 404)
    with office.database.snapshot() as session:
        done = {one.unit for one in actions.listed(session) if one.words == "Ændret"}
        assert done == mine
    # Citizens and the wall are told of all of them
    assert all(words in client.get("/det-goer-vi").text for words in ("Lyt", "Skriv om", "Ring op"))
    assert "Lyt" in client.get("/staff/tavle").text


@pytest.mark.parametrize(("role", "scope"), CASES)
def test_what_is_seen_of_each_page(
    app: Flask, codes: dict[str | None, str], role: str, scope: str
) -> None:
    client = somebody(app, role, SCOPES[scope])
    mine = {NORTH, SOUTH, None} if role in SEE_ALL else {*SCOPES[scope], None}
    lists = {"/staff/kort": True, "/staff/skaerm": True, "/staff/telegram": False}
    for page, has_codes in lists.items():
        shown = client.get(page).text
        for unit, code in codes.items():
            if has_codes:
                assert (code in shown) == (unit in mine), (page, unit)
            elif unit not in mine:
                assert unit is None or unit not in shown, (page, unit)
    for unit, code in codes.items():
        for page in ("", "/skaerm", "/kode.svg", "/a6.pdf?language=da", "/traek-tilbage"):
            status = client.get(f"/staff/kort/{code}{page}").status_code
            assert (status != 404) == (unit in mine), (page, unit)
    if role in CALLERS:
        calls = client.get("/staff/opkald").text
        for unit in codes:
            assert (f"Borger fra {unit}" in calls) == (unit in mine), unit
    typed = client.get(f"/staff/indtast/{codes[SOUTH]}").status_code
    assert typed == 403 or (typed == 200) == (SOUTH in mine)


@pytest.mark.parametrize("role", sorted(EVERYBODY - SEE_ALL))
def test_no_page_shows_a_units_code_to_whoever_has_no_unit(
    app: Flask, codes: dict[str | None, str], role: str
) -> None:
    client = somebody(app, role, ())
    for rule in app.url_map.iter_rules():
        leaves = "logout" in rule.rule or "log-ud" in rule.rule
        if not rule.rule.startswith("/staff") or rule.arguments or leaves:
            continue
        if "GET" in (rule.methods or ()):
            shown = client.get(rule.rule).data
            for unit in (NORTH, SOUTH):
                for spelled in (codes[unit], keys.spelled(codes[unit])):
                    assert spelled.encode() not in shown, (rule.rule, unit)


@pytest.mark.parametrize(
    ("role", "unit", "status"),
    [
        ("sagsbehandler", NORTH, 303),
        ("sagsbehandler", "", 303),
        ("sagsbehandler", SOUTH, 422),
        ("leder", SOUTH, 303),
    ],
)
def test_a_code_is_made_for_a_unit_of_ones_own(
    app: Flask, codes: dict[str | None, str], role: str, unit: str, status: int
) -> None:
    client = somebody(app, role, (NORTH,))
    token = form_token(client.get("/staff/kort").text)
    data = {"csrf_token": token, "survey": "samtalefeedback", "unit": unit, "course": "Onsdag"}
    answer = client.post("/staff/kort", data=data)
    assert answer.status_code == status
    if status == 422:
        assert "dine egne enheder" in answer.text
        assert 'value="Onsdag"' in answer.text


def test_nobody_is_called_of_another_unit(app: Flask, codes: dict[str | None, str]) -> None:
    client = somebody(app, "teamleder", (NORTH,))
    token = form_token(client.get("/staff/opkald").text)
    for n in (0, 1):
        client.post(f"/staff/opkald/{n:032}", data={"csrf_token": token})
    with app.extensions["hoert"].database.snapshot() as session:
        assert session.get_one(CallBackRow, f"{0:032}").done_on is not None
        assert session.get_one(CallBackRow, f"{1:032}").done_on is None


def test_every_way_into_the_api_wants_a_key(app: Flask) -> None:
    """A signed-in browser is no key, and a key that nobody has opens nothing."""
    client = app.test_client()
    sign_in(client)
    headers = ({}, {"Authorization": "Bearer hoert_" + "x" * 43}, {"Authorization": "Basic eDp4"})
    open_to_all = {"api.description"}
    seen = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        seen.add(rule.endpoint)
        path = rule.rule
        for word in rule.arguments:
            path = path.replace(f"<{word}>", "x").replace(f"<path:{word}>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for one in headers:
                status = client.open(path, method=method, headers=one).status_code
                wanted = 200 if rule.endpoint in open_to_all else 401
                assert status == wanted, (rule.endpoint, method, status)
    assert {"api.surveys", "api.survey_report", "api.whole_plan", "api.indicator"} <= seen
