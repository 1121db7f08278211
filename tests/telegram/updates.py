"""The updates that wait for the bot: polled or posted to its webhook, until it confirms them."""

import contextlib
import http.client
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.telegram.limits import Json, Refused, integer, json_parameter

LONGEST_POLL = 50.0
LONGEST_PAUSE = 1.0
SENDERS = 8

_ONLY_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


@dataclass(slots=True, eq=False)
class _Entry:
    """An unconfirmed update. A late one may have an id that the bot's offset has passed."""

    update: Json
    lane: object
    late: bool = False
    delivered: bool = False
    under_way: bool = False
    failures: int = 0
    due: float = 0.0


class Updates:
    """The queue. What is unconfirmed comes again with each poll, what is confirmed never does.

    `changed` guards it and is notified of each change. `cut` says whether the test wants the next
    post to the webhook cut off before or after it is sent.
    """

    def __init__(self, changed: threading.Condition, cut: Callable[[], object]) -> None:
        self.webhook: Json = {}
        self._changed = changed
        self._cut = cut
        self._ids = itertools.count(810_000_001)
        self._queue: list[_Entry] = []
        self._ever: dict[int, _Entry] = {}
        self._holding = False
        self._held: list[_Entry] = []
        self._allowed: list[str] = []
        self._latest_poll: object = None
        self._closed = False
        self._senders: list[threading.Thread] = []

    @property
    def pending(self) -> list[Json]:
        """Updates that the bot has not confirmed."""
        with self._changed:
            return [entry.update for entry in self._queue]

    def add(self, lane: object, content: Json) -> int:
        """Queue an update, in order with the others of its lane (its chat); the update id."""
        with self._changed:
            entry = _Entry({"update_id": next(self._ids), **content}, lane)
            number: int = entry.update["update_id"]
            kind = next(iter(content))
            if kind in self._allowed or (not self._allowed and kind not in _ONLY_ON_REQUEST):
                self._ever[number] = entry
                (self._held if self._holding else self._queue).append(entry)
                self._changed.notify_all()
            return number

    def again(self, number: int) -> None:
        """Deliver an update once more under the same id, confirmed or not."""
        with self._changed:
            known = self._ever[number]
            self._queue.append(_Entry(known.update, known.lane, late=True))
            self._changed.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep back what is added in this block."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False

    def release(self) -> None:
        """Deliver what was held back, after what has been added since."""
        with self._changed:
            for entry in self._held:
                entry.late = True
            self._queue += self._held
            self._held = []
            self._changed.notify_all()

    def poll(self, params: Json, gone: Callable[[], bool]) -> list[Json]:
        """Answer getUpdates; waits as long as it asks, and ends an older poll that still waits."""
        offset, limit = integer(params, "offset"), integer(params, "limit")
        until = time.monotonic() + min(max(integer(params, "timeout"), 0), LONGEST_POLL)
        with self._changed:
            if self.webhook:
                raise Refused(
                    "Conflict: can't use getUpdates method while webhook is active; "
                    "use deleteWebhook to delete the webhook first",
                    409,
                )
            self._allow(params)
            self._confirm(offset)
            mine = self._latest_poll = object()
            self._changed.notify_all()
            while not (self._queue or self._closed) and time.monotonic() < until:
                self._changed.wait(until - time.monotonic())
                if self.webhook:
                    raise Refused("Conflict: terminated by setWebhook request", 409, excused=gone())
                if self._latest_poll is not mine:
                    raise Refused(
                        "Conflict: terminated by other getUpdates request; make sure that only one "
                        "bot instance is running",
                        409,
                        excused=gone(),
                    )
            if gone():
                return []
            batch = self._queue[: limit if 1 <= limit <= 100 else 100]
            for entry in batch:
                entry.delivered = True
            return [entry.update for entry in batch]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            del self._queue[:offset]
        elif offset:
            # A late update is below the offset already: the next poll with an offset confirms it.
            self._queue = [
                entry
                for entry in self._queue
                if (not entry.delivered if entry.late else entry.update["update_id"] >= offset)
            ]

    def _allow(self, params: Json) -> None:
        allowed = json_parameter(params, "allowed_updates")
        if allowed is not None:
            if not isinstance(allowed, list) or not all(isinstance(kind, str) for kind in allowed):
                raise Refused("Bad Request: can't parse allowed_updates JSON array")
            self._allowed = allowed

    def set_webhook(self, params: Json) -> bool:
        """Answer setWebhook, or deleteWebhook when `url` is empty; only this machine is reached."""
        url, secret = str(params.get("url") or ""), str(params.get("secret_token") or "")
        parts = urlsplit(url)
        if url and parts.scheme != "https" and parts.hostname != "127.0.0.1":
            raise Refused("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if url and parts.hostname != "127.0.0.1":
            raise Refused(
                "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
            )
        if not _SECRET.fullmatch(secret):
            raise Refused("Bad Request: secret token contains unallowed characters")
        with self._changed:
            self._allow(params)
            if str(params.get("drop_pending_updates")).lower() == "true":
                self._queue = []
            self.webhook = {"url": url, "secret": secret} if url else {}
            if url and not self._senders:
                self._senders = [threading.Thread(target=self._send) for _ in range(SENDERS)]
                for sender in self._senders:
                    sender.start()
            self._changed.notify_all()
        return True

    def webhook_info(self) -> Json:
        """Answer getWebhookInfo."""
        with self._changed:
            info = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
            info |= {"pending_update_count": len(self._queue), "allowed_updates": self._allowed}
            return info | {k: v for k, v in self.webhook.items() if k.startswith("last_error")}

    def _send(self) -> None:
        while True:
            with self._changed:
                while (entry := self._next()) is None:
                    if self._closed:
                        return
                    pauses = [e.due - time.monotonic() for e in self._queue if e.due]
                    self._changed.wait(max(min(pauses, default=LONGEST_PAUSE), 0.01))
                entry.under_way = True
                webhook = self.webhook
            error = self._post(webhook, entry.update)
            with self._changed:
                entry.under_way = False
                if error and webhook is self.webhook:
                    webhook |= {"last_error_date": int(time.time()), "last_error_message": error}
                if error:
                    entry.failures += 1
                    entry.due = time.monotonic() + min(0.05 * 2**entry.failures, LONGEST_PAUSE)
                elif entry in self._queue:
                    self._queue.remove(entry)
                self._changed.notify_all()

    def _next(self) -> _Entry | None:
        busy = set[object]()
        for entry in self._queue if self.webhook and not self._closed else ():
            if entry.lane not in busy and not entry.under_way and entry.due <= time.monotonic():
                return entry
            busy.add(entry.lane)
        return None

    def _post(self, webhook: Json, update: Json) -> str:
        """Post an update; what went wrong, or nothing."""
        headers = {"Content-Type": "application/json"}
        if webhook["secret"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook["secret"]
        parts = urlsplit(webhook["url"])
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        cut = self._cut()
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        with contextlib.closing(connection):
            try:
                if cut != "cut before":
                    connection.request("POST", path or "/", json.dumps(update), headers)
                if cut:
                    return "Connection timed out"
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                return f"Connection failed: {type(error).__name__}"
        return "" if 200 <= status < 300 else f"Wrong response from the webhook: {status}"

    def close(self) -> None:
        """End the polls and the posts."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for sender in self._senders:
            sender.join()
