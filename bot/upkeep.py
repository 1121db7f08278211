"""What has to be done whether or not anybody writes: remind, and forget what is over."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from structlog import get_logger

from bot.ledger import OUTAGES, Ledger
from bot.worker import COPENHAGEN, Handler

log = get_logger("hoert.bot")

EVERY_SECONDS: Final = 10.0
FORGET_EVERY: Final = timedelta(minutes=5)
DECENT_HOURS: Final = range(9, 20)


class Upkeep:
    """Does it, by the clock."""

    def __init__(self, ledger: Ledger, handler: Handler) -> None:
        self._ledger = ledger
        self._handler = handler
        self._forgot: datetime | None = None

    async def run(self, sent: asyncio.Event) -> None:
        """Go on until cancelled. `sent` is set whenever there are new messages to send."""
        while True:
            try:
                await self._once(self._handler.clock(), sent)
            except OUTAGES as outage:
                log.warning("database away", cause=type(outage).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def _once(self, now: datetime, sent: asyncio.Event) -> None:
        if self._forgot is None or now - self._forgot >= FORGET_EVERY:
            await self._ledger.enter(partial(self._handler.forget, now=now))
            self._forgot = now
        # After a night without power a reminder waits for the morning
        awake = now.astimezone(COPENHAGEN).hour in DECENT_HOURS
        if awake and await self._ledger.enter(partial(self._handler.remind, now=now)) > 0:
            sent.set()
