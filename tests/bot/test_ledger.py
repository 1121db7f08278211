"""What is entered together is committed together, and nobody suffers for another's mistake."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.ledger import Ledger
from surveys.database import Database
from surveys.tables import PollRow, UpdateRow

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def note(number: int) -> Callable[[Session], int]:
    """A work that writes one row and gives its number."""

    def work(session: Session) -> int:
        session.add(
            UpdateRow(update_id=number, sealed=b"", state="waiting", attempts=0, received_at=NOW)
        )
        return number

    return work


def noted(database: Database) -> list[int]:
    with database.snapshot() as session:
        return list(session.scalars(select(UpdateRow.update_id).order_by(UpdateRow.id)))


def run(database: Database, *works: Callable[[Session], object]) -> list[object]:
    async def together() -> list[object]:
        ledger = Ledger(database)
        done = await asyncio.gather(*map(ledger.enter, works), return_exceptions=True)
        await ledger.close()
        return list(done)

    return asyncio.run(together())


def test_works_are_done_in_the_order_they_were_entered(sqlite: Database) -> None:
    assert run(sqlite, *map(note, range(200))) == list(range(200))
    assert noted(sqlite) == list(range(200))


def test_what_waits_is_committed_at_once(sqlite: Database) -> None:
    commits = []
    event.listen(sqlite.engine, "commit", commits.append)
    run(sqlite, *map(note, range(200)))
    assert len(commits) <= 5


def test_a_work_that_fails_is_undone_and_alone_learns_of_it(database: Database) -> None:
    def half(session: Session) -> None:
        note(99)(session)
        session.flush()
        raise KeyError

    first, failed, twice, last = run(database, note(1), half, note(1), note(2))
    assert (first, last) == (1, 2)
    assert isinstance(failed, KeyError)
    assert type(twice).__name__ == "IntegrityError"
    assert noted(database) == [1, 2]


def test_a_work_sees_the_database_and_not_what_the_one_before_it_held(sqlite: Database) -> None:
    held: list[PollRow] = []

    def write(session: Session) -> None:
        row = PollRow(id=1, good_at=NOW)
        session.add(row)
        held.append(row)

    def read(session: Session) -> bool:
        return session.get(PollRow, 1) is not None and held[0] not in session

    assert run(sqlite, write, read) == [None, True]


def test_what_is_cancelled_is_done_all_the_same(sqlite: Database) -> None:
    async def hurry() -> None:
        ledger = Ledger(sqlite)
        entry = asyncio.create_task(ledger.enter(note(7)))
        await asyncio.sleep(0)
        entry.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entry
        await ledger.close()

    asyncio.run(hurry())
    assert noted(sqlite) == [7]
