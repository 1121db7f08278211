"""Before Flask: a page that a view made a moment ago, and that is the same for all but for a word.

Flask's views make the pages and decide who gets which. Those that are asked for most, the first
page behind an open link, the next question and the thank-you, they leave here, and whoever asks in
the same way gets them at once. Whoever brings more (an answer already begun, a screen in a
reception, another address) goes on to Flask. What is posted and leads straight on is taken here
too, by `take`.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from flask import Flask, current_app, request
from werkzeug.http import parse_cookie

from surveys import keys
from surveys.fieldwork import Admission
from webapp import Running, device, forms, remembered, security, too_often
from webapp.compression import reads_gzip
from webapp.published import ADMITTED_FOR, MOST_KEPT, Page, Published, keep
from webapp.remembered import Remembered, Thanks
from webapp.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THANKS: Final = "/tak"
_LINK: Final = "/s/"
_ANSWERING: Final = "/svar"
_OURS: Final = "hoert"
"""In the name of every cookie that has to do with answering."""
_PLAIN: Final = re.compile(r"(?:lang=[a-z]{2,3})?")

_FORM: Final = "application/x-www-form-urlencoded"
_LARGEST: Final = 64 * 1024
_MOST_FIELDS: Final = 100
_SENT_ON: Final = (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "0"))

Words = Callable[[], tuple[str, ...]]
_Found = tuple[Page, tuple[str, ...]]


class Form:
    """What is posted to the door. It is read when it is asked for, and can be read again."""

    def __init__(self, settings: Settings, environ: "WSGIEnvironment") -> None:
        self._settings = settings
        self._environ = environ

    def read(self) -> forms.Posted | None:
        """Its fields; None where it is larger than forms are, or cannot be read."""
        environ = self._environ
        length = environ.get("CONTENT_LENGTH", "")
        if environ.get("CONTENT_TYPE") != _FORM or not length.isdecimal() or int(length) > _LARGEST:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        try:
            fields = parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
            )
        except ValueError:
            return None
        return forms.Posted(fields)

    def is_own(self, posted: forms.Posted, bound: str) -> bool:
        """Whether it comes from a page of ours."""
        return security.is_own(self._settings, self._environ, bound, posted.get("token", ""))


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a browser is sent on to, and the page that its ballot finds there, where one waits."""

    address: str
    cookie: str | None = None
    ballot: str = ""
    page: _Found | None = None

    def headers(self) -> list[tuple[str, str]]:
        """As they are sent."""
        cookie = [("Set-Cookie", self.cookie)] if self.cookie else []
        return [*_SENT_ON, ("Location", self.address), *cookie]


Take = Callable[[str, Remembered, Form], Onward | None]


class Door:
    """An application that answers for Flask what was left here, and hands on everything else."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask = app.wsgi_app
        self._opened: dict[Hashable, tuple[str, Admission, Page, Words]] = {}
        self._thanks: dict[Hashable, Page] = {}
        self._next: dict[Hashable, tuple[datetime, _Found]] = {}
        self._hosts: set[str] = set()
        self.take: Take = _take_nothing
        """Takes what is posted to an address. Set once, by who knows how."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """One request, as WSGI has it."""
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            onward = self._onward(environ)
            if onward is not None:
                start_response("303 SEE OTHER", onward.headers())
                return (b"",)
        found = self._found(environ) if method == "GET" else None
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
            self._trust()

    def leave_thanks(self, shown: Thanks, page: Page) -> None:
        """The thank-you for whoever sent the same in the same way."""
        if _is_plain(request.environ):
            keep(self._thanks, _thanks_key(request.environ, shown), page)

    def leave_next(self, ballot: str, path: str, page: Page, words: tuple[str, ...]) -> None:
        """The next page, for the one browser that is sent on to it now, and for once.

        What it would find in its draft a moment later is known: its answer was just written there.
        """
        if _is_plain(request.environ):
            self._leave_next(request.environ, ballot, path, (page, words))
            self._trust()

    def _leave_next(
        self, environ: "WSGIEnvironment", ballot: str, path: str, found: _Found
    ) -> None:
        key = environ.get("HTTP_HOST"), path, keys.draft_key(ballot)
        keep(self._next, key, (self._here.clock() + ADMITTED_FOR, found))

    def _trust(self) -> None:
        """Take what is posted to the host of this request from now on: Flask has trusted it."""
        if len(self._hosts) < MOST_KEPT:
            self._hosts.add(request.host)

    def _onward(self, environ: "WSGIEnvironment") -> Onward | None:
        """Where a posted form leads, if it is one that leads straight on."""
        path = environ["PATH_INFO"]
        if (
            not path.startswith((_ANSWERING, _LINK))
            or environ.get("HTTP_HOST") not in self._hosts
            or not _is_plain(environ)
        ):
            return None
        form = Form(self._here.settings, environ)
        with self._app.app_context():
            device.is_none()
            try:
                onward = self.take(path, self._remembered(environ), form)
            except Exception:  # noqa: BLE001  it fails again in Flask, which has a page for it
                return None
        if onward is not None and onward.page is not None:
            self._leave_next(environ, onward.ballot, onward.address, onward.page)
        return onward

    def _found(self, environ: "WSGIEnvironment") -> _Found | None:
        path = environ["PATH_INFO"]
        if path.startswith(_ANSWERING):
            return self._left(environ, path) if _is_plain(environ) else None
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

    def _left(self, environ: "WSGIEnvironment", path: str) -> _Found | None:
        ballot = self._remembered(environ).ballot
        if ballot is None:
            return None
        key = environ.get("HTTP_HOST"), path, keys.draft_key(ballot)
        until, found = self._next.pop(key, (None, None))
        return None if until is None or self._here.clock() >= until else found

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


def _take_nothing(path: str, remembered: Remembered, form: Form) -> None:
    """Leave every form to Flask."""


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
