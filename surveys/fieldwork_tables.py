"""The mapped classes of fieldwork: who is asked, when, and how long it is all kept.

Nothing here can be joined to an answer. A person's invitation is found through `keys.invitation`,
which needs the installation's secret; the database alone does not say whose it is.
"""

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    Time,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment
from surveys.tables import ANONYMITY, KEY_LENGTH, Id

CHANNELS = ("email", "sms", "digital_post", "letter", "phone", "card")
RHYTHMS = ("april_october", "continuous", "course_run")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class ScheduleRow(Base):
    """When a survey is asked again: its rhythm, and what every wave of it begins with.

    `opens_time` is the time of day in Copenhagen, `days` how many days a wave takes answers. One
    continuous wave follows the other at midnight, so it has neither.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint(_one_of("rhythm", RHYTHMS), "rhythm"),
        CheckConstraint(_one_of("anonymity", ANONYMITY), "anonymity"),
        CheckConstraint("days BETWEEN 1 AND 120", "days"),
        CheckConstraint(
            "(rhythm = 'continuous') = (days IS NULL) AND (days IS NULL) = (opens_time IS NULL)",
            "times_where_it_pauses",
        ),
        CheckConstraint("target IS NULL OR target BETWEEN 0 AND 1", "target"),
    )
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    rhythm: Mapped[str] = mapped_column(String(16))
    opens_time: Mapped[time | None] = mapped_column(Time)
    days: Mapped[int | None] = mapped_column(Integer)
    anonymity: Mapped[str] = mapped_column(String(12))
    target: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    begins: Mapped[date] = mapped_column(Date)


class CourseRunRow(Base):
    """One run of a course: its participants are asked from its last day on.

    `owner` is the e-mail address of whoever is told when it falls short of its target, `warned_at`
    when that was. A run that was called off is `withdrawn` and asks nobody.
    """

    __tablename__ = "course_run"
    __table_args__ = (
        CheckConstraint("ends >= begins", "ends_after_it_begins"),
        CheckConstraint("expected IS NULL OR expected > 0", "expected"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    course: Mapped[str] = mapped_column(String(60))
    supplier: Mapped[str | None] = mapped_column(String(60))
    place: Mapped[str | None] = mapped_column(String(60))
    teacher: Mapped[str | None] = mapped_column(String(60))
    begins: Mapped[date] = mapped_column(Date)
    ends: Mapped[date] = mapped_column(Date, index=True)
    expected: Mapped[int | None] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(String(254))
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    warned_at: Mapped[datetime | None] = mapped_column(Moment)


class FrameMemberRow(Base):
    """One person or company of a wave's sampling frame, under the municipality's own reference.

    `id` is random: the invitation follows from it and the installation's secret.
    """

    __tablename__ = "frame_member"
    __table_args__ = (
        UniqueConstraint("wave_id", "reference"),
        CheckConstraint(_one_of("channel", CHANNELS), "channel"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    reference: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str | None] = mapped_column(String(60))
    team: Mapped[str | None] = mapped_column(String(60))
    course: Mapped[str | None] = mapped_column(String(60))
    caseworker: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    channel: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(8))


class ContactRow(Base):
    """Where a person of a frame is reached. Deleted with the frame, at its retention date."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", "email_or_phone"),
        {"sqlite_with_rowid": False},
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("frame_member.id", ondelete="CASCADE"), primary_key=True
    )
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))


class UploadRow(Base):
    """A file that somebody looks through before it is taken in; gone when it is, or after a day."""

    __tablename__ = "upload"
    __table_args__ = ({"sqlite_with_rowid": False},)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(Moment)


class RetentionRow(Base):
    """How many days a survey keeps what it has, where staff decided otherwise than the default."""

    __tablename__ = "retention"
    __table_args__ = tuple(
        CheckConstraint(f"{kind} BETWEEN 1 AND 3660", kind)
        for kind in ("frame_days", "draft_days", "text_days", "response_days")
    )
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    frame_days: Mapped[int] = mapped_column(Integer)
    draft_days: Mapped[int] = mapped_column(Integer)
    text_days: Mapped[int] = mapped_column(Integer)
    response_days: Mapped[int] = mapped_column(Integer)


class RetentionChangeRow(Base):
    """That staff decided how long a survey keeps what it has, and on which day.

    `days` are the frame's, drafts', text's and responses', in that order; NULL for the defaults.
    """

    __tablename__ = "retention_change"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    day: Mapped[date] = mapped_column(Date)
    days: Mapped[str | None] = mapped_column(String(40))


class RetentionRunRow(Base):
    """One run of the job that deletes: when, and how many rows of what. Never what was in them."""

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(Moment)
    deleted: Mapped[str] = mapped_column(Text)


class WaveDayRow(Base):
    """How many had answered by the end of a day, in waves where the day may be known."""

    __tablename__ = "wave_day"
    __table_args__ = (CheckConstraint("received >= 0", "received"),)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    received: Mapped[int] = mapped_column(Integer)
