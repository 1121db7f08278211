"""The bot among people, killed and cut off again and again, by polling and by webhook."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.installation import prepared
from tests.bot.conftest import BotProcess, door
from tests.bot.ordeal import Outcome, ordeal
from tests.telegram.emulator import Emulator

SURVEY = "borgerinddragelse"
RUNS = 3
PEOPLE = 14
KILLS = 15
FAULTS = 40


def trials(kind: str) -> Iterator[tuple[str, Outcome]]:
    """Each way so many times, with another chance each time. AssertionError when one goes wrong."""
    for way in ("polling", "webhook"):
        for run in range(RUNS):
            yield way, _trial(kind, way, run)


def _trial(kind: str, way: str, seed: int) -> Outcome:
    with (
        TemporaryDirectory(prefix="hoert-") as folder,
        prepared(kind, SURVEY) as (database, _),
        Emulator() as emulator,
    ):
        url = database.url.render_as_string(hide_password=False)
        with door(emulator, url, way) as environment:
            bot = BotProcess(emulator, url, Path(folder) / "bot.log", **environment)
            bot.start()
            try:
                return ordeal(
                    emulator, bot, database, people=PEOPLE, kills=KILLS, faults=FAULTS, seed=seed
                )
            finally:
                bot.kill()
