"""The API: the figures that pages show, for programs, with the same things hidden.

What programs hand in is in `api_meetings`. Both need a personal key
(`Authorization: Bearer …`). Refusals are problem documents
(RFC 9457).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Response, g, jsonify, request
from pydantic import BaseModel

from analysis import plan, release, report, standing
from analysis.group import EVERYBODY, Group
from analysis.indicators import Bound, Direction, Status
from analysis.ledger import Figures
from analysis.plan import Unit
from analysis.register import Figure
from analysis.standing import RegisterStanding, ShownStanding, Standing, SurveyStanding
from surveys import extract
from surveys.errors import UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, api_description, api_keys, board, filters, report_files, running
from webapp.api_description import GROUP, Reading, known_words
from webapp.errors import problem
from webapp.results import KINDS, attached

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
    """An indicator of the plan with how it stands. A share is a number from 0 to 1.

    `group` says whose answers they are, null for everybody's. `withheld` counts the waves that are
    left out because the group's figure could give away fewer than five people.
    """

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
    group: dict[str, str] | None
    withheld: int
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


def keyed(view: View) -> View:
    """Open a view to those who show a good key for reading."""
    return keyed_for("read")(view)


def keyed_for(scope: str) -> Callable[[View], View]:
    """Open a view to those who show a good key of a scope."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**words: Any) -> Response:
            kind, _, key = request.headers.get("Authorization", "").partition(" ")
            here = running()
            with here.database.snapshot() as session:
                known = kind.casefold() == "bearer" and api_keys.holder(
                    session, key.strip(), here.clock(), scope
                )
                g.units = access.units_of(session, known) if known else frozenset()
            if not known:
                refusal = problem(401, f"Show a key that is good for this ({scope}):"
                                  " Authorization: Bearer hoert_…")  # fmt: skip
                refusal.headers["WWW-Authenticate"] = "Bearer"
                return refusal
            return _misasked() or view(**words)

        return guarded

    return guard


@blueprint.get("/plan")
@keyed
def whole_plan() -> Response:
    """The plan with every indicator's newest figures, or with what a group of people answered.

    A group has no numbers from registers.
    """
    here = running()
    release.settle(here.database)
    group = filters.chosen(request.args)
    with here.database.snapshot() as session:
        in_force = plan.current(session)
    areas = _areas(in_force)
    withheld = dict.fromkeys(areas, 0)
    told: dict[int, Figures] | None = None
    if group:
        told, withheld = {}, {}
        for about in (one for one in in_force if one.survey is not None):
            waves, some = filters.of_indicator(here.database, about, group, g.units)
            told |= some or {}
            withheld[about.code] = len(waves) - len(some or {})
        if not told:
            return _not_shown()
    with here.database.snapshot() as session:
        standings = standing.stand(session, here.settings.place, here.clock(), told=told)
    return _json(
        Plan(
            place=here.settings.place,
            version=in_force.version,
            indicators=[
                _indicator(standings[code], areas[code], group, left_out)
                for code, left_out in withheld.items()
            ],
        )
    )


@blueprint.get("/plan.pdf", defaults={"form": "pdf"})
@blueprint.get("/plan.xlsx", defaults={"form": "xlsx"})
@keyed
def plan_file(form: str) -> Response:
    """The whole plan as a file."""
    return attached(report_files.written_plan(form), f"hoert-planen.{form}")


@blueprint.get("/board.pdf", defaults={"form": "pdf"})
@blueprint.get("/board.xlsx", defaults={"form": "xlsx"})
@keyed
def board_file(form: str) -> Response:
    """The board as it stands, as a file. No edition is kept of it."""
    content = report_files.written_board(board.as_it_stands(), form, running().clock())
    return attached(content, f"hoert-tavlen.{form}")


@blueprint.get("/indicators/<code>")
@keyed
def indicator(code: str) -> Response:
    """One indicator with all its waves or numbers, or with what a group of people answered."""
    here = running()
    release.settle(here.database)
    group = filters.chosen(request.args)
    with here.database.snapshot() as session:
        in_force = plan.current(session)
    areas = _areas(in_force)
    if code not in areas:
        return problem(404, "The plan has no indicator of that code.")
    about = in_force[code]
    if group and about.survey is None:
        return problem(400, "A number from a register is not about groups of those who answered.")
    waves, told = filters.of_indicator(here.database, about, group, g.units)
    if told is not None and not told:
        return _not_shown()
    with here.database.snapshot() as session:
        one = standing.stand(session, here.settings.place, here.clock(), only=code, told=told)[code]
    withheld = 0 if told is None else len(waves) - len(told)
    return _json(_indicator(one, areas[code], group, withheld))


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
    """The report of a wave, the newest by default, or of a group of its people.

    It is the document that `hoert report` writes.
    """
    database = running().database
    release.settle(database, survey)
    with database.snapshot() as session:
        try:
            wave = extract.wave(session, survey, request.args.get("wave"))
        except UnknownSurvey:
            return problem(404, "There is no such survey, or no such wave of it.")
    of = None
    if group := filters.chosen(request.args):
        figures = filters.told(database, wave, group, g.units)
        if figures is None:
            return _not_shown()
        of = (group, figures)
    with database.snapshot() as session:
        made = report.build(session, wave, of=of)
    return jsonify(report.as_document(made))


@blueprint.get("/openapi.json")
def description() -> Response:
    """What this API is, for programs and those who write them. It needs no key."""
    return jsonify(api_description.description(str(blueprint.url_prefix), READ, HANDED_IN))


def _misasked() -> Response | None:
    """A refusal of words that would be overlooked: the answer would not be to what was asked."""
    if request.method != "GET":
        return None
    rule = str(request.url_rule).removeprefix(str(blueprint.url_prefix))
    known = known_words(READ[rule.replace("<", "{").replace(">", "}")])
    if not known >= request.args.keys():
        return problem(400, f"The address may only ask by these words: {', '.join(sorted(known))}.")
    given = [filters.PARTS.get(word, word) for word, _ in request.args.items(multi=True)]
    if len(given) > len(set(given)):
        return problem(400, "Ask by each word once: one group at a time.")
    return None


def _not_shown() -> Response:
    return problem(403, "Not shown: the figure could give away fewer than five people.")


def _areas(in_force: plan.Plan) -> Mapping[str, str]:
    return {
        one.code: area.name(SOURCE_LANGUAGE)
        for programme in in_force.programmes
        for area in programme.areas
        for one in area.indicators
    }


def _indicator(one: Standing, area: str, group: Group = EVERYBODY, withheld: int = 0) -> Indicator:
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
        group={**group.carried, **({"period": group.period} if group.period else {})} or None,
        withheld=withheld,
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


READ: Final[Mapping[str, Reading]] = {
    "/plan": Reading(
        "wholePlan",
        "The plan with every indicator's newest figures; of a group without those from registers",
        Plan,
        asked=GROUP,
        refuses=(403,),
    ),
    "/indicators/{code}": Reading(
        "indicator", "One indicator with its history", Indicator, asked=GROUP, refuses=(403,)
    ),
    **{
        f"/{what}.{form}": Reading(f"{what}_{form}", summary, kind=KINDS[form])
        for what, summary in (
            ("plan", "The whole plan with its history and actions, as a file"),
            ("board", "The board that a team meets at, as it stands, as a file"),
        )
        for form in ("pdf", "xlsx")
    },
    "/surveys": Reading("surveys", "All surveys with their waves", Surveys),
    "/surveys/{survey}/report": Reading(
        "report",
        "The report of a wave, the newest by default",
        dict[str, Any],
        asked=("wave", *GROUP),
        refuses=(403,),
    ),
}
"""What programs read, by path."""

HANDED_IN: Final[dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
"""What programs hand in: by path the description of its POST, and the schemas that it refers to."""
