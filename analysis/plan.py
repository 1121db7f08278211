"""The plan: which indicators the surveys answer, and what they are held to."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from surveys.instrument import InternationalString


@dataclass(frozen=True, slots=True)
class Indicator:
    """A share of satisfied respondents that somebody is held to.

    Over several items it is the share satisfied on each, averaged with equal weight. `target` is
    a share between 0 and 1; `source` says who set it.
    """

    code: str
    survey: str
    items: tuple[str, ...]
    name: InternationalString
    target: float | None
    source: InternationalString


class _Indicator(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str
    survey: str
    items: Annotated[list[str], Field(min_length=1)]
    name: dict[str, str]
    target: Annotated[float, Field(gt=0, le=1)] | None = None
    source: dict[str, str]


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    indicators: list[_Indicator]


def indicators(survey: str) -> tuple[Indicator, ...]:
    """The indicators that a survey answers, in the plan's order."""
    return tuple(indicator for indicator in _plan() if indicator.survey == survey)


@lru_cache(maxsize=1)
def _plan() -> tuple[Indicator, ...]:
    document = (resources.files("analysis") / "plan.yaml").read_text("utf-8")
    return tuple(
        Indicator(
            code=entry.code,
            survey=entry.survey,
            items=tuple(entry.items),
            name=InternationalString(entry.name),
            target=entry.target,
            source=InternationalString(entry.source),
        )
        for entry in _Plan.model_validate(yaml.safe_load(document)).indicators
    )
