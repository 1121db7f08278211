"""The mapped classes of what was read out of comments: model runs, codings, themes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")


class ModelRunRow(Base):
    """One run of a theme model over comments: which model, at which version, on which backend."""

    __tablename__ = "model_run"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    model: Mapped[str] = mapped_column(String(80), unique=True)


class CodingRow(Base):
    """One judgement of one comment by one coder: a person or a model run, never both.

    A newer judgement supersedes the older ones and leaves them in place. `sentiment` and the
    themes belong to the judgement; no theme at all is a judgement too.
    """

    __tablename__ = "coding"
    __table_args__ = (
        CheckConstraint("(model_run_id IS NULL) <> (coder IS NULL)", "person_or_model"),
        CheckConstraint("sentiment IN ('positive', 'negative', 'mixed', 'neutral')", "sentiment"),
        Index("ix_coding_comment_id_current", "comment_id", "current"),
        Index("ix_coding_wave_id_current", "wave_id", "current"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    code_frame: Mapped[str] = mapped_column(String(40))
    model_run_id: Mapped[int | None] = mapped_column(ForeignKey("model_run.id"))
    coder: Mapped[str | None] = mapped_column(String(64))
    sentiment: Mapped[str] = mapped_column(String(8))
    unsure: Mapped[bool] = mapped_column(Boolean)
    current: Mapped[bool] = mapped_column(Boolean)


class ThemeAssignmentRow(Base):
    """One theme in one judgement, with the model's probability (1 when a person said so)."""

    __tablename__ = "theme_assignment"
    __table_args__ = (CheckConstraint("probability BETWEEN 0 AND 1", "probability"),)
    coding_id: Mapped[int] = mapped_column(
        ForeignKey("coding.id", ondelete="CASCADE"), primary_key=True
    )
    theme: Mapped[str] = mapped_column(String(40), primary_key=True)
    probability: Mapped[float]
