"""Finishing, anonymously: one transaction burns and fills the inbox, and a mixer moves it on.

Invariant at all times, for every wave: spent invitations = inbox + responses + those erased.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from sqlalchemy import (
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from surveys import answers as codec
from surveys import keys
from surveys.database import Base, Database
from surveys.definition import read
from surveys.errors import LinkWithdrawn, UnknownCode, WaveClosed
from surveys.instrument import Answer, Instrument, Missing, Text
from surveys.prepared import Prepared
from surveys.schedule import week as week
from surveys.tables import (
    AnswerRow,
    BallotInboxRow,
    CommentRow,
    DraftRow,
    InstrumentVersionRow,
    InvitationRow,
    ResponseRow,
    WaveRow,
)

PATIENCE_SECONDS: Final = 2
SMALLEST_BATCH = 10
"""A response hides among at least this many; the privacy page says so."""


def cast(
    session: Session,
    instrument: Instrument,
    closed: Mapping[str, Answer],
    *,
    wave_id: int,
    spends: bytes,
    personal: bool,
    receipt: str,
    mode: str,
    language: str,
    unit: str | None,
    course: str | None,
    caseworker: str | None = None,
    anonymity: str = "anonymous",
    now: datetime,
) -> bool:
    """Burn the right to answer and put the answers in the inbox, in the caller's transaction.

    Where the wave is not anonymous, a personal invitation follows its answer.

    False when it was burnt before: nothing is stored then, and the respondent sees the same
    thank-you. Raises WaveClosed when the wave closed while the form was open, LinkWithdrawn when
    the invitation was taken back meanwhile, and UnknownCode when it is none of this wave's.
    """
    if not _burn(session, wave_id, spends, personal, now):
        return _was_burnt_before(session, wave_id, spends, now)
    payload = {
        "answers": codec.dumps(instrument, closed),
        "mode": mode,
        "language": language,
        "week": week(now),
        "unit": unit,
        "course": course,
        "caseworker": caseworker,
        "receipt": keys.receipt_hash(receipt).hex(),
    }
    if personal and anonymity != "anonymous":
        payload["invitation"] = spends.hex()
    _FILL_INBOX(
        session,
        id=secrets.token_hex(16),
        wave_id=wave_id,
        payload=json.dumps(payload, ensure_ascii=False),
    )
    return True


def is_spent(session: Session, spends: bytes) -> bool:
    """Whether a right to answer was burnt already."""
    spent = select(InvitationRow.spent).where(InvitationRow.token_hash == spends)
    return session.scalar(spent) is True


def mix(session: Session, wave_id: int, *, closing: bool = False) -> int:
    """Move a wave's inbox to the responses: shuffled, under new random ids, in one transaction.

    Does nothing before there are `SMALLEST_BATCH` answers, unless the wave is closing. Gives the
    number of responses moved.
    """
    # One mixer at a time: a second one would take the few answers that came after the first began
    session.execute(select(WaveRow.id).where(WaveRow.id == wave_id).with_for_update(key_share=True))
    waiting = list(
        session.execute(
            delete(BallotInboxRow)
            .where(BallotInboxRow.wave_id == wave_id)
            .where(
                select(func.count())
                .select_from(BallotInboxRow)
                .where(BallotInboxRow.wave_id == wave_id)
                .scalar_subquery()
                >= (1 if closing else SMALLEST_BATCH)
            )
            .returning(BallotInboxRow.payload)
        ).scalars()
    )
    if not waiting:
        return 0
    secrets.SystemRandom().shuffle(waiting)
    instrument = _instrument(session, wave_id)
    rows = [_rows(instrument, wave_id, payload) for payload in waiting]
    session.execute(insert(ResponseRow), [response for response, _, _ in rows])
    comments = [comment for _, written, _ in rows for comment in written]
    if comments:
        session.execute(insert(CommentRow), sorted(comments, key=lambda row: str(row["id"])))
    session.execute(insert(AnswerRow), [answer for _, _, given in rows for answer in given])
    return len(waiting)


def stir(session: Session) -> None:
    """Write all that waits anew: shuffled, under new ids, in the caller's transaction.

    Nothing that was written beside an answer then stands beside it any more.
    """
    waiting = list(
        session.execute(
            delete(BallotInboxRow).returning(BallotInboxRow.wave_id, BallotInboxRow.payload)
        )
    )
    if not waiting:
        return
    secrets.SystemRandom().shuffle(waiting)
    session.execute(
        insert(BallotInboxRow),
        [
            {"id": secrets.token_hex(16), "wave_id": wave_id, "payload": payload}
            for wave_id, payload in waiting
        ],
    )


def mix_all(session: Session) -> int:
    """Mix every wave that has enough waiting. Gives the number of responses moved."""
    full = session.scalars(
        select(BallotInboxRow.wave_id)
        .group_by(BallotInboxRow.wave_id)
        .having(func.count() >= SMALLEST_BATCH)
        .order_by(BallotInboxRow.wave_id)
    ).all()
    return sum(mix(session, wave_id) for wave_id in full)


def mix_closed(session: Session, now: datetime) -> int:
    """Mix what is left in the inbox of waves whose time has run out."""
    ended = session.scalars(
        select(BallotInboxRow.wave_id)
        .join(WaveRow, WaveRow.id == BallotInboxRow.wave_id)
        .where(WaveRow.closes_at <= now)
        .distinct()
        .order_by(BallotInboxRow.wave_id)
    ).all()
    return sum(mix(session, wave_id, closing=True) for wave_id in ended)


MIXED: Final = (BallotInboxRow, DraftRow)
"""The tables that casting and mixing delete from."""


def cover_tracks(database: Database, tables: Sequence[type[Base]] = MIXED) -> None:
    """Take what was deleted out of the database's files. Call it outside of all transactions.

    Deleted rows lie in them for a while, in the order of answering, beside what burnt the
    invitation. SQLite overwrites them at once, but its write-ahead log does not; PostgreSQL keeps
    them until the table is written anew, which takes the table for a moment.
    """
    if database.is_sqlite:
        # The driver's own connection: an engine's would be in a transaction, which forbids it
        connection = database.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
        return
    emptied = ", ".join(table.__tablename__ for table in tables)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        # Everybody who casts would wait behind this one: rather the next minute than a long wait
        alone.exec_driver_sql(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
        try:
            alone.exec_driver_sql(f"VACUUM (FULL) {emptied}")
        finally:
            alone.exec_driver_sql("RESET lock_timeout")


def has_tracks(database: Database) -> bool:
    """Whether there may be something to cover."""
    if database.is_sqlite:
        return True
    with database.snapshot() as session:
        dead = text("SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE relname = ANY(:emptied)")
        emptied = [BallotInboxRow.__tablename__, DraftRow.__tablename__]
        return bool(session.scalar(dead, {"emptied": emptied}))


# This is what every answer waits for
_TABLES: Final = Base.metadata.tables
_WAVE: Final = _TABLES[WaveRow.__tablename__]
_INVITATION: Final = _TABLES[InvitationRow.__tablename__]
_FILL_INBOX: Final = Prepared(insert(_TABLES[BallotInboxRow.__tablename__]))

_OPEN_WAVE: Final = (
    select(_WAVE.c.id)
    .where(_WAVE.c.id == bindparam("wave"), _WAVE.c.opens_at <= bindparam("now"))
    .where(func.coalesce(_WAVE.c.closes_at > bindparam("now"), True))
)
# The lock makes closing wait: what is cast in time is in the inbox when the last mix runs
_OPEN_WAVE_LOCKED: Final = _OPEN_WAVE.with_for_update(read=True)

_BURN_PERSONAL: Final = Prepared(
    update(_INVITATION)
    .where(
        _INVITATION.c.token_hash == bindparam("spends"),
        _INVITATION.c.wave_id == bindparam("wave"),
        _INVITATION.c.spent.is_(False),
        _INVITATION.c.withdrawn.is_(False),
        exists(_OPEN_WAVE_LOCKED),
    )
    .values(spent=True)
    .returning(_INVITATION.c.wave_id)
)


@cache
def _burn_behind_link(dialect: str) -> Prepared:
    """Write an invitation that is spent already, unless it is there: it is burnt once."""
    made = sqlite.insert(_INVITATION) if dialect == "sqlite" else postgresql.insert(_INVITATION)
    spent = _OPEN_WAVE_LOCKED.with_only_columns(
        bindparam("spends", type_=_INVITATION.c.token_hash.type),
        _WAVE.c.id,
        literal(False),
        literal(True),
        *[literal(False)] * 3,
    )
    columns = "token_hash", "wave_id", "personal", "spent", "withdrawn", "refused", "undeliverable"
    burnt = made.from_select(columns, spent).on_conflict_do_nothing()
    return Prepared(burnt.returning(_INVITATION.c.wave_id))


def _burn(session: Session, wave_id: int, spends: bytes, personal: bool, now: datetime) -> bool:
    """Whether the wave was open and the right to answer in it was there to burn."""
    dialect = session.connection().dialect.name
    burn = _BURN_PERSONAL if personal else _burn_behind_link(dialect)
    return bool(burn(session, spends=spends, wave=wave_id, now=now))


def _was_burnt_before(session: Session, wave_id: int, spends: bytes, now: datetime) -> bool:
    """Why nothing was burnt: False, or what `cast` raises."""
    connection = session.connection()
    kept = connection.execute(
        select(_INVITATION.c.spent).where(
            _INVITATION.c.token_hash == spends, _INVITATION.c.wave_id == wave_id
        )
    ).one_or_none()
    if kept is not None and kept.spent:
        return False
    if connection.execute(_OPEN_WAVE, {"wave": wave_id, "now": now}).one_or_none() is None:
        raise WaveClosed
    raise UnknownCode if kept is None else LinkWithdrawn


def _instrument(session: Session, wave_id: int) -> Instrument:
    document = session.scalars(
        select(InstrumentVersionRow.document)
        .join(WaveRow, WaveRow.instrument_version_id == InstrumentVersionRow.id)
        .where(WaveRow.id == wave_id)
    ).one()
    return read(document)


Row = dict[str, object]


def _rows(instrument: Instrument, wave_id: int, payload: str) -> tuple[Row, list[Row], list[Row]]:
    kept = json.loads(payload)
    response_id = secrets.token_hex(16)
    response: Row = {
        "id": response_id,
        "wave_id": wave_id,
        "mode": kept["mode"],
        "language": kept["language"],
        "week": kept["week"],
        "unit": kept["unit"],
        "course": kept["course"],
        # What was cast before these were there does not have them
        "caseworker": kept.get("caseworker"),
        "invitation": bytes.fromhex(kept["invitation"]) if "invitation" in kept else None,
        "receipt_hash": bytes.fromhex(kept["receipt"]),
    }
    comments: list[Row] = []
    given: list[Row] = []
    for item_id, answer in codec.loads(instrument, kept["answers"]).items():
        values: list[Row]
        if (
            isinstance(instrument[item_id].domain, Text)
            and isinstance(answer, str)
            and not isinstance(answer, Missing)
        ):
            comment_id = secrets.token_hex(16)
            comments.append(
                {
                    "id": comment_id,
                    "wave_id": wave_id,
                    "item": item_id,
                    "body": answer,
                    "language": kept["language"],
                }
            )
            values = [{"comment_id": comment_id}]
        else:
            values = _values(answer)
        for place, value in enumerate(values):
            given.append(
                {**_EMPTY, "response_id": response_id, "item": item_id, "place": place, **value}
            )
    return response, comments, given


_EMPTY: Row = {"code": None, "number": None, "day": None, "comment_id": None, "missing": None}


def _values(answer: Answer) -> list[Row]:
    match answer:
        case Missing():
            return [{"missing": answer.value}]
        case tuple():
            return [{"code": code} for code in answer]
        case Decimal():
            return [{"number": answer}]
        case date():
            return [{"day": answer}]
        case _:
            return [{"code": str(answer)}]
