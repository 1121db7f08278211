"""How a survey indicator has moved: from wave to wave, and by weeks where people keep answering.

The weeks of a wave are cut in fours that do not overlap. Each four is asked of the ledger; twelve
weeks are three of them that were told, added up, which tells nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from analysis import danish, ledger, process, readings
from analysis import period as periods
from analysis.group import RUN, Group
from analysis.ledger import Figures
from analysis.plan import Indicator
from analysis.process import Course, Moment
from analysis.standing import SurveyStanding
from surveys import extract, schedule
from surveys.database import Database
from surveys.instrument import SOURCE_LANGUAGE
from webapp import charts

BLOCK: Final = 4
BLOCKS: Final = 3
"""So many blocks are twelve weeks."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """A wave that people keep answering: its fours of weeks, and the newest twelve weeks."""

    course: Course
    rolling: tuple[Moment, ...]


def waves(one: SurveyStanding) -> Course:
    """An indicator from wave to wave."""
    return process.follow(
        [Moment(wave.label, wave.figure.reading, wave.modes) for wave in reversed(one.waves)]
    )


def weeks(
    database: Database, wave: extract.Wave, indicator: Indicator, group: Group, now: datetime
) -> Weeks | None:
    """An indicator in the newest wave by weeks; None when it has not lasted twelve whole ones."""
    with database.snapshot() as session:
        known = ledger.choices(session, wave.id)["week"]
    blocks = _blocks(known, wave, now)
    if len(blocks) < BLOCKS:
        return None
    wanted = [replace(group, period=RUN.join(block)) for block in blocks]
    told = [
        figures if figures and _has(figures, indicator) else None
        for figures in ledger.ask(database, wave, wanted)
    ]
    moments = [
        _moment(indicator, wave, [block], [figures])
        for block, figures in zip(blocks, told, strict=True)
        if figures
    ]
    rolling = [
        _moment(indicator, wave, blocks[start : start + BLOCKS], run)
        for start in range(len(blocks) - BLOCKS + 1)
        if len(run := [one for one in told[start : start + BLOCKS] if one]) == BLOCKS
    ]
    return Weeks(process.follow(moments), tuple(rolling)) if moments else None


def chart(course: Course, level: float | None) -> charts.Trend | None:
    """A course as a chart with the limits of chance; None for a single moment."""
    points = []
    for one in course.moments:
        shown = one.reading.shown()
        if shown:
            text = danish.share(one.reading)
            points.append((one.label, text, shown.share, shown.low, shown.high))
    limits = [(limit.low, limit.high) for limit in course.limits or ()]
    return charts.trend(points, level, top=1.0, limits=limits) if len(points) > 1 else None


def _blocks(known: Sequence[str], wave: extract.Wave, now: datetime) -> Sequence[tuple[str, str]]:
    """The whole fours of weeks from the first answer on, as first and last week."""
    if not known:
        return []
    ends = now if wave.closes_at is None else min(now, wave.closes_at + timedelta(days=7))
    monday = periods.read(known[0]).last - timedelta(days=6)
    found: list[tuple[str, str]] = []
    while True:
        last = monday + timedelta(days=7 * BLOCK - 1)
        if _week(last) >= schedule.week(ends):
            return found
        found.append((_week(monday), _week(last)))
        monday = last + timedelta(days=1)


def _moment(
    indicator: Indicator,
    wave: extract.Wave,
    blocks: Sequence[tuple[str, str]],
    figures: Sequence[Figures],
) -> Moment:
    counted = readings.counted(tally for one in figures for tally in one.tallies)
    read = readings.reading(indicator, replace(wave, invited=None), counted, SOURCE_LANGUAGE)
    modes = sorted({mode for one in figures for mode, _ in one.modes})
    label = f"{danish.week(blocks[0][0])}–{danish.week(blocks[-1][1])}"
    return Moment(label, read.reading, tuple(modes))


def _has(figures: Figures, indicator: Indicator) -> bool:
    answered = {one.item for one in figures.tallies}
    return all(item in answered for item in indicator.items)


def _week(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"
