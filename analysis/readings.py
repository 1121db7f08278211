"""From a wave's counted answers to its indicators."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from analysis import indicators, plan
from analysis.indicators import LeftOut, Reading
from surveys import extract
from surveys.instrument import Instrument, Item, Missing, Scale


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """An indicator as this wave reads it."""

    code: str
    name: str
    items: tuple[str, ...]
    source: str
    reading: Reading


def answers(instrument: Instrument, indicator: plan.Indicator) -> bool:
    """Whether an instrument has all the items of an indicator, each on a five-point scale."""
    known = {item.id: item for item in instrument}
    return all(code in known and is_five_point(known[code]) for code in indicator.items)


def comparable(
    waves: Iterable[extract.Wave], indicator: plan.Indicator
) -> tuple[extract.Wave, ...]:
    """The waves that answer an indicator as the first of them does.

    A question that was reworded begins a history of its own, unless its version says that it goes
    on from the older one (`Instrument.continues`).
    """
    found = [wave for wave in waves if answers(wave.instrument, indicator)]
    return tuple(
        wave
        for wave in found
        if wave is found[0]
        or all(found[0].instrument.continues(item, wave.instrument) for item in indicator.items)
    )


def satisfied_codes(item: Item) -> frozenset[str]:
    """The codes that count as satisfied: the two best of a five-point scale."""
    if not is_five_point(item):
        raise ValueError(f"{item.id} is not a five-point scale.")
    ordered = sorted(item.categories, key=lambda category: int(category.code))
    return frozenset(category.code for category in ordered[-2:])


def is_five_point(item: Item) -> bool:
    """Whether a question is counted as satisfied or not."""
    return isinstance(item.domain, Scale) and len(item.categories) == 5


@dataclass(slots=True)
class Count:
    """All answers to one item: by category, by reason for none, and how many answered."""

    codes: Counter[str]
    left_out: dict[Missing, int]
    n: int = 0


Counted = Mapping[str, Count]


def counted(tallies: Iterable[extract.Tally]) -> Counted:
    """Count the answers to every item; an item that nobody answered counts none."""
    found: defaultdict[str, Count] = defaultdict(lambda: Count(Counter(), {}))
    for tally in tallies:
        count = found[tally.item]
        if tally.missing is not None:
            count.left_out[tally.missing] = count.left_out.get(tally.missing, 0) + tally.n
        else:
            count.n += tally.firsts
            if tally.code is not None:
                count.codes[tally.code] += tally.n
    return found


def together(groups: Sequence[tuple[Instrument, Counted]], items: Iterable[str]) -> Counted:
    """Groups of people added up, each as it is told, by satisfied or not; for five-point scales.

    Where all or all but one of a group agree it counts as midway between the two, so that the sum
    less the other groups does not say which it was.
    """
    found: dict[str, Count] = {}
    for name in items:
        total, satisfied, best = Count(Counter(), {}), Fraction(0), frozenset[str]()
        for instrument, counts in groups:
            count, best = counts[name], satisfied_codes(instrument[name])
            agreed = sum(count.codes[code] for code in best)
            if count.n > 1 and agreed >= count.n - 1:
                satisfied += count.n - Fraction(1, 2)
            else:
                satisfied += agreed if agreed > 1 or not count.n else Fraction(1, 2)
            total.n += count.n
            for reason, n in count.left_out.items():
                total.left_out[reason] = total.left_out.get(reason, 0) + n
        total.codes = Counter({max(best): floor(satisfied + Fraction(1, 2))})
        found[name] = total
    return found


def near_unanimous(item: Item, count: Count) -> frozenset[str] | None:
    """The categories that all, or all but one, chose from, if they are so few that it tells.

    On a scale that is counted as satisfied or not, each of the two sides tells as much as one
    category does: the distribution would give away what `Reading.shown` covers.
    """
    every = frozenset(category.code for category in item.categories)
    sides = [frozenset({code}) for code in sorted(every)]
    if is_five_point(item):
        best = satisfied_codes(item)
        sides += [best, every - best]
    for side in sides:
        if sum(count.codes[code] for code in side) >= count.n - 1:
            return side
    return None


def reading(
    indicator: plan.Indicator, wave: extract.Wave, counts: Counted, language: str
) -> IndicatorReading:
    """Read one indicator from a wave's counts, each item as it is told (`indicators.covered`).

    KeyError when the instrument lacks its items.
    """
    aim = indicator.target
    direction = aim.direction if aim else indicators.Direction.AT_LEAST
    level = None if aim is None or aim.relative else aim.value
    target = wave.target if wave.target is not None else level
    readings = []
    for item_id in indicator.items:
        count = counts[item_id]
        best = satisfied_codes(wave.instrument[item_id])
        found = indicators.estimate(
            sum(count.codes[code] for code in best),
            count.n,
            invited=wave.invited,
            target=target,
            left_out=LeftOut(**{reason.value: n for reason, n in count.left_out.items()}),
            direction=direction,
        )
        readings.append(indicators.covered(found, direction))
    combined = (
        readings[0] if len(readings) == 1 else indicators.combine(readings, target, direction)
    )
    return IndicatorReading(
        code=indicator.code,
        name=indicator.name(language),
        items=indicator.items,
        source=indicator.source(language),
        reading=combined,
    )
