"""The mapped classes of the ledger: which groups of a wave have had their figures released."""

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base


class LedgerRow(Base):
    """One wave's ledger: how many people were in each of its cells whenever it was last looked at.

    `version` grows with every change, and `generation` when people have come or gone. `cells` are
    counts, never anybody's answer. Who is `sealed` tells what it has told, and no group more.
    """

    __tablename__ = "ledger"
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    generation: Mapped[int] = mapped_column(Integer)
    responses: Mapped[int] = mapped_column(Integer)
    erased: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bool] = mapped_column(Boolean)
    cells: Mapped[str] = mapped_column(Text)


class ReleasedGroupRow(Base):
    """A group whose figures were released, as it was in one generation of the wave's people.

    `shown` are the questions whose answers were told. `figures` is what was told and is told again;
    NULL for everybody, whose figures are the wave's `release`, where newer figures are told, and
    for a unit that nobody has asked for yet.
    """

    __tablename__ = "released_group"
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    shown: Mapped[str] = mapped_column(Text)
    figures: Mapped[str | None] = mapped_column(Text)
