"""What is handed out before Flask is what Flask would have said, and only to whom Flask would."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor
from webapp import device, remembered, too_often
from webapp.published import ADMITTED_FOR

WORDS = re.compile(r'name="(?:ballot|token)" value="[^"]*"|[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}')


@pytest.fixture
def passed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What came as far as Flask."""
    seen: list[str] = []
    door = app.extensions["hoert.door"]
    flask = door._flask

    def counting(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return flask(environ, start_response)

    monkeypatch.setattr(door, "_flask", counting)
    return seen


def said(response: TestResponse) -> tuple[int, dict[str, str], str]:
    """All of a response but the words that are one browser's own."""
    words = WORDS.sub("", response.get_data(as_text=True))
    return response.status_code, dict(response.headers), words


def fresh(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_second_form_is_the_first_with_a_ballot_of_its_own(
    app: Flask, office: Office, passed: list[str]
) -> None:
    path = f"/s/{office.link()}"
    first, second, third = (fresh(app).get(path) for _ in range(3))
    assert len(passed) == 1
    assert said(first) == said(second) == said(third)
    ballots = {WORDS.search(one.get_data(as_text=True)).group() for one in (first, second, third)}
    assert len(ballots) == 3


def test_a_form_from_the_door_can_be_sent_and_thanked_for(
    app: Flask, office: Office, passed: list[str]
) -> None:
    path = f"/s/{office.link()}"
    for _ in range(3):
        visitor = Visitor(fresh(app)).get(path).fill(purpose="5")
        assert visitor.press("check").press("send").heading == "Tak for dit svar"
    # What is posted is Flask's; one form and one thank-you were made there
    assert passed == [path, path, path, "/tak", *[path] * 4]
    assert office.received() == 3


def test_each_thank_you_has_its_own_receipt_and_help_where_it_is_due(
    app: Flask, office: Office, passed: list[str]
) -> None:
    path = f"/s/{office.link()}"
    receipts = set()
    for _ in range(2):
        page = Visitor(fresh(app)).get(path).fill(purpose="5").press("check").press("send")
        receipts.add(WORDS.search(page.response.get_data(as_text=True)).group())
    assert len(receipts) == 2
    masked = Visitor(fresh(app)).get(path).fill(purpose="5", open="Ring til mig på 40 11 22 33")
    masked.press("check").press("send")
    assert "telefonnummer" in masked.response.get_data(as_text=True)


def test_a_wave_that_closes_is_closed_at_the_door(app: Flask, office: Office, clock: Clock) -> None:
    path = f"/s/{office.link()}"
    assert [fresh(app).get(path).status_code for _ in range(2)] == [200, 200]
    office.close()
    clock.forward(seconds=ADMITTED_FOR.seconds + 1)
    assert fresh(app).get(path).status_code == 410


def test_whoever_guesses_is_held_up_at_the_door(app: Flask, office: Office) -> None:
    path = f"/s/{office.link()}"
    assert fresh(app).get(path).status_code == 200
    for _ in range(too_often.MISSES.amount):
        fresh(app).get("/s/ZZZZZZZZZZ")
    assert fresh(app).get(path).status_code == 429


def test_who_brings_a_cookie_of_ours_is_flasks(
    app: Flask, office: Office, passed: list[str]
) -> None:
    assert device.COOKIE.startswith("hoert")
    assert remembered.name(app).endswith("hoert")
    path = f"/s/{office.link()}"
    fresh(app).get(path)
    again = fresh(app)
    again.set_cookie(device.COOKIE, "x")
    again.get(path)
    answered = fresh(app)
    answered.set_cookie("hoert", "x")
    answered.get(path)
    fresh(app).get(f"{path}?again=1")
    fresh(app).head(path)
    assert len(passed) == 5


def test_another_language_is_another_page(app: Flask, office: Office) -> None:
    path = f"/s/{office.link()}"
    for _ in range(2):
        assert 'lang="da"' in fresh(app).get(path).get_data(as_text=True)
        assert 'lang="en"' in fresh(app).get(f"{path}?lang=en").get_data(as_text=True)


def test_a_host_that_is_not_ours_gets_nothing(make_app, office: Office) -> None:
    app = make_app(public_url="https://svar.example.dk")
    path = f"/s/{office.link()}"
    ours = {"base_url": "https://svar.example.dk"}
    assert [fresh(app).get(path, **ours).status_code for _ in range(2)] == [200, 200]
    assert fresh(app).get(path, base_url="https://andre.example").status_code == 400


def test_a_browser_that_reads_no_gzip_gets_none(app: Flask, office: Office) -> None:
    path = f"/s/{office.link()}"
    plain = [fresh(app).get(path).get_data(as_text=True) for _ in range(2)][1]
    packed = fresh(app).get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" in packed.headers
    assert "<form" in plain


def test_the_next_question_waits_at_the_door_once_and_for_one_browser(
    app: Flask, office: Office, passed: list[str], shipped_tests: None
) -> None:
    visitor = Visitor(fresh(app)).get(f"/s/{office.link('all_rule')}").press("start")
    passed.clear()
    visitor.press("skip")
    path = visitor.path
    assert path not in passed
    handed = visitor.response.get_data(as_text=True)
    stranger = fresh(app)
    assert stranger.get(path).status_code == 303
    assert WORDS.sub("", visitor.get(path).response.get_data(as_text=True)) == WORDS.sub("", handed)
    assert passed.count(path) == 2


def test_the_way_into_an_interview_is_ready_at_the_door(
    app: Flask, office: Office, passed: list[str], shipped_tests: None
) -> None:
    path = f"/s/{office.link('all_rule')}"
    Visitor(fresh(app)).get(path).press("start")
    assert passed == [path, path]
    welcome, fresh_welcome = (said(fresh(app).get(path)) for _ in range(2))
    assert welcome == fresh_welcome
    visitor = Visitor(fresh(app)).get(path).press("start")
    assert visitor.path.startswith("/svar/")
    assert passed == [path] * 3
    # Whoever has begun is asked whether to go on, and only Flask knows of it
    assert said(visitor.get(path).response) != welcome
    assert passed == [path] * 4
