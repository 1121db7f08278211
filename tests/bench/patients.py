"""What the theme model makes of NHS England's comments, beside the published figures."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import yaml
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from analysis import embedding
from analysis.embedding import MultilingualE5
from analysis.themes import Backend, ThemeClassifier, interest
from tests.bench import nhs
from tests.bench.nhs import LABELS, Patients

SPLITS = (42, 1, 2)
CACHE = Path("var/bench/embeddings.sqlite3")
"""Apart from the product's own vectors: those of 7,400 patients' comments take ten minutes."""
SEEDS = Path(__file__).parent / "nhs_seeds.yaml"

START, BATCH, TEST, POOL = 20, 40, 500, 1200


def main(backends: Sequence[Backend]) -> None:
    """Print everything, where the environment names the data."""
    file = nhs.given()
    if file is None:
        click.echo(
            f"\nNHS England's comments: not measured, {nhs.FOLDER} names no folder with them."
        )
        return
    embedding.KEPT = CACHE
    every = nhs.read(file)
    first = every.without_duplicates()
    for backend in backends:
        click.echo(f"\nNHS England's comments, {backend}: micro-F1 / macro-F1")
        for line in _lines(backend, every, first):
            click.echo(line)


def _lines(backend: Backend, every: Patients, first: Patients) -> Iterator[str]:
    micro, macro = _split(backend, every, SPLITS[0])
    yield (
        f"  as published, {len(every)} comments: {micro:.3f} / {macro:.3f}"
        " (their SVC .767 / .546, wanted .79 / .58)"
    )
    found = np.array([_split(backend, first, seed) for seed in SPLITS])
    each = ", ".join(f"{a:.3f} / {b:.3f}" for a, b in found)
    micro, macro = found.mean(axis=0)
    yield (
        f"  without duplicates, {len(first)}: {micro:.3f} / {macro:.3f} ({each})"
        " (theirs .698 / .501, wanted .73 / .55)"
    )
    micro, macro, n = _unlabelled(backend, first)
    yield f"  from descriptions and examples, {n}: {micro:.3f} / {macro:.3f} (wanted .52 / .47)"
    random, ours = (
        [_needed(backend, first, seed, chosen) for seed in SPLITS] for chosen in (None, interest)
    )
    yield (
        f"  labels to 90 % of full macro-F1: {np.mean(ours):.0f} by the queue {ours},"
        f" {np.mean(random):.0f} in random order {random}"
        f" (ratio {np.mean(ours) / np.mean(random):.2f}, wanted .55)"
    )


def _fitted(backend: Backend, some: Patients) -> ThemeClassifier:
    encoder = MultilingualE5() if backend == "semantic" else None
    # Every row is its own author: the published split does not keep duplicates together
    rows = [str(place) for place in range(len(some))]
    return ThemeClassifier((), encoder).fit(some.texts, some.labels, some.questions, rows)


def _scores(model: ThemeClassifier, test: Patients, *, always: bool) -> tuple[float, float]:
    probabilities = model.predict_proba(test.texts, test.questions)
    chosen = model.decide(probabilities)
    if always:
        # Every comment has a theme here, and the published models know it
        without = np.flatnonzero(~chosen.any(axis=1))
        chosen[without, probabilities[without].argmax(axis=1)] = True
    return (
        f1_score(test.labels, chosen, average="micro"),
        f1_score(test.labels, chosen, average="macro", zero_division=0),
    )


def _split(backend: Backend, some: Patients, seed: int) -> tuple[float, float]:
    learnt, test = train_test_split(np.arange(len(some)), test_size=0.2, random_state=seed)
    return _scores(_fitted(backend, some.some(learnt)), some.some(test), always=True)


def _unlabelled(backend: Backend, first: Patients) -> tuple[float, float, int]:
    written = yaml.safe_load(SEEDS.read_text("utf-8"))
    labelled = [(text, name) for name, texts in written.items() for text in texts]
    test = _with_labels(first, [LABELS.index(name) for name in written])
    known = {nhs.plain(text) for text in test.texts}
    labelled = [(text, name) for text, name in labelled if nhs.plain(text) not in known]
    seeds = Patients(
        tuple(text for text, _ in labelled),
        (None,) * len(labelled),
        np.array([[name == one for one in written] for _, name in labelled]),
    )
    return *_scores(_fitted(backend, seeds), test, always=True), len(test)


def _with_labels(some: Patients, columns: Sequence[int]) -> Patients:
    rows = np.flatnonzero(some.labels[:, columns].any(axis=1))
    kept = some.some(rows)
    return Patients(kept.texts, kept.questions, kept.labels[:, columns])


Interest = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _needed(backend: Backend, first: Patients, seed: int, chosen: Interest | None) -> int:
    """Labels that it takes to read nine tenths as well as with all of the pool labelled."""
    common = np.flatnonzero(first.labels.sum(axis=0) >= 40)
    some = _with_labels(first, common)
    order = np.random.default_rng(seed).permutation(len(some))
    test, pool = some.some(order[:TEST]), some.some(order[TEST : TEST + POOL])
    goal = 0.9 * _scores(_fitted(backend, pool), test, always=False)[1]
    have = list(range(START))
    while len(have) < len(pool):
        model = _fitted(backend, pool.some(have))
        if _scores(model, test, always=False)[1] >= goal:
            return len(have)
        left = [place for place in range(len(pool)) if place not in set(have)]
        take = left
        if chosen is not None:
            rest = pool.some(left)
            probabilities = model.predict_proba(rest.texts, rest.questions)
            worth = chosen(probabilities, pool.labels[have].sum(axis=0))
            best = [left[place] for place in np.argsort(-worth)[: BATCH * 4 // 5]]
            # Every fifth is random, as in the product
            take = best + [place for place in left if place not in set(best)]
        have += take[:BATCH]
    return len(pool)
