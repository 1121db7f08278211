"""Killed -9 in the middle of sending, everybody still gets exactly one message."""

import random
import sys
from collections.abc import Iterator

import pytest

from surveys.database import Database
from surveys.steps import State
from tests.delivery.killed import POINTS
from tests.delivery.ordeal import Ordeal, killed_at_random

SENDER = (sys.executable, "-m", "tests.delivery.killed")


@pytest.fixture
def ordeal(sqlite: Database, request: pytest.FixtureRequest) -> Iterator[Ordeal]:
    made = Ordeal(sqlite, request.param)
    yield made
    made.close()


@pytest.mark.parametrize("ordeal", [24], indirect=True)
def test_whichever_point_it_dies_at(ordeal: Ordeal) -> None:
    died = ordeal.begin(*SENDER, *POINTS).wait(60)
    assert died >= len(POINTS) - 1
    assert ordeal.counted() == {1: 24}
    assert ordeal.states() == {State.DONE: 24}


@pytest.mark.parametrize("ordeal", [200], indirect=True)
def test_two_hundred_people_and_three_kills(ordeal: Ordeal) -> None:
    outcome = killed_at_random(ordeal, 3, random.Random(7), SENDER, patience=60)  # noqa: S311
    assert outcome.times == {1: 200}
    assert outcome.states == {State.DONE: 200}
    assert outcome.kills == 3
