"""A person's own account: the password, the code from a telephone, and where they are signed in."""

from datetime import datetime
from typing import Final

from babel.dates import format_datetime
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, ValidationError

from surveys.schedule import COPENHAGEN
from webapp import access, accounts, audit, passwords, running, second_factor, sessions
from webapp.passwords import Fault

blueprint = Blueprint("account", __name__, url_prefix="/staff")

FAULTS: Final = {
    Fault.SHORT: f"Adgangskoden skal være på mindst {passwords.SHORTEST} tegn.",
    Fault.LONG: f"Adgangskoden må højst være på {passwords.LONGEST} tegn.",
    Fault.EASY: "Den adgangskode er let at gætte. Tag fire ord, som ikke hører sammen.",
}
_OLD: Final = "Siden har været åben længe. Prøv igen."
_WRONG_CODE: Final = "Koden passer ikke. Vent på den næste, og skriv den."

Page = str | Response | tuple[str, int]


class Button(FlaskForm):
    """A form that is only a button."""


class _Known(FlaskForm):
    old = PasswordField("Den adgangskode, du har nu", [InputRequired("Skriv din adgangskode.")])


class ChosenPassword(FlaskForm):
    """A new password, typed twice."""

    new = PasswordField("Ny adgangskode", [InputRequired("Skriv en ny adgangskode.")])
    again = PasswordField("Skriv den igen", [InputRequired("Skriv den nye adgangskode igen.")])
    email = ""

    def validate_new(self, field: PasswordField) -> None:
        """Long, and not what anybody would guess."""
        fault = passwords.fault(field.data, self.email, running().settings.municipality)
        if fault is not None:
            raise ValidationError(FAULTS[fault])

    def validate_again(self, field: PasswordField) -> None:
        """The same as before."""
        if passwords.normalised(field.data) != passwords.normalised(self.new.data or ""):
            raise ValidationError("De to adgangskoder er ikke ens.")


class ChangedPassword(_Known, ChosenPassword):
    """A new password, by somebody who knows the old one."""


class CodeForm(FlaskForm):
    """A code from a telephone, or one from the paper."""

    code = StringField("Kode", [InputRequired("Skriv koden.")])


@blueprint.get("/konto")
@access.opened_to(access.EVERYBODY)
def overview() -> str:
    """What a person can do with their own account."""
    here = running()
    with here.database.snapshot() as snapshot:
        me = accounts.person(snapshot, current_user.id)
    return render_template(
        "account/overview.html",
        me=me,
        sees_all=access.units() is None,
        places=sessions.places(here.database, current_user.id),
        needed=access.needs_code(current_user),
        moment=_moment,
    )


@blueprint.route("/konto/adgangskode", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def change_password() -> Page:
    """Another password. It signs out every other browser."""
    if current_user.subject:
        abort(404)
    form = ChangedPassword()
    form.email = current_user.email
    if request.method == "POST" and not access.may_guess(f"password {current_user.id}"):
        return access.too_many()
    if form.validate_on_submit():
        if passwords.is_right(form.old.data, current_user.password):
            with running().database.transaction() as transaction:
                accounts.set_password(transaction, current_user.id, form.new.data, but_this=True)
            access.guessed(f"password {current_user.id}")
            flash("Du har fået en ny adgangskode. Alle andre steder er du logget ud.")
            return redirect(url_for(".overview"), 303)
        form.old.errors = ["Det er ikke den adgangskode, du har nu."]
    page = render_template("account/password.html", form=form, email=current_user.email)
    return (page, 422) if form.errors else page


@blueprint.route("/adgangskode/<code>", methods=["GET", "POST"])
def choose(code: str) -> Page:
    """The first password, or another for one that is forgotten, by a link that is good once."""
    here = running()
    form = ChosenPassword()
    with here.database.transaction() as transaction:
        user = accounts.linked(transaction, code, here.clock())
        if user is None:
            return render_template("account/link_over.html"), 410
        form.email = user.email
        chosen = form.validate_on_submit()
        if chosen:
            accounts.set_password(transaction, user.id, form.new.data)
    if chosen:
        flash("Din adgangskode er gemt. Nu kan du logge ind.")
        return redirect(url_for("security.login"), 303)
    page = render_template("account/password.html", form=form, email=user.email, linked=True)
    return (page, 422) if form.errors else page


@blueprint.post("/konto/log-ud/<key>")
@access.opened_to(access.EVERYBODY)
def end_place(key: str) -> Response:
    """Sign out somewhere else."""
    if Button().validate_on_submit():
        with running().database.transaction() as transaction:
            sessions.end_place(transaction, current_user.id, key)
        flash("Du er logget ud dér.")
    else:
        flash(_OLD, "warning")
    return redirect(url_for(".overview"), 303)


@blueprint.route("/konto/kode", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def prove() -> Page:
    """The code, after the password."""
    form = CodeForm()
    wanted = request.args.get("next", "")
    onwards = wanted if sessions.is_staff_path(wanted) else url_for("staff.start")
    if access.next_step() != "account.prove":
        return redirect(onwards, 303)
    if form.validate_on_submit():
        if not access.may_guess(f"code {current_user.id}"):
            return access.too_many()
        if _is_right(form.code.data):
            access.guessed(f"code {current_user.id}")
            access.proved()
            return redirect(onwards, 303)
        audit.note(audit.Kind.WRONG_CODE, current_user.id)
        form.code.errors = [_WRONG_CODE]
    page = render_template("account/prove.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.route("/konto/telefon", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def set_up() -> Page:
    """A telephone that shows codes, and the codes on paper."""
    if current_user.subject or current_user.totp:
        return redirect(url_for(".overview"), 303)
    form = CodeForm()
    sealed = session.setdefault("totp", second_factor.new_secret())
    if form.validate_on_submit():
        if not access.may_guess(f"code {current_user.id}"):
            return access.too_many()
        if second_factor.is_good(current_user, form.code.data, sealed):
            access.guessed(f"code {current_user.id}")
            codes = second_factor.switch_on(current_user.id, sealed)
            with running().database.transaction() as transaction:
                sessions.end_all(transaction, current_user.id, but_this=True)
            del session["totp"]
            access.proved()
            return render_template("account/recovery.html", codes=codes)
        form.code.errors = [_WRONG_CODE]
    picture, key = second_factor.picture(sealed, current_user.email)
    page = render_template("account/set_up.html", form=form, picture=picture, key=key)
    return (page, 422) if form.errors else page


@blueprint.route("/konto/uden-kode", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def switch_off() -> Page:
    """No code any more, by somebody who still has the telephone."""
    if not current_user.totp or access.needs_code(current_user):
        return redirect(url_for(".overview"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        if not access.may_guess(f"code {current_user.id}"):
            return access.too_many()
        if _is_right(form.code.data):
            access.guessed(f"code {current_user.id}")
            with running().database.transaction() as transaction:
                accounts.forget_second_factor(transaction, current_user.id, but_this=True)
            flash("Du skal ikke længere bruge en kode fra telefonen.")
            return redirect(url_for(".overview"), 303)
        form.code.errors = [_WRONG_CODE]
    page = render_template("account/switch_off.html", form=form)
    return (page, 422) if form.errors else page


def _moment(moment: datetime) -> str:
    return format_datetime(moment, "d. MMM 'kl.' HH.mm", tzinfo=COPENHAGEN, locale="da")


def _is_right(code: str) -> bool:
    return second_factor.is_good(current_user, code) or second_factor.is_good_on_paper(
        current_user, code
    )
