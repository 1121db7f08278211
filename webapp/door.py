"""Before Flask: a page that a view made a moment ago, and that is the same for all but for a word.

Flask's views make the pages and decide who gets which. Those that are asked for most, the first
page behind an open link, the next question and the thank-you, they leave here, and whoever asks in
the same way gets them at once. Whoever brings more (an answer already begun, a screen in a
reception, another address) goes on to Flask.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import Flask, current_app, request
from werkzeug.http import parse_cookie

from surveys import keys
from surveys.fieldwork import Admission
from webapp import Running, device, remembered, security, too_often
from webapp.compression import reads_gzip
from webapp.published import ADMITTED_FOR, Page, Published, keep
from webapp.remembered import Remembered, Thanks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THANKS: Final = "/tak"
_LINK: Final = "/s/"
_QUESTION: Final = "/svar/"
_OURS: Final = "hoert"
"""In the name of every cookie that has to do with answering."""
_PLAIN: Final = re.compile(r"(?:lang=[a-z]{2,3})?")

Words = Callable[[], tuple[str, ...]]
_Found = tuple[Page, tuple[str, ...]]


class Door:
    """An application that answers for Flask what was left here, and hands on everything else."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask = app.wsgi_app
        self._opened: dict[Hashable, tuple[str, Admission, Page, Words]] = {}
        self._thanks: dict[Hashable, Page] = {}
        self._questions: dict[Hashable, tuple[datetime, Page]] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """One request, as WSGI has it."""
        found = self._found(environ) if environ["REQUEST_METHOD"] == "GET" else None
        if found is None:
            return self._flask(environ, start_response)
        page, words = found
        gzip = reads_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers, content = page.sent(words, compressed=gzip)
        start_response("200 OK", [*headers, ("Content-Length", str(len(content)))])
        return (content,)

    def leave_opened(self, code: str, admission: Admission, page: Page, words: Words) -> None:
        """What an open link opens, for whoever asks as this request does, while that is fresh.

        `words` makes those of each reader, outside of any request.
        """
        key = _opened_key(request.environ)
        if key is not None:
            keep(self._opened, key, (code, admission, page, words))

    def leave_thanks(self, shown: Thanks, page: Page) -> None:
        """The thank-you for whoever sent the same in the same way."""
        if _is_plain(request.environ):
            keep(self._thanks, _thanks_key(request.environ, shown), page)

    def leave_question(self, ballot: str, path: str, page: Page) -> None:
        """The next question, for the one browser that is sent on to it now, and for once.

        What it would find in its draft a moment later is known: its answer was just written there.
        """
        if _is_plain(request.environ):
            key = request.environ.get("HTTP_HOST"), path, keys.draft_key(ballot)
            keep(self._questions, key, (self._here.clock() + ADMITTED_FOR, page))

    def _found(self, environ: "WSGIEnvironment") -> _Found | None:
        path = environ["PATH_INFO"]
        if path.startswith(_QUESTION):
            return self._question(environ, path) if _is_plain(environ) else None
        if path == THANKS:
            return self._thank(environ) if _is_plain(environ) else None
        return self._open(environ) if path.startswith(_LINK) else None

    def _open(self, environ: "WSGIEnvironment") -> _Found | None:
        left = self._opened.get(_opened_key(environ))
        if left is None:
            return None
        code, admission, page, words = left
        published: Published = self._app.extensions["hoert.published"]
        if published.remembered(code, self._here.clock()) is not admission:
            return None
        if too_often.must_wait(self._app, environ.get("REMOTE_ADDR", "")):
            return None
        return page, words()

    def _thank(self, environ: "WSGIEnvironment") -> _Found | None:
        shown = self._remembered(environ).thanks_at(self._here.clock())
        if shown is None or shown.removed or not shown.receipt:
            return None
        page = self._thanks.get(_thanks_key(environ, shown))
        return None if page is None else (page, (shown.receipt,))

    def _question(self, environ: "WSGIEnvironment", path: str) -> _Found | None:
        ballot = self._remembered(environ).ballot
        if ballot is None:
            return None
        key = environ.get("HTTP_HOST"), path, keys.draft_key(ballot)
        until, page = self._questions.pop(key, (None, None))
        if until is None or page is None or self._here.clock() >= until:
            return None
        return page, (security.token_of(self._here.settings.secret_key, ballot),)

    def _remembered(self, environ: "WSGIEnvironment") -> Remembered:
        cookies = parse_cookie(environ.get("HTTP_COOKIE"))
        return Remembered.found(cookies.get(remembered.name(self._app)))

    @property
    def _here(self) -> Running:
        here: Running = self._app.extensions["hoert"]
        return here


def door() -> Door:
    """The one before the application that handles this request."""
    found: Door = current_app.extensions["hoert.door"]
    return found


def register(app: Flask) -> None:
    """Put a door before an application."""
    app.extensions["hoert.door"] = made = Door(app)
    app.wsgi_app = made  # type: ignore[method-assign]


def _opened_key(environ: "WSGIEnvironment") -> Hashable:
    """What two requests have in common that open the same; None for one by itself."""
    query = environ.get("QUERY_STRING", "")
    if _OURS in environ.get("HTTP_COOKIE", "") or not _PLAIN.fullmatch(query):
        return None
    # A host stands here only when Flask has trusted it
    return environ.get("HTTP_HOST"), environ["PATH_INFO"], query


def _is_plain(environ: "WSGIEnvironment") -> bool:
    return not environ.get("QUERY_STRING") and device.COOKIE not in environ.get("HTTP_COOKIE", "")


def _thanks_key(environ: "WSGIEnvironment", shown: Thanks) -> Hashable:
    return environ.get("HTTP_HOST"), shown.instrument_version, shown.language, shown.low
