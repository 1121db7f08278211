"""One linear system gives what refitting without each author would give."""

import numpy as np
import pytest

from analysis.corpus import code_frame, cues, seeds
from analysis.scoring import CommentScorer, role_of
from analysis.themes import ThemeClassifier

ROWS = seeds("course")[:160]
CODES = code_frame("course").codes
LABELS = np.array([[code in row.themes for code in CODES] for row in ROWS])
TEXTS = [row.text for row in ROWS]
QUESTIONS = [row.question for row in ROWS]
AUTHORS = [row.author for row in ROWS]


class Lengths:
    """An encoder whose vectors are easy to know: what share of the letters each vowel has."""

    name = "vowels-1"

    def encode(self, texts):
        return np.array(
            [[text.count(vowel) / len(text) for vowel in "aeiouyæøå"] for text in texts],
            dtype=np.float32,
        )


def scorer(encoder=None):
    return CommentScorer([cues("course")[code] for code in CODES], encoder, strength=1.0)


def fit(texts, questions, labels, authors, encoder=None):
    return scorer(encoder).fit(texts, questions, labels, authors, np.ones(len(texts)))


@pytest.mark.parametrize("encoder", [None, Lengths()])
def test_what_is_kept_reads_as_what_was_learnt(encoder):
    learnt = fit(TEXTS, QUESTIONS, LABELS, AUTHORS, encoder)
    taken_back = scorer(encoder).restore(learnt.state())
    for questions in (QUESTIONS, [None] * len(TEXTS), ["Hvad kunne være bedre?"] * len(TEXTS)):
        np.testing.assert_allclose(
            taken_back.probabilities(TEXTS, questions),
            learnt.probabilities(TEXTS, questions),
            rtol=1e-5,
        )


def test_held_out_probabilities_are_those_of_a_model_without_the_author():
    whole = fit(TEXTS, QUESTIONS, LABELS, AUTHORS)
    author = AUTHORS[0]
    rest = [place for place, name in enumerate(AUTHORS) if name != author]
    own = [place for place, name in enumerate(AUTHORS) if name == author]
    features = whole._ngrams.transform(TEXTS).toarray().astype(float)
    asked = whole._asked(QUESTIONS)
    kernel = features @ features.T + 0.25 * asked @ asked.T
    system = np.ones((len(rest) + 1, len(rest) + 1))
    system[:-1, :-1] = kernel[np.ix_(rest, rest)] + np.eye(len(rest))
    system[-1, -1] = 0
    target = np.vstack([np.where(LABELS[rest], 1.0, -1.0), np.zeros(len(CODES))])
    solved = np.linalg.solve(system, target)
    scores = kernel[np.ix_(own, rest)] @ solved[:-1] + solved[-1]
    head = whole._heads["asked"]
    expected = head.probabilities(scores - head.bias)
    np.testing.assert_allclose(whole.held_out[own], expected, rtol=1e-4)


def test_the_question_counts_only_where_it_is_known():
    learnt = fit(TEXTS, QUESTIONS, LABELS, AUTHORS)
    good, better, unknown = (
        learnt.probabilities(["Mere af det samme"], [question])
        for question in ("good", "better", None)
    )
    assert not np.allclose(good, better)
    assert not np.allclose(good, unknown)
    np.testing.assert_allclose(learnt.probabilities(["Mere af det samme"], ["free"]), unknown)


def test_comments_that_count_twice_are_as_comments_written_twice():
    weights = np.array([2.0] * 20 + [1.0] * 140)
    heavy = scorer().fit(TEXTS, QUESTIONS, LABELS, AUTHORS, weights)
    light = fit(TEXTS, QUESTIONS, LABELS, AUTHORS)
    gain = [
        np.abs(found.probabilities(TEXTS[:20], QUESTIONS[:20]) - LABELS[:20]).mean()
        for found in (light, heavy)
    ]
    assert gain[1] < gain[0]


@pytest.mark.parametrize(
    ("question", "role"),
    [
        ("good", "good"),
        ("works", "good"),
        ("Hvad har fungeret godt i din kontakt med Jobcentret?", "good"),
        ("Hvad kan vi gøre bedre, eller hvad savner du i dag?", "better"),
        ("Hvad savner du i dag?", "missing"),
        ("entrance", "entrance"),
        ("free", None),
        (None, None),
    ],
)
def test_what_a_question_asks_for(question, role):
    assert role_of(question) == role


def test_the_estimator_is_scikit_learns():
    from sklearn.base import clone
    from sklearn.utils.estimator_checks import check_estimator

    with pytest.warns(match="requires input"):
        check_estimator(ThemeClassifier())
    model = ThemeClassifier([cues("course")[code] for code in CODES], C=0.5)
    assert clone(model).get_params()["C"] == 0.5
    model.fit(TEXTS, LABELS, QUESTIONS, AUTHORS)
    assert model.predict(TEXTS, QUESTIONS).shape == LABELS.shape
    with pytest.raises(ValueError, match="labels of shape"):
        model.fit(TEXTS, LABELS[:3])


def test_about_seven_in_ten_comments_need_nobody():
    model = ThemeClassifier([cues("course")[code] for code in CODES])
    model.fit(TEXTS, LABELS, QUESTIONS, AUTHORS)
    chosen = model.decide(model.held_out_)
    sure = model.expectations(model.held_out_, chosen) >= model.sure_enough_
    assert sure.mean() == pytest.approx(0.7, abs=0.01)
    right = (chosen == LABELS).all(axis=1)
    assert right[sure].mean() > right[~sure].mean()


def test_a_rare_theme_is_not_given_to_every_comment():
    labels = np.zeros((len(TEXTS), 2), bool)
    labels[:, 0] = LABELS[:, 0]
    labels[:3, 1] = True
    model = ThemeClassifier().fit(TEXTS, labels, QUESTIONS, AUTHORS)
    assert model.decide(model.held_out_)[:, 1].mean() < 0.05
