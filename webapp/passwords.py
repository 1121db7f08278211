"""What a password must be: long, and not among the first that anybody would guess.

No rule says which signs it must have: such rules make passwords that are alike (NIST SP 800-63B).
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST: Final = 12
LONGEST: Final = 256
_ENOUGH: Final = 4
"""Of zxcvbn's scores 0 to 4: 10,000 million guesses for who knows what is common."""
_READ: Final = 72
_NEAR: Final = (
    "hørt", "hoert", "kommune", "kommunen", "jobcenter", "jobcentret", "velkommen", "adgangskode",
    "kodeord", "sommer", "vinter", "efterår", "forår", "januar", "februar", "marts", "april", "maj",
    "juni", "juli", "august", "september", "oktober", "november", "december",
)  # fmt: skip
"""Words that come to mind at this work, and that lists of English passwords do not have."""


class Fault(StrEnum):
    """Why a password will not do."""

    SHORT = "short"
    LONG = "long"
    EASY = "easy"


def normalised(password: str) -> str:
    """The same password whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKD", password)


def fault(password: str, *about: str) -> Fault | None:
    """What is wrong with a password; `about` is what others know of its owner."""
    password = normalised(password)
    if len(password) < SHORTEST:
        return Fault.SHORT
    if len(password) > LONGEST:
        return Fault.LONG
    # Its word lists take 13 MB, which a process pays for when somebody first chooses a password
    from zxcvbn import zxcvbn

    near = [*_NEAR, *(part for text in about for part in (text, *re.split(r"[\W_]+", text)))]
    known = [normalised(word.casefold()) for word in near if word]
    return Fault.EASY if zxcvbn(password[:_READ], known)["score"] < _ENOUGH else None


def hashed(password: str) -> str:
    """What is kept of a password."""
    return PasswordHasher().hash(normalised(password))


def is_right(password: str, kept: str) -> bool:
    """Whether a password is the one that was hashed."""
    try:
        return PasswordHasher().verify(kept, normalised(password))
    except (InvalidHashError, VerifyMismatchError):
        return False
