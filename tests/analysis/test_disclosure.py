"""Nobody in a group of one to four can be found by adding and subtracting what is shown."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import combinations, product
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure import (
    Counting,
    ImpossibleUnits,
    Ledger,
    Unit,
    audit,
    counting_of,
    people_directly_in,
    protect_tree,
    read_units,
)

Tree = Mapping[str, Unit]
TREES = 1000


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Unit]:
    """Any tree or forest of up to twelve units, each with its own people."""
    size = draw(st.integers(1, 12))
    own = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    return {
        str(i): Unit(None if i == 0 else draw(st.sampled_from([None, *map(str, range(i))])), own[i])
        for i in range(size)
    }


def organisation(seed: int) -> dict[str, Unit]:
    """A municipality with departments, sections and teams; each unit has its own people."""
    rng = np.random.default_rng(seed)
    units = {"0": Unit(None, int(rng.integers(0, 6)))}
    level = ["0"]
    for depth in range(int(rng.integers(1, 4))):
        below = []
        for parent in level:
            for _ in range(int(rng.integers(1 if depth else 2, 6))):
                name = str(len(units))
                units[name] = Unit(parent, int(rng.integers(0, 15)))
                below.append(name)
        level = below
    return units


def inclusive(units: Tree) -> dict[str, Unit]:
    """The same tree, with each number counting the units below too."""
    people = {name: unit.n for name, unit in units.items()}
    for name, unit in reversed(units.items()):
        if unit.parent is not None:
            people[unit.parent] += people[name]
    return {name: Unit(unit.parent, people[name]) for name, unit in units.items()}


def groups(units: Tree, shown: Iterable[str]) -> list[set[str]]:
    """The units whose people each shown figure is about."""
    members: dict[str, set[str]] = {name: {name} for name in units}
    for name in units:
        above = units[name].parent
        while above is not None:
            members[above].add(name)
            above = units[above].parent
    return [members[name] for name in shown]


def exposed(units: Tree, shown: Iterable[str]) -> frozenset[str] | None:
    """Audit the shown units of a tree whose numbers count a unit's own people."""
    cells = {name: unit.n for name, unit in units.items()}
    return audit(groups(units, shown), cells)


class TestTree:
    def test_the_remainder_is_never_one_to_four(self) -> None:
        """Teams of 3, 6 and 8 in a unit of 17: hiding the 3 alone gives it away."""
        tree = {
            "all": Unit(None, 17),
            "a": Unit("all", 3),
            "b": Unit("all", 6),
            "c": Unit("all", 8),
        }
        assert protect_tree(tree) == (("all", "c"), ("a", "b"))

    def test_people_directly_in_a_unit_are_part_of_the_remainder(self) -> None:
        assert protect_tree({"all": Unit(None, 13), "a": Unit("all", 5), "b": Unit("all", 6)}) == (
            ("all", "b"),
            ("a",),
        )

    def test_small_units_hide_behind_each_other(self) -> None:
        sizes = {"a": 2, "b": 3, "c": 8}
        tree = {"all": Unit(None, 13)} | {name: Unit("all", n) for name, n in sizes.items()}
        assert protect_tree(tree).shown == ("all", "c")

    def test_all_is_shown_when_nothing_is_left_over(self) -> None:
        tree = {"all": Unit(None, 11), "a": Unit("all", 5), "b": Unit("all", 6)}
        assert protect_tree(tree) == (("all", "a", "b"), ())

    def test_a_hidden_unit_hides_all_below_it(self) -> None:
        tree = {
            "all": Unit(None, 22),
            "small": Unit("all", 3),
            "a": Unit("all", 9),
            "a1": Unit("a", 9),
            "b": Unit("all", 10),
        }
        assert protect_tree(tree).shown == ("all", "b")

    def test_an_empty_unit_hides_nothing_else(self) -> None:
        tree = {"all": Unit(None, 6), "empty": Unit("all", 0), "a": Unit("all", 6)}
        assert protect_tree(tree) == (("all", "a"), ("empty",))

    def test_the_minimum_is_a_choice(self) -> None:
        tree = {"all": Unit(None, 30), "a": Unit("all", 9), "b": Unit("all", 21)}
        assert protect_tree(tree, minimum=9).shown == ("all", "a", "b")
        assert protect_tree(tree, minimum=10).shown == ("all",)

    def test_no_units_and_no_answers(self) -> None:
        assert protect_tree({}) == ((), ())
        assert protect_tree({"a": Unit(None, 0), "b": Unit(None, 4)}) == ((), ("a", "b"))

    def test_a_deep_and_a_wide_tree_take_no_time(self) -> None:
        deep = {str(i): Unit(str(i - 1) if i else None, 30_000 - i) for i in range(20_000)}
        wide = {"top": Unit(None, 0)} | {str(i): Unit("top", i % 9) for i in range(20_000)}
        start = process_time()
        assert protect_tree(deep).shown == ("0",)
        assert len(protect_tree(wide).shown) > 8000
        assert process_time() - start < 2

    @given(trees())
    def test_whatever_the_tree_nobody_is_exposed(self, tree: dict[str, Unit]) -> None:
        for units in (tree, inclusive(tree)):
            shown, hidden = protect_tree(units)
            assert sorted(shown + hidden) == sorted(units)
            assert audit(groups(units, shown), people_directly_in(units)) is None

    @given(trees())
    def test_what_the_numbers_count_makes_no_difference_to_safety(
        self, tree: dict[str, Unit]
    ) -> None:
        """Not told what the numbers count, the answer is safe under every possible reading."""
        shown = protect_tree(tree).shown
        assert exposed(tree, shown) is None
        if counting_of(tree) is Counting.INCLUSIVE:
            assert audit(groups(tree, shown), people_directly_in(tree)) is None

    @given(trees())
    def test_the_two_ways_of_counting_say_the_same_of_the_same_people(
        self, tree: dict[str, Unit]
    ) -> None:
        whole = inclusive(tree)
        assert people_directly_in(whole, Counting.INCLUSIVE) == people_directly_in(
            tree, Counting.OWN
        )
        own = protect_tree(tree, counting=Counting.OWN)
        assert own == protect_tree(whole, counting=Counting.INCLUSIVE) == protect_tree(whole)

    @given(trees(), st.data())
    def test_more_answers_never_show_a_small_group(
        self, tree: dict[str, Unit], data: st.DataObject
    ) -> None:
        for name, unit in tree.items():
            tree[name] = Unit(unit.parent, unit.n + data.draw(st.integers(0, 4)))
        shown = protect_tree(tree, counting=Counting.OWN).shown
        assert all(inclusive(tree)[name].n >= 5 for name in shown)
        assert exposed(tree, shown) is None

    @given(trees(), st.randoms())
    def test_the_order_of_the_units_makes_no_difference(
        self, tree: dict[str, Unit], rng: st.DataObject
    ) -> None:
        names = list(tree)
        rng.shuffle(names)
        shuffled = protect_tree({name: tree[name] for name in names})
        assert set(shuffled.shown) == set(protect_tree(tree).shown)


class TestAThousandOrganisations:
    def test_nothing_is_exposed_and_three_quarters_is_shown(self) -> None:
        reach = shown_in_all = 0
        for seed in range(TREES):
            tree = organisation(seed)
            whole = inclusive(tree)
            shown = protect_tree(whole).shown
            assert exposed(tree, shown) is None
            assert shown == protect_tree(tree, counting=Counting.OWN).shown
            reach += sum(unit.n >= 5 for unit in whole.values())
            shown_in_all += len(shown)
        assert shown_in_all / reach >= 0.75

    @pytest.mark.parametrize("counting", [None, Counting.OWN])
    def test_nothing_is_exposed_whether_or_not_told_what_the_numbers_count(
        self, counting: Counting | None
    ) -> None:
        for seed in range(TREES):
            tree = organisation(seed)
            assert exposed(tree, protect_tree(tree, counting=counting).shown) is None


def threshold_only(tree: Tree) -> list[str]:
    return [name for name, unit in inclusive(tree).items() if unit.n >= 5]


def a_hidden_unit_hides_only_itself(tree: Tree) -> list[str]:
    shown, whole = protect_tree(tree, counting=Counting.OWN).shown, inclusive(tree)
    return [
        name
        for name, unit in whole.items()
        if name in shown or (unit.n >= 5 and unit.parent not in {None, *shown})
    ]


def people_directly_in_a_unit_are_forgotten(tree: Tree) -> list[str]:
    parents = {unit.parent for unit in tree.values()}
    bare = {n: Unit(unit.parent, 0 if n in parents else unit.n) for n, unit in tree.items()}
    return list(protect_tree(bare, counting=Counting.OWN).shown)


def the_limit_is_one_off(tree: Tree) -> list[str]:
    return list(protect_tree(tree, minimum=4, counting=Counting.OWN).shown)


@pytest.mark.parametrize(
    "rule",
    [
        threshold_only,
        a_hidden_unit_hides_only_itself,
        people_directly_in_a_unit_are_forgotten,
        the_limit_is_one_off,
    ],
)
def test_the_audit_catches_a_planted_fault(rule: Callable[[Tree], list[str]]) -> None:
    faults = [exposed(tree, rule(tree)) for tree in map(organisation, range(100))]
    assert any(faults)


def rank(rows: Iterable[Iterable[int]]) -> int:
    """Rank over the rational numbers, by plain elimination."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left[found:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        found += 1
        for index in range(found, len(left)):
            factor = left[index][column] / pivot[column]
            left[index] = [a - factor * b for a, b in zip(left[index], pivot, strict=True)]
    return found


def is_exposed(figures: list[set[str]], cells: Mapping[str, int], minimum: int) -> bool:
    """Try every set of people: slow, and by the definition alone."""
    people = [cell for cell, n in cells.items() for _ in range(n)]
    released = [[int(cell in figure) for cell in people] for figure in figures]
    before = rank(released)
    return any(
        rank([*released, [int(index in few) for index in range(len(people))]]) == before
        for size in range(1, minimum)
        for few in combinations(range(len(people)), size)
    )


def some_cells_are_exposed(held: np.ndarray, sizes: np.ndarray, minimum: int) -> bool:
    """The same for whole cells, which is enough: a figure counts all of a cell or none."""
    rows = held.astype(int).tolist()
    before = rank(rows)
    return any(
        0 < np.dot(few, sizes) < minimum and rank([*rows, few]) == before
        for few in product((0, 1), repeat=len(sizes))
    )


class TestAudit:
    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_agrees_with_trying_every_set_of_people(self, data: st.DataObject) -> None:
        sizes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
        cells = {str(index): n for index, n in enumerate(sizes)}
        some = st.sets(st.sampled_from(list(cells)))
        figures = data.draw(st.lists(some, max_size=6))
        minimum = data.draw(st.integers(1, 4))
        found = audit(figures, cells, minimum)
        assert (found is not None) == is_exposed(figures, cells, minimum)
        if found is not None:
            assert 0 < sum(cells[cell] for cell in found) < minimum
            people = [cell for cell, n in cells.items() for _ in range(n)]
            rows = [[int(cell in figure) for cell in people] for figure in figures]
            assert rank([*rows, [int(cell in found) for cell in people]]) == rank(rows)

    def test_agrees_with_trying_every_set_of_cells_in_tangled_groups(self) -> None:
        rng = np.random.default_rng(11)
        for _ in range(400):
            sizes = rng.integers(1, 3, size=rng.integers(5, 9))
            cells = {str(index): int(n) for index, n in enumerate(sizes)}
            held = rng.random((rng.integers(3, 8), len(cells))) < 0.5
            figures = [{str(index) for index in np.flatnonzero(row)} for row in held]
            minimum = int(rng.integers(3, 7))
            found = audit(figures, cells, minimum)
            assert (found is not None) == some_cells_are_exposed(held, sizes, minimum)

    @pytest.mark.parametrize(
        ("figures", "twos", "ones", "minimum", "few"),
        [
            ("de afg cdf", "abdg", "cef", 4, "de"),
            ("bdeg cdfg bcdg bdef acfg bcde", "bd", "acefg", 5, "acef"),
        ],
    )
    def test_finds_sets_that_only_appear_on_the_way_through_larger_ones(
        self, figures: str, twos: str, ones: str, minimum: int, few: str
    ) -> None:
        cells = dict.fromkeys(twos, 2) | dict.fromkeys(ones, 1)
        assert audit(figures.split(), cells, minimum) == set(few)

    def test_finds_what_takes_a_half_to_compute(self) -> None:
        """(a + b) + (a + c) − (b + c) is twice a."""
        cells = {"a": 3, "b": 9, "c": 9}
        assert audit([{"a", "b"}, {"a", "c"}, {"b", "c"}], cells) == {"a"}
        assert audit([{"a", "b"}, {"a", "c"}], cells) is None

    def test_finds_what_two_breakdowns_side_by_side_give_away(self) -> None:
        """By team and by channel each figure is large; the one in the south on the web is not."""
        cells = {"north web": 9, "south web": 1, "south kiosk": 8}
        teams = [{"north web"}, {"south web", "south kiosk"}]
        channels = [{"north web", "south web"}, {"south kiosk"}]
        assert audit(teams, cells) is None
        assert audit(channels, cells) is None
        assert audit(teams + channels, cells) == {"south web"}

    def test_finds_a_small_set_of_several_cells(self) -> None:
        cells = {"a": 2, "b": 1, "c": 1, "d": 20}
        assert audit([set(cells), {"d"}], cells) == {"a", "b", "c"}
        assert audit([set(cells), {"d"}], cells, minimum=4) is None

    def test_nothing_released_exposes_nobody(self) -> None:
        assert audit([], {"a": 1}) is None
        assert audit([{"a"}, set()], {"a": 0}) is None
        assert audit([], {}) is None

    def test_sixty_crossed_groups_are_quick(self) -> None:
        cells, figures = crossed(60)
        start = process_time()
        assert audit(figures, cells) is None
        assert process_time() - start < 2

    def test_cells_that_are_not_counted_are_refused(self) -> None:
        with pytest.raises(ImpossibleUnits, match='"b"'):
            audit([{"a", "b"}], {"a": 9})
        with pytest.raises(ImpossibleUnits, match="whole number"):
            audit([], {"a": -1})
        with pytest.raises(ImpossibleUnits, match="at least 1"):
            audit([], {"a": 1}, minimum=0)


def crossed(count: int) -> tuple[dict[str, int], list[set[str]]]:
    """Twenty teams by five channels by four periods, and safe groups of one or two of the three."""
    rng = np.random.default_rng(5)
    axes = (20, 5, 4)
    places = {"/".join(map(str, at)): at for at in product(*map(range, axes))}
    cells = {name: int(rng.integers(0, 7)) for name in places}
    ledger = Ledger(cells)
    while len(ledger.released) < count:
        chosen = rng.choice(3, size=rng.integers(1, 3), replace=False)
        values = {axis: set(rng.integers(0, axes[axis], size=axes[axis] // 2)) for axis in chosen}
        ledger.ask({name for name, at in places.items() if all(at[i] in values[i] for i in chosen)})
    return cells, [set(group) for group in ledger.released]


class TestLedger:
    def test_refuses_the_figure_that_completes_a_subtraction(self) -> None:
        ledger = Ledger({"a": 3, "b": 6, "c": 8})
        assert ledger.ask({"a", "b", "c"})
        assert ledger.ask({"c"})
        assert not ledger.ask({"b"})
        assert not ledger.ask({"a", "c"})
        assert not ledger.ask({"a"})
        assert ledger.ask({"a", "b"})

    def test_refuses_a_group_without_people(self) -> None:
        assert not Ledger({"a": 0}).ask({"a"})
        assert not Ledger({"a": 9}).ask(())

    @given(st.data())
    def test_whatever_is_asked_nobody_is_exposed(self, data: st.DataObject) -> None:
        cells = {
            str(i): n for i, n in enumerate(data.draw(st.lists(st.integers(0, 9), max_size=8)))
        }
        questions = data.draw(st.lists(st.sets(st.sampled_from([*cells] or ["0"])), max_size=12))
        ledger = Ledger(cells)
        allowed = [q for q in questions if q <= cells.keys() and ledger.ask(q)]
        assert audit(allowed, cells) is None
        assert all(sum(cells[cell] for cell in group) >= 5 for group in allowed)

        before = ledger.released
        assert all(ledger.ask(group) for group in allowed)
        assert ledger.released == before

        again = Ledger(cells, released=before)
        assert [again.ask(q) for q in questions if q <= cells.keys()] == [
            ledger.ask(q) for q in questions if q <= cells.keys()
        ]

    @given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.data())
    def test_says_no_only_when_the_figure_would_expose_someone(
        self, sizes: list[int], data: st.DataObject
    ) -> None:
        cells = {str(index): n for index, n in enumerate(sizes)}
        ledger = Ledger(cells)
        for group in data.draw(st.lists(st.sets(st.sampled_from([*cells])), max_size=8)):
            before = ledger.released
            if not ledger.ask(group):
                few = sum(cells[cell] for cell in group) < 5
                assert few or audit([*before, group], cells) is not None

    def test_unknown_cells_are_refused(self) -> None:
        with pytest.raises(ImpossibleUnits, match='"b"'):
            Ledger({"a": 9}).ask({"b"})
        with pytest.raises(ImpossibleUnits, match='"b"'):
            Ledger({"a": 9}, released=[{"b"}])

    def test_lets_all_of_a_safe_tree_through(self) -> None:
        tree = organisation(7)
        shown = protect_tree(tree, counting=Counting.OWN).shown
        ledger = Ledger({name: unit.n for name, unit in tree.items()})
        assert all(ledger.ask(group) for group in groups(tree, shown))


class TestBadTrees:
    @pytest.mark.parametrize(
        ("document", "sentence"),
        [
            ([], '"units"'),
            ({}, '"units"'),
            ({"units": []}, '"units"'),
            ({"units": {"a": 5}}, 'Unit "a" must have'),
            ({"units": {"a": {"n": 5}}}, 'Unit "a" must have "parent"'),
            ({"units": {"a": {"parent": None}}}, 'Unit "a" must have'),
            ({"units": {"a": {"parent": 1, "n": 5}}}, 'parent of unit "a"'),
            ({"units": {"a": {"parent": None, "n": -5}}}, '"n" of unit "a" must be a whole'),
            ({"units": {"a": {"parent": None, "n": 5.0}}}, '"n" of unit "a" must be a whole'),
            ({"units": {"a": {"parent": None, "n": "5"}}}, '"n" of unit "a" must be a whole'),
            ({"units": {"a": {"parent": None, "n": True}}}, '"n" of unit "a" must be a whole'),
        ],
    )
    def test_another_shape_is_refused_with_its_place(self, document: object, sentence: str) -> None:
        with pytest.raises(ImpossibleUnits, match=sentence):
            read_units(document)

    def test_the_published_shape_is_read(self) -> None:
        document = {"units": {"a": {"parent": None, "n": 9}, "b": {"parent": "a", "n": 5}}}
        assert read_units(document) == {"a": Unit(None, 9), "b": Unit("a", 5)}

    @pytest.mark.parametrize(
        ("tree", "sentence"),
        [
            ({"a": Unit("b", 5)}, 'Unit "a" has the parent "b", which is not in the tree'),
            ({"t": Unit(None, 9), "a": Unit("b", 5), "b": Unit("a", 5)}, 'Unit "a" never reaches'),
            ({"a": Unit("a", 5)}, 'Unit "a" never reaches'),
            ({"a": Unit(None, -1)}, "whole number"),
        ],
    )
    def test_what_is_no_tree_is_refused(self, tree: Tree, sentence: str) -> None:
        for use in (protect_tree, counting_of, people_directly_in):
            with pytest.raises(ImpossibleUnits, match=sentence):
                use(tree)

    def test_numbers_that_cannot_include_the_units_below_are_refused_as_such(self) -> None:
        tree = {"a": Unit(None, 5), "b": Unit("a", 6)}
        assert counting_of(tree) is Counting.OWN
        assert protect_tree(tree).shown == ("a", "b")
        with pytest.raises(ImpossibleUnits, match="fewer people than the units below"):
            protect_tree(tree, counting=Counting.INCLUSIVE)

    def test_a_minimum_below_one_is_refused(self) -> None:
        with pytest.raises(ImpossibleUnits, match="at least 1"):
            protect_tree({}, minimum=0)
