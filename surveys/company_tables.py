"""The mapped classes of companies: those of a wave and how they are called, and the panel.

A company of a wave is a member of its sampling frame and goes with it, at the frame's retention
date. What it answered stands here no more than anywhere else beside a name.
"""

from datetime import date, datetime, time

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment
from surveys.tables import Id

OUTCOMES = (
    "interviewed", "partial", "call_again", "no_answer", "refused", "wrong_number", "ineligible",
)  # fmt: skip
"""How an attempt to call ended, in AAPOR's terms."""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class CompanyRow(Base):
    """A company that a wave asks: the frame member's reference is its CVR number.

    `best_from` and `best_to` are times of day in Copenhagen. `claimed_by` is the one who calls it
    now, until `claimed_until`. `jotted` is what was noted in the call beside the answers, and
    `version` counts how often the call was saved.
    """

    __tablename__ = "company"
    __table_args__ = (
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", "claim"),
        CheckConstraint("(best_from IS NULL) = (best_to IS NULL)", "best_time"),
        {"sqlite_with_rowid": False},
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("frame_member.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str | None] = mapped_column(String(120))
    best_from: Mapped[time | None] = mapped_column(Time)
    best_to: Mapped[time | None] = mapped_column(Time)
    note: Mapped[str | None] = mapped_column(String(1000))
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    consented: Mapped[bool] = mapped_column(Boolean, default=False)
    jotted: Mapped[str] = mapped_column(Text, default="{}")
    version: Mapped[int] = mapped_column(Integer, default=0)


class CallAttemptRow(Base):
    """One attempt to call a company. `next_at` is when it is to be called again."""

    __tablename__ = "call_attempt"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", OUTCOMES), "outcome"),
        CheckConstraint("outcome <> 'call_again' OR next_at IS NOT NULL", "call_again_when"),
        CheckConstraint(
            "next_at IS NULL OR outcome IN ('call_again', 'no_answer')", "next_while_waiting"
        ),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(
        ForeignKey("company.member_id", ondelete="CASCADE"), index=True
    )
    tried_at: Mapped[datetime] = mapped_column(Moment)
    tried_by: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(12))
    next_at: Mapped[datetime | None] = mapped_column(Moment)


class ReceiptLinkRow(Base):
    """The link by which a company sees its own answers and approves its quotes, until it expires.

    The token follows from the company's id and the installation's secret; only its hash is here.
    """

    __tablename__ = "receipt_link"
    __table_args__ = ({"sqlite_with_rowid": False},)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    member_id: Mapped[str] = mapped_column(
        ForeignKey("company.member_id", ondelete="CASCADE"), unique=True
    )
    expires_at: Mapped[datetime] = mapped_column(Moment)


class PanelMemberRow(Base):
    """A company that has said yes to being asked again and again, and to what and when it did."""

    __tablename__ = "panel_member"
    __table_args__ = (
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", "email_or_phone"),
        CheckConstraint("most_a_year BETWEEN 1 AND 12", "most_a_year"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    cvr: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str | None] = mapped_column(String(120))
    role: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    most_a_year: Mapped[int] = mapped_column(SmallInteger)
    consented_on: Mapped[date] = mapped_column(Date)
    consent_version: Mapped[str] = mapped_column(String(10))


class PanelDrawRow(Base):
    """A wave sent to the panel: to all, or to a random sample that its seed draws again."""

    __tablename__ = "panel_draw"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 1 AND eligible", "taken"),
        CheckConstraint("wanted IS NULL OR wanted >= taken", "wanted"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    drawn_at: Mapped[datetime] = mapped_column(Moment)
    drawn_by: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(BigInteger)
    wanted: Mapped[int | None] = mapped_column(Integer)
    eligible: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer)


class PanelAskingRow(Base):
    """A member of the panel was asked in a wave, as this member of its sampling frame.

    The frame is deleted at its date; whether the invitation was answered can be seen as long as
    invitations are kept.
    """

    __tablename__ = "panel_asking"
    __table_args__ = (
        UniqueConstraint("frame_member_id"),
        {"sqlite_with_rowid": False},
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("panel_member.id", ondelete="CASCADE"), primary_key=True
    )
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    frame_member_id: Mapped[str] = mapped_column(String(32))
    asked_on: Mapped[date] = mapped_column(Date)
