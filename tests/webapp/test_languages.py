"""Staff switch a draft language on, and respondents are told that it is one."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.surveys.test_languages import DRAFT
from tests.surveys.test_translations import english as english
from tests.webapp.conftest import Office
from tests.webapp.staff import PASSWORD, form_token, sign_in
from tests.webapp.visitor import Visitor
from webapp.access import create_user

MARK = "Oversættelsen er en kladde."


@pytest.fixture
def administrator(app: Flask) -> FlaskClient:
    create_user(app.extensions["hoert"].database, "admin@example.dk", "administrator", PASSWORD)
    client = app.test_client()
    sign_in(client, "admin@example.dk")
    return client


def test_a_draft_is_offered_when_staff_say_so_and_marked_as_one(
    administrator: FlaskClient,
    visitor: Visitor,
    office: Office,
    clock: Clock,
    english: Callable[..., None],
) -> None:
    english(DRAFT)
    address = f"/s/{office.link()}?lang=en"
    visitor.get(address)
    assert visitor.page.all("html")[0]["lang"] == "da"
    page = administrator.get("/staff/sprog").text
    assert "Kladde: ingen har gennemgået den" in page
    for button, spoken in (("on", "en"), ("off", "da")):
        response = administrator.post(
            "/staff/sprog/en", data={"csrf_token": form_token(page), button: "1"}
        )
        assert response.status_code == 303
        clock.forward(seconds=5)
        visitor.get(address)
        assert visitor.page.all("html")[0]["lang"] == spoken
        assert (MARK in visitor.text) is (spoken == "en")
        assert ("The translation is a draft" in visitor.text) is (spoken == "en")


def test_the_page_says_how_each_language_stands(administrator: FlaskClient) -> None:
    page = administrator.get("/staff/sprog").text
    assert "Kildesproget" in page
    assert "Gennemgået" in page
    assert "English" in page


@pytest.mark.parametrize("language", ["da", "xx"])
def test_only_a_draft_has_a_switch(administrator: FlaskClient, language: str) -> None:
    token = form_token(administrator.get("/staff/").text)
    response = administrator.post(f"/staff/sprog/{language}", data={"csrf_token": token, "on": "1"})
    assert response.status_code == 404


def test_another_site_switches_nothing(administrator: FlaskClient) -> None:
    assert administrator.post("/staff/sprog/en", data={"on": "1"}).status_code == 303
    assert "Siden havde været åben længe" in administrator.get("/staff/sprog").text
