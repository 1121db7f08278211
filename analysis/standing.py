"""How the plan stands: every indicator with its newest figure, what it was before, and its target.

A survey indicator stands where its newest wave with answers puts it; the many waves of course runs
are read together by half-years. A register indicator stands
where its newest number for the authority itself puts it; a number is no sample, so it is met or
not, without "uncertain".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sqlalchemy.orm import Session

from analysis import courses, indicators, plan, readings, register, release
from analysis.indicators import Difference, Direction, Status
from analysis.ledger import Figures
from analysis.plan import Indicator, Unit
from analysis.readings import IndicatorReading
from analysis.register import Figure
from surveys import extract
from surveys.courses import SURVEY as COURSES
from surveys.courses import planned
from surveys.instrument import SOURCE_LANGUAGE

FEWEST_PERSONS: Final = 5
"""A register's number of persons below this is not printed: it could be about somebody known."""


@dataclass(frozen=True, slots=True)
class WaveReading:
    """An indicator in one wave, or among a group of its people.

    `together` says that it is in all course runs of a half-year: there is no wave of that label.
    """

    survey: str
    label: str
    opens_at: datetime
    synthetic: bool
    modes: tuple[str, ...]
    figure: IndicatorReading
    together: bool = False


@dataclass(frozen=True, slots=True)
class SurveyStanding:
    """A survey indicator: its waves, newest first, and the change from the wave before.

    `change` is None for one wave, and where one of the two has too few answers. `status` is the
    newest reading's; for a target that only says which way to go it tells whether the change does.
    """

    indicator: Indicator
    waves: tuple[WaveReading, ...]
    change: Difference | None
    status: Status | None

    @property
    def newest(self) -> WaveReading | None:
        """The wave that the indicator stands on; None before anybody has answered."""
        return self.waves[0] if self.waves else None


@dataclass(frozen=True, slots=True)
class RegisterStanding:
    """A register indicator: its numbers, oldest first, and the level that it is held to.

    `level` is None without a target, or while the baseline of a change is unknown. `others` are
    the numbers of the places it is compared with.
    """

    indicator: Indicator
    figures: tuple[Figure, ...]
    baseline: Decimal | None
    level: Decimal | None
    status: Status | None
    others: Mapping[str, tuple[Figure, ...]]

    @property
    def newest(self) -> Figure | None:
        """The newest number that the register gives; None when there is none."""
        return next((one for one in reversed(self.figures) if one.value is not None), None)

    @property
    def change(self) -> Decimal | None:
        """The change from the baseline, relative to it; None for unknown or few persons."""
        newest = self.newest
        if newest is None or newest.value is None or not self.baseline:
            return None
        if self.indicator.unit is Unit.PERSONS and is_few(newest.value, Unit.PERSONS):
            return None
        return newest.value / self.baseline - 1


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """An indicator that is to be seen: the numbers of each of its series, oldest first."""

    indicator: Indicator
    series: tuple[tuple[plan.Series, tuple[Figure, ...]], ...]
    status: None = None


Standing = SurveyStanding | RegisterStanding | ShownStanding


def is_few(value: Decimal, unit: Unit) -> bool:
    """Whether a register's number is of so few persons that it is not printed."""
    return unit is Unit.PERSONS and 0 < value < FEWEST_PERSONS


def stand(
    session: Session,
    place: str,
    now: datetime,
    language: str = SOURCE_LANGUAGE,
    only: str | None = None,
    told: Mapping[int, Figures] | None = None,
    whole: bool = False,
) -> Mapping[str, Standing]:
    """Every indicator of the plan in force by its code; of `only` one, with all its waves.

    Of all of them the two newest waves are read, and the `whole` history where it is wanted.
    `told` has the figures that the ledger let be told of a group, by wave; a wave without them is
    left out. `place` is the authority itself among the places that numbers are given for.
    """
    in_force = plan.current(session)
    numbers = tuple(register.history(session).values())
    waves: dict[str, Sequence[extract.Wave]] = {}
    standings: dict[str, Standing] = {}
    most = None if only or whole else 2
    for indicator in in_force:
        if only not in (None, indicator.code):
            continue
        if indicator.survey is None:
            standings[indicator.code] = _registered(indicator, numbers, place)
            continue
        if indicator.survey not in waves:
            waves[indicator.survey] = extract.waves(session, indicator.survey)
        standings[indicator.code] = _surveyed(
            session, indicator, waves[indicator.survey], now, language, most, told
        )
    return standings


def _surveyed(
    session: Session,
    indicator: Indicator,
    waves: Sequence[extract.Wave],
    now: datetime,
    language: str,
    most: int | None,
    told: Mapping[int, Figures] | None,
) -> SurveyStanding:
    answered = readings.comparable((wave for wave in waves if wave.responses), indicator)
    together: Sequence[WaveReading] = ()
    if told is not None:
        answered = tuple(replace(one, invited=None) for one in answered if one.id in told)
    elif indicator.survey == COURSES:
        runs = {one.run.name for one in planned(session, now)}
        together = [
            _read(indicator, one.wave, one.counts, one.modes, language, together=True)
            for one in courses.half_years(session, indicator, answered, now)
        ]
        answered = tuple(wave for wave in answered if wave.label not in runs)
    alone = [
        _read(
            indicator,
            wave,
            readings.counted(figures.tallies),
            tuple(mode for mode, _ in figures.modes),
            language,
        )
        for wave in answered[:most]
        for figures in [release.read(session, wave) if told is None else told[wave.id]]
    ]
    read = tuple(sorted((*together, *alone), key=lambda one: one.opens_at, reverse=True)[:most])
    change = (
        indicators.difference(read[0].figure.reading, read[1].figure.reading)
        if len(read) > 1
        else None
    )
    status = read[0].figure.reading.status if read else None
    target = indicator.target
    if status is None and target and target.value is None and change is not None:
        status = indicators.stand(change.change, change.low, change.high, 0.0, target.direction)
    return SurveyStanding(indicator, read, change, status)


def _read(
    indicator: Indicator,
    wave: extract.Wave,
    counts: readings.Counted,
    modes: tuple[str, ...],
    language: str,
    *,
    together: bool = False,
) -> WaveReading:
    return WaveReading(
        survey=wave.survey,
        label=wave.label,
        opens_at=wave.opens_at,
        synthetic=wave.synthetic,
        modes=modes,
        figure=readings.reading(indicator, wave, counts, language),
        together=together,
    )


def _registered(indicator: Indicator, found: Sequence[Figure], place: str) -> Standing:
    if indicator.shows:
        return ShownStanding(
            indicator,
            tuple((series, _of(found, series.code, place)) for series in indicator.shows),
        )
    own = _of(found, indicator.code, place)
    baseline = _baseline(indicator, own)
    level = _level(indicator, baseline)
    places = sorted({one.place for one in found if one.indicator == indicator.code} - {place})
    return RegisterStanding(
        indicator=indicator,
        figures=own,
        baseline=baseline,
        level=level,
        status=_status(indicator, own, level),
        others={other: _of(found, indicator.code, other) for other in places},
    )


def _of(numbers: Sequence[Figure], code: str, place: str) -> tuple[Figure, ...]:
    return tuple(one for one in numbers if one.indicator == code and one.place == place)


def _baseline(indicator: Indicator, own: Sequence[Figure]) -> Decimal | None:
    if indicator.baseline is None:
        return None
    if indicator.baseline.value is not None:
        return Decimal(str(indicator.baseline.value))
    return next((one.value for one in own if one.period == indicator.baseline.period), None)


def _level(indicator: Indicator, baseline: Decimal | None) -> Decimal | None:
    target = indicator.target
    if target is None or target.value is None:
        return None
    value = Decimal(str(target.value))
    if not target.relative:
        return value
    return None if baseline is None else baseline * (1 + value)


def _status(indicator: Indicator, own: Sequence[Figure], level: Decimal | None) -> Status | None:
    target = indicator.target
    known = [one.value for one in own if one.value is not None]
    if target is None or not known:
        return None
    if level is None:
        if target.value is not None or len(known) < 2:
            return None
        ((before, now),) = list(pairwise(known))[-1:]
        reached = now > before if target.direction is Direction.RISING else now < before
    else:
        reached = known[-1] >= level if target.direction.upwards else known[-1] <= level
    return Status.MET if reached else Status.NOT_MET
