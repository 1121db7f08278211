"""What people should read next, and how well the machine and they agree.

A comment is shown to nobody unless enough people of its wave have written, and never with the
unit, the course or the time it came from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from analysis import coding, frames
from analysis.coding import Sight
from analysis.corpus import CodeFrame
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.tables import CodingRow, ThemeAssignmentRow
from surveys import extract

if TYPE_CHECKING:
    from analysis.agreement import Agreement

BLIND_EVERY = 5
"""Every fifth comment is a random one, read without the model's proposal: what it is judged by."""

STEP, SHARE = 20, 0.25
"""A new version is worth making after this many readings, or this share of those learnt from."""

SECOND_READINGS = 50
"""Comments that two people read, so that their agreement has an interval of some use."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A comment to read. `proposed` is what stands for it: theme → how it is spoken of.

    Nothing is proposed to somebody who reads blind or second.
    """

    comment: extract.Comment
    wave: extract.Wave
    frame: CodeFrame
    sight: Sight
    proposed: Mapping[str, str]
    sentiment: str | None
    unsure: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the reading of an audience's comments has come. `unsure` are among the `waiting`.

    `until_next` is how many more readings make a new version of the model worth while.
    `hidden` counts comments that too few have written for anybody to be shown.
    """

    comments: int
    read: int
    waiting: int
    unsure: int
    hidden: int
    until_next: int


def waves(session: Session, audience: str) -> tuple[list[extract.Wave], list[extract.Wave]]:
    """The waves of an audience whose comments may be read, and those too few have written in."""
    shown: list[extract.Wave] = []
    hidden: list[extract.Wave] = []
    for wave in extract.waves(session):
        if wave.instrument.audience == audience:
            people = extract.commenters(session, wave.id, _items(wave))
            (shown if people >= MINIMUM_FOR_DETAIL else hidden).append(wave)
    return shown, hidden


def standing(session: Session, audience: str) -> Standing:
    """The counts of the review page."""
    shown, hidden = waves(session, audience)
    by_machine = CodingRow.model_run_id.is_not(None)
    here = [wave.id for wave in shown]
    waiting = _count(session, here, by_machine)
    read = _count(session, here, CodingRow.coder.is_not(None))
    from analysis import themes

    model = themes.about(frames.in_use(session, audience))
    enough = max(STEP, round(SHARE * model.learnt_from))
    return Standing(
        comments=waiting + read,
        read=read,
        waiting=waiting,
        unsure=_count(session, here, by_machine, CodingRow.unsure),
        hidden=_count(session, [wave.id for wave in hidden]),
        until_next=max(0, enough - max(0, read - model.learnt_from)),
    )


def upcoming(
    session: Session, audience: str, coder: str, passed: Collection[str] = ()
) -> Proposal | None:
    """The comment whose reading teaches most now, or a random one for measuring; None at the end.

    `passed` are the comments that the reader does not want. Two readers get different ones.
    """
    shown = {wave.id: wave for wave in waves(session, audience)[0]}
    read = _count(session, list(shown), CodingRow.coder.is_not(None))
    blind = read % BLIND_EVERY == BLIND_EVERY - 1
    # Comments' ids are random, so their order is a random order
    order = CodingRow.comment_id if blind else CodingRow.interest.desc().nulls_last()
    rows = session.scalars(
        _codings(list(shown), CodingRow.model_run_id.is_not(None))
        .where(CodingRow.comment_id.not_in(passed))
        .order_by(order, CodingRow.comment_id)
        .limit(2)
    ).all()
    if not rows:
        return None
    row = rows[int(coder, 36) % len(rows)] if coder.isalnum() else rows[0]
    return _proposal(session, shown[row.wave_id], row, "blind" if blind else "shown")


def second(
    session: Session, audience: str, coder: str, passed: Collection[str] = ()
) -> Proposal | None:
    """A random comment that another person has read; None when enough are read twice."""
    shown = {wave.id: wave for wave in waves(session, audience)[0]}
    again = aliased(CodingRow)
    twice = select(again.comment_id).where(again.reading == "second")
    row = session.scalars(
        _codings(list(shown), CodingRow.coder.is_not(None), CodingRow.coder != coder)
        .where(CodingRow.comment_id.not_in(twice), CodingRow.comment_id.not_in(passed))
        .order_by(CodingRow.comment_id)
        .limit(1)
    ).one_or_none()
    if row is None or len(_pairs(session, list(shown.values()))) >= SECOND_READINGS:
        return None
    return _proposal(session, shown[row.wave_id], row, "second")


def between_people(session: Session, audience: str) -> "Agreement | None":
    """How far two people agree; None before anything was read twice."""
    from analysis.agreement import agreement

    pairs = _pairs(session, waves(session, audience)[0])
    return agreement(pairs, _codes(session, audience)) if pairs else None


def with_machine(session: Session, audience: str) -> "Agreement | None":
    """How far the machine agrees with people who did not see what it proposed."""
    from analysis.agreement import agreement

    shown = [wave.id for wave in waves(session, audience)[0]]
    person, machine = aliased(CodingRow), aliased(CodingRow)
    last = (
        select(func.max(machine.id))
        .where(machine.comment_id == person.comment_id, machine.id < person.id)
        .where(machine.model_run_id.is_not(None))
        .scalar_subquery()
    )
    found = session.execute(
        select(person.id, last).where(
            person.wave_id.in_(shown), person.current, person.reading == "blind"
        )
    ).all()
    pairs = [(one, other) for one, other in found if other is not None]
    said = _themes(session, [coding_id for pair in pairs for coding_id in pair])
    read = [(said[one], said[other]) for one, other in pairs]
    return agreement(read, _codes(session, audience)) if read else None


def comment_in(session: Session, audience: str, comment_id: str) -> Proposal | None:
    """One comment that may be read, with what stands for it."""
    shown = {wave.id: wave for wave in waves(session, audience)[0]}
    row = session.scalars(
        _codings(list(shown)).where(CodingRow.comment_id == comment_id)
    ).one_or_none()
    return None if row is None else _proposal(session, shown[row.wave_id], row, "shown")


def _items(wave: extract.Wave) -> list[str]:
    return [item.id for item in wave.instrument if item.companion_of is None]


def _codings(wave_ids: Sequence[int], *which: object) -> Select[CodingRow]:
    return select(CodingRow).where(CodingRow.wave_id.in_(wave_ids), CodingRow.current, *which)  # type: ignore[arg-type]


def _count(session: Session, wave_ids: Sequence[int], *which: object) -> int:
    query = _codings(wave_ids, *which).with_only_columns(func.count())
    return session.scalar(query) or 0


def _proposal(
    session: Session, wave: extract.Wave, row: CodingRow, sight: Sight
) -> Proposal | None:
    found = extract.comments(session, wave.id, [row.comment_id])
    if not found:
        return None
    blind = sight != "shown"
    assigned = session.scalars(
        select(ThemeAssignmentRow).where(ThemeAssignmentRow.coding_id == row.id)
    )
    return Proposal(
        comment=found[0],
        wave=wave,
        frame=coding.frame(session, wave),
        sight=sight,
        proposed={} if blind else {one.theme: one.sentiment or row.sentiment for one in assigned},
        sentiment=None if blind else row.sentiment,
        unsure=row.unsure,
    )


def _pairs(
    session: Session, shown: Sequence[extract.Wave]
) -> list[tuple[frozenset[str], frozenset[str]]]:
    first, again = aliased(CodingRow), aliased(CodingRow)
    ids = session.execute(
        select(first.id, again.id)
        .join(again, again.comment_id == first.comment_id)
        .where(
            first.wave_id.in_([wave.id for wave in shown]),
            first.current,
            first.coder.is_not(None),
            again.reading == "second",
            again.coder != first.coder,
            again.code_frame == first.code_frame,
        )
    ).all()
    said = _themes(session, [coding_id for pair in ids for coding_id in pair])
    return [(said[one], said[other]) for one, other in ids]


def _themes(session: Session, coding_ids: Sequence[int]) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = {coding_id: set() for coding_id in coding_ids}
    rows = session.execute(
        select(ThemeAssignmentRow.coding_id, ThemeAssignmentRow.theme).where(
            ThemeAssignmentRow.coding_id.in_(coding_ids)
        )
    )
    for coding_id, theme in rows:
        found[coding_id].add(theme)
    return {coding_id: frozenset(said) for coding_id, said in found.items()}


def _codes(session: Session, audience: str) -> tuple[str, ...]:
    return (*frames.in_use(session, audience).codes, frames.OTHER)
