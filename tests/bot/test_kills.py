"""kill -9 at any moment: nothing lost, nothing twice, every question answered."""

import random
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from surveys.database import Database
from tests.bot.conftest import BotProcess, count, door, eventually, link
from tests.bot.people import Person, answers
from tests.telegram.emulator import Emulator

KILLS = 10
PEOPLE = 8


def alive(threads: list[threading.Thread]) -> bool:
    return any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_people_answer_while_the_bot_is_killed_again_and_again(
    lone_emulator: Emulator,
    make_bot: Callable[..., BotProcess],
    database: Database,
    database_url: str,
    way: str,
) -> None:
    with door(lone_emulator, database_url, way) as environment:
        _answer_and_kill(lone_emulator, make_bot(**environment), database)


def _answer_and_kill(emulator: Emulator, bot: BotProcess, database: Database) -> None:
    five = link(database)
    people = [Person.make(emulator, number, pace=0.8, patience=120) for number in range(PEOPLE)]
    threads = [threading.Thread(target=person.answer, args=[five]) for person in people]
    for thread in threads:
        thread.start()
    chance, kills = random.Random(7), 0  # noqa: S311
    time.sleep(1.5)
    while alive(threads):
        polls = len(emulator.calls)
        if kills < KILLS:
            bot.kill()
            bot.start()
            kills += 1
        emulator.wait_until(lambda seen=polls: len(emulator.calls) > seen or not alive(threads), 30)
        time.sleep(chance.uniform(0.05, 1.0))
    for thread in threads:
        thread.join()
    assert kills == KILLS
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
    sent = sorted((answers(row) for row in rows), key=lambda row: row["good"]["value"])
    assert sent == [person.expected for person in people]
    assert count(database, "invitation WHERE spent") == PEOPLE
    assert count(database, "draft") == 0
    eventually(lambda: count(database, "bot_outbox") == 0)
    assert count(database, "bot_inbox WHERE state <> 'done'") == 0
    assert bot.end() == 0
