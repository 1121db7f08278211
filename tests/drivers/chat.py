"""Respondents in a conversation: at /chat/<code> in a browser, and on Telegram."""

from playwright.sync_api import BrowserContext

from surveys.wording import LANGUAGE_NAMES, say
from tests.telegram.citizen import Citizen, Message

PATIENCE = 30.0


def summary(text: str, language: str) -> dict[str, str | None]:
    """The numbered questions and answers of a chat's summary."""
    said: dict[str, str | None] = {}
    for block in text.split("\n\n"):
        question, _, answer = block.partition("\n")
        number, _, words = question.partition(". ")
        if number.isdigit():
            said[words] = None if answer == say("skipped", language) else answer
    return said


class WebChatRespondent:
    """Somebody who chats on our own page, with script or without."""

    mode = "chat"

    def __init__(self, browser: BrowserContext, url: str, language: str = "da") -> None:
        self.tab = browser.new_page()
        self._url = url
        self._language = language

    def start(self, code: str) -> None:
        self.tab.goto(f"{self._url}/chat/{code}")
        self._press(LANGUAGE_NAMES[self._language])
        self._press(say("start", self._language))

    def question(self) -> str:
        return self._now()

    def progress(self) -> str:
        return self._now().split("\n")[0]

    def choose(self, label: str) -> None:
        self._press(label)

    def tick(self, labels: list[str]) -> None:
        for label in labels:
            self._press(label)
        self._press(say("done", self._language))

    def write(self, text: str) -> None:
        self.tab.locator("#text").fill(text)
        self._press(say("next", self._language))

    def skip(self) -> None:
        self._press(say("skip", self._language))

    def back(self) -> None:
        self._press(say("back", self._language))

    def review(self) -> dict[str, str | None]:
        return summary(self._now(), self._language)

    def change(self, question: str) -> None:
        self._press(say("change", self._language))
        buttons = self.tab.get_by_role("button").all()
        next(b for b in buttons if question[:20] in b.inner_text()).click()
        self._settle()

    def send(self) -> None:
        self._press(say("send", self._language))

    def thanks(self) -> str:
        return self._now()

    def page(self) -> str:
        return self.tab.locator("main").inner_text()

    def _now(self) -> str:
        return self.tab.locator("#now").inner_text()

    def _press(self, name: str) -> None:
        self.tab.get_by_role("button", name=name, exact=True).first.click()
        self._settle()

    def _settle(self) -> None:
        self.tab.wait_for_selector("main:not([aria-busy=true])")


class TelegramRespondent:
    """Somebody who writes to the bot, a process of its own behind real HTTP.

    Every screen before the last has buttons; what has lost them is behind us.
    """

    mode = "telegram"

    def __init__(self, citizen: Citizen, language: str = "da") -> None:
        self._citizen = citizen
        self._language = language
        self._shown: Message | None = None

    def start(self, code: str) -> None:
        self._citizen.start(code)
        self._look()
        self.choose(LANGUAGE_NAMES[self._language])
        self.choose(say("start", self._language))

    def question(self) -> str:
        return self._screen.text

    def progress(self) -> str:
        return self._screen.text.split("\n")[0]

    def choose(self, label: str) -> None:
        self._citizen.press(label, on=self._screen)
        self._look()

    def tick(self, labels: list[str]) -> None:
        for label in labels:
            self.choose(label)
        self.choose(say("done", self._language))

    def write(self, text: str) -> None:
        self._citizen.send(text)
        self._look()

    def skip(self) -> None:
        self.choose(say("skip", self._language))

    def back(self) -> None:
        self.choose(say("back", self._language))

    def review(self) -> dict[str, str | None]:
        return summary(self._screen.text, self._language)

    def change(self, question: str) -> None:
        self.choose(say("change", self._language))
        self.choose(next(label for label in self._screen.labels if question[:20] in label))

    def send(self) -> None:
        self._citizen.press(say("send", self._language), on=self._screen)
        self._shown = self._citizen.wait_for(say("thanks_title", self._language), PATIENCE)

    def thanks(self) -> str:
        return self._screen.text

    def page(self) -> str:
        return self._citizen.transcript()

    @property
    def _screen(self) -> Message:
        assert self._shown is not None
        return self._shown

    def _look(self) -> None:
        self._shown = self._citizen.wait_for(lambda message: bool(message.labels), PATIENCE)
