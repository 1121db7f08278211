"""The mapped classes of what staff write: instruments not yet published, and languages in use."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment


class InstrumentDraftRow(Base):
    """The next version of an instrument while staff write it. It may be full of defects.

    `revision` counts the times it was saved, so that two people who edit it at once cannot
    overwrite each other; `edited_by` is the e-mail address of who saved it last.
    """

    __tablename__ = "instrument_draft"
    __table_args__ = (CheckConstraint("revision >= 1", "revision"),)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    edited_by: Mapped[str] = mapped_column(String(254))
    edited_at: Mapped[datetime] = mapped_column(Moment)


class SpokenLanguageRow(Base):
    """A language whose translation is a draft, and which staff have switched on all the same."""

    __tablename__ = "spoken_language"
    name: Mapped[str] = mapped_column(String(8), primary_key=True)
