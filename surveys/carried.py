"""The unit, course and caseworker that an answer may carry: those that enough people share."""

from collections import Counter
from collections.abc import Iterable, Mapping

from surveys.schedule import SMALLEST_GROUP

Group = tuple[str | None, str | None, str | None]
"""The unit, the course and the caseworker that an answer carries."""


def groups(uninvited: Iterable[Group], issued: Iterable[Group]) -> Mapping[Group, Group]:
    """What the answers of those not yet invited may carry: nothing that fewer than five share.

    The caseworker is left out first, then the course, then the unit. Those who carry less are a
    group too, and must not be few: the next smallest joins them. What was issued carries what it
    carries, and counts.
    """
    people = Counter(uninvited)
    carrying = Counter(issued)
    carried: dict[Group, Group] = {group: group for group in people}

    def size(group: Group) -> int:
        joined = (people[one] for one, becomes in carried.items() if becomes == group)
        return carrying[group] + sum(joined)

    def gather(rest: Group, known: int) -> None:
        """Put the small groups that share what is known together, and the next until many are."""

        def within() -> set[Group]:
            return {one for one in carried.values() if one != rest and one[:known] == rest[:known]}

        joining = {group for group in within() if size(group) < SMALLEST_GROUP}
        while joining or 0 < size(rest) < SMALLEST_GROUP:
            joining = joining or set(sorted(within(), key=lambda g: (size(g), str(g)))[:1])
            if not joining:
                return
            carried.update({one: rest for one, becomes in carried.items() if becomes in joining})
            joining = set()

    for unit, course in {(unit, course) for unit, course, _ in people}:
        gather((unit, course, None), 2)
    for unit in {unit for unit, _, _ in people}:
        gather((unit, None, None), 1)
    gather((None, None, None), 0)
    return carried
