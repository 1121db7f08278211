"""`hoert frame|invite|remind|outcome|erase|retention`: who is asked, and what is deleted again."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from surveys import (
    dispatch,
    extract,
    fieldwork,
    frame,
    invitations,
    retention,
    spreadsheet,
    steps,
)
from surveys.errors import (
    FrameOrLink,
    SecretChanged,
    UnknownReference,
    UnreadableFile,
    WaveClosed,
)
from surveys.invitations import Letter, Outcome
from surveys.respite import Reason
from surveys.steps import Sending, Step
from webapp import import_words, letters
from webapp.cli.installation import now, opened
from webapp.delivery import returned
from webapp.settings import Settings

MOST_SHOWN = 50
_WHY = {
    Reason.RECENT: "they were asked not long ago",
    Reason.OPTED_OUT: "they want no surveys",
}
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
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="File to write (CSV), for those whom no sender serves. It holds links that answer: keep"
    " it as you keep keys.",
)
def invite(survey: str, label: str | None, teams: Sequence[str], output: Path | None) -> None:
    """Invite everybody in a wave's frame who is not invited yet.

    Where the survey sends by itself (hoert sending) the worker sends; all others are in the file.
    """
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
        filed = letters.by_file(session, survey, made, settings)
        if filed and output is None:
            raise click.ClickException(
                f"{len(filed)} get theirs by a file. Say where: --output FILE. Nobody was invited."
            )
        left = invitations.left_alone(session, wave.id, settings.secret_key, now())
        if output is not None:
            letters.hand_over(session, wave.id, filed, Step.INVITATION, now())
            _write(output, filed, settings, wave)
    click.echo(f"{survey} {wave.label}: {len(made)} invited.")
    if output is not None:
        click.echo(f"{len(filed)} links are in {output}.")
    if len(made) > len(filed):
        click.echo(f"{len(made) - len(filed)} are sent theirs by the worker.")
    for reason, n in left.items():
        click.echo(f"{n} not invited: {_WHY[reason]}.", err=True)


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
    with opened(settings) as database, database.transaction() as session:
        wave = extract.wave(session, survey, label)
        secret = settings.secret_key
        reminded = _ask(lambda: invitations.to_remind_by_hand(session, wave.id, secret, now()))
        made = letters.by_file(session, survey, reminded, settings)
        step = steps.next_by_hand(session, wave.id)
        if step is not None:
            everybody = invitations.letters(session, wave.id, secret)
            filed = letters.by_file(session, survey, everybody, settings)
            letters.hand_over(session, wave.id, filed, step, now())
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
    output.write_bytes(letters.as_csv(made, settings, wave.closes_at))


@click.command()
@_survey
@click.option("--automatic/--by-file", default=None, help="Who sends: the worker, or you.")
@click.option("--reminders/--no-reminders", default=None, help="On day 4 and 10.")
@click.option(
    "--rest-days", type=click.IntRange(0, 366), help="Days after another survey, 0 for none."
)
def sending(
    survey: str, automatic: bool | None, reminders: bool | None, rest_days: int | None
) -> None:
    """Say, or decide, how a survey's invitations are sent."""
    with opened() as database, database.transaction() as session:
        extract.wave(session, survey)
        had = steps.sending(session, survey)
        how = Sending(
            automatic=had.automatic if automatic is None else automatic,
            reminders=had.reminders if reminders is None else reminders,
            rest_days=had.rest_days if rest_days is None else rest_days,
        )
        steps.decide(session, survey, how)
    click.echo(
        f"{survey}: invitations {'are sent by the worker' if how.automatic else 'are in a file'},"
        f" {'reminders on day 4 and 10' if how.reminders else 'no reminders'}, nobody within"
        f" {how.rest_days} days of another survey."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def bounces(file: Path) -> None:
    """Note the mail that came back: FILE is a message, or a mailbox (mbox) of them."""
    settings = Settings()
    refs = returned.refs(file.read_bytes())
    with opened(settings) as database, database.transaction() as session:
        known = sum(dispatch.bounced(session, ref, settings.secret_key) for ref in refs)
    click.echo(f"{file}: {len(refs)} came back, {known} of them of invitations kept here.")


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
    # The worker's jobs bring statistics along, which no other command here needs
    from webapp.tasks import forget

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


_DAYS = click.IntRange(1, retention.LONGEST)


@retention_.command("set")
@_survey
@click.option("--frame", type=_DAYS, required=True, help="Days after the close.")
@click.option("--draft", type=_DAYS, required=True, help="Days since touched.")
@click.option("--text", type=_DAYS, required=True, help="Days after the close.")
@click.option("--response", type=_DAYS, required=True, help="Days after close.")
def set_(survey: str, **days: int) -> None:
    """Decide how many days a survey keeps what it has. The privacy page says it at once."""
    with opened() as database, database.transaction() as session:
        extract.wave(session, survey)
        survey_id = fieldwork.survey_named(session, survey)
        retention.decide(session, survey_id, retention.Lifetimes(**days), now())
    click.echo(f"{survey} keeps what it has for so long from now on.")


COMMANDS = (frame_, invite, remind, sending, bounces, outcome, erase, retention_)
