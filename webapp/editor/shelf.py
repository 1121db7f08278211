"""All instruments: begun, copied, taken in from a workbook, published and thrown away."""

import re
from collections.abc import Sequence
from typing import Final

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from surveys import definition, drafts
from surveys.errors import Defect, DraftOvertaken, InvalidDefinition, NameTaken, UnknownSurvey
from webapp import access, defect_words, running
from webapp.editor.words import EDITORS, ButtonForm, blueprint, me

LARGEST_WORKBOOK: Final = 900 * 1024
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class NewForm(FlaskForm):
    """A new instrument: its title, its name, and what it begins with."""

    title = StringField("Titel", [InputRequired("Skriv en titel."), Length(max=80)])
    name = StringField(
        "Kort navn",
        [
            InputRequired("Skriv et kort navn."),
            Regexp(_NAME, message="Brug små bogstaver a–z, tal og _. Højst 40 tegn."),
        ],
    )
    source = SelectField("Begynd med", choices=[])


@blueprint.get("/staff/skemaer")
@access.opened_to(EDITORS)
def overview() -> str:
    """Every instrument, and the way to a new one."""
    return _overview(NewForm(formdata=None))


@blueprint.post("/staff/skemaer")
@access.opened_to(EDITORS)
def create() -> Answer | tuple[str, int]:
    """Begin a new instrument, empty or as a copy."""
    form = NewForm()
    here = running()
    with here.database.snapshot() as session:
        form.source.choices = _sources(drafts.entries(session))
    if form.validate():
        try:
            with here.database.transaction() as session:
                draft = drafts.create(
                    session,
                    form.name.data,
                    form.title.data,
                    me(),
                    here.clock(),
                    source=form.source.data or None,
                )
            return redirect(url_for(".edit", name=draft.name), 303)
        except NameTaken:
            form.name.errors = ["Der er et skema med det navn. Vælg et andet."]
    return _overview(form), 422


@blueprint.post("/staff/skemaer/hent")
@access.opened_to(EDITORS)
def upload() -> Answer | tuple[str, int]:
    """Begin a draft from an XLSForm."""
    file = request.files.get("file")
    content = file.read(LARGEST_WORKBOOK + 1) if file else b""
    here = running()
    if not ButtonForm().validate():
        old = Defect("", "Siden har været åben længe.", "Prøv igen.")
        return _overview(NewForm(formdata=None), [old]), 422
    try:
        document = definition.from_xlsform(content)
        with here.database.transaction() as session:
            draft = drafts.receive(session, document, me(), here.clock())
    except InvalidDefinition as refusal:
        told = [
            Defect(defect_words.place({}, one.path), *defect_words.in_danish(one))
            for one in refusal.defects
        ]
        return _overview(NewForm(formdata=None), told), 422
    except NameTaken:
        taken = Defect("", "Der er en kladde med det navn.", "Udgiv eller slet den først.")
        return _overview(NewForm(formdata=None), [taken]), 422
    return redirect(url_for(".edit", name=draft.name), 303)


@blueprint.post("/staff/skemaer/<name>/ret")
@access.opened_to(EDITORS)
def begin(name: str) -> Answer:
    """Go on with the draft of an instrument, or begin one."""
    here = running()
    if not ButtonForm().validate():
        flash("Siden havde været åben længe. Prøv igen.", "warning")
        return redirect(url_for(".overview"), 303)
    try:
        with here.database.transaction() as session:
            drafts.begin(session, name, me(), here.clock())
    except UnknownSurvey:
        abort(404)
    return redirect(url_for(".edit", name=name), 303)


@blueprint.get("/staff/skemaer/<name>/xlsform")
@access.opened_to(EDITORS)
def export(name: str) -> Answer:
    """The newest version, or a sound draft, as an XLSForm."""
    with running().database.snapshot() as session:
        draft = drafts.find(session, name)
        try:
            document = draft.document if draft else drafts.newest(session, name)
        except UnknownSurvey:
            abort(404)
    try:
        content = definition.to_xlsform(document)
    except InvalidDefinition:
        flash("Skemaet kan ikke hentes, før fejlene er rettet.", "warning")
        return redirect(url_for(".edit", name=name), 303)
    response = Response(
        content, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@blueprint.post("/staff/skemaer/<name>/udgiv")
@access.opened_to(EDITORS)
def publish(name: str) -> Answer:
    """Make the draft the newest version, when nothing is wrong with it."""
    if ButtonForm().validate():
        try:
            with running().database.transaction() as session:
                version = drafts.publish(session, name, request.form.get("revision", 0, int))
            flash(f"Version {version} er udgivet. Nye runder bruger den.")
            return redirect(url_for(".overview"), 303)
        except InvalidDefinition:
            flash("Skemaet er ikke udgivet. Der er noget, der skal rettes først.", "warning")
        except DraftOvertaken:
            flash(
                "Skemaet er ikke udgivet. En anden har gemt imens. Se det igennem, og udgiv så.",
                "warning",
            )
    else:
        flash("Siden havde været åben længe. Prøv igen.", "warning")
    return redirect(url_for(".edit", name=name), 303)


@blueprint.post("/staff/skemaer/<name>/slet")
@access.opened_to(EDITORS)
def discard(name: str) -> Answer:
    """Throw the draft away; published versions stay."""
    if ButtonForm().validate() and "sure" in request.form:
        try:
            with running().database.transaction() as session:
                drafts.discard(session, name, request.form.get("revision", 0, int))
            flash("Kladden er slettet.")
            return redirect(url_for(".overview"), 303)
        except DraftOvertaken:
            flash("Kladden er ikke slettet. En anden har gemt imens.", "warning")
    else:
        flash("Sæt kryds, hvis kladden skal slettes.", "warning")
    return redirect(url_for(".edit", name=name, _anchor="slet"), 303)


def _overview(form: NewForm, defects: Sequence[Defect] = ()) -> str:
    with running().database.snapshot() as session:
        entries = drafts.entries(session)
    form.source.choices = _sources(entries)
    return render_template(
        "editor/overview.html", entries=entries, form=form, button=ButtonForm(), defects=defects
    )


def _sources(entries: Sequence[drafts.Entry]) -> list[tuple[str, str]]:
    return [
        ("", "Et tomt skema"),
        *((entry.name, f"En kopi af {entry.title}") for entry in entries if entry.version),
    ]
