"""How each theme of a comment is spoken of: "Jeg føler mig set – men brevene skaber utryghed".

A comment that praises one thing and complains of another is taken apart where its mood can turn.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.scoring import Scores
from analysis.sentiment import MOODS

_CONTRAST: Final = (
    r"(?i:men|dog|desværre|derimod|til gengæld|omvendt|selvom|bare ærgerligt|but|however"
    r"|although|unfortunately|aber|leider|ale|niestety|але|проте|однак|لكن)\b"
)
_TURNS: Final = re.compile(
    # A full stop before a small letter mostly ends an abbreviation
    r"(?<=[!?;…])\s+|(?<=\.)\s+(?![a-zæøå])|\s+[-–—]+\s+|\s*\n\s*"
    rf"|,?\s+(?={_CONTRAST})"
)
_TURNED: Final = re.compile(_CONTRAST)
_FEWEST_WORDS: Final = 2
_SHARE_OF_BEST: Final = 0.6
"""A part speaks of a theme when it is at least so near to it as the part that is nearest."""
_TURNS_AFTER_CONTRAST: Final = 0.8
"""How often the mood is another after "men"; after a full stop either is as likely."""
_BOTH: Final = 0.1
"""Praise and complaint are both there when neither's log-odds reach this."""

_POSITIVE, _NEGATIVE, _MIXED = (MOODS.index(one) for one in ("positive", "negative", "mixed"))


def clauses(text: str) -> list[str]:
    """The parts of a comment between the places where its mood can turn."""
    parts: list[str] = []
    for part in _TURNS.split(text):
        if parts and len(part.split()) < _FEWEST_WORDS:
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts


def turned(parts: Sequence[str]) -> NDArray[np.bool_]:
    """Which parts begin with a word that sets them against the part before."""
    return np.array([bool(_TURNED.match(part)) for part in parts])


def leanings(labels: NDArray[np.bool_], moods: Sequence[str]) -> Scores:
    """The log-odds that a theme is praised, from comments (rows of `labels`) of one mood only.

    One praise and one complaint are added to each theme, so that a rare one leans little.
    """
    mood = np.asarray(moods)
    praised, blamed = (labels[mood == one].sum(axis=0) for one in ("positive", "negative"))
    found: Scores = np.log((praised + 1.0) / (blamed + 1.0))
    return found


def moods_of_themes(
    themes: Scores, moods: Scores, turned: NDArray[np.bool_], leanings: Scores
) -> Sequence[str]:
    """One mood per theme of a comment that praises and complains.

    `themes` and `moods` are probabilities, one row per part; `turned` says which parts are set
    against the one before, `leanings` how each theme is mostly spoken of.
    """
    near = themes * (themes >= _SHARE_OF_BEST * themes.max(axis=0))
    praise = (near / near.sum(axis=0)).T @ _praise(moods, turned)
    odds = np.log((praise + 0.02) / (1.02 - praise)) + leanings
    names = np.where(odds > 0, "positive", "negative")
    return [str(one) for one in np.where(np.abs(odds) < _BOTH, "mixed", names)]


def _praise(moods: Scores, turned: NDArray[np.bool_]) -> Scores:
    """The probability that each part praises, given that some part does and some part complains.

    A chain of two states, summed forwards and backwards, less the two ways to be all alike.
    """
    one_way = moods[:, (_NEGATIVE, _POSITIVE)] + moods[:, [_MIXED]] / 2
    likely = np.maximum(one_way, 0.01) / np.maximum(one_way, 0.01).sum(axis=1, keepdims=True)
    turns = np.where(turned, _TURNS_AFTER_CONTRAST, 0.5)
    stay = np.prod(1 - turns[1:])
    steps = np.stack([[1 - turns, turns], [turns, 1 - turns]]).transpose(2, 0, 1)
    forwards, backwards = likely.copy(), np.ones_like(likely)
    for place in range(1, len(likely)):
        forwards[place] *= forwards[place - 1] @ steps[place]
    for place in range(len(likely) - 2, -1, -1):
        backwards[place] = steps[place + 1] @ (likely[place + 1] * backwards[place + 1])
    alike = stay * np.prod(likely, axis=0)
    ways = forwards * backwards - alike
    found: Scores = ways[:, 1] / ways.sum(axis=1)
    return found
