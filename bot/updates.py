"""What an update means for the conversation. All that is personal but the chat number ends here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from surveys.chat import Edited, Event, Pressed, Typed, Unreadable

WANTED: Final = ["message", "edited_message", "callback_query", "my_chat_member"]
"""The kinds of updates that the bot asks for."""

_WHERE: Final = ("message_id", "date", "chat")


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update for one chat.

    `event` is None where there is nothing to converse about. `query` is the press to confirm and
    `message` what was pressed on. `gone` says that the citizen has blocked the bot.
    """

    chat: int
    event: Event | None = None
    query: str | None = None
    message: int | None = None
    private: bool = True
    gone: bool = False


def read(raw: Mapping[str, Any]) -> Incoming | None:
    """Read an update; None for one that is nobody's business.

    Raises whatever `telegram` raises on an update that has not the shape of one.
    """
    update = Update.de_json(_without_what_was_pressed(raw), None)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.message is not None:
        return _written(update.message)
    if update.edited_message is not None and _is_private(update.edited_message):
        return Incoming(update.edited_message.chat.id, Edited())
    if update.my_chat_member is not None:
        change = update.my_chat_member
        gone = change.new_chat_member.status == ChatMemberStatus.BANNED
        if change.chat.type == ChatType.PRIVATE and gone:
            return Incoming(change.chat.id, gone=True)
    return None


def _without_what_was_pressed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """An update without the text and the buttons of our own message, which takes long to read."""
    match raw:
        case {"callback_query": {"message": {**message}, **query}, **rest}:
            bare = {name: message[name] for name in _WHERE if name in message}
            return {**rest, "callback_query": {**query, "message": bare}}
    return dict(raw)


def chat_of(raw: Mapping[str, Any]) -> int | None:
    """The private chat of an update that could not be handled, in order to apologise there."""
    for kind in ("message", "callback_query"):
        content = raw.get(kind)
        if isinstance(content, dict) and kind == "callback_query":
            content = content.get("message")
        chat = content.get("chat") if isinstance(content, dict) else None
        if isinstance(chat, dict) and chat.get("type") == ChatType.PRIVATE:
            number = chat.get("id")
            return number if isinstance(number, int) else None
    return None


def _pressed(query: CallbackQuery) -> Incoming | None:
    if query.message is None:
        return None
    event = Pressed(query.data) if query.data else None
    private = query.message.chat.type == ChatType.PRIVATE
    return Incoming(
        query.message.chat.id,
        event if private else None,
        query=query.id,
        message=query.message.message_id,
        private=private,
    )


def _written(message: Message) -> Incoming | None:
    text = message.text
    if message.from_user is not None and message.from_user.is_bot:
        return None
    if _is_private(message):
        # What an inline bot has put together is nobody's own words
        own = text and message.via_bot is None
        at = int(message.date.timestamp())
        return Incoming(message.chat.id, Typed(text, at=at) if own and text else Unreadable())
    if text and text.startswith("/"):
        return Incoming(message.chat.id, private=False)
    return None


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE
