"""A whole installation for one run: an empty database and the web process, as in production."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

import migrations
from surveys import fieldwork
from surveys.database import Database
from tests.conftest import POSTGRESQL

ROOT = Path(__file__).parents[2]
SECRET = "a secret of this run, longer than thirty-two characters"
START_SECONDS = 90
STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Server:
    """A web process that answers on a port of this machine."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Hørt, running: its web process, its database, and the open link of a survey."""

    server: Server
    database: Database
    code: str


def kinds() -> tuple[str, ...]:
    """The kinds of database that can be had here."""
    return ("sqlite", "postgresql") if os.environ.get(POSTGRESQL) else ("sqlite",)


@contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """The URL of a new database without tables; it is gone afterwards."""
    if kind == "sqlite":
        with TemporaryDirectory(prefix="hoert-") as folder:
            yield f"sqlite:///{folder}/hoert.sqlite3"
        return
    server = make_url(os.environ[POSTGRESQL]).set(drivername="postgresql")
    name = f"hoert_run_{uuid4().hex}"
    with psycopg.connect(server.render_as_string(False), autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            administrator.execute(drop)


@contextmanager
def prepared(kind: str, survey: str) -> Iterator[tuple[Database, str]]:
    """A migrated database with an open link to a survey, and the link's code."""
    with empty_database(kind) as url:
        database = Database(url)
        migrations.upgrade(database.engine)
        with database.transaction() as session:
            code = fieldwork.create_link(session, survey, datetime.now(UTC))
        yield database, code
        database.close()


@contextmanager
def installed(kind: str, survey: str) -> Iterator[Installation]:
    """Hørt, running on an empty database of its own."""
    with prepared(kind, survey) as (database, code), web(database) as server:
        yield Installation(server, database, code)


@contextmanager
def web(database: Database, *, port: int | None = None, processes: int = 2) -> Iterator[Server]:
    """`hoert web` on a database, as an operator would start it."""
    environment = surroundings(database) | {"WEB_PROCESSES": str(processes)}
    with serving(["-m", "webapp.cli", "web"], environment, port or free_port()) as server:
        yield server


def surroundings(database: Database) -> dict[str, str]:
    """The environment that a process of this installation needs."""
    return {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "SECRET_KEY": SECRET,
    }


@contextmanager
def serving(
    arguments: Sequence[str], environment: Mapping[str, str], port: int
) -> Iterator[Server]:
    """A Python program that serves on PORT, in a session of its own; stopped afterwards."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await(process, port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if connection.recv(20):
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{process.args} does not serve (exit status {process.poll()}).")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
