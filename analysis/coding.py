"""Which themes each comment carries, and who says so: the codings that stand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.corpus import CodeFrame, code_frame
from analysis.tables import CodingRow, ModelRunRow, ThemeAssignmentRow
from surveys import extract

AUDIENCES = ("citizen", "company", "course")
"""Whose comments there is a code frame for."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder read out of one comment. `coder` is a model's name or "person"."""

    comment: extract.Comment
    themes: Mapping[str, float]
    sentiment: str
    unsure: bool
    coder: str


def codings(session: Session, wave: extract.Wave) -> Sequence[Coding]:
    """The coding that stands for each comment of a wave; comments nobody has coded are left out."""
    written = {comment.id: comment for comment in comments(session, wave)}
    assigned: dict[int, dict[str, float]] = defaultdict(dict)
    rows = session.execute(
        select(CodingRow, ModelRunRow.model)
        .outerjoin(ModelRunRow, ModelRunRow.id == CodingRow.model_run_id)
        .where(CodingRow.wave_id == wave.id, CodingRow.current)
        .order_by(CodingRow.comment_id)
    ).all()
    for coding_id, theme, probability in session.execute(
        select(
            ThemeAssignmentRow.coding_id, ThemeAssignmentRow.theme, ThemeAssignmentRow.probability
        )
        .join(CodingRow, CodingRow.id == ThemeAssignmentRow.coding_id)
        .where(CodingRow.wave_id == wave.id, CodingRow.current)
    ):
        assigned[coding_id][theme] = probability
    return [
        Coding(
            comment=written[row.comment_id],
            themes=assigned[row.id],
            sentiment=row.sentiment,
            unsure=row.unsure,
            coder=model or "person",
        )
        for row, model in rows
        if row.comment_id in written
    ]


def frame(wave: extract.Wave) -> CodeFrame:
    """The code frame that the comments of a wave are read with."""
    return code_frame(wave.instrument.audience)


def comments(session: Session, wave: extract.Wave) -> list[extract.Comment]:
    """The comments of a wave that have themes: not the words for "Andet", which name an offer."""
    return [
        comment
        for comment in extract.comments(session, wave.id)
        if wave.instrument[comment.item].companion_of is None
    ]
