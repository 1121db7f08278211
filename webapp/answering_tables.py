"""The mapped classes beside an answer, none leading to one: requests for a call, saved codes."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base

LONGEST_NAME = 80


class CallBackRow(Base):
    """Somebody who wants to be called, by whom of which unit, and the days it was asked and done.

    It has nothing of an answer but the unit, and no time finer than the day. Until it is `settled`
    it was written in the order in which answers came, and is shown to nobody.
    """

    __tablename__ = "call_back"
    __table_args__ = (
        CheckConstraint("done_on IS NULL OR settled", "done_when_settled"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    unit: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    phone: Mapped[str] = mapped_column(String(20))
    asked_on: Mapped[date]
    settled: Mapped[bool] = mapped_column(Boolean)
    done_on: Mapped[date | None]


class StaffUnitRow(Base):
    """A unit that a member of staff may see, where their role sees some of them only."""

    __tablename__ = "staff_unit"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    unit: Mapped[str] = mapped_column(String(60), primary_key=True)


class SavedBallotRow(Base):
    """An open ballot that its respondent will go on with elsewhere, sealed with a code.

    The code opens it and is stored nowhere, so the row leads to no draft and to no invitation.
    """

    __tablename__ = "saved_ballot"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(1000))
    until: Mapped[date] = mapped_column(index=True)
