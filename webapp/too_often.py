"""How often one address may do what can be done too often: guess a code, ask for a call.

Of codes only misses count, so that a whole class may come from one address. What is sent with a
form is never held up by this. The count is each process's own: it keeps the load down, and it is
the length of the codes that keeps them secret.
"""

import hmac
from typing import Final

from flask import current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

MISSES: Final = parse("30 per 5 minutes")
CALLS: Final = parse("20 per hour")


class TooManyGuesses(Exception):
    """This address has tried too many codes that open nothing."""


def missed() -> None:
    """Count a code that opens nothing against the address that this request comes from."""
    _limiter().hit(MISSES, _address())


def require_patience() -> None:
    """Raise TooManyGuesses where this address has to wait. Call it before a code is looked up."""
    if not _limiter().test(MISSES, _address()):
        raise TooManyGuesses


def may_ask_for_a_call() -> bool:
    """Whether this address has not asked for more calls than an office could make. Counts this."""
    return _limiter().hit(CALLS, _address())


def _limiter() -> FixedWindowRateLimiter:
    kept = current_app.extensions
    if "hoert.guesses" not in kept:
        # Not on every request: a storage is dear to make
        kept.setdefault("hoert.guesses", FixedWindowRateLimiter(MemoryStorage()))
    found: FixedWindowRateLimiter = kept["hoert.guesses"]
    return found


def _address() -> str:
    """A key that names nobody."""
    address = (request.remote_addr or "").encode()
    return hmac.digest(str(current_app.secret_key).encode(), address, "sha256").hex()
