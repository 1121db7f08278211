"""`hoert responses import`: answers that were given elsewhere before."""

import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from surveys import fieldwork, history, spreadsheet
from surveys.errors import UnreadableFile, UnusableRows
from surveys.schedule import COPENHAGEN
from webapp.cli.installation import now, opened
from webapp.import_words import in_english

SHOWN = 20


@click.group()
def responses() -> None:
    """Answers that were given elsewhere."""


@responses.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--survey", required=True, help="Name of the survey.")
@click.option("--wave", "label", help='Name of the new wave; "Historik" and the year by default.')
@click.option("--ended", type=click.DateTime(["%Y-%m-%d"]), help="The last day of the wave.")
@click.option("--column", "named", multiple=True, metavar="HEADING=ITEM", help="May be repeated.")
@click.option(
    "--numbers",
    type=click.Choice([one.value for one in history.Numbers]),
    help="Whether 1 is the first answer (SurveyXact) or an answer's own code.",
)
@click.option(
    "--days",
    type=click.Choice([one.value for one in history.DayOrder]),
    default=history.DayOrder.DAY_FIRST.value,
    show_default=True,
    help="Enalyzer writes the month first.",
)
@click.option(
    "--mode",
    type=click.Choice(["web", "paper", "interview"]),
    default="web",
    show_default=True,
    help="How the answers were given.",
)
@click.option("--invited", type=click.IntRange(min=1), help="How many were asked, where known.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and keep nothing.")
def import_(
    file: Path,
    survey: str,
    label: str | None,
    ended: datetime | None,
    named: tuple[str, ...],
    numbers: str | None,
    days: str,
    mode: str,
    invited: int | None,
    dry_run: bool,
) -> None:
    """Take in historic answers from FILE (CSV or XLSX), all or nothing, as a closed wave.

    Exports of SurveyXact, Enalyzer and LimeSurvey are read: columns by the question's name or
    text, answers by their words or numbers. CPR numbers in comments are masked.
    """
    wanted = dict(one.split("=", 1) for one in named if "=" in one)
    with opened() as database, database.transaction() as session:
        try:
            table = spreadsheet.read(file.read_bytes())
            version = fieldwork.newest_version(session, survey)
            instrument = fieldwork.instrument_version(session, version)
            if unknown := set(wanted.values()) - {item.id for item in instrument}:
                raise click.BadParameter(
                    f"{survey} has no item {', '.join(sorted(unknown))}.", param_hint="--column"
                )
            found = history.columns(table, instrument, wanted)
            earlier = history.read(
                table,
                instrument,
                found,
                numbers=history.Numbers(numbers) if numbers else None,
                order=history.DayOrder(days),
            )
        except UnreadableFile as refusal:
            sys.exit(f"hoert: {file.name}: {in_english(refusal)}")
        except UnusableRows as refusal:
            sys.exit(f"hoert: {file.name} is not imported.\n{_told(refusal)}")
        last = ended.date() if ended else _last(earlier)
        label = label or f"Historik {last.year}"
        if dry_run:
            click.echo(f"Would take in {len(earlier)} answers as {survey} {label}, to {last}.")
        else:
            history.keep(session, survey, label, earlier, ended=last, mode=mode, invited=invited)
            click.echo(f"{len(earlier)} answers are taken in as {survey} {label}, to {last}.")
    if found.unused:
        click.echo(f"Not used: {', '.join(found.unused)}.", err=True)


def _last(earlier: Sequence[history.Earlier]) -> date:
    """The latest day in the file; yesterday where it has none."""
    yesterday = now().astimezone(COPENHAGEN).date() - timedelta(days=1)
    return max((one.day for one in earlier if one.day), default=yesterday)


def _told(refusal: UnusableRows) -> str:
    lines = [
        ", ".join(filter(None, (f"row {one.row}" if one.row else "", one.column)))
        + f": {in_english(one)}"
        for one in refusal.problems[:SHOWN]
    ]
    more = len(refusal.problems) - SHOWN
    return "\n".join([*lines, *([f"… and {more} more."] if more > 0 else [])])


COMMANDS = (responses,)
