"""The mapped classes of the learning room: a caseworker's key, notes, and a team's questions."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")


class CaseworkerKeyRow(Base):
    """The random key that a caseworker's cards carry, and that no page shows to anybody else."""

    __tablename__ = "caseworker_key"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(40), unique=True)


class LearningNoteRow(Base):
    """What a caseworker has written to nobody but themselves."""

    __tablename__ = "learning_note"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), index=True
    )
    words: Mapped[str] = mapped_column(Text)
    written_on: Mapped[date]


class TeamQuestionRow(Base):
    """A question that somebody of a unit has sent to its team. It does not say who.

    The id is random and the day is the Monday of the week, so that the row tells no order.
    """

    __tablename__ = "team_question"
    __table_args__ = (Index("ix_team_question_unit", "unit", "week"),)
    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    unit: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(Text)
    week: Mapped[date]
