"""How the fieldwork of a round goes, and what can be done about it.

What may be said of an anonymous round while it is open is little: how many were invited and how
many have answered. The rest would tell who, to somebody who looks before and after.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from babel import Locale
from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as Answer

from analysis import danish, outcomes
from analysis.indicators import Base
from surveys import calls, extract, fieldwork, frame, invitations, steps, turnout
from surveys.errors import AnonymityFixed, SecretChanged, UnknownReference, WaveClosed
from surveys.instrument import SOURCE_LANGUAGE
from surveys.invitations import Outcome
from surveys.schedule import is_over
from surveys.steps import Step
from surveys.turnout import State
from webapp import access, charts, letters, running
from webapp.fieldwork.words import ANONYMITY, blueprint, found_wave, state
from webapp.report_words import day

STATES: Final = {
    State.ANSWERED: "Har svaret",
    State.OPENED: "Er begyndt, men har ikke sendt",
    State.UNOPENED: "Har ikke svaret endnu",
    State.EXPIRED: "Nåede ikke at svare",
    State.REFUSED: "Sagde nej tak",
    State.UNDELIVERABLE: "Kunne ikke leveres",
    State.WITHDRAWN: "Trukket tilbage",
}
OUTCOMES: Final = {
    Outcome.REFUSED: "Siger nej tak",
    Outcome.UNDELIVERABLE: "Kunne ikke leveres",
    Outcome.WITHDRAWN: "Skal ikke spørges alligevel",
}
BASES: Final = {
    Base.INVITED: "alle inviterede",
    Base.REACHABLE: "dem, vi kunne nå",
    Base.WILLING: "dem, vi kunne nå, og som ikke sagde nej tak",
}
VARIABLES: Final = {
    "unit": "Enhed", "team": "Team", "course": "Kursus", "channel": "Kanal", "language": "Sprog",
}  # fmt: skip
CHANNELS: Final = {
    "email": "E-mail", "sms": "Sms", "digital_post": "Digital Post", "letter": "Brev",
    "phone": "Telefon", "card": "Kort i hånden",
}  # fmt: skip


@blueprint.route("/staff/runder/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(access.READERS)
def wave(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """How the fieldwork of a round goes, and what can be done."""
    if request.method == "GET":
        return _wave_page(survey, label)
    if not access.may_open("fieldwork.people"):
        abort(403)
    if not FlaskForm().validate():
        return _wave_page(survey, label, "Siden har været åben længe. Prøv igen."), 422
    act = _ACTIONS.get(request.form.get("do", ""))
    if act is None:
        abort(400)
    found = found_wave(survey, label)
    try:
        return act(found)
    except WaveClosed:
        problem = "Runden er lukket. Derfor kan den ikke ændres."
    except SecretChanged:
        problem = (
            "Linkene kan ikke laves igen, fordi SECRET_KEY er ændret. Bed en administrator om at"
            " sætte den gamle tilbage."
        )
    except AnonymityFixed:
        problem = "Der er sendt invitationer. Derfor kan løftet ikke ændres."
    except UnknownReference:
        problem = "Ingen i runden er inviteret med det nummer."
    return _wave_page(survey, label, problem), 422


def _wave_page(survey: str, label: str, problem: str = "") -> str:
    here = running()
    now = here.clock()
    found = found_wave(survey, label)
    base = _base(request.args.get("grundlag"))
    with here.database.snapshot() as session:
        states = turnout.states(session, found.id, now)
        marks = turnout.marks(session, found.id)
        members = frame.sizes(session, found.id)
        begun = turnout.begun(session, found.id)
        automatic = steps.sending(session, found.survey).automatic
        partial = extract.partial(session, found.id)
        by_week = extract.by_week(session, found.id)
        by_day = turnout.days(session, found.id)
        try:
            sample = turnout.sample(session, found.id, here.settings.secret_key, now)
            spoken = calls.spoken(calls.listed(session, found.id, here.settings.secret_key, now))
        except SecretChanged:
            sample, spoken = [], 0
    closed = is_over(found.closes_at, now)
    told = closed or found.anonymity != "anonymous"
    dispositions = outcomes.disposed(states, partial, spoken)
    return render_template(
        "fieldwork/wave.html",
        wave=found,
        title=found.instrument.title(SOURCE_LANGUAGE),
        state=state(found, now),
        problem=problem,
        closed=closed,
        told=told,
        states=states,
        marks=marks,
        automatic=automatic,
        begun=begun,
        members=sum(members.values()),
        teams=sorted(name for name in members if name),
        base=base if told else Base.INVITED,
        rate=outcomes.response_rate(states, base if told else Base.INVITED),
        rates=outcomes.rates(dispositions),
        dispositions=dispositions,
        breakdowns=outcomes.who_answered(sample),
        by_week=_running(by_week),
        by_day=by_day,
        curve=_curve(
            [(day(when), n) for when, n in by_day]
            or [(name, total) for name, _, total in _running(by_week)],
            found.invited,
        ),
        danish=danish,
        day=day,
        may_change=access.may_open("fieldwork.people"),
        may_read=access.may_open("results.wave"),
        ANONYMITY=ANONYMITY,
        STATES=STATES,
        OUTCOMES=OUTCOMES,
        BASES=BASES,
        VARIABLES=VARIABLES,
        CHANNELS=CHANNELS,
        language=_language,
        SMALLEST_GROUP=outcomes.SMALLEST_GROUP,
    )


def _language(code: str) -> str:
    """What a language is called in Danish."""
    return (Locale(code).get_display_name("da") or code).capitalize()


def _running(by_week: Mapping[str, int]) -> Sequence[tuple[str, int, int]]:
    """Each week with its answers, and with all until its end."""
    total = 0
    lines = []
    for week, n in sorted(by_week.items()):
        total += n
        lines.append((f"Uge {int(week[-2:])}, {week[:4]}", n, total))
    return lines


def _curve(totals: Sequence[tuple[str, int]], invited: int | None) -> charts.Trend | None:
    """Answers in all at the end of each day or week; nothing for a single one. The line is all
    who were invited."""
    if len(totals) < 2:
        return None
    figures = [(when, f"{danish.number(n)} svar", float(n), None, None) for when, n in totals]
    return charts.trend(figures, float(invited) if invited else None)


def _base(wanted: str | None) -> Base:
    try:
        return Base(wanted or "")
    except ValueError:
        return Base.INVITED


def _here(found: extract.Wave) -> Answer:
    return redirect(url_for(".wave", survey=found.survey, label=found.label), 303)


def _invite(found: extract.Wave) -> Answer:
    here = running()
    teams = set(request.form.getlist("team")) or None
    with here.database.transaction() as session:
        made = invitations.invite(
            session, found.id, here.settings.secret_key, here.clock(), teams=teams
        )
        by_file = letters.by_file(session, found.survey, made, here.settings)
        letters.hand_over(session, found.id, by_file, Step.INVITATION, here.clock())
    if not made:
        flash("Der er ikke flere at invitere nu. Hent filen igen nedenfor, hvis I mangler den.")
        return _here(found)
    if not by_file:
        flash(f"{danish.number(len(made))} er inviteret. Beskederne bliver sendt af sig selv.")
        return redirect(url_for(".sending", survey=found.survey, label=found.label), 303)
    return _file(found, by_file, "invitationer")


def _letters(found: extract.Wave) -> Answer:
    here = running()
    with here.database.transaction() as session:
        made = _everybody(session, found)
        letters.hand_over(session, found.id, made, Step.INVITATION, here.clock())
    return _file(found, made, "invitationer")


def _remind(found: extract.Wave) -> Answer:
    here = running()
    with here.database.transaction() as session:
        reminded = invitations.to_remind_by_hand(
            session, found.id, here.settings.secret_key, here.clock()
        )
        made = letters.by_file(session, found.survey, reminded, here.settings)
        step = steps.next_by_hand(session, found.id)
        if step is not None:
            # All of them, so that nobody can tell who was left out
            everybody = _everybody(session, found)
            letters.hand_over(session, found.id, everybody, step, here.clock())
    return _file(found, made, "påmindelser")


def _everybody(session: Session, found: extract.Wave) -> Sequence[invitations.Letter]:
    """The letters of all who are invited and get theirs by a file."""
    here = running()
    made = invitations.letters(session, found.id, here.settings.secret_key)
    return letters.by_file(session, found.survey, made, here.settings)


def _file(found: extract.Wave, made: Sequence[invitations.Letter], what: str) -> Answer:
    content = letters.as_csv(made, running().settings, found.closes_at)
    response = Response(content, mimetype="text/csv")
    name = secure_filename(f"{what}-{found.survey}-{found.label}.csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _note(found: extract.Wave) -> Answer:
    here = running()
    reference = request.form.get("reference", "").strip()
    try:
        outcome = Outcome(request.form.get("outcome", ""))
    except ValueError:
        abort(400)
    with here.database.transaction() as session:
        invitations.record(
            session, found.id, here.settings.secret_key, {reference: outcome}, here.clock()
        )
    flash("Det er noteret.")
    return _here(found)


def _promise(found: extract.Wave) -> Answer:
    anonymity = request.form.get("anonymity", "")
    if anonymity not in ANONYMITY:
        abort(400)
    with running().database.transaction() as session:
        fieldwork.promise(session, found.id, anonymity)
    flash("Det er gemt.")
    return _here(found)


def _close(found: extract.Wave) -> Answer:
    here = running()
    with here.database.transaction() as session:
        fieldwork.close_wave(session, found.survey, here.clock(), found.label)
    flash("Runden er lukket.")
    return _here(found)


_ACTIONS: Final[Mapping[str, Callable[[extract.Wave], Answer]]] = {
    "invite": _invite,
    "letters": _letters,
    "remind": _remind,
    "note": _note,
    "promise": _promise,
    "close": _close,
}
