"""A small, strict Telegram Bot API on a loopback port; `python -m tests.telegram.emulator`."""

import argparse
import itertools
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Self

from tests.telegram.citizen import Chat, Citizen
from tests.telegram.limits import (
    CALLBACK_TEXT_LIMIT,
    Json,
    Refused,
    formatted,
    integer,
    json_parameter,
    keyboard,
    utf16,
)
from tests.telegram.page import Page
from tests.telegram.server import CutError, Server
from tests.telegram.updates import Updates

TOKEN = "7000000001:AAF-not-a-real-token-of-Telegrams-0"
USERNAME = "hoert_emulator_bot"
BLOCKED = "Forbidden: bot was blocked by the user"

# Not served, as a bot must do without them; another name is a mistake of the bot.
_BEST_EFFORT = {
    "deletemycommands", "leavechat", "sendchataction", "setchatmenubutton", "setmessagereaction",
    "setmydescription", "setmyname", "setmyshortdescription",
}  # fmt: skip

Kind = int | Literal["cut before", "cut after", "hang"]


@dataclass(slots=True)
class Call:
    """One call of the bot, and how it was answered (`status` is None until then, and after a cut).

    `excused`: not the bot's mistake, since the test asked for the refusal or the method is one that
    a bot may try. `repeat`: the call asks again for what is done already, as at-least-once delivery
    must after a crash or a cut.
    """

    method: str
    params: Json
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    description: str = ""
    excused: bool = False
    repeat: bool = False


@dataclass(slots=True, eq=False)
class Fault:
    """An order to fail: the next `times` calls of a method, or all until `heal` when None."""

    method: str
    kind: Kind
    times: int | None
    retry_after: int
    hits: int = 0

    @property
    def active(self) -> bool:
        """There are calls left to fail."""
        return self.times is None or self.hits < self.times


class Emulator:
    """The Bot API at `url` for the bot `token`, and a record of what happened there.

    Strict where Telegram is; where it is vague, stricter. Knows no rate limits except ordered ones.
    Give `url` to the bot as TELEGRAM_API_URL. Use it as a context manager, or `close` it.
    """

    def __init__(self, port: int = 0) -> None:
        self.token = TOKEN
        self.bot: Json = {"id": int(TOKEN.partition(":")[0]), "is_bot": True}
        self.bot |= {"first_name": "Hørt", "username": USERNAME}
        self.lock = threading.RLock()
        self.calls: list[Call] = []
        self._changed = threading.Condition(self.lock)
        self._updates = Updates(self._changed, self._cut_of_post)
        self._faults: list[Fault] = []
        self._chats: dict[int, Chat] = {}
        self._queries: dict[str, tuple[Chat, Literal["open", "answered", "too old"]]] = {}
        self._closed = False
        self._commands: dict[str, list[Json]] = {}
        self._message_ids = itertools.count(101)
        self._query_ids = itertools.count(4_200_000_000_000_000_001)
        self._user_ids = itertools.count(5_000_000_001)  # beyond 32 bits, as real ones are
        self._methods: dict[str, Callable[[Json], Any]] = {
            "getme": lambda params: self.bot | {"can_join_groups": True},
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_keyboard,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_query,
            "setwebhook": self._updates.set_webhook,
            "deletewebhook": lambda params: self._updates.set_webhook(params | {"url": ""}),
            "setmycommands": self._set_commands,
            "getmycommands": lambda params: self._commands.get(params.get("language_code", ""), []),
            "getwebhookinfo": lambda params: self._updates.webhook_info(),
        }
        self._server = Server(port, self._answer, Page(self))
        self.url = self._server.url

    @property
    def refusals(self) -> list[Call]:
        """Calls answered 4xx without an excuse: each is a mistake of the bot."""
        with self.lock:
            return [c for c in self.calls if 400 <= (c.status or 0) < 500 and not c.excused]

    @property
    def pending(self) -> list[Json]:
        """Updates that the bot has not confirmed."""
        return self._updates.pending

    # What a test does

    def citizen(self, first_name: str = "Karen", language: str = "da") -> Citizen:
        """A person with a private chat of their own, unknown to the bot until they write."""
        number = next(self._user_ids)
        name = {"id": number, "first_name": first_name, "last_name": "Prøvesen"}
        name["username"] = f"proevesen_{number}"
        user = name | {"is_bot": False, "language_code": language}
        return Citizen(self, user, Chat(name | {"type": "private"}, self.lock))

    def channel_post(self, text: str) -> int:
        """Post in a channel that the bot is a member of; the update id."""
        channel = Chat({"id": -1_002_000_000_001, "type": "channel", "title": "Nyt"}, self.lock)
        post = self.stamp(channel, self.bot, sender_chat=channel.info, text=text)
        del post["from"]
        return self.deliver(channel, channel_post=post)

    def poison(self) -> int:
        """Queue an update that has an id and nothing else of the right shape; the update id."""
        return self.deliver(message={"message_id": "first", "date": "yesterday", "chat": []})

    def deliver(self, chat: Chat | None = None, **content: Any) -> int:
        """Queue an update of any content, in order with the others of its chat; the update id."""
        with self.lock:
            if chat is None:
                return self._updates.add(object(), content)
            self._chats[chat.id] = chat
            return self._updates.add(chat.id, content)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more under the same id, though it be confirmed long ago."""
        self._updates.again(update_id)

    def held(self) -> AbstractContextManager[None]:
        """Keep back the updates made in this block until `release`: they come out of order."""
        return self._updates.held()

    def release(self) -> None:
        """Deliver what was `held`, after what was done since."""
        self._updates.release()

    def inject(
        self, method: str, kind: Kind, *, times: int | None = 1, retry_after: int = 1
    ) -> Fault:
        """Order a fault for the next calls of a method ("*" for any).

        A number is answered as that status; "cut before" and "cut after" close the connection
        before or after the thing is done; "hang" answers nothing until `heal`. The method "webhook"
        is our own post to the bot, which can be cut.
        """
        with self.lock:
            self._faults.append(Fault(method.lower(), kind, times, retry_after))
            return self._faults[-1]

    def heal(self) -> None:
        """End all faults and let go of the calls that hang."""
        with self._changed:
            self._faults = []
            self._changed.notify_all()

    def expire_queries(self) -> None:
        """Make each open press too old to answer, as after some minutes without the bot."""
        with self.lock:
            for number, (chat, state) in self._queries.items():
                self._queries[number] = (chat, "too old" if state == "open" else state)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until something about the emulator is true; AssertionError when it is not."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise AssertionError(f"not so after {timeout} s; last calls: {self.calls[-5:]}")

    def close(self) -> None:
        """End every call, post and connection."""
        self._closed = True
        self.heal()
        self._updates.close()
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a citizen needs

    def stamp(self, chat: Chat, sender: Json, **content: Any) -> Json:
        """A new message of a chat."""
        message = {"message_id": next(self._message_ids), "from": sender, "chat": chat.info}
        return message | {"date": int(time.time())} | content

    def new_query(self, chat: Chat) -> str:
        """The id of a press, which the bot may answer once."""
        with self.lock:
            query_id = str(next(self._query_ids))
            self._queries[query_id] = (chat, "open")
            chat.spinning.add(query_id)
            return query_id

    # What the bot calls

    def _answer(
        self, token: str, method: str, params: Json | None, gone: Callable[[], bool]
    ) -> tuple[int, Json | str]:
        """Carry out one call: the HTTP status, and the JSON (or a proxy's page) to answer."""
        name, call = method.lower(), Call(method, params or {})
        with self.lock:
            self.calls.append(call)
            fault = self._take_fault(name)
        try:
            self._admit(token, params)
            if fault and fault.kind != "cut after":
                self._suffer(fault, gone)
            result = self._carry_out(name, call.params, gone)
            status, description = 200, ""
        except Refused as refused:
            status, description = refused.status, refused.description
            call.excused, call.repeat = refused.excused, refused.repeat
        if fault and fault.kind == "cut after":
            raise CutError
        with self._changed:
            call.status, call.description = status, description
            self._changed.notify_all()
        if status == 200:
            return status, {"ok": True, "result": result}
        if status == 502:
            return status, "<html><body><h1>502 Bad Gateway</h1></body></html>"
        error: Json = {"ok": False, "error_code": status, "description": description}
        if fault and status == 429:
            error["parameters"] = {"retry_after": fault.retry_after}
        return status, error

    def _admit(self, token: str, params: Json | None) -> None:
        if not token:
            raise Refused("Not Found", 404)
        if token != self.token:
            raise Refused("Unauthorized", 401)
        if params is None:
            raise Refused("Bad Request: can't parse request body JSON object")

    def _carry_out(self, name: str, params: Json, gone: Callable[[], bool]) -> Any:
        if name == "getupdates":
            return self._updates.poll(params, gone)
        if name not in self._methods:
            raise Refused("Not Found: method not found", 404, excused=name in _BEST_EFFORT)
        with self.lock:
            return self._methods[name](params)

    def _take_fault(self, name: str) -> Fault | None:
        with self.lock:
            for fault in self._faults:
                if fault.active and fault.method in (name, name != "webhook" and "*"):
                    fault.hits += 1
                    return fault
        return None

    def _cut_of_post(self) -> object:
        fault = self._take_fault("webhook")
        return fault and fault.kind

    def _suffer(self, fault: Fault, gone: Callable[[], bool]) -> None:
        if isinstance(fault.kind, int):
            particular = {403: BLOCKED, 429: f"Too Many Requests: retry after {fault.retry_after}"}
            description = particular.get(fault.kind, HTTPStatus(fault.kind).phrase)
            raise Refused(description, fault.kind, excused=True)
        with self._changed:
            while fault.kind == "hang" and fault in self._faults and not (self._closed or gone()):
                self._changed.wait(0.5)
        raise CutError

    def _chat(self, params: Json) -> Chat:
        if params.get("chat_id") in (None, ""):
            raise Refused("Bad Request: chat_id is empty")
        chat = self._chats.get(integer(params, "chat_id"))
        if chat is None:
            raise Refused("Bad Request: chat not found")
        if chat.blocked:
            raise Refused(BLOCKED, 403, excused=True)
        return chat

    def _send_message(self, params: Json) -> Json:
        text, entities = formatted(params, too_long="message is too long")
        markup = keyboard(params)
        chat = self._chat(params)
        message = self.stamp(chat, self.bot)
        reply = json_parameter(params, "reply_parameters") or {}
        if quoted := chat.screen.get(integer(reply, "message_id")):
            message["reply_to_message"] = quoted
        elif reply and not reply.get("allow_sending_without_reply"):
            raise Refused("Bad Request: message to be replied not found")
        return chat.show(_dressed(message, text, entities, markup))

    def _edit_text(self, params: Json) -> Json:
        text, entities = formatted(params, too_long="MESSAGE_TOO_LONG")
        return self._edit(params, text, entities)

    def _edit_keyboard(self, params: Json) -> Json:
        return self._edit(params, None, [])

    def _edit(self, params: Json, text: str | None, entities: list[Json]) -> Json:
        markup = keyboard(params, inline_only=True)
        chat = self._chat(params)
        old = chat.screen.get(integer(params, "message_id"))
        if old is None:
            raise self._missing(chat, params, "message to edit not found")
        if not old["from"]["is_bot"]:
            raise Refused("Bad Request: message can't be edited")
        if text is None:
            text, entities = old["text"], old.get("entities", [])
        new = _dressed(old, text, entities, markup)
        if new == old:
            raise Refused(
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
                repeat=True,
            )
        return chat.show(new | {"edit_date": int(time.time())})

    def _delete_message(self, params: Json) -> bool:
        chat, number = self._chat(params), integer(params, "message_id")
        if chat.screen.pop(number, None) is None:
            raise self._missing(chat, params, "message to delete not found")
        return True

    def _missing(self, chat: Chat, params: Json, what: str) -> Refused:
        number = integer(params, "message_id")
        by_citizen = number in chat.taken_away
        repeat = number in chat.revisions and not by_citizen
        return Refused(f"Bad Request: {what}", repeat=repeat, excused=by_citizen)

    def _set_commands(self, params: Json) -> bool:
        given = json_parameter(params, "commands")
        if not isinstance(given, list) or not 1 <= len(given) <= 100:
            raise Refused("Bad Request: can't parse commands JSON array")
        for one in given:
            if not re.fullmatch("[a-z0-9_]{1,32}", str(one.get("command"))):
                raise Refused("Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(str(one.get("description") or "")) <= 256:
                raise Refused("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        language = str(params.get("language_code") or "")
        if not re.fullmatch("([a-z]{2})?", language):
            raise Refused("Bad Request: LANGUAGE_CODE_INVALID")
        self._commands[language] = given
        return True

    def _answer_query(self, params: Json) -> bool:
        query_id, text = str(params.get("callback_query_id")), str(params.get("text") or "")
        chat, state = self._queries.get(query_id, (None, "unknown"))
        if chat is None or state != "open":
            raise Refused(
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
                repeat=state == "answered",
                excused=state == "too old",
            )
        if utf16(text) > CALLBACK_TEXT_LIMIT:
            raise Refused("Bad Request: MESSAGE_TOO_LONG")
        self._queries[query_id] = (chat, "answered")
        chat.stop_spinner(query_id, text)
        return True


def _dressed(message: Json, text: str, entities: list[Json], markup: Json | None) -> Json:
    """A message with another text and keyboard; what isn't given isn't there."""
    bare = {k: v for k, v in message.items() if k not in ("entities", "reply_markup")}
    return (
        bare
        | {"text": text}
        | ({"entities": entities} if entities else {})
        | ({"reply_markup": markup} if markup else {})
    )


def main() -> None:
    """Serve until interrupted, with a chat page at `/` for a developer without Telegram."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    # A shell that starts it in the background has made it deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Emulator(parser.parse_args().port) as emulator:
        sys.stdout.write(
            f"TELEGRAM_BOT_TOKEN={emulator.token} TELEGRAM_API_URL={emulator.url} hoert bot\n"
            f"Then talk to it at {emulator.url}/ (Ctrl-C ends)\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
