"""The mapped class of the worker's jobs."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment


class JobRow(Base):
    """A periodic job: when it last began, ended and failed, and how often in a row it has failed.

    `failure` is the class of what went wrong, and no message: that could hold somebody's words.
    """

    __tablename__ = "job"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime | None] = mapped_column(Moment)
    failure: Mapped[str | None] = mapped_column(String(80))
    failures: Mapped[int]
