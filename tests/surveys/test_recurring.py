"""Waves that follow from a schedule open once, at the right minute, on the newest version."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import yaml
from sqlalchemy import select

from surveys import definition, extract, fieldwork, recurring
from surveys.database import Database
from surveys.errors import UnknownSurvey, WaveClosed, WaveExists, WaveNotOpen
from surveys.recurring import CourseRun
from surveys.schedule import Rhythm, Schedule
from surveys.tables import LinkRow, WaveRow
from tests.surveys.fieldworker import Fieldworker

SURVEY = "samtalefeedback"
MINUTE = timedelta(minutes=1)
HALF_YEARLY = Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), time(8), 28, "confidential", 0.85)
OCTOBER_OPENS = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
OCTOBER_CLOSES = datetime(2026, 10, 28, 23, 0, tzinfo=UTC)


def planned(database: Database, schedule: Schedule | None) -> None:
    with database.transaction() as session:
        recurring.plan(session, SURVEY, schedule)


def keep(database: Database, now: datetime) -> list[str]:
    with database.transaction() as session:
        return [label for _, label in recurring.keep(session, now)]


def test_april_and_october_open_and_close_on_the_minute(database: Database) -> None:
    planned(database, HALF_YEARLY)
    assert keep(database, OCTOBER_OPENS - MINUTE) == []
    assert keep(database, OCTOBER_OPENS) == ["Oktober 2026"]
    assert keep(database, OCTOBER_OPENS) == keep(database, OCTOBER_OPENS + MINUTE) == []
    with database.transaction() as session:
        wave = extract.wave(session, SURVEY)
        assert (wave.opens_at, wave.closes_at) == (OCTOBER_OPENS, OCTOBER_CLOSES)
        assert (wave.anonymity, wave.target) == ("confidential", 0.85)
        code = fieldwork.create_link(session, SURVEY, OCTOBER_OPENS)
        with pytest.raises(WaveNotOpen):
            fieldwork.admit(session, code, OCTOBER_OPENS - MINUTE)
        assert fieldwork.admit(session, code, OCTOBER_CLOSES - MINUTE)
        with pytest.raises(WaveClosed):
            fieldwork.admit(session, code, OCTOBER_CLOSES)
    assert keep(database, OCTOBER_CLOSES) == []


def test_a_job_that_runs_late_opens_the_wave_as_of_its_time(database: Database) -> None:
    planned(database, HALF_YEARLY)
    assert keep(database, OCTOBER_OPENS + timedelta(days=3)) == ["Oktober 2026"]
    with database.snapshot() as session:
        assert extract.wave(session, SURVEY).opens_at == OCTOBER_OPENS


def test_a_survey_that_never_stops_goes_on_in_the_year_after_week_53(database: Database) -> None:
    planned(database, Schedule(Rhythm.CONTINUOUS, date(2026, 1, 1)))
    turn = datetime(2027, 1, 3, 23, 0, tzinfo=UTC)
    assert keep(database, turn - MINUTE) == ["2026"]
    with database.transaction() as session:
        code = fieldwork.create_link(session, SURVEY, turn - MINUTE)
        first = fieldwork.admit(session, code, turn - MINUTE)
    assert keep(database, turn - MINUTE) == []
    assert keep(database, turn) == ["2027"]
    with database.snapshot() as session:
        # The poster's code opens the new wave
        second = fieldwork.admit(session, code, turn)
        waves = {wave.label: wave for wave in extract.waves(session, SURVEY)}
    assert second.wave_id != first.wave_id
    assert waves["2026"].closes_at == waves["2027"].opens_at == turn


def test_a_wave_that_somebody_began_by_hand_ends_when_the_schedule_takes_over(
    database: Database,
) -> None:
    began = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with database.transaction() as session:
        fieldwork.open_wave(session, SURVEY, "Prøve", opens_at=began)
        code = fieldwork.create_link(session, SURVEY, began)
        session.scalars(select(LinkRow)).one()
    planned(database, Schedule(Rhythm.CONTINUOUS, date(2026, 11, 18)))
    assert keep(database, datetime(2026, 11, 18, 12, 0, tzinfo=UTC)) == ["2026"]
    midnight = datetime(2026, 11, 17, 23, 0, tzinfo=UTC)
    with database.snapshot() as session:
        closes = session.scalar(select(WaveRow.closes_at).where(WaveRow.label == "Prøve"))
        assert closes == midnight
        assert fieldwork.admit(session, code, midnight + MINUTE)


def test_every_course_run_has_its_wave_and_link_on_its_last_day(database: Database) -> None:
    planned(database, Schedule(Rhythm.COURSE_RUN, date(2026, 5, 1), time(12), 14))
    with database.transaction() as session:
        for name, day in (("CV 1", 1), ("CV 2", 8), ("CV 3", 8)):
            run = CourseRun(name, "CV-kursus", date(2026, 5, 1), date(2026, 5, day), expected=12)
            recurring.add_run(session, run)
        recurring.add_run(session, CourseRun("Før", "CV", date(2026, 4, 1), date(2026, 4, 30)))
    noon = datetime(2026, 5, 8, 10, 0, tzinfo=UTC)
    assert keep(database, noon - MINUTE) == ["CV 1"]
    assert keep(database, noon) == ["CV 2", "CV 3"]
    assert keep(database, noon + timedelta(days=30)) == []
    with database.snapshot() as session:
        links = session.execute(
            select(LinkRow.course, WaveRow.label).join(WaveRow, WaveRow.id == LinkRow.wave_id)
        ).all()
        assert sorted(map(tuple, links)) == [(f"CV {n}",) * 2 for n in (1, 2, 3)]
        assert [run.name for run in recurring.runs(session)][-1] == "Før"


def test_a_run_that_is_read_again_is_changed(database: Database) -> None:
    with database.transaction() as session:
        for expected in (12, 14):
            run = CourseRun("CV 1", "CV", date(2026, 5, 1), date(2026, 5, 2), expected=expected)
            recurring.add_run(session, run)
        assert recurring.runs(session) == [run]


def test_a_schedule_is_kept_changed_and_taken_away(database: Database) -> None:
    other = Schedule(Rhythm.CONTINUOUS, date(2026, 2, 3), anonymity="anonymous")
    for schedule in (HALF_YEARLY, other):
        planned(database, schedule)
        with database.snapshot() as session:
            assert recurring.schedules(session) == {SURVEY: schedule}
    planned(database, None)
    planned(database, None)
    with database.transaction() as session:
        assert recurring.schedules(session) == {}
        with pytest.raises(UnknownSurvey):
            recurring.plan(session, "samtalefedback", HALF_YEARLY)


def test_a_wave_stays_on_its_version_and_a_newer_one_is_for_the_next(database: Database) -> None:
    worker = Fieldworker(database, OCTOBER_OPENS)
    document = yaml.safe_load(definition.shipped(SURVEY))
    document["version"] += 1
    newer = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    before = worker.wave()
    with database.transaction() as session:
        version = fieldwork.publish(session, newer)
        after = fieldwork.open_wave(session, SURVEY, "næste", opens_at=OCTOBER_OPENS)
        rows = session.execute(select(WaveRow.id, WaveRow.instrument_version_id))
        versions = dict(rows.all())
        assert versions[after] == version
        assert versions[before] != version
        with pytest.raises(WaveExists):
            fieldwork.open_wave(session, SURVEY, "næste", opens_at=OCTOBER_OPENS)
