"""The sessions of staff: they live in the database, and a cookie only names one.

A browser has a random id and nothing else; the database has the id's hash. So a session is over
when its row is gone, whoever has a copy of the cookie. Nothing is opened, read or set outside
/staff: citizens have no session.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask, Request, Response, current_app, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from surveys.database import Database
from webapp import Clock, Running
from webapp.access_tables import StaffSessionRow

STAFF: Final = "/staff"
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=8)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How often a session notes that it is used: not in every request."""

_NOT_KEPT: Final = frozenset({"csrf_token", "fs_cc", "_fresh", "_id", "_remember"})
_written: Final = TaggedJSONSerializer()

_BROWSERS: Final = {"Edg": "Edge", "OPR/": "Opera", "Firefox": "Firefox", "Chrome": "Chrome"}
_MACHINES: Final = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


class StaffSession(dict[str, Any], SessionMixin):
    """What is known between two requests of one browser under /staff.

    `row` is its key in the database; empty until somebody has signed in, or begun to.
    """

    def __init__(self, id: str = "", row: StaffSessionRow | None = None) -> None:
        super().__init__(_written.loads(row.kept) if row else {})
        self.id = id
        self.row = row
        self.over: bytes | None = None
        self.is_new = row is None and bool(id)

    def renew(self) -> None:
        """Go on under another id, which only this browser gets; the old one opens nothing."""
        self.over = self.row.key_hash if self.row else self.over
        self.row, self.id, self.is_new = None, secrets.token_urlsafe(32), True
        self["csrf_token"] = _form_key(self.id)

    def end(self) -> None:
        """Forget everything, here and in the database."""
        self.clear()
        self.renew()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is signed in, as they see it in a list. `mine` is the browser they look in."""

    key: str
    device: str
    begun_at: datetime
    seen_at: datetime
    mine: bool


class StaffSessions(SessionInterface):
    """Sessions as rows of `staff_session`, for requests under /staff alone."""

    def open_session(self, app: Flask, request: Request) -> StaffSession:
        """The session that the cookie names, or a new one that is nowhere yet."""
        if not is_staff_path(request.path):
            return StaffSession()
        here: Running = app.extensions["hoert"]
        id = request.cookies.get(self.get_cookie_name(app), "")
        row = _read(here.database, id, here.clock()) if id else None
        opened = StaffSession(id or secrets.token_urlsafe(32), row)
        opened.is_new = not id
        # No row is written for somebody who only looks at the form to sign in
        opened["csrf_token"] = _form_key(opened.id, app)
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed, and tell the browser of a new id."""
        if not isinstance(session, StaffSession) or not session.id:
            return
        here: Running = app.extensions["hoert"]
        response.vary.add("Cookie")
        _write(here.database, session, here.clock())
        if session.is_new:
            response.set_cookie(
                self.get_cookie_name(app),
                session.id,
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite=self.get_cookie_samesite(app),
            )


def is_staff_path(path: str) -> bool:
    """Whether an address is one of the pages for staff."""
    return path == STAFF or path.startswith(f"{STAFF}/")


def begin(user_id: int, device: str) -> None:
    """Let the present session be a person's, from now, under an id that nobody knew before."""
    session["user"], session["device"] = user_id, device
    _present().renew()


def renew() -> None:
    """Go on with the present session under another id."""
    _present().renew()


def end() -> None:
    """End the present session."""
    _present().end()


def places(database: Database, user_id: int) -> Sequence[Place]:
    """Where a person is signed in, the latest used first."""
    query = select(StaffSessionRow).where(StaffSessionRow.user_id == user_id)
    mine = _present().row
    with database.snapshot() as snapshot:
        return [
            Place(
                row.key_hash.hex(),
                row.device,
                row.begun_at,
                row.seen_at,
                mine is not None and mine.key_hash == row.key_hash,
            )
            for row in snapshot.scalars(query.order_by(StaffSessionRow.seen_at.desc()))
        ]


def end_place(transaction: Session, user_id: int, key: str) -> None:
    """End one of a person's sessions."""
    try:
        row = bytes.fromhex(key)
    except ValueError:
        return
    transaction.execute(
        delete(StaffSessionRow).where(
            StaffSessionRow.user_id == user_id, StaffSessionRow.key_hash == row
        )
    )


def end_all(transaction: Session, user_id: int, *, but_this: bool = False) -> None:
    """End all sessions of a person, or all `but_this` one that asks."""
    query = delete(StaffSessionRow).where(StaffSessionRow.user_id == user_id)
    mine = _present().row if but_this else None
    if mine is not None:
        query = query.where(StaffSessionRow.key_hash != mine.key_hash)
    transaction.execute(query)


def upkeep(database: Database, clock: Clock) -> None:
    """Delete the sessions that are over."""
    over = or_(
        StaffSessionRow.begun_at <= clock() - LONGEST, StaffSessionRow.seen_at <= clock() - IDLE
    )
    with database.snapshot() as snapshot:
        if snapshot.scalars(select(StaffSessionRow.key_hash).where(over).limit(1)).first() is None:
            return
    with database.transaction() as transaction:
        transaction.execute(delete(StaffSessionRow).where(over))


def device(agent: str) -> str:
    """A browser in words that its owner knows: never the whole of what it says of itself."""
    browser = next((word for sign, word in _BROWSERS.items() if sign in agent), "")
    machine = next((word for sign, word in _MACHINES.items() if sign in agent), "")
    browser = browser or ("Safari" if "Safari" in agent else "Ukendt browser")
    return f"{browser} på {machine}" if machine else browser


def _present() -> StaffSession:
    found: StaffSession = session._get_current_object()  # type: ignore[attr-defined]
    return found


def _hash(id: str) -> bytes:
    return hashlib.sha256(id.encode()).digest()


def _form_key(id: str, app: Flask | None = None) -> str:
    secret = str((app or current_app).secret_key).encode()
    return hmac.digest(secret, f"staff form:{id}".encode(), "sha256").hex()


def _read(database: Database, id: str, now: datetime) -> StaffSessionRow | None:
    query = select(StaffSessionRow).where(
        StaffSessionRow.key_hash == _hash(id),
        StaffSessionRow.begun_at >= now - LONGEST,
        StaffSessionRow.seen_at >= now - IDLE,
    )
    with database.snapshot() as snapshot:
        row = snapshot.scalars(query).one_or_none()
        snapshot.expunge_all()
    return row


def _write(database: Database, session: StaffSession, now: datetime) -> None:
    kept = {key: value for key, value in session.items() if key not in _NOT_KEPT}
    row = session.row
    if row is None and session.over is None and not kept:
        return
    written = _written.dumps(kept)
    seen = row is not None and now - row.seen_at >= SEEN_EVERY
    if row is not None and written == row.kept and not seen:
        return
    with database.transaction() as transaction:
        if session.over is not None:
            transaction.execute(
                delete(StaffSessionRow).where(StaffSessionRow.key_hash == session.over)
            )
        if row is not None:
            # Not written anew: it may have been ended meanwhile
            transaction.execute(
                update(StaffSessionRow)
                .where(StaffSessionRow.key_hash == row.key_hash)
                .values(kept=written, seen_at=now)
            )
        elif kept:
            transaction.execute(
                insert(StaffSessionRow).values(
                    key_hash=_hash(session.id),
                    user_id=kept.get("user"),
                    kept=written,
                    device=kept.get("device", ""),
                    begun_at=now,
                    seen_at=now,
                )
            )
