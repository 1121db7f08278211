"""How often the database waits for the disk."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import text

from surveys.database import Database
from tests.bench import machine
from tests.bench.installation import Server
from tests.bench.respondents import Walk, load

PEOPLE = 32
SECONDS = 2.0
_REPORTED = 1.5
"""Seconds until PostgreSQL's processes have told what they did."""


def per_response(server: Server, database: Database, walk: Walk) -> float | None:
    """Calls of fsync and fdatasync for one response with many at once; None if not measurable."""
    if not database.is_sqlite:
        return _by_postgresql(server, database, walk)
    if shutil.which("strace") is None:
        return None
    with TemporaryDirectory() as folder:
        seen = Path(folder) / "calls"
        pids = [f"--attach={pid}" for pid in machine.tree(server.pid)]
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(seen), *pids],
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.5)
        if tracer.poll() is not None:
            return None
        answered = load(server.port, walk, PEOPLE, SECONDS)
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        calls = re.findall(r"\b(?:fsync|fdatasync)\(", seen.read_text())
    return len(calls) / len(answered.walks)


def _by_postgresql(server: Server, database: Database, walk: Walk) -> float | None:
    """From PostgreSQL's own count, which is for the whole server."""
    try:
        before = _synced(database)
        answered = load(server.port, walk, PEOPLE, SECONDS)
        return (_synced(database) - before) / len(answered.walks)
    except psycopg.errors.UndefinedColumn:
        return None


def _synced(database: Database) -> int:
    time.sleep(_REPORTED)
    with database.engine.connect() as connection:
        count: int = connection.execute(text("SELECT wal_sync FROM pg_stat_wal")).scalar_one()
        return count
