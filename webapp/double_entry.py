"""Sheets that are typed in: each counts once, and every tenth is typed in twice and compared.

A sheet's answers are cast like those of any other channel, in the caller's transaction. One that
is to be typed in twice waits outside until both entries agree or a person has settled it; nothing
says afterwards who typed what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from surveys import answers as codec
from surveys import ballot, fieldwork, keys
from surveys.database import Database, insert_unless_known, is_snapshot
from surveys.deployment import Deployment
from surveys.errors import UnknownCode
from surveys.fieldwork import Admission
from surveys.instrument import Answer, Instrument, Missing, Text
from surveys.journey import Journey
from webapp import Clock, paper
from webapp.entry_tables import PaperSheetRow, PaperTallyRow

EVERY: Final = 10
"""The first sheet of a wave and then each tenth is typed in twice."""

WAIT: Final = timedelta(hours=1)
"""How long the same person waits before typing the same sheet in again."""


_NOT_ASKED: Final = (Missing.NOT_APPLICABLE, Missing.NOT_REACHED)


PATIENCE: Final = timedelta(days=30)
"""How long a sheet waits at most: then it counts as it was typed in first."""


class Outcome(StrEnum):
    """What became of a sheet that was typed in."""

    COUNTED = "counted"
    AGAIN = "again"
    DIFFERENT = "different"
    KNOWN = "known"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that waits: for its second entry, or (`differs`) for somebody to settle it."""

    wave_id: int
    number: str
    entered_at: datetime
    differs: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that the two entries answer otherwise."""

    item: str
    first: Answer
    second: Answer


@dataclass(frozen=True, slots=True)
class Agreement:
    """The paper of one wave: sheets typed in, those typed in twice, and the answers that agree."""

    entered: int = 0
    twice: int = 0
    compared: int = 0
    agreeing: int = 0

    @property
    def rate(self) -> float | None:
        """The share of compared answers that agree; None before there are any."""
        return self.agreeing / self.compared if self.compared else None


def enter(
    session: Session,
    admission: Admission,
    number: str,
    closed: Mapping[str, Answer],
    *,
    language: str,
    person: int,
    secret: str,
    now: datetime,
) -> Outcome:
    """Take one sheet as somebody has typed it in. Raises WaveClosed."""
    insert_unless_known(
        session,
        PaperTallyRow,
        wave_id=admission.wave_id,
        **dict.fromkeys(("entered", "twice", "compared", "agreeing"), 0),
    )
    # The lock lets two people who type the same sheet at once come one after the other
    tally = session.get_one(
        PaperTallyRow, admission.wave_id, with_for_update=True, populate_existing=True
    )
    waiting = session.get(PaperSheetRow, (admission.wave_id, number))
    if waiting is not None:
        return _again(session, tally, waiting, admission, closed, person, secret, now)
    if ballot.is_spent(session, keys.spend_hash(paper.ballot(admission.wave_id, number))):
        return Outcome.KNOWN
    sheet = PaperSheetRow(
        wave_id=admission.wave_id,
        number=number,
        instrument_version_id=admission.instrument_version_id,
        unit=admission.unit,
        course=admission.course,
        caseworker=admission.caseworker,
        language=language,
        first=codec.dumps(admission.instrument, closed),
        entered_by=person,
        entered_at=now,
    )
    chosen = tally.entered % EVERY == 0
    tally.entered += 1
    if chosen:
        session.add(sheet)
        session.flush()
        return Outcome.AGAIN
    _cast(session, sheet, admission.instrument, closed, secret)
    return Outcome.COUNTED


def waiting(session: Session) -> Sequence[Sheet]:
    """The sheets that wait, oldest first."""
    return [
        Sheet(row.wave_id, row.number, row.entered_at, row.second is not None)
        for row in session.scalars(
            select(PaperSheetRow).order_by(PaperSheetRow.entered_at, PaperSheetRow.number)
        )
    ]


def differences(session: Session, wave_id: int, number: str) -> tuple[Instrument, list[Difference]]:
    """What is to be settled on a sheet. Raises UnknownCode when nothing is."""
    row, instrument = _found(session, wave_id, number)
    if row.second is None:
        raise UnknownCode
    return instrument, _compared(
        instrument, codec.loads(instrument, row.first), codec.loads(instrument, row.second)
    )[1]


def settle(
    session: Session, wave_id: int, number: str, right: Mapping[str, Answer], *, secret: str
) -> None:
    """Count a sheet with the first entry's answers, but for those that somebody found right.

    Raises UnknownCode when it does not wait any more.
    """
    row, instrument = _found(session, wave_id, number)
    settled = {**codec.loads(instrument, row.first), **right}
    # What is right of one question can decide whether another is asked at all
    given = {item: answer for item, answer in settled.items() if answer not in _NOT_ASKED}
    session.delete(row)
    _cast(session, row, instrument, Journey(instrument, given).closed(), secret)


def count_overdue(database: Database, clock: Clock) -> None:
    """Count the sheets that have waited too long, so that no answer is left lying about."""
    with database.transaction() as session:
        overdue = [one for one in waiting(session) if one.entered_at <= clock() - PATIENCE]
        secret = Deployment().secret_key if overdue else ""
        for sheet in overdue:
            settle(session, sheet.wave_id, sheet.number, {}, secret=secret)


def agreement(session: Session, wave_id: int) -> Agreement:
    """How the paper of a wave was typed in."""
    row = session.get(PaperTallyRow, wave_id)
    if row is None:
        return Agreement()
    return Agreement(row.entered, row.twice, row.compared, row.agreeing)


def _again(
    session: Session,
    tally: PaperTallyRow,
    row: PaperSheetRow,
    admission: Admission,
    closed: Mapping[str, Answer],
    person: int,
    secret: str,
    now: datetime,
) -> Outcome:
    if row.second is not None:
        return Outcome.DIFFERENT
    if row.entered_by == person and now - row.entered_at < WAIT:
        return Outcome.TOO_SOON
    first = codec.loads(admission.instrument, row.first)
    compared, different = _compared(admission.instrument, first, closed)
    tally.twice += 1
    tally.compared += compared
    tally.agreeing += compared - len(different)
    if different:
        row.second = codec.dumps(admission.instrument, closed)
        session.flush()
        return Outcome.DIFFERENT
    session.delete(row)
    _cast(session, row, admission.instrument, first, secret)
    return Outcome.COUNTED


def _compared(
    instrument: Instrument, first: Mapping[str, Answer], second: Mapping[str, Answer]
) -> tuple[int, list[Difference]]:
    """How many answers were compared, and those that differ.

    Nobody types the same words twice: of a text only its being there is compared.
    """
    different = [
        Difference(item.id, first[item.id], second[item.id])
        for item in instrument
        if (
            isinstance(first[item.id], Missing) != isinstance(second[item.id], Missing)
            if isinstance(item.domain, Text)
            else first[item.id] != second[item.id]
        )
    ]
    return len(instrument), different


def _found(session: Session, wave_id: int, number: str) -> tuple[PaperSheetRow, Instrument]:
    # Of two people who settle a sheet at once the second finds it gone; looking locks nothing
    lock = None if is_snapshot(session) else True
    row = session.get(PaperSheetRow, (wave_id, number), with_for_update=lock)
    if row is None:
        raise UnknownCode
    return row, fieldwork.instrument_version(session, row.instrument_version_id)


def _cast(
    session: Session,
    sheet: PaperSheetRow,
    instrument: Instrument,
    closed: Mapping[str, Answer],
    secret: str,
) -> None:
    right = paper.ballot(sheet.wave_id, sheet.number)
    ballot.cast(
        session,
        instrument,
        closed,
        wave_id=sheet.wave_id,
        spends=keys.spend_hash(right),
        personal=False,
        receipt=keys.receipt(secret, right),
        mode="paper",
        language=sheet.language,
        unit=sheet.unit,
        course=sheet.course,
        caseworker=sheet.caseworker,
        # The moment the sheet was here: it counts, though the wave may have closed since
        now=sheet.entered_at,
    )
