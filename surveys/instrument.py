"""The instrument: what is asked, in every language, and which answers exist. Frozen and pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Self

from surveys.domains import (
    KINDS,
    SOURCE_LANGUAGE,
    Category,
    CodeList,
    Date,
    Domain,
    InternationalString,
    MultiCode,
    Number,
    Raw,
    Scale,
    Text,
    Value,
    clean,
)
from surveys.errors import InvalidAnswer

# An instrument and its response domains are imported from here
__all__ = [
    "KINDS",
    "SOURCE_LANGUAGE",
    "Answer",
    "Category",
    "CodeList",
    "Comparison",
    "Condition",
    "Date",
    "Domain",
    "Instrument",
    "InternationalString",
    "Item",
    "Missing",
    "MultiCode",
    "Number",
    "Raw",
    "Relevance",
    "Scale",
    "Section",
    "Text",
    "Value",
    "clean",
]


class Missing(StrEnum):
    """Why an item has no value (item nonresponse). An answer is a value or a reason, never both."""

    SKIPPED = "skipped"
    REFUSED = "refused"
    DONT_KNOW = "dont_know"
    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"


Answer = Value | Missing


class Comparison(StrEnum):
    """What a condition may ask of one earlier answer."""

    EQUALS = "equals"
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one earlier item. Anything compared with a missing answer is false.

    `EQUALS` and `ONE_OF` on a multiple choice ask whether the category is among the chosen.
    """

    item: str
    comparison: Comparison
    operands: tuple[str, ...] = ()

    def holds(self, answers: Mapping[str, Answer]) -> bool:
        """Evaluate against answers that are on the route."""
        answer = answers.get(self.item, Missing.NOT_REACHED)
        if isinstance(answer, Missing):
            return False
        match self.comparison:
            case Comparison.ANSWERED:
                return True
            case Comparison.AT_LEAST:
                return isinstance(answer, int | Decimal) and answer >= Decimal(self.operands[0])
            case Comparison.AT_MOST:
                return isinstance(answer, int | Decimal) and answer <= Decimal(self.operands[0])
            case Comparison.EQUALS | Comparison.ONE_OF:
                given = answer if isinstance(answer, tuple) else (str(answer),)
                return any(code in self.operands for code in given)


@dataclass(frozen=True, slots=True)
class Relevance:
    """When an item is asked: every condition of at least one of the alternatives holds."""

    alternatives: tuple[tuple[Condition, ...], ...]

    def holds(self, answers: Mapping[str, Answer]) -> bool:
        """Evaluate against answers that are on the route."""
        return any(all(test.holds(answers) for test in tests) for tests in self.alternatives)

    @property
    def items(self) -> frozenset[str]:
        """The earlier items it reads."""
        return frozenset(test.item for tests in self.alternatives for test in tests)


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its response domain.

    `companion_of` names the multiple or single choice whose "Andet" this text belongs to: such
    an item is asked as part of that question and is not counted in "2 af 5".
    """

    id: str
    text: InternationalString
    domain: Domain
    help: InternationalString | None = None
    required: InternationalString | None = None
    dont_know: bool = False
    refusal: bool = False
    relevance: Relevance | None = None
    companion_of: str | None = None

    def parse(self, raw: object) -> Answer:
        """Turn raw input from any channel into an answer.

        Nothing at all is SKIPPED, unless the item is required. Raises InvalidAnswer.
        """
        if isinstance(raw, str) and not isinstance(self.domain, Text):
            raw = raw.strip()
        if raw in ("", None, [], ()) or (isinstance(raw, str) and not clean(raw)):
            if self.required is not None:
                raise InvalidAnswer("required")
            return Missing.SKIPPED
        if not isinstance(self.domain, Text):
            given = raw if isinstance(raw, list | tuple) else [raw]
            for missing, offered in (
                (Missing.DONT_KNOW, self.dont_know),
                (Missing.REFUSED, self.refusal),
            ):
                if offered and missing in given:
                    if len(given) > 1:
                        raise InvalidAnswer("exclusive", category=missing.value)
                    return missing
        return self.domain.parse(raw)

    @property
    def untranslated(self) -> Self:
        """The same question without its translations."""
        domain = self.domain
        if isinstance(domain, Scale | CodeList | MultiCode):
            labels = tuple(category.untranslated for category in domain.categories)
            domain = replace(domain, categories=labels)
        return replace(
            self,
            text=self.text.untranslated,
            domain=domain,
            help=self.help.untranslated if self.help else None,
            required=self.required.untranslated if self.required else None,
        )

    @property
    def categories(self) -> tuple[Category, ...]:
        """The labelled answers, none for open domains."""
        return (
            self.domain.categories if isinstance(self.domain, Scale | CodeList | MultiCode) else ()
        )


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together (DDI: sequence)."""

    id: str
    title: InternationalString
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A whole questionnaire: immutable, versioned, in one or more languages.

    `audience` is whose comments the themes are read for; `also_asked` are others who answer the
    same questions. `comparable` names the items that may be compared, though they are worded
    otherwise, with those of an earlier version.

    Invariants, held by `definition`: item ids are unique; relevance reads earlier items only.
    """

    name: str
    version: int
    audience: str
    title: InternationalString
    purpose: InternationalString
    next_step: InternationalString
    minutes: int
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    also_asked: tuple[str, ...] = ()
    comparable: Mapping[int, frozenset[str]] = field(default_factory=dict)
    _by_id: Mapping[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        items = {item.id: item for section in self.sections for item in section.items}
        object.__setattr__(self, "_by_id", items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._by_id

    def __getitem__(self, item_id: str) -> Item:
        return self._by_id[item_id]

    @property
    def audiences(self) -> tuple[str, ...]:
        """Everybody who is asked."""
        return (self.audience, *self.also_asked)

    def continues(self, item_id: str, older: Self) -> bool:
        """Whether the answers to an item go on where those of an older version ended.

        They do when the question is the same to the letter in the source language: its words, its
        help, its answers and who is asked. Otherwise only when this version says so.
        """
        if item_id not in self or item_id not in older:
            return False
        if self[item_id].untranslated == older[item_id].untranslated:
            return True
        return item_id in self.comparable.get(older.version, ())

    @property
    def has_rules(self) -> bool:
        """Whether some item depends on another; the words for "Andet" do not count."""
        return any(item.relevance and not item.companion_of for item in self)
