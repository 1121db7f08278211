"""How well and how fast comments are read: `python -m tests.bench.themes`.

Two measures on the corpus, both with whole authors held out: by cross-validation on four fifths of
the authors, and on the last fifth, which nothing was chosen by. With HOERT_BENCH_DATA, NHS
England's public comments with their published split and cleaning beside it.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import yaml
from sklearn.metrics import f1_score

from analysis import mentions, themes
from analysis.corpus import AUDIENCES, Seed, code_frame, cues, seeds
from analysis.embedding import MultilingualE5, installed
from analysis.language import language_of
from analysis.quality import Evaluation, cross_decided, evaluate
from analysis.sentiment import MOODS, SentimentClassifier
from analysis.themes import Backend, ThemeClassifier
from tests.bench import corrections, patients

MENTIONS = Path(__file__).parent / "mentions.yaml"

HELD_OUT = {
    "citizen": frozenset({"a01", "a10", "a11", "a12", "a21"}),
    "company": frozenset({"v07", "v09", "v10", "v14"}),
    "course": frozenset({"k01", "k05", "k20", "k21", "k23"}),
}
"""Drawn once by the hash of their names, a fifth of the authors there were then. Nothing was chosen
by what they wrote; authors who came later are learnt from."""


def parts(audience: str) -> tuple[list[Seed], list[Seed]]:
    held_out = HELD_OUT[audience]
    return (
        [seed for seed in seeds(audience) if seed.author not in held_out],
        [seed for seed in seeds(audience) if seed.author in held_out],
    )


def truth(audience: str, rows: Sequence[Seed]) -> np.ndarray:
    return np.array([[code in row.themes for code in code_frame(audience).codes] for row in rows])


def fitted(audience: str, backend: Backend, rows: Sequence[Seed]) -> ThemeClassifier:
    words = cues(audience)
    codes = code_frame(audience).codes
    encoder = MultilingualE5() if backend == "semantic" else None
    return ThemeClassifier([words[code] for code in codes], encoder).fit(
        [row.text for row in rows],
        truth(audience, rows),
        [row.question for row in rows],
        [row.author for row in rows],
    )


def cross_validated(audience: str, model: ThemeClassifier, rows: Sequence[Seed]) -> Evaluation:
    labels, authors = truth(audience, rows), [row.author for row in rows]
    chosen = cross_decided(model.held_out_, labels, authors)
    return evaluate(model.held_out_, chosen, labels, authors, code_frame(audience).codes)


def unseen(
    audience: str, model: ThemeClassifier, rows: Sequence[Seed], *, asked: bool = True
) -> tuple[Evaluation, float]:
    """The evaluation, and micro-F1 of what the model decides alone."""
    labels, authors = truth(audience, rows), [row.author for row in rows]
    questions = [row.question if asked else None for row in rows]
    probabilities = model.predict_proba([row.text for row in rows], questions)
    chosen = model.decide(probabilities)
    sure = model.expectations(probabilities, chosen) >= model.sure_enough_
    alone = f1_score(labels[sure], chosen[sure], average="micro")
    codes = code_frame(audience).codes
    return evaluate(probabilities, chosen, labels, authors, codes), alone


def moods(backend: Backend) -> list[str]:
    """Sentiment: macro-F1 by cross-validation and on the held-out authors."""
    encoder = MultilingualE5() if backend == "semantic" else None
    learnt = [row for audience in AUDIENCES for row in parts(audience)[0]]
    model = SentimentClassifier(encoder).fit(learnt)
    lines = [_mood_line("all, cross-validated", learnt, model.decide(model.held_out))]
    for audience in AUDIENCES:
        rows = parts(audience)[1]
        found = model.predict([row.text for row in rows], [row.question for row in rows])
        lines.append(_mood_line(f"{audience}, held out", rows, found))
    return lines


def _mood_line(label: str, rows: Sequence[Seed], found: Sequence[str]) -> str:
    true = [row.sentiment for row in rows]
    macro = f1_score(true, found, average="macro", labels=MOODS)
    return f"  {label:28} macro-F1 {macro:.3f}  accuracy {np.mean(np.equal(true, found)):.3f}"


def mentions_of(backend: Backend) -> str:
    """How each theme is spoken of in comments of two moods, by authors held out."""
    encoder = MultilingualE5() if backend == "semantic" else None
    reader = SentimentClassifier(encoder).fit([row for a in AUDIENCES for row in parts(a)[0]])
    true, found, whole = [], [], []
    for audience, entries in yaml.safe_load(MENTIONS.read_text("utf-8")).items():
        learnt, kept = parts(audience)
        model = fitted(audience, backend, learnt)
        leanings = mentions.leanings(truth(audience, learnt), [row.sentiment for row in learnt])
        for entry in entries:
            row = next(row for row in kept if row.text.startswith(entry["begins"]))
            own = [code_frame(audience).codes.index(code) for code in entry["moods"]]
            clauses = mentions.clauses(row.text)
            one = reader.predict([row.text], [row.question]) * len(own)
            true += entry["moods"].values()
            whole += one
            if len(clauses) == 1:
                found += one
                continue
            near = model.predict_proba(clauses)[:, own]
            spoken = reader.probabilities(clauses, [None] * len(clauses))
            found += mentions.moods_of_themes(near, spoken, mentions.turned(clauses), leanings[own])
    right, plain = np.mean(np.equal(true, found)), np.mean(np.equal(true, whole))
    return (
        f"  {len(true)} mentions in comments of two moods: {right:.3f} right"
        f" (the mood of the whole comment: {plain:.3f})"
    )


def speed() -> list[str]:
    model = themes.load(code_frame("citizen"), "lexical")
    texts = [seed.text for audience in AUDIENCES for seed in seeds(audience)]
    model.classify(texts[:50])
    started = time.process_time()
    model.classify(texts)
    batch = len(texts) / (time.process_time() - started)
    single = []
    for text in texts[:200]:
        started = time.process_time()
        model.classify([text])
        single.append(time.process_time() - started)
    started = time.process_time()
    for text in texts:
        language_of(text)
    language = len(texts) / (time.process_time() - started)
    themes._loaded.cache_clear()
    started = time.process_time()
    themes.load(code_frame("citizen"), "lexical")
    ready = time.process_time() - started
    rows = list(seeds("citizen")) * 2
    started = time.process_time()
    fitted("citizen", "lexical", rows[:1200])
    learning = time.process_time() - started
    return [
        f"  batch {batch:,.0f} comments/s (language alone {language:,.0f}/s)",
        f"  one comment {1000 * np.median(single):.1f} ms,"
        f" 95 % within {1000 * np.quantile(single, 0.95):.1f} ms",
        f"  a stored model is ready in {ready:.2f} s,"
        f" a version from 1,200 comments in {learning:.2f} s",
    ]


def main() -> None:
    """Print everything."""
    backends: tuple[Backend, ...] = ("lexical", "semantic") if installed() else ("lexical",)
    for backend in backends:
        click.echo(f"\n{backend}: micro-F1 and macro-F1, 95 % intervals over authors")
        for audience in AUDIENCES:
            for line in _theme_lines(audience, backend):
                click.echo(line)
        click.echo(f"{backend}: sentiment")
        for line in moods(backend):
            click.echo(line)
        click.echo(mentions_of(backend))
        click.echo(f"{backend}: twenty corrections per theme, authors apart, mean of four draws")
        for line in corrections.lines(backend):
            click.echo(line)
    click.echo("\nSpeed, lexical, processor time")
    for line in speed():
        click.echo(line)
    patients.main(backends)


def _theme_lines(audience: str, backend: Backend) -> Iterator[str]:
    learnt, kept = parts(audience)
    model = fitted(audience, backend, learnt)
    yield _summary(f"{audience}, cross-validated", cross_validated(audience, model, learnt))
    found, alone = unseen(audience, model, kept)
    yield _summary(f"{audience}, held out", found) + f"  decided alone {alone:.3f}"
    for theme in found.themes:
        yield (
            f"    {theme.code:18} n={theme.n:3} precision {theme.precision:.2f}"
            f" recall {theme.recall:.2f} F1 {theme.f1}"
        )
    found, _ = unseen(audience, model, kept, asked=False)
    yield _summary("  without the question", found)


def _summary(label: str, found: Evaluation) -> str:
    return (
        f"  {label:26} n={found.n} micro {found.micro}  macro {found.macro}"
        f"  calibration error {found.calibration_error:.3f}"
    )


if __name__ == "__main__":
    main()
