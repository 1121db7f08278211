"""A receipt leads to its answer for whoever holds it, and for nobody who has all the rest."""

import pytest
from flask import Flask
from sqlalchemy import text

from surveys import keys, retention
from surveys.database import Database
from tests.webapp.conftest import SECRET, Office
from tests.webapp.visitor import Visitor


@pytest.fixture
def url(database_url: str) -> str:
    """Everything here holds on both databases."""
    return database_url


def kept_hashes(database: Database) -> str:
    with database.snapshot() as session:
        waiting = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
        mixed = session.execute(text("SELECT receipt_hash FROM response")).scalars().all()
    return repr([*waiting, *(bytes(one).hex() for one in mixed)])


def test_who_has_the_secret_and_the_database_cannot_go_from_a_person_to_an_answer(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}").fill(purpose="5").press("check").press("send")
    assert visitor.heading == "Tak for dit svar"
    database = app.extensions["hoert"].database
    for guess in (token, keys.spend_hash(token).hex(), ""):
        receipt = keys.receipt(SECRET, guess)
        assert keys.receipt_hash(receipt).hex() not in kept_hashes(database)
        with database.snapshot() as session:
            assert not retention.holds(session, receipt)


def test_the_one_who_answered_can_take_it_back_after_two_clicks_too(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}").fill(purpose="5").press("check")
    path, body = visitor.path, visitor.body() | {"send": "1"}
    cookies = visitor.client.get_cookie("hoert")
    assert cookies is not None
    receipts = set()
    for _ in range(2):
        visitor.client.set_cookie("hoert", cookies.value)
        visitor.post(path, body)
        assert visitor.heading == "Tak for dit svar"
        receipts.add(visitor.page.classed("receipt")[0].text)
    assert len(receipts) == 1


def test_another_device_with_the_same_letter_gets_no_receipt(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    token = office.invitation()
    other = Visitor(app.test_client())
    other.get(f"/s/{token}").fill(purpose="1").press("check")
    visitor.get(f"/s/{token}").fill(purpose="5").press("check").press("send")
    assert visitor.page.classed("receipt")
    other.press("send")
    assert other.heading == "Tak for dit svar"
    assert not other.page.classed("receipt")
    assert office.received() == 1
