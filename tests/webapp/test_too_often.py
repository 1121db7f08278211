"""Codes cannot be guessed on, and nobody who has one is in the way of that."""

import json
import subprocess
import sys
import time

import pytest
from flask import Flask
from sqlalchemy import event, select

from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.staff import sign_in
from tests.webapp.visitor import Visitor
from webapp import guesses, too_often
from webapp.guess_tables import GuessRow

HEADING = "Der er prøvet for mange koder"


@pytest.mark.parametrize(
    "path", ["/s/ZZZZZZZZZ{n}", "/s/" + "x" * 42 + "{n}", "/chat/ZZZZZZZZZ{n}"]
)
def test_after_thirty_misses_one_waits(visitor: Visitor, office: Office, path: str) -> None:
    for n in range(too_often.MISSES.amount):
        visitor.get(path.format(n=n % 10))
        assert visitor.status == 404
    visitor.get(path.format(n=1))
    assert (visitor.status, visitor.heading) == (429, HEADING)
    assert int(visitor.response.headers["Retry-After"]) > 0
    # Nor is a right guess told from a wrong one
    assert visitor.get(f"/s/{office.link()}").status == 429


def test_a_class_with_one_address_is_not_held_up(visitor: Visitor, office: Office) -> None:
    code = office.link()
    for _ in range(2 * too_often.MISSES.amount):
        assert visitor.get(f"/s/{code}?again=1").status == 200


def test_what_is_being_sent_goes_through(app: Flask, visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    guesser = Visitor(app.test_client())
    for _ in range(too_often.MISSES.amount + 1):
        guesser.get("/s/ZZZZZZZZZZ")
    assert guesser.status == 429
    assert visitor.press("send").heading == "Tak for dit svar"


def test_another_address_is_another_matter(app: Flask, office: Office) -> None:
    for _ in range(too_often.MISSES.amount + 1):
        app.test_client().get("/s/ZZZZZZZZZZ")
    elsewhere = app.test_client().get(
        f"/s/{office.link()}", environ_base={"REMOTE_ADDR": "192.0.2.9"}
    )
    assert elsewhere.status_code == 200


def test_the_address_itself_is_not_kept(app: Flask) -> None:
    app.test_client().get("/s/ZZZZZZZZZZ", environ_base={"REMOTE_ADDR": "192.0.2.9"})
    with app.extensions["hoert"].database.snapshot() as session:
        (row,) = session.scalars(select(GuessRow))
    assert (len(row.key), row.n) == (32, 1)
    assert b"192.0.2.9" not in row.key


def test_counts_are_forgotten_when_their_minutes_are_over(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = app.extensions["hoert"].database
    for _ in range(too_often.MISSES.amount + 1):
        missed = app.test_client().get("/s/ZZZZZZZZZZ").status_code
    assert missed == 429
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert app.test_client().get("/s/ZZZZZZZZZZ").status_code == 404
    with database.snapshot() as session:
        assert session.scalars(select(GuessRow.n)).all() == [1]
    later += 301
    guesses.upkeep(database, clock)
    with database.snapshot() as session:
        assert not session.scalars(select(GuessRow)).all()


def test_both_databases_count_alike(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = guesses.Guesses(database=database)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    assert [counts.incr("a", 300) for _ in range(3)] == [1, 2, 3]
    assert counts.incr("b", 300, amount=4) == 4
    assert (counts.get("a"), int(counts.get_expiry("a"))) == (3, int(now) + 300)
    now += 301
    assert (counts.get("a"), counts.incr("a", 300)) == (0, 1)
    counts.clear("a")
    assert (counts.get("a"), counts.reset()) == (0, 1)


CHILD = """
import json, sys
from tests.webapp.conftest import settings
from tests.webapp.staff import sign_in
from webapp import create_app
app = create_app(settings(sys.argv[1]))
codes = [app.test_client().get("/s/ZZZZZZZZZZ").status_code for _ in range(20)]
signed = [sign_in(app.test_client(), "x@example.dk", "et forkert").status_code for _ in range(4)]
print(json.dumps([codes, signed]))
"""


def test_two_processes_count_together(app: Flask, office: Office) -> None:
    """One process is this one. Twice the processes are not twice the guesses."""
    code, other = office.link(), office.link()
    assert app.test_client().get(f"/s/{code}").status_code == 200
    for _ in range(20):
        assert app.test_client().get("/s/ZZZZZZZZZZ").status_code == 404
    for _ in range(3):
        assert sign_in(app.test_client(), "x@example.dk", "et forkert").status_code == 422
    address = app.extensions["hoert"].settings.database_url
    done = subprocess.run(
        [sys.executable, "-c", CHILD, address], capture_output=True, text=True, check=True
    )
    codes, signed = json.loads(done.stdout.splitlines()[-1])
    assert codes == [404] * 10 + [429] * 10
    assert signed == [422] * 2 + [429] * 2
    # This process hears of it where it has to look something up, and from then on knows it
    for path in (f"/s/{other}", f"/s/{code}", "/s/ZZZZZZZZZZ"):
        assert app.test_client().get(path).status_code == 429
    assert sign_in(app.test_client(), "x@example.dk", "et forkert").status_code == 429


def test_whoever_has_a_right_code_costs_no_count(app: Flask, office: Office) -> None:
    code = office.link()
    asked: list[str] = []
    event.listen(office.database.engine, "before_cursor_execute", lambda *one: asked.append(one[2]))
    visitor = Visitor(app.test_client())
    visitor.get(f"/s/{code}")
    asked.clear()
    # The same page of a browser that has answered goes through Flask
    client = app.test_client()
    client.set_cookie("hoert", "x")
    for one in (app.test_client(), client):
        assert one.get(f"/s/{code}").status_code == 200
    assert asked == []
    visitor.fill(purpose="5").press("check").press("send")
    assert visitor.heading == "Tak for dit svar"
    assert not [statement for statement in asked if "guess" in statement]
