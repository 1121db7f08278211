"""What an update means, whatever it looks like."""

import pytest

from bot.updates import Incoming, chat_of, read
from surveys.chat import Edited, Pressed, Typed, Unreadable

KAREN = {"id": 5_000_000_001, "is_bot": False, "first_name": "Karen"}
PRIVATE = {"id": 5_000_000_001, "type": "private", "first_name": "Karen"}
GROUP = {"id": -100_5, "type": "supergroup", "title": "Naboerne"}
BOT = {"id": 7, "is_bot": True, "first_name": "Hørt"}


def message(**content: object) -> dict:
    return {"message_id": 3, "date": 1_780_000_000, "chat": PRIVATE, "from": KAREN, **content}


def test_text_is_typed() -> None:
    assert read({"update_id": 1, "message": message(text="Hej")}) == Incoming(
        5_000_000_001, Typed("Hej", at=1_780_000_000)
    )


@pytest.mark.parametrize(
    "content",
    [
        {
            "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}],
            "caption": "x",
        },
        {"contact": {"phone_number": "+45", "first_name": "K"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"text": "Vælg mig", "via_bot": BOT},
        {"a_kind_of_next_year": {"x": 1}},
    ],
)
def test_anything_else_is_unreadable(content: dict) -> None:
    assert read({"update_id": 1, "message": message(**content)}) == Incoming(
        5_000_000_001, Unreadable()
    )


def test_an_edit_is_no_answer() -> None:
    update = {"update_id": 1, "edited_message": message(text="Nej", edit_date=1_780_000_001)}
    assert read(update) == Incoming(5_000_000_001, Edited())


def test_a_press_names_its_message_even_where_that_is_out_of_reach() -> None:
    query = {"id": "9", "from": KAREN, "chat_instance": "1", "data": "a:1"}
    expected = Incoming(5_000_000_001, Pressed("a:1"), query="9", message=3)
    assert read({"update_id": 1, "callback_query": {**query, "message": message()}}) == expected
    gone = {"chat": PRIVATE, "message_id": 3, "date": 0}
    assert read({"update_id": 1, "callback_query": {**query, "message": gone}}) == expected


def test_a_press_without_data_only_stops_its_spinner() -> None:
    query = {"id": "9", "from": KAREN, "chat_instance": "1", "game_short_name": "x"}
    update = {"update_id": 1, "callback_query": {**query, "message": message()}}
    assert read(update) == Incoming(5_000_000_001, query="9", message=3)


def test_blocking_is_noticed_and_coming_back_is_not() -> None:
    def change(status: str) -> dict:
        old, new = {"user": BOT, "status": "member"}, {"user": BOT, "status": status}
        new |= {"until_date": 0} if status == "kicked" else {}
        body = {"chat": PRIVATE, "from": KAREN, "date": 1_780_000_000}
        return {"my_chat_member": {**body, "old_chat_member": old, "new_chat_member": new}}

    assert read({"update_id": 1, **change("kicked")}) == Incoming(5_000_000_001, gone=True)
    assert read({"update_id": 1, **change("member")}) is None


def test_a_group_hears_nothing_but_an_answer_to_a_command() -> None:
    def said(text: str) -> Incoming | None:
        return read({"update_id": 1, "message": message(text=text, chat=GROUP)})

    assert said("hej") is None
    assert said("/start x") == Incoming(-100_5, private=False)
    assert read({"update_id": 1, "edited_message": message(text="x", chat=GROUP)}) is None
    query = {"id": "9", "from": KAREN, "chat_instance": "1", "data": "a:1"}
    pressed = read({"update_id": 1, "callback_query": {**query, "message": message(chat=GROUP)}})
    assert pressed == Incoming(-100_5, None, query="9", message=3, private=False)


@pytest.mark.parametrize("update", [{"update_id": 1}, {"update_id": 1, "poll_of_next_year": {}}])
def test_what_is_nobodys_business_is_nothing(update: dict) -> None:
    assert read(update) is None


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": message(text=[])}, 5_000_000_001),
        ({"callback_query": {"message": message()}}, 5_000_000_001),
        ({"message": message(chat=GROUP)}, None),
        ({"message": {"chat": []}}, None),
        ({"message": {"chat": {"type": "private", "id": "x"}}}, None),
        ({"message": None}, None),
        ({}, None),
    ],
)
def test_whom_to_apologise_to(update: dict, chat: int | None) -> None:
    assert chat_of(update) == chat
