"""The list of those who are asked: the file, what was read in it, then all of it or nothing."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from analysis import danish
from surveys import extract, frame
from surveys.errors import FrameOrLink
from webapp import access, carried, running
from webapp.fieldwork.words import OFFICE, blueprint, found_wave

OPEN_LINK: Final = "Runden har et åbent link, som alle kan svare på. Opret en ny runde til listen."
FIELDS: Final = {
    "reference": "Jeres eget nummer",
    "unit": "Enhed",
    "team": "Team",
    "course": "Kursus",
    "caseworker": "Sagsbehandlerens nøgle",
    "channel": "Måde at kontakte på",
    "language": "Sprog",
    "email": "E-mail",
    "phone": "Telefon",
}


@blueprint.route("/staff/runder/liste/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def people(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """Take a list of those who are asked: the file, then what was read in it, then all or none."""
    found = found_wave(survey, label)
    key, trouble = carried.keep(found.id)
    if trouble:
        return _people_page(found, trouble), 422
    if key != request.values.get("fil", ""):
        return redirect(url_for(".people", survey=survey, label=label, fil=key), 303)
    return _look_through(found, key) if key else _people_page(found)


def _look_through(found: extract.Wave, key: str) -> str | tuple[str, int] | Answer:
    here = running()
    sent = carried.kept(found.id, key, frame.FIELDS)
    if sent is None:
        return _people_page(found, "Filen er væk. Vælg den igen."), 422
    with here.database.snapshot() as session:
        known = frame.references(session, found.id)
    reading = frame.read(sent.table, sent.mapping, known)
    problem = ""
    if request.method == "POST" and "sure" in request.form and not reading.problems:
        try:
            with here.database.transaction() as session:
                taken = frame.take(session, found.id, reading)
                frame.discard_upload(session, key)
        except FrameOrLink:
            problem = OPEN_LINK
        else:
            flash(f"{danish.number(taken)} personer er på listen. Nu kan I invitere dem.")
            return redirect(url_for(".wave", survey=found.survey, label=found.label), 303)
    return carried.page(
        "fieldwork/look.html",
        sent,
        reading.problems,
        FIELDS,
        problem,
        back=url_for(".people", survey=found.survey, label=found.label),
        ready=f"{danish.number(len(reading.members))} personer",
    )


def _people_page(found: extract.Wave, problem: str = "") -> str:
    with running().database.snapshot() as session:
        members = sum(frame.sizes(session, found.id).values())
    return render_template(
        "fieldwork/people.html", wave=found, members=members, problem=problem, danish=danish,
        FIELDS=FIELDS,
    )  # fmt: skip
