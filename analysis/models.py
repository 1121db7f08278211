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
LAYOUT = "1"
"""Changes when the arrays mean something else than they did."""

Arrays = dict[str, NDArray[np.generic]]


class DamagedModel(Exception):
    """A stored model that is not what was written: its checksum differs."""


def newest(stem: str) -> int:
    """The highest version stored under a stem; 1 where there is none."""
    found = (re.fullmatch(rf"{re.escape(stem)}-(\d+)\.npz", path.name) for path in _files())
    return max((int(match[1]) for match in found if match), default=1)


def write(stem: str, version: int, digest: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Store a version. The file appears whole or not at all.

    `digest` names what the model started from.
    """
    buffer = io.BytesIO()
    origin = np.array(f"{LAYOUT}:{digest}")
    np.savez(buffer, allow_pickle=False, origin=origin, **dict(arrays))
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    content = buffer.getvalue()
    checksum = hashlib.sha256(content).hexdigest().encode()
    for suffix, body in (("npz", content), ("sha256", checksum)):
        path = DIRECTORY / f"{stem}-{version}.{suffix}"
        partial = path.with_suffix(f".{suffix}.{os.getpid()}")
        partial.write_bytes(body)
        partial.replace(path)


def read(stem: str, version: int, digest: str) -> Arrays | None:
    """A stored version; None where there is none that started from `digest`.

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
    return arrays if origin == f"{LAYOUT}:{digest}" else None


def _files() -> list[Path]:
    return sorted(DIRECTORY.glob("*.npz")) if DIRECTORY.is_dir() else []
