"""Themes that the code frame may lack: what comments without a theme have in common.

Non-negative matrix factorisation of their words (Lee and Seung 1999). A proposal is named by its
own words; whether it becomes a theme is a person's choice.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy.orm import Session

from analysis import coding, review
from analysis.corpus import common_words
from analysis.disclosure import MINIMUM
from analysis.frames import OTHER
from analysis.normal_form import normalised
from analysis.themes import is_no_answer

FEWEST = 20
"""Comments without a theme below which they have nothing in common but chance."""
PER_PROPOSAL, MOST = 15, 6
WORDS, EXAMPLES = 5, 3
_LONGEST = 400
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A theme that might be: its words, how many people wrote of it, and what they wrote."""

    words: tuple[str, ...]
    people: int
    examples: tuple[str, ...]


def proposed(session: Session, audience: str) -> list[Proposed]:
    """Themes proposed for an audience, the one that most people wrote of first."""
    texts: dict[str, str] = {}
    people: list[str] = []
    for wave in review.waves(session, audience)[0]:
        for one in coding.codings(session, wave):
            text = normalised(one.comment.body)
            uncovered = not one.themes or set(one.themes) == {OTHER}
            if uncovered and not is_no_answer(text) and text.casefold() not in texts:
                texts[text.casefold()] = text
                people.append(one.comment.response)
    return grouped(list(texts.values()), people)


def grouped(texts: Sequence[str], people: Sequence[str]) -> list[Proposed]:
    """Groups of texts by their words; `people` wrote them."""
    if len(texts) < FEWEST:
        return []
    try:
        reader = TfidfVectorizer(
            tokenizer=_WORD.findall,
            token_pattern=None,
            stop_words=list(common_words()),
            min_df=2,
            sublinear_tf=True,
        )
        counts = reader.fit_transform(texts)
    except ValueError:
        # No word is used twice
        return []
    groups = min(MOST, max(2, len(texts) // PER_PROPOSAL), min(counts.shape) - 1)
    if groups < 2:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        factors = NMF(groups, init="nndsvda", random_state=0, max_iter=500)
        weights = factors.fit_transform(counts)
    names = reader.get_feature_names_out()
    belongs = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    found = []
    for group, strength in enumerate(factors.components_):
        members = [int(place) for place in np.flatnonzero(belongs == group)]
        wrote = len({people[place] for place in members})
        if wrote >= MINIMUM:
            nearest = sorted(members, key=lambda place: -weights[place, group])[:EXAMPLES]
            found.append(
                Proposed(
                    tuple(names[place] for place in np.argsort(-strength)[:WORDS]),
                    wrote,
                    tuple(texts[place][:_LONGEST] for place in nearest),
                )
            )
    return sorted(found, key=lambda one: -one.people)
