"""What a company answered, for its own eyes, and what of it may be quoted: a page behind a link.

The token goes out of the address at once, into a cookie for this page alone, as an invitation's.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, Response, current_app, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from analysis import verdicts
from analysis.verdicts import Asked, Verdict
from surveys import extract, receipt_links, telling, wording
from surveys.errors import UnknownCode
from surveys.instrument import SOURCE_LANGUAGE, Missing
from surveys.receipt_links import Opened
from surveys.schedule import COPENHAGEN
from webapp import citizen, running, too_often
from webapp.citizen import offered, spoken

blueprint = Blueprint("receipts", __name__)

COOKIE: Final = "kvittering"


@blueprint.get("/kvittering/<token>")
def arrive(token: str) -> Answer:
    """Take the token out of the address."""
    response = redirect("/kvittering", 303)
    response.set_cookie(
        COOKIE,
        token,
        path="/kvittering",
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


@blueprint.route("/kvittering", methods=["GET", "POST"])
def show() -> Answer:
    """The answers and the quotes, and what is said of each quote."""
    here = running()
    too_often.require_patience()
    token = request.cookies.get(COOKIE, "")
    problems: Mapping[int, str] = {}
    if request.method == "POST":
        with here.database.transaction() as session:
            opened = _opened(session, token)
            wave = _wave(session, opened)
            if extract.answers_to(session, wave, opened.invitation) is None:
                raise UnknownCode
            asked = quotes_of(session, wave, opened.invitation)
            problems = _said(session, asked)
        if not problems:
            lang = request.form.get("lang", SOURCE_LANGUAGE)
            saved = {"saved": "1"} | ({} if lang == SOURCE_LANGUAGE else {"lang": lang})
            return redirect(f"/kvittering?{'&'.join(f'{k}={v}' for k, v in saved.items())}", 303)
    with here.database.snapshot() as session:
        opened = _opened(session, token)
        wave = _wave(session, opened)
        answers = extract.answers_to(session, wave, opened.invitation)
        asked = quotes_of(session, wave, opened.invitation)
    if answers is None:
        raise UnknownCode
    languages = offered(wave.instrument)
    language = spoken(request.values.get("lang", opened.language), languages)
    page = citizen.render(
        "receipts/show.html",
        language,
        languages=languages,
        title=wave.instrument.title(language),
        lines=_lines(wave, answers, language),
        asked=asked,
        problems=problems,
        typed=request.form,
        Verdict=Verdict,
        longest=verdicts.LONGEST,
        last=opened.expires_at.astimezone(COPENHAGEN).date(),
        saved="saved" in request.args and not problems,
    )
    return Response(page, 422 if problems else 200, mimetype="text/html")


def _opened(session: Session, token: str) -> Opened:
    here = running()
    return receipt_links.opened(session, token, here.settings.secret_key, here.clock())


def _wave(session: Session, opened: Opened) -> extract.Wave:
    return next(wave for wave in extract.waves(session) if wave.id == opened.wave_id)


def quotes_of(session: Session, wave: extract.Wave, invitation: bytes) -> Sequence[Asked]:
    """What somebody is asked to let us quote, by the hash of their invitation."""
    response = extract.by_invitation(session, wave.id).get(invitation)
    return verdicts.of_response(session, wave, response) if response else ()


def _said(session: Session, asked: Sequence[Asked]) -> Mapping[int, str]:
    """Write down what is said of each quote; the code of what is wrong, by quote."""
    problems = {}
    for one in asked:
        said = request.form.get(f"verdict.{one.id}")
        if said not in set(Verdict):
            continue
        words = request.form.get(f"words.{one.id}", "")
        try:
            verdicts.say(session, one, Verdict(said), words)
        except ValueError:
            problems[one.id] = "quotes_long" if words.strip() else "quotes_missing"
    return problems


def _lines(
    wave: extract.Wave, answers: Mapping[str, object], language: str
) -> Sequence[tuple[str, str, str]]:
    """Every question with what was answered and what the interviewer summed up."""
    lines = []
    for item in wave.instrument:
        answer = answers.get(item.id, Missing.SKIPPED)
        if isinstance(answer, Missing):
            code = answer if answer in {Missing.DONT_KNOW, Missing.REFUSED} else Missing.SKIPPED
            if item.companion_of is None:
                lines.append((item.text(language), wording.say(code.value, language), ""))
            continue
        words = item.domain.describe(answer, language)  # type: ignore[arg-type]
        lines.append((item.text(language), telling.own_words(words), telling.summary(words)))
    return lines
