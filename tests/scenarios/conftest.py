"""The channels that every scenario runs through, unchanged."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from surveys.database import Database
from tests.bot.conftest import BotProcess, door, mistakes
from tests.browser.live import Site
from tests.conftest import Clock
from tests.drivers import Respondent
from tests.drivers.chat import TelegramRespondent, WebChatRespondent
from tests.drivers.engine import EngineRespondent
from tests.drivers.web import PlainWebRespondent, WebRespondent
from tests.telegram.emulator import Emulator

BROWSERS: dict[str, tuple[Callable[[Any, str, str], Respondent], bool]] = {
    "web": (WebRespondent, True),
    "web without script": (PlainWebRespondent, False),
    "web chat": (WebChatRespondent, True),
    "web chat without script": (WebChatRespondent, False),
}
TELEGRAM = {"telegram": "polling", "telegram by webhook": "webhook"}
CHANNELS = ["engine", *BROWSERS, *TELEGRAM]


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(channel: str, request: pytest.FixtureRequest) -> Database:
    """The database that the channel and the scenario share."""
    if channel in BROWSERS:
        found: Site = request.getfixturevalue("site")
        return found.database
    return request.getfixturevalue("sqlite")  # type: ignore[no-any-return]


@pytest.fixture
def respondent(
    channel: str, world: Database, clock: Clock, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Respondent]]:
    """Make respondents of one channel, in Danish unless told otherwise."""
    if channel == "engine":
        yield lambda language="da": EngineRespondent(world, clock, language)
    elif channel in BROWSERS:
        kind, script = BROWSERS[channel]
        url = request.getfixturevalue("site").url
        browser = request.getfixturevalue("open_browser")
        yield lambda language="da": kind(browser(script=script), url, language)
    else:
        url = world.url.render_as_string(hide_password=False)
        with Emulator() as emulator, door(emulator, url, TELEGRAM[channel]) as environment:
            bot = BotProcess(emulator, url, tmp_path / "bot.log", **environment)
            bot.start()
            yield lambda language="da": TelegramRespondent(emulator.citizen(), language)
            assert bot.end() == 0
            assert mistakes(emulator) == []
