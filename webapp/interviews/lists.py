"""Whom to call: the list of a round, and companies added to it by hand or from a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from analysis import danish, outcomes
from surveys import calls, companies, extract, frame
from surveys.calls import Called, Outcome
from surveys.errors import (
    AnonymousWave,
    FrameOrLink,
    SecretChanged,
    UnusableRows,
    WaveClosed,
)
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import is_over
from surveys.turnout import State, States
from surveys.wording import LANGUAGE_NAMES
from webapp import access, carried, import_words, running
from webapp.fieldwork.people import OPEN_LINK
from webapp.fieldwork.words import found_wave, state
from webapp.interviews import words
from webapp.interviews.words import CALLERS, blueprint, me

FIELDS: Final = {
    "cvr": "CVR-nummer",
    "name": "Virksomhedens navn",
    "contact": "Kontaktperson",
    "phone": "Telefon",
    "email": "E-mail",
    "language": "Sprog",
    "best_time": "Bedste tid at ringe",
    "note": "Note",
}


class CompanyForm(FlaskForm):
    """One company to call. What its fields hold is decided by `companies.checked`."""

    cvr = StringField("CVR-nummer", [InputRequired("Skriv virksomhedens CVR-nummer.")])
    name = StringField("Virksomhedens navn", [InputRequired("Skriv virksomhedens navn.")])
    contact = StringField("Kontaktperson")
    phone = StringField("Telefon", [InputRequired("Skriv et telefonnummer.")])
    email = StringField("E-mail")
    language = SelectField(
        "Sprog",
        choices=[SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()],
    )
    best_time = StringField("Bedste tid at ringe")
    note = TextAreaField("Note")

    def company(self) -> companies.Company | None:
        """The company as it was typed in; None where its fields say what is wrong."""
        texts = {name: self[name].data or "" for name in FIELDS}
        found, wrong = companies.checked(texts)
        for name, code in wrong.items():
            self[name].errors = [*self[name].errors, words.wrong(code)][:1]
        return found


@blueprint.get("/staff/opringning")
@access.opened_to(CALLERS)
def overview() -> str:
    """The rounds with companies, newest first, and how far each has come."""
    here = running()
    now, secret = here.clock(), here.settings.secret_key
    lines = []
    with here.database.snapshot() as session:
        for wave in extract.waves(session):
            if wave.anonymity == "anonymous" or wave.instrument.audience != "company":
                continue
            listed = _listed_in(session, wave, secret, now)
            lines.append((wave, state(wave, now), _tally(listed), len(calls.to_call(listed, now))))
    return render_template(
        "interviews/overview.html",
        lines=lines,
        title=_title,
        may_begin=access.may_open("fieldwork.begin"),
    )


@blueprint.get("/staff/opringning/runde/<survey>/<path:label>")
@access.opened_to(CALLERS)
def companies_of(survey: str, label: str) -> str:
    """Whom to call now, whom later, and how it went with the others."""
    here = running()
    now = here.clock()
    wave = _wave(survey, label)
    with here.database.snapshot() as session:
        listed = _listed_in(session, wave, here.settings.secret_key, now)
    # Those that wait for the mixer too
    partial = sum(
        one.state is State.ANSWERED and one.attempts[-1].outcome is Outcome.PARTIAL
        for one in listed
        if one.attempts
    )
    states = States({one: sum(c.state is one for c in listed) for one in State})
    dispositions = outcomes.disposed(states, partial, spoken=calls.spoken(listed))
    is_open = not is_over(wave.closes_at, now)
    return render_template(
        "interviews/companies.html",
        wave=wave,
        title=_title(wave),
        is_open=is_open,
        now_calling=calls.to_call(listed, now),
        later=calls.appointments(listed, now),
        done=[one for one in listed if one.state not in calls.WAITING],
        tally=_tally(listed),
        is_taken=lambda one: one.is_taken(me(), now),
        due=lambda one: one.next_at is not None,
        rates=[one for one in outcomes.rates(dispositions) if one.name in {"RR2", "COOP2", "CON1"}],
        dispositions=dispositions,
        danish=danish,
        words=words,
    )


@blueprint.route("/staff/opringning/ny/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def add(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """Add one company by hand."""
    wave = _wave(survey, label)
    form = CompanyForm(language=SOURCE_LANGUAGE)
    if not form.is_submitted():
        return _company_page(form, wave)
    valid = form.validate()
    company = form.company()
    if not valid or company is None:
        return _company_page(form, wave), 422
    problem = _taken_in(wave, [company])
    if problem:
        return _company_page(form, wave, problem=problem), 422
    flash(f"{company.name} er på listen.")
    return redirect(url_for(".companies_of", survey=survey, label=label), 303)


@blueprint.route("/staff/opringning/ret/<member>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def change(member: str) -> str | tuple[str, int] | Answer:
    """Correct what is known of a company."""
    one = words.found(member)
    wave = words.wave_of(one.wave_id)
    span = one.best_time
    form = CompanyForm(
        data={
            "cvr": one.cvr,
            "name": one.name,
            "contact": one.contact,
            "phone": one.phone,
            "email": one.email,
            "language": one.language,
            "note": one.note,
            "best_time": words.best_time(span).removeprefix("kl. "),
        }
    )
    if not form.is_submitted():
        return _company_page(form, wave, one)
    form.cvr.data, form.cvr.validators = one.cvr, ()
    valid = form.validate()
    company = form.company()
    if not valid or company is None:
        return _company_page(form, wave, one), 422
    with running().database.transaction() as session:
        companies.change(session, member, company)
    flash("Det er gemt.")
    return redirect(url_for(".ring", member=member), 303)


@blueprint.route("/staff/opringning/fil/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def upload(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """Take a list of companies: the file, then what was read in it, then all of it or nothing."""
    wave = _wave(survey, label)
    key, trouble = carried.keep(wave.id)
    if trouble:
        return _file_page(wave, trouble), 422
    if key != request.values.get("fil", ""):
        return redirect(url_for(".upload", survey=survey, label=label, fil=key), 303)
    return _look_through(wave, key) if key else _file_page(wave)


def _look_through(wave: extract.Wave, key: str) -> str | tuple[str, int] | Answer:
    here = running()
    sent = carried.kept(wave.id, key, companies.FIELDS)
    if sent is None:
        return _file_page(wave, "Filen er væk. Vælg den igen."), 422

    def resting(found: Sequence[companies.Company]) -> Mapping[str, str]:
        with here.database.snapshot() as session:
            secret, now = here.settings.secret_key, here.clock()
            return companies.resting(session, wave.id, found, secret, now)

    with here.database.snapshot() as session:
        known = frame.references(session, wave.id)
    reading = companies.read(sent.table, sent.mapping, known, resting)
    problem = ""
    if request.method == "POST" and "sure" in request.form and not reading.problems:
        problem = _taken_in(wave, reading.companies)
        if not problem:
            with here.database.transaction() as session:
                frame.discard_upload(session, key)
            flash(f"{danish.number(len(reading.companies))} virksomheder er på listen.")
            return redirect(url_for(".companies_of", survey=wave.survey, label=wave.label), 303)
    return carried.page(
        "fieldwork/look.html",
        sent,
        reading.problems,
        FIELDS,
        problem,
        back=url_for(".upload", survey=wave.survey, label=wave.label),
        ready=f"{danish.number(len(reading.companies))} virksomheder",
    )


def _taken_in(
    wave: extract.Wave, found: list[companies.Company] | tuple[companies.Company, ...]
) -> str:
    """Take companies in; what keeps them out, if anything does."""
    here = running()
    try:
        with here.database.transaction() as session:
            companies.take(session, wave.id, found, here.settings.secret_key, here.clock())
    except AnonymousWave:
        return (
            "Runden lover, at svarene er anonyme. Så få virksomheder kan kendes på deres svar."
            " Opret en fortrolig runde."
        )
    except FrameOrLink:
        return OPEN_LINK
    except WaveClosed:
        return "Runden er lukket. Opret en ny runde."
    except UnusableRows as refusal:
        return import_words.in_danish(refusal.problems[0])
    except SecretChanged:
        return (
            "Listen kan ikke udvides, fordi SECRET_KEY er ændret. Bed en administrator om at sætte"
            " den gamle tilbage."
        )
    return ""


def _listed_in(session: Session, wave: extract.Wave, secret: str, now: datetime) -> list[Called]:
    try:
        return list(calls.listed(session, wave.id, secret, now))
    except SecretChanged:
        return []


def _tally(listed: list[Called]) -> str:
    """How far a list has come: 8 af 10 er interviewet."""
    answered = sum(one.state is State.ANSWERED for one in listed)
    return f"{danish.count_of(answered, len(listed))} er interviewet" if listed else "Ingen endnu"


def _title(wave: extract.Wave) -> str:
    return wave.instrument.title(SOURCE_LANGUAGE)


def _wave(survey: str, label: str) -> extract.Wave:
    wave = found_wave(survey, label)
    if wave.instrument.audience != "company":
        abort(404)
    return wave


def _company_page(
    form: CompanyForm, wave: extract.Wave, one: Called | None = None, problem: str = ""
) -> str:
    return render_template(
        "interviews/company.html", form=form, wave=wave, one=one, problem=problem, words=words
    )


def _file_page(wave: extract.Wave, problem: str = "") -> str:
    return render_template("interviews/file.html", wave=wave, problem=problem, FIELDS=FIELDS)
