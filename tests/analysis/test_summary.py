"""The summary says what the report shows, and nothing else."""

import re

import pytest

from analysis.summary import sentences
from tests.webapp.published import published


def test_the_published_figures_in_plain_words() -> None:
    said = sentences(published())
    assert said[0] == "225 af 619 inviterede (36,3\N{NO-BREAK SPACE}%) har svaret."
    assert said[1].startswith("Under halvdelen har svaret.")
    assert said[2] == (
        "Borgere, der oplever kontakten som positiv: 84,9\N{NO-BREAK SPACE}%."
        " Målet på 85\N{NO-BREAK SPACE}% ser ikke ud til at være nået, men det er usikkert."
    )
    assert said[3].startswith("De fleste skriver om “")


def test_of_ten_companies_the_count_is_told() -> None:
    said = " ".join(sentences(published(8, 10, 10, target=0.75)))
    assert "8 af 10." in said
    assert "er nået." in said
    assert "Under halvdelen" not in said


@pytest.mark.parametrize(("satisfied", "answered"), [(0, 1), (3, 4), (4, 4)])
def test_of_the_few_only_that_they_are_few(satisfied: int, answered: int) -> None:
    said = " ".join(sentences(published(satisfied, answered, None)))
    assert "for få har svaret" in said
    assert not re.search(r"\d+ af \d+|\d %", said)


def test_no_frame_no_rate() -> None:
    assert sentences(published(invited=None))[0].endswith("Vi ved ikke, hvor mange der fik linket.")
