"""The board (tavlen): a wall to meet at every fortnight, and the same on a sheet of A3."""

from decimal import Decimal
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from analysis import board, danish, plan, release, standing
from analysis.plan import Series
from analysis.register import Figure
from webapp import access, running
from webapp.actions import Day, short_day, today
from webapp.plan import line, number, place

blueprint = Blueprint("board", __name__)

PLACES: Final = tuple(f"indicator_{number}" for number in range(1, board.MOST_INDICATORS + 1))


class HeldForm(FlaskForm):
    """The day that a meeting was held."""

    held_on = Day("Hvilken dag holdt I mødet?")

    def validate_held_on(self, field: Day) -> None:
        """A day that has been."""
        if field.data and field.data > today():
            raise ValidationError("Den dag har ikke været endnu.")


class ChoiceForm(FlaskForm):
    """The indicators on the board."""

    indicator_1 = SelectField("Indikator 1", validate_choice=False)
    indicator_2 = SelectField("Indikator 2", validate_choice=False)
    indicator_3 = SelectField("Indikator 3", validate_choice=False)
    indicator_4 = SelectField("Indikator 4", validate_choice=False)
    indicator_5 = SelectField("Indikator 5", validate_choice=False)


@blueprint.get("/staff/tavle")
@access.opened_to(access.EVERYBODY)
def wall() -> str:
    """The board as it hangs on the wall."""
    return _wall(HeldForm(formdata=None, data={"held_on": today()}))


@blueprint.post("/staff/tavle/moede")
@access.opened_to(access.READERS)
def hold() -> Response | tuple[str, int]:
    """Record that a meeting was held."""
    here = running()
    form = HeldForm()
    if not form.validate():
        return _wall(form), 422
    with here.database.transaction() as session:
        board.hold(session, form.held_on.data, place(), here.clock())
    flash("Mødet er skrevet ned.")
    return redirect(url_for("board.wall"))


@blueprint.route("/staff/tavle/indikatorer", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def choose() -> str | Response:
    """Choose what hangs on the board."""
    here = running()
    form = ChoiceForm()
    with here.database.snapshot() as session:
        in_force = plan.current(session)
        chosen = board.chosen(session, in_force)
    names = {one.code: one.name("da") for one in in_force if not one.shows}
    for name in PLACES:
        form[name].choices = [
            SelectChoice("", "Tom plads"),
            *(SelectChoice(code, words) for code, words in names.items()),
        ]
    if form.validate_on_submit():
        codes = [form[name].data for name in PLACES if form[name].data in names]
        with here.database.transaction() as session:
            board.choose(session, codes)
        return redirect(url_for("board.wall"))
    if request.method == "GET":
        for name, code in zip(PLACES, chosen, strict=False):
            form[name].data = code
    return render_template("board/choose.html", form=form, places=PLACES)


def _wall(form: HeldForm) -> str:
    release.settle(running().database)
    with running().database.snapshot() as session:
        made = board.read(session, place(), today())
    return render_template(
        "board/wall.html",
        board=made,
        lines=[line(one) for one in made.indicators],
        barometers=[
            (series, figures, arithmetic(series, figures))
            for one in made.barometers
            for series, figures in one.series
        ],
        danish=danish,
        number=number,
        form=form,
        today=today(),
        day=short_day,
        tendency=tendency,
        may_hold=access.may_open("board.hold"),
    )


def tendency(theme: board.ThemeChange) -> str:
    """How a theme has changed since the wave before, and whether chance could have done it."""
    if theme.before is None:
        return "ingen måling før den at sammenligne med"
    before = f"før {danish.count_of(*theme.before)}"
    if theme.change is None or not theme.change.demonstrable:
        return f"{before}. Ændringen kan være tilfældig"
    return f"{before}. {'Flere' if theme.change.change > 0 else 'Færre'} end sidst"


def arithmetic(series: Series, figures: tuple[Figure, ...]) -> str:
    """The sum behind a barometer, as it can be checked by hand."""
    known = [one for one in figures if one.value is not None]
    if not known or known[-1].value is None:
        return ""
    now = known[-1].value
    if series.goal is not None:
        goal = Decimal(str(series.goal))
        left = max(Decimal(0), goal - now)
        by = f" i {series.by.danish()}" if series.by else ""
        return (
            f"{danish.amount(now, series.unit)} af {danish.amount(goal, series.unit)}{by}"
            f" = {danish.percent(float(now / goal))}. Der mangler"
            f" {danish.amount(left, series.unit).rstrip('.')}."
        )
    if len(known) < 2 or known[-2].value is None:
        return ""
    before = known[-2].value
    if any(standing.is_few(value, series.unit) for value in (now, before)):
        return ""
    change = now - before
    sign = "+" if change > 0 else ""
    return (
        f"{danish.amount(now, series.unit)} − {danish.amount(before, series.unit)} ="
        f" {sign}{danish.amount(change, series.unit)} siden {known[-2].period.danish()}."
    )
