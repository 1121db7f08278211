"""What the Bot API refuses in a message: its text, its formatting and its keyboard."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

TEXT_LIMIT = 4096
CALLBACK_TEXT_LIMIT = 200
CALLBACK_DATA_BYTES = 64
BUTTONS, BUTTONS_PER_ROW = 100, 8

_ACTIONS = {
    "callback_data", "callback_game", "copy_text", "login_url", "pay", "switch_inline_query",
    "switch_inline_query_chosen_chat", "switch_inline_query_current_chat", "url", "web_app",
}  # fmt: skip
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "a": "text_link", "span": "spoiler", "tg-spoiler": "spoiler",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_MARKS = {
    "__": "Underline", "||": "Spoiler", "_": "Italic", "*": "Bold", "~": "Strikethrough",
}  # fmt: skip
_CHARACTER_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s*([^\s=>\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_LINK_TARGET = re.compile(r"\(((?:\\.|[^\\)])*)\)")


class Refused(Exception):
    """The answer of the Bot API to a call that it does not carry out.

    `repeat`: the call asks again for what an earlier call has already done. `excused`: the bot is
    not to blame, since the test asked for this refusal.
    """

    def __init__(
        self, description: str, status: int = 400, *, repeat: bool = False, excused: bool = False
    ) -> None:
        super().__init__(description)
        self.description = description
        self.status = status
        self.repeat = repeat
        self.excused = excused


def utf16(text: str) -> int:
    """The length of a text in UTF-16 code units, the unit of all Telegram offsets."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def json_parameter(params: Mapping[str, Any], name: str) -> Any:
    """A parameter that is JSON, given as JSON text or as an object in a JSON body."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError as error:
        raise Refused(f"Bad Request: can't parse {name} JSON object") from error


def integer(params: Mapping[str, Any], name: str) -> int:
    """A parameter that is a whole number, 0 when it is missing or is not one."""
    try:
        return int(params.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def formatted(params: Mapping[str, Any], *, too_long: str) -> tuple[str, list[Json]]:
    """The text that a citizen sees and its entities; 1 to 4096 UTF-16 units when parsed.

    Telegram counts characters; UTF-16 units are never fewer, so what passes here passes there.
    """
    source = str(params.get("text") or "")
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise Refused("Bad Request: text must be encoded in UTF-8") from error
    source = re.sub(r"[\x00-\x08\x0b-\x1f]", " ", source.replace("\r", ""))
    match str(params.get("parse_mode") or "").lower():
        case "":
            text, entities = source, json_parameter(params, "entities") or []
            if any(one["offset"] + one["length"] > utf16(source) for one in entities):
                raise Refused("Bad Request: ENTITY_BOUNDS_INVALID")
        case "html":
            text, entities = _html(source)
        case "markdownv2":
            text, entities = _markdown(source)
        case _:
            raise Refused("Bad Request: unsupported parse_mode")
    text = text if entities else text.strip()
    if not text.strip():
        raise Refused("Bad Request: message text is empty")
    if utf16(text) > TEXT_LIMIT:
        raise Refused(f"Bad Request: {too_long}")
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


class _Draft:
    """Plain text with the entities that are still open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.entities: list[Json] = []
        self.open: list[tuple[str, int, int, Json]] = []

    def refuse(self, what: str, at: int) -> Refused:
        offset = len(self.source[:at].encode())
        return Refused(f"Bad Request: can't parse entities: {what} at byte offset {offset}")

    def begin(self, mark: str, at: int, **entity: str) -> None:
        self.open.append((mark, at, utf16(self.text), entity))

    def end(self, **more: str) -> None:
        _, _, offset, entity = self.open.pop()
        if length := utf16(self.text) - offset:
            self.entities.append({**entity, **more, "offset": offset, "length": length})


def _html(source: str) -> tuple[str, list[Json]]:
    draft, at = _Draft(source), 0
    while at < len(source):
        if reference := _CHARACTER_REFERENCE.match(source, at):
            draft.text += html.unescape(reference[0])
            at = reference.end()
        elif source[at] != "<":
            draft.text += source[at]
            at += 1
        elif source.startswith("</", at):
            if not draft.open:
                raise draft.refuse("Unexpected end tag", at)
            close = source.find(">", at)
            if close < 0:
                raise draft.refuse("Unclosed end tag", at)
            name, expected = source[at + 2 : close].strip().lower(), draft.open[-1][0]
            if name not in ("", expected):
                offset = len(source[:at].encode())
                raise Refused(
                    f"Bad Request: can't parse entities: Unmatched end tag at byte offset {offset},"
                    f' expected "</{expected}>", found "</{name}>"'
                )
            draft.end()
            at = close + 1
        else:
            at = _start_tag(draft, at)
    if draft.open:
        raise Refused(
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag"
            f' "{draft.open[-1][0]}"'
        )
    return draft.text, draft.entities


def _start_tag(draft: _Draft, at: int) -> int:
    found = re.compile(r"<([^\s>]*)(?=[\s>])").match(draft.source, at)
    if not found:
        raise draft.refuse("Unclosed start tag", at)
    name = found[1].lower()
    if name not in _TAGS:
        raise draft.refuse(f'Unsupported start tag "{name}"', at)
    attributes, here = dict[str, str](), found.end()
    while attribute := _ATTRIBUTE.match(draft.source, here):
        attributes[attribute[1].lower()] = next(filter(None, attribute.groups()[1:]), "")
        here = attribute.end()
    end = re.compile(r"\s*>").match(draft.source, here)
    if not end:
        raise draft.refuse("Unclosed start tag", at)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise draft.refuse('Tag "span" must have class "tg-spoiler"', at)
    link = {"url": html.unescape(attributes.get("href", ""))} if name == "a" else {}
    draft.begin(name, at, type=_TAGS[name], **link)
    return end.end()


def _markdown(source: str) -> tuple[str, list[Json]]:
    draft, at = _Draft(source), 0
    while at < len(source):
        character, pair = source[at], source[at : at + 2]
        mark = pair if pair in _MARKS else character
        if character == "\\" and at + 1 < len(source) and source[at + 1] < "\x7f":
            draft.text += source[at + 1]
            at += 2
        elif character == "`":
            at = _code(draft, at)
        elif mark in _MARKS:
            if draft.open and draft.open[-1][0] == mark:
                draft.end()
            else:
                draft.begin(mark, at, type=_MARKS[mark].lower())
            at += len(mark)
        elif character == "[":
            draft.begin("[", at, type="text_link")
            at += 1
        elif character == "]" and draft.open and draft.open[-1][0] == "[":
            target = _LINK_TARGET.match(source, at + 1)
            if source[at + 1 : at + 2] == "(" and not target:
                raise draft.refuse("Can't find end of a URL", at + 1)
            draft.end(url=target[1] if target else "")
            at = target.end() if target else at + 1
        elif character == ">" and (at == 0 or source[at - 1] == "\n"):
            at += 1
        elif character in "]()>#+-=|{}.!":
            raise Refused(
                f"Bad Request: can't parse entities: Character '{character}' is reserved"
                " and must be escaped with the preceding '\\'"
            )
        else:
            draft.text += character
            at += 1
    if draft.open:
        mark, begun, _, _ = draft.open[-1]
        raise draft.refuse(f"Can't find end of {_MARKS.get(mark, 'TextUrl')} entity", begun)
    return draft.text, draft.entities


def _code(draft: _Draft, at: int) -> int:
    fence = "```" if draft.source.startswith("```", at) else "`"
    kind = "Pre" if fence == "```" else "Code"
    body = re.compile(rf"{fence}((?:\\.|[^\\`]|`(?!``))*?){fence}", re.DOTALL)
    found = body.match(draft.source, at)
    if not found:
        raise draft.refuse(f"Can't find end of {kind} entity", at)
    draft.begin(fence, at, type=kind.lower())
    draft.text += re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)
    draft.end()
    return found.end()


def keyboard(params: Mapping[str, Any], *, inline_only: bool = False) -> Json | None:
    """The inline keyboard of a call, checked; None for none (other kinds are not kept)."""
    markup = json_parameter(params, "reply_markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise Refused("Bad Request: object expected as reply markup")
    if "inline_keyboard" not in markup:
        if inline_only or not markup.keys() & {"keyboard", "remove_keyboard", "force_reply"}:
            raise Refused("Bad Request: inline keyboard expected")
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused('Bad Request: Field "inline_keyboard" must be an Array of Arrays')
    if sum(map(len, rows)) > BUTTONS or any(len(row) > BUTTONS_PER_ROW for row in rows):
        raise Refused("Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        _check_button(button)
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check_button(button: Any) -> None:
    parse = "Bad Request: can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise Refused(parse + "expected an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise Refused(parse + 'Field "text" must be a non-empty String')
    actions = [name for name in _ACTIONS if button.get(name) not in (None, "")]
    if not actions:
        raise Refused(parse + "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        # Telegram takes the first of them; a keyboard that means two things is a mistake of ours.
        raise Refused("Bad Request: BUTTON_TYPE_INVALID")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode(errors="surrogatepass")) <= (
        CALLBACK_DATA_BYTES
    ):
        raise Refused("Bad Request: BUTTON_DATA_INVALID")
    if "url" in button:
        _check_link(str(button["url"]))


def _check_link(url: str) -> None:
    refusal = f"Bad Request: inline keyboard button URL '{url}' is invalid: "
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https", "tg", "ton"):
        raise Refused(refusal + "Unsupported URL protocol")
    # `localhost` and other names without a dot are no address to Telegram.
    if parts.scheme in ("http", "https") and "." not in (parts.hostname or ""):
        raise Refused(refusal + "Wrong HTTP URL")
