"""What is handed out before Flask is what Flask would have said, and only to whom Flask would."""

import re
from collections.abc import Callable
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor
from webapp import device, remembered, too_often
from webapp.published import ADMITTED_FOR

WORDS = re.compile(r'name="(?:ballot|token)" value="[^"]*"|[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}')
COOKIE = re.compile(r"(?<=hoert=)[^;]*")

Said = tuple[int, dict[str, str], str]


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


def said(response: TestResponse) -> Said:
    """All of a response but the words that are one browser's own."""
    words = WORDS.sub("", response.get_data(as_text=True))
    headers = {name: COOKIE.sub("", value) for name, value in response.headers}
    return response.status_code, headers, words


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
    # Flask made one form, every check page and one thank-you
    assert passed == [path, path, "/tak", path, path]
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
    link = f"/s/{office.link('all_rule')}"
    Visitor(fresh(app)).get(link).press("start").press("skip")
    visitor = Visitor(fresh(app)).get(link).press("start")
    passed.clear()
    visitor.press("skip")
    path = visitor.path
    assert passed == []
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
    # The page of the first question is rendered once, and never again
    assert passed == [path, "/svar/meeting"]
    welcome, fresh_welcome = (said(fresh(app).get(path)) for _ in range(2))
    assert welcome == fresh_welcome
    visitor = Visitor(fresh(app)).get(path).press("start")
    assert visitor.path == "/svar/meeting"
    assert len(passed) == 2
    # Whoever has begun is asked whether to go on, and only Flask knows of it
    assert said(visitor.get(path).response) != welcome
    assert passed[2:] == [path]


GIVEN = {"meeting": "phone", "minutes": "45", "long_call": "Vi havde meget at tale om."}


@pytest.fixture
def told(app: Flask, office: Office, shipped_tests: None) -> Callable[..., list[Said]]:
    """All that is said in an interview that is begun, answered and sent."""
    link = f"/s/{office.link('all_rule')}"

    def walk(**given: str) -> list[Said]:
        visitor = Visitor(fresh(app)).get(link)
        heard = [said(visitor.response), said(visitor.press("start", follow=False).response)]
        for item, answer in given.items():
            heard.append(said(visitor.get(visitor.response.headers["Location"]).response))
            assert visitor.path == f"/svar/{item}"
            heard.append(said(visitor.fill(**{item: answer}).press("next", follow=False).response))
        heard.append(said(visitor.get(visitor.response.headers["Location"]).response))
        heard.append(said(visitor.press("send", follow=False).response))
        heard.append(said(visitor.get(visitor.response.headers["Location"]).response))
        assert visitor.heading == "Tak for dit svar"
        return heard

    return walk


def test_a_whole_interview_straight_on_is_what_flask_would_have_said(
    app: Flask, office: Office, passed: list[str], told: Callable[..., list[Said]]
) -> None:
    door = app.extensions["hoert.door"]
    with mock.patch.object(door, "take", return_value=None):
        by_flask = told(**GIVEN)
    assert "/svar/long_call" in passed
    told(**GIVEN)
    passed.clear()
    assert told(**GIVEN) == by_flask
    assert passed == []
    counted = office.counted("all_rule")
    assert (counted["meeting"], counted["long_call"]) == ({"phone": 3}, {"words": 3})


ODD = {
    "no answer": ("minutes", {"answer.minutes": "mange"}, {}),
    "too many": ("minutes", {"answer.minutes": "601"}, {}),
    "a telephone number": ("long_call", {"answer.long_call": "Ring på 40 11 22 33"}, {}),
    "words that ask for help": ("long_call", {"answer.long_call": "Jeg vil ikke leve mere"}, {}),
    "another language": ("minutes", {"language": "en", "answer.minutes": "4"}, {}),
    "another site": ("minutes", {"answer.minutes": "4"}, {"Origin": "https://andre.example"}),
    "another site's script": ("minutes", {"answer.minutes": "4"}, {"Sec-Fetch-Site": "cross-site"}),
    "no token": ("minutes", {"token": "", "answer.minutes": "4"}, {}),
    "a question that is not asked": ("long_call", {"answer.long_call": "Hm"}, {}),
    "no question": ("nothing", {}, {}),
    "a screen": ("minutes", {"answer.minutes": "4"}, {"Cookie": f"{device.COOKIE}=x"}),
    "a large form": ("minutes", {"answer.minutes": "4", "more": "x" * 70_000}, {}),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_leads_elsewhere_is_flasks_alone(
    app: Flask, office: Office, passed: list[str], shipped_tests: None, kind: str
) -> None:
    item, fields, headers = ODD[kind]
    link = f"/s/{office.link('all_rule')}"
    heard = []
    for take in (lambda *_: None, app.extensions["hoert.door"].take):
        visitor = Visitor(fresh(app)).get(link).press("start").fill(meeting="phone").press("next")
        if item == "long_call" and "not asked" not in kind:
            visitor.fill(minutes="45").press("next")
        passed.clear()
        with mock.patch.object(app.extensions["hoert.door"], "take", take):
            sent = {name: str(value) for name, value in visitor.body().items()} | fields
            if "Cookie" in headers:
                visitor.client.set_cookie(*headers["Cookie"].split("="))
            own = {name: value for name, value in headers.items() if name != "Cookie"}
            heard.append(said(visitor.client.post(f"/svar/{item}", data=sent, headers=own)))
        assert passed == [f"/svar/{item}"]
        heard.append(said(visitor.client.get("/svar")))
    assert heard[:2] == heard[2:]


FORMS = {
    "as it should be": ({"send": "1"}, {}),
    "a telephone number": ({"send": "1", "answer.open": "Ring på 40 11 22 33"}, {}),
    "to be checked": ({"check": "1"}, {}),
    "an answer that is none": ({"send": "1", "answer.purpose": "9"}, {}),
    "words that ask for help": ({"send": "1", "answer.open": "Jeg vil ikke leve mere"}, {}),
    "help was seen": ({"send": "1", "answer.open": "Jeg vil ikke leve mere", "care": "1"}, {}),
    "another language": ({"language": "en", "send": "1"}, {}),
    "to be changed": ({"change": "open", "send": "1"}, {}),
    "to be skipped": ({"skip": "open", "send": "1"}, {}),
    "no ballot": ({"send": "1", "ballot": ""}, {}),
    "another's token": ({"send": "1", "token": "x"}, {}),
    "another site": ({"send": "1"}, {"Origin": "https://andre.example"}),
    "our own page": ({"send": "1", "token": "x"}, {"Origin": "http://localhost"}),
}
AT_THE_DOOR = {"as it should be", "a telephone number", "help was seen", "our own page"}


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_at_the_door_is_answered_as_flask_would(
    app: Flask, office: Office, passed: list[str], kind: str
) -> None:
    fields, headers = FORMS[kind]
    path = f"/s/{office.link()}"
    heard = []
    door = app.extensions["hoert.door"]
    for take, held in ((mock.Mock(return_value=None), set()), (door.take, AT_THE_DOOR)):
        visitor = Visitor(fresh(app)).get(path).fill(purpose="5", open="Tak")
        sent = {name: value for name, value in visitor.body().items() if name != "send"} | fields
        passed.clear()
        with mock.patch.object(door, "take", take):
            heard.append(said(visitor.client.post(path, data=sent, headers=headers)))
            assert passed == ([] if kind in held else [path])
            # The second click of two
            again = visitor.client.post(path, data=sent, headers=headers)
            assert passed[-1] == path
        heard += said(again), said(visitor.client.get("/tak"))
        heard.append((office.received(), {}, ""))
    half = len(heard) // 2
    assert heard[: half - 1] == heard[half:-1]
    assert heard[half - 1][0] * 2 == heard[-1][0]


def test_a_form_that_is_to_be_saved_is_not_sent(app: Flask, office: Office) -> None:
    path = f"/s/{office.link()}"
    visitor = Visitor(fresh(app)).get(path).fill(purpose="5")
    saved = visitor.client.post(path, data=visitor.body() | {"save": "1", "send": "1"})
    assert saved.status_code == 200
    assert office.received() == 0


def test_what_is_sent_too_late_or_twice_or_too_early_is_flasks(
    app: Flask, office: Office, passed: list[str], shipped_tests: None
) -> None:
    link = f"/s/{office.link('all_rule')}"
    early, once, late = (Visitor(fresh(app)).get(link).press("start") for _ in range(3))
    for visitor in (once, late):
        visitor.fill(meeting="office").press("next").fill(minutes="4").press("next")
    form = once.body() | {"send": "1"}
    assert early.post("/svar", early.body() | {"send": "1"}).path == "/svar/meeting"
    assert once.client.post("/svar", data=form | {"language": "en"}).location == "/svar"
    assert office.received("all_rule") == 0
    cookies = once.client.get_cookie("hoert").value
    assert once.press("send").heading == "Tak for dit svar"
    once.client.set_cookie("hoert", cookies)
    assert once.post("/svar", form).heading == "Tak for dit svar"
    assert office.received("all_rule") == 1
    office.close("all_rule")
    assert late.press("send").status == 410
    assert passed.count("/svar") >= 3


def test_a_host_that_flask_has_not_trusted_is_not_believed_at_the_door(
    app: Flask, office: Office, passed: list[str], shipped_tests: None
) -> None:
    visitor = Visitor(fresh(app)).get(f"/s/{office.link('all_rule')}").press("start")
    passed.clear()
    visitor.client.post("/svar/meeting", base_url="http://andre.example", data=visitor.body())
    assert passed == ["/svar/meeting"]


@pytest.mark.parametrize(
    ("failure", "status"),
    [(DBAPIError("SELECT", None, Exception("away")), 503), (RuntimeError("away"), 500)],
)
def test_what_fails_is_flasks_to_tell(
    app: Flask,
    office: Office,
    passed: list[str],
    shipped_tests: None,
    failure: Exception,
    status: int,
) -> None:
    visitor = Visitor(fresh(app)).get(f"/s/{office.link('all_rule')}").press("start")
    passed.clear()
    with mock.patch.object(app.extensions["hoert"].database, "together", side_effect=failure):
        visitor.fill(meeting="phone").press("next")
    assert (visitor.status, passed) == (status, ["/svar/meeting"])
    assert "away" not in visitor.text
