"""Themes from wave to wave: within one version of a code frame, or across what a person mapped."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analysis import coding, review
from analysis.corpus import CodeFrame
from analysis.disclosure import MINIMUM


@dataclass(frozen=True, slots=True)
class Point:
    """One wave: of `people` who wrote, how many wrote about each theme.

    A theme is None where so few wrote of it that it is hidden, and missing where the wave was read
    with a version that says nothing about it.
    """

    label: str
    version: str
    people: int
    themes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Trend:
    """The waves of one survey, oldest first, in the themes that the newest was read with.

    `apart` names the waves that nobody has mapped to it.
    """

    survey: str
    title: str
    frame: CodeFrame
    points: tuple[Point, ...]
    apart: tuple[str, ...]


def trends(session: Session, audience: str) -> list[Trend]:
    """Every survey of an audience with at least one wave that enough people have written in."""
    by_survey: dict[str, list[Point]] = {}
    apart: dict[str, list[str]] = {}
    newest: dict[str, tuple[CodeFrame, str]] = {}
    # The newest wave comes first, and decides which themes the others are told in
    for wave in review.waves(session, audience)[0]:
        own = coding.frame(session, wave)
        title = wave.instrument.title("da")
        frame, _ = newest.setdefault(wave.survey, (own, title))
        comparable = frame.compared_with(own.version)
        if not comparable:
            apart.setdefault(wave.survey, []).append(wave.label)
            continue
        wrote: dict[str, set[str]] = {code: set() for code in comparable}
        people = set()
        for one in coding.codings(session, wave):
            people.add(one.comment.response)
            for code in frame.translated(one.themes, own.version) & comparable:
                wrote[code].add(one.comment.response)
        counts = {code: len(who) if len(who) >= MINIMUM else None for code, who in wrote.items()}
        by_survey.setdefault(wave.survey, []).append(
            Point(wave.label, own.version, len(people), counts)
        )
    return [
        Trend(
            survey,
            newest[survey][1],
            newest[survey][0],
            tuple(points[::-1]),
            tuple(apart.get(survey, ())),
        )
        for survey, points in by_survey.items()
    ]
