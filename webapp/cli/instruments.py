"""`hoert instrument …`: what is asked."""

from collections.abc import Sequence
from pathlib import Path

import click

from surveys import definition
from surveys.errors import Defect, InvalidDefinition


@click.group()
def instrument() -> None:
    """Instruments: check one, walk through one, exchange one as an XLSForm."""


@instrument.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def check(file: Path) -> None:
    """List every defect of FILE with its path, its cause and what to do."""
    _refuse(file, definition.defects(_content(file)))
    click.echo(f"{file}: nothing to correct.")


@instrument.command("rehearse")
@click.argument("name")
@click.option("--language", default="da", show_default=True, help="Language to rehearse in.")
def rehearse(name: str, language: str) -> None:
    """Walk through the instrument NAME, or one in a file, in the terminal. Nothing is stored."""
    from webapp.cli.rehearsal import rehearse as walk

    walk(definition.read(_document(name)), language)


@instrument.command("export")
@click.argument("name")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook to write; NAME.xlsx by default.",
)
def export(name: str, output: Path | None) -> None:
    """Write the instrument NAME, or one in a file, as an XLSForm that ODK and KoBo read."""
    document = _document(name)
    written = output or Path(f"{definition.read(document).name}.xlsx")
    written.write_bytes(definition.to_xlsform(document))
    click.echo(f"Written to {written}.", err=True)


@instrument.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Document to write; the terminal by default.",
)
def import_(file: Path, output: Path | None) -> None:
    """Read the XLSForm FILE as an instrument's document, and list everything that is wrong."""
    try:
        document = definition.from_xlsform(_content(file))
    except InvalidDefinition as refusal:
        _refuse(file, refusal.defects)
        raise
    _refuse(file, definition.defects(document))
    if output is None:
        click.echo(document, nl=False)
    else:
        output.write_text(document, "utf-8")
        click.echo(f"Written to {output}.", err=True)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as failure:
        raise click.ClickException(f"{file} cannot be read: {failure.strerror}.") from None


def _refuse(file: Path, defects: Sequence[Defect]) -> None:
    for defect in defects:
        click.echo(str(defect), err=True)
    if defects:
        raise click.ClickException(f"{file}: {len(defects)} to correct.")


def _document(name: str) -> str:
    if name.endswith((".yaml", ".yml")) and Path(name).is_file():
        return Path(name).read_text("utf-8")
    return definition.shipped(name)


COMMANDS = (instrument,)
