"""People who answer Allerød's five on Telegram, at their own pace, however often the bot dies."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.telegram.citizen import Citizen, Message
from tests.telegram.emulator import Emulator

DEGREES = ["I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke"]
OFFERS = {"CV og LinkedIn": "cv", "Mindfulness": "mindfulness", "Samtalecafé": "cafe"}


@dataclass(slots=True)
class Person:
    """One citizen with an opinion of their own.

    `deeds` counts what they have done, and `waits` has the seconds till each was answered.
    """

    citizen: Citizen
    number: int
    patience: float
    chance: random.Random
    pace: float = 0.0
    deeds: int = 0
    waits: list[float] = field(default_factory=list)
    _done_at: float | None = None

    @classmethod
    def make(
        cls, emulator: Emulator, number: int, *, pace: float = 0.0, patience: float = 30.0
    ) -> "Person":
        chance = random.Random(number)  # noqa: S311
        return cls(emulator.citizen(f"Person {number}"), number, patience, chance, pace)

    def answer(self, code: str) -> None:
        """From the link to the thank-you."""
        self._do(lambda: self.citizen.start(code))
        self._press("Dansk")
        self._press("Start")
        self._press(DEGREES[self.number % 5], "1 af 5")
        self._press(DEGREES[(self.number + 2) % 5], "2 af 5")
        for place in ("3 af 5", "4 af 5"):
            self._see(place)
            self._do(lambda said=f"Person {self.number} om {place[0]}": self.citizen.send(said))
        for offer in self._offers:
            self._press(offer, "5 af 5")
            self._see(f"✓ {offer}")
        self._press("Færdig", "5 af 5")
        self._press("Send svar")
        self._see("Tak for dit svar.")

    @property
    def expected(self) -> dict[str, object]:
        """What must be in the inbox, once."""
        offers = {OFFERS[offer] for offer in self._offers}
        return {
            "positive": {"value": str(5 - self.number % 5)},
            "heard": {"value": str(5 - (self.number + 2) % 5)},
            "good": {"value": f"Person {self.number} om 3"},
            "better": {"value": f"Person {self.number} om 4"},
            "offers": {"value": [code for code in OFFERS.values() if code in offers]},
            "offers__other": {"missing": "not_applicable"},
        }

    @property
    def _offers(self) -> list[str]:
        return [offer for place, offer in enumerate(OFFERS) if (self.number >> place) & 1] or [
            "Mindfulness"
        ]

    def _see(self, words: str) -> Message:
        def shows(message: Message) -> bool:
            return words in message.text or words in message.labels

        return self._await(shows)

    def _press(self, label: str, words: str = "") -> None:
        def offers(message: Message) -> bool:
            return label in message.labels and words in message.text

        message = self._await(offers)
        self._do(lambda: self.citizen.press(label, on=message))

    def _do(self, deed: Callable[[], object]) -> None:
        time.sleep(self.chance.uniform(0, 2 * self.pace))
        self._done_at = time.monotonic()
        deed()
        self.deeds += 1

    def _await(self, true: Callable[[Message], bool]) -> Message:
        message = self.citizen.wait_for(true, self.patience)
        if self._done_at is not None:
            self.waits.append(time.monotonic() - self._done_at)
            self._done_at = None
        return message


def answers(payload: str) -> dict[str, object]:
    """The answers of a row of the inbox."""
    return json.loads(json.loads(payload)["answers"])
