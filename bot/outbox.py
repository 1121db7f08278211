"""Calls that are to be made: sealed until they are, and in order within a chat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.presenter import Call
from bot.seal import BrokenSeal, Seal
from bot.tables import ChatRow, MessageRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits. `call` is None when it was sealed with another key: nobody can make it."""

    number: int
    chat: bytes
    call: Call | None
    attempts: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outbox:
    """The calls of one bot."""

    seal: Seal

    def put(self, session: Session, chat: bytes, calls: Iterable[Call], now: datetime) -> None:
        """Add calls behind those of the same chat."""
        for call in calls:
            sealed = self.seal.shut([call.method, call.params, call.shows])
            session.add(MessageRow(chat=chat, sealed=sealed, attempts=0, due_at=now))
            # Each at once: their numbers are their order
            session.flush()

    def heads(self, session: Session) -> Sequence[Waiting]:
        """The first call of every chat, due or not."""
        first = select(func.min(MessageRow.id)).group_by(MessageRow.chat)
        rows = session.scalars(select(MessageRow).where(MessageRow.id.in_(first)))
        return [self._waiting(row) for row in rows]

    def made(self, session: Session, waiting: Waiting, shown: int | None = None) -> Waiting | None:
        """Forget a call; `shown` is the message that it put on show. Gives the chat's next."""
        session.execute(delete(MessageRow).where(MessageRow.id == waiting.number))
        if shown is not None:
            session.execute(update(ChatRow).where(ChatRow.key == waiting.chat).values(shown=shown))
        following = session.scalars(
            select(MessageRow)
            .where(MessageRow.chat == waiting.chat)
            .order_by(MessageRow.id)
            .limit(1)
        ).one_or_none()
        return None if following is None else self._waiting(following)

    def later(self, session: Session, waiting: Waiting, due_at: datetime) -> None:
        """Put a call off, and so all that come behind it in its chat."""
        session.execute(
            update(MessageRow)
            .where(MessageRow.id == waiting.number)
            .values(due_at=due_at, attempts=MessageRow.attempts + 1)
        )

    def block(self, session: Session, chat: bytes) -> None:
        """The citizen has blocked the bot: nothing more is sent until they write again."""
        session.execute(delete(MessageRow).where(MessageRow.chat == chat))
        session.execute(update(ChatRow).where(ChatRow.key == chat).values(blocked=True))

    def _waiting(self, row: MessageRow) -> Waiting:
        try:
            method, params, shows = self.seal.open(row.sealed)
            call = Call(method, params, shows)
        except BrokenSeal:
            call = None
        return Waiting(row.id, row.chat, call, row.attempts, row.due_at)
