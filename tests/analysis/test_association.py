"""A theme that goes with dissatisfaction is told as that, shrunk, and of nobody alone."""

from math import exp, log, sqrt

import pytest

from analysis import danish
from analysis.association import Association, associate, odds_ratio


def test_the_ratio_by_hand() -> None:
    ratio, low, high = odds_ratio(20, 10, 15, 55)
    logged = log(20.5 * 55.5 / (10.5 * 15.5))
    variance = 1 / 20.5 + 1 / 10.5 + 1 / 15.5 + 1 / 55.5
    shrunk = logged / (1 + variance)
    assert ratio == pytest.approx(exp(shrunk))
    assert (high / low) == pytest.approx(exp(2 * 1.959964 * sqrt(variance / (1 + variance))))
    # No association, and the same table turned round
    assert odds_ratio(10, 10, 10, 10)[0] == pytest.approx(1)
    assert odds_ratio(10, 20, 55, 15)[0] == pytest.approx(1 / ratio)


def test_few_people_are_drawn_most() -> None:
    few, many = odds_ratio(4, 2, 2, 4)[0], odds_ratio(400, 200, 200, 400)[0]
    assert 1 < few < many == pytest.approx(4, abs=0.2)


def people(first: int, n: int) -> set[str]:
    return {str(number) for number in range(first, first + n)}


def test_a_theme_needs_ten_on_each_side_and_no_unanimity() -> None:
    everybody = people(0, 60)
    unhappy = people(0, 12) | people(40, 6)
    themes = {
        "wait": ("Ventetid", people(0, 20)),
        "few": ("Få", people(30, 9)),
        "all": ("Næsten alle", people(0, 52)),
        "unhappy": ("Kun utilfredse", people(0, 12)),
        # Two people more than another: the two would be what is left
        "near": ("Tæt på", people(0, 20) | people(50, 2)),
    }
    found = associate(themes, unhappy, everybody)
    assert [one.theme for one in found] in (["wait"], ["near"])
    assert associate(themes, unhappy, people(0, 4)) == ()


def test_the_words_say_association() -> None:
    sure = Association("wait", "Ventetid", 20, 2.34, 1.21, 4.4)
    assert danish.association(sure) == "2,3 gange så store odds (mellem 1,2 og 4,4)"
    unsure = Association("wait", "Ventetid", 20, 1.4, 0.8, 2.4)
    assert danish.association(unsure).endswith("men det kan være tilfældigt")
