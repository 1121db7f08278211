"""Kill -9 at random while people send: whoever saw the thank-you is counted, and counted once."""

import asyncio
import math
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import kill, killpg
from pathlib import Path

from sqlalchemy import text

from surveys import extract, fieldwork, keys
from surveys.database import Database
from tests.bench import machine
from tests.bench.installation import free_port, prepared, surroundings, web
from tests.bench.respondents import FAILURES, HIDDEN, Browser, Waited, all_answers, browser
from webapp.invariants import violations

Attempt = Callable[[Browser], Awaitable[str]]

SURVEY = "borgerinddragelse"
PROCESSES = 4
"""Web processes that one server begins with. All are killed before the next server begins."""
PEOPLE = 12
RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")
INVITATIONS = 4000
MOST_SENT_BETWEEN = 12
"""How many answers are sent, at most, before the next kill."""
LONGEST_CALM = 10.0
LONGEST_AIM = 0.05
"""Seconds from the last of them to the kill, at most: some die before, some after the commit."""
PATIENCE_SECONDS = 30
"""How long those who have begun go on trying once the server stays."""


@dataclass(slots=True)
class Outcome:
    """What happened, and what was found wrong afterwards."""

    kills: int = 0
    thanked: set[str] = field(default_factory=set)
    sent: int = 0
    broken: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {len(self.thanked)} answers thanked for, sent {self.sent} times,"
            f" {self.broken} of them in vain, {len(self.problems)} problems"
        )


def crash(kind: str, kills: int) -> Outcome:
    """Let people send while web processes and the mixer are killed, at least `kills` times."""
    outcome = Outcome()
    port = free_port()
    with prepared(kind, SURVEY) as (database, code):
        with database.transaction() as session:
            wave = fieldwork.admit(session, code, datetime.now(UTC)).wave_id
            tokens = list(fieldwork.invite(session, wave, INVITATIONS))
        crowd = _Crowd(port, code, tokens, outcome)
        with crowd.sending():
            while outcome.kills < kills:
                with web(database, port=port, processes=PROCESSES) as server, _mixer(database) as m:
                    victims = [*machine.tree(server.pid)[1:], m.pid]
                    random.shuffle(victims)
                    for victim in victims:
                        crowd.await_sent(random.randint(1, MOST_SENT_BETWEEN))  # noqa: S311
                        time.sleep(random.uniform(0, LONGEST_AIM))  # noqa: S311
                        kill(victim, signal.SIGKILL)
                        outcome.kills += 1
                    killpg(server.pid, signal.SIGKILL)
                    outcome.kills += 1
            with web(database, port=port):
                crowd.finish()
        outcome.problems += _problems(database, outcome.thanked)
    return outcome


class _Crowd:
    """People who answer one after the other; half came by an open link, half are invited."""

    def __init__(self, port: int, code: str, tokens: list[str], outcome: Outcome) -> None:
        self._port = port
        self._code = code
        self._tokens = tokens
        self._outcome = outcome
        self._enough = threading.Event()
        self._last_call = math.inf
        self._thread = threading.Thread(target=lambda: asyncio.run(self._everybody()))

    @contextmanager
    def sending(self) -> Iterator[None]:
        """They come as long as this is open."""
        self._thread.start()
        try:
            yield
        finally:
            self.finish()

    def await_sent(self, more: int) -> None:
        """Wait until that many more answers are on their way, but not for ever."""
        goal, until = self._outcome.sent + more, time.monotonic() + LONGEST_CALM
        while self._outcome.sent < goal and time.monotonic() < until:
            time.sleep(0.005)

    def finish(self) -> None:
        """Nobody new comes; those who have begun try until they are thanked."""
        self._last_call = time.monotonic() + PATIENCE_SECONDS
        self._enough.set()
        self._thread.join()

    async def _everybody(self) -> None:
        await asyncio.gather(*(self._seat(invited=number % 2 == 0) for number in range(PEOPLE)))

    async def _seat(self, *, invited: bool) -> None:
        while not self._enough.is_set() and self._tokens:
            if invited:
                await self._invited(self._tokens.pop())
            else:
                await self._passing()

    async def _passing(self) -> None:
        path = f"/s/{self._code}"

        async def fetch(tab: Browser) -> str:
            return await tab.get("form", path)

        await self._answer(path, fetch)

    async def _invited(self, token: str) -> None:
        async def fetch(tab: Browser) -> str:
            await tab.get("invitation", f"/s/{token}", expected=303)
            return await tab.get("form", "/svar")

        await self._answer("/svar", fetch)

    async def _answer(self, path: str, fetch: Attempt) -> None:
        """Fill in a form once, and send that until it is thanked for."""
        cookies: dict[str, str] = {}
        page = await self._until_it_works(fetch, cookies)
        hidden = HIDDEN.findall(page)

        async def press(tab: Browser) -> str:
            self._outcome.sent += 1
            try:
                sent = await tab.post("send", path, [*hidden, *all_answers(), ("send", "1")])
                return await tab.get("thanks", sent)
            except FAILURES:
                self._outcome.broken += 1
                raise

        if page := await self._until_it_works(press, cookies):
            shown = RECEIPT.search(page)
            if shown is None:
                self._outcome.problems.append("Somebody was thanked and got no receipt.")
            else:
                self._outcome.thanked.add(shown[0])

    async def _until_it_works(self, attempt: Attempt, cookies: dict[str, str]) -> str:
        """Try again, as browsers and people do; "" when there is no hope."""
        while True:
            try:
                async with browser(self._port, Waited(), cookies) as tab:
                    return await attempt(tab)
            except FAILURES as failure:
                if time.monotonic() > self._last_call:
                    self._outcome.problems.append(f"Somebody gave up: {failure!r}")
                    return ""
                await asyncio.sleep(0.05)


@contextmanager
def _mixer(database: Database) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.mixing"],
        cwd=Path(__file__).parents[2],
        env=surroundings(database),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _problems(database: Database, thanked: set[str]) -> list[str]:
    found = violations(database)
    with database.transaction() as session:
        fieldwork.close_wave(session, SURVEY, datetime.now(UTC))
    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY)
        stored = Counter(
            bytes(kept) for kept in session.scalars(text("SELECT receipt_hash FROM response"))
        )
        answers = session.execute(text("SELECT count(*) FROM answer")).scalar_one()
    lost = sum(keys.receipt_hash(receipt) not in stored for receipt in thanked)
    if lost:
        found.append(f"{lost} of those who saw the thank-you are not counted.")
    if wave.waiting or wave.responses != wave.received:
        found.append(f"{wave.received} received, but {wave.responses} after the wave was closed.")
    if max(stored.values(), default=0) > 1:
        found.append("Somebody is counted twice.")
    if len(stored) > len(thanked):
        found.append(f"{len(stored) - len(thanked)} are counted that nobody sent.")
    if answers != ANSWERS_EACH * len(stored):
        found.append(f"{answers} answers in {len(stored)} responses: some are not whole.")
    return found


ANSWERS_EACH = 8
"""Two scales, two texts, three ticks, and the words to "Andet" that were not asked for."""
