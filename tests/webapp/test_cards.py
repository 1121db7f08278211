"""Cards: a code in two clicks, on paper and on a screen, and withdrawn when it is done."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.conftest import Office
from tests.webapp.documents import read
from tests.webapp.staff import EMAIL, PASSWORD, form_token, sign_in
from webapp.access import create_user
from webapp.callback import lead


@pytest.fixture
def caseworker(app: Flask) -> FlaskClient:
    database = app.extensions["hoert"].database
    create_user(database, EMAIL, "sagsbehandler", PASSWORD)
    for unit in ("Fastholdelsesteamet", "Et team med et langt navn"):
        lead(database, EMAIL, unit, leads=True)
    client = app.test_client()
    sign_in(client)
    return client


def made(client: FlaskClient, **fields: str) -> str:
    """The second click: the code of a new card."""
    page = client.get("/staff/kort/nyt/samtalefeedback").text
    data = {"csrf_token": form_token(page), "survey": "samtalefeedback", **fields}
    response = client.post("/staff/kort", data=data)
    assert response.status_code == 303
    return response.location.rsplit("/", 1)[1]


def test_two_clicks_from_the_start_page_make_a_card(
    office: Office, caseworker: FlaskClient
) -> None:
    office.link()
    start = caseworker.get("/staff/").text
    assert "/staff/kort/nyt/samtalefeedback" in start
    page = caseworker.get("/staff/kort/nyt/samtalefeedback").text
    assert '<option value="samtalefeedback" selected>' in page
    code = made(caseworker, unit=" Fastholdelsesteamet ", course="Første samtale")
    card = caseworker.get(f"/staff/kort/{code}")
    assert card.status_code == 200
    assert "Fastholdelsesteamet" in card.text
    assert f"{code[:5]}-{code[5:]}" in caseworker.get("/staff/kort").text


def test_a_card_opens_the_survey(app: Flask, caseworker: FlaskClient) -> None:
    code = made(caseworker)
    assert app.test_client().get(f"/s/{code}").status_code == 200


@pytest.mark.parametrize(("size", "width"), [("a4", 595), ("a6", 298), ("etiketter", 595)])
def test_a_card_is_printed_on_one_page(caseworker: FlaskClient, size: str, width: int) -> None:
    code = made(caseworker, unit="Et team med et langt navn", course="Jobklar i marts")
    response = caseworker.get(f"/staff/kort/{code}/{size}.pdf")
    assert response.content_type == "application/pdf"
    document = read(response.data, headed=size != "etiketter")
    assert document.pages == 1
    assert document.language == "da"
    assert {tag.alternative for tag in document.tags if tag.kind == "Figure"} == {
        f"QR-kode. Den åbner http://127.0.0.1:8000/s/{code} på din telefon."
    }


def test_a_screen_shows_the_code_and_every_language(caseworker: FlaskClient) -> None:
    code = made(caseworker)
    page = caseworker.get(f"/staff/kort/{code}/skaerm").text
    assert f"{code[:5]}-{code[5:]}" in page
    assert 'lang="en"' in page
    picture = caseworker.get(f"/staff/kort/{code}/kode.svg")
    assert picture.content_type.startswith("image/svg+xml")
    assert picture.text.startswith("<svg")


def test_paper_for_a_code(caseworker: FlaskClient) -> None:
    code = made(caseworker)
    asked = {"language": "en", "count": "2", "place": "Bjarkesvej 2"}
    response = caseworker.get(f"/staff/kort/{code}/papir.pdf", query_string=asked)
    document = read(response.data)
    assert document.language == "en"
    assert document.kinds().count("H1") == 2
    for wrong in ({"count": "201"}, {"count": "x"}, {"language": "xx"}, {"place": "x" * 121}):
        refused = caseworker.get(f"/staff/kort/{code}/papir.pdf", query_string={**asked, **wrong})
        assert refused.status_code == 422
        assert "Der er noget, du skal rette" in refused.text


def test_withdrawing_asks_first(app: Flask, caseworker: FlaskClient) -> None:
    code = made(caseworker)
    page = caseworker.get(f"/staff/kort/{code}/traek-tilbage").text
    assert "Vil du trække" in page
    assert caseworker.post(f"/staff/kort/{code}/traek-tilbage").status_code == 422
    data = {"csrf_token": form_token(page)}
    assert caseworker.post(f"/staff/kort/{code}/traek-tilbage", data=data).status_code == 303
    assert "Koden tager ikke imod svar" in caseworker.get(f"/staff/kort/{code}").text
    assert "Linket bruges ikke mere" in app.test_client().get(f"/s/{code}").text
    assert caseworker.get(f"/staff/kort/{code}/papir.pdf").status_code == 422


def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(
    office: Office, caseworker: FlaskClient
) -> None:
    page = caseworker.get("/staff/kort/nyt/samtalefeedback").text
    token = form_token(page)
    long = caseworker.post(
        "/staff/kort", data={"csrf_token": token, "survey": "samtalefeedback", "unit": "x" * 61}
    )
    assert long.status_code == 422
    assert re.search(r'value="x{61}"', long.text)
    assert caseworker.post("/staff/kort", data={"survey": "samtalefeedback"}).status_code == 422
    office.link()
    office.clock.forward(minutes=1)
    office.close()
    closed = caseworker.post("/staff/kort", data={"csrf_token": token, "survey": "samtalefeedback"})
    assert closed.status_code == 422
    assert "Undersøgelsen er ikke åben" in closed.text
    assert caseworker.get("/staff/kort/0000000000").status_code == 404
    assert caseworker.get("/staff/kort/nyt/ukendt").status_code == 404


def test_cards_are_for_staff(app: Flask) -> None:
    assert app.test_client().get("/staff/kort").status_code == 302
