"""Which ways lead through an instrument: the shortest, the longest, and what none of them asks."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from surveys.instrument import (
    Answer,
    Category,
    CodeList,
    Instrument,
    Item,
    Missing,
    MultiCode,
    Number,
    Scale,
)

MOST_STATES = 5000
"""Beyond so many different pasts that still matter, the ways are not followed one by one."""


@dataclass(frozen=True, slots=True)
class Routes:
    """How many questions somebody is asked at least and at most, and the items nobody is asked.

    Exact, but where `MOST_STATES` does not do: then `most` counts every question, and `unreachable`
    is empty. The words for an "Andet" are part of their question.
    """

    fewest: int
    most: int
    unreachable: tuple[str, ...]


def routes(instrument: Instrument) -> Routes:
    """Follow every kind of answer that some rule tells apart."""
    main = [item for item in instrument if item.companion_of is None]
    read = _reads(main)
    last_read = {name: place for place, item in enumerate(main) for name in _names(item)}
    # What was answered and still matters → the fewest and the most questions on the ways there
    states: dict[tuple[tuple[str, Answer], ...], tuple[int, int]] = {(): (0, 0)}
    asked: set[str] = set()
    for place, item in enumerate(main):
        onward: dict[tuple[tuple[str, Answer], ...], tuple[int, int]] = {}
        kinds = _kinds(item, read[item.id]) if item.id in read else None
        if kinds is not None and len(kinds) > MOST_STATES:
            return _unfollowed(main)
        for past, (fewest, most) in states.items():
            known = dict(past)
            relevant = item.relevance is None or item.relevance.holds(known)
            if relevant:
                asked.add(item.id)
            ways: Collection[Answer | None] = (kinds or (None,)) if relevant else (None,)
            for answer in ways:
                after = known if answer is None else {**known, item.id: answer}
                key = tuple(pair for pair in after.items() if last_read[pair[0]] > place)
                low, high = fewest + relevant, most + relevant
                before = onward.get(key, (low, high))
                onward[key] = min(low, before[0]), max(high, before[1])
        if len(onward) > MOST_STATES:
            return _unfollowed(main)
        states = onward
    return Routes(
        fewest=min(fewest for fewest, _ in states.values()),
        most=max(most for _, most in states.values()),
        unreachable=tuple(item.id for item in main if item.id not in asked),
    )


def _unfollowed(main: list[Item]) -> Routes:
    return Routes(sum(item.relevance is None for item in main), len(main), ())


def _names(item: Item) -> frozenset[str]:
    return item.relevance.items if item.relevance else frozenset()


def _reads(main: list[Item]) -> Mapping[str, frozenset[str]]:
    """The items that rules read, each with all that it is compared with."""
    found: dict[str, frozenset[str]] = {}
    for item in main:
        for tests in item.relevance.alternatives if item.relevance else ():
            for test in tests:
                found[test.item] = found.get(test.item, frozenset()) | {*test.operands}
    return found


def _kinds(item: Item, compared: frozenset[str]) -> tuple[Answer, ...]:
    """One answer of every kind that the rules can tell apart."""
    may_miss = item.required is None or item.dont_know or item.refusal
    missing = (Missing.SKIPPED,) if may_miss else ()
    match item.domain:
        case Scale(categories=points):
            return (*(int(point.code) for point in points), *missing)
        case CodeList(categories=categories):
            return (*(category.code for category in categories), *missing)
        case MultiCode(categories=categories):
            return (*_choices(categories, compared), *missing)
        case Number():
            return (*_numbers(item.domain, compared), *missing)
        case _:
            return ("answered", *missing)


def _choices(
    categories: tuple[Category, ...], compared: frozenset[str]
) -> Iterator[tuple[str, ...]]:
    """Every choice among the compared categories; any other one stands for all others."""
    yield from ((category.code,) for category in categories if category.exclusive)
    together = [category.code for category in categories if not category.exclusive]
    other = [code for code in together if code not in compared][:1]
    told_apart = [code for code in together if code in compared]
    for size in range(len(told_apart) + 1):
        for chosen in combinations(told_apart, size):
            if chosen or other:
                yield (*chosen, *other)
            if chosen and other:
                yield chosen


def _numbers(domain: Number, compared: frozenset[str]) -> Iterator[Decimal]:
    """The limits, and around every number compared with the nearest that can be answered."""
    step = Decimal(1).scaleb(-domain.decimals)
    near = {domain.minimum, domain.maximum}
    for operand in compared:
        whole = Decimal(operand).quantize(step)
        near |= {whole - step, whole, whole + step}
    yield from sorted(number for number in near if domain.minimum <= number <= domain.maximum)
