"""How a round's invitations are sent: by themselves or in a file, and how far that has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from analysis import danish
from surveys import dispatch, extract, frame, hours, invitations, steps
from surveys.errors import SecretChanged
from surveys.instrument import SOURCE_LANGUAGE
from surveys.respite import Reason
from surveys.schedule import is_over
from surveys.steps import REMINDED_AFTER, Sending, State, Step
from webapp import access, letters, running
from webapp.delivery import sender
from webapp.fieldwork.words import OFFICE, blueprint, found_wave, moment, state
from webapp.report_words import day

STEPS: Final = {
    Step.INVITATION: "Invitation",
    Step.REMINDER_1: "Første påmindelse",
    Step.REMINDER_2: "Anden påmindelse",
}
COLUMNS: Final = {
    "Venter": (State.WAITING, State.SENDING),
    "Færdige": (State.DONE,),
    "I en fil": (State.HANDED_OVER,),
    "Kom ikke frem": (State.FAILED,),
    "Ved vi ikke": (State.UNCERTAIN,),
}
ALWAYS: Final = ("Venter", "Færdige")
WHY: Final = {
    Reason.RECENT: "blev ikke inviteret: De har fået en undersøgelse for nylig.",
    Reason.OPTED_OUT: "blev ikke inviteret: De har sagt nej tak til alle undersøgelser.",
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step in the table: its name, when it is, and how many are how far."""

    name: str
    when: str
    counts: Sequence[int]


class _Days(IntegerField):
    """A whole number of days."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Skriv et helt tal, for eksempel 60.") from None


class SendingForm(FlaskForm):
    """How a survey's invitations are sent."""

    automatic = SelectField(
        "Hvem sender invitationerne?",
        [InputRequired()],
        choices=[
            SelectChoice("file", "Vi henter en fil og sender selv"),
            SelectChoice("self", "De bliver sendt af sig selv"),
        ],
    )
    reminders = SelectField(
        "Skal der sendes påmindelser?",
        [InputRequired()],
        choices=[SelectChoice("yes", "Ja, på dag 4 og dag 10"), SelectChoice("no", "Nej")],
    )
    rest_days = _Days(
        "Hvor mange dage skal der gå, siden en borger sidst blev spurgt?",
        [
            InputRequired("Skriv et antal dage. Skriv 0, hvis alle må spørges."),
            NumberRange(0, 366, "Skriv et tal fra 0 til 366."),
        ],
    )


@blueprint.route("/staff/runder/udsendelse/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def sending(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """What is sent to whom and when, and the settings of it."""
    here = running()
    found = found_wave(survey, label)
    form = SendingForm()
    with here.database.snapshot() as session:
        how = steps.sending(session, survey)
    if not form.is_submitted():
        form.automatic.data = "self" if how.automatic else "file"
        form.reminders.data = "yes" if how.reminders else "no"
        form.rest_days.data = how.rest_days
        return _page(found, how, form)
    if request.form.get("do") == "again" and FlaskForm().validate():
        with here.database.transaction() as session:
            n = dispatch.send_again(session, found.id, here.clock())
        flash("Beskeden bliver sendt igen." if n == 1 else f"{n} beskeder bliver sendt igen.")
        return redirect(url_for(".sending", survey=survey, label=label), 303)
    if not form.validate():
        return _page(found, how, form), 422
    chosen = Sending(
        automatic=form.automatic.data == "self",
        reminders=form.reminders.data == "yes",
        rest_days=form.rest_days.data,
    )
    with here.database.transaction() as session:
        steps.decide(session, survey, chosen)
    flash("Det er gemt.")
    return redirect(url_for(".sending", survey=survey, label=label), 303)


def _page(found: extract.Wave, how: Sending, form: SendingForm) -> str:
    here = running()
    secret, now = here.settings.secret_key, here.clock()
    with here.database.snapshot() as session:
        had = steps.tally(session, found.id)
        coming = steps.next_reminders(session, found.id)
        members = sum(frame.sizes(session, found.id).values())
        left_alone = invitations.left_alone(session, found.id, secret, now)
        try:
            everybody = invitations.letters(session, found.id, secret)
            mine = letters.by_file(session, found.survey, everybody, here.settings)
        except SecretChanged:
            mine = []
    closed = is_over(found.closes_at, now)
    chance = hours.next_chance(now)
    seen = {one for counts in had.values() for one, n in counts.items() if n}
    columns = [name for name, of in COLUMNS.items() if name in ALWAYS or not seen.isdisjoint(of)]
    uncertain = sum(counts.get(State.UNCERTAIN, 0) for counts in had.values())
    return render_template(
        "fieldwork/sending.html",
        wave=found,
        title=found.instrument.title(SOURCE_LANGUAGE),
        state=state(found, now),
        closed=closed,
        chance=moment(chance) if chance > now and how.automatic and not closed else None,
        too_late=found.closes_at is not None and found.closes_at <= chance,
        how=how,
        form=form,
        lines=[_line(step, had, coming, how, columns, closed=closed) for step in Step],
        columns=columns,
        members=members,
        by_file=len(mine),
        left_alone=[(left_alone[why], words) for why, words in WHY.items() if left_alone.get(why)],
        uncertain=uncertain,
        served=sender.channels(here.settings),
        anonymous=found.anonymity == "anonymous",
        danish=danish,
    )


def _line(
    step: Step,
    had: Mapping[Step, Mapping[State, int]],
    coming: Mapping[Step, date],
    how: Sending,
    columns: Sequence[str],
    *,
    closed: bool,
) -> StepLine:
    counts = had.get(step, {})
    when = "Når de er inviteret"
    if step in REMINDED_AFTER:
        when = f"{REMINDED_AFTER[step]} dage efter invitationen"
        if how.automatic and not how.reminders:
            when = "Slået fra"
        elif step in coming and not closed:
            when = f"{when}. Næste er {day(coming[step])}"
    return StepLine(
        STEPS[step],
        when,
        [sum(counts.get(one, 0) for one in states) for states in map(COLUMNS.__getitem__, columns)],
    )
