"""The mapped classes of what was read out of comments: model runs, codings, themes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base

SENTIMENTS = "('positive', 'negative', 'mixed', 'neutral')"

Id = BigInteger().with_variant(Integer, "sqlite")


class ModelRunRow(Base):
    """One run of a theme model over comments: which model, at which version, on which backend."""

    __tablename__ = "model_run"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    model: Mapped[str] = mapped_column(String(80), unique=True)


class CodingRow(Base):
    """One judgement of one comment by one coder: a person or a model run, never both.

    A newer judgement supersedes the older ones and leaves them in place. `sentiment` and the
    themes belong to the judgement; no theme at all is a judgement too. `reading` says how a person
    read: with the model's proposal shown, blind to it, or second, blind to another person as well;
    a second judgement measures agreement and never stands. `interest` is what a person's reading
    would teach the model.
    """

    __tablename__ = "coding"
    __table_args__ = (
        CheckConstraint("(model_run_id IS NULL) <> (coder IS NULL)", "person_or_model"),
        CheckConstraint(f"sentiment IN {SENTIMENTS}", "sentiment"),
        CheckConstraint("reading IN ('shown', 'blind', 'second')", "reading"),
        CheckConstraint("(reading IS NULL) = (coder IS NULL)", "people_read"),
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
    reading: Mapped[str | None] = mapped_column(String(6))
    interest: Mapped[float | None]


class ThemeAssignmentRow(Base):
    """One theme in one judgement, with the model's probability (1 when a person said so).

    `sentiment` is how this theme is spoken of, which the comment as a whole need not share.
    """

    __tablename__ = "theme_assignment"
    __table_args__ = (
        CheckConstraint("probability BETWEEN 0 AND 1", "probability"),
        CheckConstraint(f"sentiment IN {SENTIMENTS}", "sentiment"),
    )
    coding_id: Mapped[int] = mapped_column(
        ForeignKey("coding.id", ondelete="CASCADE"), primary_key=True
    )
    theme: Mapped[str] = mapped_column(String(40), primary_key=True)
    probability: Mapped[float]
    sentiment: Mapped[str | None] = mapped_column(String(8))


class CodeFrameRow(Base):
    """A version of a code frame that people made: a draft, the one in use, or an earlier one.

    The first version of every audience ships with the product and is not here.
    """

    __tablename__ = "code_frame"
    __table_args__ = (
        UniqueConstraint("audience", "number"),
        CheckConstraint("state IN ('draft', 'in_use', 'earlier')", "state"),
        CheckConstraint("number > 1", "number"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    audience: Mapped[str] = mapped_column(String(10))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    themes: Mapped[str] = mapped_column(Text)


class WaveFrameRow(Base):
    """The version that a wave's comments are read with, until a person has them read again."""

    __tablename__ = "wave_frame"
    wave_id: Mapped[int] = mapped_column(
        ForeignKey("wave.id"), primary_key=True, autoincrement=False
    )
    code_frame: Mapped[str] = mapped_column(String(40))


class QuoteRow(Base):
    """Words of a comment that a person has released for the report of its wave.

    They are the citizen's own with parts left out. They go when the comment goes, and a trigger
    takes them when its words are deleted.
    """

    __tablename__ = "quote"
    __table_args__ = (UniqueConstraint("comment_id", "theme"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    theme: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    released_by: Mapped[str] = mapped_column(String(64))


class QuoteVerdictRow(Base):
    """What a company says of a quote of its own. In a wave of companies no other quote is shown.

    `body` is how it would rather have it said, in words of its own.
    """

    __tablename__ = "quote_verdict"
    __table_args__ = (
        CheckConstraint("verdict IN ('yes', 'no', 'reworded')", "verdict"),
        CheckConstraint("(verdict = 'reworded') = (body IS NOT NULL)", "reworded"),
    )
    quote_id: Mapped[int] = mapped_column(
        ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    verdict: Mapped[str] = mapped_column(String(8))
    body: Mapped[str | None] = mapped_column(Text)


class LearningRow(Base):
    """A person's wish for a new model version: waiting, running with its progress, or ended."""

    __tablename__ = "learning"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", "state"),
        CheckConstraint("progress BETWEEN 0 AND 100", "progress"),
    )
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    progress: Mapped[int] = mapped_column(Integer)
    model: Mapped[str | None] = mapped_column(String(80))
