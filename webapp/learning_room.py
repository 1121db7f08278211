"""The learning room: a caseworker's own feedback, notes and questions, for nobody else's eyes.

Every view works for the account that is signed in and takes no other. There is no page, file,
address or setting that shows one person's figures to another.
"""

import secrets
from datetime import timedelta
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from analysis import danish, learning_room, release
from analysis.disclosure import MINIMUM
from surveys import definition, fieldwork, keys, links
from surveys.database import Database, insert_unless_known
from surveys.errors import FrameOrLink, WaveClosed
from surveys.instrument import SOURCE_LANGUAGE, clean
from webapp import Clock, access, running
from webapp.access import Role
from webapp.access_tables import StaffRoleRow, StaffUserRow
from webapp.actions import today
from webapp.answering_tables import StaffUnitRow
from webapp.learning_tables import CaseworkerKeyRow, LearningNoteRow, TeamQuestionRow
from webapp.report_words import day

blueprint = Blueprint("learning_room", __name__)

CASEWORKERS: Final = frozenset({Role.SAGSBEHANDLER})
LONGEST: Final = 2000
KEPT: Final = timedelta(days=180)
"""How long a team's question stands on its list."""


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class CardForm(FlaskForm):
    """A card of one's own."""

    survey = SelectField(
        "Undersøgelse", [InputRequired("Vælg en undersøgelse.")], validate_choice=False
    )
    unit = SelectField("Team", id="card-unit", validate_choice=False)
    course = StringField("Mødetype", [Length(max=60, message="Skriv højst 60 tegn.")])

    def validate_survey(self, field: SelectField) -> None:
        """One of those on offer."""
        _require_offered(field, "Vælg en undersøgelse.")

    def validate_unit(self, field: SelectField) -> None:
        """One of one's own teams, or none."""
        _require_offered(field, "Vælg et af dine egne teams.")


class NoteForm(FlaskForm):
    """A note to oneself."""

    note = TextAreaField(
        "Din note",
        [DataRequired("Skriv noget."), Length(max=LONGEST, message="Skriv højst 2.000 tegn.")],
        filters=[_stripped],
    )


class QuestionForm(FlaskForm):
    """A question for the team."""

    unit = SelectField(
        "Hvilket team?", [InputRequired("Vælg et team.")], id="question-unit", validate_choice=False
    )
    question = TextAreaField(
        "Dit spørgsmål",
        [
            DataRequired("Skriv dit spørgsmål."),
            Length(max=LONGEST, message="Skriv højst 2.000 tegn."),
        ],
        filters=[_stripped],
    )

    def validate_unit(self, field: SelectField) -> None:
        """One of one's own teams."""
        _require_offered(field, "Vælg et af dine egne teams.")


def _require_offered(field: SelectField, otherwise: str) -> None:
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(otherwise)


@blueprint.get("/staff/laeringsrum")
@access.opened_to(CASEWORKERS)
def overview() -> str:
    """Own feedback, own cards, own notes, and the questions of the team."""
    return _page()


@blueprint.post("/staff/laeringsrum/kort")
@access.opened_to(CASEWORKERS)
def make_card() -> Response | tuple[str, int]:
    """Make a card that carries one's own key."""
    form = _with_choices(CardForm())
    if not form.validate():
        return _page(card=form), 422
    here = running()
    try:
        with here.database.transaction() as session:
            code = fieldwork.create_link(
                session,
                form.survey.data,
                here.clock(),
                unit=form.unit.data or None,
                course=clean(form.course.data or "") or None,
                caseworker=own_key(session, current_user.id),
            )
    except WaveClosed:
        form.survey.errors = ["Undersøgelsen er ikke åben. Den skal have en ny runde først."]
        return _page(card=form), 422
    except FrameOrLink:
        form.survey.errors = ["Den her runde spørger kun dem, der er inviteret."]
        return _page(card=form), 422
    return redirect(url_for("cards.card", code=code), 303)


@blueprint.post("/staff/laeringsrum/noter")
@access.opened_to(CASEWORKERS)
def write_note() -> Response | tuple[str, int]:
    """Keep a note that nobody else can read."""
    form = NoteForm()
    if not form.validate():
        return _page(note=form), 422
    with running().database.transaction() as session:
        session.add(
            LearningNoteRow(user_id=current_user.id, words=form.note.data, written_on=today())
        )
    flash("Noten er gemt.")
    return redirect(url_for("learning_room.overview"))


@blueprint.post("/staff/laeringsrum/noter/<int:number>/slet")
@access.opened_to(CASEWORKERS)
def delete_note(number: int) -> Response:
    """Delete one of one's own notes for good."""
    _require_token()
    with running().database.transaction() as session:
        deleted = session.scalars(
            delete(LearningNoteRow)
            .where(LearningNoteRow.id == number, LearningNoteRow.user_id == current_user.id)
            .returning(LearningNoteRow.id)
        ).all()
    if not deleted:
        abort(404)
    flash("Noten er slettet.")
    return redirect(url_for("learning_room.overview"))


@blueprint.post("/staff/laeringsrum/spoergsmaal")
@access.opened_to(CASEWORKERS)
def ask() -> Response | tuple[str, int]:
    """Send a question to one's team, without a name."""
    form = _asking(QuestionForm())
    if not form.validate():
        return _page(question=form), 422
    monday = today() - timedelta(days=today().weekday())
    with running().database.transaction() as session:
        session.add(
            TeamQuestionRow(
                id=secrets.token_urlsafe(16),
                unit=form.unit.data,
                words=form.question.data,
                week=monday,
            )
        )
    flash("Spørgsmålet står nu på teamets liste, uden dit navn.")
    return redirect(url_for("learning_room.overview"))


@blueprint.post("/staff/laeringsrum/spoergsmaal/<number>/talt-om")
@access.opened_to(CASEWORKERS)
def talked_of(number: str) -> Response:
    """Take a question off the list of one's own team."""
    _require_token()
    with running().database.transaction() as session:
        taken = session.scalars(
            delete(TeamQuestionRow)
            .where(TeamQuestionRow.id == number, TeamQuestionRow.unit.in_(access.units() or ()))
            .returning(TeamQuestionRow.id)
        ).all()
    if not taken:
        abort(404)
    flash("Spørgsmålet er taget af listen.")
    return redirect(url_for("learning_room.overview"))


def upkeep(database: Database, clock: Clock) -> None:
    """Delete the questions that have stood on a list for half a year."""
    with database.transaction() as session:
        session.execute(
            delete(TeamQuestionRow).where(TeamQuestionRow.week <= clock().date() - KEPT)
        )


def own_key(session: Session, user_id: int) -> str:
    """The key of an account's own cards, made the first time.

    In a demonstration it is that of a made-up caseworker, whose feedback the account then sees.
    """
    for key in (_made_up(session), secrets.token_hex(16)):
        if key and session.get(CaseworkerKeyRow, user_id) is None:
            insert_unless_known(session, CaseworkerKeyRow, user_id=user_id, key=key)
    return session.get_one(CaseworkerKeyRow, user_id).key


def _made_up(session: Session) -> str | None:
    """The key of a made-up caseworker that no account has."""
    taken = set(session.scalars(select(CaseworkerKeyRow.key)))
    return next((key for key in links.made_up_caseworkers(session) if key not in taken), None)


def _require_token() -> None:
    if not FlaskForm().validate():
        abort(422)


def _page(
    card: CardForm | None = None, note: NoteForm | None = None, question: QuestionForm | None = None
) -> str:
    here = running()
    units = sorted(access.units() or ())
    with here.database.snapshot() as session:
        row = session.get(CaseworkerKeyRow, current_user.id)
        key = row.key if row else None
        is_demonstration = key is None and _made_up(session) is not None
    if is_demonstration:
        with here.database.transaction() as session:
            key = own_key(session, current_user.id)
    with here.database.snapshot() as session:
        cards = links.of_caseworker(session, key, here.clock()) if key else ()
        notes = [
            (one.id, one.words, day(one.written_on))
            for one in session.scalars(
                select(LearningNoteRow)
                .where(LearningNoteRow.user_id == current_user.id)
                .order_by(LearningNoteRow.id.desc())
            )
        ]
        questions = [
            (one.id, one.unit, one.words)
            for one in session.scalars(
                select(TeamQuestionRow)
                .where(TeamQuestionRow.unit.in_(units), TeamQuestionRow.week > today() - KEPT)
                # By the random id: the order tells nothing
                .order_by(TeamQuestionRow.unit, TeamQuestionRow.week.desc(), TeamQuestionRow.id)
            )
        ]
        few = [unit for unit in units if _colleagues(session, unit) < MINIMUM]
    if key:
        release.settle(here.database)
    waves = learning_room.read(here.database, key) if key else ()
    return render_template(
        "learning/room.html",
        waves=waves,
        cards=[(one, keys.spelled(one.code)) for one in cards],
        notes=notes,
        questions=questions,
        units=units,
        few=few,
        card=_with_choices(card or CardForm(formdata=None)),
        note=note or NoteForm(formdata=None),
        question=_asking(question or QuestionForm(formdata=None)),
        danish=danish,
        MINIMUM=MINIMUM,
    )


def _colleagues(session: Session, unit: str) -> int:
    """How many caseworkers a unit has: a question from one of few is easily guessed."""
    return (
        session.scalar(
            select(func.count(StaffUserRow.id.distinct()))
            .join(StaffUnitRow, StaffUnitRow.user_id == StaffUserRow.id)
            .join(StaffRoleRow, StaffRoleRow.user_id == StaffUserRow.id)
            .where(
                StaffUnitRow.unit == unit,
                StaffRoleRow.name == Role.SAGSBEHANDLER,
                StaffUserRow.active,
            )
        )
        or 0
    )


def _with_choices(form: CardForm) -> CardForm:
    form.survey.choices = [
        SelectChoice(name, instrument.title(SOURCE_LANGUAGE))
        for name, instrument in definition.catalogue().items()
        if instrument.audience == "citizen"
    ]
    form.unit.choices = [
        *(SelectChoice(unit, unit) for unit in sorted(access.units() or ())),
        SelectChoice("", "Intet team"),
    ]
    return form


def _asking(form: QuestionForm) -> QuestionForm:
    form.unit.choices = [SelectChoice(unit, unit) for unit in sorted(access.units() or ())]
    return form
