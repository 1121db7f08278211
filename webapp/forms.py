"""Between a page and the interview: posted fields to raw answers, prompts to questions."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from surveys.instrument import Instrument, Item, MultiCode
from surveys.interview import Prompt
from surveys.wording import say

PREFIX = "answer."
"""Of the fields that carry answers, so that no item can take the name of another field."""

_CODE = re.compile(r"[a-z0-9_]{1,40}")

Posted = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Companion:
    """The words that belong to one category of a question, "Andet" say; `trigger` is its code."""

    trigger: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a page shows it: its prompt, with the companions inside it."""

    prompt: Prompt
    companions: tuple[Companion, ...]

    @property
    def refused(self) -> tuple[Prompt, ...]:
        """Its prompts whose input was refused."""
        prompts = (self.prompt, *(companion.prompt for companion in self.companions))
        return tuple(prompt for prompt in prompts if prompt.problem)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is chosen or written, nor in what is asked inside it."""
        typed = (companion.prompt.typed for companion in self.companions)
        return not self.answered and not any(typed)

    @property
    def answered(self) -> bool:
        """Whether something is chosen or written."""
        return bool(self.prompt.typed) or any(option.selected for option in self.prompt.options)


def questions(prompts: Iterable[Prompt]) -> tuple[Question, ...]:
    """The questions of a page, companions put where they belong."""
    prompts = tuple(prompts)
    return tuple(
        Question(
            main,
            tuple(
                Companion(prompt.item.removeprefix(f"{main.item}__"), prompt)
                for prompt in prompts
                if prompt.companion_of == main.item
            ),
        )
        for main in prompts
        if main.companion_of is None
    )


def raw(item: Item, posted: Posted) -> object:
    """The raw answer to one item, None where the form has none."""
    values = posted.getlist(PREFIX + item.id)
    if isinstance(item.domain, MultiCode) or len(values) > 1:
        return values
    return values[0] if values else None


def raws(instrument: Instrument, posted: Posted) -> dict[str, object]:
    """The raw answers of a whole page, by item."""
    return {item.id: raw(item, posted) for item in instrument}


def as_typed(prompt: Prompt, given: object) -> Prompt:
    """A prompt that shows what was chosen or written, whether or not it is an answer."""
    chosen = given if isinstance(given, list) else [given]
    return replace(
        prompt,
        typed=given if isinstance(given, str) and not prompt.options else "",
        options=tuple(replace(option, selected=option.raw in chosen) for option in prompt.options),
    )


def messages(instrument: Instrument, language: str) -> Callable[[Prompt], str]:
    """What to say of a refused prompt. A required item has words of its own for that."""

    def message(prompt: Prompt) -> str:
        if prompt.problem is None:
            return ""
        needed = instrument[prompt.item].required
        if prompt.problem.code == "required" and needed is not None:
            return needed(language)
        return say(prompt.problem.code, language, **prompt.problem.limits)

    return message


def carried(posted: Posted) -> Sequence[tuple[str, str]]:
    """The answers of a form as fields, to be put unseen into the next page."""
    return [(name, value) for name, value in posted.items(multi=True) if name.startswith(PREFIX)]


def own_words(posted: Posted) -> Sequence[str]:
    """What a respondent wrote in a form, told from codes without knowing the instrument."""
    return [value for _, value in carried(posted) if value.strip() and not _CODE.fullmatch(value)]
