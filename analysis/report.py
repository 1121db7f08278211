"""The report of one wave: every figure with its base, and nothing about the few.

A `Report` is a value. HTML, JSON and every later form are renderings of it, so that all of them
hide the same things.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from analysis import danish, plan, readings, release
from analysis.association import Association
from analysis.disclosure import MINIMUM
from analysis.disclosure import MINIMUM_FOR_DETAIL as MINIMUM_FOR_DETAIL
from analysis.group import EVERYBODY, Group
from analysis.indicators import COVERED, SMALL, Reading, ResponseRate
from analysis.ledger import Figures
from analysis.readings import IndicatorReading
from analysis.theme_table import ThemeRow as ThemeRow
from analysis.theme_table import ThemeTable as ThemeTable
from surveys import extract
from surveys.instrument import KINDS, SOURCE_LANGUAGE, Item, Missing


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """How the answers came in. Received = in the figures + waiting for enough company to be mixed.

    `response_rate` is None without a sampling frame; `modes` is empty for too few responses.
    """

    invited: int | None
    received: int
    waiting: int
    responses: int
    response_rate: ResponseRate | None
    modes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One category of a distribution: how many chose it, and their share of those who answered."""

    code: str
    label: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Nearly:
    """The categories that all, or all but one, chose from: every member would be known exactly.

    At least `share` of those who answered chose one of them; with few answers, `count` of them.
    """

    codes: tuple[str, ...]
    labels: tuple[str, ...]
    count: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """All answers to one closed question. `bars` is None when they are not shown.

    That is so when too few answered, and when nearly all said the same, which `nearly` then says.
    `n` is the number of respondents with a valid answer, `left_out` the rest by reason.
    """

    item: str
    question: str
    kind: str
    n: int | None
    left_out: tuple[tuple[Missing, int], ...]
    bars: tuple[Bar, ...] | None
    nearly: Nearly | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that may be said about one wave, or about a `group` of its people."""

    survey: str
    title: str
    wave: str
    synthetic: bool
    opens: date
    closes: date | None
    anonymity: str
    fieldwork: Fieldwork
    indicators: tuple[IndicatorReading, ...]
    distributions: tuple[Distribution, ...]
    themes: ThemeTable | None
    group: Group = EVERYBODY
    associations: tuple[Association, ...] = ()


def build(
    session: Session,
    wave: extract.Wave,
    language: str = SOURCE_LANGUAGE,
    of: tuple[Group, Figures] | None = None,
) -> Report:
    """Read one wave, or a group of its people with the figures that the ledger let be told.

    Everybody's figures are those that may be told now: see `release`. Nobody knows how many of a
    group were invited, and comments are never told of a group.
    """
    group, figures = of or (EVERYBODY, release.read(session, wave))
    if of:
        wave = replace(wave, invited=None, responses=figures.responses, waiting=0, erased=0)
    counted = readings.counted(figures.tallies)
    detailed = figures.responses >= MINIMUM_FOR_DETAIL
    return Report(
        survey=wave.survey,
        title=wave.instrument.title(language),
        wave=wave.label,
        synthetic=wave.synthetic,
        opens=wave.opens_at.date(),
        closes=wave.closes_at.date() if wave.closes_at else None,
        anonymity=wave.anonymity,
        fieldwork=Fieldwork(
            invited=wave.invited,
            received=wave.received,
            waiting=wave.waiting,
            responses=figures.responses,
            response_rate=_rate(wave),
            modes=figures.modes if detailed and not of else (),
        ),
        indicators=tuple(
            readings.reading(indicator, wave, counted, language)
            for indicator in plan.current(session).of_survey(wave.survey)
            if readings.answers(wave.instrument, indicator)
        ),
        distributions=tuple(
            _distribution(item, counted[item.id], language)
            for item in wave.instrument
            if item.categories
        ),
        themes=None if of else release.themes(session, wave),
        group=group,
        associations=() if of else release.associations(session, wave),
    )


def as_document(report: Report) -> Mapping[str, object]:
    """The report as JSON-able values; days in ISO 8601, shares as fractions.

    An indicator has the figures that may be printed and no others: see `Reading.shown`.
    """
    document: dict[str, object] = json.loads(json.dumps(asdict(report), default=_plain))
    document["group"] = {
        name: value for name, value in asdict(report.group).items() if value is not None
    }
    document["indicators"] = [
        {
            "code": one.code,
            "name": one.name,
            "items": one.items,
            "source": one.source,
            **_reading(one.reading),
        }
        for one in report.indicators
    ]
    rate = report.fieldwork.response_rate
    fieldwork = document["fieldwork"]
    if rate is not None and isinstance(fieldwork, dict):
        fieldwork["response_rate"] = {
            "share": rate.share,
            "percent": danish.percent(rate.share) if rate.share is not None else None,
            "answered": rate.answered,
            "invited": rate.invited,
            "base": rate.base.value,
        }
    return document


def _reading(reading: Reading) -> Mapping[str, object]:
    shown = reading.shown()
    return {
        "share": shown.share if shown else None,
        "low": shown.low if shown else None,
        "high": shown.high if shown else None,
        "bound": shown.bound.value if shown else None,
        "text": danish.share(reading),
        "n": reading.n if shown else None,
        "left_out": asdict(reading.left_out) if shown else None,
        "invited": reading.invited,
        "response_rate": reading.response_rate.share if shown else None,
        "target": reading.target,
        "status": reading.status.value if reading.status else None,
        "status_text": danish.status(reading),
    }


def _rate(wave: extract.Wave) -> ResponseRate | None:
    if wave.invited is None:
        return None
    return ResponseRate(answered=wave.received, invited=wave.invited)


def _distribution(item: Item, count: readings.Count, language: str) -> Distribution:
    shown = count.n >= MINIMUM_FOR_DETAIL
    nearly = _nearly(item, count, language) if shown else None
    bars = tuple(
        Bar(
            category.code,
            category.label(language),
            count.codes[category.code],
            count.codes[category.code] / count.n,
        )
        for category in item.categories
        if shown
    )
    return Distribution(
        item=item.id,
        question=item.text(language),
        kind=KINDS[type(item.domain)],
        n=count.n if count.n >= MINIMUM else None,
        left_out=tuple(count.left_out.items()) if shown else (),
        bars=bars if shown and nearly is None else None,
        nearly=nearly,
    )


def _nearly(item: Item, count: readings.Count, language: str) -> Nearly | None:
    side = readings.near_unanimous(item, count)
    if side is None:
        return None
    chosen = [category for category in item.categories if category.code in side]
    return Nearly(
        codes=tuple(category.code for category in chosen),
        labels=tuple(category.label(language) for category in chosen),
        count=count.n - 1 if count.n < SMALL else None,
        share=COVERED,
    )


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    raise TypeError(type(value).__name__)
