"""Every refusal and every failure is a page in the reader's language with the right status."""

import pytest
from flask import Flask

from surveys import errors as core
from surveys.wording import TEXTS
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor
from webapp.errors import REFUSALS


def every(kind: type[Exception]) -> set[type[Exception]]:
    return {kind, *(below for one in kind.__subclasses__() for below in every(one))}


def test_every_way_of_not_being_admitted_has_its_page() -> None:
    leaves = every(core.NotAdmitted) - {core.NotAdmitted} | {core.UnknownCode}
    assert leaves <= set(REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=lambda refusal: refusal.wording)
def test_every_refusal_has_words(refusal: object) -> None:
    for part in ("title", "text"):
        assert f"{refusal.wording}_{part}" in TEXTS  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "status", "danish", "english"),
    [
        ("GET", "/nowhere", 404, "Siden findes ikke", "The page does not exist"),
        ("DELETE", "/", 405, "Vi kunne ikke læse det", None),
        ("GET", "/s/ZZZZZZZZZZ", 404, "Vi kender ikke det link", None),
        ("POST", "/svar/x", 404, "Vi kender ikke det link", None),
    ],
)
def test_in_the_readers_language(
    app: Flask, visitor: Visitor, method: str, path: str, status: int, danish: str, english: str
) -> None:
    client = app.test_client()
    for language, heading in (("da", danish), ("en", english)):
        visitor._arrived(client.open(f"{path}?lang={language}", method=method), True)
        assert visitor.status == status
        assert visitor.page.all("html")[0]["lang"] == language
        if heading:
            assert visitor.heading == heading


def test_a_wrong_method_names_the_right_ones(app: Flask) -> None:
    allowed = app.test_client().put("/").headers["Allow"]
    assert {"GET", "POST"} <= set(allowed.split(", "))


def test_a_withdrawn_link_is_410(visitor: Visitor, office: Office) -> None:
    code = office.link()
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE link SET withdrawn = true")
    visitor.get(f"/s/{code}")
    assert (visitor.status, visitor.heading) == (410, "Linket bruges ikke mere")


def test_a_withdrawn_invitation_is_410_even_when_the_form_is_open(
    visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.invitation()}").fill(open="Mange ord.").press("check")
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE invitation SET withdrawn = true")
    visitor.press("send")
    assert (visitor.status, visitor.heading) == (410, "Linket bruges ikke mere")
    assert "Mange ord." in visitor.text
    assert office.received() == 0
