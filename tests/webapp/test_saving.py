"""A code opens an interview on another device; without it nothing of what is stored leads there."""

import re

import pytest
from flask import Flask
from sqlalchemy import text

from surveys import keys
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor
from webapp import saving, too_often

PURPOSE = "Var formålet med samtalen klart og tydeligt for dig?"


@pytest.fixture
def url(database_url: str) -> str:
    """Everything here holds on both databases."""
    return database_url


def code_of(visitor: Visitor) -> str:
    found = re.search(r"Din kode er ([0-9A-Z]{5}-[0-9A-Z]{5})\.", visitor.text)
    assert found
    return found[1]


def elsewhere(app: Flask, code: str) -> Visitor:
    other = Visitor(app.test_client())
    other.get("/").get("/svar-videre").filled = {"code": code.lower().replace("-", " ")}
    return other.post("/svar-videre", other.body())


def saved(visitor: Visitor, office: Office) -> str:
    visitor.get(f"/s/{office.link()}").fill(purpose="2", open="Det er kun begyndelsen.")
    visitor.press("save")
    assert (visitor.status, visitor.heading) == (200, "Dine svar er gemt")
    assert "Dine svar er ikke sendt endnu." in visitor.text
    assert office.received() == 0
    return code_of(visitor)


def test_a_page_that_is_half_filled_in_goes_on_elsewhere(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    other = elsewhere(app, saved(visitor, office))
    # It goes on at the first question without an answer, one at a time
    assert other.path == "/svar/heard"
    for _ in range(4):
        other.press("skip")
    assert other.review[PURPOSE] == "I mindre grad"
    other.press("send")
    assert other.heading == "Tak for dit svar"
    assert office.received() == 1
    # Going on here as well counts nothing twice
    visitor.get("/svar")
    assert visitor.heading == "Vi har allerede dit svar"
    office.close()
    assert office.words()["open"] == "Det er kun begyndelsen."


def test_the_form_that_was_saved_may_still_be_sent_itself(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="2")
    path, body = visitor.path, visitor.body()
    code = code_of(visitor.post(path, body | {"save": "1"}))
    visitor.post(path, body | {"send": "1"})
    assert visitor.heading == "Tak for dit svar"
    other = elsewhere(app, code)
    assert office.received() == 1
    while other.page.all("button", name="skip"):
        other.press("skip")
    if other.page.all("button", name="send"):
        other.press("send")
    assert office.received() == 1


def test_page_by_page_what_was_typed_comes_along(
    shipped_tests: None, app: Flask, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link('off_route')}").press("start")
    visitor.fill(meeting="video").press("next").fill(minutes="20")
    visitor.post("/gem", visitor.body() | {"save": "1"})
    other = elsewhere(app, code_of(visitor))
    assert other.path == "/svar/camera"
    assert "20" in other.get("/svar/minutes").body().values()


def test_a_personal_invitation_goes_on_elsewhere_and_is_spent_once(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.invitation()}").fill(purpose="2").press("save")
    other = elsewhere(app, code_of(visitor))
    for _ in range(5):
        other.press("skip")
    other.press("send")
    assert office.received() == 1


def test_what_is_stored_leads_nowhere_without_the_code(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}").fill(purpose="2").press("save")
    code = code_of(visitor)
    with office.database.snapshot() as session:
        (row,) = session.execute(text("select * from saved_ballot")).mappings()
    assert set(row) == {"key", "sealed", "until"}
    stored = bytes(row["key"]) + bytes(row["sealed"])
    for known in (
        token.encode(),
        code.encode(),
        keys.spend_hash(token),
        keys.draft_key(token),
        keys.spend_hash(code.replace("-", "")),
    ):
        assert known not in stored


def test_a_code_ends_after_a_fortnight(
    app: Flask, visitor: Visitor, office: Office, clock: Clock
) -> None:
    code = saved(visitor, office)
    clock.forward(days=14)
    assert elsewhere(app, code).path == "/svar/heard"
    clock.forward(days=1)
    other = elsewhere(app, code)
    assert other.status == 422
    assert "Vi kender ikke den kode." in other.text
    saving.upkeep(office.database, clock)
    with office.database.snapshot() as session:
        assert session.execute(text("select count(*) from saved_ballot")).scalar_one() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Skriv din kode."),
        ("abc", "Det ligner ikke en kode."),
        ("ZZZZZ-ZZZZZ", "Vi kender ikke den kode."),
    ],
)
def test_what_opens_nothing_is_said(app: Flask, office: Office, typed: str, said: str) -> None:
    other = elsewhere(app, typed)
    assert other.status == 422
    assert said in other.text


def test_codes_cannot_be_tried_one_after_another(app: Flask, office: Office) -> None:
    for _ in range(too_often.MISSES.amount):
        too = elsewhere(app, "ZZZZZ-ZZZZZ")
    assert too.status == 422
    assert elsewhere(app, "ZZZZZ-ZZZZZ").status == 429


def test_another_site_cannot_put_a_code_in(app: Flask, visitor: Visitor, office: Office) -> None:
    code = saved(visitor, office)
    other = Visitor(app.test_client())
    other.get("/svar-videre").filled = {"code": code}
    other.headers = {"Sec-Fetch-Site": "cross-site"}
    assert other.post("/svar-videre", other.body()).status == 422


def test_a_browser_without_cookies_is_told(app: Flask, office: Office) -> None:
    invited = Visitor(app.test_client(use_cookies=False)).get(f"/s/{office.invitation()}")
    assert "Din browser siger nej til cookies" in invited.text
    assert invited.page.all("input", id="code")
    assert "48 10 01 00" in invited.page.text


def test_an_open_link_is_answered_without_cookies(app: Flask, office: Office) -> None:
    visitor = Visitor(app.test_client(use_cookies=False))
    visitor.get(f"/s/{office.link()}").fill(purpose="4").press("check").press("send")
    assert "så har vi dit svar" in visitor.text
    assert office.received() == 1


def test_what_is_too_long_to_save_comes_back(
    shipped_tests: None, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link('open_text')}")
    (area,) = visitor.page.all("textarea")
    item = area["name"].removeprefix("answer.")
    visitor.fill(**{item: "x" * 5000}).press("save")
    assert visitor.status == 422
    assert visitor.body()[f"answer.{item}"] == "x" * 5000
    visitor.get(f"/s/{office.link('off_route')}").press("start").press("skip").fill(minutes="tyve")
    again = visitor.client.post("/gem", data=visitor.body() | {"save": "1"})
    assert (again.status_code, again.headers["Location"]) == (307, "/svar/minutes")
