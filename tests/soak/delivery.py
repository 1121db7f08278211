"""Five thousand invitations by mail and SMS through a worker that is killed: each person one."""

import random

import migrations
from surveys.database import Database
from tests.bench.installation import empty_database
from tests.delivery.ordeal import Ordeal, Outcome, killed_at_random

PEOPLE = 5000


def deliver(kind: str, kills: int, people: int = PEOPLE) -> Outcome:
    """Let `hoert worker` send everything on a kind of database, killed -9 at random."""
    with empty_database(kind) as url:
        database = Database(url)
        migrations.upgrade(database.engine)
        ordeal = Ordeal(database, people)
        try:
            return killed_at_random(ordeal, kills, random.Random(), patience=1800)  # noqa: S311
        finally:
            ordeal.close()
            database.close()
