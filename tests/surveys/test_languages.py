"""A draft translation is off until staff switch it on."""

from collections.abc import Callable

import pytest

from surveys import languages, wording
from surveys.database import Database
from surveys.definition import catalogue
from tests.surveys.test_translations import english as english

DRAFT = ("X-Status: reviewed", "X-Status: draft")


def test_reviewed_languages_are_offered_and_need_no_switch(database: Database) -> None:
    with database.transaction() as session:
        reviewed = tuple(name for name in wording.languages() if not wording.is_draft(name))
        assert languages.spoken(session) == reviewed
        assert {"da", "en"} <= set(reviewed)
        for name in ("da", "en", "xx"):
            with pytest.raises(KeyError):
                languages.switch(session, name, on=True)


def test_a_draft_is_off_until_it_is_switched_on(
    database: Database, english: Callable[..., None]
) -> None:
    english(DRAFT)
    instrument = catalogue()["samtalefeedback"]
    assert "en" in instrument.languages
    with database.transaction() as session:
        assert "en" not in languages.spoken(session)
        for _ in range(2):
            languages.switch(session, "en", on=True)
        assert "en" in languages.spoken(session)
    with database.transaction() as session:
        assert languages.spoken(session, instrument) == ("da", "en")
        languages.switch(session, "en", on=False)
        assert languages.spoken(session, instrument) == ("da",)


def test_an_instrument_is_offered_in_the_languages_that_both_speak() -> None:
    instrument = catalogue()["samtalefeedback"]
    for name in languages.offered((), instrument):
        assert name in instrument.languages
    assert languages.offered(())[0] == "da"
