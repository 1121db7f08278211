"""Periodic jobs: each done once a minute by one worker, and how each went kept for all to see."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from structlog import get_logger

from surveys.database import Database, insert_unless_known
from webapp import Clock
from webapp.settings import Settings
from webapp.work_tables import JobRow

if TYPE_CHECKING:
    from huey import Huey

log = get_logger()

LONGEST_PAUSE: Final = timedelta(minutes=15)
"""A job that fails waits longer and longer, but no longer than this."""

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

    @property
    def next_at(self) -> datetime:
        """When it is done again: in the next minute, or after a pause when it failed."""
        if self.failures and self.failed_at is not None:
            return self.failed_at + _pause(self.failures)
        return self.began_at + timedelta(minutes=1)


def _pause(failures: int) -> timedelta:
    """One minute after the first failure, and twice as long each time."""
    return min(timedelta(minutes=2 ** min(failures - 1, 10)), LONGEST_PAUSE)


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


def run(job: Job, database: Database, clock: Clock, *, alone: bool = True) -> bool:
    """Do a job once in this minute, whoever else has the same queue. False when it failed.

    What fails is logged and kept, and tried again after a pause. A job that is not `alone` shares
    its work out by itself, and may be done several times at once.
    """
    name = name_of(job)
    if not _claim(database, name, clock(), alone=alone):
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


def _claim(database: Database, name: str, moment: datetime, *, alone: bool) -> bool:
    minute = moment.replace(second=0, microsecond=0)
    with database.transaction() as session:
        if insert_unless_known(session, JobRow, name=name, began_at=moment, failures=0):
            return True
        row = session.scalars(select(JobRow).where(JobRow.name == name).with_for_update()).one()
        if alone and row.began_at >= minute:
            return False
        pause = _pause(row.failures) if row.failures else timedelta()
        if row.failed_at is not None and moment < row.failed_at + pause:
            return False
        row.began_at = moment
        return True


def reachable(settings: Settings) -> bool:
    """Whether the queue answers. Without Huey, for the web process that has no other use for it."""
    if not _is_redis(settings):
        try:
            with closing(sqlite3.connect(_file(settings))) as queue:
                queue.execute("PRAGMA schema_version")
        except (OSError, sqlite3.Error):
            return False
        return True
    from redis import Redis, RedisError

    try:
        with Redis.from_url(settings.queue_url) as redis:
            redis.ping()
    except RedisError:
        return False
    return True


def storage(settings: Settings, name: str = "hoert") -> "Huey":
    """The queue of a name: in a SQLite file by default, on Redis for several machines."""
    from huey import RedisHuey, SqliteHuey

    if _is_redis(settings):
        return RedisHuey(name, url=settings.queue_url, utc=True)
    return SqliteHuey(name, filename=str(_file(settings)), utc=True)


def _is_redis(settings: Settings) -> bool:
    return settings.queue_url.startswith(("redis://", "rediss://"))


def _file(settings: Settings) -> Path:
    file = Path(make_url(settings.queue_url).database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
