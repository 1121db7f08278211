"""A reading never lacks its base, and its interval is the published one."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, hypergeom

from analysis.indicators import (
    Base,
    Bound,
    ImpossibleFigure,
    LeftOut,
    Reading,
    ResponseRate,
    Status,
    Tally,
    combine,
    difference,
    estimate,
    p_chart,
    rolling,
    wilson,
    xmr,
)


@st.composite
def parts(draw: st.DrawFn, least: int = 1) -> tuple[int, int]:
    n = draw(st.integers(least, 2000))
    return draw(st.integers(0, n)), n


class TestThePublishedCases:
    def test_191_of_225_is_under_85_percent_but_not_surely(self) -> None:
        reading = estimate(191, 225, invited=619, target=0.85)
        assert reading.share == 191 / 225
        assert reading.status is Status.NOT_MET_UNCERTAIN
        assert reading.n == 225
        assert reading.invited == 619

    def test_without_a_frame_its_interval_is_79_6_to_89_0(self) -> None:
        reading = estimate(191, 225, target=0.85)
        assert reading.low == pytest.approx(0.796, abs=0.0005)
        assert reading.high == pytest.approx(0.890, abs=0.0005)

    def test_with_619_invited_it_is_about_3_7_points_either_way(self) -> None:
        reading = estimate(191, 225, invited=619)
        assert reading.low is not None
        assert reading.high is not None
        assert (reading.high - reading.low) / 2 == pytest.approx(0.037, abs=0.0005)

    def test_192_of_225_is_the_first_that_meets_85_percent(self) -> None:
        assert estimate(192, 225, invited=619, target=0.85).status is Status.MET_UNCERTAIN

    def test_8_of_10_lies_between_49_and_94_percent(self) -> None:
        reading = estimate(8, 10, target=0.75)
        assert reading.low == pytest.approx(0.49, abs=0.005)
        assert reading.high == pytest.approx(0.94, abs=0.005)
        assert reading.status is Status.MET_UNCERTAIN

    def test_7_of_10_misses_75_percent_but_not_surely(self) -> None:
        assert estimate(7, 10, target=0.75).status is Status.NOT_MET_UNCERTAIN

    def test_the_response_rate_of_225_among_619(self) -> None:
        rate = estimate(191, 225, invited=619).response_rate
        assert (rate.answered, rate.invited, rate.base) == (225, 619, Base.INVITED)
        assert rate.share == 225 / 619

    def test_85_percent_in_april_and_80_in_october_show_no_change(self) -> None:
        change = difference(estimate(180, 225), estimate(191, 225))
        assert change is not None
        assert change.change == pytest.approx(-0.0489, abs=0.0001)
        assert change.low < 0 < change.high
        assert not change.demonstrable


class TestWilson:
    @given(parts())
    def test_agrees_with_scipy_without_a_population(self, part: tuple[int, int]) -> None:
        satisfied, n = part
        expected = binomtest(satisfied, n).proportion_ci(0.95, method="wilson")
        assert wilson(satisfied, n) == pytest.approx((expected.low, expected.high), abs=1e-12)

    @given(parts(), st.integers(0, 5000))
    def test_holds_the_share_and_narrows_as_the_population_shrinks(
        self, part: tuple[int, int], more: int
    ) -> None:
        satisfied, n = part
        low, high = wilson(satisfied, n, n + more)
        wider_low, wider_high = wilson(satisfied, n, n + more + 1)
        assert 0 <= wider_low <= low <= satisfied / n <= high <= wider_high <= 1

    @given(parts())
    def test_is_symmetric_between_satisfied_and_not(self, part: tuple[int, int]) -> None:
        satisfied, n = part
        low, high = wilson(satisfied, n, 2 * n)
        assert wilson(n - satisfied, n, 2 * n) == pytest.approx((1 - high, 1 - low), abs=1e-12)

    @given(parts())
    def test_is_the_share_itself_when_everybody_has_answered(self, part: tuple[int, int]) -> None:
        satisfied, n = part
        assert wilson(satisfied, n, n) == (satisfied / n, satisfied / n)

    def test_without_answers_anything_is_possible(self) -> None:
        assert wilson(0, 0) == (0.0, 1.0)

    @given(parts(), st.integers(1, 5000))
    def test_its_limits_are_where_the_score_test_turns(
        self, part: tuple[int, int], more: int
    ) -> None:
        """Solves |share − p| = 1.96·√(p(1 − p)/n·(N − n)/(N − 1)), Cochran's variance."""
        satisfied, n = part
        population = n + more
        correction = (population - n) / (population - 1)
        for limit in wilson(satisfied, n, population):
            distance = abs(satisfied / n - limit)
            error = math.sqrt(limit * (1 - limit) / n * correction)
            assert distance == pytest.approx(1.959964 * error, rel=1e-6, abs=1e-9)

    @pytest.mark.parametrize("satisfied", [420, 450, 480, 510, 540])
    def test_covers_the_share_of_a_finite_population_19_times_in_20(self, satisfied: int) -> None:
        """The chance over all samples of 200 among 600; without the correction it is 98 to 99 %."""
        drawn = hypergeom(600, satisfied, 200)
        covered = sum(
            drawn.pmf(count)
            for count in range(201)
            if (limits := wilson(count, 200, 600))[0] <= satisfied / 600 <= limits[1]
        )
        assert 0.94 <= covered <= 0.965

    def test_more_answers_than_people_are_refused(self) -> None:
        with pytest.raises(ImpossibleFigure, match="population of 9"):
            wilson(8, 10, 9)


class TestStatus:
    @pytest.mark.parametrize(
        ("satisfied", "answered", "invited", "target", "status"),
        [
            (17, 20, 20, 0.85, Status.MET),
            (16, 20, 20, 0.85, Status.NOT_MET),
            (95, 100, None, 0.85, Status.MET),
            (17, 20, None, 0.85, Status.MET_UNCERTAIN),
            (70, 100, None, 0.85, Status.NOT_MET),
            (4, 4, None, 0.85, Status.TOO_FEW),
            (0, 0, None, 0.85, Status.TOO_FEW),
            (4, 4, None, None, Status.TOO_FEW),
            (5, 5, None, None, None),
            (10, 10, None, 1, Status.MET_UNCERTAIN),
            (0, 10, None, 0, Status.MET),
        ],
    )
    def test_follows_estimate_and_limits(
        self,
        satisfied: int,
        answered: int,
        invited: int | None,
        target: float | None,
        status: Status | None,
    ) -> None:
        assert estimate(satisfied, answered, invited, target).status is status

    @given(parts(5), st.integers(0, 1000))
    def test_compares_the_unrounded_share(self, part: tuple[int, int], thousandths: int) -> None:
        satisfied, n = part
        status = estimate(satisfied, n, target=thousandths / 1000).status
        reached = Fraction(satisfied, n) >= Fraction(thousandths, 1000)
        assert (status in {Status.MET, Status.MET_UNCERTAIN}) == reached

    def test_a_target_at_a_limit_is_not_beyond_it(self) -> None:
        reading = estimate(8, 10)
        assert estimate(8, 10, target=reading.low).status is Status.MET
        assert estimate(8, 10, target=reading.high).status is Status.NOT_MET_UNCERTAIN

    def test_reads_as_the_words_of_the_public_json(self) -> None:
        assert [status.value for status in Status] == [
            "met",
            "met_uncertain",
            "not_met_uncertain",
            "not_met",
            "too_few",
        ]


class TestReading:
    @given(st.integers(0, 4), st.integers(0, 9))
    def test_tells_no_figure_below_the_disclosure_minimum(self, n: int, more: int) -> None:
        reading = estimate(n, n, invited=n + more, target=0.5)
        assert (reading.satisfied, reading.share, reading.low, reading.high) == (None,) * 4
        assert reading.status is Status.TOO_FEW
        assert reading.shown() is None
        assert reading.n == n

    def test_those_left_out_count_in_the_rate_and_not_in_the_share(self) -> None:
        left_out = LeftOut(dont_know=3, refused=1, skipped=2, not_applicable=1, not_reached=3)
        reading = estimate(8, 10, invited=40, left_out=left_out)
        assert reading.share == 0.8
        assert reading.left_out.total == 10
        assert reading.response_rate.share == 0.5

    def test_has_no_response_rate_without_a_frame(self) -> None:
        assert estimate(8, 10).response_rate.share is None
        assert ResponseRate(0, 0).share is None

    def test_cannot_be_made_without_its_interval(self) -> None:
        rate, none = ResponseRate(10, None), LeftOut()
        with pytest.raises(ImpossibleFigure):
            Reading(8, 10, none, rate, 0.8, None, 0.9, None, None)
        with pytest.raises(ImpossibleFigure):
            Reading(None, 4, none, rate, None, None, None, None, None)
        with pytest.raises(ImpossibleFigure):
            Reading(3, 4, none, rate, None, None, None, None, Status.TOO_FEW)

    @pytest.mark.parametrize(
        ("numbers", "sentence"),
        [
            ({"satisfied": 11, "answered": 10}, "exchanged"),
            ({"satisfied": 8, "answered": 10, "invited": 9}, "only 9 were invited"),
            ({"satisfied": -1, "answered": 10}, "satisfied must be a whole number"),
            ({"satisfied": 0, "answered": -1}, "valid answers must be a whole number"),
            ({"satisfied": 8.0, "answered": 10}, "whole number"),
            ({"satisfied": True, "answered": 10}, "whole number"),
            ({"satisfied": "8", "answered": 10}, "whole number"),
            ({"satisfied": 8, "answered": 10, "invited": 40.5}, "invited must be a whole number"),
            ({"satisfied": 8, "answered": 10, "target": 85}, "85 % as 0.85"),
            ({"satisfied": 8, "answered": 10, "target": -0.1}, "0 to 1"),
            ({"satisfied": 8, "answered": 10, "target": math.nan}, "0 to 1"),
            ({"satisfied": 2, "answered": 3, "target": 2}, "0 to 1"),
        ],
    )
    def test_impossible_numbers_are_refused_in_a_sentence(
        self, numbers: dict[str, object], sentence: str
    ) -> None:
        with pytest.raises(ImpossibleFigure, match=sentence):
            estimate(**numbers)

    def test_those_left_out_must_have_been_invited_too(self) -> None:
        with pytest.raises(ImpossibleFigure, match="12 answered"):
            estimate(8, 10, invited=11, left_out=LeftOut(dont_know=2))
        with pytest.raises(ImpossibleFigure, match="skipped"):
            LeftOut(skipped=-1)


class TestShown:
    def test_ten_answers_are_a_count_and_twenty_a_share(self) -> None:
        ten, twenty = estimate(8, 10).shown(), estimate(16, 20).shown()
        assert ten is not None
        assert twenty is not None
        assert (ten.bound, ten.count) == (Bound.EXACT, 8)
        assert (twenty.bound, twenty.count, twenty.share) == (Bound.EXACT, None, 0.8)

    @given(parts(5), st.none() | st.integers(0, 500))
    def test_all_cannot_be_told_from_all_but_one(
        self, part: tuple[int, int], more: int | None
    ) -> None:
        _, n = part
        invited = None if more is None else n + more
        assert estimate(n, n, invited).shown() == estimate(n - 1, n, invited).shown()
        assert estimate(0, n, invited).shown() == estimate(1, n, invited).shown()
        all_but_one, one = estimate(n - 1, n, invited), estimate(1, n, invited)
        for reading in (all_but_one, one, estimate(n, n, invited), estimate(0, n, invited)):
            shown = reading.shown()
            assert shown is not None
            assert reading.low is not None
            assert reading.high is not None
            assert shown.low <= reading.low <= reading.high <= shown.high

    @given(parts(5), st.none() | st.integers(0, 500))
    def test_what_is_shown_is_true_and_holds_the_interval(
        self, part: tuple[int, int], more: int | None
    ) -> None:
        satisfied, n = part
        reading = estimate(satisfied, n, None if more is None else n + more)
        shown = reading.shown()
        assert shown is not None
        assert reading.low is not None
        assert reading.high is not None
        assert shown.low <= reading.low <= reading.high <= shown.high
        if shown.bound is Bound.EXACT:
            assert shown.share == satisfied / n
            assert shown.count in {None, satisfied}
        elif shown.bound is Bound.AT_LEAST:
            assert satisfied / n >= shown.share
        else:
            assert satisfied / n <= shown.share

    def test_near_unanimity_in_a_large_group_is_90_or_10_percent(self) -> None:
        assert [
            (shown.bound, shown.count, shown.share)
            for satisfied in (30, 29, 28, 2, 1, 0)
            if (shown := estimate(satisfied, 30).shown())
        ] == [
            (Bound.AT_LEAST, None, 0.9),
            (Bound.AT_LEAST, None, 0.9),
            (Bound.EXACT, None, 28 / 30),
            (Bound.EXACT, None, 2 / 30),
            (Bound.AT_MOST, None, 0.1),
            (Bound.AT_MOST, None, 0.1),
        ]


class TestCombine:
    def test_weighs_items_and_not_answers(self) -> None:
        combined = combine([estimate(160, 200, 400), estimate(9, 10, 400)], target=0.85)
        assert combined.share == 0.85
        assert combined.status is Status.MET_UNCERTAIN
        assert (combined.n, combined.items, combined.satisfied) == (10, 2, None)

    def test_its_limits_are_the_averages_of_the_items_limits(self) -> None:
        combined = combine([estimate(160, 200), estimate(9, 10)])
        low, high = np.mean([wilson(160, 200), wilson(9, 10)], axis=0)
        assert (combined.low, combined.high) == pytest.approx((low, high))

    def test_an_indicator_of_one_item_is_that_item(self) -> None:
        one = estimate(191, 225, 619, 0.85, LeftOut(dont_know=4))
        assert combine([one], target=0.85) == one

    def test_items_that_agree_keep_their_interval(self) -> None:
        one = estimate(191, 225, 619)
        three = combine([one, one, one])
        assert (three.low, three.high) == pytest.approx((one.low, one.high))

    def test_is_too_few_when_one_item_is(self) -> None:
        combined = combine([estimate(8, 10), estimate(2, 4)], target=0.5)
        assert combined.status is Status.TOO_FEW
        assert (combined.share, combined.low, combined.high) == (None, None, None)
        assert combined.n == 4

    def test_adds_up_what_was_left_out_and_keeps_the_widest_rate(self) -> None:
        combined = combine(
            [
                estimate(8, 10, 40, left_out=LeftOut(dont_know=2)),
                estimate(8, 11, 40, left_out=LeftOut(dont_know=1, skipped=1)),
            ]
        )
        assert combined.left_out == LeftOut(dont_know=3, skipped=1)
        assert combined.response_rate == ResponseRate(13, 40)

    def test_its_interval_covers_at_least_19_times_in_20(self) -> None:
        """Three items with shares .7, .8 and .9; an answer may be the person's own mood."""
        rng, rounds, n = np.random.default_rng(1977), 1000, 120
        for mood in (0.0, 0.5, 1.0):
            shape = (rounds, n, 3)
            moved = rng.random(shape) < mood
            draws = np.where(moved, rng.random((rounds, n, 1)), rng.random(shape))
            covered = 0
            for counts in (draws < (0.7, 0.8, 0.9)).sum(axis=1):
                combined = combine([estimate(int(count), n) for count in counts])
                assert combined.low is not None
                assert combined.high is not None
                covered += combined.low <= 0.8 <= combined.high
            assert covered / rounds >= 0.94

    def test_what_is_no_indicator_is_refused(self) -> None:
        ten = estimate(8, 10, 40)
        with pytest.raises(ImpossibleFigure, match="at least one"):
            combine([])
        with pytest.raises(ImpossibleFigure, match="each of one item"):
            combine([combine([ten, ten]), ten])
        with pytest.raises(ImpossibleFigure, match="different groups"):
            combine([ten, estimate(8, 10, 41)])
        with pytest.raises(ImpossibleFigure, match="0 to 1"):
            combine([ten], target=75)


class TestDifference:
    def test_agrees_with_newcombes_own_example(self) -> None:
        """56 of 70 against 48 of 80 in Newcombe 1998, table II, method 10."""
        change = difference(estimate(56, 70), estimate(48, 80))
        assert change is not None
        assert change.change == pytest.approx(0.2)
        assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=0.00005)
        assert change.demonstrable

    @given(parts(5), parts(5))
    def test_is_turned_round_with_its_readings(
        self, first: tuple[int, int], second: tuple[int, int]
    ) -> None:
        there = difference(estimate(*first), estimate(*second))
        back = difference(estimate(*second), estimate(*first))
        assert there is not None
        assert back is not None
        assert -1 <= there.low <= there.change <= there.high <= 1
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
        assert there.demonstrable == back.demonstrable

    def test_is_nothing_when_either_has_too_few(self) -> None:
        assert difference(estimate(4, 4), estimate(8, 10)) is None
        assert difference(estimate(8, 10), estimate(4, 4)) is None


class TestOverTime:
    def test_rolling_windows_add_up_every_run(self) -> None:
        weeks = [Tally(1, 2), Tally(0, 3), Tally(4, 4), Tally(2, 5)]
        assert rolling(weeks, 2) == (Tally(1, 5), Tally(4, 7), Tally(6, 9))
        assert rolling(weeks, 4) == (Tally(7, 14),)
        assert rolling(weeks, 5) == ()
        assert rolling([Tally(1, 1)] * 13) == (Tally(12, 12), Tally(12, 12))
        with pytest.raises(ImpossibleFigure, match="at least one period"):
            rolling(weeks, 0)
        with pytest.raises(ImpossibleFigure):
            Tally(3, 2)

    def test_limits_of_shares_follow_the_number_of_answers(self) -> None:
        """p̄ = 30/100: 0.3 ± 3·√(0.21/n) with n = 21, 79 and none."""
        limits = p_chart([Tally(6, 21), Tally(24, 79), Tally(0, 0)])
        assert [limit.centre for limit in limits] == pytest.approx([0.3] * 3)
        assert (limits[0].low, limits[0].high) == pytest.approx((0.0, 0.6))
        assert limits[1].high == pytest.approx(0.3 + 3 * math.sqrt(0.21 / 79))
        assert limits[1].low == pytest.approx(0.3 - 3 * math.sqrt(0.21 / 79))
        assert (limits[2].low, limits[2].high) == (0.0, 1.0)
        with pytest.raises(ImpossibleFigure, match="with answers"):
            p_chart([Tally(0, 0)])

    def test_limits_of_single_values_follow_the_moving_range(self) -> None:
        """Values 10, 12, 11, 15: mean 12, moving ranges 2, 1, 4, their mean 7/3."""
        limits = xmr([10, 12, 11, 15])
        assert limits.centre == 12
        assert limits.high == pytest.approx(12 + 2.66 * 7 / 3)
        assert limits.low == pytest.approx(12 - 2.66 * 7 / 3)
        with pytest.raises(ImpossibleFigure, match="two"):
            xmr([10])
