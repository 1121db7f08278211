"""How long everything is kept: shown to all who read, decided by those who answer for it."""

from dataclasses import astuple
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import Field, IntegerField, ValidationError
from wtforms.validators import InputRequired, StopValidation

from analysis import danish
from surveys import extract, fieldwork, retention
from surveys.errors import UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE
from surveys.retention import DEFAULTS, LONGEST, Lifetimes
from webapp import access, running
from webapp.fieldwork.words import BRIEFLY, blueprint, moment
from webapp.report_words import day

ANSWERABLE: Final = frozenset({access.Role.LEDER, access.Role.ADMINISTRATOR})
"""Who decides how long things are kept."""

KEPT: Final = {
    "frame": "Lister over dem, vi spørger", "draft": "Svar, der ikke er sendt",
    "named": "Hvem der har givet hvilket svar", "text": "Det, borgerne skriver",
    "response": "Alle andre svar", "invitation": "Invitationer",
    "upload": "Filer, der ikke blev brugt",
}  # fmt: skip


_TYPE_DAYS: Final = f"Skriv et antal dage fra 1 til {danish.number(LONGEST)}."


def _days(_: FlaskForm, field: Field) -> None:
    if field.process_errors or field.data is None or not 1 <= field.data <= LONGEST:
        field.errors = []
        raise StopValidation(_TYPE_DAYS)


class LifetimesForm(FlaskForm):
    """How many days a survey keeps things."""

    frame = IntegerField(KEPT["frame"], [InputRequired(_TYPE_DAYS), _days])
    draft = IntegerField(KEPT["draft"], [InputRequired(_TYPE_DAYS), _days])
    text = IntegerField(KEPT["text"], [InputRequired(_TYPE_DAYS), _days])
    response = IntegerField(KEPT["response"], [InputRequired(_TYPE_DAYS), _days])

    def validate_frame(self, field: Field) -> None:
        """What leads to the people does not outlive what they said."""
        self._within_answers(field, "Listerne")

    def validate_text(self, field: Field) -> None:
        """Words belong to an answer."""
        self._within_answers(field, "Det, borgerne skriver,")

    def _within_answers(self, field: Field, what: str) -> None:
        longest: Any = self.response.data
        if field.data and longest and field.data > longest:
            raise ValidationError(f"{what} kan ikke gemmes længere end svarene.")


@blueprint.get("/staff/runder/opbevaring")
@access.opened_to(access.READERS)
def kept() -> str:
    """How long everything is kept, what was decided, and what was deleted last."""
    here = running()
    now = here.clock()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
        decided = retention.decided(session)
        runs = retention.runs(session)
        changes = retention.changes(session)
        next_run = retention.next_run(session, now)
    titles = {one.survey: one.instrument.title(SOURCE_LANGUAGE) for one in reversed(waves)}
    seen: dict[tuple[str, str], Lifetimes] = {}
    for one in waves:
        lives = decided.get(one.survey, DEFAULTS[one.anonymity])
        seen.setdefault((one.survey, one.anonymity), lives)
    return render_template(
        "fieldwork/kept.html",
        surveys=[(*key, titles[key[0]], BRIEFLY[key[1]], seen[key]) for key in sorted(seen)],
        endless=[one for one in waves if one.closes_at is None],
        runs=runs,
        changes=[(one, titles.get(one.survey, one.survey)) for one in changes],
        next_run=None if next_run <= now else next_run,
        may_decide=access.may_open("fieldwork.decide_lifetimes"),
        moment=moment,
        day=day,
        danish=danish,
        KEPT=KEPT,
    )


@blueprint.route("/staff/runder/opbevaring/<survey>", methods=["GET", "POST"])
@access.opened_to(ANSWERABLE)
def decide_lifetimes(survey: str) -> str | tuple[str, int] | Answer:
    """Decide how many days a survey keeps things; what gets shorter is asked about once more."""
    here = running()
    with here.database.snapshot() as session:
        try:
            newest = extract.wave(session, survey)
        except UnknownSurvey:
            abort(404)
        before = retention.lifetimes(session, survey, newest.anonymity)
    usual = DEFAULTS[newest.anonymity]
    form = LifetimesForm(obj=before)
    shorter = False
    if form.validate_on_submit():
        lives = Lifetimes(form.frame.data, form.draft.data, form.text.data, form.response.data)
        shorter = any(new < old for new, old in zip(astuple(lives), astuple(before), strict=True))
        if not shorter or "sure" in request.form:
            with here.database.transaction() as session:
                survey_id = fieldwork.survey_named(session, survey)
                decision = None if lives == usual else lives
                retention.decide(session, survey_id, decision, here.clock())
            flash("Det er gemt. De nye tider gælder fra næste sletning.")
            return redirect(url_for(".kept"), 303)
    page = render_template(
        "fieldwork/lifetimes.html",
        form=form,
        title=newest.instrument.title(SOURCE_LANGUAGE),
        usual=None if before == usual else usual,
        shorter=shorter,
        danish=danish,
        LONGEST=LONGEST,
    )
    return (page, 422) if form.errors or shorter else page
