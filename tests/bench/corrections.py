"""What a municipality's first corrections add, by how much the model knew before.

Authors are parted in three: those the model begins with, those whose comments people correct, and
those it is measured on. Corrections are drawn at random until each theme has its twenty.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.metrics import f1_score

from analysis.corpus import AUDIENCES, Seed, code_frame, cues, seeds
from analysis.embedding import MultilingualE5
from analysis.themes import CODED_WEIGHT, Backend, ThemeClassifier

PER_THEME, DRAWS = 20, 4
SHARES = (0.15, 0.6)
"""Of the authors, those the model begins with: a small start, and nearly what is shipped."""


def lines(backend: Backend) -> Iterator[str]:
    """One line per audience and size of the start."""
    for audience in AUDIENCES:
        for share in SHARES:
            draws = np.array([_gain(audience, backend, share, draw) for draw in range(DRAWS)])
            known, corrected, before, micro, macro = draws.mean(axis=0)
            yield (
                f"  {audience:8} {corrected:.0f} corrections on {known:.0f} comments:"
                f" micro {before:.3f} {micro:+.3f}, macro {macro:+.3f} (wanted +.04)"
            )


def _gain(audience: str, backend: Backend, share: float, draw: int) -> tuple[float, ...]:
    rows = seeds(audience)
    chance = np.random.default_rng(draw)
    authors = list(chance.permutation(sorted({row.author for row in rows})))
    first = max(2, round(share * len(authors)))
    known, corrected, tested = (
        [row for row in rows if row.author in part]
        for part in (authors[:first], authors[first::2], authors[first + 1 :: 2])
    )
    counts: Counter[str] = Counter()
    taken = []
    for place in chance.permutation(len(corrected)):
        row = corrected[place]
        if any(counts[code] < PER_THEME for code in row.themes):
            taken.append(row)
            counts.update(row.themes)
    before = _scores(audience, backend, known, [], tested)
    after = _scores(audience, backend, known, taken, tested)
    return len(known), len(taken), before[0], *(after - before)


def _scores(
    audience: str,
    backend: Backend,
    known: Sequence[Seed],
    coded: Sequence[Seed],
    tested: Sequence[Seed],
) -> np.ndarray:
    codes, words = code_frame(audience).codes, cues(audience)
    encoder = MultilingualE5() if backend == "semantic" else None
    rows = [*known, *coded]
    model = ThemeClassifier([words[code] for code in codes], encoder).fit(
        [row.text for row in rows],
        _truth(codes, rows),
        [row.question for row in rows],
        [row.author for row in rows],
        [1.0] * len(known) + [CODED_WEIGHT] * len(coded),
    )
    found = model.predict([row.text for row in tested], [row.question for row in tested])
    true = _truth(codes, tested)
    return np.array([f1_score(true, found, average=one) for one in ("micro", "macro")])


def _truth(codes: Sequence[str], rows: Sequence[Seed]) -> np.ndarray:
    return np.array([[code in row.themes for code in codes] for row in rows])
