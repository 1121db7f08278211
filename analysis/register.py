"""Numbers from registers: entered by hand or imported, kept with their history.

An import is all or nothing, and safe to do twice: a number that is there already is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from analysis import period, sheet
from analysis.period import Period
from analysis.plan import Unit
from analysis.plan_tables import RegisterReadingRow

_PERIOD_NAMES: Final = ("periode", "tid", "period", "måned", "kvartal", "år", "time")
_PLACE_NAMES: Final = ("område", "kommune", "area", "sted", "_nykom")
_INDICATOR_NAMES: Final = ("indikator", "indicator", "kode", "code")
_VALUE_NAMES: Final = ("værdi", "value", "antal", "indhold")


class InvalidRegister(ValueError):
    """Rows that cannot be imported; the text has one line for each, with its number."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: a share between 0 and 1, or a count. None where the register keeps it back."""

    indicator: str
    place: str
    period: Period
    value: Decimal | None
    source: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a sheet say what. Without `indicator` or `place` one is given for all.

    `where` keeps the rows whose column has a value, for tables with more than one measure.
    """

    period: str
    value: str
    place: str | None = None
    indicator: str | None = None
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an import did: numbers that were new, that replaced another, and that were known."""

    new: int
    changed: int
    known: int


def guess(found: sheet.Sheet) -> Columns | None:
    """Say which columns a sheet's names point to; None when it cannot be told."""
    names = {name.casefold(): name for name in found.columns}

    def named(wanted: Iterable[str]) -> str | None:
        return next((names[name] for name in wanted if name in names), None)

    when, place, indicator = (
        named(wanted) for wanted in (_PERIOD_NAMES, _PLACE_NAMES, _INDICATOR_NAMES)
    )
    value = named(_VALUE_NAMES)
    if value is None:
        rest = [name for name in found.columns if name not in (when, place, indicator)]
        numeric = [name for name in rest if _is_numeric(found, name)]
        value = numeric[0] if len(numeric) == 1 else None
    if when is None or value is None:
        return None
    return Columns(when, value, place, indicator)


def figures(
    found: sheet.Sheet,
    columns: Columns,
    units: Mapping[str, Unit],
    *,
    indicator: str | None,
    place: str,
    source: str,
) -> Sequence[Figure]:
    """Read a sheet's rows as numbers of indicators.

    Shares may be written as 0,85 or as 85 (%): when one number of an indicator is above 1 or has a
    per cent sign, all of that indicator are per cents. Raises InvalidRegister with every bad row.
    """
    at = {name: number for number, name in enumerate(found.columns)}
    wanted = [
        columns.period,
        columns.value,
        *filter(None, (columns.place, columns.indicator)),
        *(name for name, _ in columns.where),
    ]
    if missing := [name for name in wanted if name not in at]:
        raise InvalidRegister(f"Filen har ingen kolonne med navnet “{missing[0]}”.")
    read: list[Figure] = []
    percents: set[str] = set()
    trouble: list[str] = []
    for line, row in enumerate(found.rows, start=2):
        cells = dict(zip(found.columns, row, strict=True))
        if any(_text(cells[name]) != value for name, value in columns.where):
            continue
        code = _text(cells[columns.indicator]) if columns.indicator else indicator or ""
        where = _text(cells[columns.place]) if columns.place else place
        try:
            one = _figure(cells, columns, units, code, where, source)
        except ValueError as reason:
            trouble.append(f"Linje {line}: {reason}")
            continue
        read.append(one)
        if (one.value or 0) > 1 or "%" in _text(cells[columns.value]):
            percents.add(code)
    trouble += _twice(read)
    scaled = [_scaled(one, units[one.indicator], one.indicator in percents) for one in read]
    trouble += [
        f"{one.period.danish()}: en andel kan ikke være over 100 %."
        for one in scaled
        if units[one.indicator] is Unit.SHARE and one.value is not None and one.value > 1
    ]
    if not read and not trouble:
        trouble = ["Ingen rækker passer. Se, om du har valgt de rigtige kolonner."]
    if trouble:
        more = len(trouble) - 20
        raise InvalidRegister(
            "\n".join([*trouble[:20], *([f"… og {more} fejl mere."] if more > 0 else [])])
        )
    return scaled


def record(
    session: Session, new: Iterable[Figure], now: datetime, *, rehearse: bool = False
) -> Recorded:
    """Keep numbers. A number that is known is left alone; one that differs supersedes it.

    With `rehearse` nothing is written and the counts say what would happen.
    """
    known = {
        (one.indicator, one.place, one.period.text): one.value for one in history(session).values()
    }
    fresh: list[Figure] = []
    changed = same = 0
    for one in new:
        key = (one.indicator, one.place, one.period.text)
        if key in known and known[key] == one.value:
            same += 1
            continue
        changed += key in known
        fresh.append(one)
    if fresh and not rehearse:
        session.execute(
            insert(RegisterReadingRow),
            [
                {
                    "indicator": one.indicator,
                    "place": one.place,
                    "period": one.period.text,
                    "value": one.value,
                    "source": one.source[:200],
                    "entered_at": now,
                    "synthetic": one.synthetic,
                }
                for one in fresh
            ],
        )
    return Recorded(len(fresh) - changed, changed, same)


def history(
    session: Session, indicator: str | None = None
) -> Mapping[tuple[str, str, str], Figure]:
    """The number that holds for every indicator, place and period, oldest period first."""
    newest = select(func.max(RegisterReadingRow.id)).group_by(
        RegisterReadingRow.indicator, RegisterReadingRow.place, RegisterReadingRow.period
    )
    if indicator is not None:
        newest = newest.where(RegisterReadingRow.indicator == indicator)
    found = [
        Figure(
            row.indicator,
            row.place,
            period.read(row.period),
            row.value,
            row.source,
            row.synthetic,
        )
        for row in session.scalars(
            select(RegisterReadingRow).where(RegisterReadingRow.id.in_(newest))
        )
    ]
    found.sort(key=lambda one: (one.indicator, one.place, one.period))
    return {(one.indicator, one.place, one.period.text): one for one in found}


def _text(cell: sheet.Cell) -> str:
    return "" if cell is None else str(cell).strip()


def _figure(
    cells: Mapping[str, sheet.Cell],
    columns: Columns,
    units: Mapping[str, Unit],
    code: str,
    place: str,
    source: str,
) -> Figure:
    if code not in units:
        known = ", ".join(units)
        raise ValueError(f"“{code}” er ingen registerindikator. Vælg en af: {known}.")
    if not place:
        raise ValueError("Der mangler et område.")
    value = sheet.number(cells[columns.value])
    if value is not None and value < 0 and units[code] is not Unit.KRONER:
        raise ValueError("Tallet er under 0.")
    when = period.read(_text(cells[columns.period]))
    return Figure(code, place[:60], when, value, source)


def _is_numeric(found: sheet.Sheet, name: str) -> bool:
    at = found.columns.index(name)
    try:
        return any(sheet.number(row[at]) is not None for row in found.rows)
    except sheet.NotANumber:
        return False


def _twice(read: Sequence[Figure]) -> list[str]:
    seen: set[tuple[str, str, str]] = set()
    trouble = []
    for one in read:
        key = (one.indicator, one.place, one.period.text)
        if key in seen:
            trouble.append(
                f"{one.place}, {one.period.danish()} står flere gange for {one.indicator}."
                " Vælg den måling, du vil have med."
            )
        seen.add(key)
    return trouble


def _scaled(one: Figure, unit: Unit, percent: bool) -> Figure:
    if unit is not Unit.SHARE or one.value is None or not percent:
        return one
    return Figure(one.indicator, one.place, one.period, one.value / 100, one.source, one.synthetic)
