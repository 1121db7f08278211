"""What is done by the clock: reminders once and by day, and nothing kept of a wave that is over."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.chats import Chats
from bot.ledger import Ledger
from bot.outbox import Outbox
from bot.presenter import Call
from bot.settings import Settings
from bot.upkeep import Upkeep
from bot.worker import Handler, tomorrow
from surveys import fieldwork
from surveys.arrivals import Arrivals
from surveys.database import Database
from surveys.seal import Seal
from tests.bot.conftest import SECRET, count
from tests.conftest import Clock
from tests.surveys.phones import link

KAREN = 5_000_000_001


class Chat:
    """One citizen's updates through the handler, and the calls that wait for them; no network."""

    def __init__(self, database: Database, clock: Clock) -> None:
        seal = Seal(SECRET)
        self.database, self.clock = database, clock
        settings = Settings(database_url=str(database.url), secret_key=SECRET, municipality="A")
        self.handler = Handler(settings, Arrivals(seal), Chats(seal), Outbox(seal), clock)
        self._numbers = iter(range(1, 1000))

    def send(self, said: str) -> list[Call]:
        person = {"id": KAREN, "is_bot": False, "first_name": "Karen"}
        content = {"message_id": 1, "date": 1_780_000_000, "from": person, "text": said}
        chat = {"id": KAREN, "type": "private"}
        return self._handled(message=content | {"chat": chat})

    def press(self, label: str, calls: list[Call]) -> list[Call]:
        rows = [row for call in calls for row in _keyboard(call)]
        data = next(b["callback_data"] for row in rows for b in row if b["text"] == label)
        person = {"id": KAREN, "is_bot": False, "first_name": "Karen"}
        message = {"message_id": 7, "date": 0, "chat": {"id": KAREN, "type": "private"}}
        query = {"id": "9", "from": person, "chat_instance": "1", "data": data, "message": message}
        return self._handled(callback_query=query)

    def waiting(self) -> list[Call]:
        with self.database.transaction() as session:
            parcels = self.handler.outbox.after(session, 0, 100)
            session.execute(text("DELETE FROM bot_outbox"))
        return [call for parcel in parcels for call in parcel.calls]

    def _handled(self, **content: object) -> list[Call]:
        update = {"update_id": next(self._numbers), **content}
        with self.database.transaction() as session:
            self.handler.arrivals.receive(session, [update], self.clock())
            self.handler.handle(session, self.handler.arrivals.waiting(session, 10))
        return self.waiting()


def _keyboard(call: Call) -> list:
    return call.params.get("reply_markup", {}).get("inline_keyboard", [])


def upkeep(chat: Chat) -> bool:
    """One round of it; whether there is something to send."""

    async def once() -> bool:
        ledger, sent = Ledger(chat.database), asyncio.Event()
        round_ = asyncio.create_task(Upkeep(ledger, chat.handler).run(sent))
        done, _ = await asyncio.wait([round_], timeout=0.3)
        round_.cancel()
        assert not done
        return sent.is_set()

    return asyncio.run(once())


@pytest.fixture
def chat(sqlite: Database, clock: Clock) -> Chat:
    return Chat(sqlite, clock)


def asked_to_be_reminded(chat: Chat) -> None:
    calls = chat.send(f"/start {link(chat.database, chat.clock)}")
    chat.press("Start", chat.press("Dansk", calls))
    chat.press("Mind mig om det i morgen", chat.send("/stop"))


def test_tomorrow_is_the_next_day_at_ten_in_denmark() -> None:
    assert tomorrow(datetime(2026, 11, 18, 9, 30, tzinfo=UTC)) == datetime(
        2026, 11, 19, 9, tzinfo=UTC
    )
    assert tomorrow(datetime(2026, 11, 18, 23, 30, tzinfo=UTC)) == datetime(
        2026, 11, 20, 9, tzinfo=UTC
    )
    assert tomorrow(datetime(2026, 10, 24, 12, tzinfo=UTC)) == datetime(
        2026, 10, 25, 9, tzinfo=UTC
    ), "the clocks go back that night"


def test_a_reminder_comes_once_and_not_before_its_time(chat: Chat, clock: Clock) -> None:
    asked_to_be_reminded(chat)
    assert not upkeep(chat)
    clock.forward(hours=20)
    assert not upkeep(chat)
    assert chat.waiting() == []
    clock.forward(hours=4)
    assert upkeep(chat)
    [call] = chat.waiting()
    assert call.params["chat_id"] == KAREN
    assert call.params["text"].startswith("Du bad os minde dig om spørgsmålene.")
    assert not upkeep(chat)
    assert count(chat.database, "bot_chat WHERE number IS NOT NULL") == 0
    assert chat.press("Fortsæt", [call])[-1].params["text"].startswith("1 af 5")


def test_one_that_is_late_waits_for_the_morning(chat: Chat, clock: Clock) -> None:
    asked_to_be_reminded(chat)
    clock.moment = datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert not upkeep(chat)
    clock.moment = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert upkeep(chat)


def test_whoever_comes_back_first_is_not_reminded(chat: Chat, clock: Clock) -> None:
    asked_to_be_reminded(chat)
    assert count(chat.database, "bot_chat WHERE number IS NOT NULL") == 1
    chat.send("hej")
    assert count(chat.database, "bot_chat WHERE number IS NOT NULL") == 0
    clock.forward(days=2)
    assert not upkeep(chat)


def test_the_number_of_the_chat_is_sealed_till_then(chat: Chat) -> None:
    asked_to_be_reminded(chat)
    with chat.database.snapshot() as session:
        kept = str(session.execute(text("SELECT * FROM bot_chat")).one())
    assert str(KAREN) not in kept


def test_nobody_who_has_blocked_us_is_reminded(chat: Chat, clock: Clock) -> None:
    asked_to_be_reminded(chat)
    with chat.database.transaction() as session:
        session.execute(text("UPDATE bot_chat SET blocked = :true"), {"true": True})
    clock.forward(days=1)
    upkeep(chat)
    assert chat.waiting() == []


def test_nothing_joins_a_chat_to_a_survey_that_is_over(chat: Chat, clock: Clock) -> None:
    asked_to_be_reminded(chat)
    assert count(chat.database, "bot_chat WHERE wave > 0") == 1
    upkeep(chat)
    assert count(chat.database, "bot_chat") == 1
    clock.forward(hours=2)
    with chat.database.transaction() as session:
        fieldwork.close_wave(session, "borgerinddragelse", clock())
    upkeep(chat)
    assert count(chat.database, "bot_chat") == 0
    assert count(chat.database, "draft") == 0
    clock.forward(days=2)
    assert not upkeep(chat)


def test_who_has_answered_is_forgotten_with_the_wave_too(chat: Chat, clock: Clock) -> None:
    calls = chat.send(f"/start {link(chat.database, clock)}")
    calls = chat.press("Start", chat.press("Dansk", calls))
    for _ in range(5):
        calls = chat.press("Spring over", calls)
    chat.press("Send svar", calls)
    assert count(chat.database, "bot_chat WHERE wave > 0") == 1
    with chat.database.transaction() as session:
        fieldwork.close_wave(session, "borgerinddragelse", clock())
    upkeep(chat)
    assert count(chat.database, "bot_chat") == 0
