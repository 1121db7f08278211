"""What respondents may ask of us: to be left in peace, and to have their answer deleted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from babel.dates import format_timedelta
from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.exc import DBAPIError, TimeoutError
from werkzeug.wrappers import Response as Answer

from surveys import extract, fieldwork, invitations, retention
from surveys.errors import NotAdmitted, UnknownCode
from surveys.instrument import SOURCE_LANGUAGE
from surveys.retention import DEFAULTS, Lifetimes
from webapp import citizen, running, too_often
from webapp.citizen import offered, spoken
from webapp.remembered import Remembered

blueprint = Blueprint("rights", __name__)

KINDS: Final = {
    "frame": "lifetime_frame",
    "draft": "lifetime_draft",
    "text": "lifetime_text",
    "response": "lifetime_response",
}


@blueprint.route("/slet", methods=["GET", "POST"])
def erase() -> Answer:
    """Delete the answer that a receipt was given for."""
    language = spoken(request.values.get("lang"), offered())
    typed = request.form.get("receipt", "").strip()
    problem = None
    if request.method == "POST":
        too_often.require_patience()
        if not typed:
            problem = "erase_missing"
        elif _erased(typed):
            return Response(citizen.render("rights/erased.html", language), mimetype="text/html")
        else:
            too_often.missed()
            problem = "erase_unknown"
    page = citizen.render("rights/erase.html", language, typed=typed[:40], problem=problem)
    return Response(page, 422 if problem else 200, mimetype="text/html")


def _erased(receipt: str) -> bool:
    with running().database.transaction() as session:
        return retention.erase(session, receipt)


@blueprint.route("/nej-tak", methods=["GET", "POST"])
def decline() -> Answer:
    """Say no thank you to an invitation, or change one's mind."""
    token = Remembered.read().ballot
    if token is None:
        return redirect(url_for("respond.front"), 303)
    language = spoken(request.values.get("lang"), offered())
    wanted = None if language == SOURCE_LANGUAGE else language
    if request.method == "POST":
        declines = request.form.get("answer") != "yes"
        with running().database.transaction() as session:
            changed = invitations.decline(session, token, declines=declines)
        to = ".decline" if declines and changed else "respond.answering"
        return redirect(url_for(to, lang=wanted), 303)
    try:
        with running().database.snapshot() as session:
            admission = fieldwork.admit(session, token, running().clock())
    except (NotAdmitted, UnknownCode):
        # Its own page says what became of it
        return redirect(url_for("respond.answering", lang=wanted), 303)
    if not admission.personal:
        return redirect(url_for("respond.answering", lang=wanted), 303)
    page = citizen.render("rights/decline.html", language, declined=admission.declined)
    return Response(page, mimetype="text/html")


def lifetimes(language: str) -> Sequence[tuple[Sequence[str], Sequence[tuple[str, str]]]]:
    """How long things live, in words: for each set of lifetimes the surveys that have it.

    One set is everybody's, and names no survey.
    """
    found: dict[tuple[Lifetimes, str], list[str]] = {}
    try:
        with running().database.snapshot() as session:
            for wave in extract.waves(session):
                lives = retention.lifetimes(session, wave.survey, wave.anonymity)
                titles = found.setdefault((lives, wave.anonymity), [])
                title = wave.instrument.title(language)
                if title not in titles:
                    titles.append(title)
    except (DBAPIError, TimeoutError):
        found = {}
    by_lives: dict[Lifetimes, list[str]] = {}
    for (lives, _), titles in found.items():
        by_lives.setdefault(lives, []).extend(titles)
    if len(by_lives) <= 1:
        lives = next(iter(by_lives), DEFAULTS["anonymous"])
        return [((), _lines(lives, language))]
    return [(sorted(set(titles)), _lines(lives, language)) for lives, titles in by_lives.items()]


def _lines(lives: Lifetimes, language: str) -> Sequence[tuple[str, str]]:
    return [
        (
            code,
            format_timedelta(timedelta(days=getattr(lives, kind)), locale=language, threshold=1),
        )
        for kind, code in KINDS.items()
    ]
