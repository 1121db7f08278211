"""The machine as coder: it reads the comments that nobody has coded yet."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from analysis import coding, embedding, frames
from analysis.normal_form import normalised
from analysis.tables import CodingRow, ModelRunRow, ThemeAssignmentRow
from analysis.themes import Classification, ThemeModel, load
from surveys import extract
from surveys.database import Database

BATCH = 200
"""Comments classified in one go: many enough for speed, few enough to see them come."""


def code(database: Database, wave: extract.Wave) -> int:
    """Code the comments of a wave that wait, batch by batch; how many.

    The model reads between two transactions: it can take a second for every ten comments.
    """
    done = 0
    while True:
        with database.snapshot() as session:
            frame = coding.frame(session, wave)
            model = load(frame)
            some = waiting(session, wave, model)[:BATCH]
        if not some:
            return done
        found = _read(model, some)
        with database.transaction() as session:
            _store(session, wave, model, some, found)
        done += len(some)


def classify_waiting(session: Session, wave: extract.Wave) -> int:
    """Code the comments of a wave that wait, in the caller's transaction; how many."""
    model = load(coding.frame(session, wave))
    some = waiting(session, wave, model)
    if some:
        _store(session, wave, model, some, _read(model, some))
    return len(some)


def waiting(session: Session, wave: extract.Wave, model: ThemeModel) -> Sequence[extract.Comment]:
    """The comments that neither a person nor this model has coded.

    An older model's coding is superseded and kept; a person's always stands.
    """
    settled = set(
        session.scalars(
            select(CodingRow.comment_id)
            .outerjoin(ModelRunRow, ModelRunRow.id == CodingRow.model_run_id)
            .where(
                CodingRow.wave_id == wave.id,
                CodingRow.current,
                (ModelRunRow.model == model.name) | CodingRow.coder.is_not(None),
            )
        )
    )
    return [comment for comment in coding.comments(session, wave) if comment.id not in settled]


def _read(model: ThemeModel, some: Sequence[extract.Comment]) -> Sequence[Classification]:
    return model.classify(
        [comment.body for comment in some],
        questions=[comment.item for comment in some],
        languages=[comment.language for comment in some],
    )


def _store(
    session: Session,
    wave: extract.Wave,
    model: ThemeModel,
    some: Sequence[extract.Comment],
    found: Sequence[Classification],
) -> None:
    # A person may have coded one, or a citizen taken one back, while the model read
    still = {comment.id for comment in waiting(session, wave, model)}
    pairs = [pair for pair in zip(some, found, strict=True) if pair[0].id in still]
    if not pairs:
        return
    frames.bind(session, wave.id, model.frame)
    run_id = _run(session, model.name)
    session.execute(
        update(CodingRow)
        .where(CodingRow.comment_id.in_([comment.id for comment, _ in pairs]))
        .values(current=False)
    )
    ids = session.scalars(
        insert(CodingRow).returning(CodingRow.id, sort_by_parameter_order=True),
        [
            {
                "comment_id": comment.id,
                "wave_id": wave.id,
                "code_frame": model.frame.version,
                "model_run_id": run_id,
                "sentiment": read.sentiment,
                "unsure": read.unsure,
                "current": True,
                "interest": read.interest,
            }
            for comment, read in pairs
        ],
    ).all()
    assigned = [
        {
            "coding_id": coding_id,
            "theme": code,
            "probability": probability,
            "sentiment": read.mentions[code],
        }
        for coding_id, (_, read) in zip(ids, pairs, strict=True)
        for code, probability in read.themes
    ]
    if assigned:
        session.execute(insert(ThemeAssignmentRow), assigned)


def forget_erased(session: Session, today: date) -> int:
    """Once a day, forget the vectors of comments that are no longer kept; how many."""
    if not embedding.forgets_on(today):
        return 0
    texts = (
        normalised(comment.body)
        for wave in extract.waves(session)
        for comment in extract.comments(session, wave.id)
    )
    return embedding.forget_all_but(texts, today)


def _run(session: Session, model: str) -> int:
    known = session.scalars(select(ModelRunRow.id).where(ModelRunRow.model == model)).one_or_none()
    if known is not None:
        return known
    row = ModelRunRow(model=model)
    session.add(row)
    session.flush()
    return row.id
