"""What goes wrong between Telegram and us, and how little a citizen notices of it."""

import sqlite3
import threading
import time

import pytest
from sqlalchemy import text

from surveys.database import Database
from tests.bot.conftest import BotProcess, Town, begin, count, eventually, link
from tests.bot.people import Person, answers
from tests.telegram.emulator import Emulator


@pytest.fixture
def database(town: Town) -> Database:
    return town.database


@pytest.fixture
def five(town: Town) -> str:
    return link(town.database)


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "answerCallbackQuery"])
@pytest.mark.parametrize("kind", [429, 500, 502, "cut before", "cut after"])
def test_a_call_that_fails_is_made_again(
    emulator: Emulator, bot: BotProcess, five: str, method: str, kind: int | str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    fault = emulator.inject(method, kind, times=2)
    karen.press("I høj grad")
    karen.wait_for("2 af 5", 20)
    karen.press("Slet ikke", on=karen.last)
    karen.wait_for("3 af 5", 20)
    eventually(lambda: fault.hits == 2)
    settled = [message for message in karen.messages if "Dit svar: Slet ikke" in message.text]
    assert len(settled) == 1


def test_too_many_requests_waits_as_long_as_telegram_asks(
    emulator: Emulator, bot: BotProcess, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    emulator.inject("sendMessage", 429, retry_after=2)
    karen.press("I høj grad")
    karen.wait_for("2 af 5", 20)
    asked = [call.at for call in emulator.calls if call.method == "sendMessage"]
    assert asked[-1] - asked[-2] >= 2


def test_one_citizen_waits_and_another_does_not(
    emulator: Emulator, bot: BotProcess, five: str
) -> None:
    karen, ole = emulator.citizen("Karen"), emulator.citizen("Ole")
    begin(karen, five)
    begin(ole, five)
    emulator.inject("sendMessage", 429, retry_after=5)
    karen.press("I høj grad")
    eventually(lambda: any(call.status == 429 for call in emulator.calls))
    ole.press("I høj grad")
    ole.wait_for("2 af 5", 3)


@pytest.mark.parametrize("kind", [401, 404, 502, "cut before"])
def test_polling_survives_any_answer(
    emulator: Emulator, bot: BotProcess, five: str, kind: int | str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    fault = emulator.inject("getUpdates", kind, times=2)
    karen.press("I høj grad")
    karen.wait_for("2 af 5", 20)
    karen.press("I høj grad", on=karen.last)
    karen.wait_for("3 af 5", 20)
    eventually(lambda: fault.hits == 2, 30)


def test_whoever_blocks_the_bot_is_left_alone_until_they_come_back(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    emulator.inject("sendMessage", 403)
    karen.press("I høj grad")
    eventually(lambda: any(call.status == 403 for call in emulator.calls))
    eventually(lambda: count(database, "bot_chat WHERE blocked") == 1)
    assert count(database, "bot_outbox") == 0
    karen.block()
    karen.unblock()
    karen.send("hej")
    karen.wait_for("2 af 5")
    eventually(lambda: count(database, "bot_chat WHERE blocked") == 0)


def test_an_update_that_cannot_be_read_is_put_aside_and_stops_nobody(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    for _ in range(3):
        emulator.poison()
    karen.press("I høj grad")
    karen.wait_for("2 af 5")
    eventually(lambda: count(database, "bot_inbox WHERE state = 'aside'") == 3)
    eventually(lambda: "update put aside" in bot.log.read_text())


def test_redelivered_updates_change_nothing(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    for label in ("I høj grad", "Slet ikke"):
        karen.press(label, on=karen.last)
        karen.wait_for("2 af 5" if label == "I høj grad" else "3 af 5")
    number = karen.send("Det gode")
    karen.wait_for("4 af 5")
    eventually(lambda: count(database, "bot_outbox") == 0)
    before, screen = (
        len([c for c in emulator.calls if c.method != "getUpdates"]),
        karen.transcript(),
    )
    for update in range(number - 4, number + 1):
        emulator.redeliver(update)
    ole = emulator.citizen("Ole")
    ole.send("hej")
    ole.wait_for("kode")
    assert len([c for c in emulator.calls if c.method != "getUpdates"]) == before + 1
    assert karen.transcript() == screen


def test_updates_out_of_order_lose_nothing(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen, ole = emulator.citizen("Karen"), emulator.citizen("Ole")
    with emulator.held():
        karen.start(five)
    ole.start(five)
    ole.wait_for("Vælg sprog")
    emulator.release()
    karen.wait_for("Vælg sprog")


def test_two_people_at_once_have_nothing_to_do_with_each_other(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    before = count(database, "ballot_inbox")
    people = [Person.make(emulator, number) for number in (3, 4)]
    threads = [threading.Thread(target=person.answer, args=[five]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
    assert len(rows) == before + 2
    given = [answers(row) for row in rows]
    assert [person.expected in given for person in people] == [True, True]


@pytest.mark.parametrize("deed", ["photo", "voice", "sticker", "location", "contact"])
def test_what_is_not_text_is_answered(
    emulator: Emulator, bot: BotProcess, five: str, deed: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    getattr(karen, deed)()
    karen.wait_for("Jeg kan kun læse tekst.")
    karen.press("I høj grad", on=karen.messages[-3])
    karen.wait_for("2 af 5")


def test_odd_texts_and_edits(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    karen.send("/spring")
    karen.wait_for("2 af 5")
    karen.send("/spring")
    karen.wait_for("3 af 5")
    karen.send("a\x00b \ud83d \u202eآب 👩‍👩‍👧 <5 år & 1. [x](y)")
    karen.wait_for("4 af 5")
    karen.edit("noget andet")
    karen.wait_for("retter en gammel besked")
    karen.forward("Naboens ord")
    karen.wait_for("5 af 5")
    karen.send("/tilbage")
    assert "Dit svar: Naboens ord" in karen.wait_for("4 af 5").text
    karen.send("å" * 4096)
    assert "Slet 2.096 tegn." in karen.wait_for("Dit svar er for langt.").text


def test_the_longest_answers_fit(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    for place in ("2 af 5", "3 af 5"):
        karen.send("/spring")
        karen.wait_for(place)
    for place in ("4 af 5", "5 af 5"):
        karen.send("😀" * 2000)
        karen.wait_for(place)
    karen.send("/spring")
    karen.wait_for(lambda message: "Send svar" in message.labels)
    karen.press("Send svar")
    karen.wait_for("Tak for dit svar.")


def test_a_message_that_is_gone_comes_anew(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    for place in ("2 af 5", "3 af 5", "4 af 5", "5 af 5"):
        karen.send("/spring")
        karen.wait_for(place)
    shown = karen.last
    karen.delete(shown)
    karen.press("CV og LinkedIn", on=shown)
    assert "✓ CV og LinkedIn" in karen.wait_for("5 af 5").labels
    emulator.expire_queries()


def test_in_a_group_only_a_command_is_answered_and_never_with_a_survey(
    emulator: Emulator, bot: BotProcess, five: str
) -> None:
    karen = emulator.citizen()
    group = karen.add_bot_to_group("Naboerne")
    group.send("hej alle")
    emulator.channel_post("Nyt")
    group.send(f"/start {five}")
    assert group.wait_for("Jeg svarer kun i en privat samtale.").text.count("\n") == 0
    assert len([message for message in group.messages if message.from_bot]) == 1


def test_replies_come_quickly(emulator: Emulator, bot: BotProcess, five: str) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    begun = time.monotonic()
    for place in ("2 af 5", "3 af 5", "4 af 5", "5 af 5"):
        karen.send("/spring")
        karen.wait_for(place)
    # Had each waited for a poll to end, it would have taken minutes
    assert time.monotonic() - begun < 25


def test_a_database_that_is_busy_is_waited_for(
    emulator: Emulator, bot: BotProcess, database: Database, five: str
) -> None:
    karen = emulator.citizen()
    begin(karen, five)
    other = sqlite3.connect(database.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    karen.press("I høj grad", on=karen.last)
    time.sleep(1)
    assert karen.last.text.startswith("1 af 5")
    other.execute("ROLLBACK")
    other.close()
    karen.wait_for("2 af 5", 20)
