"""Starting, stopping and starting again: processes that a test has for itself."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from surveys.database import Database
from tests.bot.conftest import SECRET, BotProcess, begin, count, eventually, link
from tests.telegram.emulator import Emulator


@pytest.fixture
def emulator(lone_emulator: Emulator) -> Emulator:
    return lone_emulator


@pytest.fixture
def database_url(make_sqlite: Callable[[], str]) -> str:
    return make_sqlite()


@pytest.fixture
def five(database: Database) -> str:
    return link(database)


def test_telegram_may_be_away_when_we_start_and_come_back(
    emulator: Emulator, make_bot: Callable[..., BotProcess], five: str
) -> None:
    karen = emulator.citizen()
    emulator.inject("*", 502, times=None)
    make_bot()
    karen.start(five)
    eventually(lambda: len(emulator.calls) >= 3, 30)
    emulator.heal()
    karen.wait_for("Vælg sprog", 30)


def test_without_a_good_poll_the_process_gives_up_and_says_so(
    emulator: Emulator, make_bot: Callable[..., BotProcess]
) -> None:
    emulator.inject("getUpdates", "hang", times=None)
    bot = make_bot(TELEGRAM_PATIENCE="2")
    assert bot.wait(30) == 1
    assert "no good poll for 2 seconds" in bot.log.read_text()


def test_a_webhook_that_somebody_left_is_taken_away(
    emulator: Emulator, make_bot: Callable[..., BotProcess], five: str
) -> None:
    root = f"{emulator.url}/bot{emulator.token}"
    httpx.post(f"{root}/setWebhook", json={"url": "http://127.0.0.1:9/left"})
    karen = emulator.citizen()
    karen.start(five)
    make_bot()
    karen.wait_for("Vælg sprog", 30)
    emulator.calls[:] = [call for call in emulator.calls if call.status != 409]


def test_presses_that_are_too_old_to_confirm_still_count(
    emulator: Emulator, make_bot: Callable[..., BotProcess], five: str
) -> None:
    bot, karen = make_bot(), emulator.citizen()
    begin(karen, five)
    bot.end()
    karen.press("I høj grad", on=karen.last)
    emulator.expire_queries()
    bot.start()
    karen.wait_for("2 af 5", 30)


def test_only_one_process_polls(emulator: Emulator, make_bot: Callable[..., BotProcess]) -> None:
    bot = make_bot()
    emulator.wait_until(lambda: bool(emulator.calls), 30)
    second = make_bot()
    assert second.wait(30) == 1
    assert "Another bot process is running" in second.log.read_text()
    bot.kill()
    third = make_bot()
    polls = len(emulator.calls)
    emulator.wait_until(lambda: len(emulator.calls) > polls, 30)
    assert third.end() == 0


def test_it_says_what_is_missing(make_bot: Callable[..., BotProcess], tmp_path: Path) -> None:
    bot = make_bot(TELEGRAM_BOT_TOKEN="")
    assert bot.wait(30) == 1
    assert "TELEGRAM_BOT_TOKEN" in bot.log.read_text()
    empty = make_bot(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert empty.wait(30) == 1
    assert "hoert db upgrade" in empty.log.read_text()


def test_with_a_new_secret_a_chat_is_a_stranger_and_nothing_breaks(
    emulator: Emulator, make_bot: Callable[..., BotProcess], five: str
) -> None:
    karen = emulator.citizen()
    bot = make_bot()
    begin(karen, five)
    bot.end()
    make_bot(SECRET_KEY="another secret of the tests, just as long")
    karen.press("I høj grad", on=karen.last)
    karen.wait_for("Den knap virker ikke mere.", 30)


def test_neither_log_nor_database_knows_who_or_what(
    emulator: Emulator, make_bot: Callable[..., BotProcess], database: Database, five: str
) -> None:
    bot, karen = make_bot(), emulator.citizen("Karenmarie")
    begin(karen, five)
    emulator.inject("sendMessage", 502)
    for place in ("2 af 5", "3 af 5"):
        karen.send("/spring")
        karen.wait_for(place, 30)
    emulator.poison()
    karen.send("Mit hemmelige svar")
    karen.wait_for("4 af 5", 30)
    eventually(lambda: count(database, "bot_inbox WHERE state = 'aside'") == 1)
    karen.send("Endnu en hemmelighed")
    karen.wait_for("5 af 5")
    eventually(lambda: count(database, "bot_outbox") == 0)
    assert bot.end() == 0
    file = Path(database.url.database or "")
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM draft")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = file.read_bytes() + bot.log.read_bytes()
    number = karen.user["id"]
    for secret in (
        str(number),
        "Karenmarie",
        "Prøvesen",
        str(karen.user["username"]),
        emulator.token,
        emulator.token.partition(":")[2],
        "hemmelig",
        SECRET,
    ):
        assert secret.encode() not in kept, secret
    assert number.to_bytes(8, "big") not in kept
    assert number.to_bytes(5, "big") not in kept
