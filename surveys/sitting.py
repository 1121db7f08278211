"""An interview in progress as the database keeps it: begun, resumed, saved, sent or thrown away.

The channel owns the transaction: one inbound event loads a sitting, changes it and saves it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from surveys import answers as codec
from surveys import ballot
from surveys.database import insert_unless_known, is_snapshot
from surveys.fieldwork import Admission, instrument_version
from surveys.interview import Draft, Interview
from surveys.tables import DraftRow, SurveyRow, WaveRow


@dataclass(slots=True)
class Sitting:
    """One respondent's open interview with the wave it belongs to.

    It keeps the instrument version that it began with, whatever is published meanwhile.
    """

    interview: Interview
    survey: str
    anonymity: str
    _session: Session
    _row: DraftRow

    def save(self, now: datetime) -> None:
        """Keep the draft as it is now."""
        draft = self.interview.draft
        self._row.language = draft.language
        self._row.answers = codec.dumps(self.interview.instrument, draft.answers)
        self._row.revisiting = draft.revisiting
        self._row.ticked = None if draft.ticked is None else json.dumps(draft.ticked)
        self._row.touched_week = ballot.week(now)
        self._session.flush()

    def send(self, *, spends: bytes, receipt: str, now: datetime, early: bool = False) -> bool:
        """Finish: cast the ballot and throw the draft away, in the caller's transaction.

        False when this ballot was cast before. Raises IncompleteInterview or WaveClosed.
        """
        finished = self.interview.finish(early=early)
        counted = ballot.cast(
            self._session,
            self.interview.instrument,
            finished.answers,
            wave_id=self._row.wave_id,
            spends=spends,
            personal=self._row.personal,
            receipt=receipt,
            mode=self._row.mode,
            language=self.interview.draft.language,
            unit=self._row.unit,
            course=self._row.course,
            now=now,
        )
        self.discard()
        return counted

    @property
    def wave_id(self) -> int:
        """The wave that it belongs to."""
        return self._row.wave_id

    @property
    def spends(self) -> bytes | None:
        """The invitation that sending burns, where the channel cannot keep the ballot itself."""
        return self._row.spends

    def discard(self) -> None:
        """Throw the draft away."""
        self._session.delete(self._row)
        self._session.flush()


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
    row = session.get_one(DraftRow, key, populate_existing=True)
    return Sitting(interview, admission.survey, admission.anonymity, session, row)


def resume(session: Session, key: bytes) -> Sitting | None:
    """Go on with what is open under a key, on the instrument version that it began with.

    Outside a snapshot it is locked until the transaction ends, so that of two events at once the
    second sees what the first did.
    """
    query = (
        select(DraftRow, SurveyRow.name, WaveRow.anonymity)
        .join(WaveRow, WaveRow.id == DraftRow.wave_id)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .where(DraftRow.key == key)
    )
    if not is_snapshot(session):
        query = query.with_for_update(of=DraftRow)
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, survey, anonymity = found
    instrument = instrument_version(session, row.instrument_version_id)
    draft = Draft(
        language=row.language,
        answers=codec.loads(instrument, row.answers),
        revisiting=row.revisiting,
        ticked=None if row.ticked is None else tuple(json.loads(row.ticked)),
    )
    return Sitting(Interview(instrument, draft), survey, anonymity, session, row)


def closed(session: Session, waves: Collection[int], now: datetime) -> Sequence[int]:
    """Which of these waves take no more answers."""
    return session.scalars(
        select(WaveRow.id).where(WaveRow.id.in_(waves), WaveRow.closes_at <= now)
    ).all()


def discard_closed(session: Session, mode: str, now: datetime) -> None:
    """Throw away what is open of one mode in waves that take no more answers."""
    over = select(WaveRow.id).where(WaveRow.closes_at <= now)
    session.execute(delete(DraftRow).where(DraftRow.mode == mode, DraftRow.wave_id.in_(over)))
