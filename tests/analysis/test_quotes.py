"""Quotes are the citizens' own words with parts left out, and nothing that points at anybody."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.quotes import GAP, NotTheirWords, cut_of, rare_details, without

TEXT = "Jeg blev mødt med respekt af Karin, og hun ringede tilbage kl. 14."


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        (TEXT, TEXT),
        ("Jeg blev mødt med respekt […]", "Jeg blev mødt med respekt […]"),
        ("Jeg blev mødt med respekt", "Jeg blev mødt med respekt […]"),
        ("hun ringede tilbage", "[…] hun ringede tilbage […]"),
        ("Jeg blev [...] med respekt", "Jeg blev […] med respekt […]"),
        ("[…]  og hun   ringede tilbage [ … ]", "[…] og hun ringede tilbage […]"),
    ],
)
def test_what_stands_are_parts_in_their_order(words, stands):
    assert cut_of(TEXT, words) == stands


@pytest.mark.parametrize(
    "words",
    [
        "",
        "[…]",
        "Jeg blev",
        "Jeg blev ikke mødt med respekt",
        "hun ringede tilbage […] Jeg blev mødt",
        "spekt af Kar",
        "Jeg blev mødt med Respekt",
    ],
)
def test_anything_else_is_refused(words):
    with pytest.raises(NotTheirWords):
        cut_of(TEXT, words)


@given(st.lists(st.sampled_from(TEXT.split()), unique=True))
def test_every_cut_that_is_proposed_can_be_released(left_out):
    proposed = without(TEXT, [word.strip(",.") for word in left_out])
    kept = proposed.replace(GAP, " ").replace(",", " ").replace(".", " ").split()
    try:
        stands = cut_of(TEXT, proposed)
    except NotTheirWords:
        assert len(kept) < 8
        return
    for word in kept:
        assert word in stands


def test_names_numbers_and_what_nobody_else_speaks_of_are_pointed_out():
    others = Counter({"respek": 4, "ringed": 2, "urmage": 1})
    text = "Karin er urmager på 63 år. Hun kender Søren, og I mødte mig med respekt."
    rare = rare_details(text, others)
    assert {"urmager", "63", "Søren"} <= set(rare)
    assert not {"Hun", "I", "respekt", "mødte"} & set(rare)
    assert rare_details("Karen ringede. 12 gange med respekt", others) == ("Karen", "12")


def test_gaps_beside_each_other_are_one():
    assert without("a b c d", ["b", "c"]) == f"a {GAP} d"
