"""Is the process alive, is it ready, and the pages that the footer of every page leads to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, jsonify, redirect, request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, TimeoutError
from werkzeug.wrappers import Response as Answer

import migrations
from surveys import arrivals
from surveys.ballot import SMALLEST_BATCH
from webapp import callback, citizen, jobs, rights, running, saving
from webapp.citizen import offered, spoken
from webapp.remembered import KEPT_FOR

blueprint = Blueprint("health", __name__)

OK: Final = "ok"
LONGEST_SILENCE: Final = timedelta(seconds=90)
"""A poll takes up to half a minute, and one or two may fail."""


def _database() -> str:
    database = running().database
    try:
        with database.snapshot() as session:
            session.execute(text("SELECT 1"))
        return "not migrated" if migrations.behind(database.engine) else OK
    except (DBAPIError, TimeoutError):
        return "unreachable"


def _bot() -> str:
    """Whether the bot has heard from Telegram of late; another process that must not be missed."""
    if not running().settings.telegram_bot_token:
        return OK
    try:
        with running().database.snapshot() as session:
            heard = arrivals.last_heard(session)
    except (DBAPIError, TimeoutError):
        return "unknown"
    if heard is None:
        return "has never reached Telegram"
    silent = running().clock() - heard
    return OK if silent <= LONGEST_SILENCE else "has not reached Telegram of late"


def _queue() -> str:
    return OK if jobs.reachable(running().settings) else "unreachable"


CHECKS: Final[dict[str, Callable[[], str]]] = {
    "database": _database,
    "queue": _queue,
    "bot": _bot,
}
"""What must work for the process to be ready: name to a check that gives `OK` or what is wrong."""


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status=OK)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Everything that it needs works; 503 names what does not."""
    found = {name: check() for name, check in CHECKS.items()}
    response = jsonify(found)
    if set(found.values()) != {OK}:
        response.status_code = 503
    return response


@blueprint.get("/was")
def accessibility() -> Answer | str:
    """The accessibility statement, at the address that the law names."""
    statement = running().settings.was_url
    if statement:
        return redirect(statement)
    return citizen.render("accessibility.html", spoken(request.args.get("lang"), offered()))


@blueprint.get("/privatliv")
def privacy() -> str:
    """What is stored about a respondent, and what is not."""
    return citizen.render(
        "privacy.html",
        spoken(request.args.get("lang"), offered()),
        smallest_batch=SMALLEST_BATCH,
        cookie_days=KEPT_FOR.days,
        call_days=callback.KEPT.days,
        save_days=saving.KEPT.days,
        has_telegram=bool(running().settings.telegram_bot_token),
        lifetimes=rights.lifetimes(spoken(request.args.get("lang"), offered())),
    )


@blueprint.get("/favicon.ico")
def icon() -> Response:
    """Browsers ask for one unasked; ours is in the page, and they need not ask again."""
    response = Response(status=204)
    response.headers["Cache-Control"] = "public, max-age=604800"
    return response
