"""Whose meeting an answer is about, and which invitation it answers, where that may be known."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from surveys import extract, fieldwork, keys, retention
from surveys.database import Database
from surveys.errors import AnonymousWave
from surveys.extract import Cell
from surveys.retention import DEFAULTS
from tests.surveys.fieldworker import Fieldworker
from webapp.invariants import violations

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def promised(worker: Fieldworker, anonymity: str) -> int:
    wave = worker.wave(closes_in=DAY)
    with worker.database.transaction() as session:
        fieldwork.promise(session, wave, anonymity)
    return wave


def answered(worker: Fieldworker, wave: int) -> list[str]:
    """The tokens of two who answer by invitation, one of them on a page and one page by page."""
    first, second = worker.invite(wave, 2)
    with worker.database.transaction() as session:
        anonymity = fieldwork.admit(session, first, NOW).anonymity
    worker.cast(wave, first, personal=True, anonymity=anonymity)
    worker.answer(second, second, {"purpose": "5"}, send=True)
    worker.mix(wave, closing=True)
    return [first, second]


def test_a_caseworker_follows_the_link_the_draft_and_the_answer(worker: Fieldworker) -> None:
    wave = worker.wave()
    with worker.database.transaction() as session:
        about_one = fieldwork.link_to(session, wave, unit="Øst", caseworker="k1")
        about_none = fieldwork.link_to(session, wave)
    for code, purpose in ((about_one, "5"), (about_one, "4"), (about_none, "1")):
        worker.answer(code, keys.new_ballot(), {"purpose": purpose}, send=True)
    worker.mix(wave, closing=True)
    with worker.database.snapshot() as session:
        tallies = extract.of_caseworker(session, wave, "k1")
        assert {(one.code, one.n) for one in tallies if one.item == "purpose"} == {
            ("5", 1), ("4", 1),
        }  # fmt: skip
        assert extract.of_caseworker(session, wave, "k2") == []
        assert extract.cells(session, wave) == Counter(
            {
                Cell("Øst", None, "web", "da", "2026-W47", "k1"): 2,
                Cell(None, None, "web", "da", "2026-W47", None): 1,
            }
        )


@pytest.mark.parametrize("anonymity", ["confidential", "identified"])
def test_an_invitation_follows_its_answer_until_the_people_asked_are_deleted(
    worker: Fieldworker, anonymity: str
) -> None:
    wave = promised(worker, anonymity)
    tokens = answered(worker, wave)
    worker.cast(wave, keys.new_ballot(), anonymity=anonymity)
    worker.mix(wave, closing=True)
    with worker.database.snapshot() as session:
        found = extract.by_invitation(session, wave)
        assert set(found) == {keys.spend_hash(token) for token in tokens}
        assert len(set(found.values())) == 2
    ends = NOW + DAY + DEFAULTS[anonymity].frame * DAY
    with worker.database.transaction() as session:
        assert retention.expire(session, ends - DAY).total == 0
        assert list(retention.expire(session, ends).deleted.values()) == [{"named": 2}]
        assert extract.by_invitation(session, wave) == {}
        assert retention.expire(session, ends).total == 0
    assert violations(worker.database) == []


def test_no_anonymous_answer_leads_to_an_invitation(worker: Fieldworker) -> None:
    wave, named = promised(worker, "anonymous"), promised(worker, "identified")
    tokens = answered(worker, wave)
    elsewhere = answered(worker, named)[0]
    with worker.database.snapshot() as session:
        assert not extract.is_named(session, wave)
        with pytest.raises(AnonymousWave):
            extract.by_invitation(session, wave)
    named_row = "SELECT 'ffff', wave_id, mode, language, week, :hash, :hash FROM response"
    attacks = (
        "UPDATE response SET invitation = :hash WHERE wave_id = :wave",
        "INSERT INTO response (id, wave_id, mode, language, week, invitation, receipt_hash)"
        f" {named_row} WHERE wave_id = :wave LIMIT 1",
        "UPDATE response SET wave_id = :wave WHERE invitation = :hash",
    )
    hashes = [keys.spend_hash(token) for token in (*tokens, elsewhere)]
    for attack, spent in ((attack, spent) for attack in attacks[:2] for spent in hashes):
        refused(worker.database, attack, {"hash": spent, "wave": wave})
    refused(worker.database, attacks[2], {"hash": hashes[-1], "wave": wave})
    # Nor does a link's right to answer follow where names do
    behind_link = keys.new_ballot()
    worker.cast(named, behind_link, anonymity="identified")
    values = {"hash": keys.spend_hash(behind_link), "wave": named}
    refused(worker.database, attacks[1], values)
    assert violations(worker.database) == []


def refused(database: Database, attack: str, values: dict[str, object]) -> None:
    said = "only where its wave is not anonymous"
    with pytest.raises(IntegrityError, match=said), database.transaction() as session:
        session.execute(text(attack), values)


def test_an_answer_on_its_way_is_looked_at_too(worker: Fieldworker) -> None:
    wave = promised(worker, "anonymous")
    (token,) = worker.invite(wave)
    worker.cast(wave, token, personal=True, anonymity="confidential")
    (said,) = violations(worker.database)
    assert said.endswith("is anonymous, but an answer of it leads to an invitation.")


def test_a_key_of_a_caseworker_is_short(worker: Fieldworker) -> None:
    wave = worker.wave()
    with pytest.raises(DBAPIError), worker.database.transaction() as session:
        fieldwork.link_to(session, wave, caseworker="k" * 33)
