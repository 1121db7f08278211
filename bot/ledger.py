"""The bot's way to the database: every entry is one transaction, made outside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from surveys.database import Database

Result = TypeVar("Result")

OUTAGES: Final = (OperationalError, InterfaceError, TimeoutError)
"""What says that the database is away or busy, and not that the work was wrong."""

THREADS: Final = 4


class Ledger:
    """Runs work in transactions. On SQLite one after the other: it has one writer anyway.

    What is cancelled while it is under way is still finished: half an entry there is never.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._threads = ThreadPoolExecutor(1 if database.is_sqlite else THREADS, "ledger")

    async def enter(self, work: Callable[[Session], Result]) -> Result:
        """Do the work in one transaction and give its result once it is committed."""

        def transaction() -> Result:
            with self._database.transaction() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transaction)

    def close(self) -> None:
        """Wait for the entries under way."""
        self._threads.shutdown()
        self._database.close()
