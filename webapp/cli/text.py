"""`hoert redact` and `hoert themes …`: JSON lines in, JSON lines out, in the same order."""

import json
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analysis.corpus import Seed
    from analysis.learning import Learned
    from analysis.themes import ThemeModel

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

    for _, line in _lines(source, ("id", "text")):
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
    from analysis.corpus import code_frame
    from analysis.models import DamagedModel
    from analysis.themes import load

    try:
        model = load(code_frame(audience))
    except DamagedModel as damaged:
        raise click.ClickException(str(damaged)) from None
    click.echo(f"Model: {model.name}", err=True)
    batch: list[dict[str, Any]] = []
    for _, line in _lines(source, ("id", "text")):
        batch.append(line)
        if len(batch) == BATCH:
            _classified(model, batch, target)
            batch = []
    _classified(model, batch, target)


def _classified(model: "ThemeModel", batch: list[dict[str, Any]], target: IO[str]) -> None:
    found = model.classify(
        [line["text"] for line in batch],
        questions=[line.get("question") for line in batch],
    )
    for line, read in zip(batch, found, strict=True):
        _write(
            target,
            {
                "id": line["id"],
                "themes": [
                    {
                        "code": code,
                        "probability": round(probability, 4),
                        "sentiment": read.mentions[code],
                    }
                    for code, probability in read.themes
                ],
                "unsure": read.unsure,
                "sentiment": read.sentiment,
                "language": read.language,
            },
        )


@themes.command()
@_input
@click.option("--use/--keep", default=None, help="Read with the new version at once, or keep it.")
def learn(source: IO[bytes], use: bool | None) -> None:
    """Make a new model version from labelled lines, and print how well it reads.

    The lines are {"text", "audience", "themes": [codes]}; "question" and "author" are welcome. The
    version learns from the corpus and from these lines. On a terminal it asks before the version is
    used; elsewhere the command itself has asked, unless the version reads these lines clearly worse
    than the one in use. `hoert themes use` goes back.
    """
    from analysis.corpus import code_frame
    from analysis.learning import UnknownTheme
    from analysis.learning import learn as learnt
    from analysis.models import DamagedModel

    coded = _coded(source)
    if not coded:
        raise click.ClickException("There is nothing to learn from: the input has no lines.")
    for audience, comments in coded.items():
        try:
            with click.progressbar(length=100, label=audience, file=sys.stderr) as bar:
                found = learnt(
                    code_frame(audience), comments, told=lambda now: bar.update(now - bar.pos)
                )
        except (UnknownTheme, DamagedModel) as refusal:
            raise click.ClickException(str(refusal)) from None
        _show(found)
        found.keep()
        if use is None and sys.stdin.isatty() and sys.stdout.isatty():
            wanted = click.confirm(f"Read with {found.model.name} from now on?")
        else:
            wanted = not found.is_worse if use is None else use
        if wanted:
            found.use()
            click.echo(f"{found.model.name} is in use.")
        else:
            worse = " It reads worse than the one in use." if found.is_worse else ""
            click.echo(
                f"{found.model.name} is kept, and {found.present.name} stays in use.{worse}"
                f" To change: hoert themes use {audience} {found.model.version}"
            )


@themes.command("use")
@click.argument("audience", type=AUDIENCES)
@click.argument("version", type=int)
def use_version(audience: str, version: int) -> None:
    """Read with another stored version of an audience's model from now on."""
    from analysis import models
    from analysis.corpus import code_frame
    from analysis.themes import backend_in_use, load, stem

    frame = code_frame(audience)
    try:
        models.use(stem(frame, backend_in_use()), version)
        click.echo(f"{load(frame).name} is in use.")
    except (models.UnknownModel, models.DamagedModel) as refusal:
        raise click.ClickException(str(refusal)) from None


def _coded(source: IO[bytes]) -> "dict[str, list[Seed]]":
    """The labelled lines by audience. The first wrong one stops everything."""
    from analysis.corpus import Seed, code_frame

    coded: dict[str, list[Seed]] = {}
    for number, line in _lines(source, ("text", "audience", "themes")):
        audience, themes = line["audience"], line["themes"]
        if audience not in AUDIENCES.choices:
            raise click.ClickException(
                f'Line {number}: "audience" must be one of {", ".join(AUDIENCES.choices)}.'
            )
        if not isinstance(themes, list) or not all(isinstance(code, str) for code in themes):
            raise click.ClickException(f'Line {number}: "themes" is not a list of codes.')
        unknown = sorted(set(themes) - set(code_frame(audience).codes))
        if unknown:
            raise click.ClickException(
                f"Line {number}: the code frame of {audience} has no {', '.join(unknown)}."
                f" It has {', '.join(code_frame(audience).codes)}."
            )
        if not line["text"].strip():
            raise click.ClickException(f'Line {number}: "text" is empty.')
        question, author = line.get("question"), line.get("author")
        for key, value in (("question", question), ("author", author)):
            if value is not None and not isinstance(value, str):
                raise click.ClickException(f'Line {number}: "{key}" is not a string.')
        comment = Seed(line["text"], question or "free", tuple(themes), "", "", author or "")
        coded.setdefault(audience, []).append(comment)
    return coded


def _show(found: "Learned") -> None:
    """Print a candidate beside the version in use."""
    new, old = found.evaluation, found.present.evaluation
    click.echo(f"\n{found.model.name}, learnt from the corpus and {found.coded.n} coded comments")
    click.echo("By cross-validation over authors, with 95 % intervals:")
    width = max(len(theme.code) for theme in new.themes)
    click.echo(f"  {'':{width}}     n  precision  recall     F1 [interval]        change")
    for one, before in zip(new.themes, old.themes, strict=True):
        click.echo(
            f"  {one.code:{width}} {one.n:5}  {one.precision:9.3f}  {one.recall:6.3f}  {one.f1}"
            f"  {one.f1.value - before.f1.value:+.3f}"
        )
    for name in ("micro", "macro"):
        one, before = getattr(new, name), getattr(old, name)
        click.echo(
            f"  {name:{width}} {new.n:5}  {'':9}  {'':6}  {one}  {one.value - before.value:+.3f}"
        )
    click.echo(f"  calibration error {new.calibration_error:.3f}")
    seen = " (it has learnt from coded comments before)" if found.present.learnt_from else ""
    click.echo(
        f"On the {found.coded.n} coded comments: micro-F1 {found.before.micro} with"
        f" {found.present.name}{seen}, {found.coded.micro} with the new one by cross-validation."
    )


def _lines(source: IO[bytes], needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read JSON lines with their numbers; the first that is wrong stops everything."""
    for number, raw in enumerate(source, start=1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise click.ClickException(f"Line {number} is not JSON in UTF-8.") from None
        if not isinstance(line, dict):
            raise click.ClickException(f"Line {number} is not a JSON object.")
        for key in needed:
            if key not in line:
                raise click.ClickException(f'Line {number} has no "{key}".')
        if not isinstance(line["text"], str):
            raise click.ClickException(f'Line {number}: "text" is not a string.')
        yield number, line


def _write(target: IO[str], line: dict[str, object]) -> None:
    target.write(json.dumps(line, ensure_ascii=False) + "\n")


COMMANDS = (redact, themes)
