"""Codes cannot be guessed on, and nobody who has one is in the way of that."""

import pytest
from flask import Flask

from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor
from webapp import too_often

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
    kept = app.extensions["hoert.guesses"].storage.storage
    assert kept
    assert not any("192.0.2.9" in key for key in kept)
