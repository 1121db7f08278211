"""The web's side of the bot: its updates come in at our door, and /readyz says how it is."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from surveys import fieldwork
from surveys.arrivals import Arrivals, numbered
from surveys.database import Database
from tests.conftest import Clock
from tests.telegram.emulator import Emulator
from tests.webapp.conftest import SECRET
from tests.webapp.staff import EMAIL, PASSWORD, form_token, sign_in
from webapp.access import create_user
from webapp.callback import lead
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
    found = client.get("/readyz")
    assert (found.status_code, set(found.json.values())) == (200, {"ok"})


def test_without_a_bot_nothing_is_missing(make_app: Callable[..., Flask]) -> None:
    assert make_app().test_client().get("/readyz").json["bot"] == "ok"


class Staff:
    """Somebody signed in, with a bot to ask for its name."""

    def __init__(self, app: Flask, role: str) -> None:
        create_user(app.extensions["hoert"].database, EMAIL, role, PASSWORD)
        self.client = app.test_client()
        sign_in(self.client)

    def page(self, status: int = 200) -> str:
        found = self.client.get("/staff/telegram")
        assert found.status_code == status
        return found.text

    def switch(self, survey: str, allowed: str) -> int:
        token = form_token(self.page())
        data = {"csrf_token": token, "allowed": allowed}
        return self.client.post(f"/staff/telegram/{survey}", data=data).status_code


@pytest.fixture
def with_bot(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    with Emulator() as emulator:
        yield make_app(telegram_bot_token=emulator.token, telegram_api_url=emulator.url)


def test_staff_find_the_link_and_the_code_of_each_place(with_bot: Flask, clock: Clock) -> None:
    database = with_bot.extensions["hoert"].database
    with database.transaction() as session:
        code = fieldwork.create_link(
            session, "samtalefeedback", clock(), unit="Team A", course="Jobklar"
        )
    staff = Staff(with_bot, "sagsbehandler")
    lead(database, EMAIL, "Team A", leads=True)
    page = staff.page()
    assert "@hoert_emulator_bot" in page
    assert f"https://t.me/hoert_emulator_bot?start={code}" in page
    assert "Team A, Jobklar" in page
    assert "Luk for Telegram" not in page
    drawn = staff.client.get(f"/staff/telegram/{code}/kode.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert staff.client.get("/staff/telegram/QQQQQ-QQQQQ/kode.svg").status_code == 404
    assert staff.client.post("/staff/telegram/samtalefeedback").status_code == 403


def test_a_leader_closes_a_survey_for_telegram_and_opens_it_again(
    with_bot: Flask, clock: Clock
) -> None:
    database = with_bot.extensions["hoert"].database
    with database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", clock())
    leader = Staff(with_bot, "leder")
    assert leader.switch("samtalefeedback", "0") == 303
    page = leader.page()
    assert "Er lukket for Telegram." in page
    assert code not in page
    with database.snapshot() as session:
        assert not fieldwork.admit(session, code, clock()).telegram
    assert leader.switch("samtalefeedback", "1") == 303
    assert code in leader.page()
    assert leader.switch("samtalefeedback", "") == 303
    assert leader.switch("ukendt", "1") == 404
    old = leader.client.post("/staff/telegram/samtalefeedback", data={"allowed": "1"})
    assert old.status_code == 422
    assert "Siden har været åben længe." in old.text


def test_without_a_token_it_says_so(make_app: Callable[..., Flask]) -> None:
    assert "Telegram er slået fra her." in Staff(make_app(), "leder").page()


def test_when_telegram_is_away_no_link_is_guessed(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    app = make_app(telegram_bot_token="7:gone", telegram_api_url="http://127.0.0.1:9")
    with app.extensions["hoert"].database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", clock())
    staff = Staff(app, "leder")
    page = staff.page()
    assert "Vi kan ikke få fat i Telegram lige nu." in page
    assert "t.me" not in page
    assert staff.client.get(f"/staff/telegram/{code}/kode.svg").status_code == 404
