"""Response domains: which raw input is an answer. Validation lives here and nowhere else.

Frozen and pure. A domain raises codes, never wording.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final, Self

from surveys.errors import InvalidAnswer
from surveys.writing import written

SOURCE_LANGUAGE = "da"

Value = int | str | tuple[str, ...] | Decimal | date
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

    @property
    def untranslated(self) -> Self:
        """The same without its translations."""
        return replace(self, texts={SOURCE_LANGUAGE: self.source})


@dataclass(frozen=True, slots=True)
class Category:
    """A labelled answer. The code is stored and never depends on the language.

    `specify` asks for the respondent's own words when the category is chosen ("Andet").
    """

    code: str
    label: InternationalString
    exclusive: bool = False
    specify: InternationalString | None = None

    @property
    def untranslated(self) -> Self:
        """The same without its translations."""
        specify = self.specify.untranslated if self.specify else None
        return replace(self, label=self.label.untranslated, specify=specify)


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
    """An ordered scale, best point first, each with its label. The value is the point's number.

    `faces` says that a smile may stand beside the words of a good point, and a sad face beside
    those of a bad one, for decoration: not where agreeing is neither good nor bad.
    """

    categories: tuple[Category, ...]
    faces: bool = False

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
_THOUSANDS_BY_COMMA = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two limits, both included; `decimals` digits after the comma at most."""

    minimum: Decimal
    maximum: Decimal
    decimals: int = 0

    def parse(self, raw: object) -> Decimal:
        """Read a number the Danish way (1.234,5) or the English (1,234.5), or raise InvalidAnswer.

        A point before exactly three digits separates thousands where so many decimals are not
        asked for, as in 12.500 kroner; a comma does so where no decimals are asked for at all.
        """
        text = unicodedata.normalize("NFKC", "".join(_single(raw).split())).translate(_PLAIN_SIGNS)
        if self.decimals == 0 and _THOUSANDS_BY_COMMA.fullmatch(text):
            text = text.replace(",", "")
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
            raise InvalidAnswer("out_of_range", minimum=self.minimum, maximum=self.maximum)
        if number != round(number, self.decimals):
            raise InvalidAnswer("too_many_decimals", decimals=self.decimals)
        return round(number, self.decimals)

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)

    def describe(self, value: Value, language: str) -> str:
        """The number as the language writes it."""
        return written(value, language)


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
            raise InvalidAnswer("date_out_of_range", earliest=self.earliest, latest=self.latest)
        return chosen

    def render(self, value: Value) -> Raw:
        """Inverse of `parse`."""
        return value.isoformat() if isinstance(value, date) else str(value)

    def describe(self, value: Value, language: str) -> str:
        """The day as the language writes it, with the name of the month."""
        return written(value, language)


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


_UNWRITTEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(raw: str) -> str:
    """Bring typed text to one form: composed characters, no control characters, no half surrogates.

    PostgreSQL refuses NUL, and a lone surrogate cannot be encoded at all.
    """
    text = _UNWRITTEN.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


def _label(categories: tuple[Category, ...], code: str, language: str) -> str:
    return next(category.label(language) for category in categories if category.code == code)
