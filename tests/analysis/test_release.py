"""Two looks at a wave never differ by fewer than five people."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from analysis import release, report
from analysis.disclosure import MINIMUM
from surveys import ballot, extract, fieldwork, keys, retention
from surveys.database import Database
from surveys.interview import Draft, Interview

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SURVEY = "samtalefeedback"


def opened(session: Session, label: str = "2026") -> str:
    fieldwork.open_wave(session, SURVEY, label, opens_at=NOW)
    return fieldwork.create_link(session, SURVEY, NOW)


def answer(session: Session, code: str, degree: int) -> str:
    admission = fieldwork.admit(session, code, NOW)
    interview = Interview(admission.instrument, Draft("da"))
    interview.fill({"purpose": str(degree)})
    token = keys.new_ballot()
    ballot.cast(
        session,
        admission.instrument,
        interview.finish().answers,
        wave_id=admission.wave_id,
        spends=keys.spend_hash(token),
        personal=False,
        receipt=token,
        mode="web",
        language="da",
        unit=None,
        course=None,
        now=NOW,
    )
    return token


def look(database: Database) -> report.Report:
    release.settle(database)
    with database.snapshot() as session:
        return report.build(session, extract.wave(session, SURVEY))


def told(made: report.Report) -> tuple[int, ...]:
    bars = made.distributions[0].bars
    return (made.fieldwork.responses, *(bar.n for bar in bars or ()))


def test_the_last_few_of_a_wave_are_not_told_apart(database: Database) -> None:
    with database.transaction() as session:
        code = opened(session)
        for _ in range(12):
            answer(session, code, 4)
        ballot.mix_all(session)
    before = told(look(database))
    assert before[0] == 12
    with database.transaction() as session:
        answer(session, code, 1)
        fieldwork.close_wave(session, SURVEY, NOW + timedelta(days=1))
    with database.snapshot() as session:
        assert extract.wave(session, SURVEY).responses == 13
    assert told(look(database)) == before


def test_enough_new_people_are_told_at_once(database: Database) -> None:
    with database.transaction() as session:
        code = opened(session)
        for _ in range(12):
            answer(session, code, 4)
        ballot.mix_all(session)
    look(database)
    with database.transaction() as session:
        for _ in range(MINIMUM):
            answer(session, code, 1)
        fieldwork.close_wave(session, SURVEY, NOW + timedelta(days=1))
    assert told(look(database))[0] == 17


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 2)), min_size=2, max_size=6))
def test_no_two_looks_are_one_to_four_people_apart(
    make_sqlite: Callable[[], str], moves: list[tuple[int, int]]
) -> None:
    database = Database(make_sqlite())
    here: list[str] = []
    mixed: set[str] = set()
    seen: set[str] = set()
    shown = 0
    with database.transaction() as session:
        code = opened(session)
    for come, gone in moves:
        with database.transaction() as session:
            here += [answer(session, code, 1 + number % 5) for number in range(come)]
            ballot.mix_all(session)
            mixed = set(here) if not extract.wave(session, SURVEY).waiting else mixed
            for _ in range(min(gone, len(here))):
                assert retention.erase(session, here.pop(0))
            counted = extract.wave(session, SURVEY).responses
        mixed &= set(here)
        made = told(look(database))
        if made[0] != shown:
            assert made[0] == counted == len(mixed)
            assert len(mixed ^ seen) >= MINIMUM
            seen, shown = set(mixed), made[0]
    database.close()


@pytest.mark.parametrize("large", [1, 10_000])
def test_what_is_told_equals_what_is_counted_answer_by_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Both ways of counting, with the answers of another wave and another survey beside them."""
    monkeypatch.setattr(extract, "LARGE", large)
    with database.transaction() as session:
        for times, degree in ((3, 2), (31, 4)):
            if degree == 4:
                fieldwork.close_wave(session, SURVEY, NOW)
            code = opened(session, str(degree))
            for number in range(times):
                answer(session, code, 1 + (number + degree) % 5)
            ballot.mix(session, extract.wave(session, SURVEY).id, closing=True)
    release.settle(database)
    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY)
        kept = release.read(session, wave)
        counted = session.execute(
            text(
                "SELECT a.item, a.code, a.missing, count(*) FROM answer a"
                " JOIN response r ON r.id = a.response_id WHERE r.wave_id = :wave"
                " GROUP BY a.item, a.code, a.missing"
            ),
            {"wave": wave.id},
        ).all()
    assert kept.responses == 31
    assert {(one.item, one.code, one.missing, one.n) for one in kept.tallies} == {
        tuple(row) for row in counted
    }
