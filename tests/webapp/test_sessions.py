"""What a cookie of staff is worth, and when it is worth nothing."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from tests.conftest import Clock
from tests.webapp.staff import is_in, sign_in, sign_out
from webapp import access, sessions


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie
    return cookie.value


def rows(app: Flask) -> list[dict[str, object]]:
    with app.extensions["hoert"].database.snapshot() as session:
        return [
            dict(row) for row in session.execute(text("select * from staff_session")).mappings()
        ]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    heard: list[str] = []
    engine = app.extensions["hoert"].database.engine

    def hear(*args: object) -> None:
        heard.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def test_a_cookie_is_an_id_and_the_database_has_its_hash(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    cookie = cookie_of(client)
    assert len(cookie) == 43
    [row] = rows(app)
    assert row["key_hash"] == hashlib.sha256(cookie.encode()).digest()
    assert cookie not in str(row)


def test_a_cookie_that_was_there_before_is_worth_nothing_after_sign_in(app: Flask) -> None:
    client, other = app.test_client(), app.test_client()
    for one in (client, other):
        one.set_cookie("session", "chosen-by-somebody-else")
    sign_in(client)
    assert is_in(client)
    assert not is_in(other)
    first = cookie_of(client)
    sign_out(client)
    sign_in(client)
    assert cookie_of(client) != first


def test_signing_out_ends_this_browser_and_leaves_the_other(app: Flask) -> None:
    office, home = app.test_client(), app.test_client()
    sign_in(office)
    sign_in(home)
    copied = cookie_of(office)
    sign_out(office)
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert not is_in(thief)
    assert is_in(home)
    assert len(rows(app)) == 1


def test_looking_at_the_form_writes_nothing(app: Flask) -> None:
    with statements(app) as heard:
        assert app.test_client().get("/staff/login").status_code == 200
        assert app.test_client().get("/staff/").status_code == 302
    assert heard == []


@pytest.mark.parametrize("path", ["/", "/s/unknown", "/healthz", "/api/v1/plan", "/privatliv"])
def test_no_session_is_opened_outside_staff(app: Flask, path: str) -> None:
    client = app.test_client()
    sign_in(client)
    with statements(app) as heard:
        answer = client.get(path)
    assert "staff_session" not in " ".join(heard)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_session_notes_at_most_once_a_minute_that_it_is_used(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    sign_in(client)

    def written() -> bool:
        with statements(app) as heard:
            client.get("/staff/")
        return any("UPDATE staff_session" in one for one in heard)

    assert not written()
    clock.forward(seconds=61)
    assert written()
    assert not written()


def test_what_is_said_on_the_next_page_is_kept_until_then(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)

    def open_with(client: FlaskClient) -> TestResponse:
        with client.session_transaction("/staff/") as session:
            session["_flashes"] = [("message", "Det er gemt.")]
        return client.get("/staff/")

    assert "Det er gemt." in open_with(client).text
    assert "Det er gemt." not in client.get("/staff/").text


def test_a_session_that_was_ended_is_not_written_anew(app: Flask, clock: Clock) -> None:
    database = app.extensions["hoert"].database

    def ended_meanwhile() -> str:
        with database.transaction() as transaction:
            sessions.end_all(transaction, 1)
        return ""

    app.add_url_rule("/staff/x", "x", access.opened_to(access.EVERYBODY)(ended_meanwhile))
    client = app.test_client()
    sign_in(client)
    clock.forward(minutes=2)
    assert client.get("/staff/x").status_code == 200
    assert rows(app) == []
    assert not is_in(client)


def test_sessions_that_are_over_are_deleted(app: Flask, clock: Clock) -> None:
    sign_in(app.test_client())
    database = app.extensions["hoert"].database
    clock.forward(minutes=29)
    sessions.upkeep(database, clock)
    assert len(rows(app)) == 1
    clock.forward(minutes=1)
    sessions.upkeep(database, clock)
    assert rows(app) == []


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Version/18 Safari/604", "Safari"),
        ("curl/8 med et navn, som ikke skal gemmes", "Ukendt browser"),
    ],
)
def test_a_browser_is_named_in_two_words(agent: str, words: str) -> None:
    assert sessions.device(agent).split(" på ")[0] == words
