"""A mixer that never rests, so that a kill finds it at work: `python -m tests.soak.mixing`."""

import os
import time

from surveys import ballot
from surveys.database import Database

PAUSE_SECONDS = 0.05


def mix_for_ever() -> None:
    """Mix until killed."""
    database = Database(os.environ["DATABASE_URL"])
    while True:
        with database.transaction() as session:
            ballot.mix_all(session)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    mix_for_ever()
