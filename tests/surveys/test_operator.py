"""An operator who kept the tokens and reads everything matches them no better than by chance.

They know who answered when, and afterwards look at every row in every order there is, at system
columns, and at each byte of the database's files. A batch of the mixer is known by its rows: what
must not be known is who is who in it. So ranks are taken within batches, and a permutation test
says how often people shuffled within their batches would match as well as they do.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from surveys import ballot, keys
from surveys.database import Database
from tests.surveys.fieldworker import Fieldworker, cover_tracks

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
BATCHES = 5
PEOPLE_EACH = 40
FEW = 10
"""Of each batch, who betray it already that nothing is mixed."""
PERMUTATIONS = 3000
LEVEL = 1 / PERMUTATIONS
"""Of all tries together; and a link that is real shows again, so one in nine million is false."""

Seen = Mapping[str, float]
"""Where the answer of each person, known by their words, was found in one order of things."""


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def test_two_hundred_answers_are_matched_no_better_than_by_chance(worker: Fieldworker) -> None:
    assert not is_linked(worker)


def test_a_mixer_that_does_not_mix_is_found_out(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shuffles alike on both databases, so that one shows it."""
    worker = Fieldworker(sqlite, NOW)
    numbers = count()
    monkeypatch.setattr(ballot.secrets.SystemRandom, "shuffle", lambda *_: None)
    monkeypatch.setattr(ballot.secrets, "token_hex", lambda _: f"{next(numbers):032x}")
    assert is_linked(worker, FEW)


def test_a_mixer_that_leaves_its_tracks_is_found_out(worker: Fieldworker) -> None:
    assert is_linked(worker, cover=lambda _: None)


Cover = Callable[[Database], None]


def is_linked(
    worker: Fieldworker, people_each: int = PEOPLE_EACH, cover: Cover = cover_tracks
) -> bool:
    def shows() -> bool:
        batches = fieldwork_done(worker, people_each, cover)
        return p_value(batches, everything_seen(worker.database, batches)) <= LEVEL

    return shows() and shows()


Batches = Sequence[Sequence[tuple[str, str]]]
"""Tokens with the words that came of each, as they came."""


def fieldwork_done(worker: Fieldworker, people_each: int, cover: Cover) -> Batches:
    batches: list[list[tuple[str, str]]] = []
    for _ in range(BATCHES):
        wave = worker.wave()
        people = [
            (token, f"svar {secrets.token_hex(12).translate(LETTERS)}")
            for token in worker.invite(wave, people_each)
        ]
        for place, (token, words) in enumerate(people):
            if place % 2:  # page by page, with a draft
                worker.answer(token, token, {**SCALES, "open": words}, send=True)
            else:
                worker.cast(wave, token, personal=True, answers={"open": words})
        assert worker.mix(wave, closing=True) == people_each
        cover(worker.database)
        batches.append(people)
    return batches


def everything_seen(database: Database, batches: Batches) -> list[Seen]:
    everybody = [person for people in batches for person in people]
    return [
        *rows_in_order(database),
        *system_columns(database),
        *(order for file in files(database) for order in bytes_of(file, everybody)),
    ]


LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits could be a number to mask
WORDS = re.compile(rb"svar [a-p]{24}")
BESIDE = 300
"""Bytes: as far as a row reaches."""

SCALES = dict.fromkeys(("purpose", "heard", "language", "guidance", "next"), "5")


# ---- What the operator sees


COMMENTS = (
    "SELECT comment.body FROM comment JOIN answer ON answer.comment_id = comment.id"
    " JOIN response ON response.id = answer.response_id"
)


def rows_in_order(database: Database) -> Iterator[Seen]:
    """The rows of each table by its id, by what is unique in it, and as they come."""
    orders = ["comment.id", "response.id", "response.receipt_hash"]
    with database.snapshot() as session:
        for order in orders:
            yield ranked(session.scalars(text(f"{COMMENTS} ORDER BY {order}")))
        yield ranked(session.scalars(text("SELECT body FROM comment")))
        yield ranked(session.scalars(text(COMMENTS)))


def system_columns(database: Database) -> Iterator[Seen]:
    """What PostgreSQL keeps with each row. Rows without a rowid have none on SQLite."""
    if database.is_sqlite:
        return
    with database.snapshot() as session:
        for table in ("comment", "answer", "response"):
            yield ranked(session.scalars(text(f"{COMMENTS} ORDER BY {table}.ctid")))
            written = f"{COMMENTS} ORDER BY {table}.xmin::text::bigint, {table}.cmin::text::bigint"
            yield ranked(session.scalars(text(written)))


def files(database: Database) -> Iterator[bytes]:
    """Every file of the database, byte for byte, with what it still holds of deleted rows."""
    if database.is_sqlite:
        assert database.url.database is not None
        name = Path(database.url.database)
        yield from (part.read_bytes() for part in name.parent.glob(f"{name.name}*"))
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        yield from connection.scalars(
            text(
                "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
                " WHERE relkind IN ('r', 't', 'i') AND relfilenode <> 0 AND"
                " (relnamespace = 'public'::regnamespace"
                "  OR relnamespace = 'pg_toast'::regnamespace AND oid > 16384)"
            )
        )


def bytes_of(file: bytes, everybody: Sequence[tuple[str, str]]) -> Iterator[Seen]:
    """Where the answers first and last stand, and which stands behind what leads from a token."""
    if not WORDS.search(file):
        return
    yield {said: place for _, said in everybody if (place := file.find(said.encode())) >= 0}
    yield {said: place for _, said in everybody if (place := file.rfind(said.encode())) >= 0}
    for derived in (keys.spend_hash, keys.draft_key):
        yield {
            said.decode(): float(place)
            for place, (token, _) in enumerate(everybody)
            for key in (derived(token), derived(token).hex().encode(), token.encode())
            for end in ends_of(key, file)
            for said in WORDS.findall(file, end, end + BESIDE)
        }


def ends_of(key: bytes, file: bytes) -> Iterator[int]:
    """Where each occurrence ends. No pattern: to compile thousands of them takes most of a test."""
    at = file.find(key)
    while at >= 0:
        yield at + len(key)
        at = file.find(key, at + len(key))


def ranked(words: Sequence[str]) -> Seen:
    return {str(said): float(place) for place, said in enumerate(words)}


# ---- What chance would do


def p_value(batches: Batches, seen: Sequence[Seen]) -> float:
    """How often people shuffled within batches match some order as well as they really do."""
    everybody = {said for people in batches for _, said in people}
    orders = [_within_batches(batches, order) for order in seen if everybody & order.keys()]
    assert len(orders) >= 5
    chance = np.random.default_rng(2026)
    # Of each batch one line as people really came, and below it a line for each try
    casts = []
    for people in batches:
        real = np.arange(len(people), dtype=float)
        tries = chance.permuted(np.tile(real, (PERMUTATIONS, 1)), axis=1)
        casts.append(np.vstack([real, tries]))
    best = np.max([_match(order, casts) for order in orders], axis=0)
    return (1 + int(np.sum(best[1:] >= best[0]))) / (1 + PERMUTATIONS)


_Order = tuple[list[np.ndarray], list[np.ndarray]]


def _within_batches(batches: Batches, order: Seen) -> _Order:
    """For each batch, which of its people were found, and their ranks among each other."""
    who, ranks = [], []
    for people in batches:
        found = [place for place, (_, said) in enumerate(people) if said in order]
        positions = np.array([order[people[place][1]] for place in found])
        rank = positions.argsort(kind="stable").argsort(kind="stable").astype(float)
        who.append(np.array(found, dtype=int))
        ranks.append(rank - rank.mean() if len(rank) else rank)
    return who, ranks


def _match(order: _Order, casts: Sequence[np.ndarray]) -> np.ndarray:
    """The correlation of an order with each line's order of casting, in standard deviations."""
    shared = np.zeros(1 + PERMUTATIONS)
    spread = np.zeros(1 + PERMUTATIONS)
    for found, rank, cast in zip(*order, casts, strict=True):
        if len(found) < 2:
            continue
        at = cast[:, found]
        at -= at.mean(axis=1, keepdims=True)
        shared += at @ rank
        spread += (rank @ rank) * (at * at).sum(axis=1) / (len(found) - 1)
    # As whole numbers of a millionth, so that a tie is a tie however it was added up
    return np.round(np.abs(shared) / np.sqrt(np.maximum(spread, 1e-9)), 6)
