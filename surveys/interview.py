"""The one door for channels: raw input goes in, what to show next comes out. Pure.

A channel loads a `Draft`, opens an `Interview` on it, hands over one event, renders the returned
step and stores `interview.draft`, all in one transaction. It never validates and never decides
what comes next.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from surveys.errors import IncompleteInterview, InvalidAnswer, Limit
from surveys.instrument import (
    KINDS,
    SOURCE_LANGUAGE,
    Answer,
    Category,
    Instrument,
    Item,
    Missing,
    MultiCode,
    Scale,
    Text,
)
from surveys.journey import Journey, Progress
from surveys.privacy import redact
from surveys.wording import say


@dataclass(frozen=True, slots=True)
class Draft:
    """An open interview as it is stored: the answers so far and where the respondent looked back.

    `revisiting` is the earlier item they went back to; `ticked` the categories marked, but not yet
    sent, in a multiple choice that a chat shows as toggles.
    """

    language: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    revisiting: str | None = None
    ticked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why input was refused: a code for `wording`, what fills it in, and the input itself."""

    code: str
    limits: Mapping[str, Limit]
    raw: object


@dataclass(frozen=True, slots=True)
class Option:
    """One labelled answer as it is offered: `raw` is what the channel hands back when it is chosen.

    `missing` is set for "Ved ikke" and "Vil ikke svare", which are shown apart from the categories.
    `face` is the face that a channel may draw beside the words, for decoration, from 1 (sad) to
    5 (happy); None for none.
    """

    raw: str
    label: str
    original: str
    selected: bool = False
    exclusive: bool = False
    missing: bool = False
    face: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to ask now, in one language.

    `original` is the Danish wording where the text is a translation. `typed` is the answer
    already given to an open item, or what was typed and refused. `removed` counts what was masked
    in the answer just taken, by kind. `stale` says that the input belonged to a question that is
    not asked any more, and was not stored.
    """

    item: str
    kind: str
    text: str
    original: str | None
    help: str | None
    options: tuple[Option, ...]
    typed: str
    maximum: int | None
    progress: Progress
    required: bool
    first: bool
    companion_of: str | None = None
    problem: Problem | None = None
    stale: bool = False
    removed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One question with its answer in words; `answer` is None where the item was skipped."""

    item: str
    question: str
    answer: str | None
    missing: Missing | None


@dataclass(frozen=True, slots=True)
class Review:
    """Everything answered, to be checked before it is sent."""

    lines: tuple[ReviewLine, ...]
    stale: bool = False
    removed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """The interview is over: every item of the instrument with its value or its reason for none."""

    answers: Mapping[str, Answer]


Step = Prompt | Review


class Interview:
    """A respondent's way through one version of an instrument.

    Repeating an event changes nothing: an answer names its item, so a double tap or a second tab
    stores the same value again.
    """

    def __init__(self, instrument: Instrument, draft: Draft) -> None:
        self.instrument = instrument
        self.draft = draft
        self.removed: Counter[str] = Counter()
        self._walked: tuple[Mapping[str, Answer], Journey] | None = None

    @property
    def journey(self) -> Journey:
        """The walk that the answers so far describe."""
        answers = self.draft.answers
        if self._walked is None or self._walked[0] is not answers:
            self._walked = answers, Journey(self.instrument, answers)
        return self._walked[1]

    def step(self) -> Step:
        """What to show now: the question looked back at, the first unanswered, or the review."""
        shown = self._shown()
        return self._review() if shown is None else self._prompt(shown)

    def look(self, item_id: str) -> Step:
        """Show a question again in order to change it. One not visitable gives the current step."""
        if item_id in self.instrument and self.journey.visitable(item_id):
            self.draft = self._at(self.instrument[item_id])
            return self.step()
        return replace(self.step(), stale=True)

    def back(self) -> Step:
        """Show the question before the one on show; the first question stays where it is."""
        shown = self._shown()
        before = self.journey.previous(shown.id if shown else None)
        if before is not None:
            self.draft = self._at(before)
        return self.step()

    def tick(self, item_id: str, code: str, *, on: bool) -> Step:
        """Mark or unmark one category of the multiple choice on show, without answering it yet."""
        shown = self._shown()
        if shown is None or shown.id != item_id or not isinstance(shown.domain, MultiCode):
            return replace(self.step(), stale=True)
        chosen = next((c for c in shown.domain.categories if c.code == code), None)
        if chosen is None:
            return replace(self.step(), stale=True)
        before = set(self.draft.ticked or ())
        kept = self._kept(shown.domain, chosen, before) if on else before - {code}
        ticked = tuple(c.code for c in shown.domain.categories if c.code in kept)
        self.draft = replace(self.draft, ticked=ticked)
        return self.step()

    def answer(self, item_id: str, raw: object) -> Step:
        """Take one answer. Refused input comes back with its problem, a stale item as such."""
        if item_id not in self.instrument or not self.journey.visitable(item_id):
            return replace(self.step(), stale=True)
        item = self.instrument[item_id]
        try:
            answer, removed = self._taken(item, raw)
        except InvalidAnswer as refusal:
            self.draft = self._at(item)
            return self._prompt(item, Problem(refusal.code, refusal.limits, raw))
        self._store(item, answer)
        step = self.step()
        return replace(step, removed=removed) if removed else step

    def skip(self, item_id: str) -> Step:
        """Leave an item without an answer. A required one comes back with its problem."""
        return self.answer(item_id, None)

    def fill(self, raws: Mapping[str, object]) -> Mapping[str, Prompt]:
        """Take a whole page of answers at once; items that are left out count as skipped.

        Returns the prompts of the items that were refused, by item; nothing of theirs is stored.
        What was masked in the others is counted in `removed`.
        """
        taken: dict[str, Answer] = {}
        refusals: dict[str, Problem] = {}
        for item in self.instrument:
            raw = raws.get(item.id)
            try:
                taken[item.id], removed = self._taken(item, raw)
            except InvalidAnswer as refusal:
                refusals[item.id] = Problem(refusal.code, refusal.limits, raw)
            else:
                self.removed.update(removed)
        self.draft = replace(self.draft, answers={**self.draft.answers, **taken})
        return {
            item: self._prompt(self.instrument[item], problem) for item, problem in refusals.items()
        }

    def companions(self, item_id: str) -> tuple[Prompt, ...]:
        """The questions that are asked inside this one: the words to its "Andet"."""
        return tuple(self._prompt(item) for item in self.instrument if item.companion_of == item_id)

    def page(self) -> tuple[Prompt, ...]:
        """Every question at once, for an instrument without rules."""
        return tuple(self._prompt(item) for item in self.instrument)

    def speak(self, language: str) -> Step:
        """Go on in another language; no answer is lost, because codes are not labels."""
        if language in self.instrument.languages:
            self.draft = replace(self.draft, language=language)
        return self.step()

    def finish(self, *, early: bool = False) -> Finished:
        """Close the interview. `early` sends what there is; else every item must be answered."""
        journey = self.journey
        if journey.current is not None and not early:
            raise IncompleteInterview(journey.current.id)
        return Finished(journey.closed())

    def _shown(self) -> Item | None:
        journey = self.journey
        back = self.draft.revisiting
        if back is not None and journey.visitable(back):
            return self.instrument[back]
        return journey.current

    def _at(self, item: Item) -> Draft:
        ticked = self.draft.ticked if self._shown() is item else None
        if ticked is None:
            given = self.draft.answers.get(item.id)
            ticked = given if isinstance(given, tuple) else None
        return replace(self.draft, revisiting=item.id, ticked=ticked)

    def _store(self, item: Item, answer: Answer) -> None:
        answers = {**self.draft.answers, item.id: answer}
        self.draft = replace(self.draft, answers=answers, revisiting=None, ticked=None)

    def _taken(self, item: Item, raw: object) -> tuple[Answer, Mapping[str, int]]:
        answer = item.parse(raw)
        if not isinstance(item.domain, Text) or isinstance(answer, Missing):
            return answer, {}
        masked = redact(str(answer))
        kinds = [removed.kind for removed in masked.removed]
        return masked.text, {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}

    def _kept(self, domain: MultiCode, chosen: Category, before: set[str]) -> set[str]:
        if chosen.exclusive:
            return {chosen.code}
        alone = {category.code for category in domain.categories if category.exclusive}
        return (before - alone) | {chosen.code}

    def _prompt(self, item: Item, problem: Problem | None = None) -> Prompt:
        language = self.draft.language
        given = self.draft.answers.get(item.id)
        journey = self.journey
        on_route = journey.visitable(item.id)
        progress = journey.progress(item.id) if on_route else self._place(item)
        return Prompt(
            item=item.id,
            kind=KINDS[type(item.domain)],
            text=item.text(language),
            original=item.text.source if item.text(language) != item.text.source else None,
            help=item.help(language) if item.help else None,
            options=self._options(item, given, problem),
            typed=self._typed(item, given, problem),
            maximum=item.domain.maximum if isinstance(item.domain, Text) else None,
            progress=progress,
            required=item.required is not None,
            first=journey.previous(item.id) is None,
            companion_of=item.companion_of,
            problem=problem,
        )

    def _place(self, item: Item) -> Progress:
        main = [other.id for other in self.instrument if other.companion_of is None]
        return Progress(main.index(item.companion_of or item.id) + 1, len(main))

    def _options(
        self, item: Item, given: Answer | None, problem: Problem | None
    ) -> tuple[Option, ...]:
        chosen = self._chosen(item, given, problem) if item.categories else ()
        language = self.draft.language
        offered = [
            Option(
                raw=category.code,
                label=category.label(language),
                original=category.label.source,
                selected=category.code in chosen,
                exclusive=category.exclusive,
                face=_face(item, place),
            )
            for place, category in enumerate(item.categories)
        ]
        absent = [
            Option(
                raw=missing.value,
                label=say(missing.value, language),
                original=say(missing.value, SOURCE_LANGUAGE),
                selected=given is missing,
                missing=True,
            )
            for missing, allowed in (
                (Missing.DONT_KNOW, item.dont_know),
                (Missing.REFUSED, item.refusal),
            )
            if allowed
        ]
        return (*offered, *absent)

    def _chosen(self, item: Item, given: Answer | None, problem: Problem | None) -> Iterable[str]:
        if problem is not None and isinstance(problem.raw, list | tuple):
            return [str(code) for code in problem.raw]
        if self.draft.ticked is not None and self._shown() is item:
            return self.draft.ticked
        if problem is not None:
            return [str(problem.raw)]
        if given is None or isinstance(given, Missing):
            return ()
        return [str(code) for code in given] if isinstance(given, tuple) else [str(given)]

    def _typed(self, item: Item, given: Answer | None, problem: Problem | None) -> str:
        if item.categories:
            return ""
        if problem is not None:
            return problem.raw if isinstance(problem.raw, str) else ""
        if given is None or isinstance(given, Missing):
            return ""
        return str(item.domain.render(given))

    def _review(self) -> Review:
        language = self.draft.language
        lines = []
        for item in self.journey.route:
            given = self.draft.answers[item.id]
            missing = given if isinstance(given, Missing) else None
            words = None if isinstance(given, Missing) else item.domain.describe(given, language)
            lines.append(ReviewLine(item.id, item.text(language), words, missing))
        return Review(tuple(lines))


def _face(item: Item, place: int) -> int | None:
    """Five faces for however many points, best first."""
    if not isinstance(item.domain, Scale) or not item.domain.faces:
        return None
    return 5 - round(4 * place / (len(item.categories) - 1))
