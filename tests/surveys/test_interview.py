"""Whatever a respondent does, and however often, nothing they answered is lost or counted twice."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import answers as codec
from surveys.definition import catalogue
from surveys.errors import IncompleteInterview
from surveys.instrument import Instrument, Missing, MultiCode, Text
from surveys.interview import Draft, Interview, Prompt, Review, Step
from surveys.privacy import redact
from tests.surveys.arbitrary import (
    Event,
    answers_to,
    instruments,
    interviews,
    junk,
    raw_for,
)

Restless = tuple[Instrument, list[Event]]


def refused(step: Step) -> bool:
    return isinstance(step, Prompt) and step.problem is not None


@given(interviews())
def test_only_a_valid_answer_changes_an_answer_and_only_its_own(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("da"))
    for event in events:
        before = dict(interview.draft.answers)
        visitable = event.item is not None and interview.journey.visitable(event.item)
        step = event(interview)
        after = dict(interview.draft.answers)
        if event.kind not in {"answer", "skip"} or step.stale or refused(step):
            assert after == before
        else:
            assert visitable
            assert {**before, event.item: after[event.item]} == after


@given(interviews())
def test_an_event_that_is_repeated_changes_nothing_more(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("da"))
    for event in events:
        event(interview)
        if event.kind == "back":
            continue
        once = interview.draft
        for _ in range(2):
            event(interview)
            assert interview.draft == once


@given(interviews())
def test_what_is_stale_changes_nothing_at_all(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("da"))
    for event in events:
        before = interview.draft
        current = interview.step()
        visitable = event.item is not None and interview.journey.visitable(event.item)
        step = event(interview)
        if event.kind in {"answer", "skip", "look"}:
            assert step.stale is not visitable
        if step.stale:
            assert interview.draft == before
            assert replace(step, stale=False) == current
        if event.item == "nothing":
            assert step.stale


@given(interviews())
def test_a_draft_can_be_put_away_and_taken_up_after_any_event(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("da"))
    for event in events:
        event(interview)
        kept = codec.dumps(instrument, interview.draft.answers)
        assert kept.encode()
        resumed = replace(interview.draft, answers=codec.loads(instrument, kept))
        assert resumed == interview.draft
        assert Interview(instrument, resumed).step() == interview.step()


@given(interviews())
def test_every_step_is_something_that_can_be_shown(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("en"))
    for event in events:
        step = event(interview)
        if isinstance(step, Review):
            assert interview.journey.current is None
            continue
        item = instrument[step.item]
        assert interview.journey.visitable(item.id)
        assert 1 <= step.progress.position <= step.progress.total
        assert len(step.options) == len(item.categories) + item.dont_know + item.refusal
        for option in step.options:
            if not option.missing:
                assert item.parse(option.raw) is not Missing.SKIPPED


@given(instruments(), st.data())
def test_a_whole_interview_is_asked_in_order_reviewed_and_finished(
    instrument: Instrument, data: st.DataObject
) -> None:
    interview = Interview(instrument, Draft("da"))
    asked = []
    step = interview.step()
    given_answers = {}
    while isinstance(step, Prompt):
        assert len(asked) < len(instrument)
        item = instrument[step.item]
        asked.append(item.id)
        answer = data.draw(answers_to(item))
        if isinstance(item.domain, Text) and not isinstance(answer, Missing):
            given_answers[item.id] = redact(str(answer)).text
        else:
            given_answers[item.id] = answer
        with pytest.raises(IncompleteInterview):
            interview.finish()
        step = interview.answer(item.id, raw_for(item, answer))
        assert not refused(step)
    assert [line.item for line in step.lines] == asked
    for line in step.lines:
        assert (line.answer is None) is (line.missing is not None)
    finished = interview.finish().answers
    assert list(finished) == [item.id for item in instrument]
    assert finished == {
        item.id: given_answers.get(item.id, Missing.NOT_APPLICABLE) for item in instrument
    }


@given(instruments(), junk, st.data())
def test_junk_is_refused_where_it_was_sent_and_nothing_of_it_is_kept(
    instrument: Instrument, raw: object, data: st.DataObject
) -> None:
    interview = Interview(instrument, Draft("da"))
    step = interview.step()
    assert isinstance(step, Prompt)
    after = interview.answer(step.item, raw)
    if refused(after):
        assert isinstance(after, Prompt)
        assert after.item == step.item
        assert interview.draft.answers == {}
        assert after.typed == (
            "" if instrument[step.item].categories or not isinstance(raw, str) else raw
        )
    else:
        kept = interview.draft.answers[step.item]
        assert codec.loads(instrument, codec.dumps(instrument, {step.item: kept})) == {
            step.item: kept
        }


@given(instruments(rules=False), st.data())
def test_a_page_keeps_what_is_right_and_returns_what_is_wrong(
    instrument: Instrument, data: st.DataObject
) -> None:
    good = {item.id: raw_for(item, data.draw(answers_to(item))) for item in instrument}
    bad = {item.id: data.draw(junk) for item in instrument if data.draw(st.booleans())}
    interview = Interview(instrument, Draft("da"))
    refused_prompts = interview.fill({**good, **bad})
    assert set(refused_prompts) <= set(bad)
    assert set(interview.draft.answers) == {item.id for item in instrument} - set(refused_prompts)
    for item_id, prompt in refused_prompts.items():
        assert prompt.item == item_id
        assert prompt.problem is not None
        assert prompt.problem.raw == bad[item_id] or bad[item_id] != bad[item_id]
    assert interview.fill(good) == {}
    assert interview.journey.current is None
    assert len(interview.page()) == len(instrument)


def test_going_back_to_the_start_and_on_again_loses_nothing() -> None:
    interview = Interview(catalogue()["borgerinddragelse"], Draft("da"))
    for item, raw in (("positive", "4"), ("heard", "dont_know"), ("good", "Kaffen")):
        interview.answer(item, raw)
    before = interview.draft.answers
    places = []
    for _ in range(5):
        step = interview.back()
        assert isinstance(step, Prompt)
        places.append((step.item, step.first))
    assert places == [
        ("good", False),
        ("heard", False),
        ("positive", True),
        ("positive", True),
        ("positive", True),
    ]
    assert interview.draft.answers == before
    shown = interview.step()
    assert isinstance(shown, Prompt)
    assert [option.raw for option in shown.options if option.selected] == ["4"]


def test_a_correction_leads_back_to_where_one_was() -> None:
    interview = Interview(catalogue()["borgerinddragelse"], Draft("da"))
    interview.answer("positive", "4")
    interview.answer("heard", "2")
    interview.look("positive")
    step = interview.answer("positive", "1")
    assert isinstance(step, Prompt)
    assert step.item == "good"
    assert interview.draft.answers == {"positive": 1, "heard": 2}


def offers(interview: Interview) -> Prompt:
    for item in ("positive", "heard", "good", "better"):
        interview.skip(item)
    step = interview.step()
    assert isinstance(step, Prompt)
    assert step.item == "offers"
    return step


def ticked(step: Step) -> list[str]:
    assert isinstance(step, Prompt)
    return [option.raw for option in step.options if option.selected]


def test_ticks_stay_while_one_looks_around_the_same_question() -> None:
    interview = Interview(catalogue()["borgerinddragelse"], Draft("da"))
    offers(interview)
    assert ticked(interview.tick("offers", "cv", on=True)) == ["cv"]
    assert ticked(interview.tick("offers", "craft", on=True)) == ["cv", "craft"]
    assert ticked(interview.speak("en")) == ["cv", "craft"]
    assert ticked(interview.look("offers")) == ["cv", "craft"]
    wrong = interview.answer("offers", "jeg ved det ikke")
    assert refused(wrong)
    assert ticked(wrong) == ["cv", "craft"]
    assert ticked(interview.tick("offers", "cv", on=False)) == ["craft"]
    assert "offers" not in interview.draft.answers


def test_a_page_that_comes_back_shows_what_was_sent_and_not_what_was_there_before() -> None:
    instrument = catalogue()["borgerinddragelse"]
    interview = Interview(instrument, Draft("da"))
    offers(interview)
    interview.answer("offers", ["cv"])
    wrong = interview.answer("offers", ["craft", "nothing"])
    assert refused(wrong)
    assert ticked(wrong) == ["craft"]
    assert interview.draft.answers["offers"] == ("cv",)


def test_the_words_for_another_offer_are_asked_only_with_it_and_come_back() -> None:
    interview = Interview(catalogue()["borgerinddragelse"], Draft("da"))
    before = offers(interview)
    step = interview.answer("offers", ["other"])
    assert isinstance(step, Prompt)
    assert (step.item, step.companion_of) == ("offers__other", "offers")
    assert step.progress == before.progress
    interview.answer("offers__other", "Svømning")
    interview.answer("offers", ["cv"])
    assert isinstance(interview.step(), Review)
    assert interview.finish().answers["offers__other"] is Missing.NOT_APPLICABLE
    interview.answer("offers", ["cv", "other"])
    assert interview.finish().answers["offers__other"] == "Svømning"


def test_what_is_masked_is_counted_and_the_original_kept_nowhere() -> None:
    interview = Interview(catalogue()["samtalefeedback"], Draft("da"))
    for item in ("purpose", "heard", "language", "guidance", "next"):
        interview.answer(item, "5")
    step = interview.answer("open", "Jeg er 010190-1234. Ring 22 33 44 55 eller 66 77 88 99.")
    assert isinstance(step, Review)
    assert step.removed == {"cpr": 1, "phone": 2}
    assert interview.draft.answers["open"] == "Jeg er [cpr]. Ring [telefon] eller [telefon]."
    assert "010190" not in repr(interview.draft)


def test_masking_may_make_a_full_text_longer_and_it_can_still_be_stored() -> None:
    instrument = catalogue()["samtalefeedback"]
    interview = Interview(instrument, Draft("da"))
    for item in ("purpose", "heard", "language", "guidance", "next"):
        interview.skip(item)
    step = interview.answer("open", "a@b.dk " * 285)
    assert isinstance(step, Review)
    assert len(str(interview.draft.answers["open"])) > 2000
    kept = codec.dumps(instrument, interview.draft.answers)
    assert codec.loads(instrument, kept) == interview.draft.answers


def test_changing_language_keeps_every_answer_and_its_code() -> None:
    interview = Interview(catalogue()["samtalefeedback"], Draft("da"))
    interview.answer("purpose", "5")
    danish = interview.look("purpose")
    english = interview.speak("en")
    assert isinstance(danish, Prompt)
    assert isinstance(english, Prompt)
    assert english.original == danish.text
    assert danish.original is None
    assert [option.raw for option in english.options] == [option.raw for option in danish.options]
    assert [option.original for option in english.options] == [
        option.label for option in danish.options
    ]
    assert ticked(english) == ["5"]
    assert interview.speak("tlh") == english


def test_what_was_answered_is_sent_even_when_a_new_question_comes_up_before_it() -> None:
    interview = Interview(catalogue()["borgerinddragelse"], Draft("da"))
    offers(interview)
    interview.answer("offers", ["cv"])
    interview.answer("offers", ["other"])
    finished = interview.finish(early=True).answers
    assert finished["offers"] == ("other",)
    assert finished["offers__other"] is Missing.NOT_REACHED


def test_sending_early_says_what_was_not_reached() -> None:
    interview = Interview(catalogue()["samtalefeedback"], Draft("da"))
    interview.answer("purpose", "5")
    interview.answer("heard", "dont_know")
    assert interview.finish(early=True).answers == {
        "purpose": 5,
        "heard": Missing.DONT_KNOW,
        "language": Missing.NOT_REACHED,
        "guidance": Missing.NOT_REACHED,
        "next": Missing.NOT_REACHED,
        "open": Missing.NOT_REACHED,
    }


@given(instruments(longest=3), st.data())
def test_ticking_then_sending_the_ticks_is_the_same_as_sending_the_list(
    instrument: Instrument, data: st.DataObject
) -> None:
    interview = Interview(instrument, Draft("da"))
    step = interview.step()
    while isinstance(step, Prompt):
        item = instrument[step.item]
        if isinstance(item.domain, MultiCode):
            codes = [category.code for category in item.categories]
            for code in data.draw(st.lists(st.sampled_from(codes), min_size=1, max_size=5)):
                interview.tick(item.id, code, on=True)
            marked = interview.draft.ticked
            assert marked
            step = interview.answer(item.id, list(marked))
            assert interview.draft.answers[item.id] == marked
        else:
            step = interview.answer(item.id, raw_for(item, data.draw(answers_to(item))))


@given(interviews())
def test_the_place_on_show_goes_up_along_the_route(case: Restless) -> None:
    instrument, events = case
    interview = Interview(instrument, Draft("da"))
    for event in events:
        event(interview)
    journey = interview.journey
    positions = [journey.progress(item.id).position for item in journey.route]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(positions))
