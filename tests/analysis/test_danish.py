"""Figures in Danish: rounded once, with a decimal comma, and never bare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import danish
from analysis.indicators import Base, LeftOut, ResponseRate, Status, combine, estimate

NBSP = "\N{NO-BREAK SPACE}"


def test_225_of_619_is_36_3_percent() -> None:
    """36.349 %; the plan's 36,4 % comes from rounding 36,35 once more."""
    assert danish.percent(225 / 619) == f"36,3{NBSP}%"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (191 / 225, "84,9"),
        (0.36349, "36,3"),
        (0.3635, "36,4"),
        (23 / 80, "28,8"),
        (1 / 16, "6,3"),
        (0.0005, "0,1"),
        (0, "0,0"),
        (1, "100,0"),
        (12.5, "1.250,0"),
    ],
)
def test_a_share_has_one_decimal_and_a_decimal_comma(share: float, text: str) -> None:
    assert danish.percent(share) == f"{text}{NBSP}%"


@pytest.mark.parametrize(
    ("change", "text"), [(0.032, "+3,2"), (-0.1634, "−16,3"), (-0.0004, "0,0"), (0, "0,0")]
)
def test_a_change_has_its_sign(change: float, text: str) -> None:
    assert danish.points(change) == f"{text}{NBSP}procentpoint"


@given(st.data())
def test_a_ratio_is_rounded_half_up_and_once(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 10**6) | st.sampled_from([16, 80, 400, 2000, 10_000]))
    part = data.draw(st.integers(0, n))
    tenths = (2000 * part + n) // (2 * n)
    assert danish.percent(part / n) == f"{tenths // 10},{tenths % 10}{NBSP}%"


def test_numbers_and_counts() -> None:
    assert danish.number(12345) == "12.345"
    assert danish.count_of(8, 10) == "8 af 10"
    assert danish.count_of(225, 1619) == "225 af 1.619"


@pytest.mark.parametrize(
    ("satisfied", "answered", "text"),
    [
        (191, 225, f"84,9{NBSP}%"),
        (8, 10, "8 af 10"),
        (7, 10, "7 af 10"),
        (10, 10, "mindst 9 af 10"),
        (9, 10, "mindst 9 af 10"),
        (1, 10, "højst 1 af 10"),
        (0, 10, "højst 1 af 10"),
        (17, 19, "17 af 19"),
        (17, 20, f"85,0{NBSP}%"),
        (20, 20, f"≥{NBSP}90{NBSP}%"),
        (224, 225, f"≥{NBSP}90{NBSP}%"),
        (1, 225, f"≤{NBSP}10{NBSP}%"),
        (4, 4, "vises ikke (for få svar)"),
    ],
)
def test_a_share_is_written_as_it_may_be_shown(satisfied: int, answered: int, text: str) -> None:
    assert danish.share(estimate(satisfied, answered)) == text


@given(st.integers(0, 19), st.integers(0, 19))
def test_a_small_group_never_has_a_bare_percentage(one: int, other: int) -> None:
    satisfied, n = min(one, other), max(one, other)
    assert "%" not in danish.share(estimate(satisfied, n))


def test_an_average_of_items_says_over_what() -> None:
    three = [estimate(8, 10), estimate(7, 10), estimate(6, 10)]
    assert danish.share(combine(three)) == f"70,0{NBSP}% i gennemsnit af 3 spørgsmål (10 svar)"
    unanimous = combine([estimate(5, 5), estimate(5, 5)])
    assert danish.share(unanimous) == f"≥{NBSP}80{NBSP}% i gennemsnit af 2 spørgsmål (5 svar)"


def test_the_interval() -> None:
    april = estimate(191, 225, invited=619)
    assert danish.interval(april) == f"mellem 80,8{NBSP}% og 88,2{NBSP}%"
    assert danish.interval(estimate(4, 4)) == "vises ikke (for få svar)"
    assert danish.interval(estimate(10, 10)) == danish.interval(estimate(9, 10))


@pytest.mark.parametrize(
    ("satisfied", "answered", "target", "text"),
    [
        (99, 100, 0.85, "nået"),
        (192, 225, 0.85, "nået, men usikkert"),
        (191, 225, 0.85, "ikke nået, men usikkert"),
        (50, 100, 0.85, "ikke nået"),
        (4, 4, 0.85, "for få svar"),
        (8, 10, None, "intet mål"),
    ],
)
def test_the_status(satisfied: int, answered: int, target: float | None, text: str) -> None:
    assert danish.status(estimate(satisfied, answered, target=target)) == text


def test_every_status_has_its_words() -> None:
    assert set(danish.STATUSES) == set(Status)


def test_the_base() -> None:
    assert danish.base(estimate(191, 225)) == "225 svar"
    assert danish.base(estimate(4, 4)) == danish.base(estimate(0, 0)) == "færre end 5 svar"


def test_what_was_left_out() -> None:
    left_out = LeftOut(dont_know=3, refused=1, skipped=2, not_applicable=4, not_reached=5)
    assert danish.left_out(estimate(8, 10, left_out=left_out)) == (
        "Ikke talt med: 3 svarede “Ved ikke”, 1 ville ikke svare, 2 sprang spørgsmålet over, "
        "4 fik ikke spørgsmålet og 5 nåede ikke til spørgsmålet"
    )
    assert danish.left_out(estimate(8, 10)) == ""
    assert danish.left_out(estimate(4, 4, left_out=left_out)) == ""


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (ResponseRate(225, 619), f"225 af 619 inviterede (36,3{NBSP}%)"),
        (
            ResponseRate(225, 600, Base.REACHABLE),
            f"225 af 600 inviterede, som vi kunne nå (37,5{NBSP}%)",
        ),
        (ResponseRate(225, None), "225 har svaret. Vi ved ikke, hvor mange der fik linket."),
        (ResponseRate(0, 0), "0 af 0 inviterede"),
    ],
)
def test_a_response_rate_names_its_base(rate: ResponseRate, text: str) -> None:
    assert danish.response_rate(rate) == text
