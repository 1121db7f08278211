"""Anything may come: each has an answer that a person understands, and the next one is heard."""

import pytest
from sqlalchemy import text

from tests.bot.conftest import BotProcess, Town, begin, count, eventually, link
from tests.bot.people import answers
from tests.telegram.citizen import Citizen
from tests.telegram.emulator import Emulator

TEXTS = [
    "😀👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "\u202eשלום\u202c مرحبا \u200fא",
    "a\x00b\x07c",
    "\ud83d halvt \udc00",
    "<b>5 & 6</b> [x](y) *z* _q_ `r` 1. -2 !",
    "e\u0301 \u00e9 \ufeff\u200b",
    "/ikke en kommando, men en skråstreg",
]
ODD_MESSAGES = {
    "document": {"file_id": "d", "file_unique_id": "d"},
    "video": {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1},
    "video_note": {"file_id": "n", "file_unique_id": "n", "length": 1, "duration": 1},
    "dice": {"emoji": "🎲", "value": 3},
    "a_kind_of_next_year": {"x": [1]},
}  # fmt: skip


@pytest.fixture
def karen(emulator: Emulator, bot: BotProcess, town: Town) -> Citizen:
    """At the first question."""
    citizen = emulator.citizen()
    begin(citizen, link(town.database))
    return citizen


def goes_on(karen: Citizen, here: str = "1 af 5", label: str = "I høj grad") -> None:
    """The question on show can be answered still."""
    shown = next(m for m in reversed(karen.messages) if here in m.text and label in m.labels)
    karen.press(label, on=shown)
    karen.wait_for(f"{int(here[0]) + 1} af 5", 20)
    karen.wait_until_answered()


def test_an_old_button(karen: Citizen) -> None:
    old = karen.last
    goes_on(karen)
    karen.press("Spring over", on=old)
    karen.wait_for("Det spørgsmål er vi forbi. Dit svar er ikke ændret.")
    karen.wait_until_answered()
    goes_on(karen, "2 af 5")


def test_a_button_of_a_survey_that_is_over(karen: Citizen) -> None:
    old = karen.last
    karen.send("/slet")
    karen.wait_for("Dine svar er slettet.")
    karen.press("I høj grad", on=old)
    karen.wait_for("Den knap virker ikke mere.")


def test_two_taps_are_one(karen: Citizen) -> None:
    shown = karen.last
    for _ in range(3):
        karen.press("I høj grad", on=shown)
    karen.wait_for("2 af 5")
    karen.wait_until_answered()
    goes_on(karen, "2 af 5")
    asked = [m for m in karen.messages if "2 af 5" in m.text]
    assert len(asked) == 1


def test_text_where_a_button_is_due(karen: Citizen) -> None:
    karen.send("hvad mener I med positiv?")
    karen.wait_for("Tryk på en af knapperne for at svare.")
    goes_on(karen)


def test_text_that_says_what_a_button_says(karen: Citizen) -> None:
    karen.send("i høj grad")
    karen.wait_for("2 af 5")


@pytest.mark.parametrize("data", ["", "x" * 64, "a:::::", "a:zzzzzz:9:9", "t:²", "æøå"])
def test_data_that_we_never_made(karen: Citizen, data: str) -> None:
    karen.press_data(data, karen.last)
    if data:
        karen.wait_for("Den knap virker ikke mere.")
    karen.wait_until_answered()
    goes_on(karen)


@pytest.mark.parametrize("kind", ODD_MESSAGES)
def test_a_message_of_any_kind(karen: Citizen, kind: str) -> None:
    karen._post(**{kind: ODD_MESSAGES[kind]})
    karen.wait_for("Jeg kan kun læse tekst.")
    goes_on(karen)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"message": None},
        {"message": []},
        {"message": {"chat": {"id": "x", "type": "private"}}},
        {"callback_query": {"id": 5}},
        {"callback_query": "x"},
        {"edited_message": {"date": {}}},
        {"my_chat_member": {}},
        {"poll_answer_of_next_year": {"x": 1}},
    ],
)
def test_an_update_of_no_shape_stops_nobody(
    emulator: Emulator, karen: Citizen, content: dict
) -> None:
    emulator.deliver(**(content or {"message": {}}))
    goes_on(karen)


def test_every_text_is_kept_as_it_was_written(
    karen: Citizen, town: Town, emulator: Emulator
) -> None:
    database, before = town.database, count(town.database, "ballot_inbox")
    for number in (1, 2):
        goes_on(karen, f"{number} af 5")
    karen.send("\n".join(TEXTS))
    karen.wait_for("4 af 5")
    karen.send("x" * 2000)
    karen.wait_for("5 af 5")
    karen.send("/spring")
    karen.press("Send svar")
    karen.wait_for("Tak for dit svar.")
    eventually(lambda: count(database, "ballot_inbox") == before + 1)
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
    kept = next(a for a in map(answers, rows) if str(a["better"].get("value")).startswith("xxx"))
    good = kept["good"]["value"]
    for words in ("👩‍👩‍👧‍👦", "שלום", "مرحبا", "<b>5 & 6</b>", "é", "halvt", "skråstreg"):
        assert words in good
    assert "\x00" not in good
    good.encode()


def test_a_text_that_telegram_cuts_in_two(karen: Citizen) -> None:
    for number in (1, 2):
        goes_on(karen, f"{number} af 5")
    karen.send("å" * 4096)
    karen.send("og resten af det")
    karen.wait_for("Dit svar er for langt.")
    karen.send("/spring")
    karen.wait_for("4 af 5")
    assert not any("og resten" in m.text for m in karen.messages if m.from_bot)


def test_a_group_that_a_citizen_answers_from(karen: Citizen) -> None:
    group = karen.add_bot_to_group("Naboerne")
    group.send("/stop")
    group.wait_for("Jeg svarer kun i en privat samtale.")
    goes_on(karen)
