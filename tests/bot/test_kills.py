"""kill -9 at any moment: nothing lost, nothing twice, everything answered. More: `make soak`."""

from collections.abc import Callable

import pytest

from surveys.database import Database
from tests.bot.conftest import BotProcess, door
from tests.bot.ordeal import ordeal
from tests.telegram.emulator import Emulator


@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_people_answer_while_the_bot_is_killed_again_and_again(
    lone_emulator: Emulator,
    make_bot: Callable[..., BotProcess],
    database: Database,
    database_url: str,
    way: str,
) -> None:
    with door(lone_emulator, database_url, way) as environment:
        bot = make_bot(**environment)
        outcome = ordeal(lone_emulator, bot, database, people=5, kills=5, faults=6)
        assert outcome.messages > 50
        assert bot.end() == 0
