"""What the bot keeps: updates until they are handled, messages until they are sent, and places.

No chat id, name or text is ever readable here: chats go by a keyed hash, all else is sealed.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

Id = BigInteger().with_variant(Integer, "sqlite")

WAITING, DONE, ASIDE = "waiting", "done", "aside"


class UpdateRow(Base):
    """An update as it came. The unique number makes a second delivery nothing.

    `sealed` goes in the transaction that handles it; what was put aside keeps it until it is
    purged, for whoever has to find out why.
    """

    __tablename__ = "bot_inbox"
    __table_args__ = (
        CheckConstraint(f"state IN ('{WAITING}', '{DONE}', '{ASIDE}')", "state"),
        Index("ix_bot_inbox_state_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    received_at: Mapped[datetime] = mapped_column(Moment)


class MessageRow(Base):
    """A call to Telegram that is to be made, in order within its chat. It goes when it is made."""

    __tablename__ = "bot_outbox"
    __table_args__ = (
        Index("ix_bot_outbox_chat_id", "chat", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(Moment)


class ChatRow(Base):
    """A chat with something to remember: its place, and the number of the message on show."""

    __tablename__ = "bot_chat"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    place: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[int | None] = mapped_column(BigInteger)
    blocked: Mapped[bool] = mapped_column(Boolean)


class PollRow(Base):
    """When Telegram last gave an answer: one row, for the watchdog and for `/readyz`."""

    __tablename__ = "bot_poll"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    good_at: Mapped[datetime] = mapped_column(Moment)
