"""How each theme of a comment is spoken of: "Jeg føler mig set – men brevene skaber utryghed".

A comment that praises one thing and complains of another is taken apart where its mood can turn.
"""

import re
from collections.abc import Sequence

import numpy as np

from analysis.scoring import Scores
from analysis.sentiment import MOODS

_TURNS = re.compile(
    r"(?<=[.!?;…])\s+|\s+[-–—]+\s+|\s*\n\s*"
    r"|,?\s+(?=(?:men|dog|desværre|derimod|til gengæld|omvendt|selvom|bare ærgerligt|but|however"
    r"|although|unfortunately|aber|leider|ale|niestety|але|проте|однак|لكن)\b)",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2
_SHARE_OF_BEST = 0.6
"""A part speaks of a theme when it is at least so near to it as the part that is nearest."""
_BOTH = 0.6
"""Praise and complaint are both there when the weaker is at least so strong as the stronger."""

_POSITIVE, _NEGATIVE, _NEUTRAL = (MOODS.index(one) for one in ("positive", "negative", "neutral"))


def clauses(text: str) -> list[str]:
    """The parts of a comment between the places where its mood can turn."""
    parts: list[str] = []
    for part in _TURNS.split(text):
        if parts and len(part.split()) < _FEWEST_WORDS:
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts


def moods_of_themes(themes: Scores, moods: Scores) -> Sequence[str]:
    """One mood per theme, from the probabilities of themes and of moods in each part."""
    near = themes * (themes >= _SHARE_OF_BEST * themes.max(axis=0))
    found = (near / near.sum(axis=0)).T @ moods
    praise, complaint, neutral = (found[:, one] for one in (_POSITIVE, _NEGATIVE, _NEUTRAL))
    stronger = np.maximum(praise, complaint)
    both = np.minimum(praise, complaint) >= _BOTH * stronger
    names = np.where(praise >= complaint, "positive", "negative")
    names = np.where(both, "mixed", names)
    return [str(one) for one in np.where(neutral > stronger, "neutral", names)]
