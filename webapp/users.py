"""The administrator's page of those who may sign in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from surveys import links
from surveys.instrument import clean
from webapp import access, accounts, running
from webapp.access import Role

blueprint = Blueprint("users", __name__, url_prefix="/staff/brugere")

ONLY: Final = frozenset({Role.ADMINISTRATOR})
LONGEST_UNIT: Final = 60
ROLES: Final[Mapping[Role, str]] = {
    Role.SAGSBEHANDLER: "Laver kort og ser tavlen.",
    Role.KONSULENT: "Laver kort og ser tavlen.",
    Role.TEAMLEDER: "Læser tal for sine enheder og ringer borgere op.",
    Role.ANALYTIKER: "Læser alle tal og kommentarer og retter skemaer.",
    Role.LEDER: "Læser alle tal og kommentarer og bestemmer planen.",
    Role.ADMINISTRATOR: "Styrer brugere, sprog og drift og ser alle tal.",
}
"""The roles in the order of the page, with what each is for."""

_LAST: Final = (
    "Der skal altid være en administrator, som kan logge ind. Gør en anden til administrator først."
)
_OLD: Final = "Siden har været åben længe. Prøv igen."


class _Addressed(FlaskForm):
    email = StringField("E-mail", [InputRequired("Skriv en e-mail.")])


class PersonForm(FlaskForm):
    """What a person may do, and with which units."""

    roles = SelectMultipleField(
        "Roller",
        [InputRequired("Vælg mindst én rolle.")],
        choices=list(ROLES),
        validate_choice=False,
    )
    units = TextAreaField("Enheder")

    def validate_roles(self, field: SelectMultipleField) -> None:
        """Roles that there are."""
        if not set(field.data) <= set(ROLES):
            raise ValidationError("Vælg blandt de roller, der står her.")

    def validate_units(self, field: TextAreaField) -> None:
        """Units have names that fit."""
        if any(len(unit) > LONGEST_UNIT for unit in self.named()):
            raise ValidationError(f"Navnet på en enhed må højst fylde {LONGEST_UNIT} tegn.")

    def named(self) -> tuple[str, ...]:
        """The units, each once."""
        lines = (clean(line) for line in (self.units.data or "").splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))


class NewPersonForm(_Addressed, PersonForm):
    """A person who has no account yet."""


@blueprint.get("")
@access.opened_to(ONLY)
def overview() -> str:
    """Everybody who has an account."""
    with running().database.snapshot() as session:
        people = accounts.people(session)
    return render_template("users/overview.html", people=people)


@blueprint.route("/ny", methods=["GET", "POST"])
@access.opened_to(ONLY)
def create() -> str | tuple[str, int]:
    """A new account. The link by which its owner chooses a password is shown this once."""
    form = NewPersonForm()
    here = running()
    if form.validate_on_submit():
        try:
            with here.database.transaction() as session:
                user = accounts.create(session, form.email.data, ())
                accounts.place(session, user.id, form.roles.data, form.named())
                code = accounts.link(session, user.id, here.clock())
            return _link(user.email, code)
        except accounts.BadAddress:
            form.email.errors = ["Det er ikke en e-mail. Skriv den som navn@kommune.dk."]
        except accounts.AddressTaken:
            form.email.errors = ["Den e-mail har allerede en konto."]
    with here.database.snapshot() as session:
        page = _form(session, form, None)
    return (page, 422) if form.errors else page


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@access.opened_to(ONLY)
def edit(number: int) -> str | Response | tuple[str, int]:
    """One person: roles and units, and what else can be done with the account."""
    here = running()
    with here.database.snapshot() as session:
        person = accounts.person(session, number)
        if person is None:
            abort(404)
        form = PersonForm(data={"roles": person.roles, "units": "\n".join(person.units)})
        if request.method == "GET":
            return _form(session, form, person)
    if person.elsewhere:
        abort(404)
    if form.validate_on_submit():
        try:
            with here.database.transaction() as session:
                accounts.place(session, number, form.roles.data, form.named())
        except accounts.LastAdministrator:
            form.roles.errors = [_LAST]
        else:
            flash("Det er gemt.")
            return redirect(url_for(".edit", number=number), 303)
    with here.database.snapshot() as session:
        return _form(session, form, person), 422


@blueprint.post("/<int:number>/luk")
@access.opened_to(ONLY)
def close(number: int) -> Response:
    """Let a person in no more."""
    try:
        with _changing(number) as session:
            accounts.close(session, number)
    except accounts.LastAdministrator:
        flash(_LAST, "warning")
    else:
        flash("Kontoen er lukket, og personen er logget ud alle steder.")
    return _back(number)


@blueprint.post("/<int:number>/aabn")
@access.opened_to(ONLY)
def reopen(number: int) -> Response:
    """Let a person in again."""
    with _changing(number) as session:
        accounts.reopen(session, number)
    flash("Kontoen er åben igen.")
    return _back(number)


@blueprint.post("/<int:number>/uden-kode")
@access.opened_to(ONLY)
def forget_code(number: int) -> Response:
    """Let a person begin anew with a second factor."""
    with _changing(number) as session:
        accounts.forget_second_factor(session, number)
    flash("Koden fra telefonen er slået fra, og personen er logget ud alle steder.")
    return _back(number)


@blueprint.post("/<int:number>/link")
@access.opened_to(ONLY)
def new_link(number: int) -> str:
    """A new link to choose a password by, shown this once."""
    with _changing(number) as session:
        person = accounts.person(session, number)
        if person is None or person.elsewhere or not person.active:
            abort(404)
        code = accounts.link(session, number, running().clock())
    return _link(person.email, code)


class _Button(FlaskForm):
    """A button beside a person."""


@contextmanager
def _changing(number: int) -> Iterator[Session]:
    """A transaction that changes an account which is there, asked for by a form of ours."""
    if not _Button().validate_on_submit():
        flash(_OLD, "warning")
        abort(_back(number))
    with running().database.transaction() as session:
        if accounts.person(session, number) is None:
            abort(404)
        yield session


def _back(number: int) -> Response:
    return redirect(url_for(".edit", number=number), 303)


def _form(session: Session, form: PersonForm, person: accounts.Person | None) -> str:
    units, _ = links.places(session)
    return render_template(
        "users/person.html",
        form=form,
        person=person,
        roles=ROLES,
        see_all=access.SEE_ALL,
        units=units,
    )


def _link(email: str, code: str) -> str:
    path = url_for("account.choose", code=code)
    return render_template(
        "users/link.html",
        email=email,
        address=f"{running().settings.public_url}{path}",
        hours=int(accounts.LINK_LASTS.total_seconds() // 3600),
    )
