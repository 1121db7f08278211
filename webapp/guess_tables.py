"""The mapped class of what is counted to keep people from guessing."""

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base


class GuessRow(Base):
    """How often something was tried within a few minutes; of no more than a keyed hash.

    `ends_at` is the second (since 1970) at which it is forgotten.
    """

    __tablename__ = "guess"
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ends_at: Mapped[int] = mapped_column(BigInteger, index=True)
    n: Mapped[int] = mapped_column(Integer)
