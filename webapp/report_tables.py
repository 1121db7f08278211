"""The mapped classes of reports: editions of the board, standing orders, and what was sent."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment

Id = BigInteger().with_variant(Integer, "sqlite")


class BoardEditionRow(Base):
    """The board as it was printed: its words as JSON, never changed."""

    __tablename__ = "board_edition"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    document: Mapped[str] = mapped_column(Text)


class ReportOrderRow(Base):
    """A report that is sent again and again: what, in which form, and when."""

    __tablename__ = "report_order"
    __table_args__ = (
        CheckConstraint("subject IN ('survey', 'plan', 'board')", "subject"),
        CheckConstraint("(subject = 'survey') = (survey IS NOT NULL)", "survey"),
        CheckConstraint("form IN ('pdf', 'xlsx')", "form"),
        CheckConstraint("form = 'pdf' OR subject = 'survey'", "form_fits"),
        CheckConstraint("rhythm IN ('wave', 'fortnight', 'month')", "rhythm"),
        CheckConstraint("rhythm <> 'wave' OR subject = 'survey'", "rhythm_fits"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(String(8))
    survey: Mapped[str | None] = mapped_column(String(100))
    form: Mapped[str] = mapped_column(String(4))
    rhythm: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime] = mapped_column(Moment)


class ReportRecipientRow(Base):
    """A member of staff who gets a report. Nobody else can: there is no address here."""

    __tablename__ = "report_recipient"
    order_id: Mapped[int] = mapped_column(
        ForeignKey("report_order.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ReportSendingRow(Base):
    """One report to one person on one occasion. The row is made before the message leaves.

    Only one worker can make it, so that nobody gets a report twice. `ended_at` is empty while it
    is on its way, and stays so where a worker died meanwhile. `failure` is the kind of what went
    wrong, never a text of a mail server's: that can hold an address.
    """

    __tablename__ = "report_sending"
    __table_args__ = (
        UniqueConstraint("order_id", "user_id", "occasion", name="uq_report_sending_once"),
        CheckConstraint("failure IS NULL OR ended_at IS NOT NULL", "failure"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(
        ForeignKey("report_order.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), index=True
    )
    occasion: Mapped[str] = mapped_column(String(120))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    failure: Mapped[str | None] = mapped_column(String(20))
