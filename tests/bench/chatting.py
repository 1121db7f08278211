"""Many people answer on Telegram at the same time: `python -m tests.bench.chatting --help`."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import text

from surveys.database import Database
from tests.bench import machine
from tests.bench.installation import kinds, prepared
from tests.bot.conftest import BotProcess, door
from tests.bot.people import Person, answers
from tests.telegram.emulator import Emulator

SURVEY = "borgerinddragelse"
PEOPLE = 500
PACE = 5.0
"""Seconds that a person thinks before each deed, on average: quicker than anybody reads."""
PATIENCE = 300.0
MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Outcome:
    """What so many people saw, and what it cost."""

    people: int
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    deeds: int = 0
    cpu: float = 0.0
    memory: list[int] = field(default_factory=list)
    lost: int = 0
    twice: int = 0

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.waits, n=100)
        first, last = self.memory[len(self.memory) // 4], self.memory[-1]
        return (
            f"{self.people} people, {self.deeds} updates in {self.seconds:.0f} s"
            f" ({self.deeds / self.seconds:.0f}/s); from update to reply p50 {cuts[49]:.2f} s,"
            f" p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s; lost {self.lost}, twice {self.twice};"
            f" bot {1000 * self.cpu / self.deeds:.1f} ms CPU an update,"
            f" memory {first / MEGABYTE:.0f} MB after a quarter and {last / MEGABYTE:.0f} MB at the"
            f" end, {max(self.memory) / MEGABYTE:.0f} MB at most"
        )


def chat(kind: str, way: str, people: int, pace: float) -> Outcome:
    """Let people answer from the link to the thank-you, and count what came of it."""
    outcome = Outcome(people)
    with (
        TemporaryDirectory(prefix="hoert-") as folder,
        prepared(kind, SURVEY) as (database, code),
        Emulator() as emulator,
        _bot(emulator, database, way, Path(folder) / "bot.log") as pid,
    ):
        crowd = [
            Person.make(emulator, number, pace=pace, patience=PATIENCE) for number in range(people)
        ]
        threads = [threading.Thread(target=person.answer, args=[code]) for person in crowd]
        before, begun = machine.cpu_seconds(pid), time.monotonic()
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            outcome.memory.append(machine.memory_bytes(pid))
            time.sleep(1)
        outcome.seconds = time.monotonic() - begun
        outcome.cpu = machine.cpu_seconds(pid) - before
        outcome.waits = [wait for person in crowd for wait in person.waits]
        outcome.deeds = sum(person.deeds for person in crowd)
        _count(database, crowd, outcome)
    return outcome


def _count(database: Database, crowd: list[Person], outcome: Outcome) -> None:
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars().all()
    given = [answers(row) for row in rows]
    sent = [sum(one == person.expected for one in given) for person in crowd]
    outcome.lost, outcome.twice = sent.count(0), len(given) - len(crowd) + sent.count(0)


@contextmanager
def _bot(emulator: Emulator, database: Database, way: str, log: Path) -> Iterator[int]:
    """The bot, at work; its process."""
    url = database.url.render_as_string(hide_password=False)
    with door(emulator, url, way) as environment:
        bot = BotProcess(emulator, url, log, **environment)
        bot.start()
        emulator.wait_until(lambda: bool(emulator.calls), 30)
        assert bot.process is not None
        yield bot.process.pid
        bot.end()


def measure(people: int = PEOPLE, pace: float = PACE, way: str = "polling") -> None:
    """Print what so many people saw, on every database that can be had here."""
    for kind in kinds():
        click.echo(f"Telegram, {kind}, {way}: {chat(kind, way, people, pace)}")


@click.command()
@click.option("--people", default=PEOPLE, show_default=True)
@click.option("--pace", default=PACE, show_default=True, help="Seconds of thought before a deed.")
@click.option("--way", type=click.Choice(["polling", "webhook"]), default="polling")
def main(people: int, pace: float, way: str) -> None:
    """Measure the bot with many people at once, on every database that can be had here."""
    click.echo(machine.description())
    measure(people, pace, way)


if __name__ == "__main__":
    main()
