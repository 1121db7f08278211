"""How satisfied participants are: by supplier, by course and by run, with nobody exposed.

A run with enough answers is read by itself. The others count in their course only: once they are
closed they are put together, in the order in which they closed, until at least `MINIMUM` people
have answered every question. So every figure here is a sum of parts that are none or many, and a
part that has come in is never taken out again: neither two figures of one day nor the same figure
on two days give away a few people.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from analysis import plan, readings, release
from analysis.disclosure import MINIMUM, Counting, Unit, protect_tree
from analysis.indicators import Reading, Status
from surveys import courses, extract
from surveys.courses import Planned
from surveys.extract import Tally
from surveys.instrument import SOURCE_LANGUAGE

ENOUGH_TO_WARN = 10
"""Fewest answers to every question before a run's owner is told that it falls short."""

OWN_COURSES = "Kommunens egne kurser"


@dataclass(frozen=True, slots=True)
class RunStanding:
    """A run with its reading; None where it has too few answers to be read by itself."""

    planned: Planned
    reading: Reading | None
    synthetic: bool

    @property
    def falls_short(self) -> bool:
        """Whether it is below its target beyond chance, with enough answers to say so."""
        one = self.reading
        return one is not None and one.status is Status.NOT_MET and one.n >= ENOUGH_TO_WARN


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """A course of a supplier. `together` counts small runs that are read in the course alone.

    `left_out` counts runs with answers that are in no figure yet.
    """

    name: str
    reading: Reading | None
    runs: tuple[RunStanding, ...]
    together: int
    left_out: int


@dataclass(frozen=True, slots=True)
class SupplierStanding:
    """A supplier with its courses, by name."""

    name: str
    reading: Reading | None
    courses: tuple[CourseStanding, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """All courses as they stand, and what they are held to. `indicator` is None without one."""

    indicator: plan.Indicator | None
    reading: Reading | None
    suppliers: tuple[SupplierStanding, ...]

    @property
    def runs(self) -> Sequence[RunStanding]:
        """Every run, the last one to end first."""
        found = [run for one in self.suppliers for course in one.courses for run in course.runs]
        return sorted(found, key=lambda run: run.planned.run.ends, reverse=True)


def stand(session: Session, now: datetime) -> Standing:
    """Read the indicator of courses for everything that was planned. Settle releases first."""
    indicator = next(iter(plan.current(session).of_survey(courses.SURVEY)), None)
    waves = {wave.label: wave for wave in extract.waves(session, courses.SURVEY)}
    parts = [_part(session, one, waves.get(one.run.name), indicator) for one in
             courses.planned(session, now)]  # fmt: skip
    by_supplier: dict[str, dict[str, list[_Part]]] = {}
    for part in parts:
        run = part.planned.run
        by_supplier.setdefault(run.supplier or OWN_COURSES, {}).setdefault(run.course, []).append(
            part
        )
    sums = {
        (supplier, course): _Sum.of(some, now)
        for supplier, found in by_supplier.items()
        for course, some in found.items()
    }
    shown = _shown(sums)

    def reading(name: str, some: Iterable[Sequence[_Part]]) -> Reading | None:
        return _together(list(some), indicator) if name in shown else None

    return Standing(
        indicator,
        reading("", (some for one in sums.values() for some in one.counted)),
        tuple(
            SupplierStanding(
                supplier,
                reading(
                    f"s {supplier}",
                    (some for course in found for some in sums[supplier, course].counted),
                ),
                tuple(
                    CourseStanding(
                        course,
                        reading(f"c {supplier}\0{course}", sums[supplier, course].counted),
                        tuple(
                            RunStanding(
                                part.planned,
                                reading(f"r {part.planned.run.name}", [[part]]),
                                part.synthetic,
                            )
                            for part in found[course]
                        ),
                        together=sum(map(len, sums[supplier, course].batches)),
                        left_out=len(sums[supplier, course].left_out),
                    )
                    for course in sorted(found)
                ),
            )
            for supplier, found in sorted(by_supplier.items())
        ),
    )


HALVES: Final = {1: "forår", 2: "efterår"}
"""What the halves of a year are called."""


@dataclass(frozen=True, slots=True)
class HalfYear:
    """The runs that ended in one half of a year, read together as one measurement.

    `wave` stands for them: it opens with the first of them and invites as many as all; `counts`
    are their answers. Every run in it stands alone or in a batch of `MINIMUM` (`_Sum`).
    """

    wave: extract.Wave
    counts: readings.Counted
    modes: tuple[str, ...]


def half_years(
    session: Session, indicator: plan.Indicator, waves: Sequence[extract.Wave], now: datetime
) -> Sequence[HalfYear]:
    """The runs among these waves, by the half-year in which they ended, newest first."""
    by_name = {wave.label: wave for wave in waves}
    by_course: dict[tuple[str | None, str], list[_Part]] = {}
    for one in courses.planned(session, now):
        part = _part(session, one, by_name.get(one.run.name), indicator)
        by_course.setdefault((one.run.supplier, one.run.course), []).append(part)
    ended: dict[tuple[int, int], list[Sequence[_Part]]] = {}
    for found in by_course.values():
        for group in _Sum.of(found, now).counted:
            # A batch belongs where the run that completed it does, so that it is never divided
            last = max(part.planned.run.ends for part in group)
            ended.setdefault((last.year, 1 + (last.month > 6)), []).append(group)
    return [
        HalfYear(
            replace(_one_wave(some), label=f"Kursushold, {HALVES[half]} {year}"),
            _counted(some, indicator),
            tuple(sorted({mode for group in some for part in group for mode in part.modes})),
        )
        for (year, half), some in sorted(ended.items(), reverse=True)
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    """One run with the answers that may be told of it. `size` is 0 where it answers nothing.

    What a `final` one tells will not move any more.
    """

    planned: Planned
    wave: extract.Wave | None
    tallies: tuple[Tally, ...]
    size: int
    modes: tuple[str, ...] = ()
    final: bool = True

    @property
    def synthetic(self) -> bool:
        return self.wave is not None and self.wave.synthetic


@dataclass(slots=True)
class _Sum:
    """The runs of a course: those that stand alone, small ones put together, and the rest.

    What stands alone is released by the ledger of its wave; of what is put together nothing else
    is ever released. So the sums of both tell of nobody that is not in a batch of `MINIMUM`.
    """

    alone: list[_Part] = field(default_factory=list)
    batches: list[list[_Part]] = field(default_factory=list)
    left_out: list[_Part] = field(default_factory=list)

    @classmethod
    def of(cls, parts: Iterable[_Part], now: datetime) -> "_Sum":
        found = cls()
        small = []
        for part in parts:
            if part.size >= MINIMUM:
                found.alone.append(part)
            elif part.tallies:
                small.append(part)
        closed = [
            part for part in small if part.final and (end := _end(part)) is not None and end <= now
        ]
        # What closes later comes last, so that a batch is never another than it was
        closed.sort(key=lambda part: (_end(part), part.planned.id))
        batch: list[_Part] = []
        for part in closed:
            batch.append(part)
            if _size(batch) >= MINIMUM:
                found.batches.append(batch)
                batch = []
        found.left_out = [part for part in small if part not in closed] + batch
        return found

    @property
    def counted(self) -> list[Sequence[_Part]]:
        """What is added up: runs that stand alone, and batches."""
        return [*([part] for part in self.alone), *self.batches]


def _end(part: _Part) -> datetime | None:
    return part.wave.closes_at if part.wave else None


def _part(
    session: Session,
    planned: Planned,
    wave: extract.Wave | None,
    indicator: plan.Indicator | None,
) -> _Part:
    if wave is None or indicator is None or not readings.answers(wave.instrument, indicator):
        return _Part(planned, wave, (), 0)
    items = set(indicator.items)
    told = release.read(session, wave)
    tallies = tuple(tally for tally in told.tallies if tally.item in items)
    modes = tuple(mode for mode, _ in told.modes)
    size = min(readings.counted(tallies)[item].n for item in items)
    return _Part(planned, wave, tallies, size, modes, release.is_final(session, wave))


def _size(parts: Sequence[_Part]) -> int:
    """How many hide among each other, at the question that fewest of them answered.

    A question that enough people of one run answered was told of that run, and hides nobody.
    """
    hidden: Counter[str] = Counter()
    for part in parts:
        for item, count in readings.counted(part.tallies).items():
            hidden[item] += count.n if count.n < MINIMUM else 0
    return min((n for n in hidden.values() if n), default=0)


def _shown(sums: Mapping[tuple[str, str], _Sum]) -> frozenset[str]:
    """The names of the figures that may stand beside each other, by the remainder rule."""
    units = {"": Unit(None, 0)}
    for (supplier, course), found in sums.items():
        units.setdefault(f"s {supplier}", Unit("", 0))
        above = f"c {supplier}\0{course}"
        units[above] = Unit(f"s {supplier}", 0)
        for part in found.alone:
            units[f"r {part.planned.run.name}"] = Unit(above, part.size)
        for number, batch in enumerate(found.batches):
            units[f"b {above}\0{number}"] = Unit(above, _size(batch))
    return frozenset(protect_tree(units, MINIMUM, Counting.OWN).shown)


def _together(
    groups: Sequence[Sequence[_Part]], indicator: plan.Indicator | None
) -> Reading | None:
    if not any(part.wave for group in groups for part in group) or indicator is None:
        return None
    counts = _counted(groups, indicator)
    return readings.reading(indicator, _one_wave(groups), counts, SOURCE_LANGUAGE).reading


def _counted(groups: Sequence[Sequence[_Part]], indicator: plan.Indicator) -> readings.Counted:
    return readings.together(
        [
            (wave.instrument, readings.counted(tally for part in group for tally in part.tallies))
            for group in groups
            for wave in [group[0].wave]
            if wave is not None
        ],
        indicator.items,
    )


def _one_wave(groups: Sequence[Sequence[_Part]]) -> extract.Wave:
    """A wave that stands for those of several runs; a target of its own has only a single one."""
    waves = sorted(
        (part.wave for group in groups for part in group if part.wave),
        key=lambda wave: wave.opens_at,
    )
    known = [wave.invited for wave in waves if wave.invited is not None]
    return replace(
        waves[0],
        invited=sum(known) if len(known) == len(waves) else None,
        target=waves[0].target if len(waves) == 1 else None,
        synthetic=any(wave.synthetic for wave in waves),
    )
