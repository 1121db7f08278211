"""A code opens what it should, when it should, and everything else says why not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select, update

from surveys import definition, extract, fieldwork, keys
from surveys.database import Database
from surveys.errors import (
    AlreadyAnswered,
    LinkWithdrawn,
    UnknownCode,
    UnknownSurvey,
    WaveClosed,
    WaveNotOpen,
)
from surveys.instrument import Missing
from surveys.tables import InvitationRow, LinkRow, WaveRow
from tests.surveys.arbitrary import any_text
from tests.surveys.fieldworker import Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def test_an_open_link_admits_anybody_to_its_wave(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        code = fieldwork.create_link(session, worker.survey, NOW, unit="Ungeteam", course="CV 4")
    with worker.database.snapshot() as session:
        for written in (code, keys.spelled(code), keys.spelled(code).lower()):
            admission = fieldwork.admit(session, written, NOW)
            assert (admission.survey, admission.unit, admission.course, admission.personal) == (
                "samtalefeedback", "Ungeteam", "CV 4", False,
            )  # fmt: skip
            assert admission.instrument.name == "samtalefeedback"


def test_an_invitation_admits_once(worker: Fieldworker) -> None:
    wave = worker.wave()
    (token,) = worker.invite(wave)
    with worker.database.snapshot() as session:
        admission = fieldwork.admit(session, token, NOW)
        assert (admission.wave_id, admission.personal) == (wave, True)
    worker.cast(wave, token, personal=True)
    with worker.database.snapshot() as session, pytest.raises(AlreadyAnswered):
        fieldwork.admit(session, token, NOW)


def test_a_wave_admits_from_its_first_moment_to_just_before_its_last(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=timedelta(days=7))
    (token,) = worker.invite(wave)
    moment = timedelta(microseconds=1)
    with worker.database.snapshot() as session:
        with pytest.raises(WaveNotOpen) as refusal:
            fieldwork.admit(session, token, NOW - moment)
        assert refusal.value.args == (NOW,)
        assert fieldwork.admit(session, token, NOW)
        assert fieldwork.admit(session, token, NOW + timedelta(days=7) - moment)
        with pytest.raises(WaveClosed):
            fieldwork.admit(session, token, NOW + timedelta(days=7))


def test_what_staff_took_back_admits_nobody(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        code = fieldwork.create_link(session, worker.survey, NOW)
        wave = session.scalars(select(WaveRow.id)).one()
        (token,) = fieldwork.invite(session, wave, 1)
        session.execute(update(LinkRow).values(withdrawn=True))
        session.execute(update(InvitationRow).values(withdrawn=True))
    with worker.database.snapshot() as session:
        for taken_back in (code, token):
            with pytest.raises(LinkWithdrawn):
                fieldwork.admit(session, taken_back, NOW)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_text)
def test_anything_else_is_unknown_and_is_not_repeated(worker: Fieldworker, code: str) -> None:
    with worker.database.snapshot() as session, pytest.raises(UnknownCode) as refusal:
        fieldwork.admit(session, code, NOW)
    assert refusal.value.args == ()


def test_the_first_link_opens_the_first_wave_and_the_second_joins_it(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        codes = [fieldwork.create_link(session, worker.survey, NOW) for _ in range(2)]
    with worker.database.snapshot() as session:
        first, second = (fieldwork.admit(session, code, NOW) for code in codes)
        assert first.wave_id == second.wave_id
        assert [wave.label for wave in extract.waves(session, worker.survey)] == ["2026"]


def test_closing_mixes_what_is_left_and_then_there_is_no_open_wave(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        code = fieldwork.create_link(session, worker.survey, NOW)
        wave = fieldwork.admit(session, code, NOW).wave_id
    for _ in range(3):
        worker.cast(wave, keys.new_ballot())
    later = NOW + timedelta(days=1)
    with worker.database.transaction() as session:
        assert fieldwork.close_wave(session, worker.survey, later) == wave
    assert worker.state(wave) == (3, 0, 3)
    with worker.database.transaction() as session:
        with pytest.raises(WaveClosed):
            fieldwork.close_wave(session, worker.survey, later)
        with pytest.raises(WaveClosed):
            fieldwork.create_link(session, worker.survey, later)
        with pytest.raises(WaveClosed):
            fieldwork.admit(session, code, later)


def test_an_unknown_survey_is_answered_with_the_known_ones(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        for ask in (
            lambda: fieldwork.create_link(session, "samtalefedback", NOW),
            lambda: fieldwork.open_wave(session, "samtalefedback", "1", opens_at=NOW),
            lambda: fieldwork.close_wave(session, "samtalefedback", NOW),
            lambda: extract.wave(session, "samtalefedback"),
        ):
            with pytest.raises(UnknownSurvey) as refusal:
                ask()
            assert refusal.value.known == tuple(sorted(definition.catalogue()))


def test_a_wave_that_is_asked_for_by_another_name_is_answered_with_its_names(
    worker: Fieldworker,
) -> None:
    with worker.database.transaction() as session:
        fieldwork.open_wave(session, worker.survey, "efterår", opens_at=NOW)
        with pytest.raises(UnknownSurvey) as refusal:
            extract.wave(session, worker.survey, "forår")
        assert refusal.value.known == ("samtalefeedback efterår",)


def test_the_newest_wave_comes_first(worker: Fieldworker) -> None:
    with worker.database.transaction() as session:
        for days, label in ((0, "b"), (-30, "a"), (5, "c")):
            fieldwork.open_wave(
                session,
                worker.survey,
                label,
                opens_at=NOW + timedelta(days=days),
                invited=619,
                target=0.85,
            )
    with worker.database.snapshot() as session:
        waves = extract.waves(session, worker.survey)
        assert [wave.label for wave in waves] == ["c", "b", "a"]
        assert extract.wave(session, worker.survey).label == "c"
        assert (waves[0].invited, waves[0].target) == (619, 0.85)
        assert waves[0].opens_at == NOW + timedelta(days=5)
        assert extract.waves(session, "borgerinddragelse") == []


def test_what_analysis_reads_is_what_was_answered_and_mixed(worker: Fieldworker) -> None:
    wave, other = worker.wave(), worker.wave()
    for number in range(10):
        answers = {"purpose": 5 if number < 7 else 2, "open": f"Svar {number}"}
        worker.cast(wave, keys.new_ballot(), answers=answers)
        worker.cast(other, keys.new_ballot(), answers={"purpose": 1})
    with worker.database.snapshot() as session:
        assert extract.tallies(session, wave) == []
        assert extract.comments(session, wave) == []
        assert extract.modes(session, wave) == {}
    assert worker.mix(wave) == worker.mix(other) == 10
    with worker.database.snapshot() as session:
        tallies = {(t.item, t.code, t.missing): t.n for t in extract.tallies(session, wave)}
        assert tallies["purpose", "5", None] == 7
        assert tallies["purpose", "2", None] == 3
        assert tallies["next", None, Missing.SKIPPED] == 10
        assert ("purpose", "1", None) not in tallies
        comments = extract.comments(session, wave)
        assert sorted(comment.body for comment in comments) == [f"Svar {n}" for n in range(10)]
        assert {(comment.item, comment.language) for comment in comments} == {("open", "da")}
        assert len({comment.response for comment in comments}) == 10
        assert extract.modes(session, wave) == {"web": 10}
