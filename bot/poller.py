"""Fetching updates: asked for, kept, and only then confirmed. One process at a time."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog import get_logger

from bot.gateway import Gateway, Refused, TelegramError
from bot.ledger import OUTAGES, Ledger
from bot.updates import WANTED
from surveys.arrivals import Arrivals, numbered
from surveys.database import Database

log = get_logger("hoert.bot")

POLL_SECONDS: Final = 25
MOST_UPDATES: Final = 100
GATHER_SECONDS: Final = 0.03
"""After a poll that brought something, so that the next brings several: that costs much less."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
LOCK: Final = 7_465_736_402


class AlreadyRunning(Exception):
    """Another process fetches the updates of this installation."""


@contextmanager
def alone(database: Database) -> Iterator[Callable[[], bool]]:
    """Be the only bot of this database; the given function says whether that still holds.

    The lock is the database's own and goes with the process, however that ends. Raises
    AlreadyRunning.
    """
    if database.is_sqlite:
        # A file of its own: a lock on the database itself would shut out the web
        with closing(sqlite3.connect(f"{database.url.database}-bot", timeout=0)) as held:
            try:
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise AlreadyRunning from None
            yield lambda: True
        return
    with database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(text(f"SELECT pg_try_advisory_lock({LOCK})")):
            raise AlreadyRunning
        yield lambda: _is_alive(connection)


def _is_alive(connection: Any) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except OUTAGES:
        return False
    return True


class Poller:
    """Asks Telegram for updates, for ever.

    `good_at` is when, by the monotonic clock, an answer was last received and kept.
    """

    def __init__(
        self, ledger: Ledger, arrivals: Arrivals, gateway: Gateway, clock: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._arrivals = arrivals
        self._gateway = gateway
        self._clock = clock
        self.good_at = asyncio.get_running_loop().time()

    async def run(self, arrived: asyncio.Event) -> None:
        """Poll until cancelled. `arrived` is set whenever there are new updates."""
        # The first answer comes at once, so that others soon know that we are heard
        offset, wait, pause = 0, 0, FIRST_PAUSE
        await self._leave_webhook()
        while True:
            try:
                updates = await self._ask(offset, wait)
                await self._ledger.enter(partial(self._keep, updates))
            except TelegramError as failure:
                log.warning("poll failed", cause=str(failure))
                await self._make_way(failure)
            except OUTAGES as outage:
                log.warning("database away", cause=type(outage).__name__)
            else:
                self.good_at = asyncio.get_running_loop().time()
                if updates:
                    arrived.set()
                    await asyncio.sleep(GATHER_SECONDS)
                # Once all is confirmed there is nothing to confirm: Telegram may count anew
                offset = max((update["update_id"] + 1 for update in updates), default=0)
                wait, pause = POLL_SECONDS, FIRST_PAUSE
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _ask(self, offset: int, wait: int) -> list[Mapping[str, Any]]:
        question = {
            "offset": offset,
            "limit": MOST_UPDATES,
            "timeout": wait,
            "allowed_updates": WANTED,
        }
        found = await self._gateway.call("getUpdates", question, wait=wait)
        return [update for update in found if numbered(update)]

    def _keep(self, updates: list[Mapping[str, Any]], session: Session) -> None:
        now = self._clock()
        self._arrivals.receive(session, updates, now)
        self._arrivals.heard(session, now)

    async def _make_way(self, failure: TelegramError) -> None:
        conflict = isinstance(failure, Refused) and failure.status == HTTPStatus.CONFLICT
        if conflict and "webhook" in str(failure).lower():
            await self._leave_webhook()

    async def _leave_webhook(self) -> None:
        """Take a webhook away that would keep us from polling. What waits there is not dropped."""
        with suppress(TelegramError):
            await self._gateway.call("deleteWebhook", {})
