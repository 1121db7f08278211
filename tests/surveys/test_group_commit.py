"""Many threads write in one transaction, and none of them pays for another's mistake."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, get_ident
from time import sleep

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from surveys.database import Database
from surveys.tables import SurveyRow

MANY = 12
POSTGRESQL_ALONE = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""SQLite has no connection that somebody else could end."""


def names(database: Database) -> list[str]:
    with database.snapshot() as session:
        return list(session.scalars(select(SurveyRow.name).order_by(SurveyRow.name)))


def writing(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(SurveyRow(name=name))
        return name

    return work


@contextmanager
def at_once(database: Database, *works: Callable[[Session], object]) -> Iterator[list[Future]]:
    """Let all of them arrive while the one before is still at work, so that they go together."""
    go_on, begun = Event(), Event()

    def before(_: Session) -> None:
        begun.set()
        go_on.wait(10)

    with ThreadPoolExecutor(len(works) + 1) as threads:
        first = threads.submit(database.together, before)
        begun.wait(10)
        futures = [threads.submit(database.together, work) for work in works]
        sleep(0.2)
        go_on.set()
        first.result()
        yield futures


def commits(database: Database) -> list[int]:
    """Grows by one with each commit from now on; which thread it was."""
    seen: list[int] = []
    event.listen(database.engine, "commit", lambda _: seen.append(get_ident()))
    return seen


def test_what_comes_at_once_is_committed_once_and_all_learn_it(database: Database) -> None:
    seen = commits(database)
    works = [writing(f"survey {number:02}") for number in range(MANY)]
    with at_once(database, *works) as futures:
        assert [future.result() for future in futures] == [f"survey {n:02}" for n in range(MANY)]
    assert len(seen) == 2  # the one that was before them, and theirs
    assert names(database) == [f"survey {number:02}" for number in range(MANY)]


def test_it_comes_back_when_it_is_committed_and_not_before(database: Database) -> None:
    def look(future: Future) -> None:
        assert future.result() in names(database)

    with at_once(database, *(writing(f"survey {number}") for number in range(MANY))) as futures:
        for future in futures:
            future.add_done_callback(look)
    assert len(names(database)) == MANY


def test_one_that_fails_takes_nobody_with_it(database: Database) -> None:
    def failing(session: Session) -> None:
        session.add(SurveyRow(name="never"))
        session.flush()
        raise LookupError("this one")

    with at_once(
        database, writing("a"), failing, writing("b"), writing("a"), writing("c")
    ) as futures:
        before, failed, between, twice, after = futures
        assert before.result() == "a"
        with pytest.raises(LookupError, match="this one"):
            failed.result()
        assert between.result() == "b"
        with pytest.raises(IntegrityError):
            twice.result()
        assert after.result() == "c"
    assert names(database) == ["a", "b", "c"]
    assert database.together(writing("d")) == "d"


def test_when_the_database_fails_nobody_is_told_that_it_went_well(database: Database) -> None:
    seen = commits(database)

    def full(_: object) -> None:
        if len(seen) > 1:  # after the one that was before them
            raise OperationalError("COMMIT", None, OSError("no space left on device"))

    event.listen(database.engine, "commit", full)
    with at_once(database, *(writing(f"survey {number}") for number in range(MANY))) as futures:
        for future in futures:
            with pytest.raises(OperationalError):
                future.result()
    event.remove(database.engine, "commit", full)
    assert names(database) == []
    assert database.together(writing("afterwards")) == "afterwards"


def end_all_but(operator: Connection) -> None:
    """What a restart of PostgreSQL does to everybody's connection."""
    ended = text(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert operator.scalar(ended)


@POSTGRESQL_ALONE
def test_a_database_that_was_restarted_meanwhile_is_noticed_by_nobody(database: Database) -> None:
    assert database.together(writing("before")) == "before"
    with database.engine.connect() as operator:
        end_all_but(operator)
        assert database.together(writing("after")) == "after"
        end_all_but(operator)
        with at_once(database, *(writing(f"survey {n}") for n in range(3))) as futures:
            assert [future.result() for future in futures] == [f"survey {n}" for n in range(3)]
    assert names(database) == ["after", "before", "survey 0", "survey 1", "survey 2"]


@POSTGRESQL_ALONE
def test_a_work_is_not_done_again_and_again(database: Database) -> None:
    tried: list[str] = []

    def always_lost(session: Session) -> None:
        tried.append("once")
        session.add(SurveyRow(name="never"))
        session.flush()
        with database.engine.connect() as operator:
            end_all_but(operator)
        session.scalar(select(func.count()).select_from(SurveyRow))

    with pytest.raises(OperationalError):
        database.together(always_lost)
    assert len(tried) == 2
    assert database.together(writing("afterwards")) == "afterwards"
    assert names(database) == ["afterwards"]


def test_a_thread_that_is_stopped_leaves_nobody_waiting(database: Database) -> None:
    def stopped(_: Session) -> None:
        raise SystemExit

    with at_once(database, writing("a"), stopped, writing("b")) as futures:
        before, ended, after = futures
        assert isinstance(ended.exception(), SystemExit)
        assert (before.result(), after.result()) == ("a", "b")
    assert names(database) == ["a", "b"]


def test_a_work_sees_what_those_before_it_wrote(database: Database) -> None:
    def counted(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(SurveyRow)) or 0

    with at_once(database, writing("a"), counted, writing("b"), counted) as futures:
        assert [future.result() for future in futures] == ["a", 1, "b", 2]


def test_no_work_sees_what_belongs_to_the_thread_that_leads(database: Database) -> None:
    """Otherwise one citizen's page could be made of another's request."""
    request: ContextVar[str] = ContextVar("request", default="none")

    def view(name: str) -> str:
        request.set(name)
        return database.together(lambda _: request.get())

    with ThreadPoolExecutor(MANY) as threads:
        assert set(threads.map(view, [f"person {n}" for n in range(MANY)])) == {"none"}
