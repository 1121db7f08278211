"""What can be computed from released figures: the linear span of the groups they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd, lcm

_Row = dict[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """The linear span of released groups, as reduced integer rows over atoms.

    An atom is a set of cells that every group holds whole or not at all. Each row has a pivot: an
    atom of it, as large as can be had, that is absent from the other rows. Rows are primitive
    vectors, so their numbers are bounded by minors of a 0/1 matrix.
    """

    cells: Mapping[str, int]
    atoms: tuple[frozenset[str], ...]
    sizes: tuple[int, ...]
    rows: dict[int, _Row]
    """The row of each pivot."""

    @classmethod
    def of(
        cls,
        groups: Sequence[frozenset[str]],
        cells: Mapping[str, int],
        alike: Sequence[tuple[str, str]] = (),
    ) -> "Span":
        """The span of all groups at once, which is much quicker than one after the other.

        `alike` are pairs of cells that the groups may hold either of: the span holds their
        differences too, and so every span that the groups can have.
        """
        peopled = {cell: n for cell, n in cells.items() if n > 0}
        held_by = dict.fromkeys(peopled, 0)
        for number, cell in enumerate(sorted({one for pair in alike for one in pair})):
            # None of them is in an atom with another
            held_by[cell] |= 1 << (len(groups) + number)
        for place, group in enumerate(groups):
            for cell in group & peopled.keys():
                held_by[cell] |= 1 << place
        atomised: dict[int, set[str]] = {}
        for cell, holders in held_by.items():
            atomised.setdefault(holders, set()).add(cell)
        atoms = tuple(frozenset(members) for members in atomised.values()) or (frozenset(),)
        sizes = [sum(peopled[cell] for cell in atom) for atom in atoms]
        rows: dict[int, _Row] = {}
        vectors = [
            {index: 1 for index, holders in enumerate(atomised) if holders >> place & 1}
            for place in range(len(groups))
        ]
        place_of = {cell: index for index, atom in enumerate(atoms) for cell in atom}
        vectors += [{place_of[one]: 1, place_of[other]: -1} for one, other in alike]
        for vector in vectors:
            added = vector
            for pivot, row in rows.items():
                added = _without(added, pivot, row)
            if added:
                pivot = max(added, key=lambda index: (sizes[index], index))
                rows = {key: _without(row, pivot, added) for key, row in rows.items()}
                rows[pivot] = added
        return cls(peopled, atoms, tuple(sizes), _pivoted(rows, sizes))

    def with_group(self, group: frozenset[str]) -> "Span":
        """Return the span with the group added; this same object when it already holds it."""
        atoms, sizes = list(self.atoms), list(self.sizes)
        rows = {pivot: dict(row) for pivot, row in self.rows.items()}
        for index, atom in enumerate(self.atoms):
            outside = atom - group
            if not outside or outside == atom:
                continue
            atoms[index] = atom & group
            sizes[index] = sum(self.cells[cell] for cell in atoms[index])
            for row in rows.values():
                if index in row:
                    row[len(atoms)] = row[index]
            atoms.append(outside)
            sizes.append(sum(self.cells[cell] for cell in outside))
        added = {index: 1 for index, atom in enumerate(atoms) if atom and atom <= group}
        for pivot, row in rows.items():
            added = _without(added, pivot, row)
        if not added:
            return self
        rows = {next(iter(added)): added} | rows
        return Span(self.cells, tuple(atoms), tuple(sizes), _pivoted(rows, sizes))

    def exposed(self, minimum: int) -> frozenset[str] | None:
        """Return the cells of one set of 1 to minimum − 1 people in the span, if there is one.

        A vector in the span is a sum of rows, each times the vector's own value at its pivot over
        the row's. In the indicator of a small set those values are 0 or 1, and 0 where the pivot
        is large. So it is enough to add up a few rows with small pivots, each divided by its
        pivot's number, and look for a vector of 0 and 1.
        """
        small = {pivot: row for pivot, row in self.rows.items() if self.sizes[pivot] < minimum}
        scale = lcm(*(row[pivot] for pivot, row in small.items()))
        steps = {
            pivot: {index: value * (scale // row[pivot]) for index, value in row.items()}
            for pivot, row in small.items()
        }
        found = _few_ones(steps, scale, self.sizes, minimum - 1)
        return None if found is None else frozenset().union(*(self.atoms[i] for i in found))


def rank(rows: Sequence[Mapping[int, int]]) -> int:
    """How many of these integer rows none of the others add up to."""
    found: dict[int, _Row] = {}
    for row in rows:
        left = dict(row)
        for pivot, other in found.items():
            left = _without(left, pivot, other)
        if left:
            pivot = next(iter(left))
            found = {key: _without(one, pivot, left) for key, one in found.items()} | {pivot: left}
    return len(found)


def _pivoted(rows: dict[int, _Row], sizes: list[int]) -> dict[int, _Row]:
    """Reduce the rows by each one's largest atom, so that few small pivots are left to search.

    The first row may be new: its key may still stand in the others, theirs in no row but their own.
    """
    for key in tuple(rows):
        row = rows.pop(key)
        pivot = max(row, key=lambda index: (sizes[index], index))
        for other, entries in rows.items():
            rows[other] = _without(entries, pivot, row)
        rows[pivot] = row
    return rows


def _few_ones(
    steps: dict[int, _Row], one: int, sizes: tuple[int, ...], people: int
) -> frozenset[int] | None:
    """Add up different steps to a vector of nought and one with at most so many people."""
    touching: dict[int, list[int]] = {}
    for pivot in sorted(steps):
        for index in steps[pivot]:
            touching.setdefault(index, []).append(pivot)
    least = min((sizes[pivot] for pivot in steps), default=0)

    def search(total: _Row, left: int, spent: frozenset[int]) -> frozenset[int] | None:
        wrong = [index for index, value in total.items() if value != one]
        if total and not wrong and sum(sizes[index] for index in total) <= people:
            return frozenset(total)
        if left < least:
            return None
        if wrong:
            place = min(wrong, key=lambda index: len(touching[index]))
            options = touching[place]
        else:
            place = -1
            options = sorted({p for i in total for p in touching[i]}) if total else sorted(steps)
        for pivot in options:
            rest = left - sizes[pivot]
            if pivot in spent or rest < 0:
                continue
            spent |= {pivot}
            value = total.get(place, 0) + steps[pivot].get(place, 0)
            if rest < least and value not in (0, one):
                continue
            found = search(_sum(total, steps[pivot]), rest, spent)
            if found is not None:
                return found
        return None

    return search({}, people, frozenset())


def _without(row: _Row, pivot: int, other: _Row) -> _Row:
    """Eliminate the pivot from a row by means of another that has it; keep the row primitive."""
    value = row.get(pivot, 0)
    if not value:
        return row
    scale = other[pivot]
    result = {index: entry * scale for index, entry in row.items()}
    for index, entry in other.items():
        result[index] = result.get(index, 0) - value * entry
    divisor = gcd(*result.values()) or 1
    return {index: entry // divisor for index, entry in result.items() if entry}


def _sum(left: _Row, right: _Row) -> _Row:
    result = dict(left)
    for index, entry in right.items():
        result[index] = result.get(index, 0) + entry
    return {index: entry for index, entry in result.items() if entry}
