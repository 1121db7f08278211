"""What the pages of interviews share: who may call, and what things are called."""

from datetime import datetime, time
from typing import Final

from babel.dates import format_datetime
from flask import Blueprint, abort
from flask_login import current_user

from surveys import calls, extract
from surveys.calls import Called, Outcome
from surveys.errors import Problem, UnknownReference
from surveys.schedule import COPENHAGEN
from surveys.turnout import State
from webapp import access, import_words, running

blueprint = Blueprint("interviews", __name__)

CALLERS: Final = frozenset(
    {access.Role.KONSULENT, access.Role.TEAMLEDER, access.Role.ADMINISTRATOR}
)
"""Who calls companies, and so hears what they say."""

OUTCOMES: Final = {
    Outcome.NO_ANSWER: "Tog ikke telefonen",
    Outcome.CALL_AGAIN: "Ring igen",
    Outcome.REFUSED: "Vil ikke være med",
    Outcome.WRONG_NUMBER: "Forkert nummer",
    Outcome.INELIGIBLE: "Skal ikke spørges, for eksempel lukket",
    Outcome.INTERVIEWED: "Interviewet",
    Outcome.PARTIAL: "Interviewet, men ikke til ende",
}
STATES: Final = {
    State.ANSWERED: "Interviewet",
    State.OPENED: "Begyndt",
    State.UNOPENED: "Mangler",
    State.EXPIRED: "Nåede vi ikke",
    State.REFUSED: "Vil ikke være med",
    State.UNDELIVERABLE: "Forkert nummer",
    State.WITHDRAWN: "Skal ikke spørges",
}


def me() -> str:
    """Who is signed in, as calls keep it."""
    return str(current_user.id)


def found(member: str) -> Called:
    """The company of an address; 404 where there is none, or its list is deleted."""
    here = running()
    with here.database.snapshot() as session:
        try:
            return calls.called(session, member, here.settings.secret_key, here.clock())
        except UnknownReference:
            abort(404)


def wave_of(wave_id: int) -> extract.Wave:
    """The round that a company is asked in."""
    with running().database.snapshot() as session:
        return next(wave for wave in extract.waves(session) if wave.id == wave_id)


def wrong(code: str) -> str:
    """What is wrong with a field, in Danish."""
    return import_words.in_danish(Problem(code))


def spelled(cvr: str) -> str:
    """A CVR number as it is written: 99 00 00 07."""
    return " ".join(cvr[place : place + 2] for place in range(0, len(cvr), 2))


def dialled(phone: str) -> str:
    """A telephone number as it is read: 48 10 01 00; from abroad with its prefix."""
    own = phone.removeprefix("+45")
    if own != phone and len(own) == 8:
        return spelled(own)
    return phone


def clock_time(of: time) -> str:
    """A time of day: 9.30."""
    return f"{of.hour}.{of.minute:02}" if of.minute else str(of.hour)


def best_time(span: tuple[time, time] | None) -> str:
    """When somebody is best reached: kl. 9-11."""
    return "" if span is None else f"kl. {clock_time(span[0])}-{clock_time(span[1])}"


def short_moment(when: datetime) -> str:
    """A moment briefly: fre. 20. nov. kl. 9.05."""
    return format_datetime(when, "EEE d. MMM 'kl.' H.mm", tzinfo=COPENHAGEN, locale="da")
