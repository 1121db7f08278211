"""Meetings that were held: which teams take part, files of meetings, cards to hand out.

How many were asked stands here; who it was does not.
"""

from collections.abc import Sequence
from typing import Final

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf import FlaskForm
from structlog import get_logger
from werkzeug.wrappers import Response as Answer

from analysis import danish
from surveys import definition, keys, meetings, spreadsheet, steps
from surveys.database import Database
from surveys.errors import SecretChanged, UnusableCell
from surveys.instrument import SOURCE_LANGUAGE
from surveys.invitations import Letter
from surveys.wording import say
from webapp import Clock, access, carried, citizen, paper, running, typeset
from webapp.fieldwork.words import OFFICE
from webapp.settings import Settings

blueprint = Blueprint("meetings", __name__)
log = get_logger()

FIELDS: Final = {
    "reference": "Jeres eget nummer på personen", "week": "Uge (eller dato)",
    "kind": "Mødets form", "unit": "Enhed", "team": "Team", "channel": "Måde at kontakte på",
    "language": "Sprog", "email": "E-mail", "phone": "Telefon", "key": "Mødets nøgle",
}  # fmt: skip
STATES: Final = {
    "waiting": "Venter", "invited": "Spurgt", "asked_before": "Spurgt for nylig",
    "opted_out": "Vil ikke spørges", "too_late": "For sent", "team_off": "Ikke med",
}  # fmt: skip


@blueprint.get("/staff/moeder")
@access.opened_to(access.READERS)
def overview() -> str:
    """Every team: whether its meetings are followed up, and what became of them."""
    return _overview()


@blueprint.post("/staff/moeder")
@access.opened_to(OFFICE)
def switch() -> str | tuple[str, int] | Answer:
    """Let a team take part from a day on, or no more."""
    if not FlaskForm().validate():
        return _overview("Siden har været åben længe. Prøv igen."), 422
    team = " ".join(request.form.get("team", "").split())
    if "off" in request.form:
        with running().database.transaction() as session:
            meetings.switch_off(session, request.form["off"])
        flash(f"{request.form['off'] or 'Møder uden team'} er ikke længere med.")
        return redirect(url_for(".overview"), 303)
    typed = request.form.get("day", "")
    try:
        day = spreadsheet.as_day(typed)
    except UnusableCell:
        day = None
    wrong = {}
    if len(team) > 60:
        wrong["team"] = "Skriv højst 60 tegn."
    if day is None:
        wrong["day"] = "Skriv datoen som 24-12-2026."
    if wrong or day is None:
        return _overview(wrong=wrong, team=team, typed=typed), 422
    with running().database.transaction() as session:
        meetings.switch_on(session, team, day)
    flash(f"{team or 'Møder uden team'} er med fra uge {day.isocalendar().week}.")
    return redirect(url_for(".overview"), 303)


@blueprint.route("/staff/moeder/fil", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def upload() -> str | tuple[str, int] | Answer:
    """Take in a file of meetings: chosen, looked through, and then all or nothing."""
    if request.method == "GET":
        return render_template("meetings/upload.html", problem="", fields=FIELDS)
    sent = carried.taken(meetings.FIELDS)
    if isinstance(sent, str):
        return render_template("meetings/upload.html", problem=sent, fields=FIELDS), 422
    here = running()
    reading = meetings.read(sent.table, sent.mapping, here.clock())
    if "sure" in request.form and not reading.problems:
        with here.database.transaction() as session:
            done = meetings.take(session, reading)
        flash(
            f"{danish.number(done.waiting)} møder er taget ind."
            f" {danish.number(done.known)} var her i forvejen."
            f" {danish.number(done.team_off)} er fra teams, der ikke er med."
        )
        return redirect(url_for(".overview"), 303)
    return carried.page(
        "meetings/look.html", sent, reading.problems, FIELDS, count=len(reading.meetings)
    )


@blueprint.get("/staff/moeder/kort")
@access.opened_to(OFFICE)
def handouts() -> str:
    """Those who have no channel, and the card of each."""
    found = sorted(_handouts(), key=lambda letter: letter.reference)
    return render_template(
        "meetings/handouts.html", letters=found, spelled=keys.spelled, danish=danish
    )


@blueprint.get("/staff/moeder/kort.pdf")
@access.opened_to(OFFICE)
def printed() -> Response:
    """Their cards, to print: one on each page, with the number to cut off."""
    found = sorted(_handouts(), key=lambda letter: letter.reference)
    if not found:
        abort(404)
    here = running()
    instrument = definition.catalogue()[meetings.SURVEY]
    offered = citizen.offered(instrument)
    cards = []
    for letter in found:
        language = letter.language if letter.language in offered else SOURCE_LANGUAGE
        address = f"{here.settings.public_url}/s/{letter.code}"
        cards.append(
            {
                "language": language,
                "title": instrument.title(language),
                "scan": say("card_scan", language),
                "type": say("card_type", language, address=paper.bare(here.settings.public_url)),
                "svg": paper.qr_code(address),
                "alternative": say("paper_qr", language, address=address),
                "code": keys.spelled(letter.code),
                "reference": letter.reference,
            }
        )
    content = {
        "title": instrument.title(SOURCE_LANGUAGE),
        "municipality": here.settings.municipality,
        "cards": cards,
    }
    response = make_response(typeset.pdf("handouts", content, here.clock()))
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = 'attachment; filename="hoert-kort-til-moeder.pdf"'
    return response


def upkeep(database: Database, clock: Clock) -> None:
    """Ask those who had a meeting, where there are enough of them, and forget old meetings."""
    with database.transaction() as session:
        invited = meetings.invite_waiting(session, Settings().secret_key, clock())
        meetings.forget(session, clock())
    if invited:
        log.info("people asked after meetings", n=invited)


def _handouts() -> Sequence[Letter]:
    here = running()
    with here.database.snapshot() as session:
        try:
            return meetings.handouts(session, here.settings.secret_key, here.clock())
        except SecretChanged:
            return []


def _overview(
    problem: str = "", *, wrong: dict[str, str] | None = None, team: str = "", typed: str = ""
) -> str:
    with running().database.snapshot() as session:
        teams = meetings.tally(session)
        sent = steps.sending(session, meetings.SURVEY).automatic
        month = meetings.newest_wave(session)
    return render_template(
        "meetings/overview.html",
        problem=problem,
        wrong=wrong or {},
        team=team,
        typed=typed,
        teams=teams,
        sent=sent,
        survey=meetings.SURVEY,
        month=month,
        cards=len(_handouts()),
        STATES=STATES,
        danish=danish,
        may_change=access.may_open("meetings.switch"),
    )
