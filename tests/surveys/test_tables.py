"""What the code promises the database holds as well, against raw SQL."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import IntegrityError

from surveys import keys
from surveys.database import Database
from surveys.tables import (
    AnswerRow,
    BallotInboxRow,
    CommentRow,
    DraftRow,
    InstrumentVersionRow,
    InvitationRow,
    LinkRow,
    ResponseRow,
    SurveyRow,
    WaveRow,
)
from tests.surveys.fieldworker import Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MAPPED = (
    AnswerRow,
    BallotInboxRow,
    CommentRow,
    DraftRow,
    InstrumentVersionRow,
    InvitationRow,
    LinkRow,
    ResponseRow,
    SurveyRow,
    WaveRow,
)
ATTACKS = {
    "ck_answer_value_or_missing": [
        "UPDATE answer SET missing = 'refused' WHERE code IS NOT NULL",
        "UPDATE answer SET code = '5' WHERE missing IS NOT NULL",
        "UPDATE answer SET missing = NULL WHERE missing IS NOT NULL",
        "UPDATE answer SET number = 5 WHERE code IS NOT NULL",
        "UPDATE answer SET day = '2026-11-18' WHERE code IS NOT NULL",
        "UPDATE answer SET code = 'x' WHERE comment_id IS NOT NULL",
        "UPDATE answer SET comment_id = NULL WHERE comment_id IS NOT NULL",
        "INSERT INTO answer (response_id, item, place)"
        " SELECT id, 'empty', 0 FROM response",
    ],
    "ck_answer_missing": [
        "UPDATE answer SET missing = 'forgot' WHERE missing IS NOT NULL",
        "UPDATE answer SET missing = '' WHERE missing IS NOT NULL",
        "UPDATE answer SET missing = 'DONT_KNOW' WHERE missing IS NOT NULL",
    ],
    "ck_response_mode": [
        "UPDATE response SET mode = 'fax'",
        "UPDATE response SET mode = 'Web'",
    ],
    "ck_link_caseworker": ["UPDATE link SET caseworker = ''"],
    "ck_invitation_caseworker": ["UPDATE invitation SET caseworker = ''"],
    "ck_draft_mode": ["UPDATE draft SET mode = 'fax'"],
    "ck_wave_anonymity": [
        "INSERT INTO wave (id, survey_id, instrument_version_id, label, anonymity, opens_at,"
        " synthetic) SELECT id + 1000, survey_id, instrument_version_id, 'other', 'secret',"
        " opens_at, synthetic FROM wave",
    ],
    "ck_wave_invited": ["UPDATE wave SET invited = -1"],
    "ck_wave_target": ["UPDATE wave SET target = 1.01", "UPDATE wave SET target = -0.01"],
    "ck_wave_erased": ["UPDATE wave SET erased = -1"],
    "ck_wave_closes_after_it_opens": [
        "UPDATE wave SET closes_at = '2020-01-01 00:00:00+00:00'",
    ],
    "uq_response_receipt_hash": [
        "INSERT INTO response (id, wave_id, mode, language, week, receipt_hash)"
        " SELECT 'another', wave_id, mode, language, week, receipt_hash FROM response",
    ],
    "uq_link_code": [
        "INSERT INTO link (id, wave_id, code, withdrawn)"
        " SELECT id + 1000, wave_id, code, withdrawn FROM link",
    ],
    "uq_wave_survey_id_label": [
        "INSERT INTO wave (id, survey_id, instrument_version_id, label, anonymity, opens_at,"
        " synthetic) SELECT id + 1000, survey_id, instrument_version_id, label, anonymity,"
        " opens_at, synthetic FROM wave",
    ],
    "uq_instrument_version_name_version": [
        "INSERT INTO instrument_version (id, name, version, document)"
        " SELECT id + 1000, name, version, 'other words' FROM instrument_version",
    ],
    "pk_invitation": [
        "INSERT INTO invitation (token_hash, wave_id, personal, spent, withdrawn)"
        " SELECT token_hash, wave_id, personal, spent, withdrawn FROM invitation",
    ],
    "fk_response_wave_id_wave": ["UPDATE response SET wave_id = 999999"],
    "fk_answer_comment_id_comment": [
        "UPDATE answer SET comment_id = 'nobody' WHERE comment_id IS NOT NULL",
    ],
}  # fmt: skip
# SQLite names the columns of these instead of the constraint
_ON_SQLITE = {
    "uq_response_receipt_hash": "response.receipt_hash",
    "uq_link_code": "link.code",
    "uq_wave_survey_id_label": "wave.survey_id, wave.label",
    "uq_instrument_version_name_version": "instrument_version.name, instrument_version.version",
    "pk_invitation": "invitation.token_hash",
    "fk_response_wave_id_wave": "FOREIGN KEY",
    "fk_answer_comment_id_comment": "FOREIGN KEY",
}


@pytest.fixture
def filled(database: Database) -> Database:
    worker = Fieldworker(database, NOW)
    wave = worker.wave()
    worker.cast(wave, keys.new_ballot(), answers={"next": 5, "open": "Godt møde"})
    assert worker.mix(wave, closing=True) == 1
    with database.transaction() as session:
        session.add(LinkRow(wave_id=wave, code="K7QF2M9XTB"))
    worker.answer("K7QF2M9XTB", keys.new_ballot(), {"purpose": "5"}, send=False)
    return database


def test_the_database_refuses_what_the_code_would_never_write(filled: Database) -> None:
    for constraint, attacks in ATTACKS.items():
        named = _ON_SQLITE.get(constraint, constraint) if filled.is_sqlite else constraint
        for attack in attacks:
            with pytest.raises(IntegrityError) as refusal, filled.engine.begin() as connection:
                connection.execute(text(attack))
            assert named in str(refusal.value.orig), attack


def test_every_check_has_an_attack() -> None:
    checks = {
        constraint.name
        for mapped in MAPPED
        for constraint in mapped.__table__.constraints  # type: ignore[attr-defined]
        if isinstance(constraint, CheckConstraint)
    }
    assert checks
    assert checks <= set(ATTACKS)


def test_deleting_a_response_takes_its_answers_along(filled: Database) -> None:
    with filled.engine.begin() as connection:
        connection.execute(text("DELETE FROM response"))
        assert connection.execute(text("SELECT count(*) FROM answer")).scalar_one() == 0
