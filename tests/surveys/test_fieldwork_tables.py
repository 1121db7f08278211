"""What the database holds of fieldwork, against raw SQL."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import IntegrityError

from surveys import fieldwork, fieldwork_tables, frame, recurring
from surveys.database import Base, Database
from surveys.errors import AnonymityFixed
from surveys.frame import Member, Reading
from surveys.recurring import CourseRun
from surveys.schedule import Rhythm, Schedule
from tests.surveys.fieldworker import Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
ATTACKS = {
    "ck_schedule_rhythm": ["UPDATE schedule SET rhythm = 'daily'"],
    "ck_schedule_anonymity": ["UPDATE schedule SET anonymity = ''"],
    "ck_schedule_days": ["UPDATE schedule SET days = 0", "UPDATE schedule SET days = 121"],
    "ck_schedule_times_where_it_pauses": [
        "UPDATE schedule SET days = NULL",
        "UPDATE schedule SET opens_time = NULL",
        "UPDATE schedule SET rhythm = 'continuous'",
    ],
    "ck_schedule_target": ["UPDATE schedule SET target = 1.1"],
    "ck_course_run_ends_after_it_begins": ["UPDATE course_run SET ends = '2020-01-01'"],
    "ck_course_run_expected": ["UPDATE course_run SET expected = 0"],
    "ck_frame_member_channel": ["UPDATE frame_member SET channel = 'pigeon'"],
    "uq_frame_member_wave_id_reference": [
        "INSERT INTO frame_member (id, wave_id, reference, channel, language)"
        " SELECT 'another', wave_id, reference, channel, language FROM frame_member"
    ],
    "ck_contact_email_or_phone": ["UPDATE contact SET email = NULL"],
    "ck_retention_frame_days": ["UPDATE retention SET frame_days = 0"],
    "ck_retention_draft_days": ["UPDATE retention SET draft_days = -1"],
    "ck_retention_text_days": ["UPDATE retention SET text_days = 3661"],
    "ck_retention_response_days": ["UPDATE retention SET response_days = 0"],
    "ck_wave_day_received": ["UPDATE wave_day SET received = -1"],
}
_ON_SQLITE = {"uq_frame_member_wave_id_reference": "frame_member.wave_id, frame_member.reference"}


@pytest.fixture
def filled(database: Database) -> Database:
    wave = Fieldworker(database, NOW).wave()
    with database.transaction() as session:
        frame.take(session, wave, Reading({}, (Member("A1", email="ida@eksempel.dk"),), ()))
        schedule = Schedule(Rhythm.APRIL_OCTOBER, date(2026, 1, 1), time(8), 28)
        recurring.plan(session, "samtalefeedback", schedule)
        recurring.add_run(session, CourseRun("CV 4", "CV", date(2026, 5, 1), date(2026, 5, 9)))
        survey = session.scalar(text("SELECT survey_id FROM schedule"))
        session.execute(text(f"INSERT INTO retention VALUES ({survey}, 30, 30, 30, 30)"))  # noqa: S608
        session.execute(text(f"INSERT INTO wave_day VALUES ({wave}, '2026-11-18', 3)"))  # noqa: S608
    return database


def test_the_database_refuses_what_the_code_would_never_write(filled: Database) -> None:
    for constraint, attacks in ATTACKS.items():
        named = _ON_SQLITE.get(constraint, constraint) if filled.is_sqlite else constraint
        for attack in attacks:
            with pytest.raises(IntegrityError) as refusal, filled.engine.begin() as connection:
                connection.execute(text(attack))
            assert named in str(refusal.value.orig), attack


def test_every_check_has_an_attack() -> None:
    mapped = [
        found.local_table
        for found in Base.registry.mappers
        if found.class_.__module__ == fieldwork_tables.__name__
    ]
    checks = {
        constraint.name
        for table in mapped
        for constraint in table.constraints  # type: ignore[attr-defined]
        if isinstance(constraint, CheckConstraint)
    }
    assert len(mapped) == 9
    assert checks <= set(ATTACKS)


def test_deleting_a_person_takes_the_contact_along(filled: Database) -> None:
    with filled.engine.begin() as connection:
        connection.execute(text("DELETE FROM frame_member"))
        assert connection.execute(text("SELECT count(*) FROM contact")).scalar_one() == 0


@pytest.mark.parametrize("personal", [True, False])
def test_the_anonymity_is_fixed_at_the_first_invitation(database: Database, personal: bool) -> None:
    worker = Fieldworker(database, NOW)
    wave, other = worker.wave(), worker.wave()
    with database.transaction() as session:
        fieldwork.promise(session, wave, "identified")
        fieldwork.promise(session, wave, "confidential")
    if personal:
        worker.invite(wave)
    else:
        worker.cast(wave, "a ballot")
    with pytest.raises(AnonymityFixed), database.transaction() as session:
        fieldwork.promise(session, wave, "anonymous")
    with pytest.raises(IntegrityError) as refusal, database.engine.begin() as connection:
        connection.execute(text("UPDATE wave SET anonymity = 'anonymous'"))
    assert "fixed from its first invitation" in str(refusal.value.orig)
    with database.transaction() as session:
        # What does not change it, and other waves, are free
        fieldwork.promise(session, wave, "confidential")
        fieldwork.promise(session, other, "identified")
        session.execute(text("UPDATE wave SET anonymity = anonymity, label = label || '.'"))
