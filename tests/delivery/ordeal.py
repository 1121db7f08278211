"""Thousands of invitations by mail and SMS, by senders that are killed: who got how many?"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from surveys import fieldwork, frame, invitations, steps
from surveys.database import Database
from surveys.frame import Member, Reading
from surveys.steps import Sending, State, Step
from tests.delivery import working
from tests.delivery.mail_server import MailServer, mail_server
from tests.delivery.sms_server import TOKEN, SmsServer, sms_server
from webapp.settings import Settings

SECRET = "k" * 40
ROOT = Path(__file__).parents[2]
WORKER = (sys.executable, "-m", "tests.delivery.working")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many people got how many messages (times → people), and what the database says."""

    times: Counter[int]
    states: dict[State, int]
    kills: int
    seconds: float


class Ordeal:
    """A database with people who are invited, and two services that count."""

    def __init__(self, database: Database, people: int) -> None:
        self.database = database
        self.people = people
        self._open = ExitStack()
        self.post: MailServer = self._open.enter_context(mail_server())
        self.gateway: SmsServer = self._open.enter_context(sms_server())
        # Where the senders' queue and, beside no file of a database, their journals are
        self._folder = Path(self._open.enter_context(TemporaryDirectory()))
        self._shift = working.shift()
        now = self.now()
        members = tuple(
            Member(f"P{n}", email=f"p{n}@example.org", channel="email")
            if n % 2
            else Member(f"P{n}", phone=f"+45{20_000_000 + n}", channel="sms")
            for n in range(people)
        )
        with database.transaction() as session:
            self.wave = fieldwork.open_wave(
                session,
                "borgerinddragelse",
                "2026",
                opens_at=now - timedelta(hours=1),
                closes_at=now + timedelta(days=28),
            )
            frame.take(session, self.wave, Reading({}, members, ()))
            steps.decide(session, "borgerinddragelse", Sending(automatic=True))
            invitations.invite(session, self.wave, SECRET, now)

    def now(self) -> datetime:
        """A clock that goes on, from a Wednesday morning."""
        return datetime.now(UTC) + self._shift

    def close(self) -> None:
        self._open.close()

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process that sends, in a session of its own."""
        environment = {**os.environ, **{n.upper(): v for n, v in self._environment().items()}}
        environment["PYTHONPATH"] = str(ROOT)
        environment[working.SHIFTED_BY] = str(self._shift.total_seconds())
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def settings(self, queue: str) -> Settings:
        """The same for a sender in this process."""
        return Settings(**{**self._environment(), "queue_url": queue})

    def _environment(self) -> dict[str, str]:
        return {
            "database_url": self.database.url.render_as_string(hide_password=False),
            "queue_url": f"sqlite:///{self._folder / 'queue.sqlite3'}",
            "secret_key": SECRET,
            "delivery": "smtp sms",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(self.post.port),
            "mail_from": "svar@example.dk",
            "gatewayapi_url": self.gateway.url,
            "gatewayapi_token": TOKEN,
            "sms_sender": "Kommunen",
        }

    def taken(self) -> int:
        return len(self.post.taken) + len(self.gateway.taken)

    def counted(self) -> Counter[int]:
        """How many people got how many messages."""
        got = self.post.counted() + self.gateway.counted()
        times = Counter(got.values())
        if missing := self.people - len(got):
            times[0] = missing
        return times

    def states(self) -> dict[State, int]:
        with self.database.snapshot() as session:
            return dict(steps.tally(session, self.wave).get(Step.INVITATION, {}))

    def is_over(self) -> bool:
        return not {State.WAITING, State.SENDING} & self.states().keys() and bool(self.states())


def killed_at_random(
    ordeal: Ordeal,
    kills: int,
    chance: random.Random,
    command: Sequence[str] = WORKER,
    patience: float = 600,
) -> Outcome:
    """Run workers until all is sent, killed -9 at random numbers of messages."""
    began = time.monotonic()
    moments = sorted(chance.sample(range(1, ordeal.people - 1), kills))
    done = 0
    while True:
        process = ordeal.begin(*command)
        try:
            while time.monotonic() - began < patience:
                if done < len(moments) and ordeal.taken() >= moments[done]:
                    time.sleep(chance.random() * 0.02)
                    break
                if done >= len(moments) and ordeal.is_over():
                    break
                time.sleep(0.002 if done < len(moments) else 0.1)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if done >= len(moments) or time.monotonic() - began >= patience:
            return Outcome(ordeal.counted(), ordeal.states(), done, time.monotonic() - began)
        done += 1
