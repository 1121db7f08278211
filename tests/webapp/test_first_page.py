"""The honest first page: eight short sentences that anybody can read."""

import re

import pytest
from flask import Flask

from surveys import definition
from surveys.readability import lix
from tests.webapp.conftest import Office
from tests.webapp.html import read

CITIZENS = [
    name
    for name, instrument in definition.catalogue().items()
    if instrument.audiences == ("citizen",)
]


def sentences(app: Flask, code: str, language: str = "da") -> list[str]:
    page = read(app.test_client().get(f"/s/{code}?lang={language}").text)
    (said,) = page.classed("intro-list")
    return [s for item in said.all("li") for s in re.split(r"(?<=[.?]) ", item.text)]


@pytest.mark.parametrize("survey", definition.catalogue())
def test_eight_short_sentences(app: Flask, office: Office, survey: str) -> None:
    said = sentences(app, office.link(survey))
    assert len(said) <= 8
    assert lix(" ".join(said)) <= (25 if survey in CITIZENS else 30)
    assert all(len(sentence.split()) <= 14 for sentence in said)


@pytest.mark.parametrize("survey", CITIZENS)
def test_a_citizen_is_told_all_that_matters(app: Flask, office: Office, survey: str) -> None:
    said = " ".join(sentences(app, office.link(survey)))
    for words in (
        "Allerød Kommune spørger",
        "minut",
        "Du må gerne sige nej",
        "ændrer ikke din sag",
        "anonymt",
        "Kun få medarbejdere læser svarene.",
        "Din sagsbehandler kan ikke se",
        "Skriv ikke dit navn, dit CPR-nummer",
    ):
        assert words in said


def test_confidential_is_not_called_anonymous(app: Flask, office: Office) -> None:
    office.wave("borgerinddragelse", anonymity="confidential")
    said = " ".join(sentences(app, office.link("borgerinddragelse")))
    assert "fortroligt" in said
    assert "anonymt" not in said
