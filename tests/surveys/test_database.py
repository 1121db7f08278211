"""A transaction is all or nothing; a snapshot sees one moment and writes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Event

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from surveys.database import Database, insert_unless_known, is_snapshot, normalised
from surveys.tables import InvitationRow, SurveyRow, WaveRow
from tests.surveys.fieldworker import Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def surveys(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SurveyRow)) or 0


def test_an_exception_takes_everything_back(database: Database) -> None:
    def half() -> None:
        with database.transaction() as session:
            session.add(SurveyRow(name="half"))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with database.snapshot() as session:
        assert surveys(session) == 0


def test_a_snapshot_sees_one_moment(database: Database) -> None:
    with database.snapshot() as session:
        assert surveys(session) == 0
        with database.transaction() as writer:
            writer.add(SurveyRow(name="meanwhile"))
        assert surveys(session) == 0
    with database.snapshot() as session:
        assert surveys(session) == 1


def test_a_snapshot_keeps_nothing(database: Database) -> None:
    with database.snapshot() as session:
        assert is_snapshot(session)
        session.add(SurveyRow(name="never"))
        if database.is_sqlite:
            session.flush()
        session.expunge_all()
    with database.transaction() as session:
        assert not is_snapshot(session)
        assert surveys(session) == 0


def test_a_moment_comes_back_as_the_same_moment(database: Database) -> None:
    copenhagen = timezone(timedelta(hours=1))
    worker = Fieldworker(database, datetime(2026, 11, 18, 10, 30, 0, 123456, tzinfo=copenhagen))
    worker.wave()
    with database.snapshot() as session:
        opens = session.scalars(select(WaveRow.opens_at)).one()
    assert opens == worker.now
    assert opens.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    def naive() -> None:
        with database.transaction() as session:
            session.scalars(select(WaveRow).where(WaveRow.opens_at < datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="needs a time zone"):
        naive()


def test_of_two_that_write_the_same_key_one_learns_that_it_was_there(database: Database) -> None:
    wave = Fieldworker(database, NOW).wave()
    never = dict.fromkeys(("personal", "withdrawn", "refused", "undeliverable"), False)
    row = {"token_hash": b"k" * 32, "wave_id": wave, **never}
    written = Event()

    def second() -> bool:
        written.wait(10)
        with database.transaction() as session:
            return insert_unless_known(session, InvitationRow, **row, spent=False)

    with ThreadPoolExecutor(1) as other:
        later = other.submit(second)
        with database.transaction() as session:
            assert insert_unless_known(session, InvitationRow, **row, spent=True)
            written.set()
        assert later.result() is False
    with database.snapshot() as session:
        assert session.scalars(select(InvitationRow.spent)).all() == [True]


def test_sqlite_survives_a_power_cut_and_deletes_for_good(sqlite: Database) -> None:
    settings = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with sqlite.snapshot() as session:
        for name, value in settings.items():
            assert session.execute(text(f"PRAGMA {name}")).scalar_one() == value


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://u@h/d", "postgresql+psycopg"),
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg"),
        ("sqlite:///x.sqlite3", "sqlite"),
    ],
)
def test_the_usual_spellings_of_a_database_are_understood(url: str, driver: str) -> None:
    assert normalised(url).drivername == driver
