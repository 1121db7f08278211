"""What is sent: once for each person and step, to those who need it; and who that was is untold."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from surveys import dispatch, frame, invitations, respite, steps, turnout
from surveys.database import Database
from surveys.dispatch import Batch, Ended
from surveys.errors import SecretChanged
from surveys.extract import wave as wave_named
from surveys.frame import Member, Reading
from surveys.respite import Reason
from surveys.steps import Sending, Step
from tests.surveys.fieldworker import SECRET, Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # a Wednesday, 10.30 in Copenhagen
HOLDER, OTHER = b"h" * 16, b"o" * 16
DAY = timedelta(days=1)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def framed(
    worker: Fieldworker,
    *members: Member,
    anonymity: str = "anonymous",
    days: int = 28,
    **how: object,
) -> int:
    wave = worker.framed(*members, anonymity=anonymity, days=days)
    with worker.database.transaction() as session:
        chosen = {"automatic": True, "rest_days": 0, **how}
        steps.decide(session, worker.survey, Sending(**chosen))  # type: ignore[arg-type]
    return wave


def people(n: int, channel: str = "email") -> tuple[Member, ...]:
    return tuple(
        Member(f"A{i}", email=f"a{i}@example.org", phone=f"+4520{i:06}", channel=channel)
        for i in range(n)
    )


def invite(worker: Fieldworker, wave: int, now: datetime = NOW) -> dict[str, str]:
    with worker.database.transaction() as session:
        made = invitations.invite(session, wave, SECRET, now)
    return {letter.reference: letter.token for letter in made}


def claimed(
    worker: Fieldworker, now: datetime, holder: bytes = HOLDER, channels: Sequence[str] = ("email",)
) -> Iterator[Batch]:
    with worker.database.transaction() as session:
        steps.plan(session, SECRET, now)
    while True:
        with worker.database.transaction() as session:
            batch = dispatch.claim(session, holder, channels, SECRET, now, most=7)
        if batch is None:
            return
        yield batch


def sent(worker: Fieldworker, now: datetime, ended: Ended | None = None) -> list[str]:
    """Whom a sender that never fails sends something now."""
    got = []
    for batch in claimed(worker, now):
        got += [message.letter.reference for message in batch.messages if message.needed]
        with worker.database.transaction() as session:
            dispatch.settle(session, HOLDER, batch, ended or Ended(), now)
    return sorted(got)


def tally(worker: Fieldworker, wave: int) -> dict[str, dict[str, int]]:
    with worker.database.snapshot() as session:
        found = steps.tally(session, wave)
    return {step.value: {s.value: n for s, n in counts.items()} for step, counts in found.items()}


def test_everybody_is_written_to_once_however_often_it_is_planned(worker: Fieldworker) -> None:
    wave = framed(worker, *people(20), Member("card"))
    invite(worker, wave)
    assert sent(worker, NOW) == sorted(f"A{i}" for i in range(20))
    assert sent(worker, NOW) == []
    assert tally(worker, wave) == {"invitation": {"done": 20, "waiting": 1}}
    with worker.database.transaction() as session:
        frame.take(
            session, wave, Reading({}, (Member("B1", email="b1@example.org", channel="email"),), ())
        )
    invite(worker, wave)
    assert sent(worker, NOW) == ["B1"]


def test_what_is_not_to_be_sent_by_itself_is_left_alone(worker: Fieldworker) -> None:
    wave = framed(worker, *people(3), automatic=False)
    invite(worker, wave)
    assert sent(worker, NOW) == []


def test_reminders_come_on_day_4_and_10_to_those_who_have_not_answered(
    worker: Fieldworker,
) -> None:
    wave = framed(worker, *people(6))
    tokens = invite(worker, wave)
    sent(worker, NOW)
    worker.cast(wave, tokens["A0"], personal=True)
    with worker.database.transaction() as session:
        assert invitations.decline(session, tokens["A1"], declines=True)
        respite.opt_out(session, respite.person(SECRET, "A2", "a2@example.org", None))
    assert sent(worker, NOW + 3 * DAY) == []
    on_sunday = NOW + 4 * DAY
    assert sent(worker, on_sunday) == []
    on_monday = NOW + 5 * DAY
    for hour in (-3, 7):
        assert sent(worker, on_monday + timedelta(hours=hour)) == []
    assert sent(worker, on_monday) == ["A3", "A4", "A5"]
    assert sent(worker, on_monday) == []
    worker.cast(wave, tokens["A3"], personal=True)
    assert sent(worker, NOW + 9 * DAY) == []
    assert sent(worker, NOW + 12 * DAY) == ["A4", "A5"]
    assert sent(worker, NOW + 20 * DAY) == []
    assert tally(worker, wave) == {
        step: {"done": 6} for step in ("invitation", "reminder_1", "reminder_2")
    }


def test_what_is_due_at_night_or_over_christmas_waits_and_the_days_count_from_when_it_went(
    worker: Fieldworker,
) -> None:
    wave = framed(worker, *people(3), days=60)
    evening = datetime(2026, 12, 23, 16, 0, tzinfo=UTC)  # five o'clock in Copenhagen
    invite(worker, wave, evening)
    for hours in (0, 10, 18):
        assert sent(worker, evening + timedelta(hours=hours)) == []
    monday = datetime(2026, 12, 28, 8, 0, tzinfo=UTC)
    assert sent(worker, monday) == ["A0", "A1", "A2"]
    assert sent(worker, monday + 4 * DAY) == []
    with worker.database.snapshot() as session:
        due = steps.next_reminders(session, wave)
    assert due == {
        Step.REMINDER_1: datetime(2027, 1, 4, tzinfo=UTC).date(),
        Step.REMINDER_2: datetime(2027, 1, 7, tzinfo=UTC).date(),
    }
    assert sent(worker, monday + 7 * DAY) == ["A0", "A1", "A2"]


def test_a_closed_wave_sends_nothing_more(worker: Fieldworker) -> None:
    wave = framed(worker, *people(3))
    invite(worker, wave)
    assert sent(worker, NOW + 30 * DAY) == []
    assert tally(worker, wave) == {}


def test_each_persons_days_count_from_their_own_invitation(worker: Fieldworker) -> None:
    wave = framed(worker, *people(2))
    invite(worker, wave)
    sent(worker, NOW)
    with worker.database.transaction() as session:
        frame.take(
            session, wave, Reading({}, (Member("B1", email="b1@example.org", channel="email"),), ())
        )
    invite(worker, wave)
    assert sent(worker, NOW + 2 * DAY) == ["B1"]
    assert sent(worker, NOW + 5 * DAY) == ["A0", "A1"]
    with worker.database.snapshot() as session:
        assert steps.next_reminders(session, wave)[Step.REMINDER_1] == (NOW + 6 * DAY).date()
    assert sent(worker, NOW + 6 * DAY) == ["B1"]


def test_the_tables_are_the_same_whoever_answered(worker: Fieldworker) -> None:
    """What an operator reads of each person in the dispatch table, in waves with other answers."""
    seen = []
    for answered in ((), ("A0",), ("A1", "A2", "A3"), tuple(f"A{i}" for i in range(8))):
        wave = framed(worker, *people(8))
        tokens = invite(worker, wave)
        sent(worker, NOW)
        for reference in answered:
            worker.cast(wave, tokens[reference], personal=True)
        monday = NOW + 5 * DAY
        # The service fails some: addresses that are gone, and ones that take nothing just now
        for batch in claimed(worker, monday):
            refs = [message.ref for message in batch.messages if message.needed]
            ended = Ended(failed=set(refs[:1]), postponed=set(refs[1:2]), left=set(refs[2:4]))
            with worker.database.transaction() as session:
                dispatch.settle(session, HOLDER, batch, ended, monday)
        with worker.database.snapshot() as session:
            rows = session.execute(
                text(
                    "SELECT reference, step, state, day, holder, not_before FROM dispatch"
                    " JOIN frame_member ON frame_member.id = member_id WHERE wave_id = :wave"
                    " ORDER BY reference, step"
                ),
                {"wave": wave},
            ).all()
        assert len(rows) == 16
        seen.append([tuple(row) for row in rows])
    assert all(view == seen[0] for view in seen)


def test_in_a_confidential_wave_what_failed_is_tried_again(worker: Fieldworker) -> None:
    wave = framed(worker, *people(4), anonymity="confidential")
    invite(worker, wave)
    [batch] = claimed_once(worker, NOW)
    gone, busy, cut, never = (message.ref for message in batch.messages)
    with worker.database.transaction() as session:
        ended = Ended(failed={gone}, postponed={busy}, uncertain={cut}, left={never})
        dispatch.settle(session, HOLDER, batch, ended, NOW)
    assert tally(worker, wave) == {"invitation": {"failed": 1, "waiting": 2, "uncertain": 1}}
    with worker.database.snapshot() as session:
        assert turnout.states(session, wave, NOW)[turnout.State.UNDELIVERABLE] == 1
    assert len(sent(worker, NOW)) == 1
    assert len(sent(worker, NOW + timedelta(hours=1))) == 1
    with worker.database.transaction() as session:
        assert dispatch.send_again(session, wave, NOW) == 1
    assert len(sent(worker, NOW)) == 1


def claimed_once(worker: Fieldworker, now: datetime, holder: bytes = HOLDER) -> list[Batch]:
    return [next(claimed(worker, now, holder))]


def test_two_senders_never_have_the_same_message(worker: Fieldworker) -> None:
    wave = framed(worker, *people(12))
    invite(worker, wave)
    [one], [other] = claimed_once(worker, NOW), claimed_once(worker, NOW, OTHER)
    refs = {message.ref for message in one.messages}, {message.ref for message in other.messages}
    assert refs[0].isdisjoint(refs[1])
    assert len(refs[0] | refs[1]) == 12
    # One of them comes back from the dead
    with worker.database.transaction() as session:
        handled = [one.messages[0].ref]
        dispatch.recover(session, HOLDER, handled, NOW, is_journal_whole=True)
    assert tally(worker, wave) == {"invitation": {"done": 1, "waiting": 6, "sending": 5}}
    with worker.database.transaction() as session:
        dispatch.recover(session, OTHER, [], NOW, is_journal_whole=False)
    assert tally(worker, wave) == {"invitation": {"done": 1, "waiting": 6, "uncertain": 5}}


def test_what_a_sender_never_came_back_for_is_let_go_after_two_days(worker: Fieldworker) -> None:
    wave = framed(worker, *people(3))
    invite(worker, wave)
    claimed_once(worker, NOW)
    for days, state in ((1, "sending"), (2, "uncertain")):
        with worker.database.transaction() as session:
            dispatch.give_up(session, NOW + days * DAY)
        assert tally(worker, wave) == {"invitation": {state: 3}}


def test_a_file_takes_the_place_of_sending(worker: Fieldworker) -> None:
    wave = framed(worker, *people(3))
    invite(worker, wave)
    with worker.database.transaction() as session:
        steps.hand_over(session, wave, ["A0", "A1", "A2"], Step.INVITATION, NOW)
        assert steps.next_by_hand(session, wave) is Step.REMINDER_1
    assert sent(worker, NOW) == []
    assert sent(worker, NOW + 5 * DAY) == ["A0", "A1", "A2"]
    assert tally(worker, wave)["invitation"] == {"handed_over": 3}


def test_another_secret_sends_nothing_to_anybody(worker: Fieldworker) -> None:
    wave = framed(worker, *people(3))
    invite(worker, wave)
    with worker.database.transaction() as session:
        steps.plan(session, SECRET, NOW)
    with pytest.raises(SecretChanged), worker.database.transaction() as session:
        dispatch.claim(session, HOLDER, ["email"], "another" * 8, NOW)
    assert tally(worker, wave) == {"invitation": {"waiting": 3}}


def test_what_bounces_is_noted_of_the_invitation(worker: Fieldworker) -> None:
    wave = framed(worker, *people(6))
    invite(worker, wave)
    refs = [m.ref for batch in claimed(worker, NOW) for m in batch.messages]
    with worker.database.transaction() as session:
        assert dispatch.bounced(session, refs[0], SECRET)
        assert not dispatch.bounced(session, "f" * 32, SECRET)
        marks = turnout.marks(session, wave)
    assert marks[invitations.Outcome.UNDELIVERABLE] == 1


def test_nobody_is_asked_twice_in_sixty_days_over_all_surveys(database: Database) -> None:
    first = Fieldworker(database, NOW)
    wave = framed(first, *people(3), rest_days=60)
    assert len(invite(first, wave)) == 3
    other = Fieldworker(database, NOW, "borgerinddragelse")
    again = framed(other, *people(5), Member("paper"), rest_days=60)
    assert sorted(invite(other, again, NOW + 3 * DAY)) == ["A3", "A4", "paper"]
    with database.snapshot() as session:
        left = invitations.left_alone(session, again, SECRET, NOW + 3 * DAY)
        assert left == {Reason.RECENT: 3}
        assert wave_named(session, "borgerinddragelse").invited == 3
    # By telephone they are the same people, and after sixty days they may be asked
    with database.transaction() as session:
        respite.opt_out(session, respite.person(SECRET, "x", None, "+4520000001"))
        steps.decide(session, "borgerinddragelse", Sending(automatic=True, rest_days=1))
    assert sorted(invite(other, again, NOW + 3 * DAY)) == ["A0", "A2"]
    with database.transaction() as session:
        assert respite.forget(session, NOW + 59 * DAY) == 0
        assert respite.forget(session, NOW + 70 * DAY) == 11
    with database.snapshot() as session:
        everything = str(session.execute(text("SELECT * FROM asked")).all())
    assert "A0" not in everything
