"""A real browser, and the application served over real HTTP to it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from surveys.database import Database
from tests.conftest import Clock
from webapp import create_app
from webapp.settings import Settings

PHONE = {"width": 375, "height": 667}
DESKTOP = {"width": 1280, "height": 800}


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Paths carry codes."""


@dataclass(frozen=True, slots=True)
class Site:
    """The application as a browser reaches it, with the database and the clock behind it."""

    url: str
    app: Flask
    database: Database
    clock: Clock


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: Playwright's event loop must not outlive it in the process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-quic",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def site(make_sqlite: Callable[[], str], clock: Clock) -> Iterator[Site]:
    """A server on a free port of this machine, on a fresh SQLite database."""
    settings = Settings(
        database_url=make_sqlite(),
        secret_key="k" * 40,
        municipality="Allerød Kommune",
        help_phone="48 10 01 00",
    )
    app = create_app(settings, clock)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    database = app.extensions["hoert"].database
    yield Site(f"http://127.0.0.1:{server.port}", app, database, clock)
    server.shutdown()
    thread.join()
    server.server_close()
    database.close()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser of a person of its own: a phone with script unless told otherwise."""
    opened: list[BrowserContext] = []

    def open_one(*, viewport: dict[str, int] = PHONE, script: bool = True) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            java_script_enabled=script,
            locale="da-DK",
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
