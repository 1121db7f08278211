"""From a reply to calls of the Bot API: plain text, cut to Telegram's limits, with its keyboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from telegram.constants import CallbackQueryLimit, MessageLimit

from surveys.chat import Button, Reply, Rows

_LONGEST: Final = int(MessageLimit.MAX_TEXT_LENGTH)
_LONGEST_TOAST: Final = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)
_FACES: Final = ("😞", "🙁", "😐", "🙂", "😀")
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `shows` says that its message is then the one on show."""

    method: str
    params: dict[str, Any]
    shows: bool = False


def calls(reply: Reply, chat: int, standing: int | None) -> list[Call]:
    """The calls that bring a reply into a chat; `standing` is the message that it may replace."""
    shows = bool(reply.rows or reply.field)
    if reply.replaces and standing is not None:
        text = _cut(reply.text)
        edit = {"message_id": standing, **_message(chat, text, reply.rows, reply.original)}
        return [Call("editMessageText", edit, shows)]
    if reply.replaces and not shows:
        return []
    *before, last = split(reply.text)
    return [
        *(Call("sendMessage", _message(chat, part, ())) for part in before),
        Call("sendMessage", _message(chat, last, reply.rows, reply.original), shows),
    ]


def toast(query: str, text: str) -> Call:
    """Stop the spinner of a pressed button, perhaps with a short notice."""
    said = {"text": text[:_LONGEST_TOAST]} if text else {}
    return Call("answerCallbackQuery", {"callback_query_id": query, **said})


def split(text: str, longest: int = _LONGEST) -> list[str]:
    """Cut a text into parts that Telegram takes, between paragraphs, lines or words if it can."""
    parts = []
    while width(text) > longest:
        head = _fitting(text, longest)
        at = next((p for p in map(head.rfind, ("\n\n", "\n", " ")) if p > 0), len(head))
        parts.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*(part for part in parts if part), text]


def width(text: str) -> int:
    """The length of a text as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fitting(text: str, longest: int) -> str:
    """The longest beginning that fits. Python's characters are whole: no pair is ever cut."""
    fitting = text[:longest]
    while width(fitting) > longest:
        fitting = fitting[: -max(1, (width(fitting) - longest) // 2)]
    return fitting


def _cut(text: str) -> str:
    return text if width(text) <= _LONGEST else _fitting(text, _LONGEST - 1) + _ELLIPSIS


def _message(chat: int, text: str, rows: Rows, original: str = "") -> dict[str, Any]:
    keyboard = [row for row in map(list, map(_buttons, rows)) if row]
    folded = _folded(text, original)
    return {
        "chat_id": chat,
        "text": text + "\n\n" + original if folded else text,
        "link_preview_options": {"is_disabled": True},
        **folded,
        **({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}),
    }


def _folded(text: str, original: str) -> dict[str, Any]:
    """The original wording as a quotation that a tap unfolds; left out where it does not fit."""
    begins, length = width(text) + 2, width(original)
    if not original or begins + length > _LONGEST:
        return {}
    return {
        "entities": [{"type": "expandable_blockquote", "offset": begins, "length": length}],
    }


def _buttons(row: tuple[Button, ...]) -> Iterator[dict[str, str]]:
    for button in row:
        if button.data:
            face = f"{_FACES[button.face - 1]} " if button.face else ""
            yield {"text": face + button.label, "callback_data": button.data}
        # Telegram refuses a message with a link to a name without a dot, such as localhost
        elif "." in (urlsplit(button.url).hostname or ""):
            yield {"text": button.label, "url": button.url}
