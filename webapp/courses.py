"""Courses for staff: the runs as they are planned, how satisfied participants are, who is told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from structlog import get_logger
from werkzeug.wrappers import Response as Answer
from wtforms import StringField

from analysis import courses as standing
from analysis import danish, release
from analysis.courses import RunStanding
from analysis.indicators import Reading
from surveys import courses
from surveys.courses import SURVEY, Planned
from surveys.database import Database
from surveys.errors import RunUnderWay
from surveys.schedule import COPENHAGEN, is_over
from surveys.spreadsheet import Row, Table
from webapp import Clock, access, carried, charts, import_words, running
from webapp.delivery import mail
from webapp.delivery.failures import DeliveryError
from webapp.fieldwork.words import OFFICE, last_day, moment
from webapp.report_words import day
from webapp.results import BADGES
from webapp.settings import Settings

blueprint = Blueprint("courses", __name__)
log = get_logger()

FIELDS: Final = {
    "name": "Holdets navn", "course": "Kursus", "begins": "Første dag", "ends": "Sidste dag",
    "expected": "Antal deltagere", "supplier": "Leverandør", "place": "Sted",
    "teacher": "Underviser", "owner": "Ansvarlig (e-mail)",
}  # fmt: skip
UNDER_WAY: Final = (
    "Deltagerne er allerede spurgt. Derfor kan den sidste dag ikke ændres, og holdet kan ikke"
    " aflyses."
)


class RunForm(FlaskForm):
    """A run, field by field as a file has it: `courses.read` says what is wrong with either."""

    name = StringField("Holdets navn")
    course = StringField("Kursus")
    begins = StringField("Første dag")
    ends = StringField("Sidste dag")
    expected = StringField("Antal deltagere")
    supplier = StringField("Leverandør")
    place = StringField("Sted")
    teacher = StringField("Underviser")
    owner = StringField("Hvem får besked, hvis holdet ligger under målet?")

    def reading(self) -> courses.Reading:
        """What the form says, with what is wrong beside each field."""
        cells = tuple((self[field].data or "").strip() for field in FIELDS)
        mapping = {field: place for place, field in enumerate(FIELDS)}
        found = courses.read(Table(tuple(FIELDS), (Row(1, cells),), ()), mapping)
        for problem in found.problems:
            if problem.column in FIELDS:
                self[problem.column].errors = [import_words.in_danish(problem)]
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One run in the list."""

    planned: Planned
    state: str
    asked: str
    reading: Reading | None
    short: bool
    synthetic: bool


@blueprint.get("/staff/kurser")
@access.opened_to(access.READERS)
def overview() -> str:
    """All runs, and how satisfied participants are by supplier and course."""
    here = running()
    now = here.clock()
    release.settle(here.database, SURVEY)
    with here.database.snapshot() as session:
        found = standing.stand(session, now)
        asked_by_runs = courses.schedule(session) is not None
    today = now.astimezone(COPENHAGEN).date()
    lines = [_line(run, now) for run in found.runs]
    return render_template(
        "courses/overview.html",
        found=found,
        coming=[line for line in reversed(lines) if line.planned.run.ends >= today],
        past=[line for line in lines if line.planned.run.ends < today],
        short=[line for line in lines if line.short],
        asked_by_runs=asked_by_runs or not lines,
        chart=_chart(found),
        today=today,
        may_change=access.may_open("courses.edit"),
        day=day,
        danish=danish,
        BADGES=BADGES,
    )


@blueprint.route("/staff/kurser/nyt", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def create() -> str | tuple[str, int] | Answer:
    """A new run."""
    return _edit(RunForm(), None)


@blueprint.route("/staff/kurser/<int:number>/ret", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def edit(number: int) -> str | tuple[str, int] | Answer:
    """Another teacher, another place, other days."""
    run = _planned(number).run
    known = {
        name: f"{value:%d-%m-%Y}" if isinstance(value, date) else str(value or "")
        for name, value in asdict(run).items()
    }
    form = RunForm(data=known)
    form.name.data = run.name
    return _edit(form, number)


@blueprint.get("/staff/kurser/<int:number>")
@access.opened_to(access.READERS)
def run(number: int) -> str:
    """One run: when it asks, with which code or list, and what came of it."""
    return _run_page(number)


@blueprint.post("/staff/kurser/<int:number>")
@access.opened_to(OFFICE)
def change(number: int) -> str | tuple[str, int] | Answer:
    """Make the card or the list ready, or call the run off."""
    here = running()
    planned = _planned(number)
    if not FlaskForm().validate():
        return _run_page(number, "Siden har været åben længe. Prøv igen."), 422
    do = request.form.get("do", "")
    if do not in {"card", "list", "call_off"}:
        abort(400)
    try:
        with here.database.transaction() as session:
            if do == "call_off":
                courses.call_off(session, number, here.clock())
            else:
                courses.prepare(session, number, link=do == "card")
            code = next(
                (one.code for one in courses.planned(session, here.clock()) if one.id == number),
                None,
            )
    except RunUnderWay:
        return _run_page(number, UNDER_WAY), 422
    if do == "call_off":
        flash(f"{planned.run.name} er aflyst. Ingen bliver spurgt.")
        return redirect(url_for(".overview"), 303)
    if do == "card" and code:
        return redirect(url_for("cards.card", code=code), 303)
    if do == "list":
        return redirect(url_for("fieldwork.people", survey=SURVEY, label=planned.run.name), 303)
    return redirect(url_for(".run", number=number), 303)


@blueprint.route("/staff/kurser/fil", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def upload() -> str | tuple[str, int] | Answer:
    """Take in a file of runs: chosen, looked through, and then all or nothing."""
    if request.method == "GET":
        return render_template("courses/upload.html", problem="", fields=FIELDS)
    sent = carried.taken(courses.FIELDS)
    if isinstance(sent, str):
        return render_template("courses/upload.html", problem=sent, fields=FIELDS), 422
    here = running()
    reading = courses.read(sent.table, sent.mapping)
    if "sure" in request.form and not reading.problems:
        try:
            with here.database.transaction() as session:
                new, known = courses.take(session, reading, here.clock())
        except RunUnderWay:
            problem = "Et hold i filen er allerede spurgt og har fået en anden sidste dag. Ret det."
            return render_template("courses/upload.html", problem=problem, fields=FIELDS), 422
        flash(f"{danish.number(new)} nye hold er gemt. {danish.number(known)} er rettet.")
        return redirect(url_for(".overview"), 303)
    return carried.page(
        "courses/look.html", sent, reading.problems, FIELDS, runs=reading.runs, day=day
    )


def upkeep(database: Database, clock: Clock) -> None:
    """Invite the participants whose course ends today, and tell owners of runs that fall short."""
    settings = Settings()
    with database.transaction() as session:
        invited = courses.invite_due(session, settings.secret_key, clock())
    if invited:
        log.info("participants invited", n=invited)
    release.settle(database, SURVEY)
    with database.snapshot() as session:
        runs = standing.stand(session, clock()).runs
    for one in runs:
        if one.falls_short and one.planned.warned_at is None:
            _tell(database, clock(), settings, one.planned)


def _tell(database: Database, now: datetime, settings: Settings, planned: Planned) -> None:
    """Note that a run falls short, and write to its owner: once, whatever the mail server says."""
    with database.transaction() as session:
        if not courses.warn(session, planned.run.name, now):
            return
    if not planned.run.owner or not settings.smtp_host:
        return
    address = f"{settings.public_url}/staff/kurser/{planned.id}"
    text = (
        f"Deltagerne på {planned.run.name} er mindre tilfredse end målet.\n\n"
        f"Forskellen er så stor, at den ikke kan skyldes tilfældigheder alene.\n"
        f"Se tallene her: {address}\n"
    )
    try:
        mail.send(
            settings,
            mail.Mail(planned.run.owner, f"{planned.run.name} ligger under målet", text),
        )
    except DeliveryError as failure:
        log.warning("owner not told by e-mail", failure=type(failure).__name__)


def _edit(form: RunForm, number: int | None) -> str | tuple[str, int] | Answer:
    if not form.is_submitted():
        return render_template("courses/edit.html", form=form, number=number)
    reading = form.reading() if form.validate() else None
    if reading is not None and not reading.problems:
        here = running()
        (planned,) = reading.runs
        try:
            with here.database.transaction() as session:
                if number is None and any(
                    one.run.name == planned.name for one in courses.planned(session, here.clock())
                ):
                    form.name.errors = ["Der er et hold med det navn. Vælg et andet."]
                else:
                    courses.save(session, planned, here.clock())
        except RunUnderWay:
            form.ends.errors = [UNDER_WAY]
        if not form.name.errors and not form.ends.errors:
            flash(f"{planned.name} er gemt.")
            return redirect(url_for(".overview"), 303)
    return render_template("courses/edit.html", form=form, number=number), 422


def _planned(number: int) -> Planned:
    here = running()
    with here.database.snapshot() as session:
        found = {one.id: one for one in courses.planned(session, here.clock())}
    return found[number] if number in found else abort(404)


def _run_page(number: int, problem: str = "") -> str:
    here = running()
    now = here.clock()
    release.settle(here.database, SURVEY)
    with here.database.snapshot() as session:
        found = standing.stand(session, now)
    one = next((run for run in found.runs if run.planned.id == number), None)
    if one is None:
        abort(404)
    return render_template(
        "courses/run.html",
        line=_line(one, now),
        planned=one.planned,
        reading=one.reading,
        chart=charts.measure(one.reading) if one.reading else None,
        problem=problem,
        survey=SURVEY,
        may_change=access.may_open("courses.edit"),
        opened=one.planned.opens_at is not None and one.planned.opens_at <= now,
        charts=charts,
        danish=danish,
        day=day,
        moment=moment,
        BADGES=BADGES,
    )


def _line(one: RunStanding, now: datetime) -> Line:
    planned = one.planned
    return Line(
        planned=planned,
        state=_state(planned, now),
        asked=_asked(planned),
        reading=one.reading,
        short=one.falls_short,
        synthetic=one.synthetic,
    )


def _state(planned: Planned, now: datetime) -> str:
    if planned.opens_at is None:
        return "Spørges ikke"
    if now < planned.opens_at:
        return f"Spørges {moment(planned.opens_at)}"
    if planned.wave_id is None:
        return "Blev ikke spurgt"
    if not is_over(planned.closes_at, now):
        return "Åben" if planned.closes_at is None else f"Åben {last_day(planned.closes_at)}"
    return "Lukket"


def _asked(planned: Planned) -> str:
    """How many have answered, of those invited or expected."""
    if planned.invited:
        return f"{danish.count_of(planned.received, planned.invited)} inviterede"
    if planned.run.expected is None:
        return danish.number(planned.received)
    return f"{danish.number(planned.received)} (ventet {danish.number(planned.run.expected)})"


def _chart(found: standing.Standing) -> charts.Bars | None:
    entries: Sequence[tuple[str, str, float]] = [
        (f"{supplier.name}: {course.name}", danish.brief(course.reading), shown.share)
        for supplier in found.suppliers
        for course in supplier.courses
        if course.reading is not None and (shown := course.reading.shown()) is not None
    ]
    return charts.bars(entries) if entries else None
