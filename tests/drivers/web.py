"""A respondent with a browser: every word is read from the page, every answer goes through it."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator


class WebRespondent:
    """Somebody with a browser that runs scripts: one question at a time."""

    mode = "web"

    def __init__(self, browser: BrowserContext, url: str) -> None:
        self.tab = browser.new_page()
        self._url = url

    def start(self, code: str) -> None:
        self.tab.goto(f"{self._url}/s/{code}")
        self._press("Start")

    def question(self) -> str:
        companion = self._open_companion()
        if companion is not None:
            return companion.locator("label").inner_text()
        return self._step().locator(".question").inner_text()

    def progress(self) -> str:
        return self._step().locator(".step-subheading").inner_text()

    def choose(self, label: str) -> None:
        self.mark([label])
        self._go_on()

    def tick(self, labels: list[str]) -> None:
        self.mark(labels)
        self._go_on()

    def mark(self, labels: list[str]) -> None:
        """Choose without going on."""
        for label in labels:
            self._step().get_by_label(label, exact=True).check()

    def write(self, text: str) -> None:
        companion = self._open_companion()
        place = self._step() if companion is None else companion
        place.locator("textarea, input[type=text]").fill(text)
        self._next()

    def skip(self) -> None:
        if self._open_companion() is not None:
            self._next()
        else:
            self._press("Spring over")

    def back(self) -> None:
        self._press("Tilbage")

    def review(self) -> dict[str, str | None]:
        self.tab.wait_for_selector("dl.review:not([aria-busy])")
        said: dict[str, str | None] = {}
        for line in self.tab.locator(".review-line").all():
            words = line.locator("dd").first.inner_text().strip()
            question = line.locator("dt").inner_text().strip()
            said[question] = None if words == "Sprunget over" else words
        return said

    def change(self, question: str) -> None:
        line = self.tab.locator(".review-line").filter(has_text=question).first
        line.locator(".review-change").locator("a, button").click()

    def send(self) -> None:
        with self.tab.expect_navigation(url="**/tak"):
            self._press("Send svar")

    def thanks(self) -> str:
        return self.page()

    def page(self) -> str:
        return self.tab.locator("body").inner_text()

    def _step(self) -> Locator:
        """The part of the page that holds the question on show."""
        return self.tab.locator(".step:visible, main:not(:has(.step))").first

    def _open_companion(self) -> Locator | None:
        """The place for the words that belong to what was just chosen, until they are written."""
        place = self._step().locator(".companion:visible")
        return place.first if place.count() else None

    def _go_on(self) -> None:
        if self._open_companion() is None:
            self._next()

    def _next(self) -> None:
        self._press("Næste")

    def _press(self, name: str) -> None:
        self._found(name).click()

    def _found(self, name: str) -> Locator:
        button = self.tab.get_by_role("button", name=name, exact=True)
        return button.or_(self.tab.get_by_role("link", name=name, exact=True)).first
