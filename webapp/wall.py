"""What the board says, in words: the same on the wall, on paper, and in a kept edition."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from textwrap import shorten
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis import board, danish, standing
from analysis.indicators import Status
from analysis.plan import Series
from analysis.register import Figure
from surveys.schedule import COPENHAGEN
from webapp.plan import NO_FIGURE, line, number
from webapp.report_tables import BoardEditionRow
from webapp.report_words import short_day

MOST_ACTIONS: Final = 4
MOST_LETTERS: Final = 110
"""Letters of an action's words: the board is one sheet."""
MOST_POINTS: Final = 12
_SAID_BY_THE_FIGURE: Final = {NO_FIGURE, danish.STATUSES[Status.TOO_FEW]}


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator. Its status is empty where the words in the place of a figure say it."""

    code: str
    name: str
    figure: str
    status: str
    badge: str
    target: str
    base: str
    change: str


@dataclass(frozen=True, slots=True)
class Theme:
    """What many write of, and whether it is more than last time."""

    name: str
    count: str
    change: str


@dataclass(frozen=True, slots=True)
class Promise:
    """An open action."""

    words: str
    owner: str
    due: str
    late: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """A line of the barometer. `sum` is its arithmetic, `reached` the share of its goal.

    `course` is (when, in words, number), oldest first; of few persons there is no number.
    """

    name: str
    figure: str
    when: str
    sum: str
    reached: float | None
    goal: str
    course: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Wall:
    """All that hangs on the board, and the day it was read."""

    day: str
    cards: tuple[Card, ...]
    themes_of: str
    themes: tuple[Theme, ...]
    promises: tuple[Promise, ...]
    promises_left_out: int
    gauges: tuple[Gauge, ...]
    meetings: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Edition:
    """The board as it was printed once."""

    number: int
    made_at: datetime
    wall: Wall


def read(session: Session, place: str, now: datetime) -> Wall:
    """The board as it stands. Its figures are those that may be told now."""
    made = board.read(session, place, now)
    today = now.astimezone(COPENHAGEN).date()
    lines = [line(one) for one in made.indicators]
    return Wall(
        day=short_day(today),
        cards=tuple(
            Card(
                one.code,
                one.name,
                one.brief or one.now,
                "" if one.status in _SAID_BY_THE_FIGURE else one.status,
                one.badge,
                one.target,
                one.base,
                one.change,
            )
            for one in lines
        ),
        themes_of=f"{made.themes.title} – {made.themes.wave}" if made.themes else "",
        themes=tuple(
            Theme(theme.name, f"{danish.count_of(theme.n, theme.of)} svar", tendency(theme))
            for theme in (made.themes.rows if made.themes else ())
        ),
        promises=tuple(
            Promise(
                shorten(one.words, MOST_LETTERS, placeholder="…"),
                one.by,
                short_day(one.due),
                one.late(today),
            )
            for one in made.actions[:MOST_ACTIONS]
        ),
        promises_left_out=max(0, len(made.actions) - MOST_ACTIONS),
        gauges=tuple(
            _gauge(series, figures) for one in made.barometers for series, figures in one.series
        ),
        meetings=_meetings(made.meetings),
        synthetic=any(one.synthetic for one in lines)
        or any(
            figure.synthetic
            for one in made.barometers
            for _, figures in one.series
            for figure in figures
        ),
    )


_Kept: Final = TypeAdapter(Wall)


def keep(session: Session, wall: Wall, now: datetime) -> Edition:
    """Keep the board as it is printed. The same board on the same day is the same edition."""
    newest = next(iter(editions(session, most=1)), None)
    if newest is not None and newest.wall == wall:
        return newest
    row = BoardEditionRow(made_at=now, document=_Kept.dump_json(wall).decode())
    session.add(row)
    session.flush()
    return _read(row)


def editions(session: Session, most: int) -> Sequence[Edition]:
    """The newest editions first."""
    query = select(BoardEditionRow).order_by(BoardEditionRow.id.desc()).limit(most)
    return [_read(row) for row in session.scalars(query)]


def edition(session: Session, number: int) -> Edition | None:
    """One edition as it was printed."""
    row = session.get(BoardEditionRow, number)
    return None if row is None else _read(row)


def pdf(wall: Wall, municipality: str, made: datetime) -> bytes:
    """Set the board on one sheet of A3: PDF/UA."""
    # Only who prints waits for the typesetter
    from webapp import typeset

    content = {
        "title": f"Tavlen {wall.day}",
        "municipality": municipality,
        "wall": _Kept.dump_python(replace(wall, gauges=()), mode="json"),
        "gauges": [
            {
                **_GAUGE.dump_python(gauge, mode="json"),
                "said": said(gauge),
                "points": points(gauge),
            }
            for gauge in wall.gauges
        ],
    }
    return typeset.pdf("board", content, made)


_GAUGE: Final = TypeAdapter(Gauge)


def said(gauge: Gauge) -> str:
    """A gauge's drawing in words."""
    if gauge.reached is not None:
        return f"{gauge.name}: {gauge.figure} af {gauge.goal}."
    return f"{gauge.name}. {' '.join(f'{when}: {words}.' for when, words, _ in gauge.course)}"


def points(gauge: Gauge) -> Sequence[tuple[float, float]]:
    """A gauge's numbers as a curve from 0 up to the highest, within a square of side 1."""
    highest = max((value for _, _, value in gauge.course), default=0)
    if gauge.reached is not None or len(gauge.course) < 2 or not highest:
        return []
    apart = 1 / (len(gauge.course) - 1)
    return [(apart * at, value / highest) for at, (_, _, value) in enumerate(gauge.course)]


def _gauge(series: Series, figures: tuple[Figure, ...]) -> Gauge:
    known = [one for one in figures if one.value is not None]
    newest = known[-1] if known else None
    goal = None if series.goal is None else Decimal(str(series.goal))
    reached = None
    if goal and newest is not None and newest.value is not None:
        reached = float(min(Decimal(1), max(Decimal(0), newest.value / goal)))
    return Gauge(
        name=series.name("da"),
        figure=number(newest.value, series.unit) if newest else NO_FIGURE,
        when=newest.period.danish() if newest else "",
        sum=arithmetic(series, figures),
        reached=reached,
        goal="" if goal is None else danish.amount(goal, series.unit),
        course=tuple(
            (one.period.danish(), number(one.value, series.unit), float(one.value))
            for one in known[-MOST_POINTS:]
            if one.value is not None and not standing.is_few(one.value, series.unit)
        ),
    )


def _meetings(counted: board.Meetings) -> str:
    if counted.newest is None or counted.next_by is None:
        return "Der er ikke skrevet noget møde ned endnu."
    return (
        f"{danish.count_of(counted.held, counted.planned)} møder er holdt."
        f" Sidst {short_day(counted.newest)}. Næste senest {short_day(counted.next_by)}."
    )


def tendency(theme: board.ThemeChange) -> str:
    """How a theme has changed since the wave before, and whether chance could have done it."""
    if theme.before is None:
        return "første måling"
    before = f"før {danish.count_of(*theme.before)}"
    if theme.change is None or not theme.change.demonstrable:
        return f"{before}. Ændringen kan være tilfældig"
    return f"{before}. {'Flere' if theme.change.change > 0 else 'Færre'} end sidst"


def arithmetic(series: Series, figures: tuple[Figure, ...]) -> str:
    """The sum behind a barometer, as it can be checked by hand."""
    known = [one for one in figures if one.value is not None]
    if not known or known[-1].value is None:
        return ""
    now = known[-1].value
    if series.goal is not None:
        goal = Decimal(str(series.goal))
        by = f" i {series.by.danish()}" if series.by else ""
        left = danish.amount(goal - now, series.unit).rstrip(".")
        rest = f"Der mangler {left}." if now < goal else "Målet er nået."
        return (
            f"{danish.amount(now, series.unit)} af {danish.amount(goal, series.unit)}{by}"
            f" = {danish.percent(float(now / goal))}. {rest}"
        )
    if len(known) < 2 or known[-2].value is None:
        return ""
    before = known[-2].value
    if any(standing.is_few(value, series.unit) for value in (now, before)):
        return ""
    change = now - before
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return (
        f"{danish.amount(now, series.unit)} − {danish.amount(before, series.unit)} ="
        f" {sign}{danish.amount(abs(change), series.unit)} siden {known[-2].period.danish()}."
    )


def _read(row: BoardEditionRow) -> Edition:
    return Edition(row.id, row.made_at, _Kept.validate_json(row.document))
