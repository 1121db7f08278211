"""From waiting updates to waiting messages: one transaction for each, in the order of arrival."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from structlog import get_logger

from bot import logs, presenter, updates
from bot.chats import Chats
from bot.ledger import OUTAGES, Ledger
from bot.outbox import Outbox
from bot.presenter import Call
from bot.settings import Settings
from bot.updates import Incoming
from surveys import keys
from surveys.arrivals import Arrivals, Arrived
from surveys.chat import Desk, Place, Reminded, Reply
from surveys.conversation import converse
from surveys.instrument import SOURCE_LANGUAGE
from surveys.seal import BrokenSeal
from surveys.wording import say

log = get_logger("hoert.bot")

BATCH: Final = 20
PAUSE_SECONDS: Final = 1.0
COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")
REMINDED_AT: Final = time(10)


@dataclass(frozen=True, slots=True)
class Handler:
    """Handles updates in the caller's transaction: the conversation, then the messages it gives.

    An update that is delivered twice is handled once, because it is blanked in the transaction
    that handles it.
    """

    settings: Settings
    arrivals: Arrivals
    chats: Chats
    outbox: Outbox
    clock: Callable[[], datetime]

    def handle(self, session: Session, arrived: Sequence[Arrived]) -> None:
        """Handle updates in their order. Raises anything where one of them cannot be handled."""
        for one in arrived:
            incoming = updates.read(self.arrivals.open(one))
            if incoming is not None:
                self._answer(session, incoming)
        self.arrivals.done(session, arrived)

    def set_aside(self, session: Session, arrived: Arrived) -> bool:
        """Count a failure; whether it was the last, and the update is aside with an apology."""
        aside = self.arrivals.failed(session, arrived)
        if aside and (chat := self._sender(arrived)) is not None:
            apology = Reply(say("chat_failed", SOURCE_LANGUAGE))
            self._send(session, chat, presenter.calls(apology, chat, None))
        return aside

    def _sender(self, arrived: Arrived) -> int | None:
        try:
            return updates.chat_of(self.arrivals.open(arrived))
        except BrokenSeal:
            return None

    def _answer(self, session: Session, incoming: Incoming) -> None:
        key = self._key(incoming.chat)
        if incoming.gone:
            self.outbox.block(session, key)
            return
        if not incoming.private:
            self._decline(session, incoming)
            return
        if incoming.event is None:
            self._send(session, incoming.chat, _spinner(incoming, ""))
            return
        now, chat = self.clock(), self.chats.find(session, key)
        place = chat.place if chat else Place()
        turn = converse(session, self._desk(key), place, incoming.event, now)
        standing = incoming.message or (chat.shown if chat else None)
        said = say(turn.toast, turn.place.language) if turn.toast else ""
        calls = _spinner(incoming, said)
        for reply in turn.replies:
            calls += presenter.calls(reply, incoming.chat, standing)
        self._send(session, incoming.chat, calls)
        remind = (tomorrow(now), incoming.chat) if turn.reminds else None
        self.chats.keep(session, key, turn.place, known=chat is not None, remind=remind)

    def remind(self, session: Session, now: datetime) -> int:
        """Come back to whoever asked for it and whose time has come; how many they were."""
        due = self.chats.due(session, now)
        for number in due:
            self._answer(session, Incoming(number, Reminded()))
        return len(due)

    def forget(self, session: Session, now: datetime) -> None:
        """Drop what is over and what was handled long ago."""
        self.chats.forget(session, now)
        self.arrivals.purge(session, now)

    def _decline(self, session: Session, incoming: Incoming) -> None:
        if incoming.query is not None:
            self._send(session, incoming.chat, _spinner(incoming, ""))
        else:
            said = Reply(say("chat_private_only", SOURCE_LANGUAGE))
            self._send(session, incoming.chat, presenter.calls(said, incoming.chat, None))

    def _send(self, session: Session, chat: int, calls: Sequence[Call]) -> None:
        self.outbox.put(session, self._key(chat), calls, self.clock())

    def _key(self, chat: int) -> bytes:
        return keys.chat_key(self.settings.secret_key, str(chat))

    def _desk(self, key: bytes) -> Desk:
        return Desk(
            mode="telegram",
            key=key,
            secret=self.settings.secret_key,
            municipality=self.settings.municipality,
            public_url=self.settings.public_url,
            help_phone=self.settings.help_phone,
        )


def tomorrow(now: datetime) -> datetime:
    """The next day, when people are up."""
    day = now.astimezone(COPENHAGEN).date() + timedelta(days=1)
    return datetime.combine(day, REMINDED_AT, COPENHAGEN)


def _spinner(incoming: Incoming, text: str) -> list[Call]:
    return [presenter.toast(incoming.query, text)] if incoming.query is not None else []


class Worker:
    """Handles what waits, one update after the other, so that each chat keeps its order."""

    def __init__(self, ledger: Ledger, handler: Handler, arrived: asyncio.Event) -> None:
        self._ledger = ledger
        self._handler = handler
        self._arrived = arrived

    async def run(self, sent: asyncio.Event) -> None:
        """Work until cancelled. `sent` is set whenever there are new messages to send."""
        while True:
            self._arrived.clear()
            try:
                more = await self._work_through(sent)
            except OUTAGES as outage:
                log.warning("database away", cause=type(outage).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if not more:
                await self._arrived.wait()

    async def _work_through(self, sent: asyncio.Event) -> bool:
        """Handle the oldest updates together; where one of them fails, each by itself.

        Whether there may be more.
        """
        handler = self._handler
        arrived = await self._ledger.enter(partial(handler.arrivals.waiting, most=BATCH))
        if arrived and await self._failure(arrived) is not None:
            for one in arrived:
                await self._work(one)
        sent.set()
        return len(arrived) == BATCH

    async def _work(self, one: Arrived) -> None:
        """Handle one update, or put it aside: the next one must find it out of the way."""
        aside = False
        while not aside and (failure := await self._failure([one])) is not None:
            aside = await self._ledger.enter(partial(self._handler.set_aside, arrived=one))
            if aside:
                log.error("update put aside", update=one.number, **logs.cause(failure))

    async def _failure(self, arrived: Sequence[Arrived]) -> Exception | None:
        """Handle updates; what went wrong. Raises where only the database is away."""
        work = self._ledger.enter(partial(self._handler.handle, arrived=arrived))
        [failure] = await asyncio.gather(work, return_exceptions=True)
        if failure is None or (isinstance(failure, Exception) and not isinstance(failure, OUTAGES)):
            return failure
        raise failure
