"""The summary says what the report shows, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.summary import sentences
from tests.webapp.published import published
from webapp.results import standalone


def test_the_published_figures_in_plain_words() -> None:
    said = sentences(published())
    assert said[0] == "225 af 619 inviterede (36,3\N{NO-BREAK SPACE}%) har svaret."
    assert said[1].startswith("Under halvdelen har svaret.")
    assert said[2] == (
        "Borgere, der oplever kontakten som positiv: 84,9\N{NO-BREAK SPACE}%."
        " Målet på 85\N{NO-BREAK SPACE}% ser ikke ud til at være nået, men det er usikkert."
    )
    assert said[3].startswith("Flest skriver om “")


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


@given(
    answered=st.integers(0, 400),
    part=st.floats(0, 1),
    others=st.one_of(st.none(), st.integers(0, 800)),
    target=st.sampled_from([0.1, 0.5, 0.75, 0.85, 1.0]),
)
def test_every_number_in_the_summary_stands_in_the_report(
    answered: int, part: float, others: int | None, target: float
) -> None:
    invited = None if others is None else answered + others
    report = published(round(part * answered), answered, invited, target=target)
    page = re.sub(
        r'<section aria-labelledby="summary">.*?</section>', "", standalone(report), flags=re.S
    )
    told = numbers(re.sub(r"<[^>]*>", " ", page))
    for sentence in sentences(report):
        assert numbers(sentence) <= told, sentence


def numbers(text: str) -> set[str]:
    """Every number in a text, 85 and 85,0 alike."""
    return {found.removesuffix(",0") for found in re.findall(r"\d[\d.]*(?:,\d+)?", text)}
