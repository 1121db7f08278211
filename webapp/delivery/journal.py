"""What one sender was doing when it died: the refs that it was done with, one stroke each.

The database says which messages a sender holds. The journal says which of them had left. A stroke
in it costs no more than writing to memory, and is made right before the last bytes of a message
leave. It is memory of a file, so a process that is killed leaves it whole. A machine that loses its
power may not: then the sender is told that the journal is not whole.
"""

import fcntl
import hmac
import mmap
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_HOLDER, _BOOTED, _COUNT, _MARKS = slice(0, 16), slice(16, 52), slice(56, 64), 64
_MARK: Final = 16
MOST: Final = 250
"""How many refs there is room for: more than a batch has."""
_SIZE: Final = _MARKS + MOST * _MARK


class Busy(Exception):
    """Another sender on this machine has the journal open."""


class Journal:
    """The journal of one sender on one machine; nobody else can open it meanwhile.

    Refs stand in it as keyed hashes: without the installation's secret they lead to nobody, and
    whoever reads the file does not learn who was reminded.
    """

    def __init__(self, file: Path, secret: str) -> None:
        self._path = file
        self._secret = secret.encode()
        self.is_whole = True

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._file = self._path.open("r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise Busy from None
        self._file.truncate(_SIZE)
        self._memory = mmap.mmap(self._file.fileno(), _SIZE)
        boot = _boot()
        if not any(self.holder):
            self._memory[_HOLDER] = secrets.token_bytes(16)
            self._memory[_BOOTED] = boot
            self._memory.flush()
        self.is_whole = self._memory[_BOOTED] == boot
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._memory.close()
        self._file.close()

    @property
    def holder(self) -> bytes:
        """What the database knows this sender by."""
        return self._memory[_HOLDER]

    def stroke(self, ref: str) -> Callable[[], None]:
        """What notes that a message is done with: made ready, to be called when it leaves."""
        return partial(self._strike, self._hash(ref))

    def marked(self, refs: Collection[str]) -> set[str]:
        """Those of some refs that are noted."""
        count = min(self._count(), MOST)
        there = {
            self._memory[at : at + _MARK] for at in range(_MARKS, _MARKS + count * _MARK, _MARK)
        }
        return {ref for ref in refs if self._hash(ref) in there}

    def clear(self) -> None:
        """Forget what was noted: the database knows it. It is this machine's, and whole, again."""
        self._memory[_COUNT] = bytes(8)
        self._memory[_MARKS:] = bytes(_SIZE - _MARKS)
        if not self.is_whole:
            self._memory[_BOOTED] = _boot()
            self._memory.flush()
            self.is_whole = True

    def _count(self) -> int:
        return int.from_bytes(self._memory[_COUNT], "big")

    def _hash(self, ref: str) -> bytes:
        return hmac.digest(self._secret, f"journal:{ref}".encode(), "sha256")[:_MARK]

    def _strike(self, mark: bytes) -> None:
        count = self._count()
        at = _MARKS + count * _MARK
        self._memory[at : at + _MARK] = mark
        # Only now does it count
        self._memory[_COUNT] = (count + 1).to_bytes(8, "big")


def _boot() -> bytes:
    boot = b""
    with suppress(OSError):
        boot = _BOOT.read_bytes().strip()
    return boot.ljust(36, b"\0")[:36]
