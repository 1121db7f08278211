"""`hoert register import`: numbers from a register's file, all or nothing."""

import sys
from pathlib import Path

import click

from surveys.deployment import Deployment
from surveys.errors import UnreadableFile
from webapp.cli.installation import now, opened
from webapp.import_words import in_english


@click.group()
def register() -> None:
    """Numbers from registers."""


@register.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--indicator", help="Code of the indicator, where no column says it.")
@click.option("--period", help="Column of the period; guessed by default.")
@click.option("--value", help="Column of the number; guessed by default.")
@click.option("--place", help="Column of the area; without one all are the municipality's own.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Take these rows only.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and keep nothing.")
def import_(
    file: Path,
    indicator: str | None,
    period: str | None,
    value: str | None,
    place: str | None,
    where: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Import numbers from FILE: CSV, XLSX, JSON from Jobindsats (v2, v3) or JSON-stat.

    Shares may be written as 0,85 or as 85. A number that is there already is left alone.
    """
    from analysis import plan, sheet
    from analysis import register as numbers

    if bad := next((one for one in where if "=" not in one), None):
        raise click.BadParameter(f"{bad} is not COLUMN=VALUE.", param_hint="--where")
    try:
        found = sheet.read(file.read_bytes())
        guessed = numbers.guess(found)
        if not (period or guessed) or not (value or guessed):
            columns = ", ".join(found.columns)
            raise click.ClickException(f"Name the columns with --period and --value: {columns}.")
        chosen = numbers.Columns(
            period=period or (guessed.period if guessed else ""),
            value=value or (guessed.value if guessed else ""),
            place=place or (guessed.place if guessed else None),
            indicator=None if indicator else (guessed.indicator if guessed else None),
            where=tuple(
                (name, wanted) for name, _, wanted in (one.partition("=") for one in where)
            ),
        )
        with opened() as database, database.transaction() as session:
            figures = numbers.figures(
                found,
                chosen,
                plan.current(session).register_codes(),
                indicator=indicator,
                place=Deployment().place,
                source=file.name,
            )
            done = numbers.record(session, figures, now(), rehearse=dry_run)
    except UnreadableFile as refusal:
        sys.exit(f"hoert: {file.name}: {in_english(refusal)}")
    except numbers.InvalidRegister as refusal:
        sys.exit(f"hoert: {file.name} is not imported.\n{refusal}")
    kept = "Would keep" if dry_run else "Kept"
    click.echo(
        f"{kept} {done.new} new and {done.changed} corrected numbers;"
        f" {done.known} were there already."
    )


COMMANDS = (register,)
