"""An interview in progress as the database keeps it: begun, resumed, saved, sent or thrown away.

The channel owns the transaction: one inbound event loads a sitting, changes it and saves it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, bindparam, delete, select, update
from sqlalchemy.orm import Session

from surveys import answers as codec
from surveys import ballot
from surveys.database import Base, insert_unless_known, is_snapshot
from surveys.fieldwork import Admission, instrument_version
from surveys.instrument import Instrument
from surveys.interview import Draft, Interview
from surveys.prepared import Prepared
from surveys.tables import DraftRow, SurveyRow, WaveRow

# Every page of an interview is one of each
_DRAFT: Final = Base.metadata.tables[DraftRow.__tablename__]
_FOUND: Final = (
    select(_DRAFT, SurveyRow.name.label("survey"), WaveRow.anonymity)
    .join_from(_DRAFT, WaveRow, WaveRow.id == _DRAFT.c.wave_id)
    .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
    .where(_DRAFT.c.key == bindparam("at"))
)
_RESUME: Final = Prepared(_FOUND)
_RESUME_LOCKED: Final = Prepared(_FOUND.with_for_update(of=_DRAFT))
_SAVE: Final = Prepared(update(_DRAFT).where(_DRAFT.c.key == bindparam("at")))
_DISCARD: Final = Prepared(delete(_DRAFT).where(_DRAFT.c.key == bindparam("at")))


@dataclass(slots=True)
class Sitting:
    """One respondent's open interview with the wave it belongs to.

    It keeps the instrument version that it began with, whatever is published meanwhile.
    """

    interview: Interview
    survey: str
    anonymity: str
    wave_id: int
    unit: str | None
    spends: bytes | None
    """The invitation that sending burns, where the channel cannot keep the ballot itself."""
    _course: str | None
    _caseworker: str | None
    personal: bool
    _mode: str
    _key: bytes
    _session: Session

    def save(self, now: datetime) -> None:
        """Keep the draft as it is now."""
        draft = self.interview.draft
        _SAVE(
            self._session,
            at=self._key,
            language=draft.language,
            answers=codec.dumps(self.interview.instrument, draft.answers),
            revisiting=draft.revisiting,
            ticked=None if draft.ticked is None else json.dumps(draft.ticked),
            touched_week=ballot.week(now),
        )

    def send(self, *, spends: bytes, receipt: str, now: datetime, early: bool = False) -> bool:
        """Finish: cast the ballot and throw the draft away, in the caller's transaction.

        False when this ballot was cast before. Raises IncompleteInterview or WaveClosed.
        """
        finished = self.interview.finish(early=early)
        counted = ballot.cast(
            self._session,
            self.interview.instrument,
            finished.answers,
            wave_id=self.wave_id,
            spends=spends,
            personal=self.personal,
            receipt=receipt,
            mode=self._mode,
            language=self.interview.draft.language,
            unit=self.unit,
            course=self._course,
            caseworker=self._caseworker,
            anonymity=self.anonymity,
            now=now,
        )
        self.discard()
        return counted

    def discard(self) -> None:
        """Throw the draft away."""
        _DISCARD(self._session, at=self._key)


def begin(
    session: Session,
    admission: Admission,
    key: bytes,
    *,
    mode: str,
    language: str,
    now: datetime,
    spends: bytes | None = None,
) -> Sitting:
    """Open an interview under a key; whatever was open under it before is thrown away."""
    interview = Interview(admission.instrument, Draft(language))
    fresh = {
        "wave_id": admission.wave_id,
        "instrument_version_id": admission.instrument_version_id,
        "mode": mode,
        "spends": spends,
        "unit": admission.unit,
        "course": admission.course,
        "caseworker": admission.caseworker,
        "personal": admission.personal,
        "language": language,
        "answers": "{}",
        "revisiting": None,
        "ticked": None,
        "touched_week": ballot.week(now),
    }
    # Two taps on Start arrive at once: the second must find the row of the first, not break on it
    if not insert_unless_known(session, DraftRow, key=key, **fresh):
        session.execute(update(DraftRow).where(DraftRow.key == key).values(fresh))
    return Sitting(
        interview,
        admission.survey,
        admission.anonymity,
        admission.wave_id,
        admission.unit,
        spends,
        admission.course,
        admission.caseworker,
        admission.personal,
        mode,
        key,
        session,
    )


def resume(session: Session, key: bytes) -> Sitting | None:
    """Go on with what is open under a key, on the instrument version that it began with.

    Outside a snapshot it is locked until the transaction ends, so that of two events at once the
    second sees what the first did.
    """
    found = (_RESUME if is_snapshot(session) else _RESUME_LOCKED)(session, at=key)
    if not found:
        return None
    (row,) = found
    instrument = _instrument(session, row.instrument_version_id)
    draft = Draft(
        language=row.language,
        answers=codec.loads(instrument, row.answers),
        revisiting=row.revisiting,
        ticked=None if row.ticked is None else tuple(json.loads(row.ticked)),
    )
    return Sitting(
        Interview(instrument, draft),
        row.survey,
        row.anonymity,
        row.wave_id,
        row.unit,
        row.spends,
        row.course,
        row.caseworker,
        row.personal,
        row.mode,
        key,
        session,
    )


_read: Final[WeakKeyDictionary[Pool, dict[int, Instrument]]] = WeakKeyDictionary()


def _instrument(session: Session, version_id: int) -> Instrument:
    """A version of an instrument, read once per database.

    No draft begins on a version that its own transaction published, so that none is remembered
    here which was never committed.
    """
    known = _read.setdefault(session.get_bind().engine.pool, {})
    if version_id not in known:
        known[version_id] = instrument_version(session, version_id)
    return known[version_id]


def closed(session: Session, waves: Collection[int], now: datetime) -> Sequence[int]:
    """Which of these waves take no more answers."""
    return session.scalars(
        select(WaveRow.id).where(WaveRow.id.in_(waves), WaveRow.closes_at <= now)
    ).all()


def discard_closed(session: Session, mode: str, now: datetime) -> None:
    """Throw away what is open of one mode in waves that take no more answers."""
    over = select(WaveRow.id).where(WaveRow.closes_at <= now)
    session.execute(delete(DraftRow).where(DraftRow.mode == mode, DraftRow.wave_id.in_(over)))
