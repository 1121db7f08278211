"""What is remembered of a chat between two updates: its place, and whether to come back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from bot.tables import ChatRow
from surveys import sitting
from surveys.chat import Place, Screen
from surveys.database import Base
from surveys.seal import BrokenSeal, Seal


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat that has something to remember; `shown` is the message on show."""

    place: Place
    shown: int | None


@dataclass(frozen=True, slots=True)
class Chats:
    """The chats of one bot, each under its key."""

    seal: Seal

    def find(self, session: Session, key: bytes) -> Chat | None:
        """What is remembered of a chat."""
        row = session.execute(_FIND, {"at": key}).one_or_none()
        if row is None:
            return None
        sealed = self._open(row.place)
        # Where the key was changed, the draft is found all the same and shows where we are
        return Chat(Place() if sealed is None else Place.loads(sealed), row.shown)

    def keep(
        self,
        session: Session,
        key: bytes,
        place: Place,
        *,
        known: bool,
        remind: tuple[datetime, int] | None = None,
    ) -> None:
        """Remember where a chat is; nothing once there is nothing to remember.

        `known` says that `find` has found it. `remind` is when to come back, and the number of the
        chat, which is kept for nothing else; without it no reminder is due any more.
        """
        if place.screen is Screen.NOTHING:
            if known:
                session.execute(_DROP, {"at": key})
            return
        when, number = remind or (None, None)
        values = {
            "place": self.seal.shut(place.dumps()),
            "wave": place.wave,
            "blocked": False,
            "remind_at": when,
            "number": None if number is None else self.seal.shut(number),
        }
        if known:
            session.execute(_KEEP, {"at": key, **values})
        else:
            session.execute(_BEGIN, {"key": key, "shown": None, **values})

    def due(self, session: Session, now: datetime) -> Sequence[int]:
        """The numbers of the chats that asked to be reminded by now. Each is given once."""
        rows = session.execute(_DUE, {"now": now}).all()
        for row in rows:
            session.execute(_KEEP, {"at": row.key, "remind_at": None, "number": None})
        numbers = [self._open(row.number) for row in rows if not row.blocked]
        return [number for number in numbers if isinstance(number, int)]

    def forget(self, session: Session, now: datetime) -> None:
        """Drop what joins chats to surveys that take no more answers, and drafts with it."""
        waves = session.scalars(select(ChatRow.wave).distinct()).all()
        over = sitting.closed(session, waves, now)
        session.execute(delete(_CHAT).where(_CHAT.c.wave.in_(over)))
        sitting.discard_closed(session, "telegram", now)

    def _open(self, sealed: bytes | None) -> Any:
        try:
            return self.seal.open(sealed or b"")
        except BrokenSeal:
            return None


# Put together once: every update needs one of them or two
_CHAT: Final = Base.metadata.tables[ChatRow.__tablename__]
_FIND: Final = select(_CHAT.c.place, _CHAT.c.shown).where(_CHAT.c.key == bindparam("at"))
_BEGIN: Final = insert(_CHAT)
_KEEP: Final = update(_CHAT).where(_CHAT.c.key == bindparam("at"))
_DROP: Final = delete(_CHAT).where(_CHAT.c.key == bindparam("at"))
_DUE: Final = select(_CHAT.c.key, _CHAT.c.number, _CHAT.c.blocked).where(
    _CHAT.c.remind_at <= bindparam("now")
)
