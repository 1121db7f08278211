"""Actions: promised by staff, followed on the board, and told to the public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from analysis import actions, danish, indicators, plan, release, standing
from analysis.actions import Action, State
from analysis.coding import AUDIENCES
from analysis.corpus import code_frame
from analysis.indicators import Reading
from analysis.standing import SurveyStanding
from surveys import links
from surveys.instrument import SOURCE_LANGUAGE
from surveys.wording import LANGUAGE_NAMES
from webapp import access, citizen, running
from webapp.answering_tables import StaffUnitRow
from webapp.report_words import short_day

blueprint = Blueprint("actions", __name__)

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")
STATES: Final = {State.OPEN: "I gang", State.DONE: "Færdig", State.DROPPED: "Opgivet"}
TOLD_IN: Final = ("da", "en", "uk", "ar")
"""The languages that staff can tell the public in; the page falls back on Danish."""


def today() -> date:
    """The day it is in Denmark."""
    return running().clock().astimezone(COPENHAGEN).date()


class Day(DateField):
    """A day, with our own words for what is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; nothing at all is no day either."""
        try:
            self.data = date.fromisoformat(valuelist[0] if valuelist else "")
        except ValueError:
            raise ValueError("Skriv en dato.") from None


class ActionForm(FlaskForm):
    """What is done, about what, by whom and when."""

    subject = SelectField("Hvad handler det om?", validate_choice=False)
    unit = SelectField("Hvilken enhed gør det?", validate_choice=False)
    words = StringField("Hvad gør I?", [InputRequired("Skriv, hvad I vil gøre."), Length(max=300)])
    owner = StringField("Hvem har ansvaret?", [InputRequired("Skriv, hvem der har ansvaret.")])
    due = Day("Hvornår skal det være færdigt?")
    state = RadioField("Status", default=State.OPEN.value, validate_choice=False)
    told_da = TextAreaField("Fortæl borgerne det på dansk", [Length(max=600)])
    told_en = TextAreaField("… på engelsk", [Length(max=600)])
    told_uk = TextAreaField("… på ukrainsk", [Length(max=600)])
    told_ar = TextAreaField("… på arabisk", [Length(max=600)])

    def validate_state(self, field: RadioField) -> None:
        """One of the states."""
        if field.data not in set(State):
            raise ValidationError("Vælg en status.")

    def validate_unit(self, field: SelectField) -> None:
        """One of those on offer."""
        if (field.data or "") not in {choice.value for choice in field.choices}:
            raise ValidationError("Vælg en af enhederne.")

    def validate_told_en(self, field: TextAreaField) -> None:
        """No translation without the Danish text that it translates."""
        others = [self[f"told_{name}"].data for name in TOLD_IN if name != SOURCE_LANGUAGE]
        if any((text or "").strip() for text in others) and not (self.told_da.data or "").strip():
            raise ValidationError("Skriv den danske tekst også.")


@blueprint.get("/staff/handlinger")
@access.opened_to(access.READERS)
def overview() -> str:
    """The actions that one may see, the open ones first."""
    with running().database.snapshot() as session:
        listed = actions.listed(session, units=access.units())
        about = subjects(plan.current(session))
    return render_template(
        "actions/overview.html",
        actions=listed,
        subjects=about,
        subject=subject_of,
        states=STATES,
        today=today(),
        day=short_day,
        may_write=may_write(),
        may_change=may_change,
    )


@blueprint.route("/staff/handlinger/<any(ny):new>", methods=["GET", "POST"])
@blueprint.route("/staff/handlinger/<int:number>", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def edit(number: int | None = None, new: str = "") -> str | Response | tuple[str, int]:
    """Write a new action, or change one."""
    here = running()
    with here.database.snapshot() as session:
        about = subjects(plan.current(session))
        known = None if number is None else actions.found(session, number)
        units = _units(session, known)
    if not may_write() or (number is not None and (known is None or not may_change(known))):
        abort(404)
    form = ActionForm(data=_as_written(known))
    form.unit.choices = [SelectChoice(unit, unit or "Hele huset") for unit in units]
    form.subject.choices = [SelectChoice(code, name) for code, name in about.items()]
    form.state.choices = [SelectChoice(state.value, word) for state, word in STATES.items()]
    if not form.is_submitted():
        return render_template("actions/edit.html", form=form, known=known, names=LANGUAGE_NAMES)
    if form.validate() and form.subject.data in about:
        with here.database.transaction() as session:
            actions.keep(session, _written(form, number), today())
        flash("Handlingen er gemt.")
        return redirect(url_for("actions.overview"))
    page = render_template("actions/edit.html", form=form, known=known, names=LANGUAGE_NAMES)
    return page, 422


@dataclass(frozen=True, slots=True)
class Told:
    """An action as the public reads it. `language` is the text's own, Danish when untranslated.

    `subject_language` is that of what it is about. `before` and `now` are figures with their base,
    in Danish; `by_chance` says that they may differ by chance.
    """

    subject: str
    subject_language: str
    text: str
    language: str
    state: State
    day: date
    before: str | None
    now: str | None
    by_chance: bool


@blueprint.get("/det-goer-vi")
def public() -> str:
    """What people said, and what is done about it."""
    language = citizen.spoken(request.args.get("lang"), citizen.offered())
    database = running().database
    with database.snapshot() as session:
        listed = actions.listed(session, told=True)
    if listed:
        release.settle(database)
    with database.snapshot() as session:
        told = [_told(session, one, language) for one in listed]
    return citizen.render(
        "actions/public.html",
        language,
        told=told,
        day=lambda day: format_date(day, "long", locale=language),
    )


def may_write() -> bool:
    """Whether the person who is signed in has somewhere to write an action for."""
    return access.may_open("actions.edit") and access.units() != frozenset()


def may_change(action: Action) -> bool:
    """Whether an action is for the person who is signed in: of their units, or they see all."""
    mine = access.units()
    return mine is None or action.unit in mine


def subject_of(action: Action) -> str:
    """What an action is about, as a form's value."""
    if action.indicator:
        return f"indicator:{action.indicator}"
    return f"theme:{action.theme}" if action.theme else ""


def subjects(in_force: plan.Plan) -> Mapping[str, str]:
    """All that an action can be about, by the value that a form has for it."""
    found = {"": "Noget andet"}
    found |= {f"indicator:{one.code}": one.name("da") for one in in_force}
    for audience in sorted(AUDIENCES):
        for theme in code_frame(audience).themes:
            found[f"theme:{audience}/{theme.code}"] = f"Tema: {theme.name}"
    return found


def _units(session: Session, known: Action | None) -> Sequence[str]:
    """The units that an action can be of; the empty one is the whole house."""
    mine = access.units()
    if mine is not None:
        return sorted(mine)
    found = {*links.places(session)[0], *session.scalars(select(StaffUnitRow.unit))}
    if known and known.unit:
        found.add(known.unit)
    return ["", *sorted(found)]


def _as_written(known: Action | None) -> Mapping[str, object]:
    if known is None:
        return {"state": State.OPEN.value, "subject": request.args.get("om", "")}
    return {
        "subject": subject_of(known),
        "unit": known.unit or "",
        "words": known.words,
        "owner": known.owner,
        "due": known.due,
        "state": known.state.value,
        **{f"told_{name}": known.told.get(name, "") for name in TOLD_IN},
    }


def _written(form: ActionForm, number: int | None) -> Action:
    kind, _, code = form.subject.data.partition(":")
    told = {name: (form[f"told_{name}"].data or "").strip() for name in TOLD_IN}
    return Action(
        id=number,
        indicator=code if kind == "indicator" else None,
        theme=code if kind == "theme" else None,
        words=form.words.data.strip(),
        owner=form.owner.data.strip()[:100],
        due=form.due.data,
        state=State(form.state.data),
        made_on=today(),
        ended_on=None,
        told={name: text for name, text in told.items() if text},
        unit=form.unit.data or None,
    )


def _told(session: Session, one: Action, language: str) -> Told:
    in_force = plan.current(session)
    spoken = language if language in one.told else SOURCE_LANGUAGE
    before, now, by_chance = _figures(session, one)
    subject, subject_language = "", SOURCE_LANGUAGE
    if one.indicator:
        subject = next((i.name(language) for i in in_force if i.code == one.indicator), "")
        if subject != next(
            (i.name(SOURCE_LANGUAGE) for i in in_force if i.code == one.indicator), ""
        ):
            subject_language = language
    elif one.theme:
        subject = subjects(in_force).get(subject_of(one), "").removeprefix("Tema: ")
    return Told(
        subject=subject,
        subject_language=subject_language,
        text=one.told[spoken],
        language=spoken,
        state=one.state,
        day=one.ended_on or one.due,
        before=before,
        now=now,
        by_chance=by_chance,
    )


def _figures(session: Session, one: Action) -> tuple[str | None, str | None, bool]:
    """The indicator before the action was made, and after it was done, where both are known."""
    nothing = None, None, False
    if one.indicator is None or one.ended_on is None:
        return nothing
    stood = standing.stand(session, running().settings.place, running().clock(), only=one.indicator)
    found = stood.get(one.indicator)
    if not isinstance(found, SurveyStanding):
        return nothing
    days = [(wave.opens_at.astimezone(COPENHAGEN).date(), wave) for wave in found.waves]
    earlier = [wave for opened, wave in days if opened <= one.made_on]
    later = [wave for opened, wave in days if opened > one.ended_on]
    if not earlier or not later:
        return nothing
    before, now = earlier[0].figure.reading, later[0].figure.reading
    if before.shown() is None or now.shown() is None:
        return nothing
    change = indicators.difference(now, before)
    return _with_base(before), _with_base(now), change is None or not change.demonstrable


def _with_base(reading: Reading) -> str:
    return f"{danish.brief(reading)} ({danish.base(reading)})"
