"""How many SQL statements a response costs, counted where the driver hands them to the database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from surveys.database import Database
from tests.bench.installation import SECRET
from tests.bench.respondents import Pairs, Walk
from webapp import create_app
from webapp.settings import Settings

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET TRANSACTION", "PRAGMA")
"""What opens and closes a transaction is not counted; a check that a connection lives is."""


def statements(database: Database, *walks: Walk) -> list[int]:
    """The statements of each walk in one process that is warm."""
    url = database.url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=url, secret_key=SECRET))
    with _noted(app) as noted:
        counts = []
        for walk in walks:
            asyncio.run(walk(_InProcess(app.test_client())))
            noted.clear()
            asyncio.run(walk(_InProcess(app.test_client())))
            counts.append(sum(not said.lstrip().upper().startswith(FRAME) for said in noted))
    return counts


class _InProcess:
    """A browser without a network."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    async def get(self, step: str, path: str, expected: int = 200) -> str:
        return self._client.get(path).get_data(as_text=True)

    async def post(self, step: str, path: str, fields: Pairs, expected: int = 303) -> str:
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        response = self._client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"})
        if response.status_code != expected:
            raise AssertionError(f"{step}: {response.status_code}, not {expected}")
        return response.headers.get("Location", "")


@contextmanager
def _noted(app: Flask) -> Iterator[list[str]]:
    """Every statement that the application's connections carry out, as long as this is open."""
    noted: list[str] = []
    database: Database = app.extensions["hoert"].database

    class Noting(psycopg.Cursor):
        def execute(self, query, *arguments, **options):
            noted.append(str(query))
            return super().execute(query, *arguments, **options)

    @event.listens_for(database.engine, "connect")
    def follow(connection, _) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = Noting
        else:
            connection.set_trace_callback(noted.append)

    yield noted
    database.close()
