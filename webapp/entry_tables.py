"""The mapped classes of keyboard entry: sheets typed in twice, and how often both agree."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment


class PaperSheetRow(Base):
    """A sheet that is to be typed in twice, until both entries agree or a person has settled it.

    Then its answers are cast like every other, and the row is gone. `entered_at` is when the sheet
    was here, so that one that came in time counts, though it is settled after the wave closed.
    """

    __tablename__ = "paper_sheet"
    __table_args__ = ({"sqlite_with_rowid": False},)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(9), primary_key=True)
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    unit: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    first: Mapped[str] = mapped_column(Text)
    second: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff_user.id", ondelete="SET NULL"), index=True
    )
    entered_at: Mapped[datetime] = mapped_column(Moment)


class PaperTallyRow(Base):
    """The paper of one wave: sheets typed in, sheets typed in twice, and answers that agreed."""

    __tablename__ = "paper_tally"
    __table_args__ = (
        CheckConstraint("agreeing BETWEEN 0 AND compared", "agreeing"),
        CheckConstraint("twice BETWEEN 0 AND entered", "twice"),
        {"sqlite_with_rowid": False},
    )
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    entered: Mapped[int] = mapped_column(Integer, default=0)
    twice: Mapped[int] = mapped_column(Integer, default=0)
    compared: Mapped[int] = mapped_column(Integer, default=0)
    agreeing: Mapped[int] = mapped_column(Integer, default=0)
