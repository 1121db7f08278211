"""Nothing that is stored leads from an answer to the person, or holds what only they may have."""

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surveys import fieldwork, keys
from surveys.database import Database
from tests.surveys.fieldworker import SECRET, Fieldworker, dump, traces

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LONG_ENOUGH_TO_JOIN_ON = 12


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def joined(left: set[str], right: set[str]) -> set[tuple[str, str]]:
    """The pairs of values by which rows could be joined: equal, or one a part of the other."""
    assert left
    assert right
    return {(one, other) for one in left for other in right if one in other or other in one}


def columns(rows: list[dict[str, object]]) -> set[str]:
    return {
        trace
        for row in rows
        for value in row.values()
        for trace in traces(value)
        if len(trace) >= LONG_ENOUGH_TO_JOIN_ON
    }


def test_no_value_joins_an_open_draft_to_an_invitation(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = worker.invite(wave, 20)
    for token in tokens:
        worker.answer(token, token, {"purpose": "5", "open": "Det gik godt"}, send=False)
    worker.answer(tokens[0], tokens[0], {"purpose": "5"}, send=True)
    rows = dump(worker.database)
    assert len(rows["draft"]) == 19
    assert len(rows["invitation"]) == 20
    assert not joined(columns(rows["draft"]), columns(rows["invitation"]))


def test_no_value_joins_an_answer_to_an_invitation_or_to_a_draft(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = worker.invite(wave, 20)
    for number, token in enumerate(tokens):
        worker.answer(token, token, {"purpose": "5"}, send=number < 15)
    before = dump(worker.database)
    assert worker.mix(wave) == 15
    after = dump(worker.database)
    people = columns(before["invitation"]) | columns(before["draft"])
    waiting = columns(before["ballot_inbox"])
    mixed = columns(after["response"]) | columns(after["answer"]) | columns(after["comment"])
    assert not joined(columns(before["invitation"]), waiting)
    assert not joined(people, mixed)
    assert not joined({value for value in waiting if not value.startswith("{")}, mixed)


def test_no_token_ballot_or_receipt_stands_anywhere_in_clear(worker: Fieldworker) -> None:
    wave = worker.wave()
    personal = worker.invite(wave, 12)
    with worker.database.transaction() as session:
        code = fieldwork.create_link(session, worker.survey, NOW)
    behind_link = [keys.new_ballot() for _ in range(12)]
    for place, (token, ballot) in enumerate(zip(personal, behind_link, strict=True)):
        worker.answer(token, token, {"purpose": "5"}, send=place < 11)
        worker.answer(code, ballot, {"purpose": "5"}, send=place < 11)

    def search() -> None:
        everything = "\n".join(
            trace
            for table in dump(worker.database).values()
            for row in table
            for value in row.values()
            for trace in traces(value)
        )
        for secret in (*personal, *behind_link):
            receipt = keys.receipt(SECRET, secret)
            for form in (
                secret,
                secret.encode().hex(),
                base64.urlsafe_b64decode(secret + "=").hex(),
                hashlib.sha256(secret.encode()).hexdigest(),
                receipt,
                receipt.replace("-", ""),
            ):
                assert form not in everything
        assert keys.spend_hash(personal[0]).hex() in everything

    search()
    worker.mix(wave, closing=True)
    search()
    if worker.database.is_sqlite:
        file = worker.database.url.database
        assert file is not None
        worker.database.close()
        content = b"".join(part.read_bytes() for part in Path(file).parent.iterdir())
        for secret in (*personal, *behind_link):
            assert secret.encode() not in content
            assert keys.receipt(SECRET, secret).encode() not in content


def test_what_was_masked_stands_nowhere(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = worker.invite(wave, 10)
    words = "Jeg er 010190-1234, ring 22 33 44 55, skriv til anne@example.dk"
    for token in tokens:
        worker.answer(token, token, {"open": words}, send=False)
        worker.answer(
            token,
            token,
            {
                **dict.fromkeys(("purpose", "heard", "language", "guidance", "next"), "5"),
                "open": words,
            },
            send=True,
        )
    for mixed in (0, 10):
        assert mixed == 0 or worker.mix(wave) == mixed
        everything = repr(dump(worker.database))
        assert "[cpr]" in everything
        for secret in ("010190", "190-1234", "22 33", "anne", "example.dk"):
            assert secret not in everything


def test_no_column_of_an_answer_holds_a_time(worker: Fieldworker) -> None:
    wave = worker.wave()
    worker.cast(wave, keys.new_ballot())
    worker.mix(wave, closing=True)
    worker.cast(wave, keys.new_ballot())
    rows = dump(worker.database)
    for table in ("ballot_inbox", "response", "answer", "comment", "invitation"):
        for row in rows[table]:
            for column, value in row.items():
                assert not isinstance(value, datetime), (table, column)
                assert "2026-11" not in str(value)
                assert "09:30" not in str(value)
