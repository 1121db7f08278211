"""`hoert frame|invite|remind|outcome|erase|retention`: who is asked, and what is deleted again."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from surveys import extract, fieldwork, frame, invitations, retention, spreadsheet
from surveys.errors import (
    FrameOrLink,
    SecretChanged,
    UnknownReference,
    UnreadableFile,
    WaveClosed,
)
from surveys.invitations import Letter, Outcome
from webapp import import_words, letters
from webapp.cli.installation import now, opened
from webapp.settings import Settings
from webapp.tasks import forget

MOST_SHOWN = 50
_survey = click.option("--survey", required=True, help="Name of the survey.")
_wave = click.option("--wave", "label", help="Name of the wave; the newest by default.")
_output = click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help="File to write (CSV). It holds links that answer: keep it as you keep keys.",
)


@click.group("frame")
def frame_() -> None:
    """Sampling frames: the people or companies that a wave asks."""


@frame_.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_survey
@_wave
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help=f"Which column holds a field ({', '.join(frame.FIELDS)}), where its heading does not say.",
)
@click.option("--dry-run", is_flag=True, help="Say what is wrong, and take nothing in.")
def import_(
    file: Path, survey: str, label: str | None, columns: Sequence[str], dry_run: bool
) -> None:
    """Take the people of FILE (CSV or XLSX) into a wave's frame, all of them or none."""
    try:
        table = spreadsheet.read(file.read_bytes())
    except UnreadableFile as unreadable:
        raise click.ClickException(f"{file}: {import_words.in_english(unreadable)}") from None
    mapping = _mapping(table, columns)
    with opened() as database:
        with database.snapshot() as session:
            wave = extract.wave(session, survey, label)
            known = frame.references(session, wave.id)
        reading = frame.read(table, mapping, known)
        for problem in reading.problems[:MOST_SHOWN]:
            place = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
            click.echo(f"{place}: {import_words.in_english(problem)}", err=True)
        if reading.problems:
            raise click.ClickException(
                f"{file}: {len(reading.problems)} to correct. Nothing was taken in."
            )
        if dry_run:
            click.echo(f"{file}: nothing to correct. {len(reading.members)} people.")
            return
        with (
            click.progressbar(length=len(reading.members), label="People") as bar,
            database.transaction() as session,
        ):
            try:
                taken = frame.take(session, wave.id, reading, bar.update)
            except FrameOrLink as refusal:
                raise click.ClickException(f"{survey} {wave.label}: {refusal.__doc__}") from None
    click.echo(f"{survey} {wave.label}: {taken} people taken in.")


def _mapping(table: spreadsheet.Table, columns: Sequence[str]) -> dict[str, int]:
    mapping = frame.mapping_of(table)
    for column in columns:
        field, _, heading = column.partition("=")
        if field not in frame.FIELDS:
            raise click.UsageError(f"{field!r} is no field. Known: {', '.join(frame.FIELDS)}.")
        if heading not in table.headings:
            known = ", ".join(table.headings)
            raise click.ClickException(f"No column is called {heading!r}. The file has: {known}.")
        place = table.headings.index(heading)
        mapping = {name: at for name, at in mapping.items() if at != place} | {field: place}
    return mapping


@click.command()
@_survey
@_wave
@click.option("--team", "teams", multiple=True, help="Only this team; may be given again.")
@_output
def invite(survey: str, label: str | None, teams: Sequence[str], output: Path) -> None:
    """Invite everybody in a wave's frame who is not invited yet, and write what they are sent."""
    settings = Settings()
    with opened(settings) as database, database.transaction() as session:
        wave = extract.wave(session, survey, label)
        if not frame.references(session, wave.id):
            raise click.ClickException(
                f"{survey} {wave.label} has no frame."
                f" Run: hoert frame import FILE --survey {survey}"
            )
        made = _ask(
            lambda: invitations.invite(
                session, wave.id, settings.secret_key, now(), teams=set(teams) or None
            )
        )
        _write(output, made, settings, wave)
    click.echo(f"{survey} {wave.label}: {len(made)} invited. Their links are in {output}.")


@click.command()
@_survey
@_wave
@_output
def remind(survey: str, label: str | None, output: Path) -> None:
    """Write who is reminded, with the links of the first letter.

    In an anonymous wave those who have answered are among them, so that nobody learns who has not:
    let the reminder say that they need do nothing.
    """
    settings = Settings()
    with opened(settings) as database, database.snapshot() as session:
        wave = extract.wave(session, survey, label)
        made = _ask(
            lambda: invitations.to_remind_by_hand(session, wave.id, settings.secret_key, now())
        )
        _write(output, made, settings, wave)
    click.echo(f"{survey} {wave.label}: {len(made)} reminders in {output}.")
    if wave.anonymity == "anonymous":
        click.echo(
            "The wave is anonymous, so those who have answered are among them."
            " Let the reminder say that they need do nothing.",
            err=True,
        )


def _ask(question: Callable[[], Sequence[Letter]]) -> Sequence[Letter]:
    try:
        return question()
    except (WaveClosed, SecretChanged) as refusal:
        raise click.ClickException(str(refusal.__doc__)) from None


def _write(output: Path, made: Sequence[Letter], settings: Settings, wave: extract.Wave) -> None:
    output.touch(mode=0o600)
    output.write_bytes(letters.as_csv(made, settings.public_url, wave.closes_at))


@click.command()
@_survey
@_wave
@click.argument("reference")
@click.argument("what", type=click.Choice([outcome.value for outcome in Outcome]))
def outcome(survey: str, label: str | None, reference: str, what: str) -> None:
    """Note what became of the invitation of REFERENCE. It does not say whether it was answered."""
    settings = Settings()
    with opened(settings) as database, database.transaction() as session:
        wave = extract.wave(session, survey, label)
        try:
            invitations.record(
                session, wave.id, settings.secret_key, {reference: Outcome(what)}, now()
            )
        except UnknownReference:
            raise click.ClickException(
                f"Nobody with the reference {reference} is invited to {survey} {wave.label}."
            ) from None
        except (WaveClosed, SecretChanged) as refusal:
            raise click.ClickException(str(refusal.__doc__)) from None
    click.echo(f"{reference} is noted as {what}.")


@click.command()
@click.option("--receipt", prompt="Receipt", hide_input=True, help="Asked for when left out.")
def erase(receipt: str) -> None:
    """Delete the answer that a receipt was given for, for whoever calls and asks."""
    with opened() as database, database.transaction() as session:
        if not retention.erase(session, receipt):
            raise click.ClickException(
                "There is no answer with this receipt. Perhaps it is deleted already."
            )
    click.echo("The answer is deleted.")


@click.group("retention")
def retention_() -> None:
    """How long things are kept, and what was deleted."""


@retention_.command("run")
def run() -> None:
    """Delete now what is due, and say how much it was."""
    with opened() as database:
        done = forget(database, now)
    for wave, counts in done.deleted.items():
        said = ", ".join(f"{n} {kind}" for kind, n in counts.items())
        click.echo(f"{wave or 'files never taken in'}: {said}")
    click.echo(f"{done.total} rows deleted.")


@retention_.command("show")
def show() -> None:
    """Say how many days each survey keeps what it has."""
    with opened() as database, database.snapshot() as session:
        waves = {wave.survey: wave for wave in reversed(extract.waves(session))}
        for survey, wave in sorted(waves.items()):
            lives = retention.lifetimes(session, survey, wave.anonymity)
            said = "  ".join(f"{kind} {days}" for kind, days in asdict(lives).items())
            click.echo(f"{survey}  {said}")


@retention_.command("set")
@_survey
@click.option("--frame", type=click.IntRange(1, 3660), required=True, help="Days after the close.")
@click.option("--draft", type=click.IntRange(1, 3660), required=True, help="Days since touched.")
@click.option("--text", type=click.IntRange(1, 3660), required=True, help="Days after the close.")
@click.option("--response", type=click.IntRange(1, 3660), required=True, help="Days after close.")
def set_(survey: str, **days: int) -> None:
    """Decide how many days a survey keeps what it has. The privacy page says it at once."""
    with opened() as database, database.transaction() as session:
        extract.wave(session, survey)
        survey_id = fieldwork.survey_named(session, survey)
        retention.decide(session, survey_id, retention.Lifetimes(**days))
    click.echo(f"{survey} keeps what it has for so long from now on.")


COMMANDS = (frame_, invite, remind, outcome, erase, retention_)
