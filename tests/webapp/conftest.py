"""The application on a fresh database, and somebody who visits it without script."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from surveys import definition, extract, fieldwork, links
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.staff import EMAIL, PASSWORD, sign_in
from tests.webapp.visitor import Visitor
from webapp import create_app
from webapp.access import create_user
from webapp.settings import Settings

INSTRUMENTS = Path(__file__).parent.parent / "instruments"
SECRET = "k" * 40


@dataclass(frozen=True, slots=True)
class Office:
    """The staff's side of a test: opens waves, prints codes, counts what came in."""

    database: Database
    clock: Clock

    def link(self, survey: str = "samtalefeedback", unit: str | None = None) -> str:
        with self.database.transaction() as session:
            return fieldwork.create_link(session, survey, self.clock(), unit=unit)

    def wave(self, survey: str = "samtalefeedback", **options: object) -> int:
        with self.database.transaction() as session:
            return fieldwork.open_wave(
                session, survey, "2026", **{"opens_at": self.clock(), **options}
            )

    def invitation(self, survey: str = "samtalefeedback", **options: object) -> str:
        wave = self.wave(survey, **options)
        with self.database.transaction() as session:
            return fieldwork.invite(session, wave, 1)[0]

    def close(self, survey: str = "samtalefeedback") -> None:
        with self.database.transaction() as session:
            fieldwork.close_wave(session, survey, self.clock())

    def received(self, survey: str = "samtalefeedback") -> int:
        with self.database.snapshot() as session:
            return extract.wave(session, survey).received

    def counted(self, survey: str = "samtalefeedback") -> dict[str, dict[str, int]]:
        """Close the wave and count: item → code, reason or "words" → responses."""
        self.close(survey)
        found: dict[str, dict[str, int]] = {}
        with self.database.snapshot() as session:
            wave = extract.wave(session, survey)
            for tally in extract.tallies(session, wave.id):
                code = str(tally.missing) if tally.missing else (tally.code or "words")
                found.setdefault(tally.item, {})[code] = tally.n
        return found

    def codes(self) -> list[str]:
        """The codes of all links."""
        with self.database.snapshot() as session:
            return [link.code for link in links.links(session, self.clock())]

    def modes(self, survey: str = "samtalefeedback") -> list[str]:
        """How the responses of a closed wave came in."""
        with self.database.snapshot() as session:
            wave = extract.wave(session, survey)
            query = text("select mode from response where wave_id = :wave")
            return list(session.execute(query, {"wave": wave.id}).scalars())

    def words(self, survey: str = "samtalefeedback") -> dict[str, str]:
        """The comments of a closed wave by item, where there is one of each."""
        with self.database.snapshot() as session:
            wave = extract.wave(session, survey)
            return {comment.item: comment.body for comment in extract.comments(session, wave.id)}


def settings(url: str, **changes: object) -> Settings:
    return Settings(
        **{
            "database_url": url,
            "secret_key": SECRET,
            "municipality": "Allerød Kommune",
            "help_phone": "48 10 01 00",
            **changes,
        }
    )


@pytest.fixture(scope="session")
def staffed(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Path], str]:
    """Copies of a database with one account: hashing a password is slow on purpose."""
    made: dict[str, Path] = {}

    def copy(role: str, folder: Path) -> str:
        if role not in made:
            made[role] = tmp_path_factory.mktemp("staffed") / f"{role}.sqlite3"
            shutil.copy(sqlite_template, made[role])
            database = Database(f"sqlite:///{made[role]}")
            create_user(database, EMAIL, role, PASSWORD)
            database.close()
        file = folder / "hoert.sqlite3"
        shutil.copy(made[role], file)
        return f"sqlite:///{file}"

    return copy


@pytest.fixture
def url(make_sqlite: Callable[[], str]) -> str:
    """A fresh, migrated SQLite database; a file that must hold on both overrides this."""
    return make_sqlite()


@pytest.fixture
def make_app(url: str, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make processes on one database and one queue."""
    made: list[Flask] = []
    queue = f"sqlite:///{tmp_path / 'queue' / 'hoert.sqlite3'}"

    def make(**changes: object) -> Flask:
        app = create_app(settings(url, **{"queue_url": queue, **changes}), clock)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["hoert"].database.close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody of the staff who has signed in; the database is a `staffed` one."""
    client = app.test_client()
    sign_in(client)
    return client


@pytest.fixture
def office(app: Flask, clock: Clock) -> Office:
    return Office(app.extensions["hoert"].database, clock)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def shipped_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue of the test instruments, those with rules among them."""
    documents = {file.stem: file.read_text("utf-8") for file in INSTRUMENTS.glob("*.yaml")}
    monkeypatch.setattr(definition, "shipped", documents.__getitem__)
    monkeypatch.setattr(definition, "catalogue", lambda: documents)
