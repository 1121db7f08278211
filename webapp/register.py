"""Files of numbers from registers: shown before they are kept, and all or nothing."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import FileField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from analysis import plan, register, sheet
from analysis.register import Columns, Figure
from surveys.errors import UnreadableFile
from webapp import access, running
from webapp.import_words import in_danish
from webapp.plan import WRITERS, number, place

blueprint = Blueprint("register", __name__)

LARGEST: Final = 600_000
"""Bytes of a file: it travels in the form, which may be a megabyte."""
SHOWN_ROWS: Final = 8


class FileForm(FlaskForm):
    """The file that somebody has fetched from a register."""

    file = FileField("Fil", [InputRequired("Vælg en fil.")])


class ColumnsForm(FlaskForm):
    """Which columns of the file say what. The file travels with the form until it is kept."""

    content = StringField(validators=[InputRequired()])
    name = StringField(validators=[Length(max=200)])
    period = SelectField("Hvilken kolonne er perioden?", validate_choice=False)
    value = SelectField("Hvilken kolonne er tallet?", validate_choice=False)
    place = SelectField("Hvilken kolonne er området?", validate_choice=False)
    indicator = SelectField("Hvilken kolonne er indikatoren?", validate_choice=False)
    fixed = SelectField("Hvilken indikator er tallene for?", validate_choice=False)
    only_column = SelectField("Tag kun rækker, hvor", validate_choice=False)
    only_value = StringField("er præcis", [Length(max=200)])


@blueprint.route("/staff/register", methods=["GET", "POST"])
@access.opened_to(WRITERS)
def upload() -> str | tuple[str, int] | Response:
    """Take a file and ask which columns say what."""
    form = FileForm()
    if not form.is_submitted():
        return render_template("plan/upload.html", form=form)
    if form.validate():
        content = form.file.data.read(LARGEST + 1)
        if len(content) > LARGEST:
            form.file.errors = ["Filen er for stor. Den må fylde 600 kB. Vælg færre perioder."]
        else:
            try:
                found = sheet.read(content)
            except UnreadableFile as reason:
                form.file.errors = [in_danish(reason)]
            else:
                return _ask(found, content, form.file.data.filename or "")
    return render_template("plan/upload.html", form=form), 422


@blueprint.post("/staff/register/indlæs")
@access.opened_to(WRITERS)
def keep() -> Response | tuple[str, int] | str:
    """Show what the file would change, and keep it when the reader says so."""
    here = running()
    form = ColumnsForm()
    try:
        content = base64.b64decode(form.content.data or "", validate=True)
        found = sheet.read(content)
    except (binascii.Error, UnreadableFile):
        flash("Filen kom ikke med. Vælg den igen.")
        return redirect(url_for("register.upload"))
    with here.database.snapshot() as session:
        in_force = plan.current(session)
    _offer(form, found, in_force)
    trouble: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    done: register.Recorded | None = None
    if form.validate():
        try:
            figures = _figures(form, found, in_force)
        except register.InvalidRegister as reason:
            trouble = str(reason).splitlines()
        else:
            sure = "sure" in request.form
            with here.database.transaction() as session:
                done = register.record(session, figures, here.clock(), rehearse=not sure)
            if sure:
                flash(_told(done))
                return redirect(url_for("plan.overview"))
    page = render_template(
        "plan/columns.html",
        form=form,
        sheet=found,
        rows=found.rows[:SHOWN_ROWS],
        trouble=trouble,
        figures=figures,
        done=done,
        number=number,
        units=in_force.register_codes(),
        names=_names(in_force),
        place=place(),
    )
    return page if done else (page, 422)


def _ask(found: sheet.Sheet, content: bytes, name: str) -> str:
    with running().database.snapshot() as session:
        in_force = plan.current(session)
    columns = register.guess(found)
    guessed: dict[str, Any] = {}
    if columns:
        guessed = {
            "period": columns.period,
            "value": columns.value,
            "place": columns.place or "",
            "indicator": columns.indicator or "",
        }
    form = ColumnsForm(
        formdata=None,
        data={"content": base64.b64encode(content).decode(), "name": name, **guessed},
    )
    _offer(form, found, in_force)
    return render_template(
        "plan/columns.html",
        form=form,
        sheet=found,
        rows=found.rows[:SHOWN_ROWS],
        trouble=(),
        figures=(),
        done=None,
        number=number,
        units=in_force.register_codes(),
        names=_names(in_force),
        place=place(),
    )


def _offer(form: ColumnsForm, found: sheet.Sheet, in_force: plan.Plan) -> None:
    columns = [SelectChoice(name, name) for name in found.columns]
    form.period.choices = form.value.choices = columns
    form.place.choices = [SelectChoice("", f"Ingen. Alle tal er for {place()}"), *columns]
    form.indicator.choices = [
        SelectChoice("", "Ingen. Alle tal er for én indikator"),
        *columns,
    ]
    form.only_column.choices = [SelectChoice("", "Tag alle rækker"), *columns]
    form.fixed.choices = [SelectChoice(code, name) for code, name in _names(in_force).items()]


def _names(in_force: plan.Plan) -> Mapping[str, str]:
    named = {one.code: one.name("da") for one in in_force}
    named |= {series.code: series.name("da") for one in in_force for series in one.shows}
    return {code: named[code] for code in in_force.register_codes()}


def _figures(form: ColumnsForm, found: sheet.Sheet, in_force: plan.Plan) -> Sequence[Figure]:
    only = form.only_column.data
    return register.figures(
        found,
        Columns(
            period=form.period.data or "",
            value=form.value.data or "",
            place=form.place.data or None,
            indicator=form.indicator.data or None,
            where=((only, (form.only_value.data or "").strip()),) if only else (),
        ),
        in_force.register_codes(),
        indicator=form.fixed.data or None,
        place=place(),
        source=form.name.data or "Fil",
    )


def _told(done: register.Recorded) -> str:
    return f"{done.new} nye tal er gemt. {done.changed} er rettet. {done.known} var der allerede."
