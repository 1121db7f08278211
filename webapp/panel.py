"""The company panel: its register, whom it is asked of, and the link by which members leave."""

import secrets
from datetime import date
from typing import Final

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from analysis import danish, panel_change
from analysis.disclosure import MINIMUM_FOR_DETAIL
from surveys import companies, extract, keys, panel, spreadsheet, steps
from surveys.errors import (
    AnonymousWave,
    ConsentTooOld,
    FrameOrLink,
    KnownMember,
    NobodyToAsk,
    SecretChanged,
    UnknownCode,
    UnusableCell,
    WaveClosed,
)
from surveys.instrument import SOURCE_LANGUAGE
from surveys.panel import CONSENT, CONSENT_LASTS, CONSENTS, MOST, USUAL, Member
from surveys.schedule import COPENHAGEN, is_over
from surveys.wording import LANGUAGE_NAMES
from webapp import access, citizen, running, too_often
from webapp.access import Role
from webapp.citizen import offered, spoken
from webapp.delivery import messages
from webapp.interviews import words
from webapp.report_words import day

blueprint = Blueprint("panel", __name__)

KEEPERS: Final = frozenset({Role.KONSULENT, Role.TEAMLEDER, Role.LEDER, Role.ADMINISTRATOR})
"""Who keeps the register and asks the panel."""
READERS: Final = frozenset({Role.ANALYTIKER, Role.LEDER})
"""Who sees what has changed among those who answered twice."""

COOKIE: Final = "panel"
BY_ITSELF: Final = "Dem med e-mail får en besked af sig selv. Ring til de andre fra Opringning."
BY_HAND: Final = "Ring til dem fra Opringning, eller hent deres link under Runder."
FIELDS: Final = ("cvr", "name", "contact", "phone", "email", "language")


class MemberForm(FlaskForm):
    """A company that joins. What most fields hold is decided by `companies.checked`."""

    cvr = StringField("CVR-nummer", [InputRequired("Skriv virksomhedens CVR-nummer.")])
    name = StringField("Virksomhedens navn", [InputRequired("Skriv virksomhedens navn.")])
    contact = StringField("Kontaktperson")
    role = StringField("Kontaktpersonens rolle", [Length(max=60, message="Højst 60 tegn.")])
    phone = StringField("Telefon")
    email = StringField("E-mail")
    language = SelectField(
        "Sprog",
        choices=[SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()],
    )
    most_a_year = IntegerField(
        "Højst så mange gange om året",
        [
            InputRequired("Skriv et tal."),
            NumberRange(1, MOST, message=f"Skriv et tal fra 1 til {MOST}."),
        ],
    )
    consented_on = StringField("Dagen for samtykket", [InputRequired("Skriv datoen.")])
    consented = BooleanField(
        "Kontaktpersonen har hørt teksten og sagt ja",
        [InputRequired("Uden et ja kan virksomheden ikke komme med.")],
    )

    def company(self) -> companies.Company | None:
        """The company as it was typed in; None where its fields say what is wrong."""
        texts = {name: self[name].data or "" for name in FIELDS}
        found, wrong = companies.checked(texts, by_phone=False)
        for name, code in wrong.items():
            either = "Skriv et telefonnummer eller en e-mail."
            said = either if code == "missing_phone" else words.wrong(code)
            self[name].errors = [*self[name].errors, said][:1]
        return found

    def consent_day(self) -> date | None:
        """The day of the consent; None where the field says what is wrong."""
        try:
            found = spreadsheet.as_day(self.consented_on.data or "")
        except UnusableCell:
            found = None
        if found is None and not self.consented_on.errors:
            self.consented_on.errors = ["Skriv datoen som 24-12-2026."]
        return found


@blueprint.get("/staff/panel")
@access.opened_to(KEEPERS)
def overview() -> str:
    """Everybody in the panel, and what it can be asked."""
    return _overview()


@blueprint.post("/staff/panel")
@access.opened_to(KEEPERS)
def send() -> tuple[str, int] | Answer:
    """Ask all of the panel, or a random sample of it."""
    if not FlaskForm().validate():
        return _overview("Siden har været åben længe. Prøv igen."), 422
    here = running()
    wave = next((w for w in _open_waves() if str(w.id) == request.form.get("wave")), None)
    if wave is None:
        return _overview("Vælg en runde, der er åben."), 422
    wanted = None
    if request.form.get("who") == "sample":
        typed = request.form.get("wanted", "").strip()
        if not typed.isdecimal() or not 0 < int(typed) < 100_000:
            return _overview("Skriv, hvor mange der skal trækkes."), 422
        wanted = int(typed)
    try:
        with here.database.transaction() as session:
            draw = panel.send(
                session,
                wave.id,
                here.settings.secret_key,
                wanted=wanted,
                seed=secrets.randbelow(2**31),
                by=str(current_user.id),
                now=here.clock(),
            )
    except NobodyToAsk:
        problem = (
            "Ingen kan spørges nu. Alle er med i runden i forvejen, er spurgt for ikke længe siden"
            " eller er spurgt så mange gange i år, som de har sagt ja til."
        )
    except AnonymousWave:
        problem = "Runden er anonym. Panelet kan kun spørges i runder, der er fortrolige."
    except FrameOrLink:
        problem = "Runden har et åbent link, som alle kan svare på. Opret en ny runde til panelet."
    except WaveClosed:
        problem = "Runden er lukket. Opret en ny runde."
    except SecretChanged:
        problem = "Panelet kan ikke spørges, fordi SECRET_KEY er ændret."
    else:
        with here.database.snapshot() as session:
            automatic = steps.sending(session, wave.survey).automatic
        flash(
            f"{danish.count_of(draw.taken, draw.eligible)}, der kunne spørges, er med i"
            f" {wave.label}. {BY_ITSELF if automatic else BY_HAND}"
        )
        return redirect(url_for(".overview"), 303)
    return _overview(problem), 422


@blueprint.route("/staff/panel/ny", methods=["GET", "POST"])
@access.opened_to(KEEPERS)
def add() -> str | tuple[str, int] | Answer:
    """Take a company into the panel, with its consent."""
    today = _today()
    form = MemberForm(language=SOURCE_LANGUAGE, most_a_year=USUAL, consented_on=f"{today:%d-%m-%Y}")
    page = {"consent": CONSENTS[CONSENT], "version": CONSENT}
    if not form.is_submitted():
        return render_template("panel/member_form.html", form=form, **page)
    valid = form.validate()
    company, consented_on = form.company(), form.consent_day()
    if valid and company is not None and consented_on is not None:
        try:
            with running().database.transaction() as session:
                panel.join(
                    session,
                    company,
                    role=(form.role.data or "").strip() or None,
                    most_a_year=form.most_a_year.data,
                    consented_on=consented_on,
                    today=today,
                )
        except KnownMember:
            form.cvr.errors = ["Virksomheden er i panelet i forvejen."]
        except ConsentTooOld:
            form.consented_on.errors = [
                f"Samtykket skal være givet inden for de sidste {CONSENT_LASTS.days} dage."
                " Spørg virksomheden igen."
            ]
        else:
            flash(f"{company.name} er med i panelet.")
            return redirect(url_for(".overview"), 303)
    return render_template("panel/member_form.html", form=form, **page), 422


@blueprint.route("/staff/panel/medlem/<member>", methods=["GET", "POST"])
@access.opened_to(KEEPERS)
def member(member: str) -> str | Answer:
    """One member: its consent, what it was asked, and the link by which it leaves."""
    here = running()
    secret = here.settings.secret_key
    with here.database.snapshot() as session:
        one = next((m for m in panel.members(session, secret) if m.id == member), None)
    if one is None:
        abort(404)
    if request.method == "POST" and FlaskForm().validate():
        with here.database.transaction() as session:
            panel.leave(session, member, secret)
        flash("Virksomheden er slettet fra panelet og fra listerne.")
        return redirect(url_for(".overview"), 303)
    return render_template(
        "panel/member.html",
        one=one,
        lately=one.asked_lately(_today()),
        consent=CONSENTS[one.consent_version],
        link=messages.leaving(here.settings, keys.leaving(secret, one.id)),
        form=FlaskForm(),
        day=day,
        words=words,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
    )


@blueprint.get("/staff/panel/udvikling")
@access.opened_to(READERS)
def change() -> str:
    """What has changed among those who answered in two rounds."""
    here = running()
    with here.database.snapshot() as session:
        asked = {draw.wave_id for draw in panel.draws(session)}
        waves = [wave for wave in extract.waves(session) if wave.id in asked]
        chosen = [
            next((w for w in waves if str(w.id) == request.args.get(name)), None)
            for name in ("foer", "efter")
        ]
        before, after = chosen
        found = None
        if before is not None and after is not None and before.survey == after.survey:
            found = panel_change.changes(session, before, after, here.settings.secret_key)
    return render_template(
        "panel/change.html",
        waves=waves,
        before=before,
        after=after,
        found=found,
        minimum=MINIMUM_FOR_DETAIL,
        danish=danish,
        text=lambda item: after.instrument[item].text(SOURCE_LANGUAGE) if after else "",
    )


@blueprint.route("/panel/<token>", methods=["GET", "POST"])
def arrive(token: str) -> Answer:
    """Take the token out of the address.

    A POST is a mail program's own button (RFC 8058): nobody is asked, and there is no page.
    """
    if request.method == "POST":
        _leave(token)
        return Response("", mimetype="text/plain")
    response = redirect("/panel", 303)
    response.set_cookie(
        COOKIE,
        token,
        path="/panel",
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


@blueprint.route("/panel", methods=["GET", "POST"])
def leave() -> Answer:
    """One press, and the member is deleted. Whoever has left already sees the same."""
    here = running()
    token = request.cookies.get(COOKIE, "")
    member_id = _leave(token) if request.method == "POST" else _member_of(token)
    with here.database.snapshot() as session:
        found = panel.members(session, here.settings.secret_key)
    one = next((member for member in found if member.id == member_id), None)
    wanted = request.values.get("lang") or (one.company.language if one else None)
    page = citizen.render("panel/leave.html", spoken(wanted, offered()), is_member=one is not None)
    return Response(page, mimetype="text/html")


def _member_of(token: str) -> str:
    """Who leaves by a link, or has left. Raises UnknownCode."""
    too_often.require_patience()
    if not panel.is_genuine(running().settings.secret_key, token):
        raise UnknownCode
    return token.partition(".")[0]


def _leave(token: str) -> str:
    here = running()
    member_id = _member_of(token)
    with here.database.transaction() as session:
        panel.leave(session, member_id, here.settings.secret_key)
    return member_id


def _overview(problem: str = "") -> str:
    here = running()
    today = _today()
    with here.database.snapshot() as session:
        members = panel.members(session, here.settings.secret_key)
        draws = panel.draws(session)
        labels = {wave.id: wave.label for wave in extract.waves(session)}
    return render_template(
        "panel/overview.html",
        members=members,
        asked_lately=lambda one: one.asked_lately(today),
        able=sum(_may(one, today) for one in members),
        draws=draws,
        labels=labels,
        waves=_open_waves(),
        problem=problem,
        typed=request.form,
        form=FlaskForm(),
        danish=danish,
        day=day,
        may_read=access.may_open("panel.change"),
    )


def _may(one: Member, today: date) -> bool:
    return one.may_be_asked(today)


def _open_waves() -> list[extract.Wave]:
    here = running()
    now = here.clock()
    with here.database.snapshot() as session:
        return [
            wave
            for wave in extract.waves(session)
            if wave.instrument.audience == "company"
            and wave.anonymity != "anonymous"
            and not is_over(wave.closes_at, now)
        ]


def _today() -> date:
    return running().clock().astimezone(COPENHAGEN).date()
