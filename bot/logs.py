"""The bot's log: what happened and where, never to whom, and never in whose words."""

import logging
import sys
import traceback

import structlog


def prepare() -> None:
    """One JSON object a line, on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # They would write the address of every call, and with it the bot's token
    for name in ("httpx", "httpcore", "telegram", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def cause(failure: BaseException) -> dict[str, str]:
    """What failed and where. Not its message: that may hold what somebody wrote."""
    frames = traceback.extract_tb(failure.__traceback__)[-3:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    return {"cause": type(failure).__name__, "at": " < ".join(reversed(places))}
