"""The theme model reads comments that it has not seen, and says when it is unsure."""

import itertools

import numpy as np
import pytest

from analysis import deciding, themes
from analysis.corpus import code_frame, seeds
from analysis.language import language_of

AUDIENCES = ("citizen", "company", "course")


@pytest.fixture(scope="module")
def citizen() -> themes.ThemeModel:
    return themes.load(code_frame("citizen"), "lexical")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_corpus_is_what_the_data_card_says(audience: str) -> None:
    written = seeds(audience)
    frame = code_frame(audience)
    texts = [" ".join(seed.text.casefold().split()) for seed in written]
    assert len(set(texts)) == len(texts)
    for code in frame.codes:
        carrying = [seed for seed in written if code in seed.themes]
        assert len(carrying) >= 60, code
        assert len({seed.author for seed in carrying}) >= 10, code
    assert {code for seed in written for code in seed.themes} == set(frame.codes)
    assert sum(not seed.themes for seed in written) >= 80


def test_the_plans_quotes_get_themes_a_person_would_give() -> None:
    company = themes.load(code_frame("company"), "lexical")
    quotes = {
        "Det fungerer godt, når konsulenten kender virksomheden så godt, at de ved, "
        "hvad vi mangler, og kan finde de profiler, vi ikke selv vidste, vi manglede.": {
            "v1_relation",
            "v2_matching",
        },
        "To jobmesser om året ville være godt. God kontakt til relevante kandidater på messen.": {
            "v2_matching",
            "v5_network",
        },
        "Back-up til fastholdelse af dem, der har svært ved at arbejde 37 timer om ugen.": {
            "v3_readiness"
        },
    }
    for read, expected in zip(company.classify(list(quotes)), quotes.values(), strict=True):
        assert expected <= {code for code, _ in read.themes}


@pytest.mark.parametrize("text", ["", "nej", "Ved ikke", "-", "Ingen kommentarer.", "..."])
def test_a_non_answer_has_no_theme_and_needs_nobody(citizen: themes.ThemeModel, text: str) -> None:
    [read] = citizen.classify([text])
    assert read.themes == ()
    assert not read.unsure


def test_the_order_of_comments_changes_nothing(citizen: themes.ThemeModel) -> None:
    texts = [seed.text for seed in seeds("citizen")[:40]]
    forwards = citizen.classify(texts)
    assert citizen.classify(texts[::-1]) == forwards[::-1]
    assert [citizen.classify([text])[0].themes for text in texts[:3]] == [
        read.themes for read in forwards[:3]
    ]


def test_probabilities_are_probabilities_and_sorted(citizen: themes.ThemeModel) -> None:
    for read in citizen.classify([seed.text for seed in seeds("citizen")[:200]]):
        shown = [probability for _, probability in read.themes]
        assert shown == sorted(shown, reverse=True)
        assert all(0 <= probability <= 1 for probability in shown)
        assert len(shown) <= deciding.MOST_THEMES


def test_expected_f1_is_certain_only_when_the_probabilities_are() -> None:
    sure = np.array([1.0, 0.0, 0.0])
    assert deciding.expected_f1(sure, sure > 0.5) == pytest.approx(1)
    assert deciding.expected_f1(np.zeros(3), np.zeros(3, bool)) == pytest.approx(1)
    for p, q in itertools.product((0.2, 0.5, 0.8), repeat=2):
        value = deciding.expected_f1(np.array([p, q]), np.array([True, False]))
        assert value == pytest.approx(2 * p / (1 + p + q))


def test_authors_it_never_saw_are_read_better_than_by_guessing() -> None:
    written = seeds("citizen")
    held_out = {"a03", "a09", "a14", "a21"}
    model = themes.ThemeModel(
        code_frame("citizen"), "lexical", [s for s in written if s.author not in held_out]
    )
    unseen = [s for s in written if s.author in held_out]
    found = model.classify([s.text for s in unseen], [s.question for s in unseen])
    hits = sum(
        len({c for c, _ in f.themes} & set(s.themes)) for f, s in zip(found, unseen, strict=True)
    )
    size = sum(len(f.themes) + len(s.themes) for f, s in zip(found, unseen, strict=True))
    # Guessing the commonest theme every time gives 0.27
    assert 2 * hits / size > 0.5


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Min sagsbehandler lytter altid til mig, og det er rart.", "da"),
        ("My caseworker never calls me back when I leave a message.", "en"),
        ("Моя консультантка дуже добра до мене, дякую.", "uk"),
        ("المستشار يستمع لي دائما وهذا جيد جدا", "ar"),
        ("ok", "da"),
        ("ብጣዕሚ ጽቡቕ", "ti"),
    ],
)
def test_the_language_of_a_comment(text: str, language: str) -> None:
    assert language_of(text) == language
