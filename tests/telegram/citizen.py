"""The citizen's side of a chat: what they see, and what they do."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.telegram.limits import Json

if TYPE_CHECKING:
    from tests.telegram.emulator import Emulator


@dataclass(frozen=True, slots=True)
class Button:
    """A button as the citizen sees it, with what it carries."""

    label: str
    data: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stood on the screen at one moment; an old one keeps its old buttons."""

    id: int
    text: str
    from_bot: bool
    rows: tuple[tuple[Button, ...], ...]

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, in reading order."""
        return tuple(button for row in self.rows for button in row)

    @property
    def labels(self) -> list[str]:
        """What the buttons say, in reading order."""
        return [button.label for button in self.buttons]


class Chat:
    """The screen of a chat: messages by id, in order. Guarded by the emulator's lock."""

    def __init__(self, info: Json, lock: threading.RLock) -> None:
        self.info = info
        self.id: int = info["id"]
        self.blocked = False
        self.screen: dict[int, Json] = {}
        self.changed = threading.Condition(lock)
        self.revision = 0
        self.revisions: dict[int, int] = {}
        self.toasts: list[str] = []
        self.spinning: set[str] = set()
        self.taken_away: set[int] = set()

    def show(self, message: Json) -> Json:
        """Put a new or edited message on the screen."""
        with self.changed:
            self.revision += 1
            self.screen[message["message_id"]] = message
            self.revisions[message["message_id"]] = self.revision
            self.changed.notify_all()
            return message

    def stop_spinner(self, query_id: str, text: str) -> None:
        """The bot has answered a press, perhaps with a short notice."""
        with self.changed:
            self.spinning.discard(query_id)
            self.toasts += [text] if text else []
            self.changed.notify_all()


class Citizen:
    """One person in one chat (their own, or a group's that they share).

    Each deed is a real update for the bot. Waiting looks only at what the bot has sent or edited
    since this person's last deed, so that an old screen never answers for a new one.
    """

    def __init__(self, emulator: "Emulator", user: Json, chat: Chat) -> None:
        self.user = user
        self.chat = chat
        self.emulator = emulator
        self._acted = 0

    @property
    def messages(self) -> list[Message]:
        """The screen, oldest first, as it is after all edits."""
        with self.chat.changed:
            return [_seen(message) for message in self.chat.screen.values()]

    @property
    def last(self) -> Message:
        """The bot's newest message."""
        found = [message for message in self.messages if message.from_bot]
        if not found:
            raise AssertionError(f"the bot has not written to {self.user['first_name']}")
        return found[-1]

    @property
    def toasts(self) -> list[str]:
        """The short notices that answered presses."""
        with self.chat.changed:
            return list(self.chat.toasts)

    @property
    def spinning(self) -> int:
        """Pressed buttons that the bot has not answered: each shows a spinner."""
        with self.chat.changed:
            return len(self.chat.spinning)

    def wait_for(self, what: str | Callable[[Message], bool], timeout: float = 10.0) -> Message:
        """Wait for a message of the bot that has the text, or of which the predicate is true."""

        def wanted(message: Message) -> bool:
            return what in message.text if isinstance(what, str) else what(message)

        until = time.monotonic() + timeout
        with self.chat.changed:
            while True:
                for number, revision in reversed(self.chat.revisions.items()):
                    raw = self.chat.screen.get(number)
                    fresh = raw and revision > self._acted and raw["from"]["is_bot"]
                    if raw and fresh and wanted(_seen(raw)):
                        return _seen(raw)
                if not self.chat.changed.wait(max(until - time.monotonic(), 0)):
                    raise AssertionError(f"no {what!r} after {timeout} s\n{self.transcript()}")

    def wait_until_answered(self, timeout: float = 10.0) -> None:
        """Wait until no pressed button spins."""
        with self.chat.changed:
            if not self.chat.changed.wait_for(lambda: not self.chat.spinning, timeout):
                raise AssertionError(f"a button spins after {timeout} s\n{self.transcript()}")

    def send(self, text: str, **more: Any) -> int:
        """Write a text; the update id."""
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            more["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return self._post(text=text, **more)

    def start(self, code: str = "") -> int:
        """Open the bot's link, with its code, and press Start; the update id."""
        return self.send(f"/start {code}".strip())

    def forward(self, text: str) -> int:
        """Pass on a text that somebody else wrote; the update id."""
        origin = {"type": "hidden_user", "sender_user_name": "Naboen", "date": 1_750_000_000}
        return self._post(text=text, forward_origin=origin)

    def photo(self, caption: str = "") -> int:
        """Send a picture; the update id."""
        size = _file("photo") | {"width": 90, "height": 90}
        return self._post(photo=[size], **({"caption": caption} if caption else {}))

    def voice(self) -> int:
        """Send a voice message; the update id."""
        return self._post(voice=_file("voice") | {"duration": 3, "mime_type": "audio/ogg"})

    def sticker(self) -> int:
        """Send a sticker; the update id."""
        shape = {"type": "regular", "width": 512, "height": 512}
        return self._post(
            sticker=_file("sticker") | shape | {"is_animated": False, "is_video": False}
        )

    def location(self) -> int:
        """Send a place; the update id."""
        return self._post(location={"latitude": 55.927, "longitude": 12.301})

    def contact(self) -> int:
        """Send one's own contact card; the update id."""
        card = {"phone_number": "+4520000000", "first_name": self.user["first_name"]}
        return self._post(contact=card | {"user_id": self.user["id"]})

    def edit(self, text: str) -> int:
        """Change one's own newest message; the update id."""
        with self.chat.changed:
            own = [m for m in self.chat.screen.values() if m["from"]["id"] == self.user["id"]]
            self._acted = self.chat.revision + 1
            edited = self.chat.show(own[-1] | {"text": text, "edit_date": int(time.time())})
            return self.emulator.deliver(self.chat, edited_message=edited)

    def delete(self, message: Message) -> None:
        """Take a message off the screen on both sides; Telegram doesn't tell the bot."""
        with self.chat.changed:
            del self.chat.screen[message.id]
            self.chat.taken_away.add(message.id)

    def press(self, label: str, on: Message | None = None, timeout: float = 10.0) -> str:
        """Press the button with this label; the id of the query.

        Waits for a fresh message that shows it. `on` presses it on a message as it was seen
        before, though the button be gone by now: an old screen, or a second tap.
        """
        message = on or self.wait_for(lambda message: label in message.labels, timeout)
        found = [button.data for button in message.buttons if button.label == label]
        if not found or found[0] is None:
            raise AssertionError(f"no button {label!r} to press\n{self.transcript()}")
        return self.press_data(found[0], message)

    def press_data(self, data: str, on: Message) -> str:
        """Send any callback data as if a button of this message carried it; the query's id."""
        with self.chat.changed:
            self._acted = self.chat.revision
            query_id = self.emulator.new_query(self.chat)
            # What a bot is told of a message that is gone.
            unseen = {"chat": self.chat.info, "message_id": on.id, "date": 0}
            query = {"id": query_id, "from": self.user, "data": data}
            query["message"] = self.chat.screen.get(on.id, unseen)
            query["chat_instance"] = str(-self.chat.id)
            self.emulator.deliver(self.chat, callback_query=query)
            return query_id

    def block(self) -> int:
        """Block the bot: it is told, and may not write until `unblock`; the update id."""
        return self._membership("member", "kicked")

    def unblock(self) -> int:
        """Let the bot write again; the update id."""
        return self._membership("kicked", "member")

    def add_bot_to_group(self, title: str) -> "Citizen":
        """Make a group with the bot in it; this person's place there."""
        group_id = -1_001_000_000_000 - self.user["id"] % 1_000_000
        info = {"id": group_id, "type": "supergroup", "title": title}
        place = Citizen(self.emulator, self.user, Chat(info, self.emulator.lock))
        place._membership("left", "member")
        return place

    def join(self, member: "Citizen") -> "Citizen":
        """Join the group where somebody else has their place; this person's place there."""
        return Citizen(self.emulator, self.user, member.chat)

    def transcript(self) -> str:
        """The screen as text."""
        lines = []
        for message in self.messages:
            name = "Hørt" if message.from_bot else self.user["first_name"]
            lines.append(f"{name}: " + message.text.replace("\n", "\n    "))
            lines += ["    " + " ".join(f"[{b.label}]" for b in row) for row in message.rows]
        return "\n".join(lines)

    def _post(self, **content: Any) -> int:
        with self.chat.changed:
            message = self.emulator.stamp(self.chat, self.user, **content)
            self._acted = self.chat.revision + 1
            return self.emulator.deliver(self.chat, message=self.chat.show(message))

    def _membership(self, before: str, after: str) -> int:
        with self.chat.changed:
            self._acted = self.chat.revision
            self.chat.blocked = after == "kicked"
            bot = self.emulator.bot
            change: Json = {"chat": self.chat.info, "from": self.user, "date": int(time.time())}
            for name, status in (("old_chat_member", before), ("new_chat_member", after)):
                change[name] = {"user": bot, "status": status}
                change[name] |= {"until_date": 0} if status == "kicked" else {}
            return self.emulator.deliver(self.chat, my_chat_member=change)


def _file(kind: str) -> Json:
    return {"file_id": f"{kind}-1", "file_unique_id": f"unique-{kind}-1", "file_size": 1024}


def _seen(message: Json) -> Message:
    media = next(
        (k for k in ("photo", "voice", "sticker", "location", "contact") if k in message), ""
    )
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return Message(
        id=message["message_id"],
        text=message.get("text", f"({media}) {message.get('caption', '')}".strip()),
        from_bot=message["from"]["is_bot"],
        rows=tuple(
            tuple(
                # A face beside the words is decoration
                Button(b["text"].lstrip("😞🙁😐🙂😀 "), b.get("callback_data"), b.get("url"))
                for b in row
            )
            for row in rows
        ),
    )
