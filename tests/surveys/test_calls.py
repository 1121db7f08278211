"""The call list and the interview by telephone, on both databases."""

import threading

import pytest

from surveys import ballot, calls, extract, phone_interview, telling, turnout
from surveys.calls import Called, Jotted, Outcome
from surveys.database import Database
from surveys.errors import AlreadyAnswered, DraftOvertaken
from surveys.turnout import State
from tests.conftest import Clock
from tests.surveys.companies import wave_of_companies

SECRET = "s" * 40
ME, OTHER = "1", "2"


def names(found: object) -> list[str]:
    return [one.name for one in found]  # type: ignore[attr-defined]


def everybody(database: Database, wave_id: int, clock: Clock) -> list[Called]:
    with database.snapshot() as session:
        return list(calls.listed(session, wave_id, SECRET, clock()))


def attempt(
    database: Database, one: Called, outcome: Outcome, clock: Clock, hours: float | None = None
) -> None:
    clock.forward(minutes=1)
    moment = clock()
    if hours is not None:
        clock.forward(hours=hours)
    later = clock() if hours is not None else None
    clock.moment = moment
    with database.transaction() as session:
        calls.note(session, one, SECRET, outcome, by=ME, now=moment, next_at=later)


def test_whom_to_call_first(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 5)
    a, b, c, d, e = everybody(database, wave_id, clock)
    attempt(database, a, Outcome.NO_ANSWER, clock)
    attempt(database, b, Outcome.CALL_AGAIN, clock, hours=2)
    attempt(database, c, Outcome.REFUSED, clock)
    found = everybody(database, wave_id, clock)
    assert names(calls.to_call(found, clock())) == [d.name, e.name, a.name]
    assert [one.name for _, one in calls.appointments(found, clock())] == [b.name]
    clock.forward(hours=2)
    assert names(calls.to_call(found, clock())) == [b.name, d.name, e.name, a.name]
    assert calls.spoken(found) == 1


def test_how_attempts_ended_is_how_invitations_stand(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 5)
    a, b, c, d, _ = everybody(database, wave_id, clock)
    for one, outcome in (
        (a, Outcome.REFUSED), (b, Outcome.WRONG_NUMBER), (c, Outcome.INELIGIBLE),
        (d, Outcome.NO_ANSWER),
    ):  # fmt: skip
        attempt(database, one, outcome, clock)
    with database.snapshot() as session:
        states = turnout.states(session, wave_id, clock())
    assert {state: n for state, n in states.counts.items() if n} == {
        State.REFUSED: 1, State.UNDELIVERABLE: 1, State.WITHDRAWN: 1, State.UNOPENED: 2,
    }  # fmt: skip
    # Somebody thought better of it
    attempt(database, a, Outcome.NO_ANSWER, clock)
    assert a.name in names(calls.to_call(everybody(database, wave_id, clock), clock()))


def test_of_many_who_take_a_company_at_once_one_has_it(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 1)
    [one] = everybody(database, wave_id, clock)
    gate, won = threading.Barrier(6), []

    def take(who: str) -> None:
        gate.wait()
        with database.transaction() as session:
            if calls.claim(session, one.id, who, clock()):
                won.append(who)

    threads = [threading.Thread(target=take, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    [one] = everybody(database, wave_id, clock)
    assert one.is_taken("other", clock())
    assert not one.is_taken(won[0], clock())
    clock.forward(minutes=calls.CLAIM.seconds / 60)
    with database.transaction() as session:
        assert calls.claim(session, one.id, "other", clock())


def test_an_interview_is_left_and_gone_on_with_and_sent_once(
    database: Database, clock: Clock
) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 2)
    one, _ = everybody(database, wave_id, clock)
    jotted = Jotted({"works": ["v1_relation"]}, consented=True, by=ME)
    said = telling.told("Hun kender os.", "Glad for sin konsulent")
    with database.transaction() as session:
        saved = phone_interview.save(
            session, one, SECRET, {"works": said}, jotted, version=one.version, now=clock()
        )
    assert saved.refused == {}
    clock.forward(days=2)
    one, _ = everybody(database, wave_id, clock)
    assert (one.state, one.version, one.jotted) == (State.OPENED, 1, jotted)
    with database.snapshot() as session:
        kept = phone_interview.interview(session, one, SECRET, clock())
    assert dict(kept.draft.answers) == {"works": said}
    raws = {"works": said, "cooperation": "4", "better": " "}
    with database.transaction() as session:
        _, receipt = phone_interview.finish(
            session, one, SECRET, raws, jotted, version=1, now=clock()
        )
    assert receipt
    one, _ = everybody(database, wave_id, clock)
    assert one.state is State.ANSWERED
    assert [attempt.outcome for attempt in one.attempts] == [Outcome.INTERVIEWED]
    with pytest.raises(AlreadyAnswered), database.transaction() as session:
        phone_interview.finish(session, one, SECRET, raws, jotted, version=one.version, now=clock())
    with database.transaction() as session:
        ballot.mix(session, wave_id, closing=True)
        [marked] = phone_interview.marked(session, SECRET)
        tied = extract.by_invitation(session, wave_id)
        [comment] = extract.comments(session, wave_id)
        assert extract.modes(session, wave_id) == {"interview": 1}
        assert extract.partial(session, wave_id) == 0
    assert tied[marked.invitation] == comment.response
    assert telling.own_words(comment.body) == "Hun kender os."


def test_what_was_broken_off_counts_as_partial(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 1)
    [one] = everybody(database, wave_id, clock)
    with database.transaction() as session:
        phone_interview.finish(
            session, one, SECRET, {"works": "Alt"}, Jotted(by=ME), version=0, now=clock(),
            early=True,
        )  # fmt: skip
        ballot.mix(session, wave_id, closing=True)
        assert extract.partial(session, wave_id) == 1
        missing = {
            tally.item: tally.missing and tally.missing.value
            for tally in extract.tallies(session, wave_id)
        }
    assert missing == {
        "cooperation": "skipped", "works": None, "better": "not_reached",
        "entrance": "not_reached", "missing": "not_reached",
    }  # fmt: skip


def test_a_page_that_is_behind_writes_over_nothing(database: Database, clock: Clock) -> None:
    wave_id = wave_of_companies(database, clock, SECRET, 1)
    [one] = everybody(database, wave_id, clock)
    with database.transaction() as session:
        phone_interview.save(
            session, one, SECRET, {"works": "Det nyeste"}, Jotted(by=ME), version=0, now=clock()
        )
    with pytest.raises(DraftOvertaken), database.transaction() as session:
        phone_interview.save(
            session, one, SECRET, {"works": "Gammelt"}, Jotted(by=ME), version=0, now=clock()
        )
    with database.snapshot() as session:
        kept = phone_interview.interview(session, one, SECRET, clock())
    assert kept.draft.answers["works"] == "Det nyeste"


@pytest.mark.parametrize(
    ("own", "summary"),
    [("Ja", ""), ("", "Vil have messer"), ("Ja [navn] er god", "Om [navn]: fin"), ("", "")],
)
def test_own_words_and_summary_come_back(own: str, summary: str) -> None:
    text = telling.told(own, summary)
    assert (telling.own_words(text), telling.summary(text)) == (own, summary)
