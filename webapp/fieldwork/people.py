"""The list of those who are asked: the file, what was read in it, then all of it or nothing."""

from datetime import date
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer

from analysis import danish
from surveys import extract, frame, spreadsheet
from surveys.errors import FrameOrLink, UnreadableFile, UnusableCell
from webapp import access, import_words, running
from webapp.fieldwork.words import OFFICE, blueprint, found_wave

MOST_PROBLEMS: Final = 50
SHOWN_ROWS: Final = 5

FIELDS: Final = {
    "reference": "Jeres eget nummer",
    "unit": "Enhed",
    "team": "Team",
    "course": "Kursus",
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
    key = request.values.get("fil", "")
    if request.method == "POST":
        if not FlaskForm().validate():
            return _people_page(found, "Siden har været åben længe. Prøv igen."), 422
        return _look_through(found, key) if key else _receive(found)
    return _people_page(found) if not key else _look_through(found, key)


def _receive(found: extract.Wave) -> str | tuple[str, int] | Answer:
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not sent or not sent.filename:
        return _people_page(found, "Vælg en fil."), 422
    try:
        spreadsheet.read(content)
    except UnreadableFile as unreadable:
        return _people_page(found, import_words.in_danish(unreadable)), 422
    here = running()
    with here.database.transaction() as session:
        key = frame.keep_upload(session, found.id, sent.filename, content, here.clock())
    return redirect(url_for(".people", survey=found.survey, label=found.label, fil=key), 303)


def _look_through(found: extract.Wave, key: str) -> str | tuple[str, int] | Answer:
    here = running()
    with here.database.snapshot() as session:
        kept = frame.upload(session, found.id, key)
        known = frame.references(session, found.id)
    if kept is None:
        return _people_page(found, "Filen er væk. Vælg den igen."), 422
    table = spreadsheet.read(kept.content)
    mapping = frame.mapping_of(table)
    if request.method == "POST":
        mapping = {
            field: int(chosen)
            for field in FIELDS
            if (chosen := request.form.get(f"column.{field}", "")).isdecimal()
            and int(chosen) < len(table.headings)
        }
    reading = frame.read(table, mapping, known)
    problem = ""
    if request.method == "POST" and "sure" in request.form and not reading.problems:
        try:
            with here.database.transaction() as session:
                taken = frame.take(session, found.id, reading)
                frame.discard_upload(session, key)
        except FrameOrLink:
            problem = (
                "Runden har et åbent link, som alle kan svare på. Opret en ny runde til listen."
            )
        else:
            flash(f"{danish.number(taken)} personer er på listen. Nu kan I invitere dem.")
            return redirect(url_for(".wave", survey=found.survey, label=found.label), 303)
    page = render_template(
        "fieldwork/look.html",
        wave=found,
        key=key,
        name=kept.name,
        table=table,
        rows=table.rows[:SHOWN_ROWS],
        mapping=mapping,
        reading=reading,
        problem=problem,
        problems=[
            (import_words.place(one), import_words.in_danish(one))
            for one in reading.problems[:MOST_PROBLEMS]
        ],
        hidden_cells={(one.row, one.column) for one in reading.problems if one.code == "cpr"},
        as_shown=_as_shown,
        danish=danish,
        FIELDS=FIELDS,
    )
    return (page, 422) if problem or reading.problems else page


def _as_shown(cell: spreadsheet.Cell) -> str:
    try:
        return spreadsheet.as_text(cell)
    except UnusableCell:
        return f"{cell:%d-%m-%Y}" if isinstance(cell, date) else "–"


def _people_page(found: extract.Wave, problem: str = "") -> str:
    with running().database.snapshot() as session:
        members = sum(frame.sizes(session, found.id).values())
    return render_template(
        "fieldwork/people.html", wave=found, members=members, problem=problem, danish=danish,
        FIELDS=FIELDS,
    )  # fmt: skip
