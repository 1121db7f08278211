"""The web's side of the bot: its updates come in at our door, and /readyz says how it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from surveys.arrivals import Arrivals, numbered
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.conftest import SECRET
from webapp.telegram import SECRET_HEADER

DOOR = "/telegram"
KNOWN = {SECRET_HEADER: "hemmelig_1-2"}


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(
        telegram_bot_token="7:token",
        telegram_webhook_url="https://127.0.0.1",
        telegram_webhook_secret=KNOWN[SECRET_HEADER],
    )


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def kept(database: Database) -> list[dict]:
    arrivals = Arrivals.of(SECRET)
    with database.snapshot() as session:
        return [arrivals.open(one) for one in arrivals.waiting(session, 100)]


def test_an_update_is_kept_once_before_we_say_yes(client: FlaskClient, database: Database) -> None:
    update = {"update_id": 810, "message": {"text": "a\x00\ud83dæ"}}
    for _ in range(3):
        assert client.post(DOOR, json=update, headers=KNOWN).status_code == 200
    assert kept(database) == [update]
    with database.snapshot() as session:
        row = session.execute(text("SELECT * FROM bot_inbox")).one()
    assert "message" not in str(row)


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: "hemmelig_1-3"}, {SECRET_HEADER: "æ"}]
)
def test_nobody_else_gets_in(
    client: FlaskClient, database: Database, headers: dict[str, str]
) -> None:
    assert client.post(DOOR, json={"update_id": 1}, headers=headers).status_code == 403
    assert client.get(DOOR, headers=headers).status_code == 405
    assert kept(database) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"update_id": "1"}', b'{"update_id": true}',
             b'{"update_id": -1}', b'{"update_id": 9223372036854775808}', b"\xff\xfe"],
)  # fmt: skip
def test_what_has_no_number_stands_in_nobodys_way(
    client: FlaskClient, database: Database, body: bytes
) -> None:
    assert client.post(DOOR, data=body, headers=KNOWN).status_code == 200
    assert kept(database) == []


def test_a_number_is_a_number() -> None:
    assert numbered({"update_id": 0, "of_next_year": 1})
    assert not numbered(None)


def test_without_the_database_telegram_is_asked_to_come_back(
    client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(text("ALTER TABLE bot_inbox RENAME TO elsewhere"))
    assert client.post(DOOR, json={"update_id": 1}, headers=KNOWN).status_code == 503


def test_the_door_is_where_the_address_says(make_app: Callable[..., Flask]) -> None:
    app = make_app(
        telegram_bot_token="7:token",
        telegram_webhook_url="https://hoert.example.dk/ind/her",
        telegram_webhook_secret="s",
    )
    headers = {SECRET_HEADER: "s"}
    assert app.test_client().post("/ind/her", json={}, headers=headers).status_code == 200
    assert app.test_client().post(DOOR, json={}, headers=headers).status_code == 404


@pytest.mark.parametrize("missing", ["telegram_bot_token", "telegram_webhook_url"])
def test_there_is_no_door_without_a_bot_that_wants_one(
    make_app: Callable[..., Flask], missing: str
) -> None:
    given = {"telegram_bot_token": "7:token", "telegram_webhook_url": "https://127.0.0.1"}
    app = make_app(**(given | {missing: ""}))
    assert app.test_client().post(DOOR, json={"update_id": 1}).status_code == 404


def test_the_secret_is_made_where_none_is_given(make_app: Callable[..., Flask]) -> None:
    app = make_app(telegram_bot_token="7:token", telegram_webhook_url="https://127.0.0.1")
    made = app.extensions["hoert"].settings.telegram_webhook_secret
    assert len(made) == 64
    assert SECRET not in made
    headers = {SECRET_HEADER: made}
    assert app.test_client().post(DOOR, json={"update_id": 1}, headers=headers).status_code == 200


def test_readiness_tells_of_a_bot_that_hears_nothing(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    found = client.get("/readyz")
    assert (found.status_code, found.json["bot"]) == (503, "has never reached Telegram")
    with database.transaction() as session:
        Arrivals.of(SECRET).heard(session, clock())
    clock.forward(seconds=89)
    assert client.get("/readyz").json["bot"] == "ok"
    clock.forward(seconds=2)
    assert client.get("/readyz").status_code == 503
    with database.transaction() as session:
        Arrivals.of(SECRET).heard(session, clock() - timedelta(seconds=1))
    assert client.get("/readyz").status_code == 200


def test_without_a_bot_nothing_is_missing(make_app: Callable[..., Flask]) -> None:
    assert make_app().test_client().get("/readyz").json["bot"] == "ok"
