"""The API: the figures that pages show, for programs, with the same things hidden.

Everything is read with a personal key (`Authorization: Bearer …`). Refusals are problem documents
(RFC 9457).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, TypeAdapter

from analysis import plan, release, report, standing
from analysis.indicators import Bound, Direction, Status
from analysis.plan import Unit
from analysis.register import Figure
from analysis.standing import RegisterStanding, ShownStanding, Standing, SurveyStanding
from surveys import extract
from surveys.errors import UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE
from webapp import api_keys, running
from webapp.errors import problem

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

View = Callable[..., Response]


class WaveFigure(BaseModel):
    """What a survey indicator read in one wave. Figures are null for fewer than five answers."""

    wave: str
    opened: date
    share: float | None
    low: float | None
    high: float | None
    bound: Bound | None
    answers: int | None
    status: Status | None


class RegisterFigure(BaseModel):
    """A register's number. Null where it is kept back, or is of fewer than five persons."""

    series: str
    place: str
    period: str
    value: Decimal | None
    source: str


class Indicator(BaseModel):
    """An indicator of the plan with how it stands. A share is a number from 0 to 1."""

    code: str
    name: str
    area: str
    kind: str
    unit: Unit
    direction: Direction | None
    target: float | None
    owner: str | None
    source: str
    synthetic: bool
    status: Status | None
    waves: list[WaveFigure]
    figures: list[RegisterFigure]


class Plan(BaseModel):
    """The plan in force."""

    place: str
    version: int
    indicators: list[Indicator]


class Wave(BaseModel):
    """One wave of a survey."""

    label: str
    opened: date
    closed: date | None
    anonymity: str
    invited: int | None
    received: int
    synthetic: bool


class Survey(BaseModel):
    """A survey with its waves, newest first."""

    name: str
    title: str
    waves: list[Wave]


class Surveys(BaseModel):
    """All surveys."""

    surveys: list[Survey]


class Problem(BaseModel):
    """Why a request was refused."""

    title: str
    status: int


def keyed(view: View) -> View:
    """Open a view to those who show a good key."""

    @wraps(view)
    def guarded(**words: Any) -> Response:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        here = running()
        with here.database.snapshot() as session:
            known = kind.casefold() == "bearer" and api_keys.holder(
                session, key.strip(), here.clock()
            )
        if not known:
            refusal = problem(401, "Show a key that is good: Authorization: Bearer hoert_…")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        return view(**words)

    return guarded


@blueprint.get("/plan")
@keyed
def whole_plan() -> Response:
    """The plan with every indicator's newest figures."""
    here = running()
    release.settle(here.database)
    with here.database.snapshot() as session:
        in_force = plan.current(session)
        standings = standing.stand(session, here.settings.place)
    areas = _areas(in_force)
    return _json(
        Plan(
            place=here.settings.place,
            version=in_force.version,
            indicators=[_indicator(one, areas[code]) for code, one in standings.items()],
        )
    )


@blueprint.get("/indicators/<code>")
@keyed
def indicator(code: str) -> Response:
    """One indicator with all its waves or numbers."""
    here = running()
    release.settle(here.database)
    with here.database.snapshot() as session:
        areas = _areas(plan.current(session))
        if code not in areas:
            return problem(404, "The plan has no indicator of that code.")
        one = standing.stand(session, here.settings.place, only=code)[code]
    return _json(_indicator(one, areas[code]))


@blueprint.get("/surveys")
@keyed
def surveys() -> Response:
    """All surveys with their waves."""
    found: dict[str, Survey] = {}
    with running().database.snapshot() as session:
        for wave in extract.waves(session):
            title = wave.instrument.title(SOURCE_LANGUAGE)
            survey = found.setdefault(wave.survey, Survey(name=wave.survey, title=title, waves=[]))
            survey.waves.append(
                Wave(
                    label=wave.label,
                    opened=wave.opens_at.date(),
                    closed=wave.closes_at.date() if wave.closes_at else None,
                    anonymity=wave.anonymity,
                    invited=wave.invited,
                    received=wave.received,
                    synthetic=wave.synthetic,
                )
            )
    return _json(Surveys(surveys=list(found.values())))


@blueprint.get("/surveys/<survey>/report")
@keyed
def survey_report(survey: str) -> Response:
    """The report of a wave, the newest by default: the document that `hoert report` writes."""
    here = running()
    release.settle(here.database, survey)
    with here.database.snapshot() as session:
        try:
            wave = extract.wave(session, survey, request.args.get("wave"))
        except UnknownSurvey:
            return problem(404, "There is no such survey, or no such wave of it.")
        made = report.build(session, wave)
    return jsonify(report.as_document(made))


@blueprint.get("/openapi.json")
def description() -> Response:
    """What this API is, for programs and those who write them. It needs no key."""
    return jsonify(_description())


def _areas(in_force: plan.Plan) -> Mapping[str, str]:
    return {
        one.code: area.name(SOURCE_LANGUAGE)
        for programme in in_force.programmes
        for area in programme.areas
        for one in area.indicators
    }


def _indicator(one: Standing, area: str) -> Indicator:
    about = one.indicator
    return Indicator(
        code=about.code,
        name=about.name(SOURCE_LANGUAGE),
        area=area,
        kind="register" if about.survey is None else "survey",
        unit=about.unit,
        direction=about.target.direction if about.target else None,
        target=about.target.value if about.target else None,
        owner=about.owner,
        source=about.source(SOURCE_LANGUAGE),
        synthetic=_is_synthetic(one),
        status=one.status,
        waves=[_wave(wave) for wave in one.waves] if isinstance(one, SurveyStanding) else [],
        figures=_figures(one),
    )


def _is_synthetic(one: Standing) -> bool:
    if isinstance(one, SurveyStanding):
        return any(wave.synthetic for wave in one.waves)
    return any(figure.synthetic for figure, _ in _numbers(one))


def _wave(wave: standing.WaveReading) -> WaveFigure:
    reading = wave.figure.reading
    shown = reading.shown()
    return WaveFigure(
        wave=wave.label,
        opened=wave.opens_at.date(),
        share=shown.share if shown else None,
        low=shown.low if shown else None,
        high=shown.high if shown else None,
        bound=shown.bound if shown else None,
        answers=reading.n if shown else None,
        status=reading.status,
    )


def _numbers(one: RegisterStanding | ShownStanding) -> Sequence[tuple[Figure, Unit]]:
    if isinstance(one, ShownStanding):
        return [(figure, series.unit) for series, figures in one.series for figure in figures]
    others = [figure for figures in one.others.values() for figure in figures]
    return [(figure, one.indicator.unit) for figure in (*one.figures, *others)]


def _figures(one: Standing) -> list[RegisterFigure]:
    if isinstance(one, SurveyStanding):
        return []
    return [
        RegisterFigure(
            series=figure.indicator,
            place=figure.place,
            period=figure.period.text,
            value=None
            if figure.value is None or standing.is_few(figure.value, unit)
            else figure.value,
            source=figure.source,
        )
        for figure, unit in _numbers(one)
    ]


def _json(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), mimetype="application/json")


PATHS: Final[Mapping[str, tuple[str, str, Any, tuple[str, ...]]]] = {
    "/plan": ("wholePlan", "The plan with every indicator's newest figures", Plan, ()),
    "/indicators/{code}": ("indicator", "One indicator with its history", Indicator, ("code",)),
    "/surveys": ("surveys", "All surveys with their waves", Surveys, ()),
    "/surveys/{survey}/report": (
        "report",
        "The report of a wave, the newest by default",
        dict[str, Any],
        ("survey", "?wave"),
    ),
}


def _description() -> Mapping[str, Any]:
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for path, (name, summary, kind, words) in PATHS.items():
        schema = TypeAdapter(kind).json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization"
        )
        schemas |= schema.pop("$defs", {})
        refusals = [401] + ([404] if words else [])
        paths[path] = {
            "get": {
                "operationId": name,
                "summary": summary,
                "parameters": [
                    {
                        "name": word.removeprefix("?"),
                        "in": "query" if word.startswith("?") else "path",
                        "required": not word.startswith("?"),
                        "schema": {"type": "string", "minLength": 1},
                    }
                    for word in words
                ],
                "responses": {
                    "200": _answer(summary, "application/json", schema),
                    **{
                        str(status): _answer(
                            "Refused",
                            "application/problem+json",
                            {"$ref": "#/components/schemas/Problem"},
                        )
                        for status in refusals
                    },
                },
            }
        }
    schemas["Problem"] = Problem.model_json_schema()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hørt", "version": "1", "summary": "Figures that may be told"},
        "servers": [{"url": blueprint.url_prefix}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _answer(summary: str, kind: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"description": summary, "content": {kind: {"schema": schema}}}
