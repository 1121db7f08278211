"""How far coders agree: Cohen's kappa with its interval, and F1 of one against the other.

Cohen, J. (1960), "A coefficient of agreement for nominal scales", Educational and Psychological
Measurement 20(1). Intervals draw whole comments again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.quality import DRAWS, Interval, interval

FEWEST = 30
"""Comments read twice below which an agreement is too uncertain to speak of."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readings of the same comments.

    `kappa` is over all themes together, `themes` theme by theme: None where no reading has it.
    `f1` is the mean over comments of the F1 of one set of themes against the other.
    """

    n: int
    kappa: Interval
    f1: Interval
    themes: tuple[tuple[str, Interval | None], ...]

    @property
    def too_few(self) -> bool:
        """Whether more comments must be read before this says anything."""
        return self.n < FEWEST


def agreement(
    pairs: Sequence[tuple[Collection[str], Collection[str]]], codes: Sequence[str]
) -> Agreement:
    """Compare two readings, comment by comment. Needs at least one pair."""
    left, right = (
        np.array([[code in pair[side] for code in codes] for pair in pairs], bool)
        for side in (0, 1)
    )
    draws = np.random.default_rng(0).multinomial(len(pairs), [1 / len(pairs)] * len(pairs), DRAWS)
    counts = np.vstack([np.ones(len(pairs), int), draws])
    both, ones, others = (counts @ cells for cells in (left & right, left, right))
    size = np.full(len(counts), len(pairs))
    per_theme = [
        interval(_kappa(both[:, place], ones[:, place], others[:, place], size))
        if (left | right)[:, place].any()
        else None
        for place in range(len(codes))
    ]
    pooled = _kappa(both.sum(axis=1), ones.sum(axis=1), others.sum(axis=1), size * len(codes))
    agreed = 2 * (left & right).sum(axis=1)
    named = left.sum(axis=1) + right.sum(axis=1)
    f1 = np.where(named > 0, agreed / np.maximum(named, 1), 1.0)
    return Agreement(
        len(pairs),
        interval(pooled),
        interval(counts @ f1 / len(pairs)),
        tuple(zip(codes, per_theme, strict=True)),
    )


def _kappa(
    both: NDArray[np.int64],
    ones: NDArray[np.int64],
    others: NDArray[np.int64],
    size: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(observed − expected) / (1 − expected) of a yes and no question, asked `size` times."""
    observed = (size - ones - others + 2 * both) / size
    expected = (ones * others + (size - ones) * (size - others)) / size**2
    found: NDArray[np.float64] = np.where(
        expected < 1, (observed - expected) / np.maximum(1 - expected, 1e-12), 1.0
    )
    return found
