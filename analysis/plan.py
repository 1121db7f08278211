"""The plan: which indicators an authority is held to, and by how much.

A survey indicator is a share that responses give; a register indicator is a number that somebody
enters or imports. The plan is a YAML document: one ships, and staff edit it into new versions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis import period
from analysis.indicators import Direction
from analysis.plan_tables import PlanVersionRow
from surveys.instrument import InternationalString

SHIPPED: Final = 0
"""The version number of the plan that ships with the product."""


class InvalidPlan(ValueError):
    """A plan that cannot be used; the text has one line for each defect, with its place."""


class PlanChanged(Exception):
    """Somebody else has changed the plan since it was read."""


class Unit(StrEnum):
    """What a number counts. Only people are protected when they are few."""

    SHARE = "share"
    PERSONS = "persons"
    COUNT = "count"
    WEEKS = "weeks"
    KRONER = "kroner"


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator is held to.

    `value` is a level for AT_LEAST and AT_MOST (a share between 0 and 1, or a number), and a
    change relative to the baseline for FALLING and RISING (−0.10 is ten per cent down). Without a
    value any fall or rise from the reading before will do.
    """

    direction: Direction
    value: float | None

    @property
    def relative(self) -> bool:
        """Whether the value is a change from a baseline."""
        return self.direction in (Direction.FALLING, Direction.RISING)

    def level(self, baseline: float | None) -> float | None:
        """The level that has to be reached; None while the baseline is unknown."""
        if self.value is None or not self.relative:
            return self.value
        return None if baseline is None else baseline * (1 + self.value)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The period that a change is measured from. Without a value the register's own is used."""

    period: period.Period
    value: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One of several lines that an indicator only has to show, with a goal and when it is due."""

    code: str
    name: InternationalString
    unit: Unit
    goal: float | None
    by: period.Period | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that an authority is held to.

    A survey indicator names a survey and the items whose share of satisfied is averaged with equal
    weight; a register indicator has neither. `source` says who set the target, `owner` who
    answers for it. An indicator that `shows` series has no target: they are to be seen.
    """

    code: str
    name: InternationalString
    unit: Unit
    survey: str | None
    items: tuple[str, ...]
    target: Target | None
    baseline: Baseline | None
    shows: tuple[Series, ...]
    source: InternationalString
    owner: str | None


@dataclass(frozen=True, slots=True)
class Area:
    """An area of effort with its indicators."""

    code: str
    name: InternationalString
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """One authority's plan for some years. `compared_with` are places with like conditions."""

    code: str
    name: InternationalString
    areas: tuple[Area, ...]
    compared_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All programmes in force, in their order. `version` tells whether somebody changed it."""

    version: int
    programmes: tuple[Programme, ...]

    def __iter__(self) -> Iterator[Indicator]:
        for programme in self.programmes:
            for area in programme.areas:
                yield from area.indicators

    def __getitem__(self, code: str) -> Indicator:
        """The indicator of a code. Raises KeyError."""
        for indicator in self:
            if indicator.code == code:
                return indicator
        raise KeyError(code)

    def of_survey(self, survey: str) -> tuple[Indicator, ...]:
        """The indicators that a survey answers, in the plan's order."""
        return tuple(indicator for indicator in self if indicator.survey == survey)

    def register_codes(self) -> Mapping[str, Unit]:
        """What numbers can be entered for: register indicators and shown series, with units."""
        codes: dict[str, Unit] = {}
        for indicator in self:
            codes.update({series.code: series.unit for series in indicator.shows})
            if indicator.survey is None and not indicator.shows:
                codes[indicator.code] = indicator.unit
        return codes


def read(document: str, version: int = SHIPPED) -> Plan:
    """Read a plan from YAML. Raises InvalidPlan with every defect."""
    try:
        entry = _Plan.model_validate(yaml.safe_load(document))
    except yaml.YAMLError as trouble:
        raise InvalidPlan(f"The plan is no YAML: {trouble}") from None
    except ValidationError as trouble:
        raise InvalidPlan(
            "\n".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in trouble.errors())
        ) from None
    return Plan(version, tuple(_programme(one) for one in entry.plans))


@lru_cache(maxsize=1)
def shipped() -> Plan:
    """The plan that ships with the product."""
    return read(_shipped_document())


def current(session: Session) -> Plan:
    """The plan in force: the newest version, or the shipped one while nobody has edited it."""
    newest = session.scalars(_NEWEST).one_or_none()
    return shipped() if newest is None else _read_version(newest.document, newest.id)


def document(session: Session) -> str:
    """The YAML of the plan in force."""
    newest = session.scalars(_NEWEST).one_or_none()
    return _shipped_document() if newest is None else newest.document


def revise(session: Session, text: str, *, based_on: int, author: str, now: datetime) -> Plan:
    """Put a new version of the plan in force and keep the old one.

    Raises InvalidPlan, or PlanChanged when another version came after `based_on`.
    """
    read(text)
    if current(session).version != based_on:
        raise PlanChanged
    row = PlanVersionRow(document=text, author=author, made_at=now)
    session.add(row)
    session.flush()
    return _read_version(text, row.id)


_NEWEST: Final = select(PlanVersionRow).order_by(PlanVersionRow.id.desc()).limit(1)


def _shipped_document() -> str:
    return (resources.files("analysis") / "plan.yaml").read_text("utf-8")


@lru_cache(maxsize=8)
def _read_version(text: str, version: int) -> Plan:
    return read(text, version)


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Texts = dict[str, Annotated[str, Field(min_length=1)]]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Target(_Entry):
    direction: Direction
    value: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> "_Target":
        if self.direction in (Direction.AT_LEAST, Direction.AT_MOST):
            if self.value is None or self.value < 0:
                raise ValueError("a level needs a value from 0 up")
        elif self.value is not None and (self.value < 0) != (self.direction is Direction.FALLING):
            raise ValueError("a fall is a change below 0 and a rise one above 0")
        return self


class _Baseline(_Entry):
    period: str
    value: float | None = None

    @model_validator(mode="after")
    def _has_period(self) -> "_Baseline":
        period.read(self.period)
        return self


class _Series(_Entry):
    code: Code
    name: Texts
    unit: Unit
    goal: float | None = None
    by: str | None = None


class _Indicator(_Entry):
    code: Code
    kind: Literal["survey", "register"]
    name: Texts
    unit: Unit = Unit.SHARE
    survey: str | None = None
    items: list[str] = Field(default_factory=list)
    target: _Target | None = None
    baseline: _Baseline | None = None
    shows: list[_Series] = Field(default_factory=list)
    source: Texts
    owner: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "_Indicator":
        if (self.kind == "survey") != (self.survey is not None and bool(self.items)):
            raise ValueError("a survey indicator names a survey and items; a register one does not")
        if self.target and self.unit is Unit.SHARE and abs(self.target.value or 0) > 1:
            raise ValueError("write a share as a number from 0 to 1, 85 % as 0.85")
        if (
            self.target
            and self.target.value is not None
            and self.target.direction in (Direction.FALLING, Direction.RISING)
            and self.baseline is None
        ):
            raise ValueError("a change needs a baseline to be measured from")
        return self


class _Area(_Entry):
    code: Code
    name: Texts
    indicators: Annotated[list[_Indicator], Field(min_length=1)]


class _Programme(_Entry):
    code: Code
    name: Texts
    compared_with: list[str] = Field(default_factory=list)
    areas: Annotated[list[_Area], Field(min_length=1)]


class _Plan(_Entry):
    plans: Annotated[list[_Programme], Field(min_length=1)]

    @model_validator(mode="after")
    def _codes_differ(self) -> "_Plan":
        codes = [
            code
            for programme in self.plans
            for area in programme.areas
            for one in area.indicators
            for code in (one.code, *(series.code for series in one.shows))
        ]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"every code stands once: {', '.join(twice)}")
        return self


def _programme(entry: _Programme) -> Programme:
    return Programme(
        code=entry.code,
        name=InternationalString(entry.name),
        areas=tuple(
            Area(
                code=area.code,
                name=InternationalString(area.name),
                indicators=tuple(_indicator(one) for one in area.indicators),
            )
            for area in entry.areas
        ),
        compared_with=tuple(entry.compared_with),
    )


def _indicator(entry: _Indicator) -> Indicator:
    baseline = entry.baseline
    return Indicator(
        code=entry.code,
        name=InternationalString(entry.name),
        unit=entry.unit,
        survey=entry.survey,
        items=tuple(entry.items),
        target=Target(entry.target.direction, entry.target.value) if entry.target else None,
        baseline=Baseline(period.read(baseline.period), baseline.value) if baseline else None,
        shows=tuple(
            Series(
                code=series.code,
                name=InternationalString(series.name),
                unit=series.unit,
                goal=series.goal,
                by=period.read(series.by) if series.by else None,
            )
            for series in entry.shows
        ),
        source=InternationalString(entry.source),
        owner=entry.owner,
    )
