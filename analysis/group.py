"""Whom a figure is about: the people of one wave who share what their answers carry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Self

from analysis import period as periods
from analysis.period import Length, UnknownPeriod
from surveys.extract import Cell

RUN = "--"
"""Stands between the first and the last week of a run of weeks: 2026-W30--2026-W41."""

_STARTS = {Length.YEAR: 12, Length.QUARTER: 3, Length.MONTH: 1, Length.ROLLING_YEAR: 12}


@dataclass(frozen=True, slots=True)
class Group:
    """The people who share every value given; None leaves a value open, so `Group()` is everybody.

    `period` is a period as `analysis.period` reads it, or a run of weeks. An answer knows only its
    ISO week, and a week belongs to the period that has its Thursday.
    """

    unit: str | None = None
    course: str | None = None
    mode: str | None = None
    language: str | None = None
    period: str | None = None
    caseworker: str | None = None

    def __bool__(self) -> bool:
        """Whether it is fewer than everybody."""
        return self != EVERYBODY

    @property
    def carried(self) -> Mapping[str, str]:
        """The values that answers carry, by name; the period is not among them."""
        return {
            field.name: value
            for field in fields(self)
            if field.name != "period" and (value := getattr(self, field.name)) is not None
        }

    @property
    def weeks(self) -> tuple[str, str] | None:
        """The first and the last week, both included. Raises UnknownPeriod."""
        return None if self.period is None else _weeks(self.period)

    def holds(self, cell: Cell) -> bool:
        """Whether the answers of a cell are of this group. Raises UnknownPeriod."""
        weeks = self.weeks
        return (weeks is None or weeks[0] <= cell.week <= weeks[1]) and all(
            getattr(cell, name) == value for name, value in self.carried.items()
        )

    @property
    def key(self) -> str:
        """One text for each group, to keep and to look up."""
        given = dict(self.carried)
        if self.period is not None:
            given["period"] = RUN.join(_weeks(self.period))
        return json.dumps(given, sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_key(cls, key: str) -> Self:
        """The group that a key was made of, its period as a run of weeks."""
        return cls(**json.loads(key))


EVERYBODY = Group()
"""The whole wave."""


@lru_cache(maxsize=256)
def _weeks(period: str) -> tuple[str, str]:
    if RUN in period:
        one, _, other = period.partition(RUN)
        return _weeks(one)[0], _weeks(other)[1]
    found = periods.read(period)
    if found.length is Length.WEEK:
        return found.text, found.text
    month = found.last.year * 12 + found.last.month - _STARTS[found.length]
    begins = date(month // 12, month % 12 + 1, 1)
    if begins.year < 1:
        raise UnknownPeriod(period)
    thursday = begins + timedelta(days=(3 - begins.weekday()) % 7)
    last = found.last - timedelta(days=(found.last.weekday() - 3) % 7)
    return _week(thursday), _week(last)


def _week(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"
