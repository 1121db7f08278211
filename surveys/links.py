"""Open links as staff see them: listed, shown again, withdrawn. Flushes, and never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from surveys import keys
from surveys.errors import UnknownCode
from surveys.fieldwork import instrument_version
from surveys.instrument import Instrument
from surveys.schedule import is_over
from surveys.tables import LinkRow, SurveyRow, WaveRow


@dataclass(frozen=True, slots=True)
class Link:
    """One code with what travels with it. `open` says that it takes answers at this moment."""

    code: str
    survey: str
    wave: str
    instrument: Instrument
    unit: str | None
    course: str | None
    caseworker: str | None
    open: bool


def links(session: Session, now: datetime) -> Sequence[Link]:
    """The links that take answers now or later, the newest first."""
    query = (
        _links()
        .where(LinkRow.withdrawn.is_(False))
        .where(func.coalesce(WaveRow.closes_at > now, True))
        .order_by(LinkRow.id.desc())
    )
    return [_link(session, *found, now) for found in session.execute(query)]


def link(session: Session, code: str, now: datetime) -> Link:
    """One link, whatever has become of it. Raises UnknownCode."""
    found = session.execute(_links().where(LinkRow.code == keys.heard(code))).one_or_none()
    if found is None:
        raise UnknownCode
    return _link(session, *found, now)


def of_caseworker(session: Session, caseworker: str, now: datetime) -> Sequence[Link]:
    """A caseworker's own links, those that are closed or withdrawn too; the newest first."""
    query = _links().where(LinkRow.caseworker == caseworker).order_by(LinkRow.id.desc())
    return [_link(session, *found, now) for found in session.execute(query)]


def made_up_caseworkers(session: Session) -> Sequence[str]:
    """The keys of the caseworkers that a demonstration has made cards for."""
    found = session.scalars(
        select(LinkRow.caseworker)
        .join(WaveRow, WaveRow.id == LinkRow.wave_id)
        .where(WaveRow.synthetic)
        .order_by(LinkRow.id)
    )
    return [caseworker for caseworker in found if caseworker is not None]


def withdraw(session: Session, code: str) -> None:
    """Let a code open nothing any more. What was answered through it counts. UnknownCode."""
    row = session.scalars(select(LinkRow).where(LinkRow.code == keys.heard(code))).one_or_none()
    if row is None:
        raise UnknownCode
    row.withdrawn = True
    session.flush()


def places(session: Session) -> tuple[Sequence[str], Sequence[str]]:
    """The units, and the courses or kinds of meeting, that codes were made for before."""
    return _known(session, LinkRow.unit), _known(session, LinkRow.course)


def _known(session: Session, column: InstrumentedAttribute[str | None]) -> Sequence[str]:
    query = select(column).where(column.is_not(None)).distinct().order_by(column)
    return [name for name in session.scalars(query) if name]


def _links() -> Select[LinkRow, WaveRow, str]:
    return (
        select(LinkRow, WaveRow, SurveyRow.name)
        .join(WaveRow, WaveRow.id == LinkRow.wave_id)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
    )


def _link(session: Session, row: LinkRow, wave: WaveRow, survey: str, now: datetime) -> Link:
    ended = is_over(wave.closes_at, now)
    return Link(
        code=row.code,
        survey=survey,
        wave=wave.label,
        instrument=instrument_version(session, wave.instrument_version_id),
        unit=row.unit,
        course=row.course,
        caseworker=row.caseworker,
        open=not row.withdrawn and wave.opens_at <= now and not ended,
    )
