"""How often one address may do what can be done too often: guess a code, ask for a call.

Of codes only misses count, so that a whole class may come from one address. What is sent with a
form is never held up by this. The count is the same in all processes and costs who misses; a
right code is not held against it, unless its page has to be looked up anyway. So a process that
has not heard of an address yet may open a page to it that it holds ready for others.
"""

import hmac
import time
from typing import Final

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import DBAPIError, TimeoutError

from webapp.guesses import Guesses

MISSES: Final = parse("30 per 5 minutes")
CALLS: Final = parse("20 per hour")

_MOST_KNOWN: Final = 10_000


class TooManyGuesses(Exception):
    """This address has tried too many codes that open nothing."""


def register(app: Flask) -> None:
    """Give an application its counts."""
    guesses = Guesses(database=app.extensions["hoert"].database)
    app.extensions["hoert.guesses"] = FixedWindowRateLimiter(guesses)
    waiting: dict[str, float] = {}
    app.extensions["hoert.waiting"] = waiting


def missed() -> bool:
    """Count a code that opens nothing against the address that this request comes from.

    False when that was one too many: it should be answered like any that was not looked up. Call
    it outside every transaction.
    """
    try:
        within = _hit(MISSES)
        key = _key(current_app, request.remote_addr or "")
        if not _limiter(current_app).test(MISSES, key):
            _wait(key, MISSES)
    except (DBAPIError, TimeoutError):
        # Without the database no code opens anything
        return True
    return within


def require_patience(*, remembered: bool = False) -> None:
    """Raise TooManyGuesses where this address has to wait. Call it before a code is looked up.

    With a code whose page is `remembered`, for which the database is not asked, it is not asked
    for this either.
    """
    address = request.remote_addr or ""
    key = _key(current_app, address)
    if must_wait(current_app, address):
        raise TooManyGuesses
    if remembered:
        return
    try:
        has_patience = _limiter(current_app).test(MISSES, key)
    except (DBAPIError, TimeoutError):
        # Whoever looks the code up says so
        return
    if not has_patience:
        _wait(key, MISSES)
        raise TooManyGuesses


def must_wait(app: Flask, address: str) -> bool:
    """Whether this process knows that an address has to wait. The database is not asked."""
    waiting: dict[str, float] = app.extensions["hoert.waiting"]
    return bool(waiting) and waiting.get(_key(app, address), 0) > time.time()


def may_ask_for_a_call() -> bool:
    """Whether this address has not asked for more calls than an office could make. Counts this."""
    return _hit(CALLS)


def _hit(limit: RateLimitItem) -> bool:
    key = _key(current_app, request.remote_addr or "")
    return _limiter(current_app).hit(limit, key)


def _wait(key: str, limit: RateLimitItem) -> None:
    waiting: dict[str, float] = current_app.extensions["hoert.waiting"]
    now = time.time()
    if len(waiting) >= _MOST_KNOWN:
        for over in [one for one, until in waiting.items() if until <= now]:
            waiting.pop(over, None)
    if len(waiting) < _MOST_KNOWN:
        waiting[key] = _limiter(current_app).get_window_stats(limit, key).reset_time


def _limiter(app: Flask) -> FixedWindowRateLimiter:
    found: FixedWindowRateLimiter = app.extensions["hoert.guesses"]
    return found


def _key(app: Flask, address: str) -> str:
    """A key that names nobody."""
    return hmac.digest(str(app.secret_key).encode(), address.encode(), "sha256").hex()
