"""How an indicator moves: what chance alone gives, and what is more than that.

A process-behaviour chart (Wheeler 1993, Understanding Variation). The figures in it are those that
may be shown: a share that is covered by "≥ 90 %" counts as what it is shown to be at least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from analysis import indicators
from analysis.indicators import Bound, Limits, Reading, Tally

FEWEST: Final = 6
"""With fewer points than this the limits would say more of themselves than of the process."""
RUN: Final = 8
"""So many points in a row on one side of the middle are a shift (Wheeler's second rule)."""


class Signal(StrEnum):
    """What the chart says, the strongest first."""

    OUTSIDE = "outside"
    """The newest point is outside the limits."""
    SHIFT = "shift"
    """The newest points are all on the same side of the middle."""
    EARLIER = "earlier"
    """An earlier point was outside the limits, the newest is not."""
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Moment:
    """An indicator at one time: a wave, or weeks of one; with the channels it was asked through."""

    label: str
    reading: Reading
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """The moments that may be shown, oldest first, each with its limits; None for too few moments.

    `mixed` tells that they did not all come through the same channels.
    """

    moments: tuple[Moment, ...]
    limits: tuple[Limits, ...] | None
    signal: Signal | None
    mixed: bool


def follow(moments: Sequence[Moment]) -> Course:
    """Put moments in one chart: a p chart for one question, an XmR chart for an average of several.

    The moments must not share answers, or the limits would be too narrow.
    """
    shown = tuple(one for one in moments if one.reading.shown())
    mixed = any(a.modes != b.modes for a, b in pairwise(shown))
    if len(shown) < FEWEST:
        return Course(shown, None, None, mixed)
    values = [_share(one.reading) for one in shown]
    if all(one.reading.items == 1 for one in shown):
        limits = indicators.p_chart([_tally(one.reading) for one in shown])
    else:
        natural = indicators.xmr(values)
        kept = Limits(natural.centre, max(0.0, natural.low), min(1.0, natural.high))
        limits = (kept,) * len(shown)
    return Course(shown, limits, _signal(values, limits), mixed)


def _signal(values: Sequence[float], limits: Sequence[Limits]) -> Signal:
    outside = [
        not limit.low <= value <= limit.high for value, limit in zip(values, limits, strict=True)
    ]
    if outside[-1]:
        return Signal.OUTSIDE
    above = [value > limit.centre for value, limit in zip(values, limits, strict=True)][-RUN:]
    level = [value == limit.centre for value, limit in zip(values, limits, strict=True)][-RUN:]
    if len(above) == RUN and not any(level) and len(set(above)) == 1:
        return Signal.SHIFT
    return Signal.EARLIER if any(outside) else Signal.NOISE


def _share(reading: Reading) -> float:
    shown = reading.shown()
    return shown.share if shown else 0.0


def _tally(reading: Reading) -> Tally:
    shown = reading.shown()
    if shown and shown.bound is Bound.EXACT and reading.satisfied is not None:
        return Tally(reading.satisfied, reading.n)
    return Tally(round(_share(reading) * reading.n), reading.n)
