"""Outcome rates are those of the standard, and nobody is known by having answered or not."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis import outcomes
from analysis.disclosure import audit
from analysis.indicators import Base, ImpossibleFigure
from analysis.outcomes import Dispositions, rates
from surveys.turnout import Sampled, State, States

counts = some.integers(0, 2000)
dispositions = some.builds(
    Dispositions, counts, counts, counts, counts, counts, counts, counts, counts
)


def values(found: Dispositions) -> dict[str, float | None]:
    return {rate.name: rate.value for rate in rates(found)}


def test_a_worked_example() -> None:
    found = values(Dispositions(215, 10, 20, 324, 0, 0, 50, 0))
    assert found["RR1"] == pytest.approx(215 / 619)
    assert found["RR2"] == pytest.approx(225 / 619)
    assert found["RR5"] == pytest.approx(215 / 569)
    assert found["RR6"] == pytest.approx(225 / 569)
    assert found["COOP2"] == pytest.approx(225 / 245)
    assert found["REF1"] == pytest.approx(20 / 619)
    assert found["CON1"] == pytest.approx(245 / 619)
    # Nobody known is ineligible, so e is 1
    assert found["RR3"] == found["RR1"]
    half = Dispositions(complete=50, noncontact=25, unknown_other=30, not_eligible=75)
    assert half.e == 0.5
    assert values(half)["RR3"] == pytest.approx(50 / 90)


@given(dispositions)
def test_the_rates_stand_to_each_other_as_the_standard_says(found: Dispositions) -> None:
    rate = {name: value for name, value in values(found).items() if value is not None}
    assert all(0 <= value <= 1 for value in rate.values())
    if "RR5" in rate:
        assert rate["RR1"] <= rate["RR3"] <= rate["RR5"]
        assert rate["RR2"] <= rate["RR4"] <= rate["RR6"]
        assert rate["REF1"] <= rate["REF2"] <= rate["REF3"]
        assert rate["CON1"] <= rate["CON2"] <= rate["CON3"]
        assert rate["RR1"] <= rate["RR2"]
        assert rate["RR5"] <= rate["RR6"]
    if "COOP2" in rate:
        # Contacted, and of those contacted answered
        assert rate["RR2"] == pytest.approx(rate["COOP2"] * rate["CON1"])
        assert rate["RR6"] == pytest.approx(rate["COOP2"] * rate["CON3"])
    if found.unknown == 0 and "RR1" in rate:
        assert rate["RR1"] == rate["RR3"] == rate["RR5"]


@given(dispositions)
def test_more_answers_never_lower_a_rate(found: Dispositions) -> None:
    if found.noncontact == 0:
        return
    more = Dispositions(
        found.complete + 1, found.partial, found.refused, found.noncontact - 1, found.other,
        found.unknown_household, found.unknown_other, found.not_eligible,
    )  # fmt: skip
    before, after = values(found), values(more)
    for name in ("RR1", "RR2", "RR5", "RR6", "CON1"):
        assert (after[name] or 0) >= (before[name] or 0)


def test_no_cases_have_no_rate() -> None:
    assert set(values(Dispositions(not_eligible=3)).values()) == {None}
    with pytest.raises(ImpossibleFigure):
        Dispositions(complete=-1)


def test_every_state_has_a_disposition_and_nobody_is_lost() -> None:
    states = States({state: 2**place for place, state in enumerate(State)})
    found = outcomes.disposed(states, partial=1)
    assert found.eligible + found.unknown + found.not_eligible == states.invited
    assert (found.partial, found.answered) == (1, states[State.ANSWERED])
    assert outcomes.disposed(states, partial=99).complete == 0


def test_the_base_of_a_response_rate_is_chosen_and_named() -> None:
    states = States(
        {
            State.ANSWERED: 225, State.UNDELIVERABLE: 10, State.WITHDRAWN: 4, State.REFUSED: 5,
            State.UNOPENED: 375,
        }
    )  # fmt: skip
    by_base = {base: outcomes.response_rate(states, base) for base in Base}
    assert {base: rate.invited for base, rate in by_base.items()} == {
        Base.INVITED: 619,
        Base.REACHABLE: 605,
        Base.WILLING: 600,
    }
    assert all(rate.base is base and rate.answered == 225 for base, rate in by_base.items())


def people(unit: str, team: str, answered: int, missing: int) -> list[Sampled]:
    return [
        Sampled(unit, team, None, "email", "da", state)
        for state, n in ((State.ANSWERED, answered), (State.EXPIRED, missing))
        for _ in range(n)
    ]


def test_who_answered_is_told_of_groups_that_are_large_with_their_remainders() -> None:
    sample = people("A", "x", 7, 13) + people("B", "x", 16, 0) + people("C", "x", 2, 2)
    (by_unit,) = outcomes.who_answered(sample)
    assert by_unit.variable == "unit"
    assert [(group.name, group.invited, group.rate) for group in by_unit.groups] == [
        ("A", 20, 35),
        # C's four could be had by subtracting both others from all
        ("B", 16, None),
        ("C", 4, None),
    ]


def test_a_rate_never_says_that_everybody_or_nobody_answered() -> None:
    assert outcomes.rounded(10, 10) == 90
    assert outcomes.rounded(0, 10) == 10
    assert outcomes.rounded(225, 619) == 35
    assert {outcomes.rounded(n, 200) for n in range(201)} == set(range(10, 95, 5))


@settings(max_examples=80)
@given(
    some.lists(
        some.tuples(
            some.sampled_from("AB"), some.sampled_from("xyz"), some.integers(0, 9),
            some.integers(0, 9),
        ),
        min_size=1,
        max_size=9,
    )
)  # fmt: skip
def test_no_small_group_follows_from_what_is_told(
    parts: list[tuple[str, str, int, int]],
) -> None:
    sample = [one for part in parts for one in people(*part)]
    cells = Counter((one.unit, one.team) for one in sample)
    told = [[str(cell) for cell in cells]] if len(sample) >= outcomes.SMALLEST_GROUP else []
    for breakdown in outcomes.who_answered(sample):
        place = ("unit", "team").index(breakdown.variable)
        assert sum(group.invited for group in breakdown.groups) == len(sample)
        told += [
            [str(cell) for cell in cells if cell[place] == group.name]
            for group in breakdown.groups
            if group.rate is not None
        ]
    named = {str(cell): n for cell, n in cells.items()}
    assert audit(told, named, outcomes.SMALLEST_GROUP) is None
