"""From waiting messages to Telegram: each chat in its order, patient with whatever goes wrong."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from structlog import get_logger

from bot.gateway import Gateway, Refused, Unreachable
from bot.ledger import OUTAGES, Ledger
from bot.outbox import Outbox, Waiting
from bot.presenter import Call

log = get_logger("hoert.bot")

AT_ONCE: Final = 32
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
    that. A repeated question is harmless; answers are never in a call.
    """

    def __init__(
        self, ledger: Ledger, outbox: Outbox, gateway: Gateway, clock: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._gateway = gateway
        self._clock = clock
        self._busy: dict[bytes, asyncio.Task[None]] = {}
        self._lines = asyncio.Semaphore(AT_ONCE)

    async def run(self, wake: asyncio.Event) -> None:
        """Send until cancelled; then let the calls under way come to their end."""
        try:
            while True:
                wake.clear()
                pause = await self._start_due(wake)
                try:
                    async with asyncio.timeout(pause):
                        await wake.wait()
                except TimeoutError:
                    continue
        finally:
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _start_due(self, wake: asyncio.Event) -> float:
        """Set to work on every chat with something due; the seconds until the next one is."""
        try:
            heads = await self._ledger.enter(self._outbox.heads)
        except OUTAGES as outage:
            log.warning("database away", cause=type(outage).__name__)
            return FIRST_PAUSE
        now = self._clock()
        pauses = [IDLE_SECONDS]
        for head in heads:
            if head.chat in self._busy:
                continue
            if head.due_at <= now:
                task = asyncio.create_task(self._serve(head))
                self._busy[head.chat] = task
                task.add_done_callback(self._done(head.chat, wake))
            else:
                pauses.append((head.due_at - now).total_seconds())
        return min(pauses)

    def _done(self, chat: bytes, wake: asyncio.Event) -> Callable[[asyncio.Task[None]], None]:
        def done(task: asyncio.Task[None]) -> None:
            del self._busy[chat]
            # What came meanwhile was passed over
            wake.set()
            if not task.cancelled() and (failure := task.exception()) is not None:
                log.error("sending failed", cause=type(failure).__name__)

        return done

    async def _serve(self, head: Waiting) -> None:
        """Make one chat's calls until none is due."""
        following: Waiting | None = head
        while following is not None and following.due_at <= self._clock():
            async with self._lines:
                following = await self._make(following)

    async def _make(self, waiting: Waiting) -> Waiting | None:
        """Make one call; the chat's next one, None where it has to wait or there is none."""
        outbox, shown = self._outbox, None
        try:
            if waiting.call is not None:
                shown = await self._call(waiting.call, waiting.number)
        except Refused as refusal:
            if refusal.status == HTTPStatus.FORBIDDEN:
                await self._ledger.enter(lambda session: outbox.block(session, waiting.chat))
                return None
            return await self._put_off(waiting, refusal.retry_after)
        except Unreachable:
            return await self._put_off(waiting, None)
        return await self._ledger.enter(lambda session: outbox.made(session, waiting, shown))

    async def _put_off(self, waiting: Waiting, retry_after: float | None) -> Waiting | None:
        outbox = self._outbox
        if waiting.call is not None and waiting.call.method == "answerCallbackQuery":
            # A spinner that stops late is worth nothing: what comes behind it is
            return await self._ledger.enter(lambda session: outbox.made(session, waiting))
        pause = _pause(waiting.attempts) if retry_after is None else retry_after
        due_at = self._clock() + timedelta(seconds=pause + random.uniform(0, 0.1 + pause / 4))  # noqa: S311
        await self._ledger.enter(lambda session: outbox.later(session, waiting, due_at))
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
                return await self._call(replace(call, method="sendMessage", params=params), number)
            else:
                log.warning("call refused", call=call.method, number=number, status=refusal.status)
                return None
        found = result.get("message_id") if call.shows and isinstance(result, dict) else None
        return found if isinstance(found, int) else None


def _pause(attempts: int) -> float:
    """Seconds to wait after a call that got no answer: ever longer."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10)))
