"""How the installation runs: the worker's jobs, what waits, and the same for a monitor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.orm import Session

from surveys import arrivals, extract
from webapp import access, api_keys, jobs, running
from webapp.jobs import JobState

blueprint = Blueprint("operations", __name__)

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")
LATE: Final = timedelta(minutes=5)
"""A job that has not ended for so long stands still."""

WHAT: Final[Mapping[str, str]] = {
    "keep_schedules": "Åbner runder, når de skal",
    "mix": "Blander svar og lukker runder",
    "count_day": "Tæller dagens svar",
    "forget_daily": "Sletter det, der er over sin dato",
    "double_entry.count_overdue": "Tæller papirsvar, som ingen har tastet to gange",
    "callback.upkeep": "Sletter gamle ønsker om opkald",
    "saving.upkeep": "Sletter gemte svar og koder, der er udløbet",
    "marks.place": "Lægger temaer fra interviews ved svarene",
    "guesses.upkeep": "Sletter gamle tællinger af forkerte forsøg",
    "sessions.upkeep": "Logger dem ud, der har været væk længe",
    "audit.upkeep": "Sletter linjer i loggen, der er et år gamle",
    "learn": "Laver nye temamodeller",
    "find_themes": "Finder temaer i kommentarer",
    "courses.upkeep": "Inviterer kursister og siger til, når et hold er under målet",
    "meetings.upkeep": "Inviterer efter møder og sletter gamle møder",
    "send_mail": "Sender e-mails",
    "send_reports": "Sender de rapporter, der er bestilt",
    "learning_room.upkeep": "Sletter teamets spørgsmål efter et halvt år",
    "send_sms": "Sender sms",
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job in words."""

    name: str
    last: str
    next: str
    trouble: str


@blueprint.get("/staff/drift")
@access.opened_to(frozenset({access.Role.ADMINISTRATOR}))
def overview() -> str:
    """Whether everything behind the pages is done."""
    here = running()
    now = here.clock()
    with here.database.snapshot() as session:
        known = {state.name: state for state in jobs.states(session)}
        waiting = sum(wave.waiting for wave in extract.waves(session))
        heard = arrivals.last_heard(session)
    return render_template(
        "operations/overview.html",
        jobs=[_line(name, known.get(name), now) for name in dict.fromkeys((*WHAT, *known))],
        queue_answers=jobs.reachable(here.settings),
        waiting=waiting,
        telegram=bool(here.settings.telegram_bot_token),
        heard=_moment(heard) if heard else None,
    )


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts for a monitor, in Prometheus' text format. It needs a key of an administrator."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    here = running()
    with here.database.snapshot() as session:
        holder = api_keys.holder(session, key.strip(), here.clock())
        if (
            kind.casefold() != "bearer"
            or holder is None
            or access.Role.ADMINISTRATOR not in {role.name for role in holder.roles}
        ):
            abort(404)
        lines = list(_metrics(session))
    return Response("\n".join([*lines, ""]), mimetype="text/plain; version=0.0.4")


def _metrics(session: Session) -> Iterator[str]:
    waves = extract.waves(session)
    for name, meaning, value in (
        ("hoert_answers_received_total", "Answers received", sum(one.received for one in waves)),
        ("hoert_answers_waiting", "Answers that wait to be mixed", sum(w.waiting for w in waves)),
    ):
        yield f"# HELP {name} {meaning}."
        yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
        yield f"{name} {value}"
    states = jobs.states(session)
    yield "# HELP hoert_job_ended_timestamp_seconds When a job last ended well."
    yield "# TYPE hoert_job_ended_timestamp_seconds gauge"
    for state in states:
        if state.ended_at:
            ended = state.ended_at.timestamp()
            yield f'hoert_job_ended_timestamp_seconds{{job="{state.name}"}} {ended:.0f}'
    yield "# HELP hoert_job_failures How often in a row a job has failed."
    yield "# TYPE hoert_job_failures gauge"
    for state in states:
        yield f'hoert_job_failures{{job="{state.name}"}} {state.failures}'
    heard = arrivals.last_heard(session)
    if heard:
        yield "# HELP hoert_bot_heard_timestamp_seconds When Telegram last answered the bot."
        yield "# TYPE hoert_bot_heard_timestamp_seconds gauge"
        yield f"hoert_bot_heard_timestamp_seconds {heard.timestamp():.0f}"


def _line(name: str, state: JobState | None, now: datetime) -> JobLine:
    words = WHAT.get(name, name.replace("_", " "))
    if state is None:
        return JobLine(words, "Aldrig", "", "Har aldrig kørt. Start “hoert worker”.")
    trouble = ""
    if state.failures:
        times = "én gang" if state.failures == 1 else f"{state.failures} gange i træk"
        trouble = f"Gik galt {times}: {state.failure}. Den prøver igen af sig selv."
    elif now - state.began_at > LATE:
        trouble = "Står stille. Se efter, om “hoert worker” kører."
    return JobLine(
        words,
        _moment(state.ended_at) if state.ended_at else "Aldrig",
        _moment(state.next_at),
        trouble,
    )


def _moment(moment: datetime) -> str:
    return format_datetime(moment, "d. MMM y 'kl.' HH.mm", tzinfo=COPENHAGEN, locale="da")
