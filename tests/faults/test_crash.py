"""F1 and F3, in short: processes that die in mid-submit, and one invitation sent by many at once.

`make soak` does the same for longer.
"""

import pytest

from tests.bench.installation import kinds
from tests.conftest import POSTGRESQL
from tests.soak.crash import crash
from tests.soak.stampede import stampede


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param not in kinds():
        pytest.skip(f"{POSTGRESQL} is not set: the PostgreSQL half is not tested.")
    return request.param


def test_whoever_saw_the_thank_you_is_counted_once_whatever_was_killed(kind: str) -> None:
    outcome = crash(kind, kills=6)
    assert outcome.problems == []
    assert outcome.broken, "no kill hit anybody who was sending"
    assert len(outcome.thanked) >= 10


def test_a_hundred_at_once_with_one_invitation_are_one_answer_and_all_are_thanked(
    kind: str,
) -> None:
    assert stampede(kind, invitations=1) == []
