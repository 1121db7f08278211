"""A person in a chat, without any channel: events straight into the conversation."""

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text

from surveys import fieldwork, keys
from surveys.chat import Button, Desk, Event, Place, Pressed, Reply, Turn, Typed
from surveys.conversation import converse
from surveys.database import Database
from tests.conftest import Clock

SECRET = "a secret of the tests, long enough for anybody"


class Phone:
    """The messages as they stand on a screen; each deed is one transaction."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], mode: str = "telegram"
    ) -> None:
        ballot = keys.new_ballot() if mode == "chat" else None
        key = keys.draft_key(ballot) if ballot else keys.chat_key(SECRET, keys.new_code())
        self.desk = Desk(
            mode=mode,
            key=key,
            secret=SECRET,
            municipality="Allerød Kommune",
            public_url="http://127.0.0.1:8000",
            help_phone="12 34 56 78",
            ballot=ballot,
        )
        self.database = database
        self.clock = clock
        self.place = Place()
        self.screen: list[Reply] = []
        self.toast = ""

    def do(self, event: Event, on: Reply | None = None) -> Turn:
        with self.database.transaction() as session:
            turn = converse(session, self.desk, self.place, event, self.clock())
        self.place, self.toast = Place.loads(turn.place.dumps()), turn.toast
        here = len(self.screen) - 1 if on is None else self.screen.index(on)
        for reply in turn.replies:
            if reply.replaces:
                self.screen[here] = reply
            else:
                self.screen.append(reply)
        return turn

    def type(self, text: str) -> Turn:
        return self.do(Typed(text))

    def press(self, label: str) -> Turn:
        """Press a button of the newest message."""
        return self.do(Pressed(self.button(label).data))

    def button(self, label: str, on: Reply | None = None) -> Button:
        found = [b for row in (on or self.last).rows for b in row if b.label == label]
        assert len(found) == 1, f"{label!r} is not one of {self.labels}\n{self.last.text}"
        return found[0]

    @property
    def last(self) -> Reply:
        return self.screen[-1]

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.last.rows for button in row]

    def arrive(self, code: str, language: str = "Dansk") -> None:
        """Up to the first question."""
        self.type(f"/start {code}")
        if language in self.labels:
            self.press(language)
        self.press("Start" if "Start" in self.labels else self.labels[0])


def link(database: Database, clock: Clock) -> str:
    """The code of an open link to Allerød's five questions."""
    with database.transaction() as session:
        return fieldwork.create_link(session, "borgerinddragelse", clock(), unit="Team A")


def inbox(database: Database) -> list[dict]:
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars()
        return [json.loads(row) for row in rows]


def drafts(database: Database) -> int:
    with database.snapshot() as session:
        return session.execute(text("SELECT count(*) FROM draft")).scalar_one()


def answer_all(phone: Phone) -> None:
    """Allerød's five, from the first question to the summary."""
    phone.press("I høj grad")
    phone.press("Ved ikke")
    phone.type("Min rådgiver lytter. Ring på 22 33 44 55.")
    phone.press("Spring over")
    phone.press("CV og LinkedIn")
    phone.press("Andet")
    phone.press("Færdig")
    phone.type("Sprogkursus")
