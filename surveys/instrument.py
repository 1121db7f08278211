"""The instrument: what is asked, in every language, and which answers exist. Frozen and pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from surveys.errors import InvalidAnswer

SOURCE_LANGUAGE = "da"


class Missing(StrEnum):
    """Why an item has no value (item nonresponse). An answer is a value or a reason, never both."""

    SKIPPED = "skipped"
    REFUSED = "refused"
    DONT_KNOW = "dont_know"
    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"


Value = int | str | tuple[str, ...] | Decimal | date
Answer = Value | Missing
Raw = str | list[str]


@dataclass(frozen=True, slots=True)
class InternationalString:
    """One text in several languages (DDI's term). The source language is always there."""

    texts: Mapping[str, str]

    def __call__(self, language: str) -> str:
        """Give the text in `language`, or in the source language where it is not translated."""
        return self.texts.get(language) or self.texts[SOURCE_LANGUAGE]

    @property
    def source(self) -> str:
        """The original wording."""
        return self.texts[SOURCE_LANGUAGE]


@dataclass(frozen=True, slots=True)
class Category:
    """A labelled answer. The code is stored and never depends on the language.

    `specify` asks for the respondent's own words when the category is chosen ("Andet").
    """

    code: str
    label: InternationalString
    exclusive: bool = False
    specify: InternationalString | None = None


def _single(raw: object) -> str:
    if isinstance(raw, list | tuple):
        if len(raw) != 1:
            raise InvalidAnswer("choose_one")
        raw = raw[0]
    if not isinstance(raw, str):
        raise InvalidAnswer("not_a_choice")
    return raw.strip()


def _chosen(categories: tuple[Category, ...], code: str) -> str:
    if any(category.code == code for category in categories):
        return code
    raise InvalidAnswer("not_a_choice")


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered scale, best point first, each with its label. The value is the point's number."""

    categories: tuple[Category, ...]

    def parse(self, raw: object) -> int:
        """Give the point, or raise InvalidAnswer."""
        return int(_chosen(self.categories, _single(raw)))

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return str(value)

    def describe(self, value: Value, language: str) -> str:
        """The value in words a person reads."""
        return _label(self.categories, str(value), language)


@dataclass(frozen=True, slots=True)
class CodeList:
    """Exactly one of several categories. The value is its code."""

    categories: tuple[Category, ...]

    def parse(self, raw: object) -> str:
        """Give the code, or raise InvalidAnswer."""
        return _chosen(self.categories, _single(raw))

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return str(value)

    def describe(self, value: Value, language: str) -> str:
        """The value in words a person reads."""
        return _label(self.categories, str(value), language)


@dataclass(frozen=True, slots=True)
class MultiCode:
    """Any number of categories, in the instrument's order; an exclusive one stands alone."""

    categories: tuple[Category, ...]

    def parse(self, raw: object) -> tuple[str, ...]:
        """Give the codes in the instrument's order, at least one, or raise InvalidAnswer."""
        if isinstance(raw, str):
            raw = [raw]
        if not isinstance(raw, list | tuple) or not all(isinstance(code, str) for code in raw):
            raise InvalidAnswer("not_a_choice")
        chosen = {_chosen(self.categories, code.strip()) for code in raw}
        if not chosen:
            raise InvalidAnswer("not_a_choice")
        picked = [category for category in self.categories if category.code in chosen]
        alone = next((category for category in picked if category.exclusive), None)
        if alone is not None and len(picked) > 1:
            raise InvalidAnswer("exclusive", category=alone.code)
        return tuple(category.code for category in picked)

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return list(value) if isinstance(value, tuple) else [str(value)]

    def describe(self, value: Value, language: str) -> str:
        """The value in words a person reads."""
        codes = value if isinstance(value, tuple) else (str(value),)
        return ", ".join(_label(self.categories, code, language) for code in codes)


@dataclass(frozen=True, slots=True)
class Text:
    """Open text of at most `maximum` characters (code points, after cleaning)."""

    maximum: int = 2000

    def parse(self, raw: object) -> str:
        """Give the cleaned text, or raise InvalidAnswer when it is too long."""
        if not isinstance(raw, str):
            raise InvalidAnswer("not_text")
        text = clean(raw)
        if len(text) > self.maximum:
            raise InvalidAnswer("too_long", maximum=self.maximum, n=len(text) - self.maximum)
        return text

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return str(value)

    def describe(self, value: Value, language: str) -> str:
        """The respondent's own words."""
        return str(value)


_PLAIN_SIGNS = str.maketrans("٫٬−", ",.-")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:\.\d{3})+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two limits, both included; `decimals` digits after the comma at most."""

    minimum: Decimal
    maximum: Decimal
    decimals: int = 0

    def parse(self, raw: object) -> Decimal:
        """Read a number the Danish way (1.234,5) or the English (1,234.5), or raise InvalidAnswer.

        A point before exactly three digits separates thousands where so many decimals are not
        asked for, as in 12.500 kroner.
        """
        text = unicodedata.normalize("NFKC", "".join(_single(raw).split())).translate(_PLAIN_SIGNS)
        if text.rfind(",") > text.rfind("."):
            text = text.replace(".", "").replace(",", ".")
        elif "," in text:
            text = text.replace(",", "")
        elif self.decimals < 3 and _THOUSANDS.fullmatch(text):
            text = text.replace(".", "")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise InvalidAnswer("not_a_number") from None
        if not number.is_finite():
            raise InvalidAnswer("not_a_number")
        if not self.minimum <= number <= self.maximum:
            raise InvalidAnswer(
                "out_of_range", minimum=str(self.minimum), maximum=str(self.maximum)
            )
        if number != round(number, self.decimals):
            raise InvalidAnswer("too_many_decimals", decimals=self.decimals)
        return round(number, self.decimals)

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)

    def describe(self, value: Value, language: str) -> str:
        """The number with a decimal comma, as every language of ours but English writes it."""
        text = str(self.render(value))
        return text.replace(",", ".") if language == "en" else text


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day between two limits, both included."""

    earliest: date
    latest: date

    def parse(self, raw: object) -> date:
        """Read 2026-11-21, 21.11.2026, 21-11-2026 or 21/11/2026, or raise InvalidAnswer."""
        text = unicodedata.normalize("NFKC", _single(raw))
        parts = text.replace(".", "-").replace("/", "-").replace(" ", "").split("-")
        if len(parts) == 3 and len(parts[0]) <= 2:
            parts.reverse()
        try:
            year, month, day = (int(part) for part in parts)
            chosen = date(year, month, day)
        except (ValueError, OverflowError):
            raise InvalidAnswer("not_a_date") from None
        if not self.earliest <= chosen <= self.latest:
            raise InvalidAnswer(
                "date_out_of_range",
                earliest=f"{self.earliest:%d-%m-%Y}",
                latest=f"{self.latest:%d-%m-%Y}",
            )
        return chosen

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return value.isoformat() if isinstance(value, date) else str(value)

    def describe(self, value: Value, language: str) -> str:
        """The day as Danes write it in figures."""
        return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)


Domain = Scale | CodeList | MultiCode | Text | Number | Date
KINDS: Final[Mapping[type[Domain], str]] = MappingProxyType(
    {
        Scale: "scale",
        CodeList: "single",
        MultiCode: "multiple",
        Text: "text",
        Number: "number",
        Date: "date",
    }
)
"""What a domain is called in documents, prompts and reports."""


def clean(raw: str) -> str:
    """Bring typed text to one form: composed characters, no control characters, no half surrogates.

    PostgreSQL refuses NUL, and a lone surrogate cannot be encoded at all.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _label(categories: tuple[Category, ...], code: str, language: str) -> str:
    return next(category.label(language) for category in categories if category.code == code)


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
    _by_id: Mapping[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {item.id: item for item in self})

    def __iter__(self) -> Iterator[Item]:
        return (item for section in self.sections for item in section.items)

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._by_id

    def __getitem__(self, item_id: str) -> Item:
        return self._by_id[item_id]

    @property
    def has_rules(self) -> bool:
        """Whether some item depends on another; the words for "Andet" do not count."""
        return any(item.relevance and not item.companion_of for item in self)
