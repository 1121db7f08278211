"""`hoert redact` and `hoert themes …`: JSON lines in, JSON lines out, in the same order."""

import json
from collections.abc import Iterator
from typing import IO

import click

AUDIENCES = click.Choice(["citizen", "company", "course"])
BATCH = 1000

_input = click.option(
    "--input",
    "source",
    type=click.File("rb"),
    default="-",
    help="JSON lines; standard input by default.",
)
_output = click.option(
    "--output",
    "target",
    type=click.File("w", encoding="utf-8"),
    default="-",
    help="Standard output by default.",
)


@click.command()
@_input
@_output
def redact(source: IO[bytes], target: IO[str]) -> None:
    """Mask CPR numbers, telephone numbers and e-mail addresses in {"id", "text"} lines."""
    from surveys.privacy import redact as mask

    for line in _lines(source, ("id", "text")):
        masked = mask(line["text"])
        removed = [{"kind": one.kind, "start": one.start, "end": one.end} for one in masked.removed]
        _write(target, {"id": line["id"], "text": masked.text, "removed": removed})


@click.group()
def themes() -> None:
    """Themes in free text: find them, learn from corrections."""


@themes.command()
@click.option("--audience", required=True, type=AUDIENCES)
@_input
@_output
def classify(audience: str, source: IO[bytes], target: IO[str]) -> None:
    """Find the themes of {"id", "text"[, "question"]} lines."""
    from analysis import themes as model

    classifier = model.load(audience)
    click.echo(f"Model: {classifier.name}", err=True)
    batch: list[dict[str, str]] = []
    for line in _lines(source, ("id", "text")):
        batch.append(line)
        if len(batch) == BATCH:
            _classified(classifier, batch, target)
            batch = []
    _classified(classifier, batch, target)


def _classified(classifier: object, batch: list[dict[str, str]], target: IO[str]) -> None:
    from analysis.themes import ThemeModel

    assert isinstance(classifier, ThemeModel)  # noqa: S101  imported late, for speed
    found = classifier.classify(
        [line["text"] for line in batch],
        questions=[line.get("question") for line in batch],
    )
    for line, read in zip(batch, found, strict=True):
        _write(
            target,
            {
                "id": line["id"],
                "themes": [
                    {"code": code, "probability": round(probability, 4)}
                    for code, probability in read.themes
                ],
                "unsure": read.unsure,
                "sentiment": read.sentiment,
                "language": read.language,
            },
        )


def _lines(source: IO[bytes], needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Read JSON lines; the first that is not one stops everything with its number and its cause."""
    for number, raw in enumerate(source, start=1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw.decode("utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise click.ClickException(f"Line {number} is not JSON in UTF-8.") from None
        if not isinstance(line, dict):
            raise click.ClickException(f"Line {number} is not a JSON object.")
        for key in needed:
            if key not in line:
                raise click.ClickException(f'Line {number} has no "{key}".')
        if not isinstance(line["text"], str):
            raise click.ClickException(f'Line {number}: "text" is not a string.')
        yield line


def _write(target: IO[str], line: dict[str, object]) -> None:
    target.write(json.dumps(line, ensure_ascii=False) + "\n")


COMMANDS = (redact, themes)
