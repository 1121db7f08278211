"""What analysis may read: frozen rows of mixed responses. No mapped object leaves this module."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select, true
from sqlalchemy.orm import Session

from surveys.definition import catalogue
from surveys.errors import UnknownSurvey
from surveys.fieldwork import instrument_version
from surveys.instrument import Instrument, Missing
from surveys.tables import (
    AnswerRow,
    BallotInboxRow,
    CommentRow,
    InvitationRow,
    ResponseRow,
    SurveyRow,
    WaveRow,
)


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave and the state of its fieldwork.

    `received` counts spent invitations; `waiting` those of them that the mixer still holds back;
    `responses` those that figures are computed from; `erased` those that their respondents took
    back. received = waiting + responses + erased.
    """

    id: int
    survey: str
    label: str
    instrument: Instrument
    anonymity: str
    opens_at: datetime
    closes_at: datetime | None
    invited: int | None
    target: float | None
    synthetic: bool
    received: int
    waiting: int
    responses: int
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many responses gave one answer to one item: a category, or a reason for no answer.

    A response can choose several categories: `firsts` counts those for which this was the first,
    so that the firsts of an item add up to its respondents.
    """

    item: str
    code: str | None
    missing: Missing | None
    n: int
    firsts: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One verbatim, masked, with the item it answers and the language of the interface.

    `response` only tells comments of one person from those of another.
    """

    id: str
    response: str
    item: str
    body: str
    language: str


def waves(session: Session, survey: str | None = None) -> Sequence[Wave]:
    """All waves, newest first, of one survey or of all."""
    return [_wave(session, row, name) for row, name in session.execute(_newest(survey))]


def wave(session: Session, survey: str, label: str | None = None) -> Wave:
    """One wave of a survey, the newest when no label is given. Raises UnknownSurvey."""
    query = _newest(survey)
    if label is not None:
        query = query.where(WaveRow.label == label)
    found = session.execute(query.limit(1)).one_or_none()
    if found is None:
        known = session.scalars(select(SurveyRow.name)).all()
        if survey in known:
            labels = session.scalars(
                select(WaveRow.label)
                .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
                .where(SurveyRow.name == survey)
            ).all()
            raise UnknownSurvey(f"{survey} {label}", [f"{survey} {one}" for one in labels])
        raise UnknownSurvey(survey, sorted({*known, *catalogue()}))
    return _wave(session, *found)


def tallies(session: Session, wave_id: int) -> Sequence[Tally]:
    """Every answer to every item of a wave, counted in one pass. Comments count under code None."""
    rows = session.execute(
        select(
            AnswerRow.item,
            AnswerRow.code,
            AnswerRow.missing,
            func.count(),
            func.sum(case((AnswerRow.place == 0, 1), else_=0)),
        )
        .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
        .where(ResponseRow.wave_id == wave_id)
        .group_by(AnswerRow.item, AnswerRow.code, AnswerRow.missing)
    )
    return [
        Tally(item, code, Missing(missing) if missing else None, n, firsts)
        for item, code, missing, n, firsts in rows
    ]


def by_week(session: Session, wave_id: int) -> Mapping[str, int]:
    """Responses by the ISO week in which they were given: 2026-W47."""
    rows = session.execute(
        select(ResponseRow.week, func.count())
        .where(ResponseRow.wave_id == wave_id)
        .group_by(ResponseRow.week)
    )
    return {week: n for week, n in rows}  # noqa: C416  a Result is no mapping


def partial(session: Session, wave_id: int) -> int:
    """How many responses were sent before the end of the interview (AAPOR's partials)."""
    return (
        session.scalar(
            select(func.count(AnswerRow.response_id.distinct()))
            .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
            .where(ResponseRow.wave_id == wave_id, AnswerRow.missing == Missing.NOT_REACHED.value)
        )
        or 0
    )


def modes(session: Session, wave_id: int) -> Mapping[str, int]:
    """Responses by the channel they came through."""
    rows = session.execute(
        select(ResponseRow.mode, func.count())
        .where(ResponseRow.wave_id == wave_id)
        .group_by(ResponseRow.mode)
    )
    return {mode: n for mode, n in rows}  # noqa: C416  a Result is no mapping


def comments(
    session: Session, wave_id: int, ids: Collection[str] | None = None
) -> Sequence[Comment]:
    """The verbatims of a wave that are still kept, in an order that says nothing; all, or some."""
    some = true() if ids is None else CommentRow.id.in_(ids)
    rows = session.execute(
        select(
            CommentRow.id,
            AnswerRow.response_id,
            CommentRow.item,
            CommentRow.body,
            CommentRow.language,
        )
        .join(AnswerRow, AnswerRow.comment_id == CommentRow.id)
        .where(CommentRow.wave_id == wave_id, CommentRow.body.is_not(None), some)
        .order_by(CommentRow.id)
    )
    return [
        Comment(comment_id, response_id, item, body, language)
        for comment_id, response_id, item, body, language in rows
        if body is not None
    ]


def commenters(session: Session, wave_id: int, items: Collection[str]) -> int:
    """How many respondents of a wave have written a comment, that is still kept, to these items."""
    return (
        session.scalar(
            select(func.count(AnswerRow.response_id.distinct()))
            .join(CommentRow, CommentRow.id == AnswerRow.comment_id)
            .where(
                CommentRow.wave_id == wave_id,
                CommentRow.body.is_not(None),
                CommentRow.item.in_(items),
            )
        )
        or 0
    )


def patterns(session: Session, wave_id: int, items: Sequence[str]) -> Counter[tuple[str, ...]]:
    """How many responses of a wave gave the same answers to these closed items, taken together.

    An answer is its code, several codes in the order of the alphabet with commas between, or the
    reason for none after a question mark. An item that a response lacks is the empty text.
    """
    said = AnswerRow.item + "=" + func.coalesce(AnswerRow.code, "?" + AnswerRow.missing, "")
    # The database puts each response on one line and counts the lines: few come over
    lines = (
        select(func.aggregate_strings(said, ";").label("line"))
        .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
        .where(ResponseRow.wave_id == wave_id, AnswerRow.item.in_(items))
        .group_by(AnswerRow.response_id)
        .subquery()
    )
    found: Counter[tuple[str, ...]] = Counter()
    for line, n in session.execute(select(lines.c.line, func.count()).group_by(lines.c.line)):
        answers: dict[str, list[str]] = {}
        # In no order that both databases promise
        for part in sorted(line.split(";")):
            item, _, answer = part.partition("=")
            answers.setdefault(item, []).append(answer)
        found[tuple(",".join(answers.get(item, [])) for item in items)] += n
    return found


def _newest(survey: str | None) -> Select[WaveRow, str]:
    query = (
        select(WaveRow, SurveyRow.name)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .order_by(WaveRow.opens_at.desc(), WaveRow.id.desc())
    )
    return query if survey is None else query.where(SurveyRow.name == survey)


def _wave(session: Session, row: WaveRow, survey: str) -> Wave:
    received = session.scalar(
        select(func.count()).where(InvitationRow.wave_id == row.id, InvitationRow.spent.is_(True))
    )
    waiting = session.scalar(select(func.count()).where(BallotInboxRow.wave_id == row.id))
    responses = session.scalar(select(func.count()).where(ResponseRow.wave_id == row.id))
    return Wave(
        id=row.id,
        survey=survey,
        label=row.label,
        instrument=instrument_version(session, row.instrument_version_id),
        anonymity=row.anonymity,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        invited=row.invited,
        target=float(row.target) if row.target is not None else None,
        synthetic=row.synthetic,
        received=received or 0,
        waiting=waiting or 0,
        responses=responses or 0,
        erased=row.erased,
    )
