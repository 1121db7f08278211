"""How well the theme model reads authors that it has never seen, and how fast it is."""

import time

import numpy as np
from numpy.typing import NDArray

from analysis import embedding, themes
from analysis.corpus import Seed, code_frame, seeds

AUDIENCES = ("citizen", "company", "course")
FOLDS = 5
DRAWS = 1000

Labels = NDArray[np.bool_]


def main() -> None:
    """Print quality by audience and backend, on whole authors held out, and speed."""
    print("Themes: authors held out in five folds; 95 % intervals by bootstrap over comments")
    print(f"{'model':18} {'micro-F1':>22} {'macro-F1':>22} {'ECE':>6} {'handled':>8} {'there':>6}")
    backends: tuple[themes.Backend, ...] = ("lexical",)
    if embedding.installed():
        backends = ("lexical", "semantic")
    else:
        print("semantic: not measured, the extra is not installed")
    for backend in backends:
        for audience in AUDIENCES:
            _quality(audience, backend)
    _speed()


def _quality(audience: str, backend: themes.Backend) -> None:
    written = seeds(audience)
    truth, found, probabilities = _held_out(audience, backend, written)
    micro, macro = _f1(truth, found)
    chance = np.random.default_rng(0)
    drawn = [chance.integers(0, len(written), len(written)) for _ in range(DRAWS)]
    spread = np.array([_f1(truth[rows], found[rows]) for rows in drawn])
    low, high = np.percentile(spread, [2.5, 97.5], axis=0)
    sureness = np.array(
        [themes.expected_f1(p, chosen) for p, chosen in zip(probabilities, found, strict=True)]
    )
    handled = sureness >= np.quantile(sureness, 0.30)
    print(
        f"{audience + ' ' + backend:18}"
        f" {micro:.3f} [{low[0]:.3f}–{high[0]:.3f}] {macro:.3f} [{low[1]:.3f}–{high[1]:.3f}]"
        f" {_calibration_error(truth, probabilities):6.3f} {handled.mean():8.0%}"
        f" {_f1(truth[handled], found[handled])[0]:6.3f}"
    )


def _held_out(
    audience: str, backend: themes.Backend, written: tuple[Seed, ...]
) -> tuple[Labels, Labels, themes.Scores]:
    codes = code_frame(audience).codes
    truth = np.array([[code in seed.themes for code in codes] for seed in written])
    authors = sorted({seed.author for seed in written})
    fold_of = {author: place % FOLDS for place, author in enumerate(authors)}
    folds = np.array([fold_of[seed.author] for seed in written])
    rows = [(themes.normalised(seed.text), seed.question) for seed in written]
    found = np.zeros_like(truth)
    probabilities = np.zeros(truth.shape)
    for fold in range(FOLDS):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = themes.ThemeClassifier(backend).fit(
            [rows[row] for row in train], truth[train], [written[row].author for row in train]
        )
        probabilities[test] = model.predict_proba([rows[row] for row in test])
        found[test] = model.decide(probabilities[test])
    return truth, found, probabilities


def _f1(truth: Labels, found: Labels) -> tuple[float, float]:
    hits = (truth & found).sum(axis=0)
    size = truth.sum(axis=0) + found.sum(axis=0)
    return float(2 * hits.sum() / size.sum()), float((2 * hits / np.maximum(size, 1)).mean())


def _calibration_error(truth: Labels, probabilities: themes.Scores) -> float:
    """Expected calibration error over ten equal bins of all probabilities."""
    told, true = probabilities.ravel(), truth.ravel()
    bins = np.minimum((told * 10).astype(int), 9)
    return float(
        sum(
            abs(told[bins == b].mean() - true[bins == b].mean()) * (bins == b).mean()
            for b in range(10)
            if (bins == b).any()
        )
    )


def _speed() -> None:
    begun = time.process_time()
    model = themes.ThemeModel("citizen", "lexical", seeds("citizen"))
    fitted = time.process_time() - begun
    texts = [seed.text for seed in seeds("citizen")] * 4
    begun = time.process_time()
    model.classify(texts)
    batch = len(texts) / (time.process_time() - begun)
    begun = time.process_time()
    for text in texts[:50]:
        model.classify([text])
    one = (time.process_time() - begun) / 50
    print(
        f"lexical: a new version from {len(seeds('citizen'))} comments {fitted:.1f} s CPU,"
        f" {batch:,.0f} comments/s in a batch, {1000 * one:.1f} ms for one"
    )


if __name__ == "__main__":
    main()
