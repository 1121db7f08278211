"""What may be shown: a small group stays hidden, also when figures are subtracted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from analysis.span import Span

MINIMUM = 5

MINIMUM_FOR_DETAIL = 10
"""Fewest respondents for a distribution, a comment or a quote; a single figure needs `MINIMUM`."""


class ImpossibleUnits(ValueError):
    """Units or groups that no set of respondents can have; says which, and what to mend."""


class Counting(StrEnum):
    """Which people a unit's number counts."""

    INCLUSIVE = "inclusive"
    """Everyone in the unit and in the units below it, as a report prints it."""
    OWN = "own"
    """Only the people placed directly in the unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of an organisation: the unit above it (None at the top) and its respondents."""

    parent: str | None
    n: int


class Protection(NamedTuple):
    """The units whose figures may be shown and those that stay hidden, in the given order."""

    shown: tuple[str, ...]
    hidden: tuple[str, ...]


def read_units(document: object) -> dict[str, Unit]:
    """Read `{"units": {"id": {"parent": id or null, "n": whole number}}}` from decoded JSON.

    Raises ImpossibleUnits when the document has another shape. A missing parent is an error and
    not a top: a misspelt key would cut the tree in two and let its figures be subtracted.
    """
    entries = document.get("units") if isinstance(document, dict) else None
    if not isinstance(entries, dict):
        raise ImpossibleUnits('The tree must be an object with the key "units": {"id": {…}}.')
    units: dict[str, Unit] = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or not {"parent", "n"} <= entry.keys():
            raise ImpossibleUnits(f'Unit "{name}" must have "parent" (an id or null) and "n".')
        parent, n = entry["parent"], entry["n"]
        if parent is not None and not isinstance(parent, str):
            raise ImpossibleUnits(f'The parent of unit "{name}" must be the id of a unit, or null.')
        units[str(name)] = Unit(parent, _whole(n, f'"n" of unit "{name}"'))
    return units


def counting_of(units: Mapping[str, Unit]) -> Counting:
    """Tell which people the numbers count.

    When some unit has fewer people than the units right below it together, the numbers can only
    be OWN. Otherwise both readings are possible and INCLUSIVE is taken, which is safe under both:
    it shows only units whose own number reaches the minimum, and read as OWN that number is part
    of what is left of the unit when the shown units below it are subtracted.

    Raises ImpossibleUnits for an unknown parent, a circle or a negative number.
    """
    below = dict.fromkeys(_from_the_top(units), 0)
    for unit in units.values():
        if unit.parent is not None:
            below[unit.parent] += unit.n
    inclusive = all(unit.n >= below[name] for name, unit in units.items())
    return Counting.INCLUSIVE if inclusive else Counting.OWN


def people_directly_in(
    units: Mapping[str, Unit], counting: Counting | None = None
) -> dict[str, int]:
    """Count the people of each unit who are in no unit below it: the cells of `audit`.

    Without `counting` the reading of `counting_of` is used. Raises ImpossibleUnits for units that
    are no tree, and for numbers that cannot be INCLUSIVE when that is asked for.
    """
    direct = {name: units[name].n for name in _from_the_top(units)}
    if (counting or counting_of(units)) is Counting.INCLUSIVE:
        for unit in units.values():
            if unit.parent is not None:
                direct[unit.parent] -= unit.n
    for name, n in direct.items():
        if n < 0:
            raise ImpossibleUnits(
                f'Unit "{name}" has fewer people than the units below it together. '
                "Let its number count them too."
            )
    return direct


def protect_tree(
    units: Mapping[str, Unit], minimum: int = MINIMUM, counting: Counting | None = None
) -> Protection:
    """Choose the units of an organisation tree whose figures may be shown together.

    The remainder rule: a top unit is shown when it has at least `minimum` people in all. Below a
    shown unit those under the minimum are hidden; if the people directly in the unit and in its
    hidden sub-units together are more than none and fewer than the minimum, the smallest sub-unit
    still shown is hidden too, which is enough. A hidden unit hides everything below it.

    Why nothing is exposed: two shown units are nested or apart, so each shown unit less the shown
    units right below it leaves disjoint remainders that span the same figures. A group of people
    that can be computed from the figures is therefore a union of remainders, and the rule makes
    each remainder empty or at least the minimum.

    A total over several top units counts as a unit: give it as the top of the tree if it is shown.
    Raises ImpossibleUnits for an unknown parent, a circle or a negative number.
    """
    _check_minimum(minimum)
    direct = people_directly_in(units, counting)
    order = _from_the_top(units)
    people = dict(direct)
    children: dict[str | None, list[str]] = {None: []}
    for name in order:
        children.setdefault(units[name].parent, []).append(name)
    for name in reversed(order):
        parent = units[name].parent
        if parent is not None:
            people[parent] += people[name]
    shown = {name for name in children[None] if people[name] >= minimum}
    for name in order:
        if name not in shown:
            continue
        large = {child for child in children.get(name, ()) if people[child] >= minimum}
        rest = people[name] - sum(people[child] for child in large)
        if 0 < rest < minimum:
            large.remove(min(large, key=lambda child: (people[child], child)))
        shown |= large
    return Protection(
        tuple(name for name in units if name in shown),
        tuple(name for name in units if name not in shown),
    )


def audit(
    groups: Iterable[Collection[str]], cells: Mapping[str, int], minimum: int = MINIMUM
) -> frozenset[str] | None:
    """Find a set of fewer than `minimum` respondents whose figure the groups' figures give away.

    `cells` counts the respondents of each cell, the finest parts that the groups are made of; a
    group is a set of cells and its figure a sum over them. A reader may add and subtract all
    figures, each any number of times, so a set is exposed when its indicator is a linear
    combination of the groups' indicators. The answer is exact (integer elimination, no rounding)
    and complete: None means that no set of 1 to minimum − 1 respondents is exposed, otherwise the
    cells of one exposed set are returned.

    Out of scope: bounds that follow from shares lying between 0 and 1, and what readers know from
    elsewhere. Raises ImpossibleUnits for a cell that is not counted or a negative number.
    """
    _check_minimum(minimum)
    counted = _counted(cells)
    return Span.of([_known(group, counted) for group in groups], counted).exposed(minimum)


class Ledger:
    """Everything released for one closed wave, by any view to any user; one per wave.

    Invariant: if the figures it starts from expose nobody, neither do all it has allowed. What it
    allows depends on what was asked before, so fixed reports ask first, and the released groups
    are stored with the wave. The cells of a wave do not change while its ledger lives.
    """

    def __init__(
        self,
        cells: Mapping[str, int],
        minimum: int = MINIMUM,
        released: Iterable[Collection[str]] = (),
        alike: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`alike` are pairs of cells of which nobody knows which one the released groups hold."""
        _check_minimum(minimum)
        self._cells = _counted(cells)
        self._minimum = minimum
        self._released = [_known(group, cells) for group in released]
        self._span = Span.of(self._released, cells, alike)

    @property
    def released(self) -> tuple[frozenset[str], ...]:
        """What to store: the given groups and those allowed since that say something new."""
        return tuple(self._released)

    def ask(self, group: Collection[str]) -> bool:
        """Release the figure of a group of cells, or say no and change nothing.

        Yes when the group reaches the minimum and all released figures together expose nobody.
        Asking again gives the same answer. Raises ImpossibleUnits for an unknown cell.
        """
        members = _known(group, self._cells)
        if sum(self._cells[cell] for cell in members) < self._minimum:
            return False
        span = self._span.with_group(members)
        if span is self._span:
            return True
        if span.exposed(self._minimum) is not None:
            return False
        self._span = span
        self._released.append(members)
        return True


def _counted(cells: Mapping[str, int]) -> dict[str, int]:
    return {cell: _whole(n, f'The number of people in "{cell}"') for cell, n in cells.items()}


def _from_the_top(units: Mapping[str, Unit]) -> list[str]:
    """List the units so that each comes after its parent; refuses what is no tree."""
    below: dict[str | None, list[str]] = {}
    for name, unit in units.items():
        _whole(unit.n, f'"n" of unit "{name}"')
        if unit.parent is not None and unit.parent not in units:
            raise ImpossibleUnits(
                f'Unit "{name}" has the parent "{unit.parent}", which is not in the tree. '
                "Add that unit, or make the parent null."
            )
        below.setdefault(unit.parent, []).append(name)
    order = list(below.get(None, ()))
    for name in order:
        order.extend(below.get(name, ()))
    if len(order) < len(units):
        circle = sorted(units.keys() - set(order))[0]
        raise ImpossibleUnits(
            f'Unit "{circle}" never reaches the top: its parents go round in a circle. '
            "Give one of them another parent, or null."
        )
    return order


def _known(group: Iterable[str], cells: Mapping[str, int]) -> frozenset[str]:
    members = frozenset(group)
    unknown = sorted(members - cells.keys())
    if unknown:
        raise ImpossibleUnits(f'A group holds "{unknown[0]}", which is no cell of this wave.')
    return members


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ImpossibleUnits(f"{what} must be a whole number from 0 up.")
    return value


def _check_minimum(minimum: int) -> None:
    if _whole(minimum, "The minimum") < 1:
        raise ImpossibleUnits("The minimum must be at least 1.")
