"""The mapped classes of the plan: versions, numbers from registers, actions and the board."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

Id = BigInteger().with_variant(Integer, "sqlite")


class PlanVersionRow(Base):
    """The plan as somebody left it. The newest is in force; the others are its history."""

    __tablename__ = "plan_version"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)


class RegisterReadingRow(Base):
    """One number from a register: an indicator's value for a place and a period.

    Numbers are only added: of several for the same place and period the newest holds, and the
    others say what was thought before. `value` is NULL where the register keeps it back.
    """

    __tablename__ = "register_reading"
    __table_args__ = (Index("ix_register_reading_indicator", "indicator", "place", "period"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    indicator: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(12))
    value: Mapped[Decimal | None] = mapped_column(Numeric(20, 6))
    source: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(Moment)
    synthetic: Mapped[bool]


class ActionRow(Base):
    """Something that is done because of what people said, about an indicator or a theme.

    `told` is what the public page says of it, by language; NULL while it is not told.
    """

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'dropped')", "state"),
        CheckConstraint("(state = 'open') = (ended_on IS NULL)", "ended"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    indicator: Mapped[str | None] = mapped_column(String(40))
    theme: Mapped[str | None] = mapped_column(String(100))
    unit: Mapped[str | None] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(String(300))
    owner: Mapped[str] = mapped_column(String(100))
    due: Mapped[date]
    state: Mapped[str] = mapped_column(String(8))
    made_on: Mapped[date]
    ended_on: Mapped[date | None]
    told: Mapped[str | None] = mapped_column(Text)


class BoardIndicatorRow(Base):
    """One of the at most five indicators on the board, in the order they hang."""

    __tablename__ = "board_indicator"
    __table_args__ = (CheckConstraint("position BETWEEN 1 AND 5", "five_at_most"),)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    indicator: Mapped[str] = mapped_column(String(40), unique=True)


class BoardMeetingRow(Base):
    """A meeting at the board that was held on a day."""

    __tablename__ = "board_meeting"
    held_on: Mapped[date] = mapped_column(primary_key=True)


class ReleaseRow(Base):
    """The figures of one wave as they were last told: counts, never anybody's answer.

    `responses` and `erased` say how many people they were counted from and how many had taken
    their answer back by then.
    """

    __tablename__ = "release"
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    responses: Mapped[int]
    erased: Mapped[int]
    figures: Mapped[str] = mapped_column(Text)
