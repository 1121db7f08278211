"""LIX as Björnsson defined it."""

import pytest

from surveys.readability import lix


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("", 0),
        ("12 34 ?!", 0),
        ("Vi ses.", 2),
        ("Svaret kom straks", 3),
        ("Vi ses. Vi ses igen.", 2.5),
        ("Medarbejderen hjalp mig", 3 + 100 / 3),
        ("Medarbejderne forklarede", 2 + 100),
        ("E-mailen kom i dag", 4 + 100 / 4),
        ("Vi ses 21.11. 10.30 i Allerød.", 2 + 100 / 4),
        ("Hvad nu: kom ind. Vi er her!", 7 / 3),
    ],
)
def test_words_a_sentence_and_the_share_of_long_words(text: str, score: float) -> None:
    assert lix(text) == pytest.approx(score)
