"""How long what is stored lives, and how it goes: at its date, or when its respondent says so.

Everything counts in days from the close of the wave, but a draft, which counts from the week in
which it was last touched. A wave without an end keeps all that it has.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from surveys import keys
from surveys.company_tables import CallAttemptRow, CompanyRow, ReceiptLinkRow
from surveys.database import Base
from surveys.dispatch_tables import DispatchRow
from surveys.fieldwork_tables import (
    ContactRow,
    FrameMemberRow,
    RetentionChangeRow,
    RetentionRow,
    RetentionRunRow,
    UploadRow,
    WaveDayRow,
)
from surveys.schedule import COPENHAGEN, midnight, week
from surveys.tables import (
    AnswerRow,
    BallotInboxRow,
    CommentRow,
    DraftRow,
    ErasureRow,
    InvitationRow,
    LinkRow,
    ResponseRow,
    SurveyRow,
    WaveRow,
)

LOOKED_THROUGH_FOR: Final = timedelta(days=1)
"""How long a file waits to be looked through before it is thrown away."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How many days things live: from the close of the wave, drafts from when they were touched.

    `frame` is the people asked, their addresses and whose answer is whose, `text` what respondents
    wrote, `response` all answers and invitations. Answers in the inbox go on to the responses, at
    the latest when the wave closes.
    """

    frame: int
    draft: int
    text: int
    response: int


DEFAULTS: Final[Mapping[str, Lifetimes]] = {
    "anonymous": Lifetimes(frame=30, draft=30, text=730, response=1826),
    "confidential": Lifetimes(frame=90, draft=30, text=365, response=1826),
    "identified": Lifetimes(frame=365, draft=30, text=365, response=1096),
}
"""By the promise of the wave: the sooner what is kept can be dispensed with, the sooner it goes."""


LONGEST: Final = 3660
"""Days: nothing is kept for more than ten years."""


@dataclass(frozen=True, slots=True)
class Change:
    """One decision of staff: the survey, the day, and the lifetimes; None for the defaults."""

    survey: str
    day: date
    lives: Lifetimes | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `expire`: when, and how many rows of what went, by wave."""

    ran_at: datetime
    deleted: Mapping[str, Mapping[str, int]]

    @property
    def total(self) -> int:
        """All rows that went."""
        return sum(sum(counts.values()) for counts in self.deleted.values())


def lifetimes(session: Session, survey: str, anonymity: str) -> Lifetimes:
    """How long a survey keeps what the waves of one kind of anonymity have."""
    row = session.scalars(
        select(RetentionRow)
        .join(SurveyRow, SurveyRow.id == RetentionRow.survey_id)
        .where(SurveyRow.name == survey)
    ).one_or_none()
    return DEFAULTS[anonymity] if row is None else _decided(row)


def decided(session: Session) -> Mapping[str, Lifetimes]:
    """What staff have decided, by the name of the survey."""
    rows = session.execute(
        select(SurveyRow.name, RetentionRow).join(SurveyRow, SurveyRow.id == RetentionRow.survey_id)
    )
    return {name: _decided(row) for name, row in rows}


def decide(session: Session, survey_id: int, lives: Lifetimes | None, now: datetime) -> None:
    """Decide how long a survey keeps things; None for the defaults. That it was decided is noted.

    What is over by the new times goes at the next run.
    """
    before = session.get(RetentionRow, survey_id)
    if lives == (before and _decided(before)):
        return
    if lives is None:
        session.execute(delete(RetentionRow).where(RetentionRow.survey_id == survey_id))
    else:
        days = {f"{kind}_days": number for kind, number in asdict(lives).items()}
        session.merge(RetentionRow(survey_id=survey_id, **days))
    session.add(
        RetentionChangeRow(
            survey_id=survey_id,
            day=now.astimezone(COPENHAGEN).date(),
            days=lives and " ".join(str(days) for days in astuple(lives)),
        )
    )
    session.flush()


def changes(session: Session, most: int = 30) -> Sequence[Change]:
    """What staff decided, newest first."""
    rows = session.execute(
        select(SurveyRow.name, RetentionChangeRow.day, RetentionChangeRow.days)
        .join(SurveyRow, SurveyRow.id == RetentionChangeRow.survey_id)
        .order_by(RetentionChangeRow.id.desc())
        .limit(most)
    )
    return [
        Change(survey, day, Lifetimes(*map(int, days.split())) if days else None)
        for survey, day, days in rows
    ]


def next_run(session: Session, now: datetime) -> datetime:
    """When is deleted next: once in each day in Copenhagen, from midnight on; now where due."""
    today = now.astimezone(COPENHAGEN).date()
    last = next(iter(runs(session, most=1)), None)
    if last is None or last.ran_at < midnight(today):
        return now
    return midnight(today + timedelta(days=1))


def erase(session: Session, receipt: str) -> bool:
    """Delete the answer that a receipt was given for, wherever it is; whether there was one.

    What was written in it and what was read out of that go too. The right to answer stays spent.
    That it was taken back is noted (`erasures`).
    """
    receipt_hash = keys.receipt_hash(receipt)
    in_inbox = BallotInboxRow.payload.contains(f'"receipt": "{receipt_hash.hex()}"')
    mixed = ResponseRow.receipt_hash == receipt_hash
    # The inbox first and last, for what is moved out of it or within it meanwhile
    for where in (
        select(BallotInboxRow.wave_id).where(in_inbox),
        select(ResponseRow.wave_id).where(mixed),
        select(BallotInboxRow.wave_id).where(in_inbox),
    ):
        wave_id = session.scalars(where).one_or_none()
        if wave_id is not None:
            break
    else:
        return False
    # As the mixer does, and before anything is deleted: the two would wait for each other otherwise
    session.execute(select(WaveRow.id).where(WaveRow.id == wave_id).with_for_update(key_share=True))
    for _ in range(2):
        waited = session.scalars(
            delete(BallotInboxRow).where(in_inbox).returning(BallotInboxRow.wave_id)
        ).one_or_none()
        noted = ErasureRow(id=secrets.token_hex(16), wave_id=wave_id)
        if waited or _take_from_responses(session, receipt_hash, noted):
            session.add(noted)
            session.execute(
                update(WaveRow).where(WaveRow.id == wave_id).values(erased=WaveRow.erased + 1)
            )
            return True
    return False


@dataclass(frozen=True, slots=True)
class Erasure:
    """That somebody took an answer back: what it carried, by name, and which items it answered.

    Both are None for an answer that still waited for the mixer, and so was in no figure.
    """

    id: str
    carried: Mapping[str, Any] | None
    answered: frozenset[str] | None


CARRIED: Final = ("unit", "course", "mode", "language", "week", "caseworker")


def erasures(session: Session, wave_id: int) -> Sequence[Erasure]:
    """What was taken back of a wave since the last `settled`, in an order that says nothing."""
    rows = session.scalars(
        select(ErasureRow).where(ErasureRow.wave_id == wave_id).order_by(ErasureRow.id)
    )
    return [
        Erasure(row.id, json.loads(row.carried), frozenset(json.loads(row.answered or "[]")))
        if row.carried is not None
        else Erasure(row.id, None, None)
        for row in rows
    ]


def settled(session: Session, ids: Collection[str]) -> None:
    """Forget erasures: whoever keeps account of the figures has taken them in."""
    session.execute(delete(ErasureRow).where(ErasureRow.id.in_(ids)))


def holds(session: Session, receipt: str) -> bool:
    """Whether there is an answer that this receipt would delete."""
    receipt_hash = keys.receipt_hash(receipt)
    in_inbox = BallotInboxRow.payload.contains(f'"receipt": "{receipt_hash.hex()}"')
    mixed = ResponseRow.receipt_hash == receipt_hash
    return bool(session.scalar(select(or_(exists().where(mixed), exists().where(in_inbox)))))


def _take_from_responses(session: Session, receipt_hash: bytes, noted: ErasureRow) -> bool:
    """Delete a mixed answer; note what it carried and what it answered. False if it was gone."""
    response = select(ResponseRow.id).where(ResponseRow.receipt_hash == receipt_hash)
    answered = session.scalars(
        select(AnswerRow.item)
        .where(AnswerRow.response_id.in_(response), AnswerRow.missing.is_(None))
        .distinct()
    ).all()
    written = (
        select(AnswerRow.comment_id)
        .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
        .where(ResponseRow.receipt_hash == receipt_hash, AnswerRow.comment_id.is_not(None))
    )
    session.execute(
        delete(CommentRow)
        .where(CommentRow.id.in_(written))
        .execution_options(synchronize_session=False)
    )
    gone = session.execute(
        delete(ResponseRow)
        .where(ResponseRow.receipt_hash == receipt_hash)
        .returning(*(getattr(ResponseRow, name) for name in CARRIED))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if gone is None:
        return False
    carried = dict(zip(CARRIED, gone, strict=True))
    noted.carried = json.dumps(carried, ensure_ascii=False)
    noted.answered = json.dumps(sorted(answered))
    return True


def expire(session: Session, now: datetime) -> Run:
    """Delete all whose time is over, and write down how much of what it was."""
    deleted: dict[str, dict[str, int]] = {}
    waves = session.execute(
        select(WaveRow, SurveyRow.name)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .order_by(WaveRow.id)
        .execution_options(populate_existing=True)
    ).all()
    staff_decided = decided(session)
    for wave, survey in waves:
        lives = staff_decided.get(survey, DEFAULTS[wave.anonymity])
        counts = {kind: n for kind, n in _expire_wave(session, wave, lives, now).items() if n}
        if counts:
            deleted[f"{survey} {wave.label}"] = counts
    files = _delete(session, UploadRow, UploadRow.uploaded_at <= now - LOOKED_THROUGH_FOR)
    if files:
        deleted[""] = {"upload": files}
    row = RetentionRunRow(ran_at=now, deleted=json.dumps(deleted, ensure_ascii=False))
    session.add(row)
    session.flush()
    return Run(now, deleted)


def runs(session: Session, most: int = 30) -> Sequence[Run]:
    """The last runs, newest first."""
    rows = session.scalars(
        select(RetentionRunRow)
        .order_by(RetentionRunRow.ran_at.desc(), RetentionRunRow.id.desc())
        .limit(most)
    )
    return [Run(row.ran_at, json.loads(row.deleted)) for row in rows]


def _expire_wave(
    session: Session, wave: WaveRow, lives: Lifetimes, now: datetime
) -> dict[str, int]:
    long_ago = week(now - timedelta(days=lives.draft))
    counts = {
        "draft": _delete(
            session, DraftRow, DraftRow.wave_id == wave.id, DraftRow.touched_week < long_ago
        )
    }
    if wave.closes_at is None:
        return counts

    def is_over(days: int) -> bool:
        return wave.closes_at is not None and now >= wave.closes_at + timedelta(days=days)

    if is_over(lives.frame):
        counts["frame"] = _delete(session, FrameMemberRow, FrameMemberRow.wave_id == wave.id)
        counts["named"] = _forget_invitations(session, wave.id)
    if is_over(lives.text):
        bodies = session.scalars(
            update(CommentRow)
            .where(CommentRow.wave_id == wave.id, CommentRow.body.is_not(None))
            .values(body=None)
            .returning(CommentRow.id)
        ).all()
        counts["text"] = len(bodies)
    if is_over(lives.response):
        _delete(session, CommentRow, CommentRow.wave_id == wave.id)
        _delete(session, BallotInboxRow, BallotInboxRow.wave_id == wave.id)
        _delete(session, DraftRow, DraftRow.wave_id == wave.id)
        _delete(session, FrameMemberRow, FrameMemberRow.wave_id == wave.id)
        _delete(session, LinkRow, LinkRow.wave_id == wave.id)
        _delete(session, WaveDayRow, WaveDayRow.wave_id == wave.id)
        _delete(session, ErasureRow, ErasureRow.wave_id == wave.id)
        counts["response"] = _delete(session, ResponseRow, ResponseRow.wave_id == wave.id)
        counts["invitation"] = _delete(session, InvitationRow, InvitationRow.wave_id == wave.id)
        session.execute(update(WaveRow).where(WaveRow.id == wave.id).values(erased=0))
    return counts


def _forget_invitations(session: Session, wave_id: int) -> int:
    """Let no answer of a wave lead to its invitation any more. Gives how many did."""
    named = session.scalars(
        update(ResponseRow)
        .where(ResponseRow.wave_id == wave_id, ResponseRow.invitation.is_not(None))
        .values(invitation=None)
        .returning(ResponseRow.id)
    ).all()
    return len(named)


KEPT: Final = (
    AnswerRow, BallotInboxRow, CallAttemptRow, CommentRow, CompanyRow, ContactRow, DispatchRow,
    DraftRow, ErasureRow, FrameMemberRow, InvitationRow, LinkRow, ReceiptLinkRow, ResponseRow,
    UploadRow, WaveDayRow,
)  # fmt: skip
"""The tables that something is deleted from here."""


def _delete(session: Session, kind: type[Base], *which: ColumnElement[bool]) -> int:
    n = session.scalar(select(func.count()).select_from(kind).where(*which)) or 0
    if n:
        session.execute(delete(kind).where(*which).execution_options(synchronize_session=False))
    return n


def _decided(row: RetentionRow) -> Lifetimes:
    return Lifetimes(row.frame_days, row.draft_days, row.text_days, row.response_days)
