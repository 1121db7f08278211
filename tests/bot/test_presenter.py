"""Replies as calls of the Bot API, within its limits."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.presenter import calls, split, toast, width
from surveys.chat import Button, Field, Reply


def test_the_width_of_a_text_is_what_telegram_counts() -> None:
    assert width("æøå") == 3
    assert width("😀") == 2
    assert width("👩‍👩‍👧") == 8


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(2, 60))
def test_a_split_text_fits_and_loses_nothing_but_the_space_at_the_cuts(
    text: str, longest: int
) -> None:
    parts = split(text, longest)
    assert all(width(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_it_is_cut_between_paragraphs_before_lines_and_between_lines_before_words() -> None:
    assert split("en to\n\ntre\nfire fem", 14) == ["en to", "tre\nfire fem"]
    assert split("en to\ntre fire", 10) == ["en to", "tre fire"]
    assert split("en to tre", 7) == ["en to", "tre"]
    assert split("x" * 9, 4) == ["xxxx", "xxxx", "x"]


def test_the_keyboard_comes_with_the_last_part() -> None:
    reply = Reply("ord " * 2000, ((Button("Ja", "a"),),))
    made = calls(reply, 7, None)
    assert [call.method for call in made] == ["sendMessage", "sendMessage"]
    assert ["reply_markup" in call.params for call in made] == [False, True]
    assert [call.shows for call in made] == [False, True]


def test_what_replaces_is_an_edit_and_without_a_message_to_edit_only_a_screen_is_sent() -> None:
    settled, screen = (
        Reply("Dit svar", replaces=True),
        Reply("?", ((Button("Ja", "a"),),), replaces=True),
    )
    [edit] = calls(settled, 7, 42)
    assert (edit.method, edit.params["message_id"], edit.shows) == ("editMessageText", 42, False)
    assert calls(settled, 7, None) == []
    assert [call.method for call in calls(screen, 7, None)] == ["sendMessage"]
    [cut] = calls(Reply("😀" * 4000, replaces=True), 7, 42)
    assert width(cut.params["text"]) == 4095
    assert cut.params["text"].endswith("😀…")


def test_a_question_to_write_an_answer_to_is_on_show_without_any_button() -> None:
    [call] = calls(Reply("?", field=Field("good", "", 10)), 7, None)
    assert call.shows


def test_a_face_stands_beside_the_words_and_the_original_is_folded_up() -> None:
    rows = ((Button("Ja", "a", face=5),), (Button("Nej", "b", face=1),), (Button("Andet", "c"),))
    reply = Reply("Su’aal 😀?", rows, original="Spørgsmål?\n\n– Ja")
    for standing in (None, 42):
        [call] = calls(replace(reply, replaces=True), 7, standing)
        keyboard = call.params["reply_markup"]["inline_keyboard"]
        assert [button["text"] for (button,) in keyboard] == ["😀 Ja", "😞 Nej", "Andet"]
        assert call.params["text"] == "Su’aal 😀?\n\nSpørgsmål?\n\n– Ja"
        [quoted] = call.params["entities"]
        assert quoted == {"type": "expandable_blockquote", "offset": 12, "length": 16}
    # What does not fit is left out rather than cut
    assert "entities" not in calls(Reply("x" * 4090, original="Spørgsmål?"), 7, None)[0].params


def test_a_link_that_telegram_would_refuse_is_left_out() -> None:
    rows = ((Button("Svar", url="http://localhost:8000/s/x"),), (Button("Ja", "a"),))
    [call] = calls(Reply("?", rows), 7, None)
    assert call.params["reply_markup"]["inline_keyboard"] == [
        [{"text": "Ja", "callback_data": "a"}]
    ]
    rows = ((Button("Svar", url="https://svar.alleroed.dk/s/x"),),)
    [call] = calls(Reply("?", rows), 7, None)
    [[button]] = call.params["reply_markup"]["inline_keyboard"]
    assert button["url"] == "https://svar.alleroed.dk/s/x"


def test_a_toast_is_short() -> None:
    assert toast("1", "").params == {"callback_query_id": "1"}
    assert len(toast("1", "x" * 300).params["text"]) == 200
