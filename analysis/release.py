"""What has been told of a wave, so that two looks at it never differ by fewer than five people.

Whoever saw a report before and after one answer came in, or was taken back, could subtract. So a
wave's counts are kept as they were last told, and new ones take their place only when at least
`MINIMUM` people have come or gone since, or nobody has. Until then the old ones are told. They
are also what makes a closed wave quick to read: its counts are not made again. The wave's `ledger`
has the last word, for it knows what was told of groups as well.
"""

from collections import Counter
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from analysis import association, coding, ledger, quotes, theme_table
from analysis.association import Association
from analysis.disclosure import MINIMUM
from analysis.ledger import Figures
from analysis.ledger_book import Census
from analysis.plan_tables import ReleaseRow
from analysis.theme_table import ThemeTable
from surveys import extract
from surveys.database import Database

ONE_IN = 200
"""Figures of many people move when one in so many has come or gone, not with every five."""


def read(session: Session, wave: extract.Wave) -> Figures:
    """The counts of a wave as `settle` last told them; none before it has."""
    told = session.get(ReleaseRow, wave.id)
    return Figures(0, (), ()) if told is None else _Kept.validate_json(told.figures).figures


def is_of_all(session: Session, wave: extract.Wave) -> bool:
    """Whether what is told of a wave is told of exactly those whose answers it has now."""
    told = session.get(ReleaseRow, wave.id)
    return told is not None and (told.responses, told.erased) == (wave.responses, wave.erased)


def is_final(session: Session, wave: extract.Wave) -> bool:
    """Whether `settle` has told a wave as it will be told as long as nobody else comes."""
    return not wave.waiting and not _is_stale(session.get(ReleaseRow, wave.id), wave)


def themes(session: Session, wave: extract.Wave) -> ThemeTable | None:
    """The themes that may be told now; None where nobody's comments are read.

    While nobody has come or gone they are counted as the comments are coded now, for better codes
    tell nothing of single people; but not while some are not coded yet, who would be the
    difference. Quotes are always those that stand released this moment.
    """
    told = session.get(ReleaseRow, wave.id)
    if told is None:
        return None
    kept = _Kept.validate_json(told.figures)
    if _is_of_writers(session, kept, wave):
        return _themes(session, wave)
    if kept.themes is None:
        return None
    released = quotes.released(session, wave)
    return replace(
        kept.themes,
        rows=tuple(
            replace(row, quotes=tuple(released.get(row.code, ())) if row.quotes else ())
            for row in kept.themes.rows
        ),
    )


def associations(session: Session, wave: extract.Wave) -> tuple[Association, ...]:
    """Which themes go with dissatisfaction; none while the themes are told of other people."""
    told = session.get(ReleaseRow, wave.id)
    if told is None or not _is_of_writers(session, _Kept.validate_json(told.figures), wave):
        return ()
    return association.read(session, wave)


def settle(database: Database, survey: str | None = None) -> None:
    """Keep the figures of every wave, or of one survey's, that has changed enough since last told.

    Call it before figures are shown. Counting is done in a snapshot, so that nobody who answers
    waits for it.
    """
    with database.snapshot() as session:
        changed = [
            (wave, _Look.of(session, wave))
            for wave in extract.waves(session, survey)
            if wave.responses and _is_stale(session.get(ReleaseRow, wave.id), wave)
        ]
    for wave, look in changed:
        with database.transaction() as session:
            row = session.get(ReleaseRow, wave.id, with_for_update=True)
            # Another process may have told the wave meanwhile
            if not _is_stale(row, wave):
                continue
            old = None if row is None else _Kept.validate_json(row.figures)
            before = old.figures if old else None
            told = ledger.tell_all(session, wave, look.seen, before, look.figures)
            if told is None:
                continue
            figures, writers = told
            if row is None:
                row = ReleaseRow(wave_id=wave.id)
                session.add(row)
            row.responses, row.erased = wave.responses, wave.erased
            row.figures = _Kept.dump_json(look.kept(old, figures, writers=writers)).decode()


@dataclass(frozen=True, slots=True)
class _Look:
    """A wave as it was seen in one snapshot."""

    seen: tuple[int, Census]
    figures: Figures
    themes: ThemeTable | None
    complete: bool

    @classmethod
    def of(cls, session: Session, wave: extract.Wave) -> "_Look":
        tallies = tuple(extract.tallies(session, wave.id, wave.responses))
        people = ledger.census(session, wave, tallies)
        modes: Counter[str] = Counter()
        for cell, n in people.cells.items():
            modes[cell.mode] += n
        figures = Figures(wave.responses, tallies, tuple(sorted(modes.items())))
        at = ledger.version(session, wave.id)
        complete = coding.is_complete(session, wave)
        return cls((at, people), figures, _themes(session, wave), complete)

    def kept(
        self, old: "_KeptFigures | None", figures: Figures, *, writers: bool
    ) -> "_KeptFigures":
        """What is told from now on; the themes are the old ones where these may not be told."""
        _, people = self.seen
        themes, at = (old.themes, old.writers_at) if old else (_none(self.themes), None)
        if writers:
            themes = self.themes if self.complete else themes
            at = (people.responses, people.erased)
        return _KeptFigures(figures, themes, at)


@dataclass(frozen=True, slots=True)
class _KeptFigures:
    """`writers_at` has the answers and erasures there were when the themes could last be told."""

    figures: Figures
    themes: ThemeTable | None
    writers_at: tuple[int, int] | None = None


def _none(table: ThemeTable | None) -> ThemeTable | None:
    return table and ThemeTable(table.code_frame, (), None, None, (), suppressed=True)


_Kept = TypeAdapter(_KeptFigures)


def _is_of_writers(session: Session, kept: _KeptFigures, wave: extract.Wave) -> bool:
    """Whether the themes may be told of those who have written now."""
    return kept.writers_at == (wave.responses, wave.erased) and coding.is_complete(session, wave)


def _is_stale(told: ReleaseRow | None, wave: extract.Wave) -> bool:
    return told is None or _may_replace(told, wave)


def _may_replace(told: ReleaseRow, wave: extract.Wave) -> bool:
    # At least so many people are apart as the numbers are, whoever came and went
    apart = max(MINIMUM, told.responses // ONE_IN)
    return abs(wave.responses - told.responses) >= apart


def _themes(session: Session, wave: extract.Wave) -> ThemeTable | None:
    if wave.instrument.audience not in coding.AUDIENCES:
        return None
    return theme_table.read(session, wave)
