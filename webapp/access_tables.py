"""The mapped classes of access: who may sign in, in which roles, from where, and what they did."""

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveys.database import Base, Moment

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

    `email` is casefolded, `password` an argon2 hash: empty for nobody's password, until a person
    has chosen one by the link whose hash is `link_hash`, or for good where `subject` says who they
    are in another house's sign-in. `totp` is the sealed secret of the second factor, and
    `totp_step` the time step of the last code that was good, so that none is good twice.
    """

    __tablename__ = "staff_user"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True, index=True)
    link_until: Mapped[datetime | None] = mapped_column(Moment)
    totp: Mapped[str | None] = mapped_column(String(500))
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    roles: Mapped[list[StaffRoleRow]] = relationship(  # type: ignore[assignment]
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )


class StaffSessionRow(Base):
    """A session of a browser under /staff, named by the hash of the id in its cookie.

    `user_id` is empty while somebody is on the way in through another house's sign-in.
    """

    __tablename__ = "staff_session"
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), index=True
    )
    kept: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(String(60))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)


class StaffRecoveryRow(Base):
    """A code that replaces a person's second factor once, as a hash."""

    __tablename__ = "staff_recovery"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class StaffEventRow(Base):
    """One line of the log: who saw, fetched or changed what, to the minute. Never an answer.

    Triggers let nobody change a line, nor delete one that is younger than a year. `user_id` is no
    foreign key: a line stays whatever becomes of the account.
    """

    __tablename__ = "staff_event"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    user_id: Mapped[int | None] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    survey: Mapped[str | None] = mapped_column(String(100))
    wave: Mapped[str | None] = mapped_column(String(100))
    about: Mapped[str | None] = mapped_column(String(120))
