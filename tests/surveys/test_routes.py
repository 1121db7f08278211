"""Every way through an instrument is followed, and what none of them asks is named."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import definition
from surveys.instrument import Instrument, Missing
from surveys.journey import Journey
from surveys.routes import Routes, routes
from tests.surveys.arbitrary import answers_to, instruments

HEAD = """\
name: sound
version: 1
audience: citizen
minutes: 2
title: Titel
purpose: Formål
next_step: Bagefter
sections:
  - id: all
    title: Alt
    items:
"""
ROLE = """\
      - {id: role, kind: single, text: Hvem, required: Vælg, categories: [
          {code: staff, label: Ansat}, {code: refugee, label: Flygtning}]}
"""
AGE = "      - {id: age, kind: number, minimum: 0, maximum: 100, text: Alder}\n"


def text(name: str, rule: str) -> str:
    return f"      - {{id: {name}, kind: text, text: Hvad, ask_if: {rule}}}\n"


def found(*items: str) -> Routes:
    return routes(definition.read(HEAD + "".join(items)))


STAFF, REFUGEE = "{item: role, equals: staff}", "{item: role, equals: refugee}"


def test_branches_that_exclude_each_other_are_not_added_up() -> None:
    assert found(ROLE, text("a", STAFF), text("b", REFUGEE)) == Routes(2, 2, ())
    assert found(ROLE, text("a", STAFF), text("b", STAFF), text("c", REFUGEE)) == Routes(2, 3, ())


def test_conditions_that_contradict_together_are_found() -> None:
    both = text("b", "{all: [{item: role, equals: staff}, {item: role, equals: refugee}]}")
    assert found(ROLE, both).unreachable == ("b",)
    # What leads there is asked of the others
    assert found(
        ROLE, text("a", STAFF), text("b", "{all: [{item: a, answered: true}, " + REFUGEE + "]}")
    ).unreachable == ("b",)
    between = "{all: [{item: age, at_least: 18}, {item: age, at_most: 17.5}]}"
    assert found(AGE, text("b", between)).unreachable == ("b",)
    assert found(AGE, text("b", between.replace("17.5", "18"))).unreachable == ()


def test_what_follows_something_unreachable_is_unreachable() -> None:
    nobody = text("b", "{all: [{item: role, equals: staff}, {item: role, equals: refugee}]}")
    assert found(ROLE, nobody, text("c", "{item: b, answered: true}")).unreachable == ("b", "c")


def test_the_check_names_the_place_of_what_is_never_asked() -> None:
    (defect,) = definition.defects(
        HEAD
        + ROLE
        + text("b", "{all: [{item: role, equals: staff}, {item: role, equals: refugee}]}")
    )
    assert defect.path == "sections.0.items.1.ask_if"
    assert defect.cause.startswith("“b” is never asked")


def test_too_many_ways_to_follow_are_not_followed() -> None:
    categories = ", ".join(f"{{code: c{n}, label: C}}" for n in range(14))
    many = f"      - {{id: many, kind: multiple, text: Hvad, categories: [{categories}]}}\n"
    rules = "".join(text(f"t{n}", f"{{item: many, equals: c{n}}}") for n in range(14))
    assert found(many, rules) == Routes(1, 15, ())


@given(st.data())
def test_no_walk_is_shorter_or_longer_or_asks_what_is_unreachable(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    ways = routes(instrument)
    for _ in range(5):
        answers = {item.id: data.draw(answers_to(item)) for item in instrument}
        asked = [item for item in Journey(instrument, answers).route if item.companion_of is None]
        assert ways.fewest <= len(asked) <= ways.most
        assert not {item.id for item in asked} & set(ways.unreachable)


def exhaustive(instrument: Instrument, values: dict[str, list[object]]) -> set[int]:
    lengths = set()
    for given_answers in product(*values.values()):
        answers = {item.id: Missing.SKIPPED for item in instrument} | dict(
            zip(values, given_answers, strict=True)
        )
        lengths.add(len(Journey(instrument, answers).route))
    return lengths


@pytest.mark.parametrize("name", ["mentorprogram", "en_indgang"])
def test_the_lengths_of_what_ships_are_those_of_its_walks(name: str) -> None:
    instrument = definition.catalogue()[name]
    roles = [category.code for category in instrument["role"].categories]
    lengths = exhaustive(instrument, {"role": roles})
    ways = routes(instrument)
    assert (ways.fewest, ways.most) == (min(lengths), max(lengths))
