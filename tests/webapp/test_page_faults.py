"""What may go wrong while a form is open: the clock, a new version, a restart, a busy database."""

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import event

from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor

COMMENT = "Er der mere, du vil fortælle os om mødet?"
HOURS = [-1, 2, 24, 24 * 20]
SUMMER_ENDS = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def moved(visitor: Visitor, app: Flask) -> Visitor:
    """The same browser with the same page open, before another process."""
    other = Visitor(app.test_client())
    for cookie in visitor.client._cookies.values():
        other.client.set_cookie(cookie.key, cookie.value)
    other.path, other.page, other.filled = visitor.path, visitor.page, dict(visitor.filled)
    return other


@pytest.fixture
def paged(shipped_tests: None, visitor: Visitor, office: Office, clock: Clock) -> Visitor:
    """At the last text of a survey with rules."""
    code = office.link("off_route")
    clock.forward(hours=2)
    visitor.get(f"/s/{code}").press("start")
    visitor.fill(meeting="video").press("next").press("skip")
    return visitor.fill(camera="no_it_did_not").press("next").fill(why_not="Lyden")


def finish(paged: Visitor) -> Visitor:
    return paged.press("next").press("skip").press("send")


@pytest.mark.parametrize("hours", HOURS)
def test_the_clock_moves_while_a_page_is_open(
    visitor: Visitor, office: Office, clock: Clock, hours: int
) -> None:
    code = office.link()
    clock.forward(hours=2)
    visitor.get(f"/s/{code}").fill(purpose="5").press("check")
    clock.forward(hours=hours)
    assert visitor.press("send").heading == "Tak for dit svar"


@pytest.mark.parametrize("hours", HOURS)
def test_the_clock_moves_between_two_pages(
    paged: Visitor, office: Office, clock: Clock, hours: int
) -> None:
    clock.forward(hours=hours)
    assert finish(paged).heading == "Tak for dit svar"


def test_the_night_that_summer_time_ends(visitor: Visitor, office: Office, clock: Clock) -> None:
    clock.moment = SUMMER_ENDS
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    clock.forward(hours=1)
    assert visitor.press("send").heading == "Tak for dit svar"


def test_a_new_version_is_put_in_place_meanwhile(
    visitor: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Halvvejs.").press("check")
    later = moved(visitor, make_app(municipality="Hillerød Kommune"))
    assert later.press("send").heading == "Tak for dit svar"
    assert office.received() == 1


def test_page_by_page_over_a_restart(
    paged: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    later = moved(paged, make_app())
    assert later.press("next").heading == "Vil du sige mere om det?"
    again = moved(later, make_app()).press("skip")
    assert again.review["Hvad gik galt?"] == "Lyden"
    assert again.press("send").heading == "Tak for dit svar"


def test_page_by_page_over_a_new_secret_the_words_stay(
    paged: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    later = moved(paged, make_app(secret_key="n" * 40)).press("next")
    assert later.status == 403
    assert "Siden har været åben længe" in later.text
    assert later.body()["answer.why_not"] == "Lyden"
    assert finish(later).heading == "Tak for dit svar"


def test_what_is_asked_for_with_a_call_survives_a_new_secret(
    visitor: Visitor, make_app: Callable[..., Flask]
) -> None:
    visitor.get("/ring-mig-op").filled = {"name": "Bente", "phone": "22334455"}
    form = next(f for f in visitor.page.all("form") if f["action"] == "/ring-mig-op")
    later = moved(visitor, make_app(secret_key="n" * 40))
    later.post("/ring-mig-op", visitor.body(form))
    assert later.status == 403
    assert later.page.all("input", id="name")[0]["value"] == "Bente"


def held(url: str, seconds: float, begun: threading.Event) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    begun.set()
    time.sleep(seconds)
    connection.rollback()
    connection.close()


def test_a_database_that_is_busy_is_waited_for(visitor: Visitor, office: Office, url: str) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    begun = threading.Event()
    holder = threading.Thread(target=held, args=(url, 3, begun))
    holder.start()
    begun.wait()
    assert visitor.press("send").heading == "Tak for dit svar"
    holder.join()
    assert office.received() == 1


def test_a_database_that_stays_busy_gives_the_words_back(
    app: Flask, visitor: Visitor, office: Office, url: str
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Halvvejs.").press("check")
    engine = office.database.engine
    engine.dispose()
    # The patience of a second stands for that of fifteen
    event.listen(engine, "connect", lambda wire, _: wire.execute("PRAGMA busy_timeout=1000"))
    begun = threading.Event()
    holder = threading.Thread(target=held, args=(url, 4, begun))
    holder.start()
    begun.wait()
    visitor.press("send")
    assert visitor.status == 503
    assert int(visitor.response.headers["Retry-After"]) > 0
    assert visitor.review[COMMENT] == "Halvvejs."
    holder.join()
    (again,) = [f for f in visitor.page.all("form") if f.all("input", name="answer.open")]
    visitor.post(visitor.path, visitor.body(again))
    assert visitor.heading == "Tak for dit svar"
    assert office.received() == 1
