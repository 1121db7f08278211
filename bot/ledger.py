"""The bot's way to the database: what is entered together is committed together."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from surveys.database import Database

Result = TypeVar("Result")
Work = Callable[[Session], Any]

OUTAGES: Final = (OperationalError, InterfaceError, TimeoutError)
"""What says that the database is away or busy, and not that the work was wrong."""

TOGETHER: Final = 64


class Ledger:
    """Runs works one after the other in a thread, all that wait in one transaction.

    A work is done entirely or not at all. Where one of several fails, each is done again in a
    transaction of its own, so a work may run twice but only once for good: it must not touch
    anything but the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def enter(self, work: Callable[[Session], Result]) -> Result:
        """Do the work; give its result once it is committed, or raise what it raised.

        What is cancelled is done all the same.
        """
        entered: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        # Nobody may be left to ask
        entered.add_done_callback(lambda future: future.exception())
        self._waiting.append((work, entered))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await asyncio.shield(entered)

    async def close(self) -> None:
        """Wait until everything is written."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()
        self._database.close()

    async def _write(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            if not await self._commit(entries) and len(entries) > 1:
                for entry in entries:
                    await self._commit([entry])

    async def _commit(self, entries: Sequence[tuple[Work, asyncio.Future[Any]]]) -> bool:
        """Do works in one transaction; whether all went well. One alone learns why not."""
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, self._transaction, [w for w, _ in entries])
        await asyncio.wait([running])
        failure = running.exception()
        if failure is None:
            for (_, entered), result in zip(entries, running.result(), strict=True):
                entered.set_result(result)
        elif len(entries) == 1:
            entries[0][1].set_exception(failure)
        return failure is None

    def _transaction(self, works: Sequence[Work]) -> list[Any]:
        results = []
        with self._database.transaction() as session:
            for work in works:
                results.append(work(session))
                session.flush()
                # The next one sees the database, and nothing that this one held in its hands
                session.expunge_all()
        return results
