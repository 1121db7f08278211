"""The bot as a process of its own, talking to the emulator over real HTTP."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from surveys import fieldwork
from surveys.database import Database
from tests.bot import warm
from tests.browser.live import Quiet
from tests.telegram.citizen import Citizen
from tests.telegram.emulator import Call, Emulator
from webapp import create_app
from webapp.settings import Settings

ROOT = Path(__file__).parents[2]
SECRET = "a secret of the tests, long enough for anybody"


class BotProcess:
    """The bot, started, killed and started again."""

    def __init__(
        self, emulator: Emulator, database_url: str, log: Path, **environment: str
    ) -> None:
        self.log = log
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET,
            "TELEGRAM_BOT_TOKEN": emulator.token,
            "TELEGRAM_API_URL": emulator.url,
            "MUNICIPALITY": "Allerød Kommune",
            **environment,
        }
        self._process: BaseProcess | None = None

    def start(self) -> None:
        self._process = warm.start(self.environment, self.log)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def kill(self) -> None:
        """As a power cut would."""
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        assert self._process is not None
        assert self._process.pid is not None
        if self._process.is_alive():
            os.kill(self._process.pid, number)
        return self.wait(30)

    def wait(self, seconds: float) -> int:
        """Its exit status, when it ends by itself."""
        assert self._process is not None
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"it runs on after {seconds} s"
        return self._process.exitcode


@contextmanager
def door(emulator: Emulator, database_url: str, way: str) -> Iterator[dict[str, str]]:
    """What the bot needs beside its token to be reached by "polling" or by "webhook"."""
    if way == "polling":
        yield {}
        return
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET,
        telegram_bot_token=emulator.token,
        telegram_webhook_url="http://127.0.0.1",
    )
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{server.port}"}
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["hoert"].database.close()


@dataclass(slots=True)
class Town:
    """Telegram, a bot and its database, for all the tests of a file that leave them running."""

    emulator: Emulator
    database: Database
    bot: BotProcess


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    place = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, place / "town.sqlite3")
    database = Database(f"sqlite:///{place}/town.sqlite3")
    with Emulator() as emulator:
        bot = BotProcess(emulator, str(database.url), place / "bot.log")
        bot.start()
        yield Town(emulator, database, bot)
        status = bot.end()
    database.close()
    assert status == 0


@pytest.fixture
def emulator(town: Town) -> Iterator[Emulator]:
    """Telegram. A call that it refuses unasked is a mistake of the bot, and fails the test."""
    yield town.emulator
    town.emulator.heal()
    wrong = mistakes(town.emulator)
    town.emulator.calls.clear()
    assert wrong == []


@pytest.fixture
def bot(town: Town, emulator: Emulator) -> BotProcess:
    """A bot that runs already, and shall run on."""
    return town.bot


@pytest.fixture
def lone_emulator() -> Iterator[Emulator]:
    """A Telegram for a test that starts and ends processes of its own."""
    with Emulator() as found:
        yield found
        assert mistakes(found) == []


@pytest.fixture
def make_bot(
    lone_emulator: Emulator, database_url: str, tmp_path: Path
) -> Iterator[Callable[..., BotProcess]]:
    made: list[BotProcess] = []

    def make(**environment: str) -> BotProcess:
        found = BotProcess(lone_emulator, database_url, tmp_path / "bot.log", **environment)
        made.append(found)
        found.start()
        return found

    yield make
    for bot in made:
        if bot.is_running:
            bot.kill()


def mistakes(emulator: Emulator) -> list[Call]:
    """The calls that were refused and should not have been made.

    Once more after a crash is no mistake; neither is a call that lost its body to a kill -9.
    """
    return [call for call in emulator.refusals if call.params and not call.repeat]


def link(database: Database) -> str:
    """The code of an open link to Allerød's five questions."""
    with database.transaction() as session:
        return fieldwork.create_link(session, "borgerinddragelse", datetime.now(UTC))


def begin(citizen: Citizen, code: str, patience: float = 30) -> None:
    """Up to the first question."""
    citizen.start(code)
    citizen.press("Dansk", timeout=patience)
    citizen.press("Start")
    citizen.wait_for("1 af 5")


def count(database: Database, what: str) -> int:
    with database.snapshot() as session:
        return session.execute(text(f"SELECT count(*) FROM {what}")).scalar_one()  # noqa: S608


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
