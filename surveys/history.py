"""Answers that were given elsewhere before: exports of SurveyXact, Enalyzer and LimeSurvey.

A file is mapped to an instrument's items and taken in whole or not at all, as a closed wave of its
own. Every answer goes the way new ones go: the response domains judge it, texts are masked, and it
is cast and mixed. What cannot be understood for certain is refused, never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from surveys import ballot, fieldwork, keys
from surveys.errors import Problem, UnusableCell, UnusableRows
from surveys.instrument import Category, Instrument, Item, Missing, MultiCode, Scale
from surveys.interview import Draft, Interview
from surveys.schedule import COPENHAGEN, midnight
from surveys.spreadsheet import Cell, Flaw, Table, as_text

MOST_PROBLEMS: Final = 200
_NEVER: Final = date(1980, 1, 1)
"""What LimeSurvey writes for the day of an anonymous answer: none."""
_EXCEL_BEGINS: Final = date(1899, 12, 30)
_DAY: Final = ("dato", "date", "submitdate", "afsluttet", "besvaret", "completed", "svardato")
_UNIT: Final = ("enhed", "unit", "afdeling", "team")
_COURSE: Final = ("kursus", "course", "forløb", "hold")
_YES: Final = frozenset({"1", "ja", "yes", "y", "x", "true", "valgt", "checked", "selected"})
_NO: Final = frozenset({"", "0", "nej", "no", "n", "false", "ikke valgt", "not selected"})
_MISSING: Final = {
    "ved ikke": Missing.DONT_KNOW,
    "don't know": Missing.DONT_KNOW,
    "dont know": Missing.DONT_KNOW,
    "vil ikke svare": Missing.REFUSED,
    "ønsker ikke at svare": Missing.REFUSED,
    "prefer not to say": Missing.REFUSED,
}


class Numbers(StrEnum):
    """What a number means where answers are categories.

    PLACES: the answer's place among the categories, 1 for the first, as SurveyXact writes them.
    CODES: the category's own code.
    """

    PLACES = "places"
    CODES = "codes"


class DayOrder(StrEnum):
    """How days are written. Enalyzer writes the month first."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. `parts` are the columns of single categories of multiple choices.

    `by_id` are the items whose heading is their own id: a file with our names has our codes too.
    """

    items: Mapping[str, int]
    by_id: frozenset[str]
    parts: Mapping[tuple[str, str], int]
    day: int | None
    unit: int | None
    course: int | None
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """One answer as a file holds it, with raw input by item."""

    raws: Mapping[str, str | list[str]]
    day: date | None
    unit: str | None
    course: str | None


def columns(table: Table, instrument: Instrument, named: Mapping[str, str]) -> Columns:
    """Find each item's column: as `named` says (heading to item), else by its id or its text.

    Headings like "offers[cv]", "offers [CV og LinkedIn]" and "text: label" are one category of a
    multiple choice; "positive. I hvor høj grad …" is the item before the point.
    """
    items: dict[str, int] = {}
    parts: dict[tuple[str, str], int] = {}
    days: dict[str, int] = {}
    unused = []
    for place, heading in enumerate(table.headings):
        wanted = named.get(heading)
        found = wanted if wanted else _item_of(heading, instrument)
        part = None if found else _part_of(heading, instrument)
        bare = _bare(heading)
        if found and found not in items:
            items[found] = place
        elif part and part not in parts:
            parts[part] = place
        elif bare in (*_DAY, *_UNIT, *_COURSE):
            days[bare] = place
        else:
            unused.append(heading)
    return Columns(
        items,
        frozenset(item for item, place in items.items() if table.headings[place].strip() == item),
        parts,
        day=next((days[name] for name in _DAY if name in days), None),
        unit=next((days[name] for name in _UNIT if name in days), None),
        course=next((days[name] for name in _COURSE if name in days), None),
        unused=tuple(unused),
    )


def read(
    table: Table,
    instrument: Instrument,
    found: Columns,
    *,
    numbers: Numbers | None = None,
    order: DayOrder = DayOrder.DAY_FIRST,
) -> Sequence[Earlier]:
    """Understand every row. Raises UnusableRows with everything that cannot be understood."""
    problems = list(table.problems)
    if not found.items and not found.parts:
        raise UnusableRows([Problem("no_item_column", 1)])
    earlier = []
    for row in table.rows:
        raws: dict[str, str | list[str]] = {}
        for item in instrument:
            try:
                raw = _raw(item, row.cells, found, numbers)
            except UnusableCell as refusal:
                heading = table.headings[found.items[item.id]] if item.id in found.items else ""
                problems.append(Problem(refusal.code, row.number, heading))
                continue
            if raw:
                raws[item.id] = raw
        refused = Interview(instrument, Draft("da")).fill(raws)
        problems += [
            Problem("unknown_answer", row.number, _heading(table, found, item)) for item in refused
        ]
        try:
            day = None if found.day is None else _day(row.cells[found.day], order)
        except UnusableCell as refusal:
            problems.append(Problem(refusal.code, row.number, table.headings[found.day or 0]))
            day = None
        earlier.append(
            Earlier(raws, day, _short(row.cells, found.unit), _short(row.cells, found.course))
        )
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise UnusableRows(problems)
    return earlier


def keep(
    session: Session,
    survey: str,
    label: str,
    earlier: Sequence[Earlier],
    *,
    ended: date,
    mode: str = "web",
    anonymity: str = "confidential",
    invited: int | None = None,
) -> int:
    """Take answers in as a closed wave. Gives the wave's id.

    A row without a day counts in the week of `ended`, the last day of the wave. Raises
    UnknownSurvey, WaveExists, or ValueError when a day is after `ended`.
    """
    days = [one.day for one in earlier if one.day]
    if any(day > ended for day in days):
        raise ValueError("An answer is later than the day the wave ended.")
    opens = midnight(min(days, default=ended))
    closes = midnight(ended + timedelta(days=1))
    wave_id = fieldwork.open_wave(
        session,
        survey,
        label,
        opens_at=opens,
        closes_at=closes,
        anonymity=anonymity,
        invited=invited,
    )
    instrument = fieldwork.instrument_version(session, fieldwork.newest_version(session, survey))
    for one in earlier:
        interview = Interview(instrument, Draft("da"))
        interview.fill(one.raws)
        ballot.cast(
            session,
            instrument,
            interview.finish(early=True).answers,
            wave_id=wave_id,
            spends=keys.spend_hash(keys.new_ballot()),
            personal=False,
            receipt=keys.new_ballot(),
            mode=mode,
            language="da",
            unit=one.unit,
            course=one.course,
            now=_noon(one.day or ended),
        )
    ballot.mix(session, wave_id, closing=True)
    return wave_id


def _raw(
    item: Item, cells: Sequence[Cell], found: Columns, numbers: Numbers | None
) -> str | list[str]:
    if isinstance(item.domain, MultiCode):
        chosen = [
            code
            for (name, code), place in found.parts.items()
            if name == item.id and _is_chosen(item, code, cells[place])
        ]
        if item.id in found.items:
            text = as_text(cells[found.items[item.id]])
            chosen += [_code(item, part, numbers) for part in _listed(item, text)]
        return chosen
    if item.id not in found.items:
        return ""
    numbers = numbers or (Numbers.CODES if item.id in found.by_id else None)
    text = as_text(cells[found.items[item.id]])
    if not text or text in {"N/A", "#NULL!"}:
        return ""
    missing = _MISSING.get(text.casefold())
    if missing:
        return missing.value if _allows(item, missing) else ""
    return _code(item, text, numbers) if item.categories else text


def _code(item: Item, text: str, numbers: Numbers | None) -> str:
    for category in item.categories:
        labels = {label.casefold() for label in category.label.texts.values()}
        if text.casefold() in labels or (text == category.code and not text.isdigit()):
            return category.code
    limesurvey = re.fullmatch(r"AO?0*(\d{1,2})", text)
    if not text.isdigit() and not limesurvey:
        raise UnusableCell("unknown_answer")
    if numbers is None and not limesurvey and isinstance(item.domain, Scale):
        # SurveyXact's 1 is the first answer, and ours may be the last: nobody may guess
        raise UnusableCell("numbers_unclear")
    if limesurvey or numbers is Numbers.PLACES:
        place = int(limesurvey[1] if limesurvey else text)
        if 1 <= place <= len(item.categories):
            return item.categories[place - 1].code
    elif any(category.code == text for category in item.categories):
        return text
    raise UnusableCell("unknown_answer")


def _is_chosen(item: Item, code: str, cell: Cell) -> bool:
    text = as_text(cell).casefold()
    if text in _NO:
        return False
    category = next(one for one in item.categories if one.code == code)
    if text in _YES or text in {label.casefold() for label in category.label.texts.values()}:
        return True
    raise UnusableCell("unknown_answer")


def _listed(item: Item, text: str) -> Sequence[str]:
    if not text:
        return ()
    # A label may have a comma in it: the whole comes first, then the safer marks
    labels = {label.casefold() for one in item.categories for label in one.label.texts.values()}
    for mark in (None, "|", ";", ","):
        parts = [text] if mark is None else [part.strip() for part in text.split(mark)]
        if all(part.casefold() in labels for part in parts):
            return parts
    return [part.strip() for part in re.split(r"[|;]", text) if part.strip()]


def _allows(item: Item, missing: Missing) -> bool:
    return item.dont_know if missing is Missing.DONT_KNOW else item.refusal


def _day(cell: Cell, order: DayOrder) -> date | None:
    if isinstance(cell, Flaw):
        raise UnusableCell(cell.value)
    if isinstance(cell, Decimal):
        # Excel's own count of days, where the column has lost its format
        if not 20_000 <= cell <= 60_000:
            raise UnusableCell("not_a_day")
        return _EXCEL_BEGINS + timedelta(days=int(cell))
    if isinstance(cell, date):
        return None if cell == _NEVER else cell
    text = cell.strip()
    if not text:
        return None
    iso = re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?)?", text)
    other = re.match(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?: \d{2}[:.]\d{2}(?:[:.]\d{2})?)?", text)
    read_as = iso or other
    if not read_as or read_as.end() != len(text):
        raise UnusableCell("not_a_day")
    parts = [int(part) for part in read_as.groups()]
    if not iso:
        day, month = parts[:2] if order is DayOrder.DAY_FIRST else parts[1::-1]
        parts = [parts[2], month, day]
    try:
        found = date(*parts)
    except ValueError:
        raise UnusableCell("not_a_day") from None
    return None if found == _NEVER else found


def _item_of(heading: str, instrument: Instrument) -> str | None:
    bare = _bare(heading)
    before = re.match(r"(\w+)[.:]\s", heading)
    for item in instrument:
        if bare == item.id or bare in map(_bare, item.text.texts.values()):
            return item.id
        if before and before[1].casefold() == item.id:
            return item.id
    return None


def _part_of(heading: str, instrument: Instrument) -> tuple[str, str] | None:
    cut = re.fullmatch(r"(.+?)\s*\[(.+)\]", heading) or re.fullmatch(r"(.+?)[:–-]\s+(.+)", heading)
    if not cut:
        return None
    item_id = _item_of(cut[1], instrument)
    if item_id is None or not isinstance(instrument[item_id].domain, MultiCode):
        return None
    for category in instrument[item_id].categories:
        if _names(category, cut[2]):
            return item_id, category.code
    return None


def _names(category: Category, text: str) -> bool:
    return _bare(text) in {category.code, *map(_bare, category.label.texts.values())}


def _heading(table: Table, found: Columns, item: str) -> str:
    return table.headings[found.items[item]] if item in found.items else item


def _short(cells: Sequence[Cell], place: int | None) -> str | None:
    if place is None:
        return None
    cell = cells[place]
    return (str(cell).strip()[:60] or None) if isinstance(cell, str) else None


def _bare(text: str) -> str:
    return re.sub(r"[\s?.:]+", " ", text).strip().casefold()


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=COPENHAGEN).astimezone(UTC)
