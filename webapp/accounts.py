"""The accounts of staff: made, given roles and units, closed, and opened again by a link.

There is always an administrator who can sign in: what would close the last one is refused.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import email_validator
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session, selectinload

from webapp import passwords, sessions
from webapp.access_tables import StaffRecoveryRow, StaffRoleRow, StaffUserRow
from webapp.answering_tables import StaffUnitRow

LINK_LASTS: Final = timedelta(hours=24)
ADMINISTRATOR: Final = "administrator"


class BadAddress(ValueError):
    """That is no e-mail address."""


class AddressTaken(ValueError):
    """Somebody has an account with that address."""


class LastAdministrator(ValueError):
    """Nobody could change accounts any more."""


class Closed(ValueError):
    """An administrator has closed the account."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, as an administrator sees one."""

    id: int
    email: str
    roles: tuple[str, ...]
    units: tuple[str, ...]
    active: bool
    has_password: bool
    elsewhere: bool
    second_factor: bool

    @property
    def waits(self) -> bool:
        """Whether the account is open and nobody can sign in to it yet."""
        return self.active and not self.has_password and not self.elsewhere


def address(email: str) -> str:
    """An e-mail address as it is kept. Raises BadAddress."""
    try:
        # An address on a closed network is an address too
        return email_validator.validate_email(
            email.strip(), check_deliverability=False, globally_deliverable=False
        ).normalized.casefold()
    except email_validator.EmailNotValidError:
        raise BadAddress from None


def create(
    session: Session, email: str, roles: Collection[str], *, password: str = "", subject: str = ""
) -> StaffUserRow:
    """Make an account. Raises BadAddress, AddressTaken."""
    email = address(email)
    if session.scalars(select(StaffUserRow.id).where(StaffUserRow.email == email)).first():
        raise AddressTaken
    user = StaffUserRow(
        email=email,
        password=passwords.hashed(password) if password else "",
        subject=subject or None,
        active=True,
        fs_uniquifier=uuid4().hex,
        roles=[StaffRoleRow(name=role) for role in roles],
    )
    session.add(user)
    session.flush()
    return user


def arrive(
    session: Session, subject: str, email: str, roles: Collection[str], units: Collection[str]
) -> StaffUserRow | None:
    """The account of somebody whom another house has let in, with what that house says of them.

    It is made the first time. None for somebody without a role, who keeps nothing that an earlier
    role opened. Raises BadAddress, AddressTaken, Closed.
    """
    known = select(StaffUserRow).where(StaffUserRow.subject == subject)
    user = session.scalars(known).one_or_none()
    if user is not None and not user.active:
        raise Closed
    if user is None and roles:
        user = create(session, email, (), subject=subject)
    if user is None:
        return None
    _give(session, user.id, roles, units)
    if not roles:
        sessions.end_all(session, user.id)
        return None
    return user


def people(session: Session) -> Sequence[Person]:
    """Everybody who has an account, those who may sign in first."""
    query = (
        select(StaffUserRow)
        .options(selectinload(StaffUserRow.roles))
        .order_by(StaffUserRow.active.desc(), StaffUserRow.email)
    )
    units: dict[int, list[str]] = {}
    for row in session.scalars(select(StaffUnitRow).order_by(StaffUnitRow.unit)):
        units.setdefault(row.user_id, []).append(row.unit)
    return [_person(user, units.get(user.id, ())) for user in session.scalars(query)]


def person(session: Session, user_id: int) -> Person | None:
    """One of them."""
    return next((one for one in people(session) if one.id == user_id), None)


def place(session: Session, user_id: int, roles: Collection[str], units: Collection[str]) -> None:
    """Give a person these roles and units, and no others. Raises LastAdministrator."""
    _lock(session)
    _give(session, user_id, roles, units)
    _someone_is_left(session)


def close(session: Session, user_id: int) -> None:
    """Let a person in no more, and out at once where they are in. Raises LastAdministrator."""
    _lock(session)
    user = session.get_one(StaffUserRow, user_id)
    user.active, user.link_hash, user.link_until = False, None, None
    sessions.end_all(session, user_id)
    session.flush()
    _someone_is_left(session)


def reopen(session: Session, user_id: int) -> None:
    """Let a person in again."""
    session.get_one(StaffUserRow, user_id).active = True


def forget_second_factor(session: Session, user_id: int, *, but_this: bool = False) -> None:
    """Let a person begin anew with a second factor, since the old one is lost."""
    user = session.get_one(StaffUserRow, user_id)
    user.totp = user.totp_step = None
    session.execute(delete(StaffRecoveryRow).where(StaffRecoveryRow.user_id == user_id))
    sessions.end_all(session, user_id, but_this=but_this)


def link(session: Session, user_id: int, now: datetime) -> str:
    """A code by which a person chooses a password, once. It ends those given before it."""
    code = secrets.token_urlsafe(32)
    user = session.get_one(StaffUserRow, user_id)
    user.link_hash, user.link_until = _hash(code), now + LINK_LASTS
    return code


def linked(session: Session, code: str, now: datetime) -> StaffUserRow | None:
    """Whose password a code lets choose, while it does."""
    return session.scalars(
        select(StaffUserRow)
        .where(
            StaffUserRow.link_hash == _hash(code),
            StaffUserRow.link_until > now,
            StaffUserRow.active,
            StaffUserRow.subject.is_(None),
        )
        .with_for_update()
    ).one_or_none()


def set_password(session: Session, user_id: int, password: str, *, but_this: bool = False) -> None:
    """Change a password, and sign its owner out everywhere, or everywhere `but_this` session."""
    user = session.get_one(StaffUserRow, user_id)
    user.password, user.link_hash, user.link_until = passwords.hashed(password), None, None
    sessions.end_all(session, user_id, but_this=but_this)


def _give(session: Session, user_id: int, roles: Collection[str], units: Collection[str]) -> None:
    session.execute(delete(StaffRoleRow).where(StaffRoleRow.user_id == user_id))
    session.execute(delete(StaffUnitRow).where(StaffUnitRow.user_id == user_id))
    session.add_all(StaffRoleRow(user_id=user_id, name=role) for role in set(roles))
    session.add_all(StaffUnitRow(user_id=user_id, unit=unit[:60]) for unit in set(units))
    session.flush()


def _person(user: StaffUserRow, units: Sequence[str]) -> Person:
    return Person(
        id=user.id,
        email=user.email,
        roles=tuple(sorted(role.name for role in user.roles)),
        units=tuple(units),
        active=user.active,
        has_password=bool(user.password),
        elsewhere=user.subject is not None,
        second_factor=user.totp is not None,
    )


def _lock(session: Session) -> None:
    """Let two administrators who close each other's accounts take turns."""
    session.execute(_administrators().with_for_update()).all()


def _someone_is_left(session: Session) -> None:
    if session.execute(_administrators().limit(1)).first() is None:
        raise LastAdministrator


def _administrators() -> Select[int]:
    return (
        select(StaffRoleRow.user_id)
        .join(StaffUserRow, StaffUserRow.id == StaffRoleRow.user_id)
        .where(
            StaffRoleRow.name == ADMINISTRATOR,
            StaffUserRow.active,
            or_(StaffUserRow.password != "", StaffUserRow.subject.is_not(None)),
        )
        .order_by(StaffRoleRow.user_id)
    )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
