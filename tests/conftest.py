"""What every test stands on: a migrated database of each kind, and a clock that stands still."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import migrations
from surveys.database import Database, normalised

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


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """A PostgreSQL database as the migrations leave it; the template of each test's own."""
    server = os.environ.get(POSTGRESQL)
    if not server:
        pytest.skip(f"{POSTGRESQL} is not set: the PostgreSQL half is not tested.")
    name = f"hoert_template_{uuid4().hex}"
    _administer(server, f'CREATE DATABASE "{name}"')
    database = Database(str(make_url(server).set(database=name).render_as_string(False)))
    migrations.upgrade(database.engine)
    database.close()
    yield name
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(server: str, statement: str) -> None:
    engine = create_engine(normalised(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


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
    template = request.getfixturevalue("postgresql_template")
    server = os.environ[POSTGRESQL]
    name = f"hoert_test_{uuid4().hex}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


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
