"""A respondent without a channel: the core alone, one transaction an event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from surveys import fieldwork, keys, sitting
from surveys.database import Database
from surveys.interview import Prompt, Review, Step
from surveys.sitting import Sitting
from surveys.wording import say


class EngineRespondent:
    """Holds a ballot, as a browser's cookie does, and nothing else."""

    mode = "web"

    def __init__(
        self, database: Database, clock: Callable[[], datetime], language: str = "da"
    ) -> None:
        self._database = database
        self._clock = clock
        self._language = language
        self._ballot = keys.new_ballot()
        self._shown: Step | None = None
        self._last = ""

    def start(self, code: str) -> None:
        with self._database.transaction() as session:
            admission = fieldwork.admit(session, code, self._clock())
            if admission.personal:
                self._ballot = code
            opened = sitting.begin(
                session,
                admission,
                keys.draft_key(self._ballot),
                mode=self.mode,
                language=self._language,
                now=self._clock(),
            )
            self._shown = opened.interview.step()

    def question(self) -> str:
        return self._prompt.text

    def progress(self) -> str:
        place = self._prompt.progress
        return say("progress_short", self._language, position=place.position, total=place.total)

    def choose(self, label: str) -> None:
        self._answer(self._raw(label))

    def tick(self, labels: list[str]) -> None:
        self._answer([self._raw(label) for label in labels])

    def write(self, text: str) -> None:
        self._answer(text)

    def skip(self) -> None:
        item = self._prompt.item
        with self._event() as opened:
            self._shown = opened.interview.skip(item)

    def back(self) -> None:
        with self._event() as opened:
            self._shown = opened.interview.back()

    def review(self) -> dict[str, str | None]:
        assert isinstance(self._shown, Review)
        words = {
            line.question: line.answer
            or (say(line.missing, self._language) if line.missing else None)
            for line in self._shown.lines
        }
        skipped = say("skipped", self._language)
        return {question: None if said == skipped else said for question, said in words.items()}

    def change(self, question: str) -> None:
        assert isinstance(self._shown, Review)
        item = next(line.item for line in self._shown.lines if line.question == question)
        with self._event() as opened:
            self._shown = opened.interview.look(item)

    def send(self) -> None:
        with self._database.transaction() as session:
            opened = sitting.resume(session, keys.draft_key(self._ballot))
            assert opened is not None
            opened.send(
                spends=keys.spend_hash(self._ballot),
                receipt=keys.receipt("a secret for tests", self._ballot),
                now=self._clock(),
            )
        self._last = self._say("thanks_title")

    def thanks(self) -> str:
        return self._last

    def page(self) -> str:
        shown = self._shown
        if isinstance(shown, Prompt):
            told = [
                say(f"removed_{kind}", self._language, n=n) for kind, n in shown.removed.items()
            ]
            refused = shown.problem
            problem = [self._say(refused.code, **refused.limits)] if refused else []
            return "\n".join([*told, *problem, shown.text, *(o.label for o in shown.options)])
        if isinstance(shown, Review):
            told = [
                say(f"removed_{kind}", self._language, n=n) for kind, n in shown.removed.items()
            ]
            return "\n".join([*told, *(f"{q} {a}" for q, a in self.review().items())])
        return self._last

    def _say(self, code: str, **words: object) -> str:
        return say(code, self._language, **words)

    @property
    def _prompt(self) -> Prompt:
        assert isinstance(self._shown, Prompt)
        return self._shown

    def _raw(self, label: str) -> str:
        return next(option.raw for option in self._prompt.options if option.label == label)

    def _answer(self, raw: object) -> None:
        item = self._prompt.item
        with self._event() as opened:
            self._shown = opened.interview.answer(item, raw)

    @contextmanager
    def _event(self) -> Iterator[Sitting]:
        with self._database.transaction() as session:
            opened = sitting.resume(session, keys.draft_key(self._ballot))
            assert opened is not None
            yield opened
            opened.save(self._clock())
