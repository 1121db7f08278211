"""The emulator fails when told to, suits a real bot library and a person, and ends cleanly."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import telegram
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from tests.telegram.citizen import Citizen, Message
from tests.telegram.conftest import RawBot
from tests.telegram.emulator import Emulator


def test_statuses_are_answered_as_ordered_and_are_no_mistakes(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    say = {"chat_id": karen.chat.id, "text": "Hej"}
    flood = emulator.inject("sendMessage", 429, times=2, retry_after=7)
    assert bot.ok("getMe")
    status, answer = bot("sendMessage", **say)
    assert status == 429
    assert answer["description"] == "Too Many Requests: retry after 7"
    assert answer["parameters"] == {"retry_after": 7}
    assert bot("sendMessage", **say)[0] == 429
    bot.ok("sendMessage", **say)
    assert flood.hits == 2
    emulator.inject("getUpdates", 404)
    emulator.inject("getUpdates", 401)
    assert [bot("getUpdates")[0] for _ in range(3)] == [404, 401, 200]
    emulator.inject("*", 502)
    proxy = bot.client.get(f"{bot.root}/getMe")
    assert (proxy.status_code, proxy.headers["Content-Type"][:9]) == (502, "text/html")
    assert emulator.refusals == []
    assert len(karen.messages) == 2


def test_a_connection_can_be_cut_before_and_after_the_deed(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    for kind, seen in (("cut before", 0), ("cut after", 1)):
        emulator.inject("sendMessage", kind)
        with pytest.raises(httpx.RemoteProtocolError):
            bot.ok("sendMessage", chat_id=karen.chat.id, text="Hej")
        assert len([message for message in karen.messages if message.from_bot]) == seen


def test_a_call_can_hang_until_it_is_let_go(emulator: Emulator, bot: RawBot) -> None:
    emulator.inject("getUpdates", "hang", times=None)
    with pytest.raises(httpx.ReadTimeout):
        bot.client.get(f"{bot.root}/getUpdates", timeout=0.2)
    with ThreadPoolExecutor() as pool:
        hung = pool.submit(bot.client.get, f"{bot.root}/getUpdates")
        assert bot.ok("getMe")
        time.sleep(0.1)
        assert not hung.done()
        emulator.heal()
        with pytest.raises(httpx.RemoteProtocolError):
            hung.result()
    assert bot.poll() == []


def test_a_blocked_bot_is_refused_without_blame(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    karen.block()
    status, answer = bot("sendMessage", chat_id=karen.chat.id, text="Hej")
    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    karen.unblock()
    bot.ok("sendMessage", chat_id=karen.chat.id, text="Hej")
    assert emulator.refusals == []


def test_a_poison_update_has_an_id_and_does_not_parse(emulator: Emulator, bot: RawBot) -> None:
    number = emulator.poison()
    (raw,) = bot.ok("getUpdates")
    assert raw["update_id"] == number
    with pytest.raises((TypeError, AttributeError, ValueError)):
        telegram.Update.de_json(raw, None)


@contextmanager
def echo_bot(emulator: Emulator) -> Iterator[None]:
    """A stock application in a thread: greets, echoes with a button, edits when it is pressed."""

    async def greet(update: telegram.Update, context: Any) -> None:
        await update.message.reply_text(f"Velkommen {context.args}")

    async def echo(update: telegram.Update, context: Any) -> None:
        button = telegram.InlineKeyboardButton("Gentag", callback_data="igen")
        markup = telegram.InlineKeyboardMarkup([[button]])
        text = update.message.text or "uden ord"
        await update.message.reply_text(text, reply_markup=markup)

    async def again(update: telegram.Update, context: Any) -> None:
        query = update.callback_query
        await query.answer("Trykket")
        await query.edit_message_text(query.message.text * 2)

    async def run() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        builder = ApplicationBuilder().token(emulator.token).base_url(f"{emulator.url}/bot")
        application = builder.build()
        application.add_handler(CommandHandler("start", greet))
        application.add_handler(CallbackQueryHandler(again))
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, echo))
        async with application:
            await application.start()
            await application.updater.start_polling(timeout=10)
            ready.set()
            await stop.wait()
            with suppress(telegram.error.InvalidToken):  # comes up again after a 401
                await application.updater.stop()
            await application.stop()

    loop: asyncio.AbstractEventLoop | None = None
    ready, stop = threading.Event(), asyncio.Event()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(asyncio.run, run())
        try:
            if not ready.wait(10):
                running.result(0)
            yield
        finally:
            if loop:
                loop.call_soon_threadsafe(stop.set)
        running.result(10)


def test_python_telegram_bot_talks_to_two_citizens(emulator: Emulator) -> None:
    karen, peter = emulator.citizen("Karen"), emulator.citizen("Peter")
    with echo_bot(emulator):
        karen.start("kode_1-2")
        peter.start()
        karen.wait_for("Velkommen ['kode_1-2']")
        peter.wait_for("Velkommen []")
        karen.send("Hej")
        asked = karen.wait_for("Hej")
        assert asked.labels == ["Gentag"]
        karen.press("Gentag")
        answered = karen.wait_for(lambda message: message.text == "HejHej")
        karen.wait_until_answered()
        assert (answered.id, answered.labels, karen.toasts) == (asked.id, [], ["Trykket"])
        karen.press("Gentag", on=asked)
        karen.wait_for("HejHejHejHej")
        for deed in (peter.photo, peter.voice, peter.sticker, peter.location, peter.contact):
            deed()
            peter.wait_for("uden ord")
        peter.send("\N{GRINNING FACE} עברית \N{ZERO WIDTH JOINER}")
        peter.wait_for("עברית")
        emulator.wait_until(lambda: not emulator.pending)
    assert emulator.refusals == []
    assert len(peter.messages) == 14
    assert karen.transcript() == (
        "Karen: /start kode_1-2\nHørt: Velkommen ['kode_1-2']\nKaren: Hej\nHørt: HejHejHejHej"
    )
    polls = [call for call in emulator.calls if call.method == "getUpdates"]
    assert len(polls) < 30  # it waits, where a hot loop would make thousands


def test_python_telegram_bot_meets_faults(emulator: Emulator) -> None:
    karen = emulator.citizen()
    with echo_bot(emulator):
        karen.start()
        karen.wait_for("Velkommen")
        emulator.inject("sendMessage", "cut after")
        karen.send("a")
        karen.wait_for("a")
        bad_poll = emulator.inject("getUpdates", 502)
        karen.send("b")
        karen.wait_for("b")
        karen.send("c")
        karen.wait_for("c")
        assert bad_poll.hits == 1
        stops = emulator.inject("getUpdates", 401)
        karen.send("d")
        emulator.wait_until(lambda: stops.hits == 1)
        karen.send("e")
        with pytest.raises(AssertionError, match="no 'e' after"):
            karen.wait_for("e", timeout=1.5)  # stock polling is dead for good, as it is out there
    assert emulator.refusals == []


@contextmanager
def by_hand() -> Iterator[subprocess.Popen[str]]:
    """The emulator as its own process, as a developer starts it."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-W", "error", "-m", "tests.telegram.emulator", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=root, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_developer_can_talk_to_the_bot_on_a_page(client: httpx.Client) -> None:
    with by_hand() as process, ThreadPoolExecutor() as pool:
        assert process.stdout
        assert process.stderr
        settings = dict(word.split("=") for word in process.stdout.readline().split()[:2])
        page = settings["TELEGRAM_API_URL"]
        api = f"{page}/bot{settings['TELEGRAM_BOT_TOKEN']}"
        assert "Write to the bot" in client.get(page).text
        shown = pool.submit(client.post, page, data={"text": "<Hej>"})
        (update,) = client.get(f"{api}/getUpdates?timeout=5").json()["result"]
        assert update["message"]["text"] == "<Hej>"
        markup = {"inline_keyboard": [[{"text": "Ja & nej", "callback_data": '"a"'}]]}
        say = {"chat_id": update["message"]["chat"]["id"], "text": "Svar?", "reply_markup": markup}
        asked = client.post(f"{api}/sendMessage", json=say).json()["result"]
        screen = shown.result().text
        assert "&lt;Hej&gt;" in screen
        assert "Svar?" in screen
        assert 'value="&quot;a&quot;">Ja &amp; nej</button>' in screen
        form = {"on": str(asked["message_id"]), "data": '"a"'}
        pressed = pool.submit(client.post, page, data=form)
        poll = f"{api}/getUpdates?timeout=5&offset={update['update_id'] + 1}"
        (press,) = client.get(poll).json()["result"]
        assert press["callback_query"]["data"] == '"a"'
        client.post(f"{api}/sendMessage", json=say | {"text": "Tak"})
        assert "Tak" in pressed.result().text
        process.send_signal(signal.SIGINT)
        assert (process.wait(30), process.stderr.read()) == (0, "")


def test_closing_ends_every_call_and_thread(client: httpx.Client) -> None:
    before = set(threading.enumerate())
    with Emulator() as emulator, ThreadPoolExecutor() as pool:
        bot = RawBot(emulator, client)
        emulator.inject("getMe", "hang")
        hung = pool.submit(bot, "getMe")
        bot.ok("setWebhook", url="http://127.0.0.1:9/")
        emulator.citizen().send("Hej")
        bot.ok("deleteWebhook")
        bot.poll(offset=-1)
        waiting = pool.submit(bot.poll, offset=900_000_000, timeout=50)
        emulator.wait_until(lambda: emulator.calls[-1].params.get("timeout") == 50)
        begun = time.monotonic()
        emulator.close()
        with pytest.raises(httpx.RemoteProtocolError):
            hung.result()
        assert waiting.result() == []
        assert time.monotonic() - begun < 25
        with pytest.raises(httpx.ConnectError):
            httpx.get(emulator.url)
    until = time.monotonic() + 25
    while set(threading.enumerate()) != before and time.monotonic() < until:
        time.sleep(0.01)
    assert set(threading.enumerate()) == before


def test_a_wait_that_fails_shows_the_screen(emulator: Emulator, karen: Citizen) -> None:
    bystander: Message = karen.messages[0]
    assert not bystander.from_bot
    with pytest.raises(AssertionError, match=r"no 'Tak' after 0.05 s\nKaren: /start"):
        karen.wait_for("Tak", timeout=0.05)
    with pytest.raises(AssertionError, match="has not written to Karen"):
        _ = karen.last
