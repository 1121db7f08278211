"""Where everything in a chart stands. The templates under charts/ draw it as SVG.

Widths are percentages of the drawing and heights are pixels, so that a chart fills a phone or a
page and its text keeps its size.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis import danish
from analysis.indicators import Reading

LINE = 20
LETTERS = 30
"""Letters of a label on one line, with room for the figure beside it on a screen of 375 pixels."""

_BAR = 12
_GAP = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar under its label: the label's lines with their baselines, the figure, the length."""

    lines: tuple[tuple[int, str], ...]
    figure: str
    length: str
    top: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars from the top down. `said` is the chart in words."""

    bars: tuple[Bar, ...]
    height: int
    said: str


def bars(entries: Iterable[tuple[str, str, float]]) -> Bars:
    """Lay out bars for (label, figure in words, share of the full width between 0 and 1)."""
    laid = []
    said = []
    top = 0
    for label, figure, share in entries:
        parts = textwrap.wrap(label, LETTERS) or [""]
        lines = tuple((top + LINE * number - 6, part) for number, part in enumerate(parts, start=1))
        top += LINE * len(parts)
        laid.append(Bar(lines, figure, across(share), top))
        said.append(f"{label}: {figure}.")
        top += _BAR + _GAP
    return Bars(tuple(laid), top, " ".join(said))


@dataclass(frozen=True, slots=True)
class Measure:
    """A reading on a line from 0 to 100 %, with its interval and its target."""

    share: str
    low: str
    high: str
    target: str | None
    target_text: str
    target_anchor: str
    said: str


def measure(reading: Reading) -> Measure | None:
    """Lay out a reading, with the figures that may be shown of it; None when none may."""
    shown = reading.shown()
    if shown is None:
        return None
    target = reading.target
    said = f"{danish.share(reading)}. Usikkerhed: {uncertainty(reading)}."
    if target is not None:
        said += f" Målet er {danish.percent(target)}."
    return Measure(
        share=across(shown.share),
        low=across(shown.low),
        high=across(shown.high),
        target=None if target is None else across(target),
        target_text="" if target is None else f"Mål {danish.percent(target)}",
        target_anchor=_anchor(target or 0.0),
        said=said,
    )


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a trend: where it stands, and its interval where it has one."""

    x: str
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Figures in the order of time, with the line that they are held to."""

    points: tuple[Point, ...]
    band: tuple[tuple[str, str, float, float], ...]
    """What chance alone gives at each point: from and to across, the upper and the lower limit."""
    first: str
    last: str
    level: float | None
    said: str


_TALL = 140
_EDGE = 10


def trend(
    figures: Sequence[tuple[str, str, float, float | None, float | None]],
    level: float | None,
    top: float | None = None,
    limits: Sequence[tuple[float, float]] = (),
) -> Trend:
    """Lay out (when, figure in words, value, low, high), oldest first, from 0 up to `top`.

    `limits` has for each figure how low and how high chance alone puts it, where that is known.
    Without `top` the highest of figures and level is it. Periods stand equally far apart.
    """
    highest = max(
        filter(None, [top, level, *(high or value for _, _, value, _, high in figures)]), default=1
    )

    def down(value: float) -> float:
        return round(_EDGE + _TALL * (1 - min(value, highest) / highest), 1)

    apart = 94 / max(1, len(figures) - 1)
    points = tuple(
        Point(
            x=f"{3 + apart * place:.2f}%",
            y=down(value),
            low=None if low is None else down(low),
            high=None if high is None else down(high),
        )
        for place, (_, _, value, low, high) in enumerate(figures)
    )
    half = min(apart / 2, 3.0)
    band = tuple(
        (f"{3 + apart * place - half:.2f}%", f"{3 + apart * place + half:.2f}%", down(b), down(a))
        for place, (a, b) in enumerate(limits)
    )
    return Trend(
        points,
        band,
        first=figures[0][0],
        last=figures[-1][0],
        level=None if level is None else down(level),
        said=" ".join(f"{when}: {text}." for when, text, *_ in figures),
    )


def uncertainty(reading: Reading) -> str:
    """How far chance may have moved a reading, in words; not at all when everybody has answered."""
    if reading.n == reading.invited:
        return "ingen, for alle inviterede har svaret"
    return danish.interval(reading)


def across(share: float) -> str:
    """A share of the width as SVG writes it: 37.30%."""
    return f"{100 * share:.2f}%"


def _anchor(share: float) -> str:
    if share < 0.15:
        return "start"
    return "end" if share > 0.85 else "middle"
