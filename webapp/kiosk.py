"""A screen in the reception: unlocked by staff for one code, and new for each person.

The way through the questions is that of the web pages; what is different is where it begins and
ends, how it is counted, and that nothing stays on the screen.
"""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField
from wtforms.validators import InputRequired

from surveys import keys, links, sitting
from surveys.errors import UnknownCode
from surveys.fieldwork import Admission
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, citizen, device, one_page, paged, running, sessions, thanks
from webapp.citizen import offered, spoken
from webapp.device import Device
from webapp.published import published
from webapp.remembered import Remembered

blueprint = Blueprint("kiosk", __name__)


@blueprint.get("/k/<code>")
def start(code: str) -> Answer:
    """The choice of a language, for the next person. Whatever the last one left is gone."""
    here = _unlocked(code)
    if here is None:
        return _locked(code)
    admission = _admission(here)
    ballot = Remembered.read().ballot
    if ballot is not None:
        _forget(ballot)
    page = citizen.render(
        "respond/kiosk.html",
        SOURCE_LANGUAGE,
        languages=offered(admission.instrument),
        instrument=admission.instrument,
    )
    response = Response(page, mimetype="text/html")
    Remembered().write(response)
    return response


@blueprint.route("/k/<code>/svar", methods=["GET", "POST"])
def answering(code: str) -> Answer:
    """The first page, or the form."""
    here = _unlocked(code)
    if here is None:
        return _locked(code)
    admission = _admission(here)
    if request.method == "POST":
        if admission.instrument.has_rules:
            return paged.begin(admission, screen=here)
        return one_page.take(admission, screen=here)
    language = spoken(request.args.get("lang"), offered(admission.instrument))
    if admission.instrument.has_rules:
        response = paged.welcome(admission, language, None)
    else:
        response = one_page.show(admission, language, keys.new_ballot())
    _begun(here).write(response)
    return response


@blueprint.get("/k/<code>/tak")
def thank_you(code: str) -> Answer:
    """What happens now, and the receipt, for the time it takes to read them."""
    here = _unlocked(code)
    if here is None:
        return _locked(code)
    if Remembered.read().thanks_at(running().clock()) is None:
        return redirect(here.home, 303)
    return thanks.show()


@blueprint.route("/k/<code>/personale", methods=["GET", "POST"])
def staff(code: str) -> Answer:
    """Locking the screen. Nobody has to sign in for it: it takes nothing away but the screen."""
    if _unlocked(code) is None:
        return _locked(code)
    if request.method == "POST":
        response = Response(status=303, headers={"Location": url_for(".start", code=code)})
        device.lock(response)
        return response
    page = citizen.render("respond/kiosk_staff.html", SOURCE_LANGUAGE, languages=())
    return Response(page, mimetype="text/html")


class Unlocking(FlaskForm):
    """Which code a screen is unlocked for."""

    code = SelectField("Kode", validators=[InputRequired("Vælg en kode.")])


@blueprint.route("/staff/skaerm", methods=["GET", "POST"])
@access.opened_to(access.EVERYBODY)
def unlock() -> Answer | tuple[str, int]:
    """Make the screen that somebody signed in on a kiosk, and sign them out there."""
    now = running().clock()
    with running().database.snapshot() as reading:
        found = [
            link for link in links.links(reading, now) if link.open and access.may_use(link.unit)
        ]
    form = Unlocking(code=request.args.get("kode"))
    form.code.choices = [
        (
            link.code,
            " · ".join(
                filter(None, (keys.spelled(link.code), link.instrument.title("da"), link.unit))
            ),
        )
        for link in found
    ]
    if request.method == "POST" and form.validate():
        opened = Device.unlocked(form.code.data, now)
        # Whoever comes to the screen next must not find a member of staff signed in
        sessions.end()
        response = redirect(opened.home, 303)
        opened.write(response)
        Remembered().write(response)
        return response
    page = render_template(
        "staff/screen.html", form=form, hours=device.UNLOCKED_FOR.seconds // 3600
    )
    return page, 422 if form.errors else 200


def _unlocked(code: str) -> Device | None:
    here = device.here()
    return here if here is not None and here.code == keys.heard(code) else None


def _admission(here: Device) -> Admission:
    return published().admission(here.code, running().clock())


def _begun(here: Device) -> Device:
    return Device(here.code, here.until, int(running().clock().timestamp()), here.pace)


def _locked(code: str) -> Response:
    if keys.heard(code) is None:
        raise UnknownCode
    language = spoken(request.args.get("lang"), offered())
    page = citizen.render("respond/kiosk_locked.html", language, code=keys.heard(code))
    return Response(page, 403, mimetype="text/html")


def _forget(ballot: str) -> None:
    with running().database.transaction() as session:
        left = sitting.resume(session, keys.draft_key(ballot))
        if left is not None:
            left.discard()
