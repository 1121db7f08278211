"""`hoert language …`: what a translator has to do, and whether it is done."""

import click

from surveys import translations, wording
from surveys.instrument import SOURCE_LANGUAGE


@click.group()
def language() -> None:
    """Languages: what respondents read, in another language than Danish."""


@language.command("check")
@click.argument("language", required=False)
def check(language: str | None) -> None:
    """List what is missing, obsolete or misplaced in LANGUAGE, or in all languages there are."""
    known = [name for name in wording.LANGUAGE_NAMES if wording.translation(name)]
    wrong = 0
    for name in [language] if language else known:
        found = translations.defects(name)
        for defect in found:
            click.echo(str(defect), err=True)
        wrong += len(found)
        click.echo(f"{name}: {_status(name)}, {len(found)} to correct.")
    if wrong:
        raise click.exceptions.Exit(1)


@language.command("missing")
@click.argument("language")
def missing(language: str) -> None:
    """Print the Danish texts that LANGUAGE lacks, as PO entries to fill in and append."""
    if language not in wording.LANGUAGE_NAMES or language == SOURCE_LANGUAGE:
        others = [name for name in wording.LANGUAGE_NAMES if name != SOURCE_LANGUAGE]
        raise click.ClickException(f"There is no such language here. Use {', '.join(others)}.")
    click.echo(translations.missing(language), nl=False)


def _status(name: str) -> str:
    found = wording.translation(name)
    if found is None:
        return "the source" if name == SOURCE_LANGUAGE else "no catalogue"
    return f"{found.status} by {found.reviewed_by}" if found.is_reviewed else found.status


COMMANDS = (language,)
