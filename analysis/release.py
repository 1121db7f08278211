"""What has been told of a wave, so that two looks at it never differ by fewer than five people.

Whoever saw a report before and after one answer came in, or was taken back, could subtract. So a
wave's counts are kept as they were last told, and new ones take their place only when at least
`MINIMUM` people have come or gone since, or nobody has. Until then the old ones are told. They
are also what makes a closed wave quick to read: its counts are not made again.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from analysis import coding, quotes, theme_table
from analysis.disclosure import MINIMUM
from analysis.plan_tables import ReleaseRow
from analysis.theme_table import ThemeTable
from surveys import extract
from surveys.database import Database


@dataclass(frozen=True, slots=True)
class Figures:
    """A wave's counts: of responses, of answers to each item, and of channels."""

    responses: int
    tallies: tuple[extract.Tally, ...]
    modes: tuple[tuple[str, int], ...]


def read(session: Session, wave: extract.Wave) -> Figures:
    """The counts of a wave that may be told now.

    They are counted when nothing has been told of the wave, or enough has changed; `settle` keeps
    what is told.
    """
    told = session.get(ReleaseRow, wave.id)
    if told is None or _may_replace(told, wave):
        return _count(session, wave)
    return _Kept.validate_json(told.figures).figures


def themes(session: Session, wave: extract.Wave) -> ThemeTable | None:
    """The themes that may be told now; None where nobody's comments are read.

    While nobody has come or gone they are counted as the comments are coded now, for better codes
    tell nothing of single people. Quotes are always those that stand released this moment.
    """
    told = session.get(ReleaseRow, wave.id)
    if told is None or _is_same(told, wave) or _may_replace(told, wave):
        return _themes(session, wave)
    kept = _Kept.validate_json(told.figures).themes
    if kept is None:
        return None
    released = quotes.released(session, wave)
    return replace(
        kept,
        rows=tuple(
            replace(row, quotes=tuple(released.get(row.code, ())) if row.quotes else ())
            for row in kept.rows
        ),
    )


def settle(database: Database, survey: str | None = None) -> None:
    """Keep the figures of every wave, or of one survey's, that has changed enough since last told.

    Call it before figures are shown. Counting is done in a snapshot, so that nobody who answers
    waits for it.
    """
    with database.snapshot() as session:
        changed = [
            (wave, _KeptFigures(_count(session, wave), _themes(session, wave)))
            for wave in extract.waves(session, survey)
            if wave.responses and _is_stale(session.get(ReleaseRow, wave.id), wave)
        ]
    for wave, figures in changed:
        with database.transaction() as session:
            row = session.get(ReleaseRow, wave.id, with_for_update=True)
            # Another process may have told the wave meanwhile
            if not _is_stale(row, wave):
                continue
            if row is None:
                row = ReleaseRow(wave_id=wave.id)
                session.add(row)
            row.responses, row.erased = wave.responses, wave.erased
            row.figures = _Kept.dump_json(figures).decode()


@dataclass(frozen=True, slots=True)
class _KeptFigures:
    figures: Figures
    themes: ThemeTable | None


_Kept = TypeAdapter(_KeptFigures)


def _is_same(told: ReleaseRow, wave: extract.Wave) -> bool:
    return (told.responses, told.erased) == (wave.responses, wave.erased)


def _is_stale(told: ReleaseRow | None, wave: extract.Wave) -> bool:
    return told is None or _may_replace(told, wave)


def _may_replace(told: ReleaseRow, wave: extract.Wave) -> bool:
    # At least so many people are apart as the numbers are, whoever came and went
    return abs(wave.responses - told.responses) >= MINIMUM


def _count(session: Session, wave: extract.Wave) -> Figures:
    return Figures(
        responses=wave.responses,
        tallies=tuple(extract.tallies(session, wave.id)),
        modes=tuple(sorted(extract.modes(session, wave.id).items())),
    )


def _themes(session: Session, wave: extract.Wave) -> ThemeTable | None:
    if wave.instrument.audience not in coding.AUDIENCES:
        return None
    return theme_table.read(session, wave)
