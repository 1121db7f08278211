"""What a caseworker is told of the feedback on their own meetings, and nobody else is.

Own figures are released by the same ledger as all others, so that they and everything else that
is out expose nobody's answer. A comparison is told with the own unit as a whole, and only where
what is left of it without oneself is many citizens' answers and several colleagues' meetings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis import indicators, ledger, readings
from analysis.disclosure import MINIMUM
from analysis.group import Group
from analysis.indicators import Reading
from surveys import extract
from surveys.database import Database
from surveys.extract import Cell
from surveys.instrument import SOURCE_LANGUAGE

FEWEST_COLLEAGUES: Final = 3
"""With one other caseworker in the unit the rest would be that person's figure."""


@dataclass(frozen=True, slots=True)
class OwnItem:
    """One question: how many were satisfied, and how many in the unit where that may be told."""

    question: str
    own: Reading
    unit: Reading | None


@dataclass(frozen=True, slots=True)
class OwnWave:
    """One wave. `items` is None while too few have answered, or the figure could expose somebody.

    `unit` names the unit that is compared with, None without a comparison.
    """

    title: str
    label: str
    synthetic: bool
    items: tuple[OwnItem, ...] | None
    unit: str | None


def read(database: Database, caseworker: str) -> Sequence[OwnWave]:
    """The waves with answers about a caseworker's meetings, the newest first.

    `caseworker` is the key of the person who reads. Call `release.settle` before.
    """
    with database.snapshot() as session:
        about = extract.waves_about(session, caseworker)
        waves = [wave for wave in extract.waves(session) if wave.id in about]
        cells = {wave.id: extract.cells(session, wave.id) for wave in waves}
    return [_wave(database, wave, caseworker, cells[wave.id]) for wave in waves]


def _wave(
    database: Database, wave: extract.Wave, caseworker: str, cells: dict[Cell, int]
) -> OwnWave:
    title, unit = wave.instrument.title(SOURCE_LANGUAGE), _comparable(cells, caseworker)
    (own,) = ledger.ask(database, wave, [Group(caseworker=caseworker)])
    if own is None:
        return OwnWave(title, wave.label, wave.synthetic, None, None)
    whole = ledger.ask(database, wave, [Group(unit=unit)])[0] if unit else None
    mine = readings.counted(own.tallies)
    theirs = readings.counted(whole.tallies) if whole else {}
    items = []
    for item in wave.instrument:
        if not readings.is_five_point(item):
            continue
        best = readings.satisfied_codes(item)
        reading = _reading(mine.get(item.id), best)
        other = _reading(theirs.get(item.id), best)
        apart = 0 if other is None or reading is None else other.n - reading.n
        if reading is not None:
            items.append(
                OwnItem(item.text(SOURCE_LANGUAGE), reading, other if apart >= MINIMUM else None)
            )
    compared = unit if any(one.unit for one in items) else None
    return OwnWave(title, wave.label, wave.synthetic, tuple(items), compared)


def _reading(count: readings.Count | None, best: frozenset[str]) -> Reading | None:
    if count is None or count.n < MINIMUM:
        return None
    return indicators.estimate(sum(count.codes[code] for code in best), count.n)


def _comparable(cells: dict[Cell, int], caseworker: str) -> str | None:
    """The unit that all of a caseworker's answers are in, where enough others have answers too."""
    units = {cell.unit for cell in cells if cell.caseworker == caseworker}
    if len(units) != 1:
        return None
    (unit,) = units
    others = {cell: n for cell, n in cells.items() if cell.unit == unit} if unit else {}
    rest = {cell: n for cell, n in others.items() if cell.caseworker != caseworker}
    colleagues = {cell.caseworker for cell in rest} - {None}
    enough = len(colleagues) >= FEWEST_COLLEAGUES and sum(rest.values()) >= MINIMUM
    return unit if enough else None
