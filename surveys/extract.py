"""What analysis may read: frozen rows of mixed responses. No mapped object leaves this module."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from surveys import answers as codec
from surveys.definition import catalogue
from surveys.errors import AnonymousWave, UnknownSurvey
from surveys.fieldwork import instrument_version
from surveys.instrument import Answer, Instrument, Missing, MultiCode
from surveys.tables import (
    CELL_INDEX,
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

    `received` counts answers that ever came in; `waiting` those of them that the mixer still holds
    back; `responses` those that figures are computed from; `erased` those that their respondents
    took back. received = waiting + responses + erased = spent invitations (`spent`).
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
    waiting: int
    responses: int
    erased: int = 0

    @property
    def received(self) -> int:
        """All that came in."""
        return self.waiting + self.responses + self.erased


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


LARGE = 10_000
"""Responses from which it pays to count a wave in another way."""

_ANSWERS: Final = (
    AnswerRow.item,
    AnswerRow.code,
    AnswerRow.missing,
    func.count(),
    func.sum(case((AnswerRow.place == 0, 1), else_=0)),
)


def waves(session: Session, survey: str | None = None) -> Sequence[Wave]:
    """All waves, newest first, of one survey or of all."""
    found = [(row, name) for row, name in session.execute(_newest(survey))]
    ids = None if survey is None else [row.id for row, _ in found]
    waiting, mixed = _by_wave(session, BallotInboxRow, ids), _by_wave(session, ResponseRow, ids)
    return [_wave(session, row, name, waiting[row.id], mixed[row.id]) for row, name in found]


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
    (row, name) = found
    waiting = _by_wave(session, BallotInboxRow, [row.id])
    return _wave(
        session, row, name, waiting[row.id], _by_wave(session, ResponseRow, [row.id])[row.id]
    )


def spent(session: Session) -> Counter[int]:
    """How many invitations of each wave are spent."""
    rows = session.execute(
        select(InvitationRow.wave_id, func.count())
        .where(InvitationRow.spent.is_(True))
        .group_by(InvitationRow.wave_id)
    )
    return Counter({wave_id: n for wave_id, n in rows})  # noqa: C416  a Result is no mapping


def tallies(session: Session, wave_id: int, own: int | None = None) -> Sequence[Tally]:
    """Every answer to every item of a wave, counted in one pass. Comments count under code None.

    Where a large wave has most of the answers that there are, all are counted and the others taken
    off: the index has all in order, and nobody has to look up whose wave each answer is of. It is
    quicker for whoever knows how many responses it has (`own`).
    """
    if own is None:
        own = _by_wave(session, ResponseRow, [wave_id])[wave_id]
    answered = exists().where(ResponseRow.wave_id == WaveRow.id)
    rest = session.scalars(select(WaveRow.id).where(WaveRow.id != wave_id, answered)).all()
    if own < LARGE or 2 * _by_wave(session, ResponseRow, rest).total() > own:
        return _tallies(session, ResponseRow.wave_id == wave_id)
    others = {
        (one.item, one.code, one.missing): one
        for one in (_tallies(session, ResponseRow.wave_id.in_(rest)) if rest else ())
    }
    found = []
    for one in _counted(session, select(*_ANSWERS)):
        other = others.get((one.item, one.code, one.missing))
        n, firsts = (one.n - other.n, one.firsts - other.firsts) if other else (one.n, one.firsts)
        if n:
            found.append(replace(one, n=n, firsts=firsts))
    return found


def of_caseworker(session: Session, wave_id: int, caseworker: str) -> Sequence[Tally]:
    """The tallies of the answers about one caseworker's meetings. Nothing else is told of them.

    Whoever shows them asks the rules of disclosure first: this counts, and hides nothing.
    """
    return _tallies(session, ResponseRow.wave_id == wave_id, ResponseRow.caseworker == caseworker)


def waves_about(session: Session, caseworker: str) -> frozenset[int]:
    """The ids of the waves with answers about one caseworker's meetings."""
    query = select(ResponseRow.wave_id).where(ResponseRow.caseworker == caseworker).distinct()
    return frozenset(session.scalars(query))


def among(
    session: Session,
    wave_id: int,
    carried: Mapping[str, str],
    weeks: tuple[str, str] | None = None,
) -> Sequence[Tally]:
    """The tallies of the answers that carry all these values, given in these weeks, both included.

    Whoever shows them asks the ledger first: this counts, and hides nothing.
    """
    which = [getattr(ResponseRow, name) == value for name, value in carried.items()]
    if weeks is not None:
        which.append(ResponseRow.week.between(*weeks))
    return _tallies(session, ResponseRow.wave_id == wave_id, *which)


def _tallies(session: Session, *which: ColumnElement[bool]) -> Sequence[Tally]:
    joined = select(*_ANSWERS).join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
    return _counted(session, joined.where(*which))


def _counted(session: Session, answers: Select[*tuple[Any, ...]]) -> Sequence[Tally]:
    rows = session.execute(answers.group_by(AnswerRow.item, AnswerRow.code, AnswerRow.missing))
    return [
        Tally(item, code, Missing(missing) if missing else None, n, firsts)
        for item, code, missing, n, firsts in rows
    ]


class Cell(NamedTuple):
    """All that an answer carries beside its answers: whoever shares all of it is in one cell."""

    unit: str | None
    course: str | None
    mode: str
    language: str
    week: str
    caseworker: str | None


def cells(session: Session, wave_id: int) -> Counter[Cell]:
    """How many responses of a wave there are in each cell, counted in one pass."""
    # In the order of the index, which PostgreSQL 15 would otherwise sort into this one
    ordered = [getattr(ResponseRow, name) for name in CELL_INDEX if name != "wave_id"]
    rows = session.execute(
        select(*_carried(), func.count()).where(ResponseRow.wave_id == wave_id).group_by(*ordered)
    )
    return Counter({Cell(*cell): n for *cell, n in rows})


def valid(session: Session, wave_id: int, items: Collection[str]) -> Mapping[tuple[Cell, str], int]:
    """How many responses in each cell have a valid answer to each of these items."""
    if not items:
        return {}
    rows = session.execute(
        select(*_carried(), AnswerRow.item, func.count())
        .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
        .where(
            ResponseRow.wave_id == wave_id,
            AnswerRow.item.in_(items),
            AnswerRow.place == 0,
            AnswerRow.missing.is_(None),
        )
        .group_by(*_carried(), AnswerRow.item)
    )
    return {(Cell(*cell), item): n for *cell, item, n in rows}


def writers(session: Session, wave_id: int, items: Collection[str]) -> Counter[Cell]:
    """How many responses in each cell have words to one or more of these items, kept or not."""
    if not items:
        return Counter()
    rows = session.execute(
        select(*_carried(), func.count(AnswerRow.response_id.distinct()))
        .join(ResponseRow, ResponseRow.id == AnswerRow.response_id)
        .where(
            ResponseRow.wave_id == wave_id,
            AnswerRow.item.in_(items),
            AnswerRow.missing.is_(None),
        )
        .group_by(*_carried())
    )
    return Counter({Cell(*cell): n for *cell, n in rows})


def _carried() -> Sequence[InstrumentedAttribute[Any]]:
    return [getattr(ResponseRow, name) for name in Cell._fields]


def by_invitation(session: Session, wave_id: int) -> Mapping[bytes, str]:
    """The response to each personal invitation, by token hash, until the people asked are deleted.

    Raises AnonymousWave: there no answer leads to an invitation.
    """
    if session.get_one(WaveRow, wave_id).anonymity == "anonymous":
        raise AnonymousWave
    rows = session.execute(
        select(ResponseRow.invitation, ResponseRow.id)
        .where(ResponseRow.wave_id == wave_id, ResponseRow.invitation.is_not(None))
        .order_by(ResponseRow.id)
    )
    return {invitation: response for invitation, response in rows if invitation is not None}


def answers_to(session: Session, wave: Wave, invitation: bytes) -> Mapping[str, Answer] | None:
    """What the holder of an invitation answered, for their own eyes; None where it is not kept.

    It need not be mixed yet. Raises AnonymousWave.
    """
    response = by_invitation(session, wave.id).get(invitation)
    if response is None:
        waiting = session.scalars(
            select(BallotInboxRow.payload).where(
                BallotInboxRow.wave_id == wave.id,
                BallotInboxRow.payload.contains(f'"invitation": "{invitation.hex()}"'),
            )
        ).one_or_none()
        return codec.loads(wave.instrument, json.loads(waiting)["answers"]) if waiting else None
    found: dict[str, Answer] = {}
    rows = session.execute(
        select(AnswerRow, CommentRow.body)
        .outerjoin(CommentRow, CommentRow.id == AnswerRow.comment_id)
        .where(AnswerRow.response_id == response)
        .order_by(AnswerRow.item, AnswerRow.place)
    )
    for row, body in rows:
        if row.missing is not None:
            found[row.item] = Missing(row.missing)
        elif row.comment_id is not None:
            found[row.item] = body or Missing.SKIPPED
        elif row.number is not None:
            found[row.item] = row.number
        elif row.day is not None:
            found[row.item] = row.day
        elif isinstance(wave.instrument[row.item].domain, MultiCode):
            found[row.item] = (*_chosen(found.get(row.item)), str(row.code))
        else:
            found[row.item] = wave.instrument[row.item].domain.parse(row.code)
    return found


def _chosen(before: Answer | None) -> tuple[str, ...]:
    return before if isinstance(before, tuple) else ()


def is_named(session: Session, wave_id: int) -> bool:
    """Whether an answer of a wave leads to an invitation, mixed or on its way to the mixer."""
    mixed = select(ResponseRow.id).where(
        ResponseRow.wave_id == wave_id, ResponseRow.invitation.is_not(None)
    )
    waiting = select(BallotInboxRow.id).where(
        BallotInboxRow.wave_id == wave_id, BallotInboxRow.payload.contains('"invitation": ')
    )
    return session.scalar(select(or_(mixed.exists(), waiting.exists()))) is True


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


def of_writers(
    session: Session, wave_id: int, items: Collection[str]
) -> Sequence[tuple[str, str, str]]:
    """What those who wrote a comment answered to closed items: response, item and code."""
    wrote = (
        select(AnswerRow.response_id)
        .join(CommentRow, CommentRow.id == AnswerRow.comment_id)
        .where(CommentRow.wave_id == wave_id)
    )
    rows = session.execute(
        select(AnswerRow.response_id, AnswerRow.item, AnswerRow.code).where(
            AnswerRow.response_id.in_(wrote), AnswerRow.item.in_(items)
        )
    )
    return [(response, item, code) for response, item, code in rows if code is not None]


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


def written(session: Session, wave_id: int, items: Collection[str]) -> int:
    """How many comments of a wave to these items are still kept."""
    query = select(func.count()).where(
        CommentRow.wave_id == wave_id, CommentRow.body.is_not(None), CommentRow.item.in_(items)
    )
    return session.scalar(query) or 0


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


def _by_wave(
    session: Session, kind: type[BallotInboxRow | ResponseRow], ids: Collection[int] | None
) -> Counter[int]:
    """How many there are of each of these waves; None for all."""
    if ids is not None and not ids:
        return Counter()
    some = true() if ids is None else kind.wave_id.in_(ids)
    rows = session.execute(select(kind.wave_id, func.count()).where(some).group_by(kind.wave_id))
    return Counter({wave_id: n for wave_id, n in rows})  # noqa: C416  a Result is no mapping


def _wave(session: Session, row: WaveRow, survey: str, waiting: int, responses: int) -> Wave:
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
        waiting=waiting,
        responses=responses,
        erased=row.erased,
    )
