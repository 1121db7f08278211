"""People answer on Telegram while everything breaks, and what must be true afterwards."""

import random
import threading
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from surveys.database import Database
from tests.bot.conftest import BotProcess, count, eventually, link, mistakes
from tests.bot.people import Person, answers
from tests.telegram.emulator import Emulator, Kind

FAULTS: Final[tuple[tuple[str, Kind], ...]] = (
    ("sendMessage", 429),
    ("sendMessage", 502),
    ("sendMessage", "cut before"),
    ("sendMessage", "cut after"),
    ("editMessageText", 502),
    ("editMessageText", "cut after"),
    ("answerCallbackQuery", "cut before"),
    ("getUpdates", 404),
    ("getUpdates", 502),
    ("getUpdates", "cut after"),
    ("webhook", "cut before"),
    ("webhook", "cut after"),
    ("sendMessage", "hang"),
)
HANGS_SECONDS: Final = 3.0
FEWEST_DEEDS: Final = 10
"""Of one person, from the link to the thank-you."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much was survived."""

    people: int
    messages: int
    kills: int
    faults: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.people} people, {self.messages} messages, {self.kills} kills -9,"
            f" {self.faults} faults in {self.seconds:.0f} s: 0 lost, 0 twice, all answered"
        )


def ordeal(
    emulator: Emulator,
    bot: BotProcess,
    database: Database,
    *,
    people: int,
    kills: int,
    faults: int = 0,
    seed: int = 7,
) -> Outcome:
    """Let people answer while the bot is killed so often, and calls and posts go wrong so often.

    Between two kills the bot comes back far enough to call Telegram. AssertionError when an answer
    is lost or counted twice, a question is not answered, or a call is refused without a fault.
    """
    chance, begun = random.Random(seed), time.monotonic()  # noqa: S311
    code = link(database)
    crowd = [Person.make(emulator, number, pace=0.2, patience=180) for number in range(people)]
    threads = [threading.Thread(target=person.answer, args=[code]) for person in crowd]
    gone = emulator.citizen("Den der går")
    gone.start(code)
    gone.block()
    for thread in threads:
        thread.start()
    # By what people have done, so that they are never ready before it on any machine
    deeds = range(people, people * FEWEST_DEEDS)
    plan = [(deed, True) for deed in chance.sample(deeds, kills)]
    plan += [(deed, False) for deed in chance.choices(deeds, k=faults)]
    for deed, is_kill in sorted(plan):
        while sum(person.deeds for person in crowd) < deed and any(t.is_alive() for t in threads):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))
        if is_kill:
            calls = len(emulator.calls)
            bot.kill()
            bot.start()
            emulator.wait_until(lambda seen=calls: len(emulator.calls) > seen, 60)
        else:
            _break(emulator, chance)
    for thread in threads:
        thread.join()
    emulator.heal()
    _require_all(database, crowd)
    assert mistakes(emulator) == []
    return Outcome(
        people, sum(person.deeds for person in crowd), kills, faults, time.monotonic() - begun
    )


def _break(emulator: Emulator, chance: random.Random) -> None:
    method, kind = chance.choice(FAULTS)
    if chance.random() < 0.1:
        emulator.poison()
    emulator.inject(method, kind, retry_after=1)
    if kind == "hang":
        time.sleep(HANGS_SECONDS)
        emulator.heal()


def _require_all(database: Database, crowd: list[Person]) -> None:
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
    sent = sorted((answers(row) for row in rows), key=str)
    assert sent == sorted((person.expected for person in crowd), key=str)
    assert count(database, "invitation WHERE spent") == len(crowd)
    assert count(database, "draft") == 0
    eventually(lambda: count(database, "bot_outbox") == 0, 60)
    eventually(lambda: count(database, "bot_inbox WHERE state = 'waiting'") == 0, 60)
    assert count(database, "bot_inbox WHERE state = 'done' AND sealed IS NOT NULL") == 0
