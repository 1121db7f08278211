"""The database behind everything: one engine, two kinds of transaction, SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from surveys.group_commit import GroupCommit, OnConnection, Result, Work
from surveys.prepared import Prepared, carry_out

DEFAULT_URL = "sqlite:///var/hoert.sqlite3"
BUSY_SECONDS = 15


class Moment(TypeDecorator[datetime]):
    """A point in time, always aware and UTC inside; SQLite would otherwise forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they mean nothing across the clock change."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of the mapped classes. Every constraint has a name, so that a migration can find it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def normalised(url: str) -> URL:
    """Read a DATABASE_URL: `postgres://` and `postgresql://` mean psycopg."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


class Database:
    """An engine with its settings. Thread safe; make one per process, after forking.

    SQLite runs in WAL mode with synchronous=FULL: what is committed survives a power cut.
    """

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                self.url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            self.engine = create_engine(
                self.url, pool_pre_ping=True, pool_size=10, hide_parameters=True
            )
        reading: dict[str, Any] = {"hoert_reads": True}
        if self.is_sqlite:
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = self.engine.execution_options(**reading)
        self._group_commit = GroupCommit(self.engine.connect)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One event, all or nothing: commits at the end, rolls back on any exception.

        On SQLite it takes the write lock at once, so it never fails half-way for want of it.
        """
        with self._writers() as session, session.begin():
            yield session

    def together(self, work: Work[Result]) -> Result:
        """Do a piece of work in one transaction with what other threads want done just then.

        It returns when the work is committed, or raises what kept it from being so, as
        `GroupCommit.do` says. A work must not touch anything but the database, nor call this. It
        runs in any thread, so it sees no context variables: a view's request, for one.
        """
        return self._group_commit.do(work)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A consistent view for reading; nothing written in it is kept."""
        with self._reading.connect() as connection, OnConnection(connection) as session:
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self._group_commit.close()
        self.engine.dispose()


def is_snapshot(session: Session) -> bool:
    """Whether a session only reads."""
    return bool(session.get_bind().get_execution_options().get("hoert_reads"))


def insert_unless_known(session: Session, mapped: type[Base], **values: object) -> bool:
    """Write a row unless one with its primary key is there; whether it was written.

    Of several transactions that write the same key at once exactly one succeeds, and the others
    wait to learn that it did. Columns that have a default are named as well.
    """
    dialect = session.connection().dialect.name
    return bool(_insert_unless_known(mapped, dialect, tuple(values))(session, **values))


@cache
def _insert_unless_known(mapped: type[Base], dialect: str, _names: tuple[str, ...]) -> Prepared:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = Base.metadata.tables[mapped.__tablename__]
    return Prepared(insert(table).on_conflict_do_nothing().returning(*table.primary_key))


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: _begin_sqlite does
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    if connection.get_execution_options().get("hoert_reads", False):
        carry_out(connection, "BEGIN")
    else:
        carry_out(connection, "BEGIN IMMEDIATE")
