"""`hoert worker` in working hours, whenever it is started: `python -m tests.delivery.working`.

Nobody is written to at night. So whoever starts it says in SHIFTED_BY how many seconds its clock is
ahead, and every process of one test has the same clock, which goes on as clocks do.
"""

import os
import sys
from datetime import UTC, datetime, timedelta

SHIFTED_BY = "HOERT_TEST_SHIFTED_BY"
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def shift() -> timedelta:
    """How far a clock has to be ahead to show a Wednesday morning."""
    return WEDNESDAY - datetime.now(UTC)


def now() -> datetime:
    """The present moment by the shifted clock."""
    return datetime.now(UTC) + timedelta(seconds=float(os.environ[SHIFTED_BY]))


if __name__ == "__main__":
    from webapp.cli import installation, main

    installation.now = now
    sys.argv[1:] = ["worker"]
    main()
