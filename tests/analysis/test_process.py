"""What chance alone gives is told from what is more."""

from itertools import pairwise

import pytest

from analysis import danish
from analysis.indicators import combine, estimate
from analysis.process import Course, Moment, Signal, follow


def course(*counts: tuple[int, int], modes: tuple[str, ...] = ("web",)) -> Course:
    return follow([Moment(str(place), estimate(*one), modes) for place, one in enumerate(counts)])


def test_ordinary_swings_are_told_as_noise() -> None:
    found = course(*[(40 + step, 50) for step in (0, 2, -1, 1, -2, 0, 3)])
    assert found.signal is Signal.NOISE
    assert "ikke større end dem, tilfældet" in danish.SIGNALS[Signal.NOISE]
    assert found.limits is not None
    # 280 + 3 of 350; 3 standard errors of 50 answers to each side
    assert found.limits[0].centre == pytest.approx(283 / 350)
    assert danish.limits(found.limits[0]) == "mellem 64,2\xa0% og 97,5\xa0%"


def test_one_swing_that_is_too_large_is_a_signal() -> None:
    assert course(*[(80, 100)] * 7, (60, 100)).signal is Signal.OUTSIDE
    assert course(*[(80, 100)] * 4, (50, 100), *[(80, 100)] * 4).signal is Signal.EARLIER


def test_eight_on_one_side_are_a_shift() -> None:
    found = course(*[(76, 100)] * 8, *[(84, 100)] * 8)
    assert found.signal is Signal.SHIFT


def test_few_moments_have_no_limits() -> None:
    assert course(*[(40, 50)] * 5).limits is None
    # What may not be shown is no moment
    assert course(*[(40, 50)] * 5, (3, 4)).limits is None


def test_an_average_of_questions_has_limits_of_single_values() -> None:
    moments = [
        Moment(str(n), combine([estimate(n, 50), estimate(n + 4, 50)]), ("web",))
        for n in (30, 32, 31, 30, 33, 31)
    ]
    limits = follow(moments).limits
    assert limits is not None
    assert {(limit.low, limit.high) for limit in limits} == {(limits[0].low, limits[0].high)}
    steps = [abs(b - a) / 50 for a, b in pairwise((30, 32, 31, 30, 33, 31))]
    assert limits[0].high - limits[0].centre == pytest.approx(2.66 * sum(steps) / 5)


def test_channels_that_change_are_told() -> None:
    moments = [Moment("a", estimate(40, 50), ("web",)), Moment("b", estimate(40, 50), ("chat",))]
    assert follow(moments).mixed
    assert not follow(moments[:1] * 2).mixed


def test_what_nearly_all_said_is_not_reckoned_back_from_the_middle() -> None:
    """The limits come from what is shown, so nobody can solve them for what is not."""
    everybody = course(*[(40, 50)] * 6, (50, 50))
    all_but_one = course(*[(40, 50)] * 6, (49, 50))
    assert everybody.limits == all_but_one.limits
