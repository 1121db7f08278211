"""Which of the citizens' words may stand in a report: a person says so, one by one."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from analysis import danish, quotes, verdicts
from analysis.disclosure import MINIMUM_FOR_DETAIL
from surveys import extract
from surveys.errors import UnknownSurvey
from webapp import access, running
from webapp.coding import CODERS

blueprint = Blueprint("quotes", __name__)


@blueprint.route("/staff/temaer/citater/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(CODERS)
def choose(survey: str, label: str) -> AnyResponse | str | tuple[str, int]:
    """Release words for the report of a wave, or take them back."""
    database = running().database
    form = FlaskForm()
    problem = None
    try:
        if form.is_submitted():
            problem = _change(survey, label) if form.validate() else "Siden har været åben længe."
            if problem is None:
                here = url_for("quotes.choose", survey=survey, label=label)
                return redirect(f"{here}#quote-{_field('theme')}-{_field('comment')}", 303)
        with database.snapshot() as snapshot:
            wave = extract.wave(snapshot, survey, label)
            page = render_template(
                "coding/quotes.html",
                wave=wave,
                title=wave.instrument.title("da"),
                themes=quotes.candidates(snapshot, wave),
                problem=problem,
                wrong=(_field("comment"), _field("theme")) if problem else None,
                typed=request.form.get("words", ""),
                form=form,
                minimum=MINIMUM_FOR_DETAIL,
                gap=quotes.GAP,
                needs_yes=verdicts.are_needed(wave),
                danish=danish,
            )
    except UnknownSurvey:
        abort(404)
    return (page, 422) if problem else page


def _change(survey: str, label: str) -> str | None:
    """Do what the form asks; what is wrong with it, if anything is."""
    comment, theme = _field("comment"), _field("theme")
    with running().database.transaction() as transaction:
        wave = extract.wave(transaction, survey, label)
        if "withdraw" in request.form:
            quotes.withdraw(transaction, wave, comment, theme)
            return None
        try:
            quotes.release(
                transaction,
                wave,
                comment,
                theme,
                request.form.get("words", ""),
                by=str(current_user.id),
            )
        except quotes.NotTheirWords:
            return (
                "Du kan kun udelade ord. Skriv […] der, hvor noget mangler, og lad mindst tre ord"
                " stå."
            )
        except ValueError:
            # Coded otherwise while the page was open, or erased
            return "Kommentaren kan ikke bruges til det tema mere. Vælg en anden."
    return None


def _field(name: str) -> str:
    return request.form.get(name, "")
