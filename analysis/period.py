"""Periods of registers, as Danish registers and spreadsheets write them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

MONTHS: Final = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)


class UnknownPeriod(ValueError):
    """A text that names no period; says what was written and what can be."""


class Length(StrEnum):
    """How long a period is. A rolling year ends with a quarter or a month (Jobindsats' MAT)."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    ROLLING_YEAR = "rolling year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days, its first and last included. Periods sort by when they end.

    `text` is the one way that the product writes it: 2026, 2026-Q3, 2026-09, 2026-W47, and
    2025-Q2-MAT for the four quarters that end with the second of 2025.
    """

    last: date
    length: Length
    text: str

    def danish(self) -> str:
        """The period in words: september 2026, 3. kvartal 2026, uge 47, 2026."""
        year, part = self.text[:4], self.text[5:]
        match self.length:
            case Length.YEAR:
                return year
            case Length.QUARTER:
                return f"{part[1]}. kvartal {year}"
            case Length.MONTH:
                return f"{MONTHS[int(part) - 1]} {year}"
            case Length.WEEK:
                return f"uge {int(part[1:])}, {year}"
            case Length.ROLLING_YEAR:
                return f"året til og med {part[1]}. kvartal {year}"


def read(text: str) -> Period:
    """Read 2026, 2026Q3, 2026K3, 3. kvartal 2026, 2026M09, 2026-09, sep. 2026, 2026-U47 or
    2025QMAT02.

    Raises UnknownPeriod.
    """
    wanted = re.sub(r"\s+", " ", text).strip().casefold()
    for pattern, make in _FORMS:
        found = pattern.fullmatch(wanted)
        if found:
            try:
                return make(*found.groups())
            except ValueError:
                break
    raise UnknownPeriod(
        f"“{text.strip()[:40]}” er ikke en periode. Skriv for eksempel 2026, 2026K3, 2026M09,"
        " september 2026 eller 2026-U47."
    )


def _year(year: str) -> Period:
    return Period(date(int(year), 12, 31), Length.YEAR, f"{int(year):04}")


def _quarter(year: str, number: str) -> Period:
    return Period(_ends(year, number), Length.QUARTER, f"{year}-Q{int(number)}")


def _rolling(year: str, number: str) -> Period:
    return Period(_ends(year, number), Length.ROLLING_YEAR, f"{year}-Q{int(number)}-MAT")


def _ends(year: str, quarter: str) -> date:
    number = int(quarter)
    if not 1 <= number <= 4:
        raise ValueError(quarter)
    month = 3 * number
    return date(int(year), month, monthrange(int(year), month)[1])


def _month(year: str, month: str) -> Period:
    days = monthrange(int(year), int(month))[1]
    return Period(date(int(year), int(month), days), Length.MONTH, f"{year}-{int(month):02}")


def _week(year: str, number: str) -> Period:
    monday = date.fromisocalendar(int(year), int(number), 1)
    return Period(monday + timedelta(days=6), Length.WEEK, f"{year}-W{int(number):02}")


def _named(name: str, year: str) -> Period:
    found = [place for place, month in enumerate(MONTHS, start=1) if month.startswith(name)]
    if len(found) != 1:
        raise ValueError(name)
    return _month(year, str(found[0]))


_FORMS: Final = (
    (re.compile(r"(\d{4})"), _year),
    (re.compile(r"(\d{4})[ -]?[qk]([1-4])"), _quarter),
    (re.compile(r"([1-4])\. ?kvartal (\d{4})"), lambda number, year: _quarter(year, number)),
    (re.compile(r"(\d{4})[ -]?qmat ?0?([1-4])"), _rolling),
    (re.compile(r"(\d{4})-q([1-4])-mat"), _rolling),
    (re.compile(r"(\d{4})[ -]?m?(\d{2})"), _month),
    (re.compile(r"(\d{4})[ -]?[uw](\d{1,2})"), _week),
    (re.compile(r"([a-zæøå]{3,})\.? (\d{4})"), _named),
)
