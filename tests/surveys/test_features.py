"""One tiny instrument for each thing the engine can do, walked through to its end."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from surveys import definition
from surveys.errors import IncompleteInterview
from surveys.instrument import Answer, Missing
from surveys.interview import Draft, Interview, Prompt, Review

FOLDER = Path(__file__).parent.parent / "instruments"
NA, SKIPPED = Missing.NOT_APPLICABLE, Missing.SKIPPED


def begun(feature: str, language: str = "da") -> Interview:
    document = (FOLDER / f"{feature}.yaml").read_bytes()
    return Interview(definition.read(document), Draft(language))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_tiny_instruments_have_no_defects_and_their_own_name(file: Path) -> None:
    assert definition.defects(file.read_bytes()) == ()
    assert definition.read(file.read_bytes()).name == file.stem


@pytest.mark.parametrize(
    ("feature", "sent", "kept"),
    [
        ("scale", {"agree": "3"}, {"agree": 3}),
        ("single_choice", {"meeting": "phone"}, {"meeting": "phone"}),
        ("exclusive", {"offers": ["course", "cv"]}, {"offers": ("cv", "course")}),
        ("exclusive", {"offers": ["none"]}, {"offers": ("none",)}),
        (
            "specify",
            {"offers": ["cv"], "more": "Nej"},
            {"offers": ("cv",), "offers__other": NA, "more": "Nej"},
        ),
        (
            "specify",
            {"offers": ["other"], "offers__other": "Svømning", "more": None},
            {"offers": ("other",), "offers__other": "Svømning", "more": SKIPPED},
        ),
        ("open_text", {"words": "  Fint!  "}, {"words": "Fint!"}),
        ("number", {"hours": "29,5"}, {"hours": Decimal("29.5")}),
        ("date", {"day": "21.11.2026"}, {"day": date(2026, 11, 21)}),
        ("reasons", {"agree": "dont_know"}, {"agree": Missing.DONT_KNOW}),
        ("reasons", {"agree": "refused"}, {"agree": Missing.REFUSED}),
        ("reasons", {"agree": None}, {"agree": SKIPPED}),
        ("required", {"words": "Fint"}, {"words": "Fint"}),
        (
            "any_rule",
            {"meeting": "video", "minutes": "5", "sound": "God"},
            {"meeting": "video", "minutes": Decimal(5), "sound": "God"},
        ),
        (
            "any_rule",
            {"meeting": "office", "minutes": "60", "sound": "God"},
            {"meeting": "office", "minutes": Decimal(60), "sound": "God"},
        ),
        (
            "any_rule",
            {"meeting": "office", "minutes": "59"},
            {"meeting": "office", "minutes": Decimal(59), "sound": NA},
        ),
        (
            "all_rule",
            {"meeting": "phone", "minutes": "30", "long_call": "Kø"},
            {"meeting": "phone", "minutes": Decimal(30), "long_call": "Kø"},
        ),
        (
            "all_rule",
            {"meeting": "phone", "minutes": "29"},
            {"meeting": "phone", "minutes": Decimal(29), "long_call": NA},
        ),
        (
            "all_rule",
            {"meeting": "phone", "minutes": "600"},
            {"meeting": "phone", "minutes": Decimal(600), "long_call": NA},
        ),
        (
            "all_rule",
            {"meeting": "phone", "minutes": None},
            {"meeting": "phone", "minutes": SKIPPED, "long_call": NA},
        ),
        ("languages", {"meeting": "office"}, {"meeting": "office"}),
    ],
)
def test_a_feature_from_the_first_question_to_the_last_answer(
    feature: str, sent: Mapping[str, object], kept: Mapping[str, Answer]
) -> None:
    interview = begun(feature)
    asked = []
    step = interview.step()
    while isinstance(step, Prompt):
        assert step.item not in asked
        asked.append(step.item)
        step = interview.answer(step.item, sent[step.item])
        assert not isinstance(step, Prompt) or step.problem is None
    assert asked == list(sent)
    assert interview.finish().answers == kept


@pytest.mark.parametrize(
    ("feature", "item", "raw", "code"),
    [
        ("scale", "agree", "4", "not_a_choice"),
        ("scale", "agree", "dont_know", "not_a_choice"),
        ("single_choice", "meeting", ["phone", "office"], "choose_one"),
        ("exclusive", "offers", ["cv", "none"], "exclusive"),
        ("open_text", "words", "elleve tegn", "too_long"),
        ("number", "hours", "37,1", "out_of_range"),
        ("number", "hours", "7,25", "too_many_decimals"),
        ("date", "day", "1.1.2027", "date_out_of_range"),
        ("reasons", "agree", "skipped", "not_a_choice"),
        ("required", "words", " ", "required"),
    ],
)
def test_a_feature_refuses_what_it_must(feature: str, item: str, raw: object, code: str) -> None:
    interview = begun(feature)
    step = interview.answer(item, raw)
    assert isinstance(step, Prompt)
    assert step.problem is not None
    assert step.problem.code == code
    assert interview.draft.answers == {}
    with pytest.raises(IncompleteInterview):
        interview.finish()


def test_off_the_route_an_answer_is_kept_and_decides_nothing() -> None:
    interview = begun("off_route")
    for item, raw in (
        ("meeting", "video"),
        ("minutes", "20"),
        ("camera", "no_it_did_not"),
        ("why_not", "Sort skærm"),
        ("after_all", "Nej"),
    ):
        interview.answer(item, raw)
    step = interview.answer("meeting", "office")
    assert isinstance(step, Review)
    assert [line.item for line in step.lines] == ["meeting", "minutes"]
    assert interview.finish().answers == {
        "meeting": "office",
        "minutes": Decimal(20),
        "camera": NA,
        "why_not": NA,
        "after_all": NA,
    }
    interview.answer("meeting", "video")
    assert interview.finish().answers["why_not"] == "Sort skærm"


def test_the_total_counts_what_may_still_be_asked() -> None:
    interview = begun("off_route")
    totals = []
    for raw in ("phone", "20"):
        step = interview.step()
        assert isinstance(step, Prompt)
        totals.append((step.progress.position, step.progress.total))
        interview.answer(step.item, raw)
    assert totals == [(1, 5), (2, 2)]


def test_the_words_for_another_offer_are_no_question_of_their_own() -> None:
    interview = begun("specify")
    first = interview.step()
    assert isinstance(first, Prompt)
    assert (first.progress.position, first.progress.total) == (1, 2)
    step = interview.answer("offers", ["other"])
    assert isinstance(step, Prompt)
    assert step.companion_of == "offers"
    assert (step.progress.position, step.progress.total) == (1, 2)
    assert not interview.instrument.has_rules
    assert begun("any_rule").instrument.has_rules


def test_a_translation_shows_the_original_beside_it() -> None:
    step = begun("languages", "en").step()
    assert isinstance(step, Prompt)
    assert (step.text, step.original) == ("How did we meet?", "Hvordan mødtes vi?")
    assert [(option.raw, option.label, option.original) for option in step.options] == [
        ("office", "At the office", "På kontoret"),
        ("phone", "By phone", "I telefonen"),
        ("dont_know", "Don't know", "Ved ikke"),
    ]
