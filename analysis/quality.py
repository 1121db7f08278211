"""How well themes are found: precision, recall, F1 with intervals, and calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analysis.deciding import decided, thresholds
from analysis.scoring import Scores

FOLDS = 5
DRAWS = 1000
BINS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}–{self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class ThemeQuality:
    """One theme: how many comments carry it, and how well they are found."""

    code: str
    n: int
    precision: float
    recall: float
    f1: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measured on comments that the model had not seen. Intervals draw whole authors again."""

    n: int
    themes: tuple[ThemeQuality, ...]
    micro: Interval
    macro: Interval
    calibration_error: float

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` made of one."""
        themes = (ThemeQuality(**one | {"f1": Interval(**one["f1"])}) for one in values["themes"])
        micro, macro = Interval(**values["micro"]), Interval(**values["macro"])
        return cls(values["n"], tuple(themes), micro, macro, values["calibration_error"])


def evaluate(
    probabilities: Scores,
    chosen: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    groups: Sequence[str],
    codes: Sequence[str],
) -> Evaluation:
    """Compare chosen themes with the true ones."""
    order = np.unique(np.asarray(groups), return_inverse=True)[1]
    authors = order.max() + 1
    per_author = np.zeros((3, authors, len(codes)))
    for part, counted in enumerate((chosen & truth, chosen, truth)):
        np.add.at(per_author[part], order, counted)
    draws = np.random.default_rng(0).multinomial(authors, [1 / authors] * authors, DRAWS)
    hits, found, true = (np.vstack([part.sum(axis=0), draws @ part]) for part in per_author)
    f1 = 2 * hits / np.maximum(found + true, 1)
    micro = 2 * hits.sum(axis=1) / np.maximum((found + true).sum(axis=1), 1)
    themes = tuple(
        ThemeQuality(
            code,
            int(true[0, place]),
            float(hits[0, place] / max(found[0, place], 1)),
            float(hits[0, place] / max(true[0, place], 1)),
            interval(f1[:, place]),
        )
        for place, code in enumerate(codes)
    )
    return Evaluation(
        len(truth),
        themes,
        interval(micro),
        interval(f1.mean(axis=1)),
        calibration_error(probabilities, truth),
    )


def cross_decided(
    probabilities: Scores, truth: NDArray[np.bool_], groups: Sequence[str]
) -> NDArray[np.bool_]:
    """Themes chosen with thresholds that saw nothing of the comment's author."""
    order = np.unique(np.asarray(groups), return_inverse=True)[1]
    fold = np.random.default_rng(0).permutation(order.max() + 1)[order] % FOLDS
    chosen = np.zeros_like(truth)
    for held_out in range(FOLDS):
        members = fold == held_out
        if members.any():
            limits = thresholds(probabilities[~members], truth[~members])
            chosen[members] = decided(probabilities[members], limits)
    return chosen


def calibration_error(probabilities: Scores, truth: NDArray[np.bool_]) -> float:
    """Expected calibration error: the mean gap of probability and frequency over ten bins."""
    flat, happened = probabilities.ravel(), truth.ravel()
    bins = np.minimum((flat * BINS).astype(int), BINS - 1)
    gaps = [
        abs(flat[bins == place].mean() - happened[bins == place].mean()) * (bins == place).mean()
        for place in np.unique(bins)
    ]
    return float(np.sum(gaps))


def interval(values: NDArray[np.float64]) -> Interval:
    """A value followed by those of its draws."""
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Interval(float(values[0]), float(low), float(high))
