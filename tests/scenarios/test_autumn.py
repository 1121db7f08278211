"""The autumn of 2025 again: every count of the product is the count of what people did."""

from collections.abc import Iterator

import pytest
from flask import Flask

from surveys import definition
from surveys.database import Database
from surveys.invitations import Letter
from tests.conftest import Clock
from tests.delivery.mail_server import MailServer, mail_server
from tests.delivery.sms_server import TOKEN, SmsServer, sms_server
from tests.drivers import autumn
from tests.drivers.autumn import SURVEY, Answers
from tests.webapp.test_chat import Chatter
from tests.webapp.visitor import Visitor
from webapp import create_app
from webapp.settings import Settings

HOST = "svar.example.dk"
REMINDED = (448, 394)
BY_WEEK = {"2025-W37": 129, "2025-W38": 50, "2025-W39": 14, "2025-W40": 19, "2025-W41": 13}
THROUGH_HTTP = {"web": 6, "chat": 3}


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[SmsServer]:
    with sms_server() as server:
        yield server


@pytest.fixture
def settings(sqlite: Database, post: MailServer, gateway: SmsServer) -> Settings:
    return Settings(
        database_url=str(sqlite.url),
        secret_key="k" * 40,
        municipality="Allerød Kommune",
        public_url="https://svar.example.dk",
        delivery="smtp sms",
        smtp_host="127.0.0.1",
        smtp_port=post.port,
        mail_from="Allerød Kommune <svar@example.dk>",
        gatewayapi_url=gateway.url,
        gatewayapi_token=TOKEN,
        sms_sender="Alleroed",
    )


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    app.extensions["hoert"].database.close()


class Pages:
    """Some of the answers go through the pages, as a browser without script sends them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._left = dict(THROUGH_HTTP)

    def __call__(self, letter: Letter, mode: str, answers: Answers) -> bool:
        if letter.language != "da" or not self._left.get(mode):
            return False
        self._left[mode] -= 1
        (self._web if mode == "web" else self._chat)(letter.token, answers)
        return True

    def _web(self, token: str, answers: Answers) -> None:
        visitor = Visitor(self._app.test_client())
        visitor.headers["Host"] = HOST
        visitor.get(f"/s/{token}").fill(**{item: raw for item, raw in answers.items() if raw})
        visitor.press("check").press("send")
        assert "Tak" in visitor.heading

    def _chat(self, token: str, answers: Answers) -> None:
        chatter = Chatter(self._app.test_client())
        chatter.headers["Host"] = HOST
        chatter.get(f"/chat/{token}").tap("Dansk").tap("Start")
        for item in definition.catalogue()[SURVEY]:
            raw = answers.get(item.id)
            chosen = [one.label("da") for one in item.categories if raw and one.code in raw]
            if item.id not in answers:
                continue
            if not raw:
                chatter.tap("Spring over")
            elif not item.categories:
                chatter.say(str(raw))
            else:
                for label in chosen:
                    chatter.tap(label)
                if isinstance(raw, list):
                    chatter.tap("Færdig")
        chatter.tap("Send svar")
        assert chatter.now.startswith("Tak for dit svar.")


def test_every_count_of_the_autumn_is_reconciled(
    settings: Settings, app: Flask, clock: Clock, post: MailServer, gateway: SmsServer
) -> None:
    database = app.extensions["hoert"].database
    told = autumn.replay(settings, database, clock, post, gateway, Pages(app))
    assert [line for line in told.lines if not line.agrees] == []
    counts = {line.what: line.counted for line in told.lines}
    # The numbers of the plan, and those that follow from the script: the same in every run
    assert (counts["invited"], counts["answered"], counts["companies interviewed"]) == (
        619,
        225,
        10,
    )
    assert counts["reminder_1 by mail and SMS"] == REMINDED[0]
    assert counts["reminder_2 by mail and SMS"] == REMINDED[1]
    assert counts["answered, by week"] == BY_WEEK
