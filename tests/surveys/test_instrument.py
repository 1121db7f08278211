"""Response domains accept what people mean, refuse the rest with a code, and never break."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.errors import InvalidAnswer
from surveys.instrument import (
    Category,
    CodeList,
    Comparison,
    Condition,
    Date,
    Domain,
    Item,
    Missing,
    MultiCode,
    Number,
    Relevance,
    Scale,
    Text,
    clean,
)
from surveys.wording import say
from tests.surveys.arbitrary import any_text, domains, junk, said, values

COLOURS = (
    Category("red", said("Rød")),
    Category("green", said("Grøn")),
    Category("none", said("Ingen af dem"), exclusive=True),
)
POINTS = (Category("5", said("Enig")), Category("1", said("Uenig")))
KRONER = Number(Decimal(0), Decimal(100_000), 2)
SHARE = Number(Decimal(-1), Decimal(1), 4)
PEOPLE = Number(Decimal(1), Decimal(5000))
YEAR = Date(date(2026, 1, 1), date(2026, 12, 31))


@given(st.data())
def test_a_value_survives_its_own_writing(data: st.DataObject) -> None:
    domain = data.draw(domains())
    value = data.draw(values(domain))
    assert domain.parse(domain.render(value)) == value


REFUSALS = {
    "choose_one",
    "date_out_of_range",
    "exclusive",
    "not_a_choice",
    "not_a_date",
    "not_a_number",
    "not_text",
    "out_of_range",
    "too_long",
    "too_many_decimals",
}


@given(domains(), junk)
def test_whatever_is_sent_is_taken_or_refused_with_a_code(domain: Domain, raw: object) -> None:
    try:
        value = domain.parse(raw)
    except InvalidAnswer as refusal:
        code = refusal.code
    else:
        assert domain.parse(domain.render(value)) == value
        return
    assert code in REFUSALS
    assert say(code, "da", maximum=1, minimum=1, n=1, earliest="", latest="")


@given(st.data())
def test_every_value_can_be_said_in_every_language(data: st.DataObject) -> None:
    domain = data.draw(domains())
    value = data.draw(values(domain))
    for language in ("da", "en", "xx"):
        assert domain.describe(value, language).strip()


@pytest.mark.parametrize(
    ("domain", "raw", "value"),
    [
        (Scale(POINTS), " 5 ", 5),
        (Scale(POINTS), ["1"], 1),
        (CodeList(COLOURS), "green", "green"),
        (MultiCode(COLOURS), "red", ("red",)),
        (MultiCode(COLOURS), ["green", "red", "green"], ("red", "green")),
        (MultiCode(COLOURS), ["none"], ("none",)),
        (Text(10), "  Godt\r\nmøde ", "Godt\nmøde"),
        (Text(3), "a\u030aa\u030aa\u030a", "ååå"),
        (Text(10), "a\x00b\ud800c\x1b", "abc"),
        (KRONER, "1.234,5", Decimal("1234.50")),
        (KRONER, "1,234.5", Decimal("1234.50")),
        (KRONER, "12 500", Decimal(12500)),
        (KRONER, "12.500", Decimal(12500)),
        (KRONER, "0.5", Decimal("0.50")),
        (KRONER, "12.50", Decimal("12.50")),
        (SHARE, "0.125", Decimal("0.1250")),
        (SHARE, "−0,5", Decimal("-0.5000")),
        (PEOPLE, "1.234", Decimal(1234)),
        (PEOPLE, "1,234", Decimal(1234)),
        (PEOPLE, "２５", Decimal(25)),
        (PEOPLE, "٢٥", Decimal(25)),
        (KRONER, "٢٫٥", Decimal("2.50")),
        (YEAR, "2026-11-21", date(2026, 11, 21)),
        (YEAR, "21.11.2026", date(2026, 11, 21)),
        (YEAR, "1/2/2026", date(2026, 2, 1)),
        (YEAR, "21-11-2026", date(2026, 11, 21)),
        (YEAR, "21. 11. 2026", date(2026, 11, 21)),
    ],
)
def test_what_people_write_is_read_as_they_mean_it(
    domain: Domain, raw: object, value: object
) -> None:
    assert domain.parse(raw) == value


@pytest.mark.parametrize(
    ("domain", "raw", "code", "limits"),
    [
        (Scale(POINTS), "3", "not_a_choice", {}),
        (Scale(POINTS), "5.0", "not_a_choice", {}),
        (Scale(POINTS), ["5", "1"], "choose_one", {}),
        (CodeList(COLOURS), "Rød", "not_a_choice", {}),
        (CodeList(COLOURS), 5, "not_a_choice", {}),
        (MultiCode(COLOURS), ["red", "blue"], "not_a_choice", {}),
        (MultiCode(COLOURS), [], "not_a_choice", {}),
        (MultiCode(COLOURS), ["red", "none"], "exclusive", {"category": "none"}),
        (MultiCode(COLOURS), [None], "not_a_choice", {}),
        (Text(3), "fire", "too_long", {"maximum": 3, "n": 1}),
        (Text(3), ["fire"], "not_text", {}),
        (PEOPLE, "mange", "not_a_number", {}),
        (PEOPLE, "NaN", "not_a_number", {}),
        (PEOPLE, "Infinity", "not_a_number", {}),
        (PEOPLE, "0", "out_of_range", {"minimum": Decimal(1), "maximum": Decimal(5000)}),
        (PEOPLE, "1e999999", "out_of_range", {"minimum": Decimal(1), "maximum": Decimal(5000)}),
        (PEOPLE, "2,5", "too_many_decimals", {"decimals": 0}),
        (YEAR, "i morgen", "not_a_date", {}),
        (YEAR, "31.02.2026", "not_a_date", {}),
        (YEAR, "1.1.99999999999999999999", "not_a_date", {}),
        (
            YEAR,
            "31.12.2025",
            "date_out_of_range",
            {"earliest": date(2026, 1, 1), "latest": date(2026, 12, 31)},
        ),
    ],
)
def test_what_is_not_an_answer_is_refused_with_its_code(
    domain: Domain, raw: object, code: str, limits: dict[str, object]
) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        domain.parse(raw)
    assert (refusal.value.code, refusal.value.limits) == (code, limits)


@given(any_text)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\x00" not in once.encode().decode()


@pytest.mark.parametrize("raw", ["", None, [], (), "   ", "\n", "\x00"])
def test_nothing_is_skipped_unless_the_item_is_required(raw: object) -> None:
    for domain in (Scale(POINTS), CodeList(COLOURS), MultiCode(COLOURS), Text(), PEOPLE, YEAR):
        assert Item("q", said("?"), domain).parse(raw) is Missing.SKIPPED
        with pytest.raises(InvalidAnswer, match=r"^required$"):
            Item("q", said("?"), domain, required=said("Svar.")).parse(raw)


def test_not_knowing_is_an_answer_only_where_it_is_offered() -> None:
    open_to_it = Item("q", said("?"), Scale(POINTS), dont_know=True, refusal=True)
    assert open_to_it.parse("dont_know") is Missing.DONT_KNOW
    assert open_to_it.parse(["refused"]) is Missing.REFUSED
    for raw in ("dont_know", "refused", "skipped", "not_reached", "not_applicable"):
        with pytest.raises(InvalidAnswer, match=r"^not_a_choice$"):
            Item("q", said("?"), Scale(POINTS)).parse(raw)


def test_not_knowing_cannot_be_ticked_together_with_a_category() -> None:
    item = Item("q", said("?"), MultiCode(COLOURS), dont_know=True)
    with pytest.raises(InvalidAnswer, match=r"^exclusive$"):
        item.parse(["red", "dont_know"])


def test_the_words_dont_know_in_a_comment_are_a_comment() -> None:
    assert Item("q", said("?"), Text(), dont_know=True).parse("dont_know") == "dont_know"


@pytest.mark.parametrize(
    ("condition", "answer", "holds"),
    [
        (Condition("q", Comparison.EQUALS, ("red",)), "red", True),
        (Condition("q", Comparison.EQUALS, ("red",)), "green", False),
        (Condition("q", Comparison.EQUALS, ("red",)), ("green", "red"), True),
        (Condition("q", Comparison.EQUALS, ("5",)), 5, True),
        (Condition("q", Comparison.ONE_OF, ("red", "blue")), "blue", True),
        (Condition("q", Comparison.ONE_OF, ("red", "blue")), ("green",), False),
        (Condition("q", Comparison.AT_LEAST, ("4",)), 4, True),
        (Condition("q", Comparison.AT_LEAST, ("4",)), 3, False),
        (Condition("q", Comparison.AT_MOST, ("2.5",)), Decimal("2.5"), True),
        (Condition("q", Comparison.AT_MOST, ("2.5",)), Decimal("2.6"), False),
        (Condition("q", Comparison.ANSWERED), "hej", True),
        *(
            (Condition("q", comparison, operands), missing, False)
            for comparison, operands in (
                (Comparison.EQUALS, ("dont_know",)),
                (Comparison.ONE_OF, ("skipped", "refused")),
                (Comparison.AT_LEAST, ("0",)),
                (Comparison.AT_MOST, ("9",)),
                (Comparison.ANSWERED, ()),
            )
            for missing in Missing
        ),
    ],
)
def test_a_condition_compares_values_and_no_reason_for_having_none(
    condition: Condition, answer: object, holds: bool
) -> None:
    assert condition.holds({"q": answer}) is holds
    assert condition.holds({}) is False


def test_relevance_is_any_of_its_alternatives_and_all_within_one() -> None:
    a, b, c = (Condition(name, Comparison.ANSWERED) for name in "abc")
    relevance = Relevance(((a, b), (c,)))
    assert relevance.items == {"a", "b", "c"}
    assert relevance.holds({"a": "1", "b": "1"})
    assert relevance.holds({"c": "1"})
    assert not relevance.holds({"a": "1"})
    assert not relevance.holds({"b": "1"})
