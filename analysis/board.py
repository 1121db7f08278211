"""The board that a team meets at every fortnight: a few indicators, themes, actions, a barometer.

That a meeting was held is kept, and counted into the plan's own indicator of meetings held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from analysis import actions, indicators, period, plan, register, report, standing
from analysis.actions import Action, State
from analysis.indicators import Difference
from analysis.plan_tables import BoardIndicatorRow, BoardMeetingRow
from analysis.standing import ShownStanding, Standing
from surveys import extract
from surveys.schedule import COPENHAGEN

MOST_INDICATORS: Final = 5
MOST_THEMES: Final = 3
FORTNIGHT: Final = timedelta(days=14)
MEETINGS: Final = "board_meetings"
"""The indicator of the plan that the board's own meetings are counted into, where it has one."""


class TooManyIndicators(ValueError):
    """More indicators than a board has room for."""


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """A theme in the newest wave with comments, and in the wave before under the same code frame.

    Persons who wrote of it among all who answered; `change` is None where nothing can be compared.
    """

    name: str
    n: int
    of: int
    before: tuple[int, int] | None
    change: Difference | None


@dataclass(frozen=True, slots=True)
class Themes:
    """The most frequent themes of a wave."""

    title: str
    wave: str
    rows: tuple[ThemeChange, ...]


@dataclass(frozen=True, slots=True)
class Meetings:
    """Meetings held and planned, one a fortnight since the first; `next_by` is when one is due."""

    held: int
    planned: int
    newest: date | None
    next_by: date | None


@dataclass(frozen=True, slots=True)
class Board:
    """All that hangs on the board."""

    indicators: tuple[Standing, ...]
    barometers: tuple[ShownStanding, ...]
    themes: Themes | None
    actions: tuple[Action, ...]
    meetings: Meetings


def read(session: Session, place: str, now: datetime) -> Board:
    """Put the board together as it stands."""
    standings = standing.stand(session, place, now)
    wanted = chosen(session, plan.current(session))
    return Board(
        indicators=tuple(standings[code] for code in wanted if code in standings),
        barometers=tuple(one for one in standings.values() if isinstance(one, ShownStanding)),
        themes=_themes(session),
        actions=tuple(one for one in actions.listed(session) if one.state is State.OPEN),
        meetings=meetings(session, now.astimezone(COPENHAGEN).date()),
    )


def chosen(session: Session, in_force: plan.Plan) -> Sequence[str]:
    """The codes on the board; while nobody has chosen, the plan's first survey indicators."""
    codes = session.scalars(
        select(BoardIndicatorRow.indicator).order_by(BoardIndicatorRow.position)
    ).all()
    if codes:
        return codes
    return [one.code for one in in_force if one.survey][:MOST_INDICATORS]


def choose(session: Session, codes: Sequence[str]) -> None:
    """Hang other indicators on the board. Raises TooManyIndicators."""
    if len(codes) > MOST_INDICATORS:
        raise TooManyIndicators
    session.execute(delete(BoardIndicatorRow))
    session.add_all(
        BoardIndicatorRow(position=number, indicator=code)
        for number, code in enumerate(dict.fromkeys(codes), start=1)
    )
    session.flush()


def hold(session: Session, day: date, place: str, now: datetime) -> None:
    """Record that a meeting was held, and count it into the plan. Twice on a day is once."""
    if session.get(BoardMeetingRow, day) is None:
        session.add(BoardMeetingRow(held_on=day))
        session.flush()
    if MEETINGS not in plan.current(session).register_codes():
        return
    quarter = period.read(f"{day.year}K{(day.month + 2) // 3}")
    begins = date(day.year, quarter.last.month - 2, 1)
    count = meetings(session, min(now.date(), quarter.last), since=begins)
    register.record(
        session,
        [
            register.Figure(
                MEETINGS,
                place,
                quarter,
                (Decimal(count.held) / count.planned).quantize(Decimal("0.000001")),
                f"Tavlen: {count.held} af {count.planned} møder",
            )
        ],
        now,
    )


def meetings(session: Session, today: date, since: date | None = None) -> Meetings:
    """Count the fortnights with a meeting, from the first meeting or `since`, up to today.

    The running fortnight counts as planned only once its meeting is held.
    """
    first = session.scalar(select(func.min(BoardMeetingRow.held_on)))
    if first is None:
        return Meetings(0, 0, None, None)
    begins = max(first, since) if since else first
    days = session.scalars(
        select(BoardMeetingRow.held_on).where(
            BoardMeetingRow.held_on >= begins, BoardMeetingRow.held_on <= today
        )
    ).all()
    held = {(day - begins).days // FORTNIGHT.days for day in days}
    running = max(0, (today - begins).days) // FORTNIGHT.days
    planned = running + (running in held)
    newest = max(days, default=None)
    return Meetings(
        len(held), max(planned, len(held), 1), newest, newest + FORTNIGHT if newest else None
    )


def _themes(session: Session) -> Themes | None:
    for wave in extract.waves(session):
        if not wave.responses:
            continue
        made = report.build(session, wave)
        if made.themes is None or made.themes.suppressed or not made.themes.rows:
            continue
        earlier = _before(session, wave, made.themes.code_frame)
        rows = [_changed(row, made, earlier) for row in made.themes.rows[:MOST_THEMES]]
        return Themes(made.title, made.wave, tuple(rows))
    return None


def _before(session: Session, wave: extract.Wave, code_frame: str) -> report.Report | None:
    for other in extract.waves(session, wave.survey):
        if other.opens_at < wave.opens_at and other.responses:
            made = report.build(session, other)
            if made.themes and not made.themes.suppressed and made.themes.code_frame == code_frame:
                return made
    return None


def _changed(
    row: report.ThemeRow, made: report.Report, earlier: report.Report | None
) -> ThemeChange:
    of = made.fieldwork.responses
    before = None
    if earlier is not None and earlier.themes is not None:
        then = next((one for one in earlier.themes.rows if one.code == row.code), None)
        before = (then.n, earlier.fieldwork.responses) if then else None
    change = (
        indicators.difference(indicators.estimate(row.n, of), indicators.estimate(*before))
        if before
        else None
    )
    return ThemeChange(row.name, row.n, of, before, change)
