"""Calls that are to be made: sealed until they are, and in order within a chat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from bot.presenter import Call
from bot.tables import ChatRow, MessageRow
from surveys.database import Base
from surveys.seal import BrokenSeal, Seal


@dataclass(frozen=True, slots=True)
class Parcel:
    """The calls that one update gave, for one chat."""

    number: int
    chat: bytes
    calls: tuple[Call, ...]
    attempts: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outbox:
    """The calls of one bot."""

    seal: Seal

    def put(self, session: Session, chat: bytes, calls: Sequence[Call], now: datetime) -> None:
        """Add calls behind those of the same chat."""
        if calls:
            sealed = self._shut(calls)
            session.execute(_PUT, {"chat": chat, "sealed": sealed, "attempts": 0, "due_at": now})

    def after(self, session: Session, number: int, most: int) -> Sequence[Parcel]:
        """What waits, oldest first, from behind a number on."""
        rows = session.execute(_AFTER, {"number": number, "most": most})
        return [
            Parcel(row.id, row.chat, self._open(row.sealed), row.attempts, row.due_at)
            for row in rows
        ]

    def made(self, session: Session, parcel: Parcel, shown: int | None) -> None:
        """Forget a parcel; `shown` is the message that it put on show."""
        session.execute(_MADE, {"at": parcel.number})
        self._shows(session, parcel.chat, shown)

    def put_off(
        self, session: Session, parcel: Parcel, made: int, shown: int | None, due_at: datetime
    ) -> Parcel:
        """Put a parcel off, and so all behind it; its first `made` calls are made already."""
        left = replace(
            parcel, calls=parcel.calls[made:], attempts=parcel.attempts + 1, due_at=due_at
        )
        session.execute(
            _PUT_OFF,
            {
                "at": parcel.number,
                "sealed": self._shut(left.calls),
                "attempts": left.attempts,
                "due_at": due_at,
            },
        )
        self._shows(session, parcel.chat, shown)
        return left

    def block(self, session: Session, chat: bytes) -> None:
        """The citizen has blocked the bot: nothing more is sent until they write again."""
        session.execute(delete(_MESSAGE).where(_MESSAGE.c.chat == chat))
        session.execute(update(_CHAT).where(_CHAT.c.key == chat).values(blocked=True))

    def _shows(self, session: Session, chat: bytes, shown: int | None) -> None:
        if shown is not None:
            session.execute(_SHOWN, {"at": chat, "shown": shown})

    def _shut(self, calls: Sequence[Call]) -> bytes:
        return self.seal.shut([[call.method, call.params, call.shows] for call in calls])

    def _open(self, sealed: bytes) -> tuple[Call, ...]:
        """The calls; none where they were sealed with another key, for nobody can make them."""
        try:
            return tuple(Call(*parts) for parts in self.seal.open(sealed))
        except BrokenSeal:
            return ()


# Put together once: every update needs four of them
_MESSAGE: Final = Base.metadata.tables[MessageRow.__tablename__]
_CHAT: Final = Base.metadata.tables[ChatRow.__tablename__]
_PUT: Final = insert(_MESSAGE)
_AFTER: Final = (
    select(_MESSAGE)
    .where(_MESSAGE.c.id > bindparam("number"))
    .order_by(_MESSAGE.c.id)
    .limit(bindparam("most"))
)
_MADE: Final = delete(_MESSAGE).where(_MESSAGE.c.id == bindparam("at"))
_PUT_OFF: Final = update(_MESSAGE).where(_MESSAGE.c.id == bindparam("at"))
_SHOWN: Final = update(_CHAT).where(_CHAT.c.key == bindparam("at"))
