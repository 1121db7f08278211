"""The mapped classes of what is sent: to whom in which step, and who is to be left in peace.

Nothing here can be read by anybody who is sent a message: no body, no address, no link. Rows of a
step are written for everybody alike, whether they have answered or not.
"""

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

STEPS = ("invitation", "reminder_1", "reminder_2")
STATES = ("waiting", "sending", "done", "handed_over", "failed", "uncertain")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class DispatchRow(Base):
    """One person in one step: waiting, being sent, or how it ended.

    `ref` is random and stands in the message, so that a service can say what became of it. `day` is
    that of the last change, in Copenhagen. `holder` is the sender that has it just now, and
    `not_before` when an address that took nothing is tried again.
    """

    __tablename__ = "dispatch"
    __table_args__ = (
        CheckConstraint(_one_of("step", STEPS), "step"),
        CheckConstraint(_one_of("state", STATES), "state"),
        CheckConstraint("(state = 'sending') = (holder IS NOT NULL)", "held_while_sent"),
        Index("ix_dispatch_state", "state"),
        {"sqlite_with_rowid": False},
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("frame_member.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[str] = mapped_column(String(12), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    ref: Mapped[str] = mapped_column(String(32), unique=True)
    day: Mapped[date] = mapped_column(Date)
    holder: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    not_before: Mapped[datetime | None] = mapped_column(Moment)


class SendingRow(Base):
    """How the invitations of a survey are sent, where staff decided otherwise than the default.

    `automatic`: by the worker, as soon as they are issued. `reminders`: on day 4 and 10. People
    are not asked within `rest_days` days of another survey; 0 asks everybody.
    """

    __tablename__ = "sending"
    __table_args__ = (CheckConstraint("rest_days BETWEEN 0 AND 366", "rest_days"),)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    automatic: Mapped[bool] = mapped_column(Boolean)
    reminders: Mapped[bool] = mapped_column(Boolean, server_default=true())
    rest_days: Mapped[int] = mapped_column(Integer)


class AskedRow(Base):
    """A person who was asked, under a keyed hash, and the last day that happened."""

    __tablename__ = "asked"
    __table_args__ = ({"sqlite_with_rowid": False},)
    person: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)


class OptOutRow(Base):
    """Somebody who wants no more surveys, under the same keyed hash."""

    __tablename__ = "opt_out"
    __table_args__ = ({"sqlite_with_rowid": False},)
    person: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
