"""An emulator, a bot as bare HTTP and a citizen it knows."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.telegram.citizen import Citizen
from tests.telegram.emulator import Emulator

YES_NO = {
    "inline_keyboard": [
        [{"text": "Ja", "callback_data": "a:1"}, {"text": "Nej", "callback_data": "a:2"}]
    ]
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


class RawBot:
    """A bot as bare HTTP: each call gives the status and the JSON."""

    def __init__(self, emulator: Emulator, client: httpx.Client) -> None:
        self.root = f"{emulator.url}/bot{emulator.token}"
        self.client = client

    def __call__(self, method: str, **params: Any) -> tuple[int, Any]:
        answer = self.client.post(f"{self.root}/{method}", json=params)
        return answer.status_code, answer.json()

    def ok(self, method: str, **params: Any) -> Any:
        status, answer = self(method, **params)
        assert (status, answer["ok"]) == (200, True), answer
        return answer["result"]

    def refused(self, method: str, **params: Any) -> str:
        status, answer = self(method, **params)
        assert answer["ok"] is False
        assert answer["error_code"] == status
        assert 400 <= status < 500
        description: str = answer["description"]
        return description

    def poll(self, **params: Any) -> list[int]:
        return [update["update_id"] for update in self.ok("getUpdates", **params)]


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as reused:  # a new one reads all certificates again
        yield reused


@pytest.fixture
def bot(emulator: Emulator, client: httpx.Client) -> RawBot:
    return RawBot(emulator, client)


@pytest.fixture
def karen(emulator: Emulator, bot: RawBot) -> Citizen:
    """A citizen whom the bot knows; nothing is pending."""
    citizen = emulator.citizen("Karen")
    bot.poll(offset=citizen.start() + 1)
    assert emulator.pending == []
    return citizen
