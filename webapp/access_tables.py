"""The mapped classes of access: who may sign in, and in which roles."""

from flask_security import RoleMixin, UserMixin
from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveys.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")

ROLES = ("sagsbehandler", "konsulent", "teamleder", "analytiker", "leder", "administrator")


class StaffRoleRow(Base, RoleMixin):
    """One role of one member of staff."""

    __tablename__ = "staff_role"
    __table_args__ = (CheckConstraint(f"name IN ({', '.join(map(repr, ROLES))})", "name"),)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class StaffUserRow(Base, UserMixin):
    """A member of staff who may sign in.

    `email` is casefolded, `password` an argon2 hash. Sessions name `fs_uniquifier` and not the
    id, so giving it a new value ends all sessions of this person.
    """

    __tablename__ = "staff_user"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[list[StaffRoleRow]] = relationship(  # type: ignore[assignment]
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )
