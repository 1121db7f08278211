"""A quote goes with the words that it is of, whether the answer goes too or its text alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from analysis.tables import QuoteRow
from surveys import extract, keys, retention
from surveys.database import Database
from surveys.retention import DEFAULTS
from tests.surveys.fieldworker import SECRET, Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("way", ["text", "response", "receipt"])
def test_a_quote_goes_with_its_words(database: Database, way: str) -> None:
    worker = Fieldworker(database, NOW)
    wave, ballot = worker.wave(closes_in=DAY), keys.new_ballot()
    worker.cast(wave, ballot, answers={"open": "Godt møde"})
    worker.mix(wave, closing=True)
    with database.transaction() as session:
        [comment] = extract.comments(session, wave)
        session.add(
            QuoteRow(
                comment_id=comment.id, wave_id=wave, theme="x", body="Godt […]", released_by="1"
            )
        )
    lives = DEFAULTS["anonymous"]
    with database.transaction() as session:
        if way == "receipt":
            assert retention.erase(session, keys.receipt(SECRET, ballot))
        else:
            over = NOW + DAY + getattr(lives, way) * DAY
            retention.expire(session, over - DAY)
            assert len(session.scalars(select(QuoteRow)).all()) == (way == "text")
            retention.expire(session, over)
        assert session.scalars(select(QuoteRow)).all() == []
