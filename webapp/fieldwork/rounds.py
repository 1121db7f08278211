"""A round as one line of a list, and the many of courses folded by half-year and course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis import danish
from analysis.courses import HALVES
from analysis.indicators import ResponseRate
from surveys import extract
from surveys.instrument import SOURCE_LANGUAGE
from surveys.recurring import CourseRun
from webapp.fieldwork.words import state


@dataclass(frozen=True, slots=True)
class Line:
    """One round. `beside` is what it can be found by that stands in no other column."""

    survey: str
    title: str
    label: str
    beside: str
    state: str
    is_open: bool
    received: int
    answered: str
    synthetic: bool

    def matches(self, wanted: Sequence[str]) -> bool:
        """Whether every word stands somewhere in the line."""
        text = f"{self.title} {self.label} {self.beside}".casefold()
        return all(word in text for word in wanted)


@dataclass(frozen=True, slots=True)
class Course:
    """The runs of one course that end in one half-year."""

    name: str
    lines: Sequence[Line]

    @property
    def said(self) -> str:
        """How many runs and answers there are, and how many runs are open."""
        opened = sum(line.is_open for line in self.lines)
        answers = danish.number(sum(line.received for line in self.lines))
        said = f"{len(self.lines)} hold, {answers} svar"
        return f"{said}, {opened} {'åbent' if opened == 1 else 'åbne'}" if opened else said


def line(wave: extract.Wave, run: CourseRun | None, now: datetime) -> Line:
    """A round in a list; of a run of a course, `run`."""
    answered = f"{danish.number(wave.received)} har svaret"
    if wave.invited is not None:
        answered = danish.response_rate(ResponseRate(wave.received, wave.invited))
    return Line(
        wave.survey,
        wave.instrument.title(SOURCE_LANGUAGE),
        wave.label,
        " ".join(filter(None, (run.course, run.supplier, run.place, _half(run)))) if run else "",
        state(wave, now),
        wave.opens_at <= now and (wave.closes_at is None or now < wave.closes_at),
        wave.received,
        answered,
        wave.synthetic,
    )


def by_half_year(
    lines: Mapping[int, Line], runs: Mapping[int, CourseRun]
) -> Sequence[tuple[str, Sequence[Course]]]:
    """The runs, by wave, by the half-year in which they end, newest first, and in it by course."""
    halves: dict[str, dict[str, list[Line]]] = {}
    for wave_id, run in sorted(runs.items(), key=lambda pair: pair[1].ends, reverse=True):
        halves.setdefault(_half(run), {}).setdefault(run.course, []).append(lines[wave_id])
    return [
        (half, [Course(name, found[name]) for name in sorted(found)])
        for half, found in halves.items()
    ]


def _half(run: CourseRun) -> str:
    return f"{HALVES[1 + (run.ends.month > 6)].capitalize()} {run.ends.year}"
