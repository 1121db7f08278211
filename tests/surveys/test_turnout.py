"""What is counted of a wave: every state once, by whoever counts, and the marks beside them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from surveys import invitations, turnout
from surveys.database import Database
from surveys.frame import Member
from surveys.invitations import Outcome
from surveys.tables import WaveRow
from surveys.turnout import State
from tests.surveys.fieldworker import SECRET, Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def people(n: int) -> tuple[Member, ...]:
    return tuple(Member(f"A{number}") for number in range(n))


def test_every_state_is_counted_and_they_add_up(worker: Fieldworker) -> None:
    wave = worker.framed(*people(7))
    sent = worker.ask(wave)
    worker.cast(wave, sent["A0"].token, personal=True)
    with worker.database.transaction() as session:
        outcomes = {
            "A0": Outcome.UNDELIVERABLE,
            "A1": Outcome.REFUSED,
            "A2": Outcome.UNDELIVERABLE,
            "A3": Outcome.WITHDRAWN,
        }
        invitations.record(session, wave, SECRET, outcomes, NOW)
    worker.answer(sent["A4"].token, sent["A4"].token, {}, send=False)
    expected = {
        State.ANSWERED: 1,
        State.REFUSED: 1,
        State.UNDELIVERABLE: 1,
        State.WITHDRAWN: 1,
        State.OPENED: 1,
        State.UNOPENED: 2,
        State.EXPIRED: 0,
    }
    with worker.database.snapshot() as session:
        states = turnout.states(session, wave, NOW)
        assert states.counts == expected
        assert states.invited == 7
        assert Counter(one.state for one in turnout.sample(session, wave, SECRET, NOW)) == {
            state: n for state, n in expected.items() if n
        }
        assert turnout.marks(session, wave) == {
            Outcome.REFUSED: 1,
            Outcome.UNDELIVERABLE: 2,
            Outcome.WITHDRAWN: 1,
        }
        later = turnout.states(session, wave, NOW + timedelta(days=28))
        assert (later[State.EXPIRED], later[State.OPENED], later[State.UNOPENED]) == (2, 1, 0)


def test_a_wave_without_an_end_never_expires(worker: Fieldworker) -> None:
    wave = worker.framed(*people(1))
    with worker.database.transaction() as session:
        session.execute(update(WaveRow).where(WaveRow.id == wave).values(closes_at=None))
    with worker.database.snapshot() as session:
        assert turnout.states(session, wave, NOW + timedelta(days=999))[State.EXPIRED] == 0
