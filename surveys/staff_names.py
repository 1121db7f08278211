"""The names of the staff, kept in one file so that they are masked in what citizens write.

They are personal data: no log, error or page of anybody else holds them.
"""

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

STAFF_NAMES: Final = "STAFF_NAMES"
"""The environment variable that names the file: one person a line, `#` begins a remark."""

_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BESIDE = re.compile(r"[ ]|[ ]?-[ ]?|[.][ ]?")
_SENTENCE = re.compile(r"(?:^|[.!?:\n])\W*$")
_GENITIVE = re.compile(r"['’]?s$")
_ALSO_A_WORD = frozenset(
    ("bo", "dag", "glad", "liv", "maj", "rose", "signe", "storm", "svend", "vil")
)
_NO_NAME = re.compile(r"[\d@]")
_PLAIN = 5
"""A first name of so many letters is one without a capital too."""


@dataclass(frozen=True, slots=True)
class _People:
    """Each part of a name with the people who have it, and the parts that come first."""

    parts: Mapping[str, frozenset[int]]
    firsts: frozenset[str]

    def called(self, word: str) -> str | None:
        """The part of a name that a word is, in the genitive or not."""
        plain = word.casefold()
        return next((one for one in (plain, _GENITIVE.sub("", plain)) if one in self.parts), None)

    def is_named(self, text: str, start: int, end: int) -> bool:
        """Whether one word alone names a person: it may be a word like any other."""
        part = self.called(text[start:end])
        if part is None or (part in _ALSO_A_WORD and _SENTENCE.search(text[:start][-8:])):
            return False
        return text[start].isupper() or (
            part in self.firsts and len(part) >= _PLAIN and part not in _ALSO_A_WORD
        )


def found(text: str) -> Iterator[tuple[int, int]]:
    """Where a text names somebody on the list.

    Whole names are found however they are written, a part of one where it stands out.
    """
    people = _people()
    if people is None:
        return
    run: list[tuple[int, int]] = []
    for match in _WORDS.finditer(text):
        known = people.called(match[0]) is not None
        if run and not (known and _BESIDE.fullmatch(text, run[-1][1], match.start())):
            yield from _named(people, text, run)
            run = []
        if known:
            run.append(match.span())
    yield from _named(people, text, run)


def _named(people: _People, text: str, run: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Parts of names beside each other: one person's together, or each for itself."""
    who = [people.parts[people.called(text[start:end]) or ""] for start, end in run]
    if len(run) > 1 and frozenset.intersection(*who):
        yield run[0][0], run[-1][1]
        return
    for start, end in run:
        if people.is_named(text, start, end):
            yield start, end


def listed() -> str | None:
    """The list as it stands: one person a line. None where the installation keeps none."""
    file = os.environ.get(STAFF_NAMES)
    if not file:
        return None
    try:
        return Path(file).read_text("utf-8")
    except FileNotFoundError:
        return ""


def unusable(names: str) -> Sequence[int]:
    """The lines of a list, from 1 on, that are no names: with a digit or an @, or no word at all.

    A list is no place for anything else that is known of people.
    """
    return [
        number
        for number, line in enumerate(names.splitlines(), 1)
        if _NO_NAME.search(line) or (_name(line).strip() and not _parts(line))
    ]


def keep(names: str) -> None:
    """Put a list in the place of the one that is kept, whole or not at all.

    What is redacted from now on knows it, in every process that reads the same file. Raises
    OSError where the file cannot be written.
    """
    file = Path(os.environ[STAFF_NAMES])
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as written:
        try:
            whole = "\n".join(names.splitlines()).strip()
            written.write(unicodedata.normalize("NFC", whole) + "\n")
            written.flush()
            os.fsync(written.fileno())
            if file.exists():
                shutil.copymode(file, written.name)
            Path(written.name).replace(file)
        except OSError:
            Path(written.name).unlink(missing_ok=True)
            raise


def _people() -> _People | None:
    """Who is on the list; read again when the file has changed."""
    file = os.environ.get(STAFF_NAMES)
    if not file:
        return None
    try:
        return _read(file, Path(file).stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=2)
def _read(file: str, _: int) -> _People:
    parts: dict[str, set[int]] = {}
    firsts = set()
    for number, line in enumerate(Path(file).read_text("utf-8").splitlines()):
        names = _parts(line)
        firsts.update(names[:1])
        for name in names:
            parts.setdefault(name, set()).add(number)
    return _People({name: frozenset(who) for name, who in parts.items()}, frozenset(firsts))


def _parts(line: str) -> list[str]:
    return [one for one in _WORDS.findall(_name(line).casefold()) if len(one) > 1]


def _name(line: str) -> str:
    return line.partition("#")[0]
