"""The web process loads what it serves with, once for all its workers, and nothing besides."""

import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from webapp import server
from webapp.warmth import warm

ROOT = Path(__file__).parents[2]
UNNEEDED = {
    "alembic",
    "httpx",
    "huey",
    "numpy",
    "openpyxl",
    "pandas",
    "psycopg",
    "pyreadstat",
    "redis",
    "scipy",
    "sklearn",
    "xlsxwriter",
}
"""By whoever answers on SQLite, and whoever asks whether that is possible."""


def test_nothing_is_loaded_that_pages_are_not_served_with(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from webapp import server\n"
        "from webapp.settings import Settings\n"
        f"url = 'sqlite:///{tmp_path}/hoert.sqlite3'\n"
        "server._make_ready(Settings(database_url=url, secret_key='k' * 40, queue_url=url))\n"
        "server.application().test_client().get('/readyz')\n"
        f"print(*sorted({UNNEEDED!r} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_every_worker_serves_the_application_that_was_made_for_all(app: Flask, monkeypatch) -> None:
    monkeypatch.setattr(server, "_made", [app])
    assert server.application() is app


def test_warming_asks_nothing_of_the_database(app: Flask) -> None:
    """A connection that was opened before the processes part would be used by two of them."""
    opened: list[object] = []
    event.listen(
        app.extensions["hoert"].database.engine, "connect", lambda *one: opened.append(one)
    )
    warm(app)
    assert opened == []
