"""A respondent with a browser: every word is read from the page, every answer goes through it."""

from playwright.sync_api import BrowserContext, Locator

from surveys.wording import say


class WebRespondent:
    """Somebody whose browser runs scripts and shows one question at a time.

    Works page by page too, for instruments with rules.
    """

    mode = "web"

    def __init__(self, browser: BrowserContext, url: str, language: str = "da") -> None:
        self.tab = browser.new_page()
        self._url = url
        self._language = language
        # The words for "Andet" are asked inside their question, and once it is chosen
        self._owes_words = False

    def start(self, code: str) -> None:
        self.tab.goto(f"{self._url}/s/{code}?lang={self._language}")
        self.press(self.say("start"))

    def question(self) -> str:
        if self._owes_words:
            return self._companion().locator("label").inner_text()
        return self.step().locator(".question").inner_text()

    def progress(self) -> str:
        return self.step().locator(".step-subheading").inner_text()

    def choose(self, label: str) -> None:
        self.tick([label])

    def tick(self, labels: list[str]) -> None:
        self.mark(labels)
        if self._companion().count():
            self._owes_words = True
        else:
            self.go_on()

    def mark(self, labels: list[str]) -> None:
        """Choose, and stay."""
        for label in labels:
            self.step().get_by_label(label, exact=True).check()

    def write(self, text: str) -> None:
        place = self._companion() if self._owes_words else self.step()
        place.locator("textarea, input[type=text]").first.fill(text)
        self.go_on()

    def skip(self) -> None:
        if self._owes_words:
            self.go_on()
        else:
            self.press(self.say("skip"))

    def back(self) -> None:
        self._owes_words = False
        self.press(self.say("back"))

    def go_on(self) -> None:
        self._owes_words = False
        self.press(self.say("next"))

    def review(self) -> dict[str, str | None]:
        self.tab.wait_for_selector("dl.review:not([aria-busy])")
        said: dict[str, str | None] = {}
        for line in self.tab.locator(".review-line").all():
            words = line.locator("dd").first.inner_text().strip()
            question = line.locator("dt").inner_text().strip()
            said[question] = None if words == self.say("skipped") else words
        return said

    def change(self, question: str) -> None:
        line = self.tab.locator(".review-line").filter(has_text=question).first
        line.locator(".review-change").locator("a, button").click()

    def send(self) -> None:
        self.press(self.say("send"))
        self.tab.wait_for_url("**/tak")

    def thanks(self) -> str:
        return self.page()

    def page(self) -> str:
        self.tab.wait_for_selector("body:not(:has([aria-busy]))")
        return self.tab.locator("body").inner_text()

    def say(self, code: str) -> str:
        """A text as this respondent's page has it."""
        return say(code, self._language)

    def press(self, name: str) -> None:
        """Press a button, or follow a link that looks like one."""
        button = self.tab.get_by_role("button", name=name, exact=True)
        button.or_(self.tab.get_by_role("link", name=name, exact=True)).first.click()

    def step(self) -> Locator:
        """The part of the page that holds the question on show."""
        return self.tab.locator(".step:visible, main:not(:has(.step))").first

    def _companion(self) -> Locator:
        return self.step().locator(".companion:visible")


class PlainWebRespondent(WebRespondent):
    """Somebody whose browser runs no script: a page with everything, read from the top."""

    def __init__(self, browser: BrowserContext, url: str, language: str = "da") -> None:
        super().__init__(browser, url, language)
        self._place = 0
        self._changing = False

    def start(self, code: str) -> None:
        self.tab.goto(f"{self._url}/s/{code}?lang={self._language}")
        if not self._questions().count():
            self.press(self.say("start"))

    def skip(self) -> None:
        if self._questions().count():
            self.go_on()
        else:
            super().skip()

    def back(self) -> None:
        if self._questions().count():
            self._owes_words = False
            self._place -= 1
        else:
            super().back()

    def go_on(self) -> None:
        self._owes_words = False
        if not self._questions().count():
            super().go_on()
            return
        self._place += 1
        if self._changing or self._place == self._questions().count():
            self.press(self.say("check"))

    def change(self, question: str) -> None:
        super().change(question)
        self._changing = True
        texts = [section.inner_text() for section in self._questions().all()]
        self._place = next((n for n, text in enumerate(texts) if question in text), 0)

    def step(self) -> Locator:
        sections = self._questions()
        return sections.nth(self._place) if sections.count() else super().step()

    def _questions(self) -> Locator:
        return self.tab.locator(".step:not([data-step=intro])")

    def _companion(self) -> Locator:
        """All companions are on show: the one that counts is that of a chosen category."""
        chosen = [
            element.get_attribute("value") for element in self.step().locator("input:checked").all()
        ]
        wanted = ", ".join(f'[data-companion="{code}"]' for code in chosen)
        return self.step().locator(wanted or "nothing")
