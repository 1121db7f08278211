"""What respondents may ask of us: to be left in peace, and to have their answer deleted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from babel.dates import format_timedelta
from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from surveys import extract, fieldwork, invitations, keys, retention
from surveys.errors import AlreadyAnswered, NotAdmitted, UnknownCode, WaveClosed
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


@blueprint.route("/nej-tak/<code>", methods=["GET", "POST"])
def refuse(code: str) -> Answer:
    """The way out in every message: take the invitation out of the address, and ask.

    A POST is a mail program's own button (RFC 8058): nobody is asked, and there is no page.
    """
    too_often.require_patience()
    here = running()
    link = keys.heard(code)
    token = code if link is None else keys.token_of(here.settings.secret_key, link)
    if request.method == "POST":
        with here.database.transaction() as session:
            known = invitations.decline_all(session, token, here.settings.secret_key, declines=True)
        if not known:
            raise UnknownCode
        return Response("", mimetype="text/plain")
    with here.database.snapshot() as session:
        version = fieldwork.version_invited(session, token)
    response = redirect(url_for(".decline", lang=request.args.get("lang")), 303)
    Remembered.read().holding(token, version).write(response)
    return response


@blueprint.route("/nej-tak", methods=["GET", "POST"])
def decline() -> Answer:
    """Say no thank you to an invitation or to all there will be, or change one's mind."""
    here = running()
    token = Remembered.read().ballot
    if token is None:
        return redirect(url_for("respond.front"), 303)
    language = spoken(request.values.get("lang"), offered())
    wanted = None if language == SOURCE_LANGUAGE else language
    if request.method == "POST":
        answer = request.form.get("answer", "no")
        secret = here.settings.secret_key
        with here.database.transaction() as session:
            if answer == "never":
                invitations.decline_all(session, token, secret, declines=True)
                page = citizen.render("rights/decline.html", language, declined=True, never=True)
                return Response(page, mimetype="text/html")
            if answer == "yes":
                invitations.decline_all(session, token, secret, declines=False)
            changed = invitations.decline(session, token, declines=answer != "yes")
        to = ".decline" if answer != "yes" and changed else "respond.answering"
        return redirect(url_for(to, lang=wanted), 303)
    try:
        with here.database.snapshot() as session:
            admission = _still_open(session, token)
    except (NotAdmitted, UnknownCode):
        # Its own page says what became of it
        return redirect(url_for("respond.answering", lang=wanted), 303)
    if admission is not None and not admission.personal:
        return redirect(url_for("respond.answering", lang=wanted), 303)
    page = citizen.render(
        "rights/decline.html",
        language,
        declined=admission is not None and admission.declined,
        is_over=admission is None,
    )
    return Response(page, mimetype="text/html")


def _still_open(session: Session, token: str) -> fieldwork.Admission | None:
    """What a token opens. None for a personal invitation with nothing to decline but the next."""
    try:
        return fieldwork.admit(session, token, running().clock())
    except (AlreadyAnswered, WaveClosed):
        fieldwork.version_invited(session, token)
        return None


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
