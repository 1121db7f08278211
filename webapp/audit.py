"""The log of who saw, fetched and changed what: to the minute, never with an answer in it.

A page is in the log by standing in one of the two tables here; a file that anybody fetches, or
looks at in the browser, is in it without. What cannot be noted is not given out: the page fails.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from flask import Flask, Response, g, request
from flask_login import user_logged_out
from flask_security import current_user, user_authenticated
from sqlalchemy import delete, select

from surveys.database import Database
from webapp import Clock, access, filters, running
from webapp.access_tables import StaffEventRow, StaffUserRow
from webapp.sessions import is_staff_path

KEPT: Final = timedelta(days=366)
"""A trigger in the database keeps every line for 365 days."""


class Kind(StrEnum):
    """What somebody did."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    WRONG_CODE = "wrong_code"
    NOT_LET_IN = "not_let_in"
    CHANGED_PASSWORD = "changed_password"  # noqa: S105  no password
    CHANGED_TELEPHONE = "changed_telephone"
    CHANGED_ACCOUNT = "changed_account"
    MADE_KEY = "made_key"
    USED_KEY = "used_key"
    SAW_RESULTS = "saw_results"
    FETCHED = "fetched"
    FETCHED_ROWS = "fetched_rows"
    ORDERED = "ordered"
    READ_COMMENTS = "read_comments"
    CHOSE_QUOTES = "chose_quotes"
    SAW_CALLS = "saw_calls"
    CALLED = "called"
    SAW_PEOPLE = "saw_people"
    CHANGED_PEOPLE = "changed_people"
    CHANGED_PLAN = "changed_plan"
    CHANGED_WAVE = "changed_wave"
    CHANGED_INSTRUMENT = "changed_instrument"
    CHANGED_MODEL = "changed_model"
    SAW_NAMES = "saw_names"
    CHANGED_NAMES = "changed_names"
    SAW_LOG = "saw_log"


SEEN: Final[Mapping[str, Kind]] = {
    "results.wave": Kind.SAW_RESULTS,
    "results.rows": Kind.FETCHED_ROWS,
    "plan.overview": Kind.SAW_RESULTS,
    "plan.indicator": Kind.SAW_RESULTS,
    "coding.queue": Kind.READ_COMMENTS,
    "coding.again": Kind.READ_COMMENTS,
    "quotes.choose": Kind.READ_COMMENTS,
    "callback.calls": Kind.SAW_CALLS,
    "interviews.companies_of": Kind.SAW_CALLS,
    "interviews.ring": Kind.SAW_CALLS,
    "interviews.talk": Kind.READ_COMMENTS,
    "panel.overview": Kind.SAW_PEOPLE,
    "panel.member": Kind.SAW_PEOPLE,
    "panel.change": Kind.SAW_RESULTS,
    "courses.overview": Kind.SAW_RESULTS,
    "courses.run": Kind.SAW_RESULTS,
    "meetings.handouts": Kind.SAW_PEOPLE,
    "staff_names.overview": Kind.SAW_NAMES,
    "audit_page.overview": Kind.SAW_LOG,
}
"""What is noted of pages that are looked at."""

DONE: Final[Mapping[str, Kind]] = {
    "account.change_password": Kind.CHANGED_PASSWORD,
    "account.set_up": Kind.CHANGED_TELEPHONE,
    "account.switch_off": Kind.CHANGED_TELEPHONE,
    "users.create": Kind.CHANGED_ACCOUNT,
    "users.edit": Kind.CHANGED_ACCOUNT,
    "users.close": Kind.CHANGED_ACCOUNT,
    "users.reopen": Kind.CHANGED_ACCOUNT,
    "users.new_link": Kind.CHANGED_ACCOUNT,
    "users.forget_code": Kind.CHANGED_ACCOUNT,
    "api_keys.overview": Kind.MADE_KEY,
    "quotes.choose": Kind.CHOSE_QUOTES,
    "callback.called": Kind.CALLED,
    "plan.edit": Kind.CHANGED_PLAN,
    "plan.enter": Kind.CHANGED_PLAN,
    "register.keep": Kind.CHANGED_PLAN,
    "fieldwork.begin": Kind.CHANGED_WAVE,
    "fieldwork.wave": Kind.CHANGED_WAVE,
    "fieldwork.people": Kind.CHANGED_PEOPLE,
    "fieldwork.decide_lifetimes": Kind.CHANGED_WAVE,
    "courses.create": Kind.CHANGED_WAVE,
    "courses.edit": Kind.CHANGED_WAVE,
    "courses.change": Kind.CHANGED_WAVE,
    "courses.upload": Kind.CHANGED_WAVE,
    "meetings.switch": Kind.CHANGED_WAVE,
    "meetings.upload": Kind.CHANGED_PEOPLE,
    "report_files.order": Kind.ORDERED,
    "report_files.change": Kind.ORDERED,
    "interviews.add": Kind.CHANGED_PEOPLE,
    "interviews.change": Kind.CHANGED_PEOPLE,
    "interviews.upload": Kind.CHANGED_PEOPLE,
    "interviews.ring": Kind.CALLED,
    "panel.add": Kind.CHANGED_PEOPLE,
    "panel.send": Kind.CHANGED_PEOPLE,
    "panel.member": Kind.CHANGED_PEOPLE,
    "editor.publish": Kind.CHANGED_INSTRUMENT,
    "staff_names.overview": Kind.CHANGED_NAMES,
    "coding.use": Kind.CHANGED_MODEL,
    "codebook.ready": Kind.CHANGED_MODEL,
}
"""What is noted of forms that were taken."""

_ABOUT: Final = ("form", "file", "size", "audience", "name", "number", "version", "unit")
"""Parts of an address that say what it was about. A code of a card or of a request does not."""

_INDICATORS: Final = frozenset({"plan.indicator", "plan.edit", "plan.enter"})
"""Where a code is an indicator's."""
_WORD: Final = re.compile(r"<(?:[^:>]*:)?(\w+)>")
_CHOSEN: Final = (*filters.NAMES.values(), *filters.NAMES)
_FIGURES: Final = frozenset({Kind.SAW_RESULTS, Kind.FETCHED, Kind.USED_KEY})


def note(
    kind: Kind, user_id: int | None, *, survey: str = "", wave: str = "", about: str = ""
) -> None:
    """Write a line, unless the same was written in this minute."""
    line = {
        "at": running().clock().replace(second=0, microsecond=0),
        "user_id": user_id,
        "kind": kind.value,
        "survey": survey[:100] or None,
        "wave": wave[:100] or None,
        "about": about[:120] or None,
    }
    database = running().database
    with database.snapshot() as snapshot:
        if snapshot.scalars(select(StaffEventRow.id).filter_by(**line).limit(1)).first():
            return
    with database.transaction() as session:
        session.add(StaffEventRow(**line))


def register(app: Flask) -> None:
    """Note what is seen, fetched and done under /staff."""
    app.after_request(_note)
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)


def upkeep(database: Database, clock: Clock) -> None:
    """Delete the lines that are past their year."""
    over = StaffEventRow.at < clock() - KEPT
    with database.snapshot() as snapshot:
        if snapshot.scalars(select(StaffEventRow.id).where(over).limit(1)).first() is None:
            return
    with database.transaction() as session:
        session.execute(delete(StaffEventRow).where(over))


def of_request(response: Response) -> Sequence[Kind]:
    """What the log says of a request that was answered like this."""
    endpoint = request.endpoint or ""
    found: list[Kind | None] = []
    if request.method == "POST" and response.status_code < 400:
        found.append(DONE.get(endpoint))
    if request.method == "GET" and response.status_code == 200:
        found.append(SEEN.get(endpoint))
    # To keep or to look at: either way it has left the pages
    is_file = "Content-Disposition" in response.headers
    if is_file and Kind.FETCHED_ROWS not in found and request.method in {"GET", "POST"}:
        found.append(Kind.FETCHED)
    return [kind for kind in found if kind is not None]


def _note(response: Response) -> Response:
    if is_staff_path(request.path) and request.endpoint is not None:
        kinds = of_request(response)
        if kinds and access.is_in():
            for kind in kinds:
                _note_request(kind, current_user.id)
    elif "key_of" in g and request.path.startswith("/api/") and response.status_code < 400:
        _note_request(Kind.USED_KEY, g.key_of)
    return response


def _note_request(kind: Kind, user_id: int) -> None:
    words: Mapping[str, Any] = request.view_args or {}
    about = [str(words[name]) for name in _ABOUT if name in words]
    if kind is Kind.USED_KEY:
        about = [request.path.removeprefix("/api/v1/")]
    elif kind is Kind.FETCHED and "survey" not in words:
        about = [_file(words)]
    if request.endpoint in _INDICATORS:
        about.append(str(words["code"]))
    if kind in _FIGURES:
        # Whose answers were chosen: the name of a unit, never what was answered
        about += [request.args[name] for name in _CHOSEN if request.args.get(name)]
    survey, wave = str(words.get("survey", "")), str(words.get("label", ""))
    note(
        kind,
        user_id,
        survey=survey,
        wave=wave or request.args.get("wave", ""),
        about=" ".join(about),
    )


def _file(words: Mapping[str, Any]) -> str:
    """A file's place, without what stands for one card or one person."""
    place = str(request.url_rule).removeprefix("/staff/")
    return _WORD.sub(lambda word: str(words[word[1]]) if word[1] in _ABOUT else "…", place)


def _signed_in(_: Flask, user: StaffUserRow, **__: Any) -> None:
    note(Kind.SIGNED_IN, user.id)


def _signed_out(_: Flask, user: Any, **__: Any) -> None:
    if user.is_authenticated:
        note(Kind.SIGNED_OUT, user.id)
