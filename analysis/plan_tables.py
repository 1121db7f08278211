"""The mapped classes of the plan: its versions, and the numbers that come from registers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, Integer, Numeric, String, Text
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
