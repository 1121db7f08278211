"""`hoert paper`: a survey to print."""

from pathlib import Path

import click

from surveys import fieldwork, keys, languages
from webapp.cli.installation import now, opened
from webapp.settings import Settings


@click.command()
@click.option("--survey", required=True, help="Name of the survey, for example samtalefeedback.")
@click.option("--code", help="Code of an open link of the survey; a new one by default.")
@click.option("--language", default="da", show_default=True, help="Language of the sheets.")
@click.option("--count", type=click.IntRange(1, 200), default=1, show_default=True)
@click.option("--place", default="", help="Where to hand the sheets in, for example an address.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF to write."
)
def paper(
    survey: str, code: str | None, language: str, count: int, place: str, output: Path
) -> None:
    """Write sheets to print, each with a number of its own, behind an open link of a survey."""
    from webapp.paper import sheets

    settings = Settings()
    with opened(settings) as database, database.transaction() as session:
        code = code or fieldwork.create_link(session, survey, now())
        admission = fieldwork.admit(session, code, now())
        spoken = languages.spoken(session, admission.instrument)
        spoken = languages.spoken(session, admission.instrument)
    if admission.survey != survey or admission.personal:
        raise click.ClickException(f"{code} is not the code of an open link of {survey}.")
    if language not in spoken:
        raise click.ClickException(f"{survey} is not in {language}. It is in: {', '.join(spoken)}.")
    short = keys.heard(code) or code
    output.write_bytes(
        sheets(admission, short, language, now(), settings, count=count, place=place)
    )
    click.echo(f"Written to {output}: {count} sheets of {keys.spelled(short)}.", err=True)


COMMANDS = (paper,)
"""What this module adds to the command."""
