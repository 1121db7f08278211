"""The mapped class of the API's keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from surveys.database import Base, Moment
from webapp.access_tables import Id


class ApiKeyRow(Base):
    """A key with which a program reads what its owner may read. Only its hash is kept.

    One of the scope `meetings` reads nothing: it hands in meetings that were held.
    """

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("scope IN ('read', 'meetings')", "scope"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    scope: Mapped[str] = mapped_column(String(12), default="read", server_default="read")
