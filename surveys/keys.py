"""Codes, ballots and receipts: what is random, what is stored of it, and what cannot be joined."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from typing import NamedTuple

# Crockford's base 32: no I, L, O or U, so that a code survives being read aloud or copied by hand
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
RECEIPT_LENGTH = 12
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """A short code for an open link: 50 bits, ten characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def new_ballot() -> str:
    """A bearer token of 256 bits: a personal invitation, or one answer behind an open link."""
    return secrets.token_urlsafe(32)


def is_caseworker(text: str) -> bool:
    """Whether a text can be the key that stands for a caseworker. It is random, never a name."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,32}", text) is not None


class Invitation(NamedTuple):
    """What opens one personal invitation: the token of its link, and the short code of the same."""

    token: str
    code: str


def invitation(secret: str, member: str) -> Invitation:
    """The invitation of a member of a sampling frame: the same every time it is asked for.

    It follows from the member's random id and the installation's secret, so that a reminder carries
    the link of the first letter, and nothing in the database says whose invitation is whose. The
    code has 50 bits; the token has 256 and follows from the code.
    """
    digest = hmac.digest(secret.encode(), f"invitation:{member}".encode(), "sha256")
    code = "".join(ALPHABET[byte % 32] for byte in digest[:CODE_LENGTH])
    return Invitation(token_of(secret, code), code)


def token_of(secret: str, code: str) -> str:
    """The token that a short code stands for, where it is a personal invitation's."""
    digest = hmac.digest(secret.encode(), f"token:{code}".encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def leaving(secret: str, member: str) -> str:
    """What the link carries by which a member of the panel leaves it: the same every time."""
    digest = hmac.digest(secret.encode(), f"leave panel:{member}".encode(), "sha256")
    return f"{member}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


def spelled(code: str) -> str:
    """A code as it is printed: K7QF2-M9XTB."""
    return f"{code[:5]}-{code[5:]}"


def heard(text: str) -> str | None:
    """The short code in what a person typed, in any case, with spaces or hyphens; None for none."""
    code = "".join(text.split()).replace("-", "").upper().translate(_MISREAD)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def spend_hash(ballot: str) -> bytes:
    """What is stored of a ballot's right to answer."""
    return _hash("invitation", ballot)


def draft_key(ballot: str) -> bytes:
    """Where a ballot's open answers are kept. Only the ballot itself joins it to `spend_hash`."""
    return _hash("draft", ballot)


def chat_key(secret: str, chat: str) -> bytes:
    """Where a chat's open answers are kept. Chat ids can be guessed, so the hash is keyed."""
    return hmac.digest(secret.encode(), f"chat:{chat}".encode(), "sha256")


def person(secret: str, contact: str) -> bytes:
    """What somebody is known again by in another survey. Addresses can be guessed, so it is keyed.

    It has nothing in common with an invitation, so that it leads to no answer.
    """
    return hmac.digest(secret.encode(), f"person:{contact}".encode(), "sha256")


def receipt(secret: str, ballot: str) -> str:
    """The receipt of a ballot: the same every time it is shown, and no way back to the ballot."""
    digest = hmac.digest(
        secret.encode(), f"receipt:{ballot}".encode(errors="surrogatepass"), "sha256"
    )
    letters = "".join(ALPHABET[byte % 32] for byte in digest[:RECEIPT_LENGTH])
    return "-".join(letters[place : place + 4] for place in range(0, RECEIPT_LENGTH, 4))


def receipt_hash(receipt: str) -> bytes:
    """What is stored of a receipt, beside the answer it can delete."""
    plain = receipt.replace("-", "").replace(" ", "").upper().translate(_MISREAD)
    return _hash("receipt", plain)


def _hash(purpose: str, token: str) -> bytes:
    # What a stranger sends as a token may hold half a surrogate pair, which has no plain encoding
    return hashlib.sha256(f"{purpose}:{token}".encode(errors="surrogatepass")).digest()
