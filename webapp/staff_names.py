"""The page with the names of the staff that are masked in what citizens write."""

import hashlib

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length, ValidationError

from surveys import staff_names
from webapp import access
from webapp.editor.words import EDITORS

blueprint = Blueprint("staff_names", __name__)


class NamesForm(FlaskForm):
    """The whole list, and a mark of the list that it was made from."""

    names = TextAreaField("Navne", [Length(max=50_000, message="Listen er for lang.")])
    seen = HiddenField()

    def validate_names(self, field: TextAreaField) -> None:
        """Refuse what is no name, by its line and without repeating it."""
        lines = staff_names.unusable(field.data or "")
        if lines:
            raise ValidationError(
                f"Linje {lines[0]} er ikke et navn. Skriv kun navne, uden tal og e-mailadresser."
            )


@blueprint.route("/staff/navne", methods=["GET", "POST"])
@access.opened_to(EDITORS)
def overview() -> str | tuple[str, int] | Response:
    """The list, and a new one in its place."""
    listed = staff_names.listed()
    form = NamesForm()
    problem = ""
    if listed is not None and form.validate_on_submit():
        if form.seen.data != _mark(listed):
            problem = (
                "En kollega har rettet listen imens. Din er ikke gemt. Åbn siden igen, og ret."
            )
        else:
            try:
                staff_names.keep(form.names.data or "")
            except OSError:
                problem = "Listen kan ikke gemmes. Systemet må ikke skrive i filen."
            else:
                flash("Listen er gemt. Den gælder fra nu af.")
                return redirect(url_for(".overview"), 303)
    if not form.is_submitted():
        form.names.data, form.seen.data = listed, _mark(listed or "")
    page = render_template("staff/names.html", form=form, kept=listed is not None, problem=problem)
    return (page, 422) if form.errors or problem else page


def _mark(listed: str) -> str:
    return hashlib.sha256(listed.encode()).hexdigest()
