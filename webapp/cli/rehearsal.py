"""Walking through an instrument in the terminal: the engine with no channel around it."""

import click

from surveys.instrument import Instrument
from surveys.interview import Draft, Interview, Prompt, Review
from surveys.wording import say

BACK, SKIP = "<", "-"


def rehearse(instrument: Instrument, language: str) -> None:
    """Ask every question of an instrument, show the review, and forget it all."""
    if language not in instrument.languages:
        raise click.ClickException(f"It is not in “{language}”: {', '.join(instrument.languages)}.")
    interview = Interview(instrument, Draft(language))
    click.secho(instrument.title(language), bold=True)
    click.echo(instrument.purpose(language))
    click.echo(f"({BACK} {say('back', language)}   {SKIP} {say('skip', language)})\n")
    step = interview.step()
    while isinstance(step, Prompt):
        _show(step, language)
        typed = click.prompt(">", default="", show_default=False, prompt_suffix=" ")
        if typed == BACK:
            step = interview.back()
        elif typed == SKIP:
            step = interview.skip(step.item)
        else:
            step = interview.answer(step.item, _raw(step, typed))
        for kind, n in step.removed.items():
            click.secho(say(f"removed_{kind}", language, n=n), fg="yellow")
    _review(step, language)


def _show(prompt: Prompt, language: str) -> None:
    place = prompt.progress
    where = say("progress", language, position=place.position, total=place.total)
    click.secho(f"{where}", dim=True)
    click.secho(prompt.text, bold=True)
    if prompt.help:
        click.echo(prompt.help)
    for number, option in enumerate(prompt.options, start=1):
        click.echo(f"  {number}. {option.label}")
    if prompt.problem:
        limits = prompt.problem.limits
        click.secho(say(prompt.problem.code, language, **limits), fg="red")


def _raw(prompt: Prompt, typed: str) -> str | list[str]:
    if not prompt.options:
        return typed
    numbered = {str(number): option.raw for number, option in enumerate(prompt.options, start=1)}
    return [numbered.get(part, part) for part in typed.replace(",", " ").split()]


def _review(review: Review, language: str) -> None:
    click.secho(say("review_title", language), bold=True)
    for line in review.lines:
        click.echo(line.question)
        click.secho(f"  {line.answer or say(line.missing or 'skipped', language)}", fg="green")
    click.echo("\nNothing was stored.")
