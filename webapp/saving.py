"""Going on elsewhere: a short code, given on request, opens an interview on any device.

What is stored is the ballot, sealed with the code. The code itself is stored nowhere, and without
it nobody finds out which draft, and which invitation, a row belongs to.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from surveys import keys, sitting
from surveys.database import Database
from surveys.errors import UnknownCode
from surveys.fieldwork import Admission
from surveys.interview import Draft, Interview
from surveys.schedule import COPENHAGEN
from webapp import Clock, citizen, forms, running, security, too_often
from webapp.answering_tables import SavedBallotRow
from webapp.citizen import offered, spoken
from webapp.remembered import Remembered

blueprint = Blueprint("saving", __name__)

KEPT: Final = timedelta(days=14)
_SLOW: Final = 2**14
"""How much work one try of a code is for scrypt: some 50 ms and 16 MB."""


def save_page(admission: Admission, language: str, ballot: str, link: str | None) -> Response:
    """Keep what was posted with a form that holds everything, and give the code for it."""
    given = forms.raws(admission.instrument, request.form)
    kept = Remembered.read().holding(ballot, admission.instrument_version_id, link)
    with running().database.transaction() as session:
        opened = sitting.begin(
            session,
            admission,
            keys.draft_key(ballot),
            mode="web",
            language=language,
            now=running().clock(),
        )
        _take(opened.interview, given)
        opened.save(running().clock())
        code = _seal(session, kept)
    return _saved(code, language, kept)


@blueprint.post("/gem")
def save() -> Answer:
    """Keep what was posted with a question, and give the code for the whole interview."""
    kept = Remembered.read()
    if kept.ballot is None:
        raise UnknownCode
    own = security.is_own_form(kept.ballot, request.form.get("token", ""))
    with running().database.transaction() as session:
        found = sitting.resume(session, keys.draft_key(kept.ballot))
        if found is None or not own:
            return redirect(url_for("respond.answering"), 303)
        refused = _take(found.interview, forms.raws(found.interview.instrument, request.form))
        if refused:
            # Posted again there, it comes back with what is wrong with it
            return redirect(url_for("respond.question", item=refused), 307)
        found.save(running().clock())
        code = _seal(session, kept)
    return _saved(code, found.interview.draft.language, kept)


@blueprint.route("/svar-videre", methods=["GET", "POST"])
def resume() -> Answer:
    """The field for the code, and the way to where its interview is."""
    language = spoken(request.values.get("lang"), offered())
    typed = request.form.get("code", "")
    if request.method == "GET":
        return _form(language, typed)
    too_often.require_patience()
    code = keys.heard(typed)
    if code is None:
        return _form(language, typed, "code_wrong" if typed.strip() else "code_missing")
    if not security.is_own_form("resume", request.form.get("token", "")):
        return _form(language, typed, "session_old_title")
    with running().database.snapshot() as session:
        kept = _open(session, code, _today(running().clock))
    if kept is None:
        too_often.missed()
        return _form(language, typed, "resume_unknown")
    response = redirect(url_for("respond.answering"), 303)
    mine = Remembered.read()
    mine.holding(str(kept["ballot"]), int(str(kept["version"])), _link(kept)).write(response)
    return response


def upkeep(database: Database, clock: Clock) -> None:
    """Delete the codes that are too old."""
    over = SavedBallotRow.until < _today(clock)
    with database.snapshot() as session:
        if session.scalars(select(SavedBallotRow.until).where(over).limit(1)).first() is None:
            return
    with database.transaction() as session:
        session.execute(delete(SavedBallotRow).where(over))


def _take(interview: Interview, given: Mapping[str, object]) -> str:
    """Take what is given in a form that is not finished; give the first item that is refused.

    An answer after a question without one stays in the draft, and counts once the way leads there.
    """
    read = Interview(interview.instrument, Draft(interview.draft.language))
    refused = read.fill(given)
    answers = {item: read.draft.answers[item] for item in read.draft.answers if given.get(item)}
    interview.draft = replace(
        interview.draft, answers={**interview.draft.answers, **answers}, revisiting=None
    )
    return next((item for item in refused if given.get(item)), "")


def _seal(session: Session, kept: Remembered) -> str:
    code = keys.new_code()
    row, seal = _stretched(code)
    said = {"ballot": kept.ballot, "version": kept.version, "link": kept.link}
    session.add(
        SavedBallotRow(
            key=row,
            sealed=seal.encrypt(json.dumps(said).encode()),
            until=_today(running().clock) + KEPT,
        )
    )
    return code


def _open(session: Session, code: str, today: date) -> dict[str, object] | None:
    row, seal = _stretched(code)
    found = session.get(SavedBallotRow, row)
    if found is None or found.until < today:
        return None
    try:
        said: dict[str, object] = json.loads(seal.decrypt(found.sealed))
    except InvalidToken:
        return None
    return said


def _link(kept: Mapping[str, object]) -> str | None:
    link = kept["link"]
    return None if link is None else str(link)


def _stretched(code: str) -> tuple[bytes, Fernet]:
    """Where a code's row is, and what opens it. Trying all codes would take many lifetimes."""
    salt = f"saved ballot:{running().settings.secret_key}".encode()
    drawn = hashlib.scrypt(code.encode(), salt=salt, n=_SLOW, r=8, p=1, dklen=64)
    return drawn[:32], Fernet(urlsafe_b64encode(drawn[32:]))


def _saved(code: str, language: str, kept: Remembered) -> Response:
    page = citizen.render(
        "respond/saved.html",
        language,
        languages=(),
        letters=keys.spelled(code),
        address=f"{running().settings.public_url}/svar-videre",
        days=KEPT.days,
    )
    response = Response(page, mimetype="text/html")
    # From here on this browser, too, goes on with what the server has
    kept.write(response)
    return response


def _form(language: str, typed: str, problem: str = "") -> Response:
    page = citizen.render(
        "respond/resume.html",
        language,
        typed=typed,
        problem=problem,
        token=security.form_token("resume"),
    )
    return Response(page, 422 if problem else 200, mimetype="text/html")


def _today(clock: Clock) -> date:
    return clock().astimezone(COPENHAGEN).date()
