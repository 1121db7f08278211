"""`hoert estimate | protect | report`: figures with their base, and what may be shown of them."""

import json
from pathlib import Path

import click

from webapp.cli.installation import now, opened


@click.command()
@click.option("--satisfied", type=int, required=True, help="Satisfied respondents.")
@click.option("--answered", type=int, required=True, help="Valid answers.")
@click.option("--invited", type=int, help="Size of the sampling frame, where there is one.")
@click.option("--target", type=float, help="Target share: 0.85 or 85.")
def estimate(satisfied: int, answered: int, invited: int | None, target: float | None) -> None:
    """Estimate a share with its interval, and hold it against a target. Prints JSON."""
    from analysis.indicators import ImpossibleFigure
    from analysis.indicators import estimate as reading_of

    share = target / 100 if target is not None and target > 1 else target
    try:
        reading = reading_of(satisfied, answered, invited=invited, target=share)
    except ImpossibleFigure as refusal:
        raise click.ClickException(str(refusal)) from None
    rate = reading.response_rate.share
    click.echo(
        json.dumps(
            {
                "share": reading.share,
                "low": reading.low,
                "high": reading.high,
                "n": reading.n,
                "response_rate": rate,
                "status": reading.status,
            }
        )
    )


@click.command()
@click.option("--tree", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--minimum", type=click.IntRange(min=2), default=5, show_default=True)
def protect(tree: Path, minimum: int) -> None:
    """Say which units may be shown so that nobody can subtract a small group."""
    from analysis.disclosure import ImpossibleUnits, protect_tree, read_units

    try:
        shown, hidden = protect_tree(read_units(json.loads(tree.read_text("utf-8"))), minimum)
    except OSError as failure:
        raise click.ClickException(f"{tree} cannot be read: {failure.strerror}.") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise click.ClickException(f"{tree} is not JSON in UTF-8.") from None
    except ImpossibleUnits as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(json.dumps({"shown": list(shown), "hidden": list(hidden)}, ensure_ascii=False))


@click.command()
@click.option("--survey", required=True, help="Name of the survey.")
@click.option("--wave", "label", help="Name of the wave; the newest by default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "html", "pdf", "xlsx", "csv", "sav"]),
    required=True,
)
@click.option(
    "--rows",
    is_flag=True,
    help="The answers in rows that name nobody, for csv and sav; of a closed wave only.",
)
@click.option("--unit", help="Only answers about this unit or team.")
@click.option("--course", help="Only answers about this course or kind of meeting.")
@click.option("--mode", help="Only answers by this channel: web, chat, telegram, kiosk …")
@click.option("--language", help="Only answers in this language: da, en, uk …")
@click.option("--period", help="Only answers of this month or quarter: 2026-11 or 2026-Q4.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def report(
    survey: str, label: str | None, form: str, rows: bool, output: Path | None, **group: str | None
) -> None:
    """Write the report of one wave of a survey, or of a group of its people."""
    from analysis import coder, release
    from analysis.export.rows import RowsNotReleased
    from analysis.report import build
    from surveys import ballot, extract
    from surveys.deployment import Deployment
    from webapp import filters
    from webapp.results import written, written_rows

    wanted = filters.chosen({part: value for part, value in group.items() if value})
    if rows and form not in {"csv", "sav"}:
        raise click.UsageError("--rows is for --format csv and --format sav.")
    if rows and wanted:
        raise click.UsageError("--rows is of the whole wave: rows say nothing of groups.")
    settings = Deployment()
    with opened(settings) as database:
        with database.transaction() as session:
            ballot.mix_closed(session, now())
            ballot.mix_all(session)
            coder.classify_waiting(session, extract.wave(session, survey, label))
        release.settle(database, survey)
        with database.snapshot() as session:
            wave = extract.wave(session, survey, label)
        of = None
        if wanted:
            figures = filters.told(database, wave, wanted, None)
            if figures is None:
                raise click.ClickException(
                    "Not shown: the figure could give away fewer than five people, by itself or"
                    " with what has been told already."
                )
            of = (wanted, figures)
        with database.snapshot() as session:
            wave = extract.wave(session, survey, label)
            if rows:
                try:
                    content = written_rows(session, wave, form, now())
                except RowsNotReleased as refusal:
                    raise click.ClickException(str(refusal)) from None
            else:
                made = build(session, wave, of=of)
                content = written(made, wave.instrument, form, settings.municipality, now())
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)
        click.echo(f"Written to {output}.", err=True)


@click.command()
@click.option("--format", "form", type=click.Choice(["pdf", "xlsx"]), default="pdf")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to write.",
)
def plan(form: str, output: Path) -> None:
    """Write the whole plan as it stands: every indicator with its base, history and actions."""
    from analysis import release
    from surveys.deployment import Deployment
    from webapp.plan_pdf import pdf
    from webapp.workbooks import plan_workbook

    settings = Deployment()
    with opened(settings) as database:
        release.settle(database)
        with database.snapshot() as session:
            written = plan_workbook if form == "xlsx" else pdf
            content = written(session, settings.place, settings.municipality, now())
    output.write_bytes(content)
    click.echo(f"Written to {output}.", err=True)


COMMANDS = (estimate, protect, report, plan)
