"""What the bot keeps: messages until they are sent, places until the wave closes.

No chat id, name or text is ever readable here: chats go by a keyed hash, all else is sealed.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

Id = BigInteger().with_variant(Integer, "sqlite")


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
    """A chat with something to remember: its place, and the number of the message on show.

    `wave` is what it is about, so that it can go when that closes; 0 where there is none. Who wants
    to be reminded has `remind_at`, and until then the sealed number of the chat.
    """

    __tablename__ = "bot_chat"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    place: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[int | None] = mapped_column(BigInteger)
    blocked: Mapped[bool] = mapped_column(Boolean)
    wave: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    remind_at: Mapped[datetime | None] = mapped_column(Moment)
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
