"""The ledger of a wave: everything that was released of it, to anybody and in any form.

A page, a file and a program ask here before a figure of some of a wave's people is told. What was
told is kept and told again; what is new is told when all that is out together gives away nobody
(`ledger_book`). Everybody's figures ask first (`release`), then the units as `protect_tree`
chooses them, so that no other question can take their place.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from analysis import coding
from analysis.disclosure import MINIMUM, Counting, Unit, protect_tree
from analysis.group import EVERYBODY, Group
from analysis.ledger_book import Book, Census, Part, Released
from analysis.ledger_tables import LedgerRow, ReleasedGroupRow
from surveys import extract, retention
from surveys.database import Database, insert_unless_known
from surveys.extract import Cell, Tally
from surveys.retention import Erasure

_ATTEMPTS: Final = 5
_ONE_IN: Final = 20
_TOP: Final = ""
WROTE: Final = "/wrote"
"""Stands among the questions for having written something: whose words the themes are of."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a wave's people, or of a group: of responses, of answers to items, of channels."""

    responses: int
    tallies: tuple[Tally, ...]
    modes: tuple[tuple[str, int], ...]


_Stored = TypeAdapter(Figures)


def ask(database: Database, wave: extract.Wave, groups: Sequence[Group]) -> list[Figures | None]:
    """The figures of groups of a wave that may be told, in order; None for one that may not.

    A question of theirs that may not be told is left out of the tallies. Call `release.settle`
    before. Figures of a group move when at least five of its people, and one in twenty, have come
    or gone. Counting is done in a snapshot, so that nobody who answers waits for it.
    """
    told: dict[str, Figures] = {}
    for _ in range(_ATTEMPTS):
        with database.snapshot() as session:
            version, book = _read(session, wave.id)
            told = _told(session, wave.id, groups, book)
            wanted = [group for group in groups if _is_due(book, group, told.get(group.key))]
            if not wanted or book.sealed or book.latest(EVERYBODY) is None:
                break
            now = extract.wave(session, wave.survey, wave.label)
            granted = _grant(session, now, book, wanted, told)
        if not granted:
            break
        with database.transaction() as session:
            row = session.get_one(LedgerRow, wave.id, with_for_update=True)
            # Another process may have released something meanwhile
            if row.version == version:
                _write(session, row, book, granted)
                told |= granted
                break
    return [told.get(group.key) for group in groups]


def choices(session: Session, wave_id: int) -> Mapping[str, Sequence[str]]:
    """The values of each part of a group that enough of a wave's people share; all of its weeks."""
    found: dict[str, Counter[str]] = {name: Counter() for name in Cell._fields}
    for cell, n in extract.cells(session, wave_id).items():
        for name, value in zip(Cell._fields, cell, strict=True):
            if value is not None:
                found[name][value] += n
    return {
        name: sorted(value for value, n in counts.items() if n >= MINIMUM or name == "week")
        for name, counts in found.items()
    }


def version(session: Session, wave_id: int) -> int:
    """What tells that nothing was released since: to be read with the census."""
    return session.scalar(select(LedgerRow.version).where(LedgerRow.wave_id == wave_id)) or 0


def census(session: Session, wave: extract.Wave, tallies: Sequence[Tally] | None = None) -> Census:
    """Who is in a wave now; with everybody's tallies of the same moment it is quicker."""
    closed, open_ = _closed(wave), coding.open_items(wave)
    partly = closed
    if tallies is not None:
        valid = _valid(tallies)
        partly = [item for item in closed if valid[item] < wave.responses]
        open_ = [item for item in open_ if valid[item]]
        found = extract.valid(session, wave.id, [item for item in partly if valid[item]])
    else:
        found = extract.valid(session, wave.id, partly)
    wrote = extract.writers(session, wave.id, open_)
    cells = extract.cells(session, wave.id)
    short = {
        (cell, item): n
        for cell, people in cells.items()
        for item in (*partly, WROTE)
        if (n := wrote[cell] if item == WROTE else found.get((cell, item), 0)) < people
    }
    gone = [_gone(one, wave) for one in retention.erasures(session, wave.id)]
    items = frozenset((*closed, WROTE))
    return Census(wave.responses, wave.erased, cells, short, items, gone)


def tell_all(
    session: Session,
    wave: extract.Wave,
    seen: tuple[int, Census],
    old: Figures | None,
    new: Figures,
) -> tuple[Figures, bool] | None:
    """Everybody's figures as they may be told now, entered in the ledger; None to leave the old.

    `seen` is the census with the version it was taken under. Call it in the transaction that keeps
    the figures. Questions whose figures may not move stay as they were told. Also whether the
    themes of those who wrote may be told.
    """
    at, people = seen
    insert_unless_known(
        session,
        LedgerRow,
        wave_id=wave.id,
        version=0,
        generation=0,
        responses=0,
        erased=people.erased - len(people.gone),
        # What was told before there was a ledger is not in it
        sealed=old is not None and old.responses != people.responses,
        cells="[]",
    )
    row = session.get_one(LedgerRow, wave.id, with_for_update=True)
    if row.version != at:
        return None
    _, book = _read(session, wave.id)
    book.absorb(people)
    closed = frozenset(_closed(wave))
    shown = _moved(book, closed, old, new) if book.sealed else book.ask(EVERYBODY, closed | {WROTE})
    _write(session, row, book, {})
    if new.responses < MINIMUM:
        # Nobody reads them; but what was told of more people stands
        return None if old and old.responses >= MINIMUM else (new, True)
    if shown is None:
        return None
    # What was kept of a few people was told to nobody
    before = old if old and old.responses >= MINIMUM else None
    return _merged(before, new, closed - shown), WROTE in shown


def _moved(
    book: Book, items: Collection[str], old: Figures | None, new: Figures
) -> frozenset[str] | None:
    """The questions of a sealed wave whose figures may move; None when nothing may.

    Five who are in no earlier figure make every group that is reckoned with them large. So many are
    new when there are so many more than at any earlier look, of a question as of the whole.
    """
    before, now = _valid(old.tallies if old else ()), _valid(new.tallies)
    if new.responses - max(book.responses, old.responses if old else 0) < MINIMUM:
        return None
    return frozenset(
        item
        for item in items
        if now[item] - max(before[item], book.size(EVERYBODY, item)) >= MINIMUM
    )


def _grant(
    session: Session,
    wave: extract.Wave,
    book: Book,
    wanted: Sequence[Group],
    told: Mapping[str, Figures],
) -> dict[str, Figures]:
    """What may be told of the groups that are wanted, when the units have asked before them."""
    if (wave.responses, wave.erased) != (book.responses, book.erased):
        book.absorb(census(session, wave))
    closed = _closed(wave)
    granted: dict[str, Figures] = {}
    for group in [*_units(book), *(one for one in wanted if one not in _units(book))]:
        last = book.latest(group)
        if last and last.generation == book.generation:
            shown: frozenset[str] | None = last.shown
        elif _is_due(book, group, told.get(group.key)):
            shown = book.ask(group, closed)
        else:
            continue
        # What is set aside for a unit that nobody has asked for is counted when somebody does
        if shown is None or group not in wanted:
            continue
        found = extract.among(session, wave.id, group.carried, group.weeks)
        new = Figures(
            book.size(group),
            tuple(one for one in found if one.item in shown),
            tuple(sorted(book.modes(group).items())),
        )
        granted[group.key] = _merged(told.get(group.key), new, set(closed) - shown)
    return granted


def _units(book: Book) -> Sequence[Group]:
    """The units whose figures may be shown side by side."""
    sizes = book.units()
    tree = {_TOP: Unit(None, book.responses)} | {
        name: Unit(_TOP, n) for name, n in sizes.items() if name != _TOP
    }
    shown = protect_tree(tree, counting=Counting.INCLUSIVE).shown
    return [Group(unit=name) for name in sorted(shown) if name != _TOP]


def _is_due(book: Book, group: Group, told: Figures | None) -> bool:
    if told is None:
        return True
    return abs(book.size(group) - told.responses) >= max(MINIMUM, told.responses // _ONE_IN)


def _merged(old: Figures | None, new: Figures, hidden: Collection[str]) -> Figures:
    """New figures, with questions that may not be told left as they were told."""
    tallies = [one for one in new.tallies if one.item not in hidden]
    if old is not None:
        tallies += [one for one in old.tallies if one.item in hidden]
    return Figures(new.responses, tuple(tallies), new.modes)


def _valid(tallies: Sequence[Tally]) -> Counter[str]:
    """How many gave a valid answer to each item."""
    found: Counter[str] = Counter()
    for tally in tallies:
        if tally.missing is None:
            found[tally.item] += tally.firsts
    return found


def _gone(one: Erasure, wave: extract.Wave) -> Erasure:
    """An erasure with the questions that are audited."""
    if one.answered is None:
        return one
    wrote = {WROTE} if not one.answered.isdisjoint(coding.open_items(wave)) else set()
    return replace(one, answered=one.answered & {*_closed(wave)} | wrote)


def _closed(wave: extract.Wave) -> list[str]:
    return [item.id for item in wave.instrument if item.categories]


def _read(session: Session, wave_id: int) -> tuple[int, Book]:
    row = session.get(LedgerRow, wave_id)
    if row is None:
        return 0, Book()
    parts = tuple(Part(Cell(*carried), *rest) for carried, *rest in json.loads(row.cells))
    kept = session.execute(
        select(ReleasedGroupRow.key, ReleasedGroupRow.generation, ReleasedGroupRow.shown)
        .where(ReleasedGroupRow.wave_id == wave_id)
        .order_by(ReleasedGroupRow.generation, ReleasedGroupRow.key)
    )
    released = [
        Released(Group.of_key(key), generation, frozenset(json.loads(shown)))
        for key, generation, shown in kept
    ]
    return row.version, Book(
        row.generation, row.responses, row.erased, row.sealed, parts, released, len(released)
    )


def _told(
    session: Session, wave_id: int, groups: Sequence[Group], book: Book
) -> dict[str, Figures]:
    keys = {group.key for group in (*groups, *_units(book))}
    rows = session.execute(
        select(ReleasedGroupRow.key, ReleasedGroupRow.figures).where(
            ReleasedGroupRow.wave_id == wave_id,
            ReleasedGroupRow.key.in_(keys),
            ReleasedGroupRow.figures.is_not(None),
        )
    )
    return {key: _Stored.validate_json(figures) for key, figures in rows if figures is not None}


def _write(session: Session, row: LedgerRow, book: Book, granted: Mapping[str, Figures]) -> None:
    row.version += 1
    row.generation, row.responses, row.erased = book.generation, book.responses, book.erased
    row.sealed = book.sealed
    row.cells = json.dumps(
        [
            [part.carried, part.since, part.until, part.n, part.short, part.doubt]
            for part in book.parts
        ],
        ensure_ascii=False,
    )
    retention.settled(session, book.settled)
    session.execute(
        update(ReleasedGroupRow)
        .where(ReleasedGroupRow.wave_id == row.wave_id, ReleasedGroupRow.key.in_(granted))
        .values(figures=None)
    )
    session.add_all(
        ReleasedGroupRow(
            wave_id=row.wave_id,
            key=one.group.key,
            generation=one.generation,
            shown=json.dumps(sorted(one.shown)),
            figures=None,
        )
        for one in book.released[book.kept :]
    )
    session.flush()
    for key, figures in granted.items():
        newest = max(one.generation for one in book.released if one.group.key == key)
        told = session.get_one(ReleasedGroupRow, (row.wave_id, key, newest))
        told.figures = _Stored.dump_json(figures).decode()
