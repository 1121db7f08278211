"""Every walk ends, and only answers on the route decide where it goes."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from surveys.instrument import Answer, Instrument, Missing
from surveys.journey import Journey
from tests.surveys.arbitrary import answered, answers_to, instruments

Answered = tuple[Instrument, Mapping[str, Answer]]


@given(st.data())
def test_every_interview_ends_in_at_most_as_many_answers_as_there_are_items(
    data: st.DataObject,
) -> None:
    instrument = data.draw(instruments())
    answers: dict[str, Answer] = {}
    for _ in range(len(instrument)):
        current = Journey(instrument, answers).current
        if current is None:
            break
        assert current.id not in answers
        answers[current.id] = data.draw(answers_to(current))
    assert Journey(instrument, answers).current is None


@given(answered())
def test_the_route_is_the_relevant_items_up_to_the_first_without_an_answer(case: Answered) -> None:
    instrument, answers = case
    journey = Journey(instrument, answers)
    expected: list[str] = []
    for item in instrument:
        seen = {name: answers[name] for name in expected}
        rule = item.relevance
        if rule and not any(all(test.holds(seen) for test in tests) for tests in rule.alternatives):
            continue
        expected.append(item.id)
        if item.id not in answers:
            break
    assert [item.id for item in journey.route] == expected
    last = expected[-1]
    assert (journey.current.id if journey.current else None) == (None if last in answers else last)


@given(answered(), st.data())
def test_answers_off_the_route_never_change_the_route(case: Answered, data: st.DataObject) -> None:
    instrument, answers = case
    journey = Journey(instrument, answers)
    changed = dict(answers)
    for item in instrument:
        if journey.visitable(item.id):
            continue
        changed.pop(item.id, None)
        if data.draw(st.booleans()):
            changed[item.id] = data.draw(answers_to(item))
    other = Journey(instrument, changed)
    assert other.route == journey.route
    assert other.current is journey.current
    assert other.answers == journey.answers


@given(answered())
def test_every_item_is_accounted_for_exactly_once(case: Answered) -> None:
    instrument, answers = case
    journey = Journey(instrument, answers)
    closed = journey.closed()
    assert list(closed) == [item.id for item in instrument]
    for item in journey.route:
        if item is not journey.current:
            assert closed[item.id] == answers[item.id]
    beyond = False
    for item in instrument:
        beyond = beyond or item is journey.current
        if closed[item.id] is Missing.NOT_REACHED:
            assert beyond
        elif closed[item.id] is Missing.NOT_APPLICABLE:
            assert not beyond
            assert not journey.visitable(item.id)
        else:
            assert closed[item.id] == answers[item.id]


@given(st.data())
def test_of_a_whole_interview_nothing_is_not_reached_and_nothing_relevant_is_lost(
    data: st.DataObject,
) -> None:
    instrument = data.draw(instruments())
    answers = {item.id: data.draw(answers_to(item)) for item in instrument}
    journey = Journey(instrument, answers)
    closed = journey.closed()
    assert Missing.NOT_REACHED not in closed.values()
    assert closed == {
        item.id: answers[item.id] if journey.visitable(item.id) else Missing.NOT_APPLICABLE
        for item in instrument
    }


@given(answered())
def test_an_answer_further_on_still_counts_when_its_own_conditions_hold(case: Answered) -> None:
    """Somebody changed an answer, which made a new question relevant, and sends what they have."""
    instrument, answers = case
    closed = Journey(instrument, answers).closed()
    for item in instrument:
        if item.id in answers and item.relevance is None:
            assert closed[item.id] == answers[item.id]


@given(answered())
def test_the_place_is_never_beyond_the_total(case: Answered) -> None:
    instrument, answers = case
    journey = Journey(instrument, answers)
    places = [journey.progress(item.id) for item in journey.route]
    for place in places:
        assert 1 <= place.position <= place.total
    positions = [place.position for place in places]
    assert positions == sorted(positions)
    assert len({place.total for place in places}) == 1


@given(st.data())
def test_the_total_never_grows_while_one_answers(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    answers: dict[str, Answer] = {}
    totals = []
    while current := Journey(instrument, answers).current:
        totals.append(Journey(instrument, answers).progress(current.id).total)
        answers[current.id] = data.draw(answers_to(current))
    assert totals == sorted(totals, reverse=True)
    done = Journey(instrument, answers)
    asked = sum(item.companion_of is None for item in done.route)
    assert totals[-1] >= asked == done.progress(done.route[-1].id).total


@given(answered())
def test_going_back_from_the_end_visits_the_whole_route_once(case: Answered) -> None:
    instrument, answers = case
    journey = Journey(instrument, answers)
    item = journey.previous(None)
    seen = []
    while item is not None:
        seen.append(item)
        item = journey.previous(item.id)
    assert tuple(reversed(seen)) == journey.route
    assert journey.previous("nothing") is None
    assert not journey.visitable("nothing")
