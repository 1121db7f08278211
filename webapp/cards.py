"""Codes to hand out: a new one in two clicks, printed or shown on a screen, withdrawn when done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from surveys import definition, fieldwork, keys, links
from surveys.errors import FrameOrLink, UnknownCode, WaveClosed
from surveys.instrument import SOURCE_LANGUAGE, clean
from surveys.links import Link
from surveys.wording import LANGUAGE_NAMES, direction, say
from webapp import access, citizen, paper, running, typeset

blueprint = Blueprint("cards", __name__)

LONGEST_NAME: Final = 60
FORMATS: Final = {"a4": "A4", "a6": "A6", "etiketter": "etiketter"}


def _cleaned(typed: str | None) -> str:
    return clean(typed or "")


class NewCard(FlaskForm):
    """What a code is for."""

    survey = SelectField("Undersøgelse", validators=[InputRequired("Vælg en undersøgelse.")])
    unit = StringField(
        "Team eller afdeling",
        validators=[Length(max=LONGEST_NAME, message="Skriv højst 60 tegn.")],
        filters=[_cleaned],
    )
    course = StringField(
        "Mødetype eller kursushold",
        validators=[Length(max=LONGEST_NAME, message="Skriv højst 60 tegn.")],
        filters=[_cleaned],
    )


class Printing(FlaskForm):
    """How many sheets of paper, in which language, and where they are handed in."""

    class Meta:
        """It changes nothing, so it is asked for with GET and needs no token."""

        csrf = False

    language = SelectField("Sprog", validators=[InputRequired("Vælg et sprog.")])
    count = IntegerField(
        "Antal ark",
        default=1,
        validators=[
            InputRequired("Skriv, hvor mange ark du vil have."),
            NumberRange(1, paper.MOST_SHEETS, f"Skriv et tal fra 1 til {paper.MOST_SHEETS}."),
        ],
    )
    place = StringField(
        "Hvor skal arket afleveres?",
        validators=[Length(max=120, message="Skriv højst 120 tegn.")],
        filters=[_cleaned],
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A link as its card says it."""

    link: Link
    title: str
    code: str
    address: str
    place: str


@blueprint.get("/staff/kort")
@access.opened_to(access.EVERYBODY)
def overview() -> str:
    """The codes that are in use, and the form for a new one."""
    return _overview(NewCard(formdata=None))


@blueprint.get("/staff/kort/nyt/<survey>")
@access.opened_to(access.EVERYBODY)
def begin(survey: str) -> str:
    """The form for a new code, with the survey chosen: the second click makes it."""
    if survey not in definition.catalogue():
        abort(404)
    return _overview(NewCard(formdata=None, survey=survey), alone=True)


@blueprint.post("/staff/kort")
@access.opened_to(access.EVERYBODY)
def create() -> AnyResponse | tuple[str, int]:
    """Make a code, and go to its card."""
    form = NewCard()
    form.survey.choices = _surveys()
    if not form.validate_on_submit():
        return _overview(form, alone=True), 422
    if not access.may_use(form.unit.data or None):
        form.unit.errors = ["Du kan kun lave kort til dine egne enheder. Se dem under Din konto."]
        return _overview(form, alone=True), 422
    here = running()
    try:
        with here.database.transaction() as session:
            code = fieldwork.create_link(
                session,
                form.survey.data,
                here.clock(),
                unit=form.unit.data or None,
                course=form.course.data or None,
            )
    except WaveClosed:
        form.survey.errors = ["Undersøgelsen er ikke åben. Åbn en ny runde først."]
        return _overview(form, alone=True), 422
    except FrameOrLink:
        form.survey.errors = ["Den her runde spørger kun dem, der er inviteret."]
        return _overview(form, alone=True), 422
    return redirect(url_for("cards.card", code=code), 303)


@blueprint.get("/staff/kort/<code>")
@access.opened_to(access.EVERYBODY)
def card(code: str) -> str:
    """One code: everything that can be done with it."""
    shown = _card(code)
    form = Printing(formdata=None)
    form.language.choices = _languages(shown.link)
    return render_template("cards/card.html", card=shown, formats=FORMATS, form=form)


@blueprint.get("/staff/kort/<code>/skaerm")
@access.opened_to(access.EVERYBODY)
def screen(code: str) -> str:
    """The card in large type, for a screen that citizens look at."""
    shown = _card(code)
    return render_template(
        "cards/screen.html", card=shown, languages=_words(shown), direction=direction
    )


@blueprint.get("/staff/kort/<code>/kode.svg")
@access.opened_to(access.EVERYBODY)
def picture(code: str) -> Response:
    """The QR code."""
    return Response(paper.qr_code(_card(code).address), mimetype="image/svg+xml")


@blueprint.get("/staff/kort/<code>/<any(a4, a6, etiketter):size>.pdf")
@access.opened_to(access.EVERYBODY)
def printed(code: str, size: str) -> Response:
    """The card to print."""
    shown = _card(code)
    content = {
        "format": size,
        "title": shown.title,
        "municipality": running().settings.municipality,
        "svg": paper.qr_code(shown.address),
        "alternative": say("paper_qr", SOURCE_LANGUAGE, address=shown.address),
        "code": shown.code,
        "place": shown.place,
        "languages": _words(shown),
    }
    return _pdf(typeset.pdf("card", content, running().clock()), f"kort-{shown.code}-{size}")


@blueprint.get("/staff/kort/<code>/papir.pdf")
@access.opened_to(access.EVERYBODY)
def sheets(code: str) -> Response | tuple[str, int]:
    """The survey on paper, each sheet with a number of its own."""
    shown = _card(code)
    form = Printing(formdata=request.args)
    form.language.choices = _languages(shown.link)
    if not shown.link.open or not form.validate():
        return render_template("cards/card.html", card=shown, formats=FORMATS, form=form), 422
    here = running()
    with here.database.snapshot() as session:
        admission = fieldwork.admit(session, code, here.clock())
    made = paper.sheets(
        admission,
        shown.link.code,
        form.language.data,
        here.clock(),
        here.settings,
        count=form.count.data,
        place=form.place.data or "",
    )
    return _pdf(made, f"papir-{shown.code}-{form.language.data}")


@blueprint.route("/staff/kort/<code>/traek-tilbage", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def withdraw(code: str) -> AnyResponse | str | tuple[str, int]:
    """Ask, and then let the code open nothing any more."""
    shown = _card(code)
    form = FlaskForm()
    if form.validate_on_submit():
        with running().database.transaction() as session:
            links.withdraw(session, code)
        return redirect(url_for("cards.card", code=shown.link.code), 303)
    page = render_template("cards/withdraw.html", card=shown, form=form)
    return (page, 422) if form.is_submitted() else page


def _overview(form: NewCard, *, alone: bool = False) -> str:
    form.survey.choices = _surveys()
    here = running()
    with here.database.snapshot() as session:
        known = [one for one in links.links(session, here.clock()) if access.may_use(one.unit)]
        units, courses = links.places(session)
    return render_template(
        "cards/overview.html",
        form=form,
        alone=alone,
        cards=[_shown(link) for link in known],
        units=[unit for unit in units if access.may_use(unit)],
        courses=courses,
    )


def _surveys() -> list[tuple[str, str]]:
    """What a code can be made for: one that never had a wave gets its first."""
    return [
        (name, instrument.title(SOURCE_LANGUAGE))
        for name, instrument in definition.catalogue().items()
    ]


def _languages(link: Link) -> list[tuple[str, str]]:
    return [(language, LANGUAGE_NAMES[language]) for language in citizen.offered(link.instrument)]


def _card(code: str) -> Card:
    here = running()
    try:
        with here.database.snapshot() as session:
            found = links.link(session, code, here.clock())
    except UnknownCode:
        abort(404)
    if not access.may_use(found.unit):
        abort(404)
    return _shown(found)


def _shown(link: Link) -> Card:
    return Card(
        link=link,
        title=link.instrument.title(SOURCE_LANGUAGE),
        code=keys.spelled(link.code),
        address=f"{running().settings.public_url}/s/{link.code}",
        place=", ".join(name for name in (link.unit, link.course) if name),
    )


def _words(card: Card) -> Sequence[dict[str, str]]:
    """What the card says, in each language; Danish first."""
    address = paper.bare(running().settings.public_url)
    return [
        {
            "language": language,
            "title": card.link.instrument.title(language),
            "scan": say("card_scan", language),
            "type": say("card_type", language, address=address),
        }
        for language in citizen.offered(card.link.instrument)
    ]


def _pdf(content: bytes, name: str) -> Response:
    response = make_response(content)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="hoert-{name}.pdf"'
    return response
