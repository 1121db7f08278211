"""A comment that turns is taken apart, and each theme gets the mood of its own part."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import themes
from analysis.corpus import code_frame
from analysis.mentions import _praise, clauses, leanings, moods_of_themes, turned
from analysis.sentiment import MOODS


def test_a_comment_is_split_where_it_turns():
    assert clauses("Jeg føler mig set – men brevene skaber utryghed.") == [
        "Jeg føler mig set",
        "men brevene skaber utryghed.",
    ]
    assert clauses("God underviser, men lokalet var koldt. Kaffe!") == [
        "God underviser",
        "men lokalet var koldt. Kaffe!",
    ]
    assert clauses("Alle mente det samme") == ["Alle mente det samme"]


@given(st.text(max_size=200))
def test_no_word_is_lost(text):
    dashes = {"-", "–", "—"}
    kept = [word for part in clauses(text) for word in part.split()]
    assert [w for w in kept if not set(w) <= dashes] == [
        w for w in text.split() if not set(w) <= dashes
    ]


def test_an_abbreviation_is_no_turn():
    assert clauses("Virks. er glad f. samarb. med jer. Dog langsomt svar.") == [
        "Virks. er glad f. samarb. med jer.",
        "Dog langsomt svar.",
    ]
    assert list(turned(["Virks. er glad.", "Dog langsomt svar.", "Menneskene er rare."])) == [
        False,
        True,
        False,
    ]


def _parts(*moods):
    found = np.full((len(moods), len(MOODS)), 0.02)
    for place, mood in enumerate(moods):
        found[place, MOODS.index(mood)] = 0.9
    return found


NO_LEANING = np.zeros(3)


def test_each_theme_is_spoken_of_where_it_is_named():
    near = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5]])
    said = moods_of_themes(near, _parts("positive", "negative"), np.zeros(2, bool), NO_LEANING)
    assert list(said) == ["positive", "negative", "mixed"]


def test_but_says_the_opposite_of_what_came_before():
    """The second part could be either; "men" and the praise before it say that it complains."""
    near = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5]])
    said = moods_of_themes(near, _parts("positive", "mixed"), np.array([False, True]), NO_LEANING)
    assert list(said[:2]) == ["positive", "negative"]


def test_a_theme_leans_the_way_it_is_mostly_spoken_of():
    labels = np.array([[True, False]] * 9 + [[False, True]] * 9)
    leaning = leanings(labels, ["positive"] * 9 + ["negative"] * 9)
    assert leaning == pytest.approx([np.log(10), -np.log(10)])
    same = np.array([[0.5, 0.5], [0.5, 0.5]])
    said = moods_of_themes(same, _parts("positive", "negative"), np.zeros(2, bool), leaning)
    assert said == ["positive", "negative"]


@given(st.integers(2, 9), st.integers(0, 2**31))
def test_the_chain_agrees_with_counting_every_way(parts, seed):
    """The sum over all ways to praise and complain, but for the two that are all alike."""
    draw = np.random.default_rng(seed)
    moods = draw.dirichlet(np.ones(len(MOODS)), parts)
    against = draw.random(parts) < 0.5
    one_way = np.maximum(moods[:, [1, 0]] + moods[:, [2]] / 2, 0.01)
    likely = one_way / one_way.sum(axis=1, keepdims=True)
    ways = np.zeros((parts, 2))
    for states in product((0, 1), repeat=parts):
        turns = [0.8 if one else 0.5 for one in against[1:]]
        moves = [t if a != b else 1 - t for t, (a, b) in zip(turns, pairwise(states), strict=True)]
        weight = np.prod(likely[range(parts), states]) * np.prod(moves)
        if len(set(states)) > 1:
            ways[range(parts), states] += weight
    assert _praise(moods, against) == pytest.approx(ways[:, 1] / ways.sum(axis=1))


@pytest.mark.parametrize("backend", ["lexical"])
def test_praise_and_complaint_go_to_their_themes(backend):
    [read] = themes.load(code_frame("citizen"), backend).classify(
        ["Jeg føler mig set og forstået – men brevene skaber utryghed."]
    )
    assert read.sentiment == "mixed"
    assert read.mentions["c1_individual"] == "positive"
    assert read.mentions["c2_communication"] == "negative"
