"""Reports beside those of single waves: the whole plan on paper, and what is sent by e-mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer
from wtforms import RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from analysis import release
from surveys import extract
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, report_orders, running
from webapp.plan import place
from webapp.report_orders import Order, Rhythm, Subject
from webapp.report_words import day, moment
from webapp.results import attached
from webapp.wall import Wall

blueprint = Blueprint("report_files", __name__)

RHYTHMS: Final = {
    Rhythm.WAVE: "Når en runde er lukket",
    Rhythm.FORTNIGHT: "Hver 14. dag, dagen før tavlemødet",
    Rhythm.MONTH: "Den første i hver måned",
}
FORMS: Final = {"pdf": "Dokument (PDF)", "xlsx": "Regneark (Excel)"}
FAILURES: Final = {
    "undeliverable": "Adressen tager ikke imod mail",
    "postponed": "Adressen tog ikke imod. Vi prøver igen",
    "unavailable": "Mailserveren svarede ikke. Vi prøver igen",
    "uncertain": "Mailserveren sagde ikke, om den tog imod. Vi sender den ikke igen",
    "empty": "Der var ingen svar at sende",
}


class OrderForm(FlaskForm):
    """A report to send again and again."""

    subject = SelectField(
        "Hvad skal sendes?", [InputRequired("Vælg, hvad der skal sendes.")], validate_choice=False
    )
    form = RadioField(
        "Som hvad?", choices=[SelectChoice(*one) for one in FORMS.items()], default="pdf"
    )
    rhythm = RadioField(
        "Hvornår?",
        choices=[SelectChoice(one.value, words) for one, words in RHYTHMS.items()],
        default="wave",
    )
    recipients = SelectMultipleField("Hvem skal have den?", coerce=int, validate_choice=False)

    def validate_subject(self, field: SelectField) -> None:
        """One of those on offer."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Vælg, hvad der skal sendes.")

    def validate_form(self, field: RadioField) -> None:
        """The plan and the board are documents."""
        if field.data == "xlsx" and self.subject.data in {Subject.PLAN, Subject.BOARD}:
            raise ValidationError("Planen og tavlen kan kun sendes som dokument.")

    def validate_rhythm(self, field: RadioField) -> None:
        """Only a survey has waves."""
        if field.data == Rhythm.WAVE and self.subject.data in {Subject.PLAN, Subject.BOARD}:
            raise ValidationError("Planen og tavlen har ingen runder. Vælg en anden tid.")

    def validate_recipients(self, field: SelectMultipleField) -> None:
        """Somebody who may read reports."""
        offered = {choice.value for choice in field.choices}
        if not field.data or not offered.issuperset(field.data):
            raise ValidationError("Vælg mindst én.")


@blueprint.get("/staff/plan.<any(pdf, xlsx):file>")
@access.opened_to(access.READERS)
def plan(file: str) -> Response:
    """The whole plan as a file."""
    return attached(written_plan(file), f"hoert-planen.{file}")


def written_plan(form: str) -> bytes:
    """The plan as it stands, to read (pdf) or to reckon with (xlsx)."""
    here = running()
    release.settle(here.database)
    with here.database.snapshot() as session:
        # Each brings a library of its own, which no other page waits for
        if form == "xlsx":
            from webapp.workbooks import plan_workbook as written
        else:
            from webapp.plan_pdf import pdf as written
        return written(session, place(), here.settings.municipality, here.clock())


def written_board(wall: Wall, form: str, made: datetime) -> bytes:
    """The board, or an edition of it, on a sheet of A3 (pdf) or as a workbook (xlsx)."""
    if form == "xlsx":
        from webapp.workbooks import board_workbook as written
    else:
        from webapp.wall import pdf as written
    return written(wall, running().settings.municipality, made)


@blueprint.get("/staff/rapporter")
@access.opened_to(access.READERS)
def overview() -> str:
    """What is sent to whom, when it was last sent, and when it will be."""
    with running().database.snapshot() as session:
        return _overview(session, _form(session))


@blueprint.post("/staff/rapporter")
@access.opened_to(access.READERS)
def order() -> Answer | tuple[str, int]:
    """Order a report."""
    here = running()
    with here.database.snapshot() as session:
        form = _form(session)
        if not form.validate():
            return _overview(session, form), 422
    kind, _, survey = form.subject.data.partition(":")
    with here.database.transaction() as session:
        report_orders.make(
            session,
            Subject(kind),
            survey or None,
            form.form.data,
            Rhythm(form.rhythm.data),
            form.recipients.data,
            here.clock(),
        )
    flash("Rapporten er bestilt.")
    return redirect(url_for("report_files.overview"))


@blueprint.post("/staff/rapporter/<int:number>/<any(stop, fra):what>")
@access.opened_to(access.READERS)
def change(number: int, what: str) -> Answer:
    """Stop a report, or leave it to the others."""
    if not FlaskForm().validate():
        abort(422)
    with running().database.transaction() as session:
        if what == "stop":
            report_orders.stop(session, number)
        else:
            report_orders.leave(session, number, current_user.id)
    flash("Rapporten er stoppet." if what == "stop" else "Du får ikke rapporten mere.")
    return redirect(url_for("report_files.overview"))


def _form(session: Session) -> OrderForm:
    form = OrderForm()
    form.subject.choices = [SelectChoice(code, words) for code, words in _subjects(session).items()]
    form.recipients.choices = [
        SelectChoice(number, email) for number, email in report_orders.readers(session).items()
    ]
    return form


def _subjects(session: Session) -> dict[str, str]:
    titles = {
        f"{Subject.SURVEY}:{wave.survey}": wave.instrument.title(SOURCE_LANGUAGE)
        for wave in reversed(extract.waves(session))
    }
    return {Subject.PLAN.value: "Hele planen", Subject.BOARD.value: "Tavlen", **titles}


def _overview(session: Session, form: OrderForm) -> str:
    here = running()
    orders = report_orders.listed(session)
    sendings = report_orders.sendings(session)
    titles = _subjects(session)
    return render_template(
        "reports/overview.html",
        form=form,
        orders=[
            (
                one,
                titles.get(_code(one), one.survey),
                next((sent for sent in sendings if sent.order_id == one.id), None),
                report_orders.next_day(session, one, here.clock()),
            )
            for one in orders
        ],
        sendings=[(titles.get(_code_of(orders, sent.order_id), ""), sent) for sent in sendings],
        rhythms=RHYTHMS,
        forms=FORMS,
        failures=FAILURES,
        day=day,
        moment=moment,
        has_mail=bool(here.settings.smtp_host),
    )


def _code(one: Order) -> str:
    return f"{one.subject}:{one.survey}" if one.survey else one.subject.value


def _code_of(orders: Sequence[Order], number: int) -> str:
    return next((_code(one) for one in orders if one.id == number), "")
