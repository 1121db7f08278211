"""`hoert wave …`, `hoert link …`: getting out what is asked."""

import json
from datetime import datetime

import click

from surveys import extract, fieldwork, keys, recurring
from surveys.errors import WaveClosed
from surveys.schedule import COPENHAGEN, Rhythm, Schedule, end_of, midnight
from webapp.cli.installation import now, opened
from webapp.settings import Settings

ANONYMITY = ("anonymous", "confidential", "identified")


@click.group()
def link() -> None:
    """Open links: one code for a unit, a course run or a poster."""


@link.command("create")
@click.option("--survey", required=True, help="Name of the survey, for example samtalefeedback.")
@click.option("--unit", help="Unit that travels with the code.")
@click.option("--course", help="Course run that travels with the code.")
@click.option("--caseworker", help="Key of the caseworker it asks about; never a name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    survey: str, unit: str | None, course: str | None, caseworker: str | None, as_json: bool
) -> None:
    """Make a link to the open wave of a survey, with its short code and its Telegram link."""
    from webapp.telegram import deep_link

    settings = Settings()
    if caseworker is not None and not keys.is_caseworker(caseworker):
        raise click.ClickException("A caseworker's key is 1 to 32 letters, digits, - or _.")
    with opened(settings) as database, database.transaction() as session:
        try:
            code = fieldwork.create_link(
                session, survey, now(), unit=unit, course=course, caseworker=caseworker
            )
        except WaveClosed:
            raise click.ClickException(
                f"No wave of {survey} is open. Run: hoert wave open --survey {survey} --label NAME"
            ) from None
    made = {
        "link": f"{settings.public_url}/s/{code}",
        "code": keys.spelled(code),
        "telegram": deep_link(settings, code),
    }
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"Link      {made['link']}")
    click.echo(f"Code      {made['code']}")
    click.echo(f"Telegram  {made['telegram'] or 'not configured (TELEGRAM_BOT_TOKEN)'}")


@click.group()
def wave() -> None:
    """Waves: rounds of fieldwork."""


@wave.command("open")
@click.option("--survey", required=True, help="Name of the survey.")
@click.option("--label", required=True, help="Name of the wave, for example 'Forår 2027'.")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="First day; now by default.")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Last day that takes answers.")
@click.option("--invited", type=click.IntRange(min=1), help="Size of the sampling frame.")
@click.option("--target", type=click.FloatRange(0, 1), help="Target share; the plan's by default.")
@click.option(
    "--anonymity",
    type=click.Choice(ANONYMITY),
    help="anonymous by default; confidential where companies answer.",
)
def open_(
    survey: str,
    label: str,
    opens: datetime | None,
    closes: datetime | None,
    invited: int | None,
    target: float | None,
    anonymity: str | None,
) -> None:
    """Open a wave, now or from a day on, with the newest version of the survey's instrument."""
    begin = midnight(opens.date()) if opens else now()
    end = end_of(closes.date()) if closes else None
    if end is not None and end <= max(now(), begin):
        raise click.ClickException("The last day is over already. Choose a later one.")
    with opened() as database, database.transaction() as session:
        fieldwork.open_wave(
            session,
            survey,
            label,
            opens_at=begin,
            closes_at=end,
            invited=invited,
            target=target,
            anonymity=anonymity,
        )
    click.echo(f"{survey} {label} is open." if begin <= now() else f"{survey} {label} is set up.")


@wave.command("close")
@click.option("--survey", required=True, help="Name of the survey.")
@click.option("--label", "--wave", help="Name of the wave; the newest open one by default.")
def close(survey: str, label: str | None) -> None:
    """Close a wave now. What waits in the mixer joins the responses."""
    with opened() as database, database.transaction() as session:
        try:
            fieldwork.close_wave(session, survey, now(), label)
        except WaveClosed:
            raise click.ClickException(f"No such wave of {survey} is open.") from None
    click.echo(f"{survey} is closed.")


@wave.command("list")
@click.option("--survey", help="Only this survey.")
def list_(survey: str | None) -> None:
    """List the waves, newest first."""
    with opened() as database, database.snapshot() as session:
        for known in extract.waves(session, survey):
            ended = known.closes_at is not None and known.closes_at <= now()
            state = "closed" if ended else "open" if known.opens_at <= now() else "not begun"
            click.echo(
                f"{known.survey}  {known.label}  {state}"
                f"  {known.received} received  {known.waiting} waiting for the mixer"
            )


@wave.command("plan")
@click.option("--survey", required=True, help="Name of the survey.")
@click.option(
    "--rhythm",
    type=click.Choice([*(rhythm.value for rhythm in Rhythm), "none"]),
    required=True,
    help="When it is asked again. none: only when somebody opens a wave.",
)
@click.option("--days", type=click.IntRange(1, 120), default=28, show_default=True)
@click.option("--at", type=click.DateTime(["%H:%M"]), default="08:00", show_default=True)
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="Not before; today.")
@click.option("--target", type=click.FloatRange(0, 1), help="Target share of every wave.")
@click.option("--anonymity", type=click.Choice(ANONYMITY), default="anonymous", show_default=True)
def plan(
    survey: str,
    rhythm: str,
    days: int,
    at: datetime,
    begins: datetime | None,
    target: float | None,
    anonymity: str,
) -> None:
    """Let a survey open its waves by itself. The worker does it, on the minute in Copenhagen."""
    schedule = None
    if rhythm != "none":
        pauses = rhythm != Rhythm.CONTINUOUS
        schedule = Schedule(
            rhythm=Rhythm(rhythm),
            begins=(begins or now().astimezone(COPENHAGEN)).date(),
            opens_time=at.time() if pauses else None,
            days=days if pauses else None,
            anonymity=anonymity,
            target=target,
        )
    with opened() as database, database.transaction() as session:
        recurring.plan(session, survey, schedule)
    coming = schedule and (schedule.period_at(now()) or schedule.next_period(now()))
    if coming:
        opens = coming.opens_at.astimezone(COPENHAGEN)
        click.echo(f"{survey} {coming.label} opens {opens:%Y-%m-%d %H:%M}.")
    else:
        click.echo(f"{survey} is planned." if schedule else f"{survey} has no schedule.")


COMMANDS = (link, wave)
