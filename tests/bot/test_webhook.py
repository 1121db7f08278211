"""By webhook: the same conversations, and Telegram is told where to come."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from surveys.database import Database
from tests.bot.conftest import SECRET, BotProcess, begin, count, door, eventually, link
from tests.telegram.emulator import Emulator


@pytest.fixture
def database_url(make_sqlite: Callable[[], str]) -> str:
    return make_sqlite()


@pytest.fixture
def five(database: Database) -> str:
    return link(database)


@pytest.fixture
def start(
    lone_emulator: Emulator, make_bot: Callable[..., BotProcess], database_url: str
) -> Iterator[Callable[[], BotProcess]]:
    with ExitStack() as stack:
        environment = stack.enter_context(door(lone_emulator, database_url, "webhook"))
        yield lambda: make_bot(**environment)


def test_telegram_is_told_where_to_come_and_told_again(
    lone_emulator: Emulator, start: Callable[[], BotProcess], five: str, database: Database
) -> None:
    bot, karen = start(), lone_emulator.citizen()
    begin(karen, five)
    [call] = [call for call in lone_emulator.calls if call.method == "setWebhook"]
    assert call.params["url"].endswith("/telegram")
    assert SECRET not in call.params["secret_token"]
    assert "drop_pending_updates" not in call.params
    assert call.params["allowed_updates"]
    assert not any(call.method == "getUpdates" for call in lone_emulator.calls)
    eventually(lambda: count(database, "bot_poll") == 1)
    assert bot.end() == 0


def test_what_was_written_while_nobody_listened_is_answered(
    lone_emulator: Emulator, start: Callable[[], BotProcess], five: str
) -> None:
    bot, karen = start(), lone_emulator.citizen()
    begin(karen, five)
    bot.kill()
    lone_emulator.inject("webhook", "cut before")
    lone_emulator.inject("webhook", "cut after")
    karen.press("I høj grad", on=karen.last)
    lone_emulator.wait_until(lambda: not lone_emulator.pending, 20)
    bot.start()
    karen.wait_for("2 af 5", 30)
    assert bot.end() == 0


def test_without_an_answer_from_telegram_the_process_gives_up(
    lone_emulator: Emulator, make_bot: Callable[..., BotProcess]
) -> None:
    lone_emulator.inject("*", 502, times=None)
    bot = make_bot(TELEGRAM_WEBHOOK_URL="http://127.0.0.1:9", TELEGRAM_PATIENCE="2")
    assert bot.wait(30) == 1


def test_from_webhook_to_polling_and_nothing_is_lost(
    lone_emulator: Emulator,
    start: Callable[[], BotProcess],
    make_bot: Callable[..., BotProcess],
    five: str,
) -> None:
    bot, karen = start(), lone_emulator.citizen()
    begin(karen, five)
    bot.end()
    lone_emulator.inject("webhook", "cut before", times=None)
    karen.press("I høj grad", on=karen.last)
    make_bot()
    karen.wait_for("2 af 5", 30)
    info = httpx.post(f"{lone_emulator.url}/bot{lone_emulator.token}/getWebhookInfo").json()
    assert info["result"]["url"] == ""
