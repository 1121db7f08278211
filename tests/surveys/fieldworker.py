"""What the tests of the database need again and again: a wave, people who answer, a full dump."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import MetaData, func, inspect, select, update

from surveys import ballot, definition, extract, fieldwork, frame, invitations, keys, sitting
from surveys.database import Base, Database
from surveys.frame import Member, Reading
from surveys.instrument import Answer, Missing
from surveys.invitations import Letter
from surveys.tables import WaveRow

SECRET = "a secret of more than thirty-two characters"


@dataclass(frozen=True)
class Fieldworker:
    """One survey in one database. Every wave is its own, so that tests can share a database."""

    database: Database
    now: datetime
    survey: str = "samtalefeedback"

    def wave(self, *, closes_in: timedelta | None = None) -> int:
        with self.database.transaction() as session:
            return fieldwork.open_wave(
                session,
                self.survey,
                uuid4().hex,
                opens_at=self.now,
                closes_at=None if closes_in is None else self.now + closes_in,
            )

    def framed(self, *members: Member, anonymity: str = "anonymous", days: int = 28) -> int:
        """A wave of so many days that asks these people, none of whom is invited yet."""
        wave = self.wave(closes_in=timedelta(days=days))
        with self.database.transaction() as session:
            fieldwork.promise(session, wave, anonymity)
            frame.take(session, wave, Reading({}, members, ()))
        return wave

    def ask(self, wave_id: int, teams: set[str] | None = None) -> dict[str, Letter]:
        """Invite those of a wave's frame who are not invited: their letters, by reference."""
        with self.database.transaction() as session:
            made = invitations.invite(session, wave_id, SECRET, self.now, teams=teams)
        return {letter.reference: letter for letter in made}

    def cast(
        self,
        wave_id: int,
        token: str,
        *,
        personal: bool = False,
        answers: Mapping[str, Answer] | None = None,
        now: datetime | None = None,
        unit: str | None = None,
        anonymity: str = "anonymous",
    ) -> bool:
        instrument = definition.catalogue()[self.survey]
        closed = {item.id: Missing.SKIPPED for item in instrument} | dict(answers or {})
        with self.database.transaction() as session:
            return ballot.cast(
                session,
                instrument,
                closed,
                wave_id=wave_id,
                spends=keys.spend_hash(token),
                personal=personal,
                receipt=keys.receipt(SECRET, token),
                mode="web",
                language="da",
                unit=unit,
                course=None,
                anonymity=anonymity,
                now=now or self.now,
            )

    def mix(self, wave_id: int, *, closing: bool = False) -> int:
        with self.database.transaction() as session:
            return ballot.mix(session, wave_id, closing=closing)

    def state(self, wave_id: int) -> tuple[int, int, int]:
        """Received, waiting and mixed answers of a wave, after checking that they add up."""
        with self.database.snapshot() as session:
            label = session.scalars(select(WaveRow.label).where(WaveRow.id == wave_id)).one()
            wave = extract.wave(session, self.survey, label)
        assert wave.received == wave.waiting + wave.responses
        return wave.received, wave.waiting, wave.responses

    def invite(self, wave_id: int, count: int = 1) -> list[str]:
        with self.database.transaction() as session:
            return list(fieldwork.invite(session, wave_id, count))

    def close(self, wave_id: int, at: datetime) -> None:
        with self.database.transaction() as session:
            session.execute(update(WaveRow).where(WaveRow.id == wave_id).values(closes_at=at))

    def answer(self, code: str, token: str, raws: Mapping[str, object], *, send: bool) -> None:
        """Answer as a person does: through the door, one transaction for each event."""
        with self.database.transaction() as session:
            admission = fieldwork.admit(session, code, self.now)
            sitting.begin(
                session,
                admission,
                keys.draft_key(token),
                mode="web",
                language="da",
                now=self.now,
            ).save(self.now)
        for item, raw in raws.items():
            with self.database.transaction() as session:
                open_now = sitting.resume(session, keys.draft_key(token))
                assert open_now is not None
                open_now.interview.answer(item, raw)
                open_now.save(self.now)
        if send:
            with self.database.transaction() as session:
                open_now = sitting.resume(session, keys.draft_key(token))
                assert open_now is not None
                assert open_now.send(
                    spends=keys.spend_hash(token),
                    receipt=keys.receipt(SECRET, token),
                    now=self.now,
                    early=True,
                )


def cover_tracks(database: Database, tables: Sequence[type[Base]] = ballot.MIXED) -> None:
    """As the worker does again and again, until tables that hold no rows hold no bytes.

    Anybody's snapshot, were it the server's own vacuum's, holds a single time back.
    """
    for _ in range(40):
        ballot.cover_tracks(database, tables)
        if database.is_sqlite:
            return
        with database.snapshot() as session:
            left = [
                session.scalar(
                    select(func.pg_relation_size(table.__tablename__)).where(
                        ~select(table).exists()
                    )
                )
                for table in tables
            ]
        if not any(left):
            return
        time.sleep(0.25)


def dump(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, whatever tables there are."""
    metadata = MetaData()
    with database.engine.connect() as connection:
        metadata.reflect(connection)
        assert set(metadata.tables) == set(inspect(connection).get_table_names())
        return {
            name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for name, table in metadata.tables.items()
        }


def traces(value: object) -> set[str]:
    """Ways in which a value could stand in a column: itself, as bytes, in hexadecimal."""
    if isinstance(value, bytes | memoryview):
        return {bytes(value).hex(), bytes(value).decode("latin-1")}
    return {str(value)}
