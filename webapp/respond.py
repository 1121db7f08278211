"""Answering on the web: the door that a code opens, and the way from there to the thank-you.

An instrument without rules is one page and one POST (`one_page`); one with rules goes page by
page with a draft on the server (`paged`).
"""

import re
from typing import Final

from flask import Blueprint, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as Answer

from surveys import fieldwork, keys, sitting
from surveys.errors import AlreadyAnswered, UnknownCode
from surveys.instrument import SOURCE_LANGUAGE
from webapp import citizen, one_page, paged, running, straight_on, thanks, too_often
from webapp.citizen import offered, spoken
from webapp.published import Published, published
from webapp.remembered import Remembered

blueprint = Blueprint("respond", __name__)

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@blueprint.record
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["hoert.published"] = Published(state.app.extensions["hoert"].database)
    state.app.extensions["hoert.door"].take = straight_on.take


@blueprint.route("/", methods=["GET", "POST"])
def front() -> Answer:
    """What Hørt is, and the field for a code."""
    language = spoken(request.values.get("lang"), offered())
    typed = request.values.get("code")
    code = None if typed is None else _code_in(typed)
    if code is not None:
        lang = None if language == SOURCE_LANGUAGE else language
        return redirect(url_for(".survey", code=code, lang=lang), 303)
    problem = None
    if typed is not None:
        problem = "code_wrong" if typed.strip() else "code_missing"
    lost = "husket" in request.args
    page = citizen.render("front.html", language, typed=typed or "", problem=problem, lost=lost)
    return Response(page, 422 if problem else 200, mimetype="text/html")


def _code_in(typed: str) -> str | None:
    """The code in what was typed or pasted, be it the whole link."""
    code = typed.strip().rstrip("/").rsplit("/", 1)[-1]
    return keys.heard(code) or (code if _TOKEN.fullmatch(code) else None)


@blueprint.route("/s/<code>", methods=["GET", "POST"])
def survey(code: str) -> Answer:
    """What an open link or a personal invitation opens."""
    link = keys.heard(code)
    if request.method == "GET":
        known = link is not None and published().remembered(link, running().clock()) is not None
        too_often.require_patience(remembered=known)
    if link is None:
        return _invited(code)
    try:
        admission = published().admission(link, running().clock())
    except UnknownCode:
        # A person's own code, read aloud or off a letter, stands for the token of their link
        return _invited(keys.token_of(running().settings.secret_key, link))
    has_rules = admission.instrument.has_rules
    if request.method == "POST":
        return paged.begin(admission, link) if has_rules else one_page.take(admission, link=link)
    remembered = Remembered.read()
    language = spoken(request.args.get("lang"), offered(admission.instrument))
    if remembered.has_answered(link) and "again" not in request.args:
        return thanks.already(admission.instrument, language)
    if has_rules:
        return paged.welcome(admission, language, remembered.ballot, link=link)
    return one_page.show(admission, language, keys.new_ballot(), link=link)


def _invited(token: str) -> Answer:
    """Take an invitation out of the address at once."""
    with running().database.snapshot() as session:
        admission = fieldwork.admit(session, token, running().clock())
    to = "rights.decline" if admission.declined else ".answering"
    response = redirect(url_for(to, lang=request.args.get("lang")), 303)
    Remembered.read().holding(token, admission.instrument_version_id).write(response)
    return response


@blueprint.route("/svar", methods=["GET", "POST"])
def answering() -> Answer:
    """Where the holder of the open ballot is: the first page, the form, or the check."""
    remembered = Remembered.read()
    ballot = remembered.ballot
    if ballot is None:
        if request.method == "POST" and remembered.thanks is None:
            raise UnknownCode
        if remembered.thanks:
            return redirect(url_for(".thank_you"), 303)
        return redirect(url_for(".front", husket="nej"), 303)
    try:
        return _answer(ballot)
    except AlreadyAnswered:
        if request.method == "GET":
            raise
        # The second click of two, or a reload: the same thank-you again
        language = request.form.get("lang", SOURCE_LANGUAGE)
        receipt = thanks.told_before(ballot)
        return thanks.thank(receipt, remembered.version, language, link=remembered.link)


def _answer(ballot: str) -> Answer:
    with running().database.snapshot() as session:
        open_sitting = sitting.resume(session, keys.draft_key(ballot))
        if open_sitting is None:
            admission = fieldwork.admit(session, ballot, running().clock())
    if open_sitting is not None:
        if request.method == "POST":
            return paged.send(ballot)
        return paged.here(open_sitting.interview, ballot)
    if request.method == "POST":
        if admission.instrument.has_rules:
            return paged.begin(admission)
        return one_page.take(admission, held=ballot)
    language = spoken(request.args.get("lang"), offered(admission.instrument))
    if admission.instrument.has_rules:
        return paged.welcome(admission, language, ballot)
    return one_page.show(admission, language, ballot)


@blueprint.route("/svar/<item>", methods=["GET", "POST"])
def question(item: str) -> Answer:
    """One question of an instrument with rules."""
    return paged.question(item)


@blueprint.get("/tak")
def thank_you() -> Answer:
    """What happens now, and the receipt."""
    return thanks.show()
