"""Mail that came back: which of our messages did not arrive, as mail servers say it (RFC 3464)."""

import email
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Final

_REF: Final = re.compile(r"<([0-9a-f]{32})@")
_BEGINS: Final = re.compile(rb"^From .*\r?\n", re.MULTILINE)


def refs(content: bytes) -> set[str]:
    """The refs of our messages that a file of mail reports as failed for good.

    The file is one message or a mailbox (mbox). What is no such report is left out: an answering
    machine, a delay, somebody's letter.
    """
    found: set[str] = set()
    for part in _BEGINS.split(content):
        if not part.strip():
            continue
        message = email.message_from_bytes(part, policy=policy.default)
        if isinstance(message, EmailMessage) and _has_failed(message):
            found.update(_ours(message))
    return found


def _has_failed(message: EmailMessage) -> bool:
    if message.get_content_type() != "multipart/report":
        return False
    status = next((p for p in message.walk() if p.get_content_type() == _STATUS), None)
    if status is None:
        return False
    blocks = status.get_payload()
    fields = [block for block in blocks if not isinstance(block, str)] if blocks else []
    return any(
        str(block.get("Action", "")).strip().casefold() == "failed"
        and str(block.get("Status", "")).strip().startswith("5.")
        for block in fields
    )


_STATUS: Final = "message/delivery-status"


def _ours(message: EmailMessage) -> Iterator[str]:
    """The Message-ID of what came back: its headers are in the last part of the report."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            yield from _REF.findall(str(part.get_payload()))
        elif part.get_content_type() != _STATUS and part is not message:
            yield from _REF.findall(str(part.get("Message-ID", "")))
