"""The panel's pages: joining with a consent, being asked, and leaving by one press."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from surveys import calls, extract, keys, panel
from tests.webapp.conftest import SECRET, Office
from tests.webapp.staff import form_token

MEMBER = {
    "cvr": "99000007",
    "name": "Eksempel Tømrer",
    "contact": "Ida Prøve",
    "role": "Driftsleder",
    "phone": "48100100",
    "language": "da",
    "most_a_year": "1",
    "consented_on": "18-11-2026",
    "consented": "y",
}


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


def post(client: FlaskClient, path: str, **data: str):
    token = form_token(client.get(path).text)
    return client.post(path, data={"csrf_token": token, **data})


def test_joining_takes_a_consent(client: FlaskClient, office: Office) -> None:
    path = "/staff/panel/ny"
    assert panel.CONSENTS[panel.CONSENT] in client.get(path).text
    without = post(client, path, **{k: v for k, v in MEMBER.items() if k != "consented"})
    assert without.status_code == 422
    assert "Uden et ja" in without.text
    assert 'value="Eksempel Tømrer"' in without.text
    old = post(client, path, **{**MEMBER, "consented_on": "01-01-2026"})
    assert "Spørg virksomheden igen" in old.text
    nowhere = post(client, path, **{**MEMBER, "phone": ""})
    assert nowhere.status_code == 422
    assert "Skriv et telefonnummer eller en e-mail" in nowhere.text
    assert post(client, path, **MEMBER).status_code == 303
    assert "i panelet i forvejen" in post(client, path, **MEMBER).text
    assert "0 af højst 1" in client.get("/staff/panel").text


def test_the_panel_is_asked_as_often_as_agreed(client: FlaskClient, office: Office) -> None:
    post(client, "/staff/panel/ny", **MEMBER)
    first = office.wave("virksomhedsinddragelse", anonymity="confidential")
    few = post(client, "/staff/panel", wave=str(first), who="sample", wanted="ti")
    assert few.status_code == 422
    assert 'value="ti"' in few.text
    assert post(client, "/staff/panel", wave=str(first), who="all").status_code == 303
    page = client.get("/staff/panel").text
    assert "1 af højst 1" in page
    assert "Alle 1, der kunne spørges" in page
    again = post(client, "/staff/panel", wave=str(first), who="all")
    assert again.status_code == 422
    assert "så mange gange i år, som de har sagt ja til" in again.text
    with office.database.snapshot() as session:
        [one] = panel.members(session, SECRET)
    history = client.get(f"/staff/panel/medlem/{one.id}").text
    assert "Har ikke svaret" in history
    assert "vises ikke" not in client.get("/staff/panel/udvikling").text


def test_a_member_leaves_by_one_press_without_signing_in(
    client: FlaskClient, office: Office
) -> None:
    post(client, "/staff/panel/ny", **MEMBER)
    wave_id = office.wave("virksomhedsinddragelse", anonymity="confidential")
    post(client, "/staff/panel", wave=str(wave_id), who="all")
    with office.database.snapshot() as session:
        [one] = panel.members(session, SECRET)
    token = keys.leaving(SECRET, one.id)
    assert f"/panel/{token}" in client.get(f"/staff/panel/medlem/{one.id}").text
    visitor = client.application.test_client()
    moved = visitor.get(f"/panel/{token}")
    assert (moved.status_code, moved.location) == (303, "/panel")
    # Looking is not leaving: mail programs follow links
    assert "Vil du ud af panelet?" in visitor.get("/panel").text
    assert "Du er ude af panelet" in visitor.post("/panel").text
    assert "Du er ude af panelet" in visitor.get("/panel").text
    with office.database.snapshot() as session:
        assert panel.members(session, SECRET) == []
        assert calls.listed(session, wave_id, SECRET, office.clock()) == []
        assert extract.wave(session, "virksomhedsinddragelse").invited == 1
    # A mail program's own button asks nothing
    post(client, "/staff/panel/ny", **MEMBER)
    with office.database.snapshot() as session:
        [again] = panel.members(session, SECRET)
    by_program = f"/panel/{keys.leaving(SECRET, again.id)}"
    for _ in range(2):
        answer = client.application.test_client().post(by_program, data={"List-Unsubscribe": "x"})
        assert (answer.status_code, answer.text) == (200, "")
    with office.database.snapshot() as session:
        assert panel.size(session) == 0
    stranger = client.application.test_client()
    stranger.get(f"/panel/{one.id}.guess")
    assert stranger.post("/panel").status_code == 404


def test_change_compares_two_rounds_of_one_survey(client: FlaskClient, office: Office) -> None:
    page = client.get("/staff/panel/udvikling")
    assert "spurgt i to runder" in page.text
