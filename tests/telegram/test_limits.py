"""The emulator refuses what Telegram refuses, and takes what Telegram takes."""

import html
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import escape_markdown

from tests.telegram.citizen import Citizen
from tests.telegram.conftest import YES_NO, RawBot
from tests.telegram.emulator import Emulator
from tests.telegram.limits import Refused, formatted


def one_button(**button: Any) -> dict[str, Any]:
    return {"text": "?", "reply_markup": {"inline_keyboard": [[{"text": "Ja", **button}]]}}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "message text is empty"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "\N{GRINNING FACE}" * 2049}, "message is too long"),
        ({"text": "half a pair: \ud83d"}, "text must be encoded in UTF-8"),
        ({"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"text": "børn <5 år", "parse_mode": "HTML"}, 'start tag "5" at byte offset 6'),
        ({"text": "1. maj", "parse_mode": "MarkdownV2"}, "Character '.' is reserved"),
        ({"text": "x", "reply_markup": "ja"}, "can't parse reply_markup JSON object"),
        ({"text": "x", "reply_markup": [1]}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": {"inline_keyboard": {}}}, "an Array of Arrays"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [{}]}}, "an Array of Arrays"),
        (one_button(), "Text buttons are unallowed"),
        (one_button(callback_data=""), "Text buttons are unallowed"),
        (one_button(callback_data="x" * 65), "BUTTON_DATA_INVALID"),
        (one_button(callback_data="æ" * 33), "BUTTON_DATA_INVALID"),
        (one_button(text=" ", callback_data="a"), "must be a non-empty String"),
        (one_button(callback_data="a", url="https://a.dk"), "BUTTON_TYPE_INVALID"),
        (one_button(url="http://localhost:8000/s/a"), "Wrong HTTP URL"),
        (one_button(url="ftp://a.dk"), "Unsupported URL protocol"),
        ({"text": "x", "reply_parameters": {"message_id": 9}}, "to be replied not found"),
    ],
)
def test_a_message_that_telegram_refuses_is_refused(
    emulator: Emulator, bot: RawBot, karen: Citizen, params: dict[str, Any], reason: str
) -> None:
    # Escaped by hand, as httpx would not send half a surrogate pair.
    body = json.dumps({"chat_id": karen.chat.id, **params})
    headers = {"Content-Type": "application/json"}
    answer = bot.client.post(f"{bot.root}/sendMessage", content=body, headers=headers)
    description = answer.json()["description"]
    assert answer.status_code == 400
    assert description.startswith("Bad Request: ")
    assert reason in description
    assert [call.description for call in emulator.refusals] == [description]
    assert not [message for message in karen.messages if message.from_bot]


def test_the_limits_themselves_are_accepted(bot: RawBot, karen: Citizen) -> None:
    rows = [[{"text": "n", "callback_data": "æ" * 32}] * 8 for _ in range(12)]
    rows.append([{"text": "n", "url": "http://127.0.0.1:8000/s/a"}] * 4)
    say = {"chat_id": karen.chat.id, "text": "x" * 4096}
    bot.ok("sendMessage", **say, reply_markup={"inline_keyboard": rows})
    assert len(karen.last.buttons) == 100
    rows[-1].append({"text": "n", "callback_data": "x"})
    for markup in (rows, [[{"text": "n", "callback_data": "x"}] * 9]):
        refusal = bot.refused("sendMessage", **say, reply_markup={"inline_keyboard": markup})
        assert "reply markup is too long" in refusal


def test_a_message_comes_back_as_telegram_gives_it(bot: RawBot, karen: Citizen) -> None:
    before = int(time.time())
    sent = bot.ok("sendMessage", chat_id=karen.chat.id, text=" Hej\r\n\x00du ", reply_markup=YES_NO)
    assert sent["text"] == karen.last.text == "Hej\n du"
    assert sent["from"].items() <= bot.ok("getMe").items()
    assert sent["from"]["is_bot"] is True
    assert sent["chat"]["type"] == "private"
    assert before <= sent["date"] <= time.time()
    assert sent["reply_markup"] == YES_NO
    assert "entities" not in sent
    quoting = {"message_id": sent["message_id"]}
    reply = bot.ok("sendMessage", chat_id=karen.chat.id, text="igen", reply_parameters=quoting)
    assert reply["reply_to_message"]["text"] == "Hej\n du"


def test_calls_are_read_from_json_form_multipart_and_query(bot: RawBot, karen: Citizen) -> None:
    url, markup = f"{bot.root}/sendMessage", json.dumps(YES_NO)
    fields = {"chat_id": str(karen.chat.id), "reply_markup": markup, "text": "æøå"}
    answers = [
        bot.client.post(url, json=fields),
        bot.client.post(url, data=fields),
        bot.client.post(url, data=fields, files={"unused": b"x"}),
        bot.client.get(f"{bot.root}/SENDMESSAGE", params=fields),
    ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["æøå"] * 4
    assert [message.labels for message in karen.messages[1:]] == [["Ja", "Nej"]] * 4
    broken = bot.client.post(url, content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_a_wrong_token_path_method_or_chat_is_a_mistake(emulator: Emulator, bot: RawBot) -> None:
    stranger = emulator.citizen()
    wrong = bot.client.get(f"{emulator.url}/bot1:other/getMe")
    assert wrong.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert bot.client.get(f"{emulator.url}/getMe").status_code == 404
    assert bot("sendMesage")[0] == 404
    assert "chat not found" in bot.refused("sendMessage", chat_id=stranger.chat.id, text="Hej")
    assert "chat not found" in bot.refused("sendMessage", chat_id="@nogen", text="Hej")
    assert "chat_id is empty" in bot.refused("sendMessage", text="Hej")
    assert [call.status for call in emulator.refusals] == [401, 404, 404, 400, 400, 400]


def test_a_method_that_a_bot_may_try_is_404_but_no_mistake(emulator: Emulator, bot: RawBot) -> None:
    status, answer = bot("setMyDescription", description="x")
    assert (status, answer["ok"], answer["error_code"]) == (404, False, 404)
    assert emulator.refusals == []


@pytest.mark.parametrize(
    ("mode", "source", "text", "entities"),
    [
        ("HTML", "A <i>B &lt;<b x = y>C</b></i>", "A B <C", [("italic", 2, 4), ("bold", 5, 1)]),
        ("HTML", "&ge;&amp;&quot;&#230;", '&ge;&"æ', []),
        ("html", "\N{GRINNING FACE}<b>b</>", "\N{GRINNING FACE}b", [("bold", 2, 1)]),
        ("HTML", '<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("HTML", "<a href='https://t.dk?a&amp;b'>t</a>", "t", [("text_link", 0, 1)]),
        ("MarkdownV2", r"a\.b *c _d_*", "a.b c d", [("bold", 4, 3), ("italic", 6, 1)]),
        ("MarkdownV2", "_i __u___", "i u", [("italic", 0, 3), ("underline", 2, 1)]),
        ("MarkdownV2", "`_* *_` ```\n.```", "_* *_ \n.", [("code", 0, 5), ("pre", 6, 2)]),
        ("MarkdownV2", r"[t\.dk](https://t.dk)", "t.dk", [("text_link", 0, 4)]),
        ("MarkdownV2", "||s|| ~d~\n>q", "s d\nq", [("spoiler", 0, 1), ("strikethrough", 2, 1)]),
    ],
)
def test_formatting_is_parsed(
    mode: str, source: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    found, marks = formatted({"text": source, "parse_mode": mode}, too_long="")
    shapes = [(mark["type"], mark["offset"], mark["length"]) for mark in marks]
    assert (found, shapes) == (text, entities)


@pytest.mark.parametrize(
    ("mode", "source", "error"),
    [
        ("HTML", "<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "<script>", 'Unsupported start tag "script" at byte offset 0'),
        ("HTML", "\N{GRINNING FACE}&lt;<i", "Unclosed start tag at byte offset 8"),
        ("HTML", "<i a = '&lt;>", "Unclosed start tag at byte offset 0"),
        ("HTML", "x</b>", "Unexpected end tag at byte offset 1"),
        ("HTML", "<i>a</i  ", "Unclosed end tag at byte offset 4"),
        (
            "HTML",
            "<b><i>test</b></i>",
            'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"',
        ),
        ("HTML", "<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("MarkdownV2", "*x", "Can't find end of Bold entity at byte offset 0"),
        ("MarkdownV2", "å _a *b _", "Can't find end of Italic entity at byte offset 9"),
        ("MarkdownV2", "__u _i___", "Can't find end of Italic entity at byte offset 8"),
        ("MarkdownV2", "å`", "Can't find end of Code entity at byte offset 2"),
        ("MarkdownV2", "```x`", "Can't find end of Pre entity at byte offset 0"),
        ("MarkdownV2", "||test\\|", "Can't find end of Spoiler entity at byte offset 0"),
        ("MarkdownV2", "[t](asd\\)", "Can't find end of a URL at byte offset 3"),
        *(
            ("MarkdownV2", f"x{c}", f"Character '{c}' is reserved and must be escaped with the")
            for c in "]()>#+-=|{}.!"
        ),
    ],
)
def test_formatting_that_telegram_can_not_parse_is_refused(
    mode: str, source: str, error: str
) -> None:
    with pytest.raises(Refused) as refused:
        formatted({"text": source, "parse_mode": mode}, too_long="")
    assert str(refused.value).startswith(f"Bad Request: can't parse entities: {error}")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_escaped_text_is_the_same_text_in_every_mode(text: str) -> None:
    def outcome(source: str, mode: str) -> str:
        try:
            return formatted({"text": source, "parse_mode": mode}, too_long="")[0]
        except Refused as refused:
            return f"refused: {refused}"

    plain = outcome(text, "")
    assert not plain.startswith("refused") or plain == "refused: Bad Request: message text is empty"
    assert outcome(html.escape(text), "HTML") == plain
    assert outcome(escape_markdown(text, version=2), "MarkdownV2") == plain


def test_an_edit_replaces_text_and_keyboard(bot: RawBot, karen: Citizen) -> None:
    sent = bot.ok("sendMessage", chat_id=karen.chat.id, text="Et?", reply_markup=YES_NO)
    where = {"chat_id": karen.chat.id, "message_id": sent["message_id"]}
    same = bot.refused("editMessageText", **where, text="Et?", reply_markup=YES_NO)
    assert same.startswith("Bad Request: message is not modified: specified new message content")
    edited = bot.ok("editMessageText", **where, text="Et? Ja")
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= edited["date"] == sent["date"]
    assert (karen.last.text, karen.last.labels, len(karen.messages)) == ("Et? Ja", [], 2)
    assert "not modified" in bot.refused("editMessageText", **where, text=" Et? Ja")
    bot.ok("editMessageText", **where, text="Et? *Ja*", parse_mode="MarkdownV2")
    bot.ok("editMessageReplyMarkup", **where, reply_markup=YES_NO)
    assert (karen.last.text, karen.last.labels) == ("Et? Ja", ["Ja", "Nej"])
    assert "not modified" in bot.refused("editMessageReplyMarkup", **where, reply_markup=YES_NO)
    assert "entities" in bot.ok("editMessageReplyMarkup", **where)
    assert "MESSAGE_TOO_LONG" in bot.refused("editMessageText", **where, text="x" * 4097)


def test_what_can_not_be_edited_or_deleted(emulator: Emulator, bot: RawBot, karen: Citizen) -> None:
    chat = {"chat_id": karen.chat.id}
    own, nowhere = chat | {"message_id": karen.messages[0].id}, chat | {"message_id": 99}
    assert "message can't be edited" in bot.refused("editMessageText", **own, text="x")
    assert "message to edit not found" in bot.refused("editMessageText", **nowhere, text="x")
    forced = {"force_reply": True}
    assert "inline keyboard expected" in bot.refused(
        "editMessageReplyMarkup", **own, reply_markup=forced
    )
    sent = chat | {"message_id": bot.ok("sendMessage", **chat, text="x")["message_id"]}
    assert bot.ok("deleteMessage", **sent) is True
    assert "message to delete not found" in bot.refused("deleteMessage", **sent)
    assert [call.repeat for call in emulator.refusals] == [False, False, False, True]
    bot.ok("sendMessage", **chat, text="y")
    gone = karen.last
    karen.delete(gone)
    assert "not found" in bot.refused("editMessageText", **chat, message_id=gone.id, text="z")
    assert len(emulator.refusals) == 4  # the bot could not know what the citizen deleted


def test_a_press_is_answered_once_and_in_time(
    emulator: Emulator, bot: RawBot, karen: Citizen
) -> None:
    bot.ok("sendMessage", chat_id=karen.chat.id, text="Et?", reply_markup=YES_NO)
    query = karen.press("Nej")
    (update,) = bot.ok("getUpdates")
    press = update["callback_query"]
    assert (press["id"], press["data"], press["from"]["is_bot"]) == (query, "a:2", False)
    assert isinstance(press["chat_instance"], str)
    assert press["message"]["text"] == "Et?"
    assert karen.spinning == 1
    answer = {"callback_query_id": query}
    assert "MESSAGE_TOO_LONG" in bot.refused("answerCallbackQuery", **answer, text="x" * 201)
    assert bot.ok("answerCallbackQuery", **answer, text="x" * 200) is True
    karen.wait_until_answered(0)
    assert karen.toasts == ["x" * 200]
    assert "query is too old" in bot.refused("answerCallbackQuery", **answer)
    assert emulator.refusals[-1].repeat
    assert "query is too old" in bot.refused("answerCallbackQuery", callback_query_id="1")
    assert not emulator.refusals[-1].repeat
    late, mistakes = karen.press("Ja", on=karen.last), len(emulator.refusals)
    emulator.expire_queries()
    assert "query is too old" in bot.refused("answerCallbackQuery", callback_query_id=late)
    assert len(emulator.refusals) == mistakes


def test_old_forged_and_vanished_buttons_can_be_pressed(bot: RawBot, karen: Citizen) -> None:
    bot.ok("sendMessage", chat_id=karen.chat.id, text="Et?", reply_markup=YES_NO)
    asked = karen.wait_for("Et?")
    bot.ok("editMessageText", chat_id=karen.chat.id, message_id=asked.id, text="Svaret")
    karen.press("Ja", on=asked)
    karen.press_data("forged", on=asked)
    with pytest.raises(AssertionError, match="Svaret"):
        karen.press("Ja", timeout=0.05)
    karen.delete(asked)
    karen.press("Ja", on=asked)
    queries = [update["callback_query"] for update in bot.ok("getUpdates")]
    assert [query["data"] for query in queries] == ["a:1", "forged", "a:1"]
    assert [query["message"]["date"] > 0 for query in queries] == [True, True, False]
