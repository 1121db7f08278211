"""The conversation of the messaging apps on our own page: plain HTML, one event a POST.

The page is drawn anew from the draft each time; the browser keeps its ballot and its place.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Self

from flask import Blueprint, Response, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from surveys import fieldwork, keys, wording
from surveys.chat import Button, Desk, Event, Notice, Place, Pressed, Reply, Screen, Typed
from surveys.conversation import converse, opening, view
from surveys.errors import AlreadyAnswered, UnknownCode
from surveys.instrument import SOURCE_LANGUAGE
from surveys.talk import CARE
from webapp import citizen, running, security, too_often
from webapp.assets import built
from webapp.remembered import KEPT_FOR, THANKS_KEPT_FOR

blueprint = Blueprint("chat", __name__)

COOKIE: Final = "hoert_ballot"
BUTTON_KEPT_SECONDS: Final = 3600
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the browser keeps of one conversation, signed.

    The ballot is drawn with the first event; `said` is what is told once about the last one.
    """

    ballot: str = ""
    place: Place = field(default_factory=Place)
    said: tuple[Notice, ...] = ()

    @property
    def bound(self) -> str:
        """What the token of the next form belongs to."""
        return self.ballot or self.place.code

    @classmethod
    def read(cls) -> Self | None:
        """What the browser sent; None where that is nothing of ours."""
        try:
            ballot, place, said = _signer().loads(request.cookies.get(COOKIE, ""))
            notices = tuple(Notice(code, words) for code, words in said)
            return cls(ballot, Place.loads(place), notices)
        except (BadSignature, ValueError, KeyError, TypeError):
            return None

    def write(self, response: Answer, path: str) -> None:
        """Hand it to the browser. It goes back to this conversation only."""
        said = [(notice.code, dict(notice.words)) for notice in self.said]
        over = self.place.screen is Screen.SENT
        response.set_cookie(
            COOKIE,
            _signer().dumps((self.ballot, self.place.dumps(), said)),
            max_age=THANKS_KEPT_FOR if over else KEPT_FOR,
            path=path,
            secure=running().settings.in_production,
            httponly=True,
            samesite="Lax",
        )


@blueprint.route("/chat/<code>", methods=["GET", "POST"])
def link(code: str) -> Answer | tuple[str, int]:
    """The conversation behind an open link. An invitation leaves the address at once."""
    if request.method == "GET":
        too_often.require_patience()
    if _TOKEN.fullmatch(code):
        return _invited(code)
    short = keys.heard(code)
    if short is None:
        raise UnknownCode
    with running().database.snapshot() as session:
        token = fieldwork.recognised(session, short, running().settings.secret_key)
    if token != short:
        return _invited(token)
    path = url_for(".link", code=short)
    if code != short and request.method == "GET":
        return redirect(path, 303)
    return _talk(Kept.read() or Kept(), short, path)


@blueprint.route("/chat", methods=["GET", "POST"])
def invited() -> Answer | tuple[str, int]:
    """The conversation of whoever holds an invitation."""
    kept = Kept.read()
    if kept is None:
        raise UnknownCode
    return _talk(kept, kept.place.code, url_for(".invited"))


def _invited(token: str) -> Answer:
    kept = Kept(keys.new_ballot())
    with running().database.snapshot() as session:
        kept = _opened(session, kept, token)
    response = redirect(url_for(".invited"), 303)
    kept.write(response, url_for(".invited"))
    return response


def _talk(kept: Kept, code: str, path: str) -> Answer | tuple[str, int]:
    kept = replace(kept, place=replace(kept.place, code=code))
    if request.method == "GET":
        return _shown(kept, path)
    if not security.is_own_form(kept.bound, request.form.get("token", "")):
        with running().database.snapshot() as session:
            return _drawn(session, kept, request.form.get("text", "")), 403
    try:
        return _heard(kept, path)
    except AlreadyAnswered:
        # The second click of two: the first has put the thank-you where we look next
        return redirect(path, 303)


def _shown(kept: Kept, path: str) -> Answer:
    with running().database.snapshot() as session:
        response = Answer(_drawn(session, kept), mimetype="text/html")
    if kept.said:
        replace(kept, said=()).write(response, path)
    return response


def _heard(kept: Kept, path: str) -> Answer | tuple[str, int]:
    """Take one event. Refused input comes back on the page, with what is wrong with it."""
    kept = replace(kept, ballot=kept.ballot or keys.new_ballot())
    with running().database.transaction() as session:
        kept = _opened(session, kept, kept.place.code)
        turn = converse(session, _desk(kept), kept.place, _event(), running().clock())
        place = replace(turn.place, code=kept.place.code)
        said = (*turn.notices, *([Notice(turn.toast)] if turn.toast else []))
        if turn.refused:
            kept = replace(kept, place=place, said=said)
            return _drawn(session, kept, request.form.get("text", "")), 422
    anew = kept.place.screen is Screen.SENT and place.screen is not Screen.SENT
    response = redirect(path + "#now", 303)
    Kept(keys.new_ballot() if anew else kept.ballot, place, said).write(response, path)
    return response


def _event() -> Event:
    pressed = request.form.get("data")
    if pressed is not None:
        return Pressed(pressed)
    return Typed(request.form.get("text", ""), request.form.get("item"))


def _opened(session: Session, kept: Kept, code: str) -> Kept:
    """The same, at the opening where nothing is open. Raises as `fieldwork.admit` does."""
    if kept.place.screen is Screen.SENT:
        return kept
    place = opening(session, code, kept.place.language, running().clock())
    return replace(kept, place=place) if kept.place.screen is Screen.NOTHING else kept


def _drawn(session: Session, kept: Kept, typed: str = "") -> str:
    """The whole page: the conversation so far, what was said to the last event, what is on show."""
    ended = kept.place.screen is Screen.NOTHING and bool(kept.said)
    if not ended:
        kept = _opened(session, kept, kept.place.code)
    lines, reply = view(session, _desk(kept), kept.place, running().clock())
    language = kept.place.language
    if ended:
        start = Button(wording.say("start", language), "/start", leads=True)
        reply = Reply("", ((start,),))
    if typed and reply.field is not None:
        reply = replace(reply, field=replace(reply.field, typed=typed))
    return citizen.render(
        "chat/conversation.html",
        language,
        lines=lines,
        said=_bubbles(kept.said, language),
        reply=reply,
        refused=bool(typed),
        token=security.form_token(kept.bound),
    )


def _bubbles(said: Iterable[Notice], language: str) -> list[str]:
    """What was said, a bubble each; whom to call is one, and is not spread over five."""
    together = groupby(enumerate(said), key=lambda one: -1 if one[1].code in CARE else one[0])
    return ["\n".join(notice.text(language) for _, notice in group) for _, group in together]


def _desk(kept: Kept) -> Desk:
    settings = running().settings
    return Desk(
        mode="chat",
        key=keys.draft_key(kept.ballot),
        secret=settings.secret_key,
        municipality=settings.municipality,
        public_url=settings.public_url,
        help_phone=settings.help_phone,
        ballot=kept.ballot,
    )


@blueprint.get("/chat/button.js")
def button() -> Answer:
    """The script that the municipality's own pages fetch: a link to the chat, or a window with it.

    It says itself on which pages our chat may stand, so that elsewhere it opens by itself.
    """
    known = {
        "framedBy": running().settings.chat_framed_by,
        "label": wording.say("front_title", SOURCE_LANGUAGE),
        "title": wording.say("chat_title", SOURCE_LANGUAGE),
        "close": wording.say("chat_close", SOURCE_LANGUAGE),
    }
    content = f"(()=>{{const HOERT={json.dumps(known)};{built('chat_button.js')}}})();"
    response = Answer(content, mimetype="text/javascript")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={BUTTON_KEPT_SECONDS}"
    return response


@blueprint.after_request
def _frame(response: Response) -> Response:
    """Let the conversation stand within the pages that the settings name."""
    origins = running().settings.chat_framed_by
    if origins and response.mimetype == "text/html":
        framed = f"frame-ancestors {' '.join(origins)}"
        response.headers["Content-Security-Policy"] = security.CONTENT_POLICY.replace(
            "frame-ancestors 'none'", framed
        )
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(running().settings.secret_key, salt="chat", serializer=json)
