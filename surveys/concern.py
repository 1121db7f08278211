"""Whether a text may speak of self-harm or of danger, so that help can be offered at once.

It looks for phrases, and rather finds one too many than one too few: all that follows is a quiet
page with numbers to call. What it says is shown to the writer and to nobody else, and is stored
nowhere. It knows Danish and English best, then German, Ukrainian, Russian, Polish, Romanian,
Turkish, Arabic and Persian. It does not know Somali and Tigrinya.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import Final

_SENTENCE_ENDS: Final = re.compile(r"[.!?;:\n\r]+|\s[-–—]+\s")
_NO_WORD: Final = re.compile(r"[^\w.]+|_+")
# What stands within a word and is not heard
_SILENT: Final = dict.fromkeys(map(ord, "'’ʼ`´\u00ad\u0640"))
_ONE_SPELLING: Final = str.maketrans("øłıیىکةґ", "oliييكهг")


def concern(text: str) -> bool:
    """Whether the words may be about taking or harming a life, the writer's own or another's.

    Not a judgement: idioms, quotes and denials are found too, and much that is dark is not.
    """
    phrases, only_said_so = _patterns()
    return phrases.search(only_said_so.sub(" ", _heard(text))) is not None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is looked for, and what is taken out before."""
    file = resources.files("surveys") / "concern.txt"
    phrases, only_said_so = file.read_text("utf-8").split("[only said so]")
    return _pattern(phrases), _pattern(only_said_so)


def _heard(text: str) -> str:
    """The text as words with a space around each, and a full stop between sentences."""
    # A full stop that stays alone is a word that no gap spans
    return f" {_NO_WORD.sub(' ', _SENTENCE_ENDS.sub(' . ', _folded(text)))} "


def _folded(text: str) -> str:
    """One spelling for what people spell in several ways: case, accents, aa for å, oe for ø."""
    return text.translate(_LETTERS).replace("aa", "a").replace("oe", "o")


class _Letters(dict[int, str]):
    """What is heard of each letter, found out once."""

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(code).casefold().translate(_SILENT))
        bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
        self[code] = heard = bare.translate(_ONE_SPELLING)
        return heard


_LETTERS: Final = _Letters()


def _pattern(phrases: str) -> re.Pattern[str]:
    """What finds any of these phrases in what `_heard` gives."""
    found = []
    for line in phrases.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        first, *others = _folded(line).split()
        rest = "".join(map(_word, others))
        # A branch for each first word: one that begins with another letter costs next to nothing
        found += [_spelled(choice) + rest for choice in first.split("/")]
    return re.compile(f" (?:{'|'.join(_by_letter(found))})(?= )")


def _by_letter(found: Iterable[str]) -> Iterator[str]:
    """The same branches, those that begin with one letter together: so a word tries few of them."""
    for letter, branches in groupby(sorted(found), key=itemgetter(0)):
        if letter.isalnum():
            yield f"{letter}(?:{'|'.join(branch[1:] for branch in branches)})"
        else:
            yield from branches


def _word(written: str) -> str:
    """One word of a phrase, with the space before it."""
    if written == "...":  # as folding leaves the sign for it
        return "(?: [^ .]+){0,3}?"
    choices = "|".join(map(_spelled, written.strip("()").split("/")))
    return f"(?: (?:{choices}))" + ("?" if written.startswith("(") else "")


def _spelled(word: str) -> str:
    bare = re.escape(word.strip("*"))
    # What Arabic writes together with the word that follows
    before = "[وفبلسايتن]{0,3}" if word.startswith("*") else ""
    return before + bare + ("[^ .]*" if word.endswith("*") else "")
