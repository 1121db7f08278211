"""Counts of what may not be tried too often, in the database: the same for all web processes.

A key is one of `limits`' own, made of a keyed hash of who tries; a hash of it is all that is kept,
for the minutes that it counts.
"""

import hashlib
import time
from typing import Any, Final

from limits.storage import Storage
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from surveys.database import Database
from webapp import Clock
from webapp.guess_tables import GuessRow

SCHEME: Final = "hoert"

_COUNTED: Final = text(
    "INSERT INTO guess (key, ends_at, n) VALUES (:key, :ends_at, :n) ON CONFLICT (key) DO UPDATE"
    " SET n = CASE WHEN guess.ends_at <= :now THEN excluded.n ELSE guess.n + excluded.n END,"
    " ends_at = CASE WHEN guess.ends_at <= :now THEN excluded.ends_at ELSE guess.ends_at END"
    " RETURNING n"
)


class Guesses(Storage):
    """Where `limits` and Flask-Limiter count: a window begins with the first that is counted."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  as limits wants it

    def __init__(self, uri: str | None = None, *, database: Database, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=False, **options)
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        """What fails when the database does."""
        return DBAPIError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say how many there are in this window."""
        now = int(time.time())
        row = {"key": _hash(key), "ends_at": now + int(expiry), "n": amount, "now": now}
        with self._database.transaction() as session:
            return int(session.execute(_COUNTED, row).scalar_one())

    def get(self, key: str) -> int:
        """How many there are in this window."""
        row = self._row(key)
        return row.n if row else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        row = self._row(key)
        return row.ends_at if row else time.time()

    def check(self) -> bool:
        """Whether it can be asked."""
        self.get("")
        return True

    def reset(self) -> int:
        """Forget everything."""
        return self._forget(GuessRow.n >= 0)

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._forget(GuessRow.key == _hash(key))

    def _row(self, key: str) -> GuessRow | None:
        query = select(GuessRow).where(GuessRow.key == _hash(key), GuessRow.ends_at > time.time())
        with self._database.snapshot() as session:
            found = session.scalars(query).one_or_none()
            session.expunge_all()
        return found

    def _forget(self, which: Any) -> int:
        with self._database.transaction() as session:
            return len(session.scalars(delete(GuessRow).where(which).returning(GuessRow.n)).all())


def upkeep(database: Database, _: Clock) -> None:
    """Forget the counts whose minutes are over."""
    with database.transaction() as session:
        session.execute(delete(GuessRow).where(GuessRow.ends_at <= time.time()))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
