"""Which of a wave's people somebody wants to read about: chosen in a plain form, kept in the URL.

The names stand in the URL as people know them, `?enhed=Team+Nord&periode=2026-Q4`, and every page,
file and program with the same choice asks the same ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from analysis import danish, ledger, readings
from analysis import period as calendar
from analysis.group import EVERYBODY, Group
from analysis.ledger import Figures
from analysis.plan import Indicator
from surveys import extract
from surveys.database import Database

REFUSED: Final = "Vises ikke: tallet kunne røbe svar fra færre end fem personer."

NAMES: Final = {
    "unit": "enhed",
    "course": "kursus",
    "mode": "kanal",
    "language": "sprog",
    "period": "periode",
}
"""What each part of a group is called in the URL of a page. A program may write the key itself."""

PARTS: Final = {name: part for part, name in NAMES.items()}
"""The part of a group that a page's word is for."""

_LABELS: Final = {
    "unit": "Enhed eller team",
    "course": "Kursus",
    "mode": "Kanal",
    "language": "Sprog",
    "period": "Periode",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One select of the form: its name, its label and (value, words, whether chosen)."""

    name: str
    label: str
    options: Sequence[tuple[str, str, bool]]


def chosen(given: Mapping[str, str]) -> Group:
    """The group that the words of a URL ask for, a page's or a program's."""
    asked = {
        part: (given.get(name) or given.get(part) or "").strip() for part, name in NAMES.items()
    }
    return replace(EVERYBODY, **{part: value for part, value in asked.items() if value})


def arguments(group: Group) -> Mapping[str, str]:
    """A group as the words of a URL."""
    return {
        name: value for part, name in NAMES.items() if (value := getattr(group, part)) is not None
    }


def choices(
    session: Session,
    waves: Sequence[extract.Wave],
    group: Group,
    units: frozenset[str] | None,
    *,
    periods: bool = True,
) -> Sequence[Choice]:
    """The form's selects, each with the values that enough people of a wave share.

    `units` are those that whoever reads may see; None is all. A part with nothing to choose
    between is left out; so is the period without `periods`.
    """
    found: dict[str, set[str]] = {part: set() for part in NAMES}
    for wave in waves:
        known = ledger.choices(session, wave.id)
        for part in NAMES:
            found[part] |= set(known.get(part, ()))
        if periods:
            found["period"] = set(_periods(known["week"]))
    if units is not None:
        found["unit"] &= units
    return [
        Choice(
            NAMES[part],
            _LABELS[part],
            [
                (value, _words(part, value), value == getattr(group, part))
                for value in sorted(values)
            ],
        )
        for part, values in found.items()
        if len(values) > 1 or getattr(group, part) is not None or (part == "unit" and values)
    ]


def told(
    database: Database, wave: extract.Wave, group: Group, units: frozenset[str] | None
) -> Figures | None:
    """A group's figures, when they may be told to whoever may see these units.

    What is no name that enough people share is refused as a group that is too small would be.
    """
    if units is not None and group.unit is not None and group.unit not in units:
        return None
    with database.snapshot() as session:
        known = ledger.choices(session, wave.id)
    if any(value not in known[part] for part, value in group.carried.items()):
        return None
    if group.period is not None and group.period not in _periods(known["week"]):
        return None
    return ledger.ask(database, wave, [group])[0]


def of_indicator(
    database: Database, about: Indicator, group: Group, units: frozenset[str] | None
) -> tuple[Sequence[extract.Wave], Mapping[int, Figures] | None]:
    """The waves that an indicator can be read in, and what may be told of a group, by wave.

    There is nothing by wave for everybody, and no wave of an indicator from a register. Call
    `release.settle` before.
    """
    if about.survey is None:
        return (), {} if group else None
    with database.snapshot() as session:
        found = extract.waves(session, about.survey)
    waves = readings.comparable((wave for wave in found if wave.responses), about)
    if not group:
        return waves, None
    asked = {wave.id: told(database, wave, group, units) for wave in waves}
    return waves, {number: figures for number, figures in asked.items() if figures}


def _periods(weeks: Sequence[str]) -> Sequence[str]:
    """The months and quarters that have weeks of answers, when there are several."""
    found: list[str] = []
    for length in (_quarter, _month):
        named = sorted({length(week) for week in weeks})
        found += named if len(named) > 1 else []
    return found


def _month(week: str) -> str:
    return _thursday(week).strftime("%Y-%m")


def _quarter(week: str) -> str:
    thursday = _thursday(week)
    return f"{thursday.year}-Q{(thursday.month + 2) // 3}"


def _thursday(week: str) -> date:
    return calendar.read(week).last - timedelta(days=3)


def _words(part: str, value: str) -> str:
    said = danish.group_value(part, value)
    return said[:1].upper() + said[1:]
