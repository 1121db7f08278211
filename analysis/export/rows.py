"""Rows that name nobody: each stands for at least ten people who look the same in every column.

A row of a person's own answers would be a figure about a group of one, and a colleague who knows
three of the answers would learn the rest. So a row keeps the answers that at least `MINIMUM`
people share and hides the others. The answers are put in a fixed order, those of the plan first;
people who begin alike form a tree, and `protect_tree` says which branches may be seen. What is
left of a branch when those below it are taken away is nobody or at least `MINIMUM`, and so
is every group whose answer to one question is hidden: subtracting the rows from the published
distributions tells nothing of fewer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from analysis import plan, readings, release
from analysis.disclosure import Counting, Unit, protect_tree
from analysis.export.variables import HIDDEN, Variable, closed, variables
from surveys import extract

MINIMUM = 10

Pattern = tuple[str, ...]
_BETWEEN = "\N{INFORMATION SEPARATOR ONE}"


class RowsNotReleased(ValueError):
    """Rows that nobody may have yet. Says why."""


Cases = Sequence[tuple[Sequence[int], int]]
"""The numbers of each row in the order of the variables, and how many people it stands for."""


def cases(session: Session, wave: extract.Wave, now: datetime) -> tuple[Sequence[Variable], Cases]:
    """The rows of a closed wave, those that stand for most people first.

    Raises RowsNotReleased with what `refusal` says.
    """
    if why := refusal(session, wave, now):
        raise RowsNotReleased(why)
    order = _order(session, wave)
    found = protect(extract.patterns(session, wave.id, order))
    columns = variables(wave.instrument)
    place = {item: index for index, item in enumerate(order)}
    return columns, [
        (
            [
                HIDDEN
                if one.item not in place or (answer := pattern[place[one.item]]) is None
                else one.number(answer)
                for one in columns
            ],
            n,
        )
        for pattern, n in found.most_common()
    ]


def refusal(session: Session, wave: extract.Wave, now: datetime) -> str | None:
    """Why a wave gives no rows now; None when it does. `release.settle` comes before.

    Two copies must not differ by the few who came or went in between: a wave that takes answers
    gives none, nor one whose figures are still told as they were before somebody was erased.
    """
    if wave.closes_at is None or wave.closes_at > now or wave.waiting:
        return "Rækker kan hentes, når runden er lukket."
    if wave.responses < MINIMUM:
        return f"Rækker kan kun hentes, når mindst {MINIMUM} har svaret."
    if not release.is_of_all(session, wave):
        return "Rækker kan ikke hentes, fordi enkelte svar er slettet siden sidst."
    return None


def single(cases: Cases) -> Iterator[Sequence[int]]:
    """One row for each person."""
    return (numbers for numbers, n in cases for _ in range(n))


def protect(
    patterns: Mapping[Pattern, int], minimum: int = MINIMUM
) -> Counter[tuple[str | None, ...]]:
    """Hide (None) what fewer than `minimum` share; every row then stands for at least so many.

    Fewer people than `minimum` in all give no rows.
    """
    totals = _totals(patterns, minimum)
    own = dict(totals)
    for prefix, n in totals.items():
        if prefix:
            own[prefix[:-1]] -= n
    units = {
        _name(prefix): Unit(_name(prefix[:-1]) if prefix else None, own[prefix])
        for prefix in totals
    }
    shown = set(protect_tree(units, minimum, Counting.OWN).shown)
    found: Counter[tuple[str | None, ...]] = Counter()
    for pattern, n in patterns.items():
        for length in range(len(pattern), -1, -1):
            if _name(pattern[:length]) in shown:
                found[pattern[:length] + (None,) * (len(pattern) - length)] += n
                break
    return found


def _totals(patterns: Mapping[Pattern, int], minimum: int) -> dict[Pattern, int]:
    """How many people begin with each sequence of answers, as far down as enough of them do.

    Those in a branch too small to be shown stay with the branch above.
    """
    totals: dict[Pattern, int] = {(): sum(patterns.values())}
    living = dict(patterns)
    depth = max((len(pattern) for pattern in patterns), default=0)
    for length in range(1, depth + 1):
        level: Counter[Pattern] = Counter()
        for pattern, n in living.items():
            level[pattern[:length]] += n
        large = {prefix: n for prefix, n in level.items() if n >= minimum}
        totals.update(large)
        living = {pattern: n for pattern, n in living.items() if pattern[:length] in large}
    return totals


def _name(prefix: Pattern) -> str:
    return _BETWEEN.join((str(len(prefix)), *prefix))


def _order(session: Session, wave: extract.Wave) -> list[str]:
    """The closed questions, those that the plan measures first: they are hidden last."""
    measured = [item for one in plan.current(session).of_survey(wave.survey) for item in one.items]
    counts = readings.counted(release.read(session, wave).tallies)
    # What nearly all answered is told of nobody, so its column is hidden as a whole
    ids = [
        item.id
        for item in closed(wave.instrument)
        if readings.near_unanimous(item, counts[item.id]) is None
    ]
    return sorted(ids, key=lambda item: (item not in measured, ids.index(item)))
