"""Theme models on disk: arrays without pickle, with a checksum beside them."""

import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIRECTORY = Path("var/models")
LAYOUT = "3"
"""Changes when the arrays mean something else than they did."""

Arrays = dict[str, NDArray[np.generic]]


class DamagedModel(Exception):
    """A stored model that is not what was written: its checksum differs."""


class UnknownModel(Exception):
    """A version of a model that is not stored here."""


def versions(stem: str) -> tuple[int, ...]:
    """The versions stored under a stem, and the first, which can always be made."""
    found = (re.fullmatch(rf"{re.escape(stem)}-(\d+)\.npz", path.name) for path in _files())
    return tuple(sorted({1, *(int(match[1]) for match in found if match)}))


def in_use(stem: str) -> int:
    """The version that reads comments: the last that somebody took into use, else the first."""
    pointer = DIRECTORY / f"{stem}.in-use"
    return int(pointer.read_text()) if pointer.is_file() else 1


def use(stem: str, version: int) -> None:
    """Let a stored version read comments from now on. The others stay, to go back to."""
    if version not in versions(stem):
        raise UnknownModel(f"There is no version {version} of {stem}: {versions(stem)}.")
    _write(DIRECTORY / f"{stem}.in-use", str(version).encode())


def write(stem: str, version: int, digest: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Store a version. The file appears whole or not at all.

    `digest` names what the model started from.
    """
    buffer = io.BytesIO()
    origin = np.array(f"{LAYOUT}:{digest}")
    np.savez(buffer, allow_pickle=False, origin=origin, **dict(arrays))
    content = buffer.getvalue()
    _write(DIRECTORY / f"{stem}-{version}.npz", content)
    checksum = hashlib.sha256(content).hexdigest().encode()
    _write(DIRECTORY / f"{stem}-{version}.sha256", checksum)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(body)
    partial.replace(path)


def read(stem: str, version: int, digest: str | None = None) -> Arrays | None:
    """A stored version; None where there is none that started from `digest`, where that is given.

    A damaged first version counts as none, for it can be made again; a later one is an error.
    """
    path = DIRECTORY / f"{stem}-{version}.npz"
    checksum = path.with_suffix(".sha256")
    if not path.is_file() or not checksum.is_file():
        return None
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != checksum.read_text().strip():
        if version == 1:
            return None
        raise DamagedModel(f"{path} is damaged: its checksum differs. Learn it again.")
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        arrays = {key: kept[key] for key in kept.files}
    origin = str(arrays.pop("origin"))
    layout, _, started_from = origin.partition(":")
    return arrays if layout == LAYOUT and digest in {None, started_from} else None


def _files() -> list[Path]:
    return sorted(DIRECTORY.glob("*.npz")) if DIRECTORY.is_dir() else []
