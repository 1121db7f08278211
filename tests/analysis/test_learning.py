"""Staff teach the model a word it never saw, and nothing changes until they keep it."""

import numpy as np
import pytest

from analysis import themes
from analysis.corpus import Seed, code_frame
from analysis.learning import NothingToLearn, UnknownTheme, learn
from analysis.quality import calibration_error, cross_decided, evaluate

TAUGHT = [
    "Kvikspor har været noget for mig.",
    "Jeg vil anbefale Kvikspor til andre.",
    "Kvikspor begynder først til januar, og det er sent.",
    "Hvorfor er der kun plads til ti på Kvikspor?",
    "Kvikspor, Kvikspor og igen Kvikspor. Det er det, der hjælper.",
    "Min nabo var på Kvikspor.",
    "Det tog lang tid at komme med på Kvikspor.",
    "Kvikspor burde findes i alle kommuner.",
]


@pytest.fixture(autouse=True)
def fresh_models():
    """Each test keeps its versions in a folder of its own, and loaded ones are known by number."""
    themes._loaded.cache_clear()
    yield
    themes._loaded.cache_clear()


def coded(text, *codes, author=""):
    return Seed(text, "free", codes, "neutral", "da", author)


def test_a_corrected_word_is_known_once_the_version_is_kept(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    question = "Hvornår starter det næste Kvikspor?"

    def read():
        return {
            code
            for code, _ in themes.load(code_frame("citizen"), "lexical")
            .classify([question])[0]
            .themes
        }

    assert "c4_offers" not in read()
    learned = learn(code_frame("citizen"), [coded(text, "c4_offers") for text in TAUGHT], "lexical")
    assert learned.coded.micro.value > learned.before.micro.value
    assert learned.evaluation.n > 800
    assert "c4_offers" not in read()
    learned.keep()
    assert "c4_offers" not in read()
    learned.use()
    assert "c4_offers" in read()
    assert themes.load(code_frame("citizen"), "lexical").name == "citizen-1-lexical-2"


def test_a_theme_outside_the_code_frame_is_refused(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownTheme, match="k1_content"):
        learn(code_frame("citizen"), [coded("Godt kursus", "k1_content")], "lexical")
    with pytest.raises(NothingToLearn):
        learn(code_frame("citizen"), [], "lexical")


def test_an_evaluation_counts_as_one_would_by_hand():
    truth = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], bool)
    chosen = np.array([[1, 0], [1, 0], [1, 1], [0, 0]], bool)
    found = evaluate(chosen.astype(float), chosen, truth, ["a", "b", "c", "d"], ["x", "y"])
    first, second = found.themes
    assert (first.n, first.precision, first.recall) == (2, pytest.approx(2 / 3), 1)
    assert (second.n, second.precision, second.recall) == (2, 1, 0.5)
    assert found.micro.value == pytest.approx(6 / 8)
    assert found.macro.value == pytest.approx((0.8 + 2 / 3) / 2)
    assert found.micro.low <= found.micro.value <= found.micro.high
    perfect = evaluate(truth.astype(float), truth, truth, ["a", "b", "c", "d"], ["x", "y"])
    assert perfect.micro.value == perfect.macro.value == 1


def test_calibration_error_is_the_mean_gap():
    probabilities = np.array([[0.9], [0.9], [0.1], [0.1]])
    assert calibration_error(probabilities, np.array([[1], [1], [0], [0]])) == pytest.approx(0.1)
    assert calibration_error(probabilities, np.array([[1], [0], [1], [0]])) == pytest.approx(0.4)


def test_thresholds_are_chosen_without_the_author_they_judge():
    rng = np.random.default_rng(1)
    truth = rng.random((300, 3)) < 0.3
    probabilities = np.clip(truth * 0.4 + rng.random((300, 3)) * 0.5, 0, 1)
    groups = [str(place % 30) for place in range(300)]
    chosen = cross_decided(probabilities, truth, groups)
    changed = truth.copy()
    changed[::30] = ~changed[::30]
    same = cross_decided(probabilities, changed, groups)
    np.testing.assert_array_equal(chosen[::30], same[::30])


def test_every_theme_has_cues_of_its_own():
    from analysis.corpus import AUDIENCES, cues

    for audience in AUDIENCES:
        words = cues(audience)
        assert tuple(words) == code_frame(audience).codes
        assert all(len(set(cue)) == len(cue) >= 50 for cue in words.values())
