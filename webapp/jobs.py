"""Periodic jobs: each done once a minute by one worker, and how each went kept for all to see."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huey import Huey, RedisHuey, SqliteHuey
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from structlog import get_logger

from surveys.database import Database, insert_unless_known
from webapp import Clock
from webapp.settings import Settings
from webapp.work_tables import JobRow

log = get_logger()

Job = Callable[[Database, Clock], None]


@dataclass(frozen=True, slots=True)
class JobState:
    """How a periodic job goes. `failures` counts those in a row, `failure` is the last's class."""

    name: str
    began_at: datetime
    ended_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    failures: int


def states(session: Session) -> Sequence[JobState]:
    """Every job that has ever begun, by name, as it last went."""
    return [
        JobState(row.name, row.began_at, row.ended_at, row.failed_at, row.failure, row.failures)
        for row in session.scalars(select(JobRow).order_by(JobRow.name))
    ]


def name_of(job: Job) -> str:
    """What a job is called: by its function, and by its module where that is another part's."""
    module = job.__module__.rsplit(".", 1)[-1]
    return job.__name__ if module == "tasks" else f"{module}.{job.__name__}"


def run(job: Job, database: Database, clock: Clock) -> bool:
    """Do a job once in this minute, whoever else has the same queue. False when it failed.

    What fails is logged and kept, and tried again the next minute.
    """
    name = name_of(job)
    if not _claim(database, name, clock()):
        return True
    failure: Exception | None = None
    try:
        job(database, clock)
    except Exception as caught:  # noqa: BLE001  whatever it is, the other jobs go on
        failure = caught
        # No message and no trace: they could hold what somebody wrote
        log.error("job failed", job=name, failure=type(caught).__name__)  # noqa: TRY400
    with database.transaction() as session:
        row = session.get_one(JobRow, name)
        if failure is None:
            row.ended_at, row.failures = clock(), 0
        else:
            row.failed_at, row.failure = clock(), type(failure).__name__[:80]
            row.failures += 1
    return failure is None


def _claim(database: Database, name: str, moment: datetime) -> bool:
    minute = moment.replace(second=0, microsecond=0)
    with database.transaction() as session:
        if insert_unless_known(session, JobRow, name=name, began_at=moment, failures=0):
            return True
        claimed = session.execute(
            update(JobRow)
            .where(JobRow.name == name, JobRow.began_at < minute)
            .values(began_at=moment)
            .returning(JobRow.name)
        )
        return claimed.one_or_none() is not None


def reachable(settings: Settings) -> bool:
    """Whether the queue answers when it is asked how long it is."""
    try:
        storage(settings).pending_count()
    except (OSError, RedisError, sqlite3.Error):
        return False
    return True


def storage(settings: Settings) -> Huey:
    """A SQLite file by default; Redis where there are several machines."""
    if settings.queue_url.startswith(("redis://", "rediss://")):
        return RedisHuey("hoert", url=settings.queue_url, utc=True)
    return SqliteHuey("hoert", filename=make_url(settings.queue_url).database, utc=True)
