"""The machine as coder: it reads the comments that nobody has coded yet."""

from collections.abc import Iterator, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from analysis import coding, frames
from analysis.tables import CodingRow, ModelRunRow, ThemeAssignmentRow
from analysis.themes import load
from surveys import extract

BATCH = 500
"""Comments classified in one go: many enough for speed, few enough for a short transaction."""


def classify_waiting(session: Session, wave: extract.Wave) -> int:
    """Code the comments of a wave that neither a person nor the present model has coded.

    An older model's coding is superseded and kept; a person's always stands. Gives how many.
    """
    frame = coding.frame(session, wave)
    model = load(frame)
    run_id = _run(session, model.name)
    settled = set(
        session.scalars(
            select(CodingRow.comment_id).where(
                CodingRow.wave_id == wave.id,
                CodingRow.current,
                (CodingRow.model_run_id == run_id) | CodingRow.coder.is_not(None),
            )
        )
    )
    waiting = [comment for comment in coding.comments(session, wave) if comment.id not in settled]
    if waiting:
        frames.bind(session, wave.id, frame)
    for some in _in_batches(waiting):
        found = model.classify(
            [comment.body for comment in some],
            questions=[comment.item for comment in some],
            languages=[comment.language for comment in some],
        )
        session.execute(
            update(CodingRow)
            .where(CodingRow.comment_id.in_([comment.id for comment in some]))
            .values(current=False)
        )
        ids = session.scalars(
            insert(CodingRow).returning(CodingRow.id, sort_by_parameter_order=True),
            [
                {
                    "comment_id": comment.id,
                    "wave_id": wave.id,
                    "code_frame": frame.version,
                    "model_run_id": run_id,
                    "sentiment": read.sentiment,
                    "unsure": read.unsure,
                    "current": True,
                    "interest": read.interest,
                }
                for comment, read in zip(some, found, strict=True)
            ],
        ).all()
        assigned = [
            {
                "coding_id": coding_id,
                "theme": code,
                "probability": probability,
                "sentiment": read.mentions[code],
            }
            for coding_id, read in zip(ids, found, strict=True)
            for code, probability in read.themes
        ]
        if assigned:
            session.execute(insert(ThemeAssignmentRow), assigned)
    return len(waiting)


def _run(session: Session, model: str) -> int:
    known = session.scalars(select(ModelRunRow.id).where(ModelRunRow.model == model)).one_or_none()
    if known is not None:
        return known
    row = ModelRunRow(model=model)
    session.add(row)
    session.flush()
    return row.id


def _in_batches(comments: Sequence[extract.Comment]) -> Iterator[Sequence[extract.Comment]]:
    for start in range(0, len(comments), BATCH):
        yield comments[start : start + BATCH]
