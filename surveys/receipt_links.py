"""The personal link by which a company sees what it answered, and what of it is to be quoted.

The token follows from the company's id and the installation's secret; only its hash is stored, and
it opens nothing once it has expired, been taken back, or the list it stood in is deleted.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from surveys import keys
from surveys.company_tables import ReceiptLinkRow
from surveys.errors import UnknownCode
from surveys.fieldwork_tables import FrameMemberRow
from surveys.tables import InvitationRow

LASTS: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: a company's own answer, found by the hash of its invitation."""

    wave_id: int
    invitation: bytes
    language: str
    expires_at: datetime


def token(secret: str, member_id: str) -> str:
    """The token of a company's link: the same every time it is asked for."""
    digest = hmac.digest(secret.encode(), f"receipt link:{member_id}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def issue(session: Session, member_id: str, secret: str, now: datetime) -> str:
    """Let a company's link work from now on, for `LASTS`. Gives its token."""
    withdraw(session, member_id)
    made = token(secret, member_id)
    row = ReceiptLinkRow(
        token_hash=keys.spend_hash(made), member_id=member_id, expires_at=now + LASTS
    )
    session.add(row)
    session.flush()
    return made


def withdraw(session: Session, member_id: str) -> None:
    """Take a company's link back."""
    session.execute(delete(ReceiptLinkRow).where(ReceiptLinkRow.member_id == member_id))


def expires_at(session: Session, member_id: str, now: datetime) -> datetime | None:
    """Until when a company's link works; None where it does not."""
    return session.scalar(
        select(ReceiptLinkRow.expires_at).where(
            ReceiptLinkRow.member_id == member_id, ReceiptLinkRow.expires_at > now
        )
    )


def opened(session: Session, link: str, secret: str, now: datetime) -> Opened:
    """What a link opens at this moment. Raises UnknownCode where it opens nothing."""
    row = session.execute(
        select(
            ReceiptLinkRow.member_id,
            ReceiptLinkRow.expires_at,
            FrameMemberRow.wave_id,
            FrameMemberRow.language,
        )
        .join(FrameMemberRow, FrameMemberRow.id == ReceiptLinkRow.member_id)
        .where(ReceiptLinkRow.token_hash == keys.spend_hash(link))
    ).one_or_none()
    if row is None or row.expires_at <= now:
        raise UnknownCode
    invitation = keys.spend_hash(keys.invitation(secret, row.member_id).token)
    withdrawn = select(InvitationRow.withdrawn).where(InvitationRow.token_hash == invitation)
    if session.scalar(withdrawn) is not False:
        raise UnknownCode
    return Opened(row.wave_id, invitation, row.language, row.expires_at)
