"""Nothing that is released of a wave, to anybody and at any time, gives away one to four people."""

# ruff: noqa: S311  Every seed gives the same town again

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from analysis.disclosure import MINIMUM, Ledger, audit
from analysis.group import Group
from analysis.ledger_book import Book, Census, Part
from surveys.extract import Cell
from surveys.retention import Erasure

ITEMS = ("always", "sometimes")


@dataclass(frozen=True, slots=True)
class Person:
    """A respondent: a number, what the answer carries, and the questions with a valid answer."""

    number: int
    carried: Cell
    answered: frozenset[str]


@dataclass
class Town:
    """A wave that people come to and leave, with everything that was ever released of them."""

    chance: Random
    here: list[Person] = field(default_factory=list)
    gone: list[Person] = field(default_factory=list)
    erased: list[Erasure] = field(default_factory=list)
    """Since the last census."""
    released: list[tuple[frozenset[Person], frozenset[str]]] = field(default_factory=list)

    def comes(self) -> None:
        chance = self.chance
        cell = Cell(
            chance.choice([None, "Nord", "Syd", "Vest"]),
            chance.choice([None, "Hold 1"]),
            chance.choice(["web", "telegram"]),
            chance.choice(["da", "da", "uk"]),
            f"2026-W{chance.randint(40, 42)}",
            None,
        )
        answered = frozenset(item for item in ITEMS if item == "always" or chance.random() < 0.4)
        self.here.append(Person(len(self.here) + len(self.gone), cell, answered))

    def leaves(self) -> None:
        if self.here:
            one = self.here.pop(self.chance.randrange(len(self.here)))
            self.gone.append(one)
            self.erased.append(Erasure(str(one.number), one.carried._asdict(), one.answered))

    def census(self) -> Census:
        cells = Counter(person.carried for person in self.here)
        valid = Counter((person.carried, item) for person in self.here for item in person.answered)
        return Census(
            len(self.here),
            len(self.gone),
            cells,
            {
                (cell, item): valid[cell, item]
                for cell in cells
                for item in ITEMS
                if valid[cell, item] < cells[cell]
            },
            frozenset(ITEMS),
            tuple(self.erased),
        )

    def asks(self, book: Book, group: Group) -> None:
        shown = book.ask(group, ITEMS)
        if shown is not None:
            members = frozenset(person for person in self.here if group.holds(person.carried))
            assert len(members) >= MINIMUM
            self.released.append((members, shown))

    def exposed(self) -> Iterator[frozenset[str] | None]:
        """What each question, and the mere number, gives away: reckoned person by person."""
        for item in (None, *ITEMS):
            groups = [
                {str(one.number) for one in members if item is None or item in one.answered}
                for members, shown in self.released
                if item is None or item in shown
            ]
            yield audit(groups, {person: 1 for group in groups for person in group})


def any_group(chance: Random) -> Group:
    def maybe(*values: str) -> str | None:
        return chance.choice([None, None, *values])

    return Group(
        unit=maybe("Nord", "Syd", "Vest"),
        course=maybe("Hold 1"),
        mode=maybe("web", "telegram"),
        language=maybe("da", "uk"),
        period=maybe("2026-W40", "2026-W41--2026-W42"),
    )


def lived(seed: int, book: Book | None = None) -> Town:
    """A town whose figures are asked for in some order while people come and go."""
    town = Town(Random(seed))
    book = book or Book()
    for _ in range(town.chance.randint(1, 6)):
        for _ in range(town.chance.choice([0, 1, 3, 10, 25])):
            town.comes()
        if town.chance.random() < 0.3:
            town.leaves()
        if town.chance.random() < 0.5:
            town.leaves()
        book.absorb(town.census())
        town.erased.clear()
        assert not book.sealed
        for group in (Group(), *(any_group(town.chance) for _ in range(6))):
            town.asks(book, group)
    return town


@pytest.mark.parametrize("block", range(4))
def test_nobody_is_exposed_whoever_comes_goes_and_asks(block: int) -> None:
    shown = 0
    for seed in range(150 * block, 150 * (block + 1)):
        town = lived(seed)
        assert set(town.exposed()) == {None}, seed
        shown += len(town.released)
    assert shown > 100


def test_the_solver_finds_what_each_question_gives_away() -> None:
    """The reckoning person by person sees through figures that nobody should have released."""
    town = Town(Random(1))
    for _ in range(30):
        town.comes()
    everybody = frozenset(town.here)
    town.released = [
        (everybody, frozenset(ITEMS)),
        (everybody - {town.here[0]}, frozenset(ITEMS)),
    ]
    assert next(town.exposed()) == {str(town.here[0].number)}


def solved(groups: list[set[int]], people: int) -> set[frozenset[int]]:
    """Every set of one to four people whose indicator is in the span: by elimination, for few."""
    rows: list[list[Fraction]] = []
    for group in groups:
        row = reduced(rows, [Fraction(person in group) for person in range(people)])
        if any(row):
            rows.append(row)
    return {
        frozenset(few)
        for size in range(1, MINIMUM)
        for few in combinations(range(people), size)
        if not any(reduced(rows, [Fraction(person in few) for person in range(people)]))
    }


def reduced(rows: list[list[Fraction]], row: list[Fraction]) -> list[Fraction]:
    for known in rows:
        pivot = next(place for place, value in enumerate(known) if value)
        if row[pivot]:
            factor = row[pivot] / known[pivot]
            row = [value - factor * other for value, other in zip(row, known, strict=True)]
    return row


def test_the_audit_agrees_with_brute_force_on_small_waves() -> None:
    chance = Random(7)
    exposed = 0
    for _ in range(60):
        people = chance.randint(6, 11)
        groups = [
            set(chance.sample(range(people), chance.randint(5, people)))
            for _ in range(chance.randint(1, 5))
        ]
        found = audit(
            [{str(one) for one in group} for group in groups],
            {str(person): 1 for person in range(people)},
        )
        few = solved(groups, people)
        assert (found is None) == (not few)
        assert found is None or frozenset(map(int, found)) in few
        exposed += bool(few)
    assert 10 < exposed < 60


def test_a_ledger_that_forgets_what_others_asked_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: each user with a ledger of their own."""

    class Forgetful(Book):
        def ask(self, group: Group, items: tuple[str, ...]) -> frozenset[str] | None:
            alone = Book(self.generation, self.responses, self.erased, self.sealed, self.parts)
            return alone.ask(group, items)

    assert any(set(lived(seed, Forgetful()).exposed()) != {None} for seed in range(20))


def test_a_threshold_without_an_audit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: every group of five is told."""
    monkeypatch.setattr(
        Ledger, "ask", lambda self, group: sum(self._cells[one] for one in group) >= MINIMUM
    )
    assert any(set(lived(seed).exposed()) != {None} for seed in range(20))


def test_a_ledger_that_guesses_who_has_left_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: of several parts that somebody may have left, the oldest is taken for sure."""
    without = Book._without

    def guesses(
        self: Book, parts: list[Part], answered: frozenset[str], items: frozenset[str]
    ) -> list[Part] | None:
        certain = [part for part in parts if part.could_have(answered, items)][:1]
        others = [part for part in parts if part not in certain]
        found = without(self, certain, answered, items)
        return None if found is None else others + found

    def exposed() -> bool:
        """Ten are told; five more of the same kind come, and one of the five leaves again."""
        town, book = Town(Random(5)), Book()
        while len(town.here) < 15:
            cell = Cell("Nord", None, "web", "da", "2026-W40", None)
            town.here.append(Person(len(town.here), cell, frozenset(ITEMS)))
            if len(town.here) == 10:
                book.absorb(town.census())
                town.asks(book, Group())
        one = town.here.pop()
        town.gone.append(one)
        town.erased.append(Erasure("a", one.carried._asdict(), one.answered))
        book.absorb(town.census())
        town.asks(book, Group())
        return set(town.exposed()) != {None}

    assert not exposed()
    monkeypatch.setattr(Book, "_without", guesses)
    assert exposed()


def test_whoever_takes_an_answer_back_stops_nobody_elses_figures() -> None:
    town = Town(Random(3))
    for _ in range(40):
        town.comes()
    book = Book()
    book.absorb(town.census())
    assert book.ask(Group(), ITEMS) is not None
    # One goes and another who carries the same comes, and one never waited to be counted
    one = town.here[0]
    town.here[0] = Person(99, one.carried, one.answered)
    town.gone += [one, one]
    town.erased += [
        Erasure("a", one.carried._asdict(), one.answered),
        Erasure("b", None, None),
    ]
    book.absorb(town.census())
    town.erased.clear()
    assert (book.sealed, book.size(Group())) == (False, 40)
    for _ in range(MINIMUM):
        town.comes()
    book.absorb(town.census())
    assert book.ask(Group(mode="web"), ITEMS) is not None


def test_numbers_that_do_not_fit_seal_the_book_where_it_stood() -> None:
    town = Town(Random(3))
    for _ in range(40):
        town.comes()
    book = Book()
    book.absorb(town.census())
    town.leaves()
    town.erased.clear()
    book.absorb(town.census())
    assert (book.sealed, book.responses) == (True, 40)
    assert book.ask(Group(), ITEMS) is None
