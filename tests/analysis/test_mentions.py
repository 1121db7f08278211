"""A comment that turns is taken apart, and each theme gets the mood of its own part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import themes
from analysis.corpus import code_frame
from analysis.mentions import clauses, moods_of_themes
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


def test_each_theme_is_spoken_of_where_it_is_named():
    near = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5]])
    moods = np.zeros((2, len(MOODS)))
    moods[0, MOODS.index("positive")] = moods[1, MOODS.index("negative")] = 0.9
    assert list(moods_of_themes(near, moods)) == ["positive", "negative", "mixed"]


@pytest.mark.parametrize("backend", ["lexical"])
def test_praise_and_complaint_go_to_their_themes(backend):
    [read] = themes.load(code_frame("citizen"), backend).classify(
        ["Jeg føler mig set og forstået – men brevene skaber utryghed."]
    )
    assert read.sentiment == "mixed"
    assert read.mentions["c1_individual"] == "positive"
    assert read.mentions["c2_communication"] == "negative"
