"""A statement that is compiled once behaves as if SQLAlchemy had carried it out."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, event, insert, literal, select
from sqlalchemy.exc import IntegrityError

from surveys.database import Base, Database
from surveys.prepared import Prepared
from surveys.tables import InvitationRow, SurveyRow, WaveRow

SURVEY = Base.metadata.tables[SurveyRow.__tablename__]
WAVE = Base.metadata.tables[WaveRow.__tablename__]
NAMED = Prepared(select(SURVEY).where(SURVEY.c.name == bindparam("name")))
ADD = Prepared(insert(SURVEY).returning(SURVEY.c.id))


def test_values_pass_through_the_types_of_their_columns(database: Database) -> None:
    moment = bindparam("moment", type_=WAVE.c.opens_at.type)
    said = Prepared(select(moment.label("at"), literal(False).label("no")))
    then = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    with database.snapshot() as session:
        for _ in range(2):
            ((at, no),) = said(session, moment=then)
            assert (at, no) == (then, False)
        with pytest.raises(ValueError, match="time zone"):
            said(session, moment=then.replace(tzinfo=None))


def test_it_is_part_of_its_sessions_transaction(database: Database) -> None:
    with database.transaction() as session:
        ADD(session, name="never", telegram=True)
        assert [row.name for row in NAMED(session, name="never")] == ["never"]
        session.rollback()
    with database.snapshot() as session:
        assert NAMED(session, name="never") == []


def test_what_the_database_refuses_is_an_error_of_sqlalchemy_without_the_values(
    database: Database,
) -> None:
    with database.transaction() as session:
        ADD(session, name="secret", telegram=True)
    with pytest.raises(IntegrityError) as refusal, database.transaction() as session:
        ADD(session, name="secret", telegram=True)
    assert "[SQL: INSERT INTO survey" in str(refusal.value)
    assert "[parameters" not in str(refusal.value)
    with database.transaction() as session:
        assert len(NAMED(session, name="secret")) == 1


def test_whoever_listens_to_statements_hears_it(database: Database) -> None:
    heard: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: heard.append(said[2]))
    with database.snapshot() as session:
        NAMED(session, name="nobody")
    assert heard[-1].startswith("SELECT survey.id")


def test_a_default_that_nobody_names_is_not_forgotten(database: Database) -> None:
    incomplete = Prepared(insert(Base.metadata.tables[InvitationRow.__tablename__]))
    with database.snapshot() as session, pytest.raises(ValueError, match="default"):
        incomplete(session, token_hash=b"", wave_id=1)
