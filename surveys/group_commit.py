"""Group commit: what several threads want written at once is one transaction, one disk write."""

from collections.abc import Callable, Sequence
from contextvars import Context
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Result = TypeVar("Result")
Work = Callable[[Session], Result]

MOST_TOGETHER: Final = 64


class GroupCommit:
    """Pieces of work from many threads, one transaction at a time.

    There is no thread of its own: whoever is first in the queue does what all behind it want, and
    then calls the next to the front. While one group waits for the disk, the next one gathers.

    It keeps the connection that it got first. Whether that still lives is not asked: where it turns
    out not to, before anything is committed, the work is done again on a new one.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._queue: list[_Entry[Any]] = []
        self._lock = Lock()

    def do(self, work: Work[Result]) -> Result:
        """Do a piece of work; its result once it is committed, or raise what it failed with.

        A work is committed entirely or not at all, whatever becomes of the others in its group.
        It may be carried out twice, though only once for good.
        """
        mine = _Entry(work)
        with self._lock:
            self._queue.append(mine)
            is_first = len(self._queue) == 1
        if not is_first:
            mine.called.acquire()
        if not mine.is_over:
            self._lead()
        if mine.failure is not None:
            raise mine.failure
        return mine.result

    def _lead(self) -> None:
        with self._lock:
            group = self._queue[:MOST_TOGETHER]
        try:
            self._commit(group)
        finally:
            # Until now they stood in the queue, so that nobody else came to the front
            with self._lock:
                del self._queue[: len(group)]
                following = self._queue[:1]
            for entry in group:
                entry.is_over = True
            # The next group sets out first
            for entry in (*following, *group):
                entry.called.release()

    def close(self) -> None:
        """Give the connection back. Nobody may be at work."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _commit(self, group: Sequence["_Entry[Any]"], *, again: bool = False) -> None:
        at_work = False
        try:
            if self._connection is None:
                self._connection = self._connect()
            # No work is blamed for a database that is away or locked
            with self._connection.begin():
                at_work = True
                for entry in group:
                    # The next sees the database, and nothing that this one held in its hands
                    with _Work(self._connection) as session:
                        # Whoever leads has a request of its own, which is nobody else's business
                        entry.result = Context().run(entry.work, session)
                        session.flush()
                at_work = False
        except (Exception, KeyboardInterrupt, SystemExit) as failure:  # noqa: BLE001  raised again
            if not at_work and self._connection is not None:
                # Beginning or committing failed: nobody knows in which state it is
                self._connection.invalidate()
                self.close()
            if at_work and (len(group) > 1 or (_is_lost(failure) and not again)):
                for entry in group:
                    self._commit([entry], again=_is_lost(failure))
                return
            for entry in group:
                entry.failure = failure


def _is_lost(failure: BaseException) -> bool:
    """Whether the connection was gone, and not the work at fault."""
    return isinstance(failure, DBAPIError) and failure.connection_invalidated


class OnConnection(Session):
    """A session on a connection that is another's to give back, and that costs nothing to find."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False)
        self._connection = connection

    def connection(self, *_: Any, **__: Any) -> Connection:
        """The one connection."""
        return self._connection


class _Work(OnConnection):
    """A session for one piece of work. Most use its connection only, and leave nothing to close."""

    def close(self) -> None:
        """Let go of what it holds."""
        if self.in_transaction() or list(self):
            super().close()


class _Entry(Generic[Result]):
    """A piece of work in the queue, and what became of it."""

    def __init__(self, work: Work[Result]) -> None:
        self.work = work
        self.called = Lock()
        self.called.acquire()
        self.is_over = False
        self.result: Result
        self.failure: BaseException | None = None
