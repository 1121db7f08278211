"""The process's health and the pages of the footer."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

import migrations
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor


def test_alive_and_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (200, "ok")


def test_not_ready_before_the_migrations(app: Flask, office: Office) -> None:
    migrations.downgrade(office.database.engine, "base")
    client = app.test_client()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (503, "not migrated")
    assert client.get("/healthz").status_code == 200


def test_not_ready_with_a_file_that_is_no_database(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    file = tmp_path / "broken.sqlite3"
    file.write_bytes(b"this is no database" * 100)
    client = make_app(database_url=f"sqlite:///{file}").test_client()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (503, "unreachable")
    page = client.get("/s/ZZZZZZZZZZ")
    assert page.status_code == 503
    assert "Vi kan ikke gemme lige nu" in page.get_data(as_text=True)


def test_the_accessibility_statement(visitor: Visitor, make_app: Callable[..., Flask]) -> None:
    assert visitor.get("/was").heading == "Tilgængelighedserklæring"
    app = make_app(was_url="https://was.digst.dk/svar-example-dk")
    answer = app.test_client().get("/was")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://was.digst.dk/svar-example-dk"


def test_the_privacy_page_tells_what_is_kept(
    visitor: Visitor, make_app: Callable[..., Flask]
) -> None:
    text = visitor.get("/privatliv").text
    assert "mindst 10 svar" in text
    assert "Vi gemmer ikke dagen eller timen." in text
    assert "kun tekniske cookies" in text
    assert "Telegram kan se" not in text
    bot = Visitor(make_app(telegram_bot_token="1:x").test_client())
    assert "Telegram kan se" in bot.get("/privatliv").text
    assert visitor.get("/privatliv?lang=en").page.all("html")[0]["lang"] == "en"
