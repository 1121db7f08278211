"""An unlocked screen in a reception: what its signed cookie holds, and how fast answers may come.

Nothing of it is stored on the server. The times stay on the screen itself, where whoever stands
beside it sees them anyway.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, Self

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as Answer

from surveys.instrument import Scale
from surveys.interview import Interview
from webapp import running

COOKIE: Final = "hoert-screen"
"""In the name of its cookie."""

UNLOCKED_FOR: Final = timedelta(hours=16)
"""A working day, and not the next."""

QUICKEST: Final = 10
"""Seconds from the choice of language to sending; who is quicker is asked to look once more."""

MOST: Final = 5
WITHIN: Final = 600
"""So many answers in so many seconds; then a pause until the first of them is that old."""

HASTY: Final = 20
MOST_HASTY: Final = 2
"""Answers that are the same on every scale and took fewer seconds; the third in a row waits."""


class Verdict(Enum):
    """What becomes of an answer that somebody sends from a screen."""

    TAKEN = auto()
    TOO_QUICK = auto()
    PAUSE = auto()


@dataclass(frozen=True, slots=True)
class Pace:
    """When the last answers were sent, in seconds since 1970, and how many in a row were hasty."""

    sent: tuple[int, ...] = ()
    hasty: int = 0

    def judge(self, now: int, began: int, *, alike: bool) -> Verdict:
        """Whether an answer is taken. `alike` says that all its scales have the same answer."""
        if self.pause(now) or (self._is_hasty(now, began, alike) and self.hasty >= MOST_HASTY):
            return Verdict.PAUSE
        return Verdict.TOO_QUICK if now - began < QUICKEST else Verdict.TAKEN

    def pause(self, now: int) -> int:
        """For how many seconds the screen takes no answer."""
        recent = [moment for moment in self.sent if 0 <= now - moment < WITHIN]
        return 0 if len(recent) < MOST else WITHIN - (now - recent[-MOST])

    def after(self, now: int, began: int, *, alike: bool) -> Self:
        """The same once an answer is taken."""
        hasty = self.hasty + 1 if self._is_hasty(now, began, alike) else 0
        return replace(self, sent=(*self.sent, now)[-MOST:], hasty=hasty)

    @staticmethod
    def _is_hasty(now: int, began: int, alike: bool) -> bool:
        return alike and now - began < HASTY


@dataclass(frozen=True, slots=True)
class Device:
    """A screen that staff have unlocked for one code. `began` is when the person there began."""

    code: str
    until: int
    began: int = 0
    pace: Pace = field(default_factory=Pace)

    @property
    def home(self) -> str:
        """Where each person begins."""
        return f"/k/{self.code}"

    @classmethod
    def unlocked(cls, code: str, now: datetime) -> Self:
        """A screen that was unlocked just now."""
        return cls(code, int((now + UNLOCKED_FOR).timestamp()))

    def write(self, response: Answer) -> None:
        """Hand it to the browser of the screen."""
        response.set_cookie(
            _name(),
            _signer().dumps(asdict(self)),
            max_age=max(0, self.until - _now()),
            secure=running().settings.in_production,
            httponly=True,
            samesite="Lax",
        )


def here() -> Device | None:
    """The unlocked screen that this request comes from; None from anywhere else."""
    found: Device | None
    if "device" not in g:
        g.device = _read()
    found = g.device
    return found


def is_none() -> None:
    """Say that what follows is done for no screen, where that is known without a request."""
    g.device = None


def judge(screen: Device | None, interview: Interview, now: datetime) -> Verdict:
    """Whether an answer from a screen is taken now. From anywhere else it is."""
    if screen is None:
        return Verdict.TAKEN
    return screen.pace.judge(int(now.timestamp()), screen.began, alike=_alike(interview))


def after(screen: Device | None, interview: Interview, now: datetime) -> Device | None:
    """The screen once the answer is taken."""
    if screen is None:
        return None
    pace = screen.pace.after(int(now.timestamp()), screen.began, alike=_alike(interview))
    return replace(screen, pace=pace)


def _alike(interview: Interview) -> bool:
    """Whether three scales or more have all the same answer."""
    given = [
        interview.draft.answers.get(item.id)
        for item in interview.instrument
        if isinstance(item.domain, Scale)
    ]
    return len(given) >= 3 and len(set(given)) == 1


def _now() -> int:
    return int(running().clock().timestamp())


def home() -> str:
    """Where the screen that this request comes from begins; "" from anywhere else.

    It belongs in the key of a page that is kept, because the layout has it.
    """
    screen = here()
    return screen.home if screen else ""


def lock(response: Answer) -> None:
    """Make the screen forget that it was unlocked."""
    response.delete_cookie(_name(), secure=running().settings.in_production, httponly=True)


def _read() -> Device | None:
    kept = request.cookies.get(_name())
    if kept is None:
        return None
    try:
        said: dict[str, Any] = _signer().loads(kept)
        pace = Pace(tuple(said["pace"]["sent"]), said["pace"]["hasty"])
        found = Device(said["code"], said["until"], said["began"], pace)
    except (BadSignature, KeyError, TypeError, ValueError):
        return None
    return found if _now() < found.until else None


def _name() -> str:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    return f"__Host-{COOKIE}" if secure else COOKIE


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(running().settings.secret_key, salt="screen", serializer=json)
