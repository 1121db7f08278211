"""A database that is locked, full, read-only or restarted: answers wait or are kept, and go on."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, text

from surveys import database as databases
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor

WORDS = "Hun hørte efter."


def filled_in(app: Flask, office: Office) -> tuple[Visitor, dict[str, str | list[str]]]:
    """Somebody with a form that only needs to be sent."""
    visitor = Visitor(app.test_client())
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open=WORDS).press("check")
    return visitor, visitor.body() | {"send": "1"}


def send(visitor: Visitor, body: dict[str, str | list[str]]) -> Visitor:
    path = visitor.path
    visitor.post(path, body)
    if visitor.status != 200:
        visitor.path = path
    return visitor


@contextmanager
def write_lock(database: Database) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    with database.engine.connect() as other:
        other.exec_driver_sql("UPDATE wave SET label = label")
        yield
        other.rollback()


def test_an_answer_waits_for_a_lock_that_is_held_for_a_while(app: Flask, office: Office) -> None:
    visitor, body = filled_in(app, office)
    with ThreadPoolExecutor(1) as other, write_lock(office.database):
        sending = other.submit(send, visitor, body)
        time.sleep(3)
        assert not sending.done()
    assert sending.result().heading == "Tak for dit svar"
    assert office.received() == 1


def test_a_lock_that_is_held_too_long_gives_the_answers_back(
    make_app: Callable[..., Flask], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.5)
    app = make_app()
    people = [filled_in(app, office) for _ in range(4)]
    with write_lock(office.database), ThreadPoolExecutor(len(people)) as pool:
        began = time.monotonic()
        refused = list(pool.map(lambda person: send(*person), people))
        # Those who wait together are told together, and not one after the other
        assert time.monotonic() - began < 0.5 * len(people) + 1.5
    for visitor, (_, body) in zip(refused, people, strict=True):
        assert visitor.status == 503
        assert visitor.response.headers["Retry-After"]
        assert WORDS in visitor.text
        assert visitor.body() == body
    assert office.received() == 0
    for visitor, body in people:
        assert send(visitor, body).heading == "Tak for dit svar"
    assert office.received() == len(people)


@pytest.mark.parametrize(
    ("fault", "over"),
    [
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    ],
    ids=["full", "read-only"],
)
def test_a_database_that_cannot_be_written_gives_the_answers_back_and_recovers(
    app: Flask, office: Office, fault: str, over: str
) -> None:
    visitor, body = filled_in(app, office)
    setting = [fault]
    event.listen(
        office.database.engine, "checkout", lambda driver, *_: driver.execute(setting[0]) and None
    )
    # A full disk is noticed when the file has to grow
    refused = [send(visitor, body | {"answer.open": WORDS * 60}).status for _ in range(3)]
    assert refused == [503] * 3
    assert WORDS in visitor.text
    setting[0] = over
    assert send(visitor, body).heading == "Tak for dit svar"
    assert office.received() == 1
    with office.database.snapshot() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_a_database_that_is_restarted_loses_nobody(
    database_url: str, make_app: Callable[..., Flask], clock: Clock
) -> None:
    app = make_app(database_url=database_url)
    office = Office(app.extensions["hoert"].database, clock)
    people = [filled_in(app, office) for _ in range(12)]
    stop = threading.Event()

    def restart() -> None:
        with office.database.engine.connect() as operator:
            while not stop.is_set():
                operator.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
                time.sleep(0.05)

    def until_thanked(person: tuple[Visitor, dict[str, str | list[str]]]) -> str:
        for _ in range(100):
            if (sent := send(*person)).status == 200:
                return sent.heading
            assert sent.status == 503
            assert WORDS in sent.text
            time.sleep(0.02)
        raise TimeoutError

    with ThreadPoolExecutor(5) as pool:
        restarting = pool.submit(restart)
        thanked = [pool.submit(until_thanked, person) for person in people]
        time.sleep(1)
        stop.set()
        assert {one.result() for one in thanked} == {"Tak for dit svar"}
        restarting.result()
    assert office.received() == len(people)


@pytest.mark.parametrize("hours", [-1, 2, 24])
def test_a_clock_that_jumps_locks_nobody_out(
    app: Flask, office: Office, clock: Clock, hours: int
) -> None:
    office.wave(opens_at=clock() - timedelta(days=2))
    visitor, body = filled_in(app, office)
    clock.forward(hours=hours)
    assert send(visitor, body).heading == "Tak for dit svar"
    assert office.received() == 1
