"""A new round, and rounds that open by themselves."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from surveys import fieldwork, recurring, spreadsheet
from surveys.errors import UnknownSurvey, UnusableCell, WaveExists
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import COPENHAGEN, Rhythm, Schedule, end_of, midnight
from webapp import access, running
from webapp.fieldwork.words import ANONYMITY, OFFICE, RHYTHMS, blueprint


class _Day(StringField):
    """A day as Danes write it: 24-12-2026. Its data is the day, None for an empty field."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0] if valuelist else ""
        try:
            self.data = spreadsheet.as_day(self.typed)
        except UnusableCell:
            self.data = self.typed
            raise ValueError("Skriv datoen som 24-12-2026.") from None


def _percent(_: FlaskForm, field: Field) -> None:
    try:
        share = spreadsheet.as_number((field.data or "").replace("%", ""))
    except UnusableCell:
        share = None
        if (field.data or "").strip():
            raise ValidationError("Skriv et tal, for eksempel 85.") from None
    if share is not None and not 0 <= share <= 100:
        raise ValidationError("Målet er fra 0 til 100 procent.")


def _share(field: Field) -> float | None:
    percent = spreadsheet.as_number((field.data or "").replace("%", ""))
    return None if percent is None else float(percent) / 100


class WaveForm(FlaskForm):
    """A new round."""

    survey = SelectField("Undersøgelse", [InputRequired()])
    label = StringField(
        "Rundens navn",
        [InputRequired("Giv runden et navn."), Length(max=60, message="Højst 60 tegn.")],
    )
    opens = _Day("Første dag")
    closes = _Day("Sidste dag")
    anonymity = SelectField(
        "Hvad lover I dem, der svarer?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in ANONYMITY.items()],
    )
    target = StringField("Mål i procent", [_percent])


class ScheduleForm(FlaskForm):
    """When a survey is asked again."""

    survey = SelectField("Undersøgelse", [InputRequired()])
    rhythm = SelectField(
        "Hvornår spørger I?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in RHYTHMS.items()],
    )
    opens = StringField("Klokkeslæt, hvor runden åbner", [InputRequired("Skriv et klokkeslæt.")])
    days = StringField("Antal dage, den er åben", [InputRequired("Skriv et antal dage.")])
    begins = _Day("Tidligst fra")
    anonymity = SelectField(
        "Hvad lover I dem, der svarer?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in ANONYMITY.items()],
    )
    target = StringField("Mål i procent", [_percent])

    def validate_days(self, field: Field) -> None:
        """Whole days, where a round closes."""
        if self.rhythm.data not in {"none", Rhythm.CONTINUOUS.value} and not (
            (field.data or "").isdecimal() and 1 <= int(field.data) <= 120
        ):
            raise ValidationError("Skriv et antal dage fra 1 til 120.")

    def validate_opens(self, field: Field) -> None:
        """A time of day."""
        if _clock(field.data) is None:
            raise ValidationError("Skriv klokkeslættet som 08.00.")

    def schedule(self, today: date) -> Schedule | None:
        """What the form says."""
        if self.rhythm.data == "none":
            return None
        pauses = self.rhythm.data != Rhythm.CONTINUOUS.value
        return Schedule(
            rhythm=Rhythm(self.rhythm.data),
            begins=self.begins.data or today,
            opens_time=_clock(self.opens.data) if pauses else None,
            days=int(self.days.data or 0) if pauses else None,
            anonymity=self.anonymity.data,
            target=_share(self.target),
        )


def _clock(text: str | None) -> time | None:
    hour, _, minute = (text or "").strip().replace(":", ".").partition(".")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None


@blueprint.route("/staff/runder/ny", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def begin() -> str | tuple[str, int] | Answer:
    """Set up a round."""
    here = running()
    now = here.clock()
    form = WaveForm()
    with here.database.snapshot() as session:
        _offer(form.survey, fieldwork.askable(session, SOURCE_LANGUAGE))
    if not form.is_submitted():
        form.survey.data = request.args.get("survey") or form.survey.data
        form.anonymity.data = _usual(request.args.get("survey"))
        return render_template("fieldwork/begin.html", form=form)
    if form.validate():
        opens_at = midnight(form.opens.data) if form.opens.data else now
        closes_at = end_of(form.closes.data) if form.closes.data else None
        label = " ".join(form.label.data.split())
        if closes_at is not None and closes_at <= max(now, opens_at):
            form.closes.errors = ["Den sidste dag skal ligge efter den første og ikke være forbi."]
        else:
            try:
                with here.database.transaction() as session:
                    fieldwork.open_wave(
                        session, form.survey.data, label,
                        opens_at=opens_at, closes_at=closes_at,
                        anonymity=form.anonymity.data, target=_share(form.target),
                    )  # fmt: skip
                flash(f"Runden {label} er oprettet.")
                return redirect(url_for(".wave", survey=form.survey.data, label=label))
            except WaveExists:
                form.label.errors = ["Undersøgelsen har en runde med det navn. Vælg et andet."]
    return render_template("fieldwork/begin.html", form=form), 422


@blueprint.route("/staff/runder/faste", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def schedule() -> str | tuple[str, int] | Answer:
    """Let a survey open its rounds by itself."""
    here = running()
    today = here.clock().astimezone(COPENHAGEN).date()
    form = ScheduleForm()
    with here.database.snapshot() as session:
        _offer(form.survey, fieldwork.askable(session, SOURCE_LANGUAGE))
        known = recurring.schedules(session)
    if not form.is_submitted():
        survey = request.args.get("survey") or form.survey.choices[0].value
        if survey not in {choice.value for choice in form.survey.choices}:
            abort(404)
        _show(form, survey, known.get(survey), today)
        return render_template("fieldwork/schedule.html", form=form)
    if form.validate():
        planned = form.schedule(today)
        with here.database.transaction() as session:
            recurring.plan(session, form.survey.data, planned)
            recurring.keep(session, here.clock())
        flash("Det er gemt." if planned else "Runderne åbner ikke længere af sig selv.")
        return redirect(url_for(".overview"))
    return render_template("fieldwork/schedule.html", form=form), 422


def _usual(survey: str | None) -> str | None:
    """What those who answer a survey are promised, until somebody chooses otherwise."""
    if survey is None:
        return None
    with running().database.transaction() as session:
        try:
            version = fieldwork.newest_version(session, survey)
        except UnknownSurvey:
            return None
        return fieldwork.usual_promise(fieldwork.instrument_version(session, version))


def _show(form: ScheduleForm, survey: str, planned: Schedule | None, today: date) -> None:
    form.survey.data = survey
    form.rhythm.data = planned.rhythm.value if planned else "none"
    form.opens.data = f"{planned.opens_time:%H.%M}" if planned and planned.opens_time else "08.00"
    form.days.data = str(planned.days) if planned and planned.days else "28"
    form.begins.data = planned.begins if planned else today
    form.anonymity.data = planned.anonymity if planned else "anonymous"
    if planned and planned.target is not None:
        form.target.data = f"{planned.target * 100:g}".replace(".", ",")


def _offer(field: SelectField, titles: Mapping[str, str]) -> None:
    named = sorted(titles.items(), key=lambda pair: pair[1])
    field.choices = [SelectChoice(name, title) for name, title in named]
