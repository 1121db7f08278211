"""From waiting messages to Telegram: each chat in its order, patient with whatever goes wrong."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from structlog import get_logger

from bot.gateway import Gateway, Refused, TelegramError
from bot.ledger import OUTAGES, Ledger
from bot.outbox import Outbox, Parcel
from bot.presenter import Call

log = get_logger("hoert.bot")

BATCH: Final = 200
IDLE_SECONDS: Final = 5.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0

WORTH_ANOTHER_TRY: Final = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Statuses that speak of the bot or of the moment, and not of the message."""


class Sender:
    """Makes the calls of the outbox.

    A crash between a call and its being forgotten makes it twice: Telegram has no key to prevent
    that. A question that comes twice is harmless; an answer is counted by then, and once.
    """

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        gateway: Gateway,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._clock = clock
        self._gateway = gateway
        self._known: set[int] = set()
        self._queues: dict[bytes, deque[Parcel]] = {}
        self._serving: dict[bytes, asyncio.Task[None]] = {}
        self._ending = asyncio.Event()

    async def run(self, wake: asyncio.Event) -> None:
        """Send until cancelled; then let the calls under way come to their end."""
        newest = 0
        try:
            while True:
                wake.clear()
                try:
                    newest = await self._fetch(newest)
                except OUTAGES as outage:
                    log.warning("database away", cause=type(outage).__name__)
                try:
                    async with asyncio.timeout(IDLE_SECONDS):
                        await wake.wait()
                except TimeoutError:
                    # Numbers may be seen out of order: look at all that wait
                    newest = 0
        finally:
            self._ending.set()
            await asyncio.gather(*self._serving.values(), return_exceptions=True)

    async def _fetch(self, newest: int) -> int:
        """Queue what is new behind a number, chat by chat; the newest number seen."""
        found = await self._ledger.enter(partial(self._outbox.after, number=newest, most=BATCH))
        for parcel in found:
            if parcel.number not in self._known:
                self._known.add(parcel.number)
                self._queues.setdefault(parcel.chat, deque()).append(parcel)
                self._serve(parcel.chat)
        if len(found) == BATCH:
            return await self._fetch(found[-1].number)
        return found[-1].number if found else newest

    def _serve(self, chat: bytes) -> None:
        if chat not in self._serving:
            task = self._serving[chat] = asyncio.create_task(self._send_all(chat))
            task.add_done_callback(partial(self._served, chat))

    def _served(self, chat: bytes, task: asyncio.Task[None]) -> None:
        del self._serving[chat]
        failure = None if task.cancelled() else task.exception()
        left = self._queues.pop(chat, deque())
        self._known.difference_update(parcel.number for parcel in left)
        if failure is not None:
            log.error("sending failed", cause=type(failure).__name__)

    async def _send_all(self, chat: bytes) -> None:
        """Send what waits for one chat, in order, waiting where it has to."""
        queue = self._queues[chat]
        while queue and not self._ending.is_set():
            pause = (queue[0].due_at - self._clock()).total_seconds()
            if pause > 0:
                try:
                    async with asyncio.timeout(pause):
                        await self._ending.wait()
                except TimeoutError:
                    continue
                return
            left = await self._send(queue[0])
            if left is None:
                self._known.discard(queue.popleft().number)
            else:
                queue[0] = left

    async def _send(self, parcel: Parcel) -> Parcel | None:
        """Make the calls of a parcel; what is left of it, to be made later."""
        outbox, shown = self._outbox, None
        for made, call in enumerate(parcel.calls):
            try:
                shown = await self._call(call, parcel.number) or shown
            except TelegramError as failure:
                if isinstance(failure, Refused) and failure.status == HTTPStatus.FORBIDDEN:
                    await self._ledger.enter(partial(outbox.block, chat=parcel.chat))
                    return None
                if call.method != "answerCallbackQuery":
                    due_at = self._clock() + _pause(failure, parcel.attempts)
                    return await self._ledger.enter(
                        partial(
                            outbox.put_off, parcel=parcel, made=made, shown=shown, due_at=due_at
                        )
                    )
                # A spinner that stops late is worth nothing: what comes behind it is
        await self._ledger.enter(partial(outbox.made, parcel=parcel, shown=shown))
        return None

    async def _call(self, call: Call, number: int) -> int | None:
        """Make a call; the number of the message that it put on show.

        What Telegram refuses for good is dropped. A screen that was to replace a message comes as
        a new one where that message is gone. Raises Refused for what may go better later, or for
        a citizen who has blocked the bot.
        """
        try:
            result = await self._gateway.call(call.method, call.params)
        except Refused as refusal:
            if refusal.status in WORTH_ANOTHER_TRY or refusal.status == HTTPStatus.FORBIDDEN:
                raise
            if "not modified" in refusal.description:
                result = call.params
            elif call.method == "editMessageText" and call.shows:
                params = {k: v for k, v in call.params.items() if k != "message_id"}
                anew = replace(call, method="sendMessage", params=params)
                return await self._call(anew, number)
            else:
                log.warning("call refused", call=call.method, number=number, status=refusal.status)
                return None
        found = result.get("message_id") if call.shows and isinstance(result, dict) else None
        return found if isinstance(found, int) else None


def _pause(failure: TelegramError, attempts: int) -> timedelta:
    """How long to wait: as long as Telegram asks, else ever longer; never all at the same time."""
    asked = failure.retry_after if isinstance(failure, Refused) else None
    grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10))
    pause = grown if asked is None else asked
    return timedelta(seconds=pause + random.uniform(0, 0.1 + pause / 4))  # noqa: S311
