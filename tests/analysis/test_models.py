"""Models on disk: whole, checked and recognised."""

import numpy as np
import pytest

from analysis import models

ARRAYS = {
    "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "words": np.array([97], np.uint8),
}


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def test_a_model_is_read_as_it_was_written():
    models.write("citizen-lexical", 1, "abc", ARRAYS)
    found = models.read("citizen-lexical", 1, "abc")
    assert found is not None
    assert found.keys() == ARRAYS.keys()
    for key, array in ARRAYS.items():
        np.testing.assert_array_equal(found[key], array)
        assert found[key].dtype == array.dtype


def test_a_model_from_another_corpus_is_none():
    models.write("citizen-lexical", 1, "abc", ARRAYS)
    assert models.read("citizen-lexical", 1, "abd") is None
    assert models.read("company-lexical", 1, "abc") is None


def test_damage_is_seen():
    for version in (1, 2):
        models.write("citizen-lexical", version, "abc", ARRAYS)
        path = models.DIRECTORY / f"citizen-lexical-{version}.npz"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert models.read("citizen-lexical", 1, "abc") is None
    with pytest.raises(models.DamagedModel, match="citizen-lexical-2"):
        models.read("citizen-lexical", 2, "abc")


def test_versions_are_counted_as_numbers():
    assert models.versions("citizen-lexical") == (1,)
    for version in (2, 10, 9):
        models.write("citizen-lexical", version, "abc", ARRAYS)
    models.write("citizen-lexical-other", 11, "abc", ARRAYS)
    assert models.versions("citizen-lexical") == (1, 2, 9, 10)


def test_nothing_is_in_use_before_somebody_says_so():
    models.write("citizen-lexical", 2, "abc", ARRAYS)
    assert models.in_use("citizen-lexical") == 1
    models.use("citizen-lexical", 2)
    assert models.in_use("citizen-lexical") == 2
    models.use("citizen-lexical", 1)
    assert models.in_use("citizen-lexical") == 1
    with pytest.raises(models.UnknownModel):
        models.use("citizen-lexical", 3)
