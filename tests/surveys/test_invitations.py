"""Personal invitations: sent and sent again, in every state, and nobody's in the database."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from surveys import fieldwork, frame, invitations, keys, sitting, turnout
from surveys.database import Database
from surveys.errors import (
    AlreadyAnswered,
    LinkWithdrawn,
    SecretChanged,
    UnknownReference,
    WaveClosed,
)
from surveys.frame import Member, Reading
from surveys.invitations import Outcome
from surveys.turnout import State
from tests.surveys.fieldworker import SECRET, Fieldworker, dump, traces

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def people(n: int) -> tuple[Member, ...]:
    return tuple(Member(f"A{number}") for number in range(n))


def test_everybody_is_invited_once_and_the_link_and_the_code_are_the_same_each_time(
    worker: Fieldworker,
) -> None:
    wave = worker.framed(*people(6))
    first = worker.ask(wave)
    assert sorted(first) == [f"A{n}" for n in range(6)]
    assert len({letter.token for letter in first.values()}) == 6
    for letter in first.values():
        assert len(letter.token) == 43
        assert keys.heard(letter.code) == letter.code
        assert keys.token_of(SECRET, letter.code) == letter.token
    assert worker.ask(wave) == {}
    with worker.database.snapshot() as session:
        again = invitations.letters(session, wave, SECRET)
        assert {letter.reference: letter for letter in again} == first
        assert turnout.states(session, wave, NOW).invited == 6
        admission = fieldwork.admit(session, first["A0"].token, NOW)
    assert admission.personal
    with worker.database.transaction() as session:
        frame.take(session, wave, Reading({}, (Member("B1"),), ()))
    assert list(worker.ask(wave)) == ["B1"]


def test_teams_are_invited_one_by_one(worker: Fieldworker) -> None:
    wave = worker.framed(Member("A1", team="Øst"), Member("A2", team="Vest"), Member("A3"))
    assert list(worker.ask(wave, teams={"Øst"})) == ["A1"]
    assert sorted(worker.ask(wave, teams={"Øst", ""})) == ["A3"]
    assert list(worker.ask(wave)) == ["A2"]


def test_only_those_who_have_not_answered_are_reminded(worker: Fieldworker) -> None:
    wave = worker.framed(*people(6))
    sent = worker.ask(wave)
    worker.cast(wave, sent["A0"].token, personal=True)
    with worker.database.transaction() as session:
        assert invitations.decline(session, sent["A1"].token, declines=True)
        outcomes = {"A2": Outcome.UNDELIVERABLE, "A3": Outcome.WITHDRAWN}
        invitations.record(session, wave, SECRET, outcomes, NOW)
    with worker.database.snapshot() as session:
        reminded = invitations.to_remind(session, wave, SECRET, NOW)
        assert [letter.reference for letter in reminded] == ["A4", "A5"]
        assert list(reminded) == [sent["A4"], sent["A5"]]
        by_hand = invitations.to_remind_by_hand(session, wave, SECRET, NOW)
        assert [letter.reference for letter in by_hand] == ["A0", "A4", "A5"]
        with pytest.raises(WaveClosed):
            invitations.to_remind(session, wave, SECRET, NOW + timedelta(days=28))


def test_where_answers_have_names_a_person_may_see_who_is_missing(worker: Fieldworker) -> None:
    wave = worker.framed(*people(2), anonymity="confidential")
    sent = worker.ask(wave)
    worker.cast(wave, sent["A0"].token, personal=True)
    with worker.database.snapshot() as session:
        by_hand = invitations.to_remind_by_hand(session, wave, SECRET, NOW)
    assert [letter.reference for letter in by_hand] == ["A1"]


def test_who_says_no_may_change_their_mind_and_answer(worker: Fieldworker) -> None:
    wave = worker.framed(*people(2))
    sent = worker.ask(wave)
    token = sent["A0"].token
    worker.answer(token, token, {"purpose": "5"}, send=False)
    with worker.database.transaction() as session:
        assert invitations.decline(session, token, declines=True)
        assert sitting.resume(session, keys.draft_key(token)) is None
        assert fieldwork.admit(session, token, NOW).declined
        assert invitations.decline(session, token, declines=False)
        assert not fieldwork.admit(session, token, NOW).declined
        assert invitations.decline(session, token, declines=True)
    assert worker.cast(wave, token, personal=True)
    with worker.database.transaction() as session:
        assert not invitations.decline(session, token, declines=True)
        assert not invitations.decline(session, "nobody's token", declines=True)
        assert turnout.states(session, wave, NOW)[State.ANSWERED] == 1
        with pytest.raises(AlreadyAnswered):
            fieldwork.admit(session, token, NOW)


def test_what_is_taken_back_admits_nobody_and_what_came_back_still_does(
    worker: Fieldworker,
) -> None:
    wave = worker.framed(*people(2))
    sent = worker.ask(wave)
    worker.answer(sent["A0"].token, sent["A0"].token, {}, send=False)
    with worker.database.transaction() as session:
        outcomes = {"A0": Outcome.WITHDRAWN, "A1": Outcome.UNDELIVERABLE}
        invitations.record(session, wave, SECRET, outcomes, NOW)
        with pytest.raises(LinkWithdrawn):
            fieldwork.admit(session, sent["A0"].token, NOW)
        assert sitting.resume(session, keys.draft_key(sent["A0"].token)) is None
        assert fieldwork.admit(session, sent["A1"].token, NOW)
        assert [one.reference for one in invitations.letters(session, wave, SECRET)] == ["A1"]


def test_an_outcome_needs_a_person_and_an_open_wave(worker: Fieldworker) -> None:
    wave = worker.framed(*people(2))
    worker.ask(wave)
    with worker.database.transaction() as session:
        with pytest.raises(UnknownReference, match="B1"):
            invitations.record(session, wave, SECRET, {"B1": Outcome.REFUSED}, NOW)
        later = NOW + timedelta(days=28)
        with pytest.raises(WaveClosed):
            invitations.record(session, wave, SECRET, {"A1": Outcome.REFUSED}, later)
        with pytest.raises(WaveClosed):
            invitations.invite(session, wave, SECRET, later)


def test_another_secret_is_noticed_and_not_guessed_around(worker: Fieldworker) -> None:
    wave = worker.framed(*people(3))
    worker.ask(wave)
    other = "another secret of more than thirty-two characters"
    with worker.database.transaction() as session:
        for ask in (
            lambda: invitations.invite(session, wave, other, NOW),
            lambda: invitations.letters(session, wave, other),
            lambda: invitations.to_remind(session, wave, other, NOW),
            lambda: turnout.sample(session, wave, other, NOW),
        ):
            with pytest.raises(SecretChanged):
                ask()


def test_nothing_in_the_database_says_whose_an_invitation_is(worker: Fieldworker) -> None:
    members = [Member(f"A{n}", email=f"p{n}@eksempel.dk", channel="email") for n in range(40)]
    wave = worker.framed(*members)
    sent = worker.ask(wave)
    for letter in list(sent.values())[:12]:
        worker.cast(wave, letter.token, personal=True)
    worker.mix(wave)
    tables = dump(worker.database)
    for letter in sent.values():
        for rows in tables.values():
            for row in rows:
                for value in row.values():
                    shown = traces(value)
                    assert not any(letter.token in one or letter.code in one for one in shown)
    persons = {
        trace
        for name in ("frame_member", "contact")
        for row in tables[name]
        for column, value in row.items()
        if column in {"id", "member_id", "reference", "email", "phone"} and value is not None
        for trace in traces(value)
    }
    others = {
        trace
        for name in ("invitation", "response", "answer", "comment", "ballot_inbox", "draft")
        for row in tables[name]
        for value in row.values()
        for trace in traces(value)
        if len(trace) >= 12
    }
    assert not persons & others


def test_the_order_of_people_is_not_the_order_of_invitations(database: Database) -> None:
    if database.is_sqlite:
        # Rows stand in the order of their hashes there
        return
    worker = Fieldworker(database, NOW)
    wave = worker.framed(*people(60))
    worker.ask(wave)
    with database.snapshot() as session:
        stored = [
            bytes(one)
            for one in session.execute(
                text("SELECT token_hash FROM invitation ORDER BY ctid")
            ).scalars()
        ]
        by_member = [
            keys.spend_hash(keys.invitation(SECRET, member).token)
            for member in session.execute(
                text("SELECT id FROM frame_member ORDER BY ctid")
            ).scalars()
        ]
    agreeing = sum(one == other for one, other in zip(stored, by_member, strict=True))
    # One in the mean; eight or more once in a hundred thousand times
    assert agreeing < 8


def test_a_small_group_does_not_follow_the_answer(worker: Fieldworker) -> None:
    wave = worker.framed(
        *(Member(f"A{n}", unit="Ungeteam", course="CV 4") for n in range(6)),
        *(Member(f"B{n}", unit="Ungeteam", course="CV 5") for n in range(2)),
        *(Member(f"C{n}", unit="Jobhuset") for n in range(7)),
        Member("D1", unit="Borgmesteren"),
    )
    worker.ask(wave)
    with worker.database.snapshot() as session:
        groups = Counter(
            (unit, course)
            for unit, course in session.execute(text("SELECT unit, course FROM invitation"))
        )
    # One person alone would be known by having no unit, so the next smallest group joins
    assert groups == {("Ungeteam", None): 8, (None, None): 8}


def test_where_answers_have_names_every_unit_follows(worker: Fieldworker) -> None:
    wave = worker.framed(Member("D1", unit="Borgmesteren"), anonymity="identified")
    worker.ask(wave)
    with worker.database.snapshot() as session:
        assert session.execute(text("SELECT unit FROM invitation")).scalar_one() == "Borgmesteren"


def test_who_comes_later_does_not_stand_out(worker: Fieldworker) -> None:
    wave = worker.framed(*(Member(f"A{n}", unit="Øst") for n in range(8)), Member("B1", unit="V"))
    worker.ask(wave)
    later = (*(Member(f"B{n}", unit="V") for n in range(2, 6)), Member("A9", unit="Øst"))
    with worker.database.transaction() as session:
        frame.take(session, wave, Reading({}, later, ()))
    worker.ask(wave)
    with worker.database.snapshot() as session:
        groups = Counter(session.scalars(text("SELECT unit FROM invitation")))
    # With the first of them five are of the unit, but four would have carried it
    assert groups == {None: 14}


def test_a_caseworker_follows_where_five_or_more_share_them(worker: Fieldworker) -> None:
    wave = worker.framed(
        *(Member(f"A{n}", unit="Øst", caseworker="k1") for n in range(5)),
        *(Member(f"B{n}", unit="Øst", caseworker="k2") for n in range(4)),
        *(Member(f"C{n}", unit="Øst") for n in range(3)),
    )
    worker.ask(wave)
    with worker.database.snapshot() as session:
        found = session.execute(text("SELECT unit, caseworker FROM invitation"))
        assert Counter(map(tuple, found)) == {("Øst", "k1"): 5, ("Øst", None): 7}
