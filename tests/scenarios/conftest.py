"""The channels that every scenario runs through."""

from collections.abc import Callable

import pytest

from surveys.database import Database
from tests.conftest import Clock
from tests.drivers import Respondent
from tests.drivers.engine import EngineRespondent

CHANNELS = ["engine"]


@pytest.fixture
def world(sqlite: Database) -> Database:
    """The database that the channel and the scenario share."""
    return sqlite


@pytest.fixture(params=CHANNELS)
def respondent(
    request: pytest.FixtureRequest, world: Database, clock: Clock
) -> Callable[[], Respondent]:
    """Make respondents of one channel."""
    return lambda: EngineRespondent(world, clock)
