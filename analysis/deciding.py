"""From probabilities to themes: thresholds, and how well a set of themes can be expected to fit."""

import numpy as np
from numpy.typing import NDArray

from analysis.scoring import Scores

SHRINKAGE = 50
"""Positives at which a theme's own threshold weighs as much as the common one."""
FEWEST = 15
"""Below this many positives a theme takes the common threshold."""
THRESHOLDS = (0.25, 0.60)
MOST_THEMES = 4

_GRID = np.arange(0.15, 0.70, 0.01)


def expected_f1(probabilities: Scores, chosen: NDArray[np.bool_]) -> Scores:
    """How well the chosen set can be expected to match: 2·Σp(chosen) / (|chosen| + Σp).

    For an empty set, the probability that no theme applies. Works along the last axis.
    """
    hit = 2 * np.where(chosen, probabilities, 0).sum(axis=-1)
    size = chosen.sum(axis=-1) + probabilities.sum(axis=-1)
    nothing = np.prod(1 - probabilities, axis=-1)
    likely: Scores = np.where(chosen.any(axis=-1), hit / np.where(size > 0, size, 1), nothing)
    return likely


def decided(probabilities: Scores, limits: Scores) -> NDArray[np.bool_]:
    """The labels above their threshold, at most `MOST_THEMES` of them."""
    ranks = np.argsort(np.argsort(-probabilities, axis=1), axis=1)
    return (probabilities > limits) & (ranks < MOST_THEMES)


def thresholds(probabilities: Scores, truth: NDArray[np.bool_]) -> Scores:
    """The threshold of best F1 per theme, shrunk towards that of best micro-F1, and clipped."""
    above = probabilities[None] > _GRID[:, None, None]
    positive = truth.sum(axis=0)
    hits = (above & truth[None]).sum(axis=1)
    size = above.sum(axis=1) + positive[None]
    common = _GRID[np.argmax(2 * hits.sum(axis=1) / np.maximum(size.sum(axis=1), 1))]
    own = _GRID[np.argmax(2 * hits / np.maximum(size, 1), axis=0)]
    weight = np.where(positive < FEWEST, 0, positive / (positive + SHRINKAGE))
    clipped: Scores = np.clip(weight * own + (1 - weight) * common, *THRESHOLDS)
    return clipped
