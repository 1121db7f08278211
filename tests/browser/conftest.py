"""Somebody with a phone, for the tests with a browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.live import Site
from tests.drivers.web import WebRespondent

Open = Callable[..., BrowserContext]


@pytest.fixture
def browser(open_browser: Open) -> Iterator[BrowserContext]:
    """A phone whose console must stay empty of errors."""
    context = open_browser()
    said: list[str] = []
    context.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    yield context
    assert [line for line in said if "Failed to load resource" not in line] == []


@pytest.fixture
def citizen(browser: BrowserContext, site: Site) -> WebRespondent:
    return WebRespondent(browser, site.url)
