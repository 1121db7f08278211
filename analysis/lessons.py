"""A person's wish for a new model version, which the worker grants: asked for, running, ended."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from analysis.tables import LearningRow


@dataclass(frozen=True, slots=True)
class Lesson:
    """The last wish of an audience. `progress` is in percent, `model` the version that came of it.

    `state` is waiting, running, done or failed.
    """

    state: str
    progress: int
    model: str | None

    @property
    def under_way(self) -> bool:
        """Whether the worker has it before it."""
        return self.state in {"waiting", "running"}


def lesson(session: Session, audience: str) -> Lesson | None:
    """The last wish; None before the first."""
    row = session.get(LearningRow, audience)
    return None if row is None else Lesson(row.state, row.progress, row.model)


def ask(session: Session, audience: str) -> None:
    """Wish for a new version. One that is under way already is enough."""
    last = lesson(session, audience)
    if last is None or not last.under_way:
        session.merge(LearningRow(audience=audience, state="waiting", progress=0, model=None))
        session.flush()


def begin(session: Session) -> str | None:
    """Take on a wish; its audience. One that was running when the worker stopped comes again."""
    row = session.scalars(
        select(LearningRow).where(LearningRow.state.in_(("waiting", "running"))).limit(1)
    ).one_or_none()
    if row is None:
        return None
    row.state, row.progress = "running", 0
    return row.audience


def advance(session: Session, audience: str, progress: int) -> None:
    """Say how far it has come."""
    session.execute(
        update(LearningRow).where(LearningRow.audience == audience).values(progress=progress)
    )


def end(session: Session, audience: str, model: str | None) -> None:
    """It is done, or has failed where no model came of it."""
    session.execute(
        update(LearningRow)
        .where(LearningRow.audience == audience)
        .values(state="done" if model else "failed", progress=100, model=model)
    )
