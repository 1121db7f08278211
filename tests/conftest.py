"""What every test stands on: a migrated database of each kind, and a clock that stands still."""

import gc
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from passlib.hash import argon2
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule

import migrations
from surveys.database import Database, normalised
from webapp import passwords

# The same examples every time, and no test fails because the machine is busy
settings.register_profile(
    "everywhere",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("everywhere")

# One browser a process, whichever folder asks for it first
pytest_plugins = ("tests.browser.live",)

POSTGRESQL = "HOERT_TEST_POSTGRESQL"

# What is expected does not depend on whether the extra is installed; its own tests ask for it
os.environ["HOERT_THEMES"] = "lexical"


def pytest_collection_finish() -> None:
    """Nothing that was imported becomes garbage: to look through it all again takes 0.2 s."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashing is slow on purpose; what that purpose is about asks for `dear_passwords`."""
    with pytest.MonkeyPatch.context() as patch:
        _hash(patch, lambda: PasswordHasher.from_parameters(CHEAPEST))
        yield


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as outside the tests."""
    _hash(monkeypatch, PasswordHasher)


def _hash(patch: pytest.MonkeyPatch, hasher: Callable[[], PasswordHasher]) -> None:
    patch.setattr(passwords, "PasswordHasher", hasher)
    # Signing in hashes anew what is not hashed as Flask-Security itself would
    patch.setattr(argon2, "default_rounds", hasher().time_cost)
    patch.setattr(argon2, "memory_cost", hasher().memory_cost)
    patch.setattr(argon2, "parallelism", hasher().parallelism)


class _Compiled(BytecodeCache):
    """Templates as Python, by what is written in them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if known := self._known.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Every application of this process has the same templates and addresses."""
    compiled: dict[object, Callable[..., tuple[str, str]]] = {}
    compile_one = Rule._compile_builder

    def build(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = rule.rule, repr(rule.defaults), repr(rule._trace), append_unknown
        if key not in compiled:
            compiled[key] = compile_one(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": _Compiled()})
        # Four fifths of what it takes to make an application
        patch.setattr(Rule, "_compile_builder", build)
        yield


class Clock:
    """A clock for tests: stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **step: float) -> None:
        self.moment += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file as the migrations leave it; copied for each test."""
    file = tmp_path_factory.mktemp("template") / "hoert.sqlite3"
    database = Database(f"sqlite:///{file}")
    migrations.upgrade(database.engine)
    # The last connection to close folds the write-ahead log into the file
    database.close()
    return file


class _Copies:
    """PostgreSQL databases as the migrations leave them.

    Made while other tests run: to copy one takes little work, and a long wait for the disk.
    """

    AHEAD = 3

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self._engine = create_engine(normalised(server), isolation_level="AUTOCOMMIT")
        self._hand = ThreadPoolExecutor(1)
        self._made: deque[Future[str]] = deque()
        self._dropped: list[Future[str]] = []
        self._template = self._run('CREATE DATABASE "{name}"')
        database = Database(self.url(self._template))
        migrations.upgrade(database.engine)
        database.close()

    def take(self) -> str:
        """The name of one that nobody else has."""
        while len(self._made) <= self.AHEAD:
            statement = f'CREATE DATABASE "{{name}}" TEMPLATE "{self._template}"'
            self._made.append(self._hand.submit(self._run, statement))
        return self._made.popleft().result()

    def drop(self, name: str) -> None:
        statement = 'DROP DATABASE "{name}" WITH (FORCE)'
        self._dropped.append(self._hand.submit(self._run, statement, name))

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        for made in self._made:
            self.drop(made.result())
        self.drop(self._template)
        self._hand.shutdown()
        for dropped in self._dropped:
            dropped.result()
        self._engine.dispose()

    def _run(self, statement: str, name: str = "") -> str:
        name = name or f"hoert_test_{uuid4().hex}"
        with self._engine.connect() as connection:
            connection.execute(text(statement.format(name=name)))
        return name


@pytest.fixture(scope="session")
def postgresql() -> Iterator[_Copies]:
    server = os.environ.get(POSTGRESQL)
    if not server:
        pytest.skip(f"{POSTGRESQL} is not set: the PostgreSQL half is not tested.")
    copies = _Copies(server)
    yield copies
    copies.close()


@pytest.fixture
def make_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], str]:
    def make() -> str:
        file = tmp_path / f"{uuid4().hex}.sqlite3"
        shutil.copy(sqlite_template, file)
        return f"sqlite:///{file}"

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database, once of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("make_sqlite")()
        return
    copies: _Copies = request.getfixturevalue("postgresql")
    name = copies.take()
    yield copies.url(name)
    copies.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, once on SQLite and once on PostgreSQL."""
    found = Database(database_url)
    yield found
    found.close()


@pytest.fixture
def sqlite(make_sqlite: Callable[[], str]) -> Iterator[Database]:
    """A fresh, migrated SQLite database, where the kind of database is beside the point."""
    found = Database(make_sqlite())
    yield found
    found.close()
