"""A citizen asks to be called: name and number, kept apart from every answer, and for a few days.

A request could be found beside an answer by the order in which both were written. So it is shown
to nobody on the day it comes in. After that day the waiting answers and the requests are all
written anew, shuffled, in one transaction, and nothing of the order is left.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import phonenumbers
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog import get_logger
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as Answer

from surveys import ballot
from surveys.database import Database
from surveys.instrument import SOURCE_LANGUAGE, Instrument, Scale, clean
from surveys.instrument import Answer as Given
from surveys.schedule import COPENHAGEN
from webapp import Clock, access, citizen, running, security, too_often
from webapp.access import Role
from webapp.access_tables import StaffUserRow
from webapp.answering_tables import LONGEST_NAME, CallBackRow, StaffUnitRow
from webapp.citizen import offered, spoken
from webapp.remembered import Remembered

blueprint = Blueprint("callback", __name__)
log = get_logger()

KEPT: Final = timedelta(days=30)
KEPT_WHEN_DONE: Final = timedelta(days=7)
CALLERS: Final = frozenset({Role.TEAMLEDER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody to call, as the list shows it."""

    id: str
    unit: str | None
    name: str
    phone: str
    asked_on: date
    done_on: date | None

    @property
    def forgotten_on(self) -> date:
        """The day it is deleted."""
        last = self.asked_on + KEPT
        return last if self.done_on is None else min(last, self.done_on + KEPT_WHEN_DONE)


def is_low(instrument: Instrument, answers: Mapping[str, Given]) -> bool:
    """Whether one of the two worst points of a scale was chosen."""
    return any(
        answers.get(item.id) in [int(point.code) for point in item.domain.categories[-2:]]
        for item in instrument
        if isinstance(item.domain, Scale)
    )


@blueprint.route("/ring-mig-op", methods=["GET", "POST"])
def ask() -> Answer:
    """The form for name and number, and what was said to them; nothing where nobody calls."""
    if not running().settings.call_back:
        abort(404)
    language = spoken(request.values.get("lang"), offered())
    if request.method == "GET":
        thanks = Remembered.read().thanks_at(running().clock())
        return _form(language, unit=(thanks.unit or "") if thanks else "")
    posted = request.form
    name, phone = clean(posted.get("name", "")), _number(posted.get("phone", ""))
    problems = {}
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = "call_name_long" if name else "call_name_missing"
    if phone is None:
        written = posted.get("phone", "").strip()
        problems["phone"] = "call_phone_wrong" if written else "call_phone_missing"
    unit = clean(posted.get("unit", ""))[:60]
    if problems or phone is None:
        return _form(language, unit=unit, problems=problems, status=422)
    if not security.is_own_form("call", posted.get("token", "")):
        return _form(language, unit=unit, status=403)
    if not too_often.may_ask_for_a_call():
        raise TooManyRequests
    with running().database.transaction() as session:
        session.add(
            CallBackRow(
                id=secrets.token_hex(16),
                unit=unit or None,
                name=name,
                phone=phone,
                asked_on=_today(running().clock()),
                settled=False,
            )
        )
    lang = None if language == SOURCE_LANGUAGE else language
    return redirect(url_for(".noted", lang=lang), 303)


@blueprint.get("/ring-mig-op/tak")
def noted() -> Response:
    """That the request is in."""
    language = spoken(request.args.get("lang"), offered())
    return Response(citizen.render("respond/call_noted.html", language), mimetype="text/html")


class _Done(FlaskForm):
    """The button beside a request."""


@blueprint.get("/staff/opkald")
@access.opened_to(CALLERS)
def calls() -> str:
    """Who wants to be called, of the units that the reader leads."""
    with running().database.snapshot() as session:
        found = _readable(session)
    return render_template(
        "staff/calls.html",
        waiting=[one for one in found if one.done_on is None],
        done=[one for one in found if one.done_on is not None],
        form=_Done(),
        kept_days=KEPT.days,
        kept_when_done=KEPT_WHEN_DONE.days,
    )


@blueprint.post("/staff/opkald/<request_id>")
@access.opened_to(CALLERS)
def called(request_id: str) -> Answer:
    """Note that somebody was called."""
    if _Done().validate():
        with running().database.transaction() as session:
            mine = {one.id: one for one in _readable(session) if one.done_on is None}
            if request_id in mine:
                session.execute(
                    update(CallBackRow)
                    .where(CallBackRow.id == request_id)
                    .values(done_on=_today(running().clock()))
                )
                log.info("citizen called back", unit=mine[request_id].unit, user=current_user.id)
    return redirect(url_for(".calls"), 303)


def upkeep(database: Database, clock: Clock) -> None:
    """Show the requests of earlier days, without a trace of their order; delete the old ones."""
    today = _today(clock())
    over = (CallBackRow.asked_on <= today - KEPT) | (CallBackRow.done_on <= today - KEPT_WHEN_DONE)
    ripe = CallBackRow.settled.is_(False) & (CallBackRow.asked_on < today)
    with database.snapshot() as session:
        if session.scalars(select(CallBackRow.id).where(over | ripe).limit(1)).first() is None:
            return
    with database.transaction() as session:
        session.execute(delete(CallBackRow).where(over))
        settled = _settle(session, today)
    try:
        ballot.cover_tracks(database, (CallBackRow, *ballot.MIXED))
    except OperationalError:
        log.warning("the tables are in use; what was deleted lies in them until the next time")
    if settled:
        log.info("requests for a call settled", n=settled)


def lead(database: Database, email: str, unit: str, *, leads: bool) -> None:
    """Say that a member of staff leads a unit, or no longer does. Raises InvalidUser."""
    with database.transaction() as session:
        user = session.scalars(
            select(StaffUserRow.id).where(StaffUserRow.email == email.casefold())
        ).one_or_none()
        if user is None:
            raise access.InvalidUser("Nobody has that e-mail address. Run: hoert user create")
        session.execute(delete(StaffUnitRow).filter_by(user_id=user, unit=unit))
        if leads:
            session.add(StaffUnitRow(user_id=user, unit=unit))


def _settle(session: Session, today: date) -> int:
    """Write the requests of earlier days, and the answers that wait, anew in a random order."""
    rows = session.scalars(
        select(CallBackRow).where(CallBackRow.settled.is_(False), CallBackRow.asked_on < today)
    ).all()
    if not rows:
        return 0
    ballot.stir(session)
    anew = [
        {
            "id": secrets.token_hex(16),
            "unit": row.unit,
            "name": row.name,
            "phone": row.phone,
            "asked_on": row.asked_on,
            "settled": True,
        }
        for row in rows
    ]
    secrets.SystemRandom().shuffle(anew)
    session.execute(delete(CallBackRow).where(CallBackRow.id.in_([row.id for row in rows])))
    session.execute(insert(CallBackRow), anew)
    return len(anew)


def _readable(session: Session) -> list[Request]:
    """What the reader may see: an administrator all, a team leader the units they lead.

    A request from a link without a unit is for every team leader.
    """
    query = (
        select(CallBackRow)
        .where(CallBackRow.settled)
        .order_by(CallBackRow.asked_on, CallBackRow.unit, CallBackRow.id)
    )
    units = access.units()
    if units is not None:
        query = query.where(CallBackRow.unit.is_(None) | CallBackRow.unit.in_(units))
    return [
        Request(row.id, row.unit, row.name, row.phone, row.asked_on, row.done_on)
        for row in session.scalars(query)
    ]


def _form(
    language: str, *, unit: str, problems: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    page = citizen.render(
        "respond/call.html",
        language,
        unit=unit,
        name=request.form.get("name", ""),
        phone=request.form.get("phone", ""),
        problems=problems or {},
        token=security.form_token("call"),
        longest=LONGEST_NAME,
        old=status == 403,
    )
    return Response(page, status, mimetype="text/html")


def _number(typed: str) -> str | None:
    """A telephone number as it is dialled from anywhere; None for what is none."""
    try:
        number = phonenumbers.parse(typed, "DK")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, written))[:20]


def _today(now: datetime) -> date:
    return now.astimezone(COPENHAGEN).date()
