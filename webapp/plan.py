"""The plan for staff: how every indicator stands, its history, its numbers and its target."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from analysis import actions, danish, period, plan, register, release, sheet, standing
from analysis.association import Association
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.indicators import Difference
from analysis.plan import Unit
from analysis.standing import RegisterStanding, ShownStanding, Standing, SurveyStanding
from surveys import extract
from webapp import access, charts, filters, follow, running, targets
from webapp.actions import STATES, may_change, may_write, today
from webapp.report_words import MODES, ThemeLine, day, theme_lines
from webapp.results import BADGES

blueprint = Blueprint("plan", __name__)

EDITORS: Final = frozenset({access.Role.LEDER, access.Role.ADMINISTRATOR})
"""Who changes what the authority is held to."""
WRITERS: Final = EDITORS | {access.Role.ANALYTIKER, access.Role.TEAMLEDER}
"""Who enters numbers from registers."""

NO_FIGURE: Final = "Intet tal endnu"
_TALLIED: Final = {NO_FIGURE: "uden tal endnu"}
MOST_THEMES: Final = 5
"""So many stand on an indicator's page; the rest are a click away."""


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator in the overview, in words."""

    code: str
    name: str
    target: str
    now: str
    brief: str
    base: str
    change: str
    status: str
    badge: str
    synthetic: bool


def place() -> str:
    """The name that registers give the authority."""
    return running().settings.place


@blueprint.get("/staff/plan")
@access.opened_to(access.READERS)
def overview() -> str:
    """The whole plan at a glance."""
    release.settle(running().database)
    with running().database.snapshot() as session:
        in_force = plan.current(session)
        standings = standing.stand(session, place(), running().clock())
    lines = {code: line(one) for code, one in standings.items()}
    return render_template(
        "plan/overview.html",
        plan=in_force,
        lines=lines,
        tally=tally(in_force.programmes[0], standings),
        NO_FIGURE=NO_FIGURE,
        may_import=access.may_open("register.upload"),
    )


@blueprint.get("/staff/plan/<code>")
@access.opened_to(access.READERS)
def indicator(code: str) -> str:
    """One indicator with its history."""
    return _page(code, NumberForm(formdata=None))


@blueprint.post("/staff/plan/<code>/tal")
@access.opened_to(WRITERS)
def enter(code: str) -> Response | tuple[str, int]:
    """Keep a number that somebody typed."""
    form = NumberForm()
    with running().database.snapshot() as session:
        units = plan.current(session).register_codes()
    series = form.series.data or code
    if series not in units:
        abort(404)
    if not form.validate():
        return _page(code, form), 422
    value = sheet.number(form.value.data)
    if value is not None and units[series] is Unit.SHARE:
        value = value / 100
        if value > 1:
            form.value.errors = ["En andel kan ikke være over 100 %."]
            return _page(code, form), 422
    here = running()
    figure = register.Figure(
        series, place(), period.read(form.period.data), value, form.source.data or "Indtastet"
    )
    with here.database.transaction() as session:
        register.record(session, [figure], here.clock())
    flash(f"Tallet for {figure.period.danish()} er gemt.")
    return redirect(url_for("plan.indicator", code=code))


@blueprint.route("/staff/plan/<code>/ret", methods=["GET", "POST"])
@access.opened_to(EDITORS)
def edit(code: str) -> Response | str | tuple[str, int]:
    """Change what an indicator is held to, and who answers for it."""
    here = running()
    with here.database.snapshot() as session:
        in_force = plan.current(session)
        text = plan.document(session)
    found = _found(in_force, code)
    form = targets.TargetForm(data=targets.as_written(found, in_force.version))
    if not form.is_submitted():
        return render_template("plan/edit.html", indicator=found, form=form, trouble=None)
    trouble = None
    if form.validate():
        changed = targets.changed(text, code, form)
        try:
            with here.database.transaction() as session:
                plan.revise(
                    session,
                    changed,
                    based_on=int(form.version.data or 0),
                    author=current_user.email,
                    now=here.clock(),
                )
        except plan.PlanChanged:
            trouble = (
                "En anden har rettet planen, mens du skrev. Det, du har skrevet, står her endnu."
                " Se planen igennem i et nyt vindue, og gem så igen."
            )
            form.version.data = str(in_force.version)
        except plan.InvalidPlan:
            trouble = "Målet passer ikke sammen. Se tallene efter."
        else:
            flash("Planen er rettet.")
            return redirect(url_for("plan.indicator", code=code))
    return render_template("plan/edit.html", indicator=found, form=form, trouble=trouble), 422


def line(one: Standing) -> Line:
    """How an indicator stands, in the words of the overview."""
    about = one.indicator
    common = {"code": about.code, "name": about.name("da"), "target": target(one)}
    if isinstance(one, SurveyStanding):
        newest = one.newest
        return Line(
            **common,
            now=danish.share(newest.figure.reading) if newest else "Ingen svar endnu",
            brief=danish.brief(newest.figure.reading) if newest else "",
            base=_base(newest) if newest else "",
            change=_tendency(one.change),
            status=status(one),
            badge=BADGES.get(one.status, "") if one.status else "",
            synthetic=bool(newest and newest.synthetic),
        )
    if isinstance(one, ShownStanding):
        shown = [
            f"{series.name('da')}: {number(known[-1], series.unit)}"
            for series, figures in one.series
            if (known := [figure.value for figure in figures if figure.value is not None])
        ]
        return Line(
            **common,
            now=". ".join(shown) or NO_FIGURE,
            brief="",
            base="",
            change="",
            status="vises" if shown else NO_FIGURE,
            badge="",
            synthetic=any(f.synthetic for _, figures in one.series for f in figures),
        )
    latest = one.newest
    return Line(
        **common,
        now=number(latest.value, about.unit) if latest else NO_FIGURE,
        brief=number(latest.value, about.unit) if latest else "",
        base=latest.period.danish() if latest else "",
        change="" if one.change is None else f"{_signed(one.change)} fra udgangspunktet",
        status=status(one),
        badge=BADGES.get(one.status, "") if one.status else "",
        synthetic=any(figure.synthetic for figure in one.figures),
    )


def number(value: Decimal | None, unit: Unit) -> str:
    """A register's number in words; of few persons only that they are few."""
    if value is None:
        return "Oplyses ikke"
    if standing.is_few(value, unit):
        return f"Færre end {standing.FEWEST_PERSONS}"
    return danish.amount(value, unit)


def target(one: Standing) -> str:
    """What an indicator is held to, in words."""
    about = one.indicator
    if isinstance(one, ShownStanding):
        return ". ".join(
            f"{series.name('da')}: {danish.amount(Decimal(str(series.goal)), series.unit)}"
            + (f" i {series.by.danish()}" if series.by else "")
            for series, _ in one.series
            if series.goal is not None
        )
    if about.target is None:
        return "intet mål"
    level = one.level if isinstance(one, RegisterStanding) else None
    return danish.target(about.target, about.baseline, level, about.unit)


def status(one: Standing) -> str:
    """How an indicator stands to its target, in words."""
    if one.status is not None:
        return danish.STATUSES[one.status]
    if isinstance(one, RegisterStanding) and one.newest and one.indicator.target:
        return "kan ikke afgøres uden et udgangspunkt"
    if isinstance(one, SurveyStanding) and one.newest:
        return "kan ikke afgøres efter én måling" if one.indicator.target else "intet mål"
    return NO_FIGURE


def tally(programme: plan.Programme, stood: Mapping[str, Standing]) -> str:
    """How many of a programme's indicators stand how, the best first."""
    found = Counter(
        line(stood[one.code]).status for area in programme.areas for one in area.indicators
    )
    order = list(danish.STATUSES.values())
    said = sorted(found, key=lambda words: order.index(words) if words in order else len(order))
    listed = "; ".join(f"{found[words]} {_TALLIED.get(words, words)}" for words in said)
    return f"{found.total()} indikatorer: {listed}."


class NumberForm(FlaskForm):
    """A number for a period."""

    series = StringField()
    period = StringField("Periode", [InputRequired("Skriv en periode.")])
    value = StringField("Tal", [InputRequired("Skriv et tal.")])
    source = StringField("Hvor kommer tallet fra?", [Length(max=200)])

    def validate_period(self, field: StringField) -> None:
        """A period that can be read."""
        try:
            period.read(field.data or "")
        except period.UnknownPeriod as reason:
            raise ValidationError(str(reason)) from None

    def validate_value(self, field: StringField) -> None:
        """A number that can be read."""
        try:
            sheet.number(field.data)
        except sheet.NotANumber as reason:
            raise ValidationError(str(reason)) from None


def _found(in_force: plan.Plan, code: str) -> plan.Indicator:
    try:
        return in_force[code]
    except KeyError:
        abort(404)


def _page(code: str, form: Form) -> str:
    here = running()
    release.settle(here.database)
    group = replace(filters.chosen(request.args), period=None)
    with here.database.snapshot() as session:
        about = _found(plan.current(session), code)
    waves, told = filters.of_indicator(here.database, about, group, access.units())
    with here.database.snapshot() as session:
        one = standing.stand(session, place(), here.clock(), only=code, told=told)[code]
        choices = filters.choices(session, waves, group, access.units(), periods=False)
        known = actions.listed(session, units=access.units())
        comments = _comments(session, one) if told is None else None
    course = follow.waves(one) if isinstance(one, SurveyStanding) else None
    weeks = None
    if waves and (told is None or waves[0].id in told):
        weeks = follow.weeks(here.database, waves[0], about, group, here.clock())
    level = about.target.level(None) if about.target else None
    return render_template(
        "plan/indicator.html",
        one=one,
        kind=type(one).__name__,
        line=line(one),
        chart=_chart(one),
        course=course,
        weeks=weeks,
        weeks_chart=follow.chart(weeks.course, level) if weeks else None,
        choices=choices,
        chosen=filters.arguments(group),
        group=group,
        withheld=len(waves) - len(told) if told is not None else 0,
        refused=filters.REFUSED,
        tables=_tables(one),
        comments=comments,
        promises=[action for action in known if action.indicator == code],
        STATES=STATES,
        today=today(),
        may_change=may_change,
        may_write=may_write(),
        form=form,
        danish=danish,
        MINIMUM_FOR_DETAIL=MINIMUM_FOR_DETAIL,
        day=day,
        number=number,
        MODES=MODES,
        NO_FIGURE=NO_FIGURE,
        Unit=Unit,
        may_enter=access.may_open("plan.enter"),
        may_edit=access.may_open("plan.edit"),
    )


@dataclass(frozen=True, slots=True)
class _Comments:
    """What people write in the wave that an indicator stands on."""

    label: str
    lines: Sequence[ThemeLine]
    suppressed: bool
    with_dissatisfaction: Sequence[Association]


def _comments(session: Session, one: Standing) -> _Comments | None:
    """The themes of the newest wave as they are told; None where no comments are asked for."""
    newest = one.newest if isinstance(one, SurveyStanding) else None
    if newest is None or newest.together:
        return None
    wave = extract.wave(session, newest.survey, newest.label)
    table = release.themes(session, wave)
    if table is None:
        return None
    return _Comments(
        newest.label,
        theme_lines(replace(table, rows=table.rows[:MOST_THEMES], other=None, untold=None)),
        table.suppressed,
        [one for one in release.associations(session, wave) if one.demonstrable],
    )


def _tables(
    one: Standing,
) -> Sequence[tuple[str, Unit, Sequence[register.Figure], Mapping[str, Mapping[str, Decimal]]]]:
    """A register indicator's numbers, newest first, beside those of other places."""
    if isinstance(one, ShownStanding):
        return [
            (series.name("da"), series.unit, tuple(reversed(figures)), {})
            for series, figures in one.series
        ]
    if isinstance(one, RegisterStanding):
        others = {
            name: {
                figure.period.text: figure.value for figure in theirs if figure.value is not None
            }
            for name, theirs in one.others.items()
        }
        return [("Tal", one.indicator.unit, tuple(reversed(one.figures)), others)]
    return []


def _chart(one: Standing) -> charts.Trend | None:
    if isinstance(one, SurveyStanding):
        goal = one.indicator.target
        return follow.chart(follow.waves(one), goal.level(None) if goal else None)
    if isinstance(one, RegisterStanding):
        unit = one.indicator.unit
        values = [
            (figure.period.danish(), number(figure.value, unit), float(figure.value), None, None)
            for figure in one.figures
            if figure.value is not None and not standing.is_few(figure.value, unit)
        ]
        level = None if one.level is None else float(one.level)
        return charts.trend(values, level) if len(values) > 1 else None
    return None


def _base(wave: standing.WaveReading) -> str:
    reading = wave.figure.reading
    averaged = f", gennemsnit af {reading.items} spørgsmål" if reading.items > 1 else ""
    return f"{danish.base(reading)}{averaged}, {wave.label}"


def _tendency(change: Difference | None) -> str:
    if change is None:
        return ""
    if not change.demonstrable:
        return "uændret, så vidt tallene kan sige"
    return f"{danish.points(change.change)} siden sidst"


def _signed(change: Decimal) -> str:
    text = danish.percent(float(change))
    return f"+{text}" if change > 0 else text.replace("-", "−")
