"""Updates come again until they are confirmed, by poll and by webhook, and then never."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import telegram

from tests.telegram.citizen import Citizen
from tests.telegram.conftest import RawBot
from tests.telegram.emulator import Emulator


def test_unconfirmed_updates_come_again_and_confirmed_ones_never(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    sent = [karen.send(str(number)) for number in range(4)]
    assert bot.poll() == bot.poll(offset=0) == sent
    assert bot.poll(limit=2) == sent[:2]
    assert bot.poll(offset=sent[2]) == bot.poll() == sent[2:]
    assert bot.poll(offset=-1) == bot.poll() == sent[3:]
    assert bot.poll(offset=sent[3] + 1) == emulator.pending == []


def test_only_the_kinds_that_are_asked_for_are_queued(bot: RawBot, karen: Citizen) -> None:
    bot.poll(allowed_updates=["message"])
    karen.edit("/start igen")
    wanted = karen.send("Hej")
    assert bot.poll() == bot.poll(allowed_updates=[]) == [wanted]
    also = karen.edit("Hej!")
    assert bot.poll() == [wanted, also]
    assert "allowed_updates" in bot.refused("getUpdates", allowed_updates="message")


def test_a_long_poll_waits_for_the_next_update(bot: RawBot, karen: Citizen) -> None:
    begun = time.monotonic()
    assert bot.poll(timeout=1) == []
    assert time.monotonic() - begun > 0.95
    with ThreadPoolExecutor() as pool:
        begun = time.monotonic()
        poll = pool.submit(bot.poll, timeout=10)
        time.sleep(0.2)
        assert not poll.done()
        sent = karen.send("Hej")
        assert poll.result() == [sent]
        assert time.monotonic() - begun < 9


def test_a_second_poller_ends_the_first(emulator: Emulator, bot: RawBot, karen: Citizen) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(bot.refused, "getUpdates", timeout=10)
        emulator.wait_until(lambda: emulator.calls[-1].params == {"timeout": 10})
        second = pool.submit(bot.poll, timeout=11)
        assert first.result().startswith("Conflict: terminated by other getUpdates request")
        sent = karen.send("Hej")
        assert second.result() == [sent]
    assert [call.status for call in emulator.refusals] == [409]


def test_a_poller_that_died_takes_nothing_with_it(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    with emulator.held():
        late = karen.send("sent")
    host, port = emulator.url.removeprefix("http://").split(":")
    dead = socket.create_connection((host, int(port)))
    dead.sendall(f"GET /bot{emulator.token}/getUpdates?timeout=30 HTTP/1.1\r\n\r\n".encode())
    emulator.wait_until(lambda: emulator.calls[-1].params == {"timeout": "30"})
    dead.close()
    emulator.release()
    emulator.wait_until(lambda: emulator.calls[-1].status == 200)
    assert bot.poll(offset=late + 1, timeout=1) == [late]
    assert emulator.refusals == []


def test_updates_can_come_twice_and_out_of_order(bot: RawBot, karen: Citizen) -> None:
    emulator = karen.emulator
    with emulator.held():
        early = karen.send("først")
    later = karen.send("så")
    assert bot.poll() == [later]
    emulator.release()
    assert bot.poll(offset=later + 1) == [early]
    assert bot.poll() == [early]  # a restarted bot names no offset, and has confirmed nothing
    assert bot.poll(offset=later + 1) == []
    emulator.redeliver(later)
    assert bot.poll(offset=later + 1) == [later]
    assert bot.poll(offset=later + 1) == []


def test_every_deed_of_a_citizen_is_a_real_update(emulator: Emulator, bot: RawBot) -> None:
    karen, peter = emulator.citizen("Karen"), emulator.citizen("Peter", language="uk")
    karen.start("kode_1-2")
    karen.photo("billede")
    for deed in (karen.voice, karen.sticker, karen.location, karen.contact):
        deed()
    karen.forward("videre")
    karen.send("tekst")
    karen.edit("rettet")
    karen.block()
    karen.unblock()
    place = karen.add_bot_to_group("Torsdagsholdet")
    peter.join(place).send("/start")
    emulator.channel_post("nyt")
    raw = bot.ok("getUpdates")
    assert [next(key for key in update if key != "update_id") for update in raw] == [
        *["message"] * 8, "edited_message", *["my_chat_member"] * 3, "message", "channel_post",
    ]  # fmt: skip
    updates = [telegram.Update.de_json(update, None) for update in raw]
    said = [update.effective_message for update in updates if update.effective_message]
    assert said[0].text == "/start kode_1-2"
    assert said[0].parse_entities(["bot_command"]) == {said[0].entities[0]: "/start"}
    assert said[1].photo[0].width == 90
    assert said[1].caption == "billede"
    assert all((said[2].voice, said[3].sticker, said[4].location, said[5].contact))
    assert said[6].forward_origin.sender_user_name == "Naboen"
    assert said[8].text == "rettet"
    assert said[8].message_id == said[7].message_id
    assert said[8].edit_date
    assert [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member] == [
        "kicked", "member", "member",
    ]  # fmt: skip
    assert (said[9].chat.type, said[9].from_user.language_code) == ("supergroup", "uk")
    assert said[9].chat.id < -(2**31)
    assert said[10].chat.type == "channel"
    assert said[0].chat.id == said[0].from_user.id > 2**31


class Receiver(ThreadingHTTPServer):
    """A bot's own web server: notes what is posted to it, answers as `answer` says."""

    def __init__(self) -> None:
        self.posts: list[tuple[str | None, dict[str, Any]]] = []
        self.answer: Callable[[dict[str, Any]], int] = lambda update: 200
        super().__init__(("127.0.0.1", 0), _Reception)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Reception(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], update))
        self.send_response(self.server.answer(update))
        self.end_headers()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_updates_are_posted_with_the_secret_until_they_are_taken(
    emulator: Emulator, bot: RawBot, karen: Citizen, receiver: Receiver
) -> None:
    attempts = iter([500, 403, 200])
    receiver.answer = lambda update: next(attempts)
    bot.ok("setWebhook", url=receiver.url, secret_token="hemmelig_1-2")
    sent = karen.send("Hej")
    emulator.wait_until(lambda: not emulator.pending)
    assert [secret for secret, _ in receiver.posts] == ["hemmelig_1-2"] * 3
    assert [update["update_id"] for _, update in receiver.posts] == [sent] * 3
    info = bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (receiver.url, 0)
    assert info["last_error_message"].endswith("403")
    assert "can't use getUpdates method while webhook is active" in bot.refused("getUpdates")
    bot.ok("deleteWebhook")
    assert bot.poll() == []
    assert bot.ok("getWebhookInfo")["url"] == ""


def test_posts_keep_the_order_of_each_chat(
    emulator: Emulator, bot: RawBot, receiver: Receiver
) -> None:
    failed = set[int]()

    def every_other_fails_once(update: dict[str, Any]) -> int:
        number = update["update_id"]
        if number % 2 and number not in failed:
            failed.add(number)
            return 500
        return 200

    receiver.answer = every_other_fails_once
    bot.ok("setWebhook", url=receiver.url)
    citizens = [emulator.citizen(f"Borger {number}") for number in range(10)]
    for text in "abcd":
        for citizen in citizens:
            citizen.send(text)
    emulator.wait_until(lambda: not emulator.pending)
    for citizen in citizens:
        heard = [u["message"]["text"] for _, u in receiver.posts if chat_of(u) == citizen.chat.id]
        assert list(dict.fromkeys(heard)) == list("abcd")


def chat_of(update: dict[str, Any]) -> int:
    number: int = update["message"]["chat"]["id"]
    return number


def test_a_post_can_be_cut_repeated_and_held(
    emulator: Emulator, bot: RawBot, karen: Citizen, receiver: Receiver
) -> None:
    bot.ok("setWebhook", url=receiver.url)
    emulator.inject("webhook", "cut after")
    first = karen.send("1")
    emulator.wait_until(lambda: not emulator.pending)
    emulator.redeliver(first)
    emulator.wait_until(lambda: not emulator.pending)
    with emulator.held():
        second = karen.send("2")
    third = karen.send("3")
    emulator.wait_until(lambda: not emulator.pending)
    emulator.release()
    emulator.wait_until(lambda: not emulator.pending)
    order = [update["update_id"] for _, update in receiver.posts]
    assert order == [first, first, first, third, second]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "http://hoert.dk/hook"}, "An HTTPS URL must be provided"),
        ({"url": "https://hoert.dk/hook"}, "Failed to resolve host"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "æ"}, "unallowed characters"),
    ],
)
def test_a_webhook_elsewhere_or_with_a_bad_secret_is_refused(
    bot: RawBot, params: dict[str, Any], reason: str
) -> None:
    assert reason in bot.refused("setWebhook", **params)
    assert bot.poll() == []
