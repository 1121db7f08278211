"""A code from a person's telephone beside the password, and codes on paper for when it is lost.

The secret that the telephone shares is sealed in the database. A code is good once: the step of
time that it belongs to is noted by the same statement that asks whether it was used.
"""

import hashlib
import secrets
from typing import Any, Final

import segno
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, TotpMatch
from sqlalchemy import delete, or_, update

from surveys.seal import BrokenSeal, Seal
from webapp import Running, running
from webapp.access_tables import StaffRecoveryRow, StaffUserRow

ISSUER: Final = "Hørt"
LATE: Final = 30
"""Seconds that a telephone's clock may be wrong."""
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """A secret for a person's telephone, sealed."""
    made = TOTP.new().to_json(encrypt=False)
    return Seal(running().settings.secret_key).shut(made).decode()


def picture(sealed: str, email: str) -> tuple[str, str]:
    """What a telephone reads: a QR code as the address of a picture, and the key to type."""
    codes, source = _Codes(running()), _open(sealed)
    address = codes.get_totp_uri(email, source)
    picture: str = segno.make(address, micro=False).svg_data_uri(scale=5, border=4, light="#fff")
    return picture, codes.get_totp_pretty_key(source)


def is_good(user: StaffUserRow, code: str, sealed: str | None = None) -> bool:
    """Whether a person's telephone shows this code now. It is spent, whatever comes of it.

    `sealed` is a secret that is not the person's yet.
    """
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit() and len(given) == 6):
        return False
    try:
        source = _open(sealed or user.totp or "")
    except BrokenSeal:
        return False
    found: bool = _Codes(running()).verify_totp(given, source, user, window=LATE)
    return found


def is_good_on_paper(user: StaffUserRow, code: str) -> bool:
    """Whether this is one of a person's recovery codes. It is spent."""
    spend = delete(StaffRecoveryRow).where(
        StaffRecoveryRow.user_id == user.id, StaffRecoveryRow.code_hash == _hash(code)
    )
    with running().database.transaction() as session:
        spent = session.execute(spend.returning(StaffRecoveryRow.user_id)).one_or_none()
    return spent is not None


def switch_on(user_id: int, sealed: str) -> list[str]:
    """Ask for codes from now on. The recovery codes that come back are shown this once."""
    codes = ["-".join(_word() for _ in range(3)) for _ in range(RECOVERY_CODES)]
    with running().database.transaction() as session:
        session.get_one(StaffUserRow, user_id).totp = sealed
        session.execute(delete(StaffRecoveryRow).where(StaffRecoveryRow.user_id == user_id))
        session.add_all(StaffRecoveryRow(user_id=user_id, code_hash=_hash(code)) for code in codes)
    return codes


class _Codes(Totp):
    """Flask-Security's codes, on our clock, and each good once."""

    def __init__(self, here: Running) -> None:
        self._totp = TOTP.using(issuer=ISSUER, now=lambda: here.clock().timestamp())
        self._database = here.database

    def get_last_counter(self, user: Any) -> int | None:
        step: int | None = user.totp_step
        return step

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        step = StaffUserRow.totp_step
        spend = (
            update(StaffUserRow)
            .where(StaffUserRow.id == user.id, or_(step.is_(None), step < tmatch.counter))
            .values(totp_step=tmatch.counter)
        )
        with self._database.transaction() as session:
            spent = session.execute(spend.returning(StaffUserRow.id)).one_or_none()
        if spent is None:
            raise UsedTokenError


def _open(sealed: str) -> Any:
    return Seal(running().settings.secret_key).open(sealed.encode())


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _hash(code: str) -> bytes:
    return hashlib.sha256("".join(code.casefold().split()).encode()).digest()
