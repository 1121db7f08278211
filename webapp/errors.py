"""What a respondent sees when something is refused or fails: one table, one page."""

import json
import logging
import traceback
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import exc as database
from werkzeug import exceptions as http
from werkzeug.wrappers import Response as Answer

from surveys import errors as core
from webapp import citizen, forms, too_often
from webapp.citizen import offered, spoken

logger = logging.getLogger("hoert.web")

HERE: Final = ZoneInfo("Europe/Copenhagen")
RETRY_SECONDS: Final = 10
GUESSING_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status and the name of its wording: `<name>_title` and `<name>_text`."""

    status: int
    wording: str
    asks_for_code: bool = False
    offers_retry: bool = False


REFUSALS: Final[dict[type[Exception], Refusal]] = {
    core.UnknownCode: Refusal(404, "unknown_code", asks_for_code=True),
    too_often.TooManyGuesses: Refusal(429, "guessed"),
    core.WaveNotOpen: Refusal(403, "not_open"),
    core.WaveClosed: Refusal(410, "closed"),
    core.LinkWithdrawn: Refusal(410, "withdrawn"),
    core.AlreadyAnswered: Refusal(200, "already"),
    database.DBAPIError: Refusal(503, "unavailable", offers_retry=True),
    database.TimeoutError: Refusal(503, "unavailable", offers_retry=True),
    http.Forbidden: Refusal(403, "forbidden"),
    http.NotFound: Refusal(404, "not_found"),
    http.MethodNotAllowed: Refusal(405, "unreadable"),
    http.TooManyRequests: Refusal(429, "unavailable"),
    http.RequestEntityTooLarge: Refusal(413, "too_large"),
    http.HTTPException: Refusal(400, "unreadable"),
    Exception: Refusal(500, "failed", offers_retry=True),
}
"""By exception type; the nearest class of an exception decides. AlreadyAnswered is no error: the
answer is in, and that is what its page says."""


def register(app: Flask) -> None:
    """Answer every refusal and every failure with a page in the reader's language."""
    for kind in REFUSALS:
        app.register_error_handler(kind, _answer)


def _answer(error: Exception) -> Answer:
    if isinstance(error, core.UnknownCode):
        within = too_often.missed()
        # What is sent with a form is counted too, but never held up
        if not within and request.method != "POST":
            error = too_often.TooManyGuesses()
    refusal = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
    status = refusal.status
    if isinstance(error, http.HTTPException):
        if error.response is not None or (error.code or 500) < 400:
            return error.get_response()
        status = error.code or status
    if status >= 500:
        report(error)
    if request.path.startswith("/api/"):
        return problem(status, HTTPStatus(status).phrase)
    language = spoken(_wanted(), offered())
    tried = status not in {404, 405, 413} and request.method == "POST"
    page = citizen.render(
        "error.html",
        language,
        title=refusal.wording + "_title",
        text=refusal.wording + "_text",
        opens=_opening(error, language),
        asks_for_code=refusal.asks_for_code,
        offers_retry=refusal.offers_retry and tried,
        carried=list(request.form.items(multi=True)) if tried else [],
        own_words=forms.own_words(request.form) if tried else [],
        lines=g.review() if tried and "review" in g else (),
        missed=tried and status != 200,
    )
    response = Response(page, status, mimetype="text/html")
    if status in {429, 503}:
        seconds = RETRY_SECONDS if status == 503 else GUESSING_SECONDS
        response.headers["Retry-After"] = str(seconds)
    if isinstance(error, http.MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def problem(status: int, title: str) -> Response:
    """A refusal that a program reads (RFC 9457)."""
    body = json.dumps({"title": title, "status": status}, ensure_ascii=False)
    return Response(body, status, mimetype="application/problem+json")


def report(error: BaseException) -> None:
    """Log what failed and where, without its message: that could hold what somebody wrote."""
    cause = getattr(error, "orig", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    where = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(own or frames)
    )
    endpoint = request.endpoint if has_request_context() else None
    logger.error(
        "%s%s in %s: %s",
        type(error).__name__,
        f" ({type(cause).__name__})" if cause is not None else "",
        endpoint,
        where,
    )


def _wanted() -> str | None:
    if request.method == "POST" and request.content_length is not None:
        try:
            return request.form.get("lang") or request.args.get("lang")
        except http.HTTPException:
            return request.args.get("lang")
    return request.args.get("lang")


def _opening(error: BaseException, language: str) -> str:
    if not isinstance(error, core.WaveNotOpen) or not error.args:
        return ""
    opens = error.args[0]
    if not isinstance(opens, datetime):
        return ""
    pattern = "d. MMMM y 'kl.' HH.mm" if language == "da" else "d MMMM y, HH:mm"
    return format_datetime(opens, pattern, tzinfo=HERE, locale=language)
