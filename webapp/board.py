"""The board (tavlen): a wall to meet at every fortnight, and the same on a sheet of A3."""

from typing import Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from analysis import board, plan, release
from webapp import access, running, wall
from webapp.actions import COPENHAGEN, Day, may_write, today
from webapp.plan import place
from webapp.report_files import written_board
from webapp.report_words import short_day
from webapp.results import attached

blueprint = Blueprint("board", __name__)

PLACES: Final = tuple(f"indicator_{number}" for number in range(1, board.MOST_INDICATORS + 1))
MOST_EDITIONS: Final = 26
"""A year of fortnights."""


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
def overview() -> str:
    """The board with what belongs to it: meetings, editions, the choice of indicators."""
    return _overview(HeldForm(formdata=None, data={"held_on": today()}))


@blueprint.get("/staff/tavle/skaerm")
@access.opened_to(access.EVERYBODY)
def screen() -> str:
    """The board alone, for a large screen on the wall."""
    return render_template(
        "board/screen.html", wall=as_it_stands(), points=wall.points, said=wall.said
    )


@blueprint.post("/staff/tavle/moede")
@access.opened_to(access.READERS)
def hold() -> Answer | tuple[str, int]:
    """Record that a meeting was held."""
    here = running()
    form = HeldForm()
    if not form.validate():
        return _overview(form), 422
    with here.database.transaction() as session:
        board.hold(session, form.held_on.data, place(), here.clock())
    flash("Mødet er skrevet ned.")
    return redirect(url_for("board.overview"))


@blueprint.post("/staff/tavle/udgaver")
@access.opened_to(access.READERS)
def make() -> Answer:
    """Keep the board as it is now, to print."""
    here = running()
    wall_now = as_it_stands()
    with here.database.transaction() as session:
        made = wall.keep(session, wall_now, here.clock())
    return redirect(url_for("board.edition", number=made.number))


@blueprint.get("/staff/tavle/udgaver/<int:number>")
@access.opened_to(access.EVERYBODY)
def edition(number: int) -> str:
    """The board as it was printed."""
    made = _edition(number)
    return render_template(
        "board/edition.html", edition=made, wall=made.wall, points=wall.points, said=wall.said
    )


@blueprint.get("/staff/tavle/udgaver/<int:number>.<any(pdf, xlsx):file>")
@access.opened_to(access.EVERYBODY)
def printed(number: int, file: str) -> Response:
    """The sheet of A3 as it was printed, or its words and numbers as a workbook."""
    made = _edition(number)
    day = made.made_at.astimezone(COPENHAGEN).date()
    content = written_board(made.wall, file, made.made_at)
    return attached(content, f"hoert-tavlen-{day.isoformat()}.{file}")


@blueprint.route("/staff/tavle/indikatorer", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def choose() -> str | Answer:
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
        return redirect(url_for("board.overview"))
    if request.method == "GET":
        for name, code in zip(PLACES, chosen, strict=False):
            form[name].data = code
    return render_template("board/choose.html", form=form, places=PLACES)


def as_it_stands() -> wall.Wall:
    """The board now."""
    here = running()
    release.settle(here.database)
    with here.database.snapshot() as session:
        return wall.read(session, place(), here.clock())


def _overview(form: HeldForm) -> str:
    wall_now = as_it_stands()
    with running().database.snapshot() as session:
        editions = wall.editions(session, MOST_EDITIONS)
    return render_template(
        "board/overview.html",
        wall=wall_now,
        points=wall.points,
        said=wall.said,
        form=form,
        editions=[(one, short_day(one.made_at.astimezone(COPENHAGEN).date())) for one in editions],
        may_write=may_write(),
        may_hold=access.may_open("board.hold"),
    )


def _edition(number: int) -> wall.Edition:
    with running().database.snapshot() as session:
        found = wall.edition(session, number)
    if found is None:
        abort(404)
    return found
