"""The technical cookie of the form pages: what this browser knows about its own answers."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Annotated, Self

from flask import Flask, current_app, g, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response

from surveys import keys

KEPT_FOR = timedelta(days=30)
THANKS_KEPT_FOR = timedelta(hours=1)
MOST_ANSWERED = 20
_ATTRIBUTES = f"HttpOnly; Max-Age={KEPT_FOR // timedelta(seconds=1)}; Path=/; SameSite=Lax"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Thanks(_Kept):
    """What the thank-you page tells once a response is stored, as long as it may be shown again.

    `unit` is whom a call would come from, and `low` that one is offered plainly.
    """

    receipt: Annotated[str, Field(pattern=r"^[0-9A-Z-]{0,20}$")]
    instrument_version: int
    language: Annotated[str, Field(max_length=8)]
    removed: dict[str, int]
    until: int
    unit: Annotated[str, Field(max_length=60)] | None = None
    low: bool = False


class Remembered(_Kept):
    """The open ballot with where it came from, the open links answered here, the last thank-you.

    `salt` is a secret of this browser alone, drawn when the ballot was opened here: a receipt
    follows from both. An invitation can be made again by whoever has the installation's secret, and
    a receipt that followed from it alone would lead from a person to an answer.

    It is not signed: all that it can do is decide what its own browser is shown.
    """

    ballot: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")] | None = None
    version: int = 0
    link: str | None = None
    answered: tuple[str, ...] = ()
    thanks: Thanks | None = None

    @classmethod
    def read(cls) -> Self:
        """What the browser sent; nothing where that cannot be read."""
        if "remembered" not in g:
            g.remembered = cls.found(request.cookies.get(name(current_app)))
        found: Self = g.remembered
        return found

    @classmethod
    def found(cls, kept: str | None) -> Self:
        """What a cookie holds."""
        if kept is None:
            return cls()
        try:
            return cls.model_validate_json(urlsafe_b64decode(kept))
        except (ValidationError, ValueError):
            return cls()

    def write(self, response: Response) -> None:
        """Hand it to the browser, for it to send back for `KEPT_FOR` from now."""
        response.headers.add("Set-Cookie", self.cookie())

    def cookie(self) -> str:
        """The same as the header has it."""
        content = self.model_dump_json(exclude_defaults=True).encode()
        # By hand: its letters are safe, and every answer sets one
        kept = urlsafe_b64encode(content).decode()
        secure = "Secure; " if _is_secure(current_app) else ""
        return f"{name(current_app)}={kept}; {secure}{_ATTRIBUTES}"

    def holding(self, ballot: str, version: int, link: str | None = None) -> Self:
        """The same with this ballot open, and where it came from."""
        salt = self.salt if ballot == self.ballot else None
        return self.model_copy(
            update={
                "ballot": ballot,
                "salt": salt or secrets.token_urlsafe(16),
                "version": version,
                "link": link,
            }
        )

    def receipt(self, ballot: str) -> str:
        """The receipt of a ballot: the same every time that this browser asks.

        One that came with a form and not with the cookie was drawn at random for that form.
        """
        if ballot == self.ballot:
            ballot = f"{ballot}.{self.salt or secrets.token_urlsafe(16)}"
        return keys.receipt(current_app.extensions["hoert"].settings.secret_key, ballot)

    def has_answered(self, code: str) -> bool:
        """Whether this browser has sent an answer through this open link."""
        return _tag(code) in self.answered

    def thanked(self, thanks: Thanks, code: str | None) -> Self:
        """The same after a response is stored: no ballot is open, and the open link is answered."""
        before = tuple(tag for tag in self.answered if code is None or tag != _tag(code))
        answered = before if code is None else (*before, _tag(code))[-MOST_ANSWERED:]
        return type(self)(thanks=thanks, answered=answered)

    def thanks_at(self, now: datetime) -> Thanks | None:
        """The last thank-you, unless it is too old to be this person's."""
        thanks = self.thanks
        return thanks if thanks is not None and now.timestamp() < thanks.until else None


def thanks_until(now: datetime) -> int:
    """When a thank-you of this moment is no longer shown, in seconds since 1970."""
    return int((now + THANKS_KEPT_FOR).timestamp())


def _tag(code: str) -> str:
    return hashlib.sha256(f"answered:{code}".encode()).hexdigest()[:12]


def name(app: Flask) -> str:
    """What the cookie is called."""
    return "__Host-hoert" if _is_secure(app) else "hoert"


def _is_secure(app: Flask) -> bool:
    """As the sessions of staff: decided once, by `security.protect`."""
    return bool(app.config["SESSION_COOKIE_SECURE"])
