"""The call: the same instrument read aloud, kept while it is noted, and how each attempt ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer

from analysis import frames
from analysis.corpus import Theme
from surveys import (
    calls,
    extract,
    phone_interview,
    spreadsheet,
    telling,
)
from surveys.calls import NOTED, Called, Jotted, Outcome
from surveys.errors import AlreadyAnswered, DraftOvertaken, NotAdmitted, UnusableCell
from surveys.instrument import SOURCE_LANGUAGE, Instrument, Item, Missing, Text
from surveys.interview import Draft, Interview, Prompt
from surveys.schedule import COPENHAGEN, is_over
from surveys.turnout import State
from webapp import access, forms, paper, running
from webapp.interviews import words
from webapp.interviews.words import CALLERS, blueprint, me

CONFIDED: Final = {
    "confidential": "Det, du siger, er fortroligt. Kun få medarbejdere læser det.",
    "identified": "Det, du siger, bliver gemt med virksomhedens navn.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is read aloud and noted: its prompt, and own words beside a summary."""

    number: int
    prompt: Prompt
    companions: Mapping[str, Prompt]
    rule: str | None
    own: str
    summary: str
    longest: int
    marked: frozenset[str]
    problem: str


@blueprint.route("/staff/opringning/ring/<member>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def ring(member: str) -> str | tuple[str, int] | Answer:
    """One company: how to reach it, what was tried, and how this attempt ended."""
    one = words.found(member)
    if request.method == "GET":
        return _ring_page(one)
    if not FlaskForm().validate():
        return _ring_page(one, {"outcome": "Siden har været åben længe. Prøv igen."}), 422
    here = running()
    now = here.clock()
    if one.is_taken(me(), now):
        return _ring_page(one, {"outcome": "En kollega ringer til virksomheden lige nu."}), 409
    problems: dict[str, str] = {}
    outcome = next((o for o in NOTED if o.value == request.form.get("outcome")), None)
    if outcome is None:
        problems["outcome"] = "Vælg, hvordan det gik."
    next_at = None
    if outcome in {Outcome.CALL_AGAIN, Outcome.NO_ANSWER}:
        next_at = _next_at(now, problems, needed=outcome is Outcome.CALL_AGAIN)
    if problems or outcome is None:
        return _ring_page(one, problems), 422
    wave = words.wave_of(one.wave_id)
    if is_over(wave.closes_at, now):
        return _ring_page(one, {"outcome": "Runden er lukket. Derfor kan den ikke ændres."}), 422
    with here.database.transaction() as session:
        calls.note(
            session, one, here.settings.secret_key, outcome, by=me(), now=now, next_at=next_at
        )
    flash(f"{one.name}: {words.OUTCOMES[outcome]}. Det er noteret.")
    return redirect(url_for(".companies_of", survey=wave.survey, label=wave.label), 303)


@blueprint.route("/staff/opringning/samtale/<member>", methods=["GET", "POST"])
@access.opened_to(CALLERS)
def talk(member: str) -> str | tuple[str, int] | Answer:
    """The interview. Every save is kept, by script as it is typed and by the buttons."""
    here = running()
    one = words.found(member)
    now, secret = here.clock(), here.settings.secret_key
    try:
        with here.database.snapshot() as session:
            kept = phone_interview.interview(session, one, secret, now)
    except AlreadyAnswered:
        return redirect(url_for(".ended", member=member), 303)
    except NotAdmitted:
        if request.method == "POST" and request.form.get("do") != "autosave":
            return _too_late(one), 422
        flash("Virksomheden kan ikke interviewes nu. Se, hvad der er noteret.", "warning")
        return redirect(url_for(".ring", member=member), 303)
    with here.database.transaction() as session:
        if not calls.claim(session, member, me(), now):
            return _ring_page(one, {"outcome": "En kollega ringer til virksomheden lige nu."}), 409
    if request.method == "GET":
        return _talk_page(one, kept, one.jotted, one.version)
    return _noted(one, kept)


def _too_late(one: Called) -> str:
    """What was typed in a round that closed meanwhile: it cannot be kept, and is shown."""
    instrument = words.wave_of(one.wave_id).instrument
    jotted = Jotted(_marked(instrument), "consented" in request.form, me())
    return _talk_page(
        one,
        Interview(instrument, Draft(one.language)),
        jotted,
        one.version,
        raws=_raws(instrument),
        general="Runden er lukket, så svarene kan ikke gemmes. Skriv dem af, før du går.",
    )


def _noted(one: Called, kept: Interview) -> str | tuple[str, int] | Answer:
    """Keep what was noted, and do what the button says."""
    here = running()
    by_script = request.form.get("do") == "autosave"
    raws = _raws(kept.instrument)
    jotted = Jotted(_marked(kept.instrument), "consented" in request.form, me())
    version = request.form.get("version", "")
    if not FlaskForm().validate() or not version.isdecimal():
        if by_script:
            return Response(status=403)
        problem = "Siden har været åben længe. Gem igen."
        return _talk_page(one, kept, jotted, one.version, raws=raws, general=problem), 422
    finishing = request.form.get("do") in {"finish", "partial"}
    early = request.form.get("do") == "partial"
    if finishing and not jotted.consented:
        problem = "Sæt kryds ved, at virksomheden har sagt ja."
        return _talk_page(one, kept, jotted, int(version), raws=raws, consent=problem), 422
    receipt = None
    arguments = (one, here.settings.secret_key, raws, jotted)
    try:
        with here.database.transaction() as session:
            if finishing:
                saved, receipt = phone_interview.finish(
                    session, *arguments, version=int(version), now=here.clock(), early=early
                )
            else:
                saved = phone_interview.save(
                    session, *arguments, version=int(version), now=here.clock()
                )
    except DraftOvertaken:
        if by_script:
            return Response(status=409)
        newest = words.found(one.id)
        if newest.state is State.ANSWERED:
            # The second of two taps
            return redirect(url_for(".ended", member=one.id), 303)
        problem = (
            "Samtalen er gemt fra en anden skærm imens. Her står det, du har skrevet. Gem igen for"
            " at beholde det, eller hent det andet."
        )
        page = _talk_page(newest, kept, jotted, newest.version, raws=raws, general=problem)
        return page, 409
    say = forms.messages(kept.instrument, SOURCE_LANGUAGE)
    # What is not asked yet is no slip until the interview is to be sent
    problems = {
        item: say(prompt)
        for item, prompt in saved.refused.items()
        if finishing or (prompt.problem and prompt.problem.code != "required")
    }
    if by_script:
        local = here.clock().astimezone(COPENHAGEN)
        return jsonify(version=saved.version, at=f"{local:%H.%M}", problems=problems)
    if receipt:
        return redirect(url_for(".ended", member=one.id), 303)
    if problems:
        return _talk_page(one, kept, jotted, saved.version, raws=raws, problems=problems), 422
    if request.form.get("do") == "later":
        return redirect(url_for(".ring", member=one.id), 303)
    flash("Det er gemt.")
    return redirect(url_for(".talk", member=one.id), 303)


def _raws(instrument: Instrument) -> Mapping[str, object]:
    """What was noted, by item; of an open question own words and summary in one."""
    found = forms.raws(instrument, request.form)
    for item in instrument:
        if _is_open(item):
            own = request.form.get(f"own.{item.id}", "")
            summary = request.form.get(f"summary.{item.id}", "")
            # "Ved ikke" is an answer, as long as nothing was said
            found[item.id] = telling.told(own, summary) or found[item.id]
    return found


def _marked(instrument: Instrument) -> Mapping[str, Sequence[str]]:
    marked = {item.id: request.form.getlist(f"theme.{item.id}") for item in instrument}
    known = {theme.code for theme in _themes(instrument)}
    return {
        item: [code for code in codes if code in known] for item, codes in marked.items() if codes
    }


def _themes(instrument: Instrument) -> Sequence[Theme]:
    with running().database.snapshot() as session:
        return frames.in_use(session, instrument.audience).themes


def _is_open(item: Item) -> bool:
    return isinstance(item.domain, Text) and item.companion_of is None


def _next_at(now: datetime, problems: dict[str, str], *, needed: bool) -> datetime | None:
    """When to call again, as it was typed; what is wrong with it goes into `problems`."""
    typed_day, typed_time = (request.form.get(name, "").strip() for name in ("day", "time"))
    if not (typed_day or typed_time or needed):
        return None
    try:
        day = spreadsheet.as_day(typed_day)
    except UnusableCell:
        day = None
    if day is None:
        problems["day"] = "Skriv datoen som 24-12-2026."
    hour, _, minute = typed_time.replace(":", ".").partition(".")
    try:
        clock = time(int(hour), int(minute or 0))
    except ValueError:
        problems["time"] = "Skriv klokkeslættet som 9.30."
        return None
    if day is None:
        return None
    moment = datetime.combine(day, clock, COPENHAGEN)
    if not now < moment < now + timedelta(days=366):
        problems["day"] = "Vælg et tidspunkt, der ikke er forbi."
    return moment


def _ring_page(one: Called, problems: Mapping[str, str] | None = None) -> str:
    now = running().clock()
    return render_template(
        "interviews/ring.html",
        one=one,
        wave=words.wave_of(one.wave_id),
        problems=problems or {},
        form=FlaskForm(),
        typed=request.form,
        is_taken=one.is_taken(me(), now),
        waits=one.state in calls.WAITING,
        sent=any(a.outcome in {Outcome.INTERVIEWED, Outcome.PARTIAL} for a in one.attempts),
        NOTED=NOTED,
        words=words,
        me=me(),
    )


def _talk_page(
    one: Called,
    kept: Interview,
    jotted: Jotted,
    version: int,
    *,
    raws: Mapping[str, object] | None = None,
    problems: Mapping[str, str] | None = None,
    general: str = "",
    consent: str = "",
) -> str:
    here = running()
    wave = words.wave_of(one.wave_id)
    with here.database.snapshot() as session:
        asked = len(calls.listed(session, wave.id, here.settings.secret_key, here.clock()))
    return render_template(
        "interviews/talk.html",
        one=one,
        wave=wave,
        form=FlaskForm(),
        version=version,
        consented=jotted.consented,
        questions=_questions(kept, jotted, raws, problems or {}),
        themes=_themes(kept.instrument),
        problems=problems or {},
        general=general,
        consent=consent,
        intro=_intro(kept.instrument, wave, asked),
        words=words,
    )


def _intro(instrument: Instrument, wave: extract.Wave, asked: int) -> Sequence[str]:
    """What is read aloud before the first question."""
    place = running().settings.municipality
    few = f"Vi spørger kun {asked} virksomheder. Derfor kan nogen måske gætte, hvem der siger hvad."
    return (
        f"Goddag. Jeg ringer fra {place}.",
        instrument.purpose(SOURCE_LANGUAGE),
        f"Det tager cirka {instrument.minutes} minutter, og du bestemmer selv, om du vil svare.",
        CONFIDED[wave.anonymity],
        f"{few if asked < 50 else ''} Vi bruger kun dine egne ord, hvis du siger ja til dem."
        " Du får et link, hvor du kan se dem.".strip(),
        "Er det i orden, at jeg skriver dine svar ned?",
    )


def _questions(
    kept: Interview,
    jotted: Jotted,
    raws: Mapping[str, object] | None,
    problems: Mapping[str, str],
) -> Sequence[Asked]:
    instrument = kept.instrument
    numbers = paper.numbered(instrument)
    prompts = {prompt.item: prompt for prompt in kept.page()}
    if raws is not None:
        prompts = {item: forms.as_typed(one, raws.get(item)) for item, one in prompts.items()}
    found = []
    for item in instrument:
        if item.companion_of is not None:
            continue
        prompt = prompts[item.id]
        typed = prompt.typed if not _is_missing(prompt.typed) else ""
        longest = item.domain.maximum if isinstance(item.domain, Text) else 0
        found.append(
            Asked(
                number=numbers[item.id],
                prompt=prompt,
                companions={
                    one.item.removeprefix(f"{item.id}__"): one
                    for one in prompts.values()
                    if one.companion_of == item.id
                },
                rule=paper.rule(instrument, item, SOURCE_LANGUAGE),
                own=telling.own_words(typed),
                summary=telling.summary(typed),
                longest=max(0, longest - telling.MARKS) // 2,
                marked=frozenset(jotted.themes.get(item.id, ())),
                problem=problems.get(item.id, ""),
            )
        )
    return found


def _is_missing(typed: str) -> bool:
    return typed in {Missing.DONT_KNOW.value, Missing.REFUSED.value}
