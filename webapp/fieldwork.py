"""Fieldwork for staff: rounds that open and close, whom they ask, how it goes, how long it is kept.

What a page may say of an anonymous round while it is open is little: how many were invited and how
many have answered. The rest would tell who, to somebody who looks before and after.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from babel import Locale
from babel.dates import format_datetime
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as Answer
from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from analysis import danish, outcomes
from analysis.indicators import Base, ResponseRate
from surveys import extract, fieldwork, frame, invitations, recurring, retention, spreadsheet
from surveys.errors import (
    AnonymityFixed,
    FrameOrLink,
    SecretChanged,
    UnknownReference,
    UnknownSurvey,
    UnreadableFile,
    UnusableCell,
    WaveClosed,
    WaveExists,
)
from surveys.instrument import SOURCE_LANGUAGE
from surveys.invitations import Outcome, State
from surveys.schedule import COPENHAGEN, Rhythm, Schedule, end_of, midnight
from webapp import access, import_words, letters, running
from webapp.report_words import day

blueprint = Blueprint("fieldwork", __name__)

OFFICE: Final = frozenset({access.Role.ANALYTIKER, access.Role.LEDER, access.Role.ADMINISTRATOR})
"""Who sets up rounds and sees the lists of those who are asked."""
MOST_PROBLEMS: Final = 50
SHOWN_ROWS: Final = 5

ANONYMITY: Final = {
    "anonymous": "Anonymt: svar og person kan ikke kobles",
    "confidential": "Fortroligt: vi siger ikke, hvem der svarede",
    "identified": "Med navn: svaret står ved personens navn",
}
BRIEFLY: Final = {"anonymous": "Anonymt", "confidential": "Fortroligt", "identified": "Med navn"}
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
FIELDS: Final = {
    "reference": "Jeres eget nummer",
    "unit": "Enhed",
    "team": "Team",
    "course": "Kursus",
    "channel": "Måde at kontakte på",
    "language": "Sprog",
    "email": "E-mail",
    "phone": "Telefon",
}
CHANNELS: Final = {
    "email": "E-mail", "sms": "Sms", "digital_post": "Digital Post", "letter": "Brev",
    "phone": "Telefon", "card": "Kort i hånden",
}  # fmt: skip
RHYTHMS: Final = {
    "none": "Kun når nogen opretter en runde",
    Rhythm.APRIL_OCTOBER.value: "Hver april og oktober",
    Rhythm.CONTINUOUS.value: "Hele tiden, med en ny runde hvert år",
    Rhythm.COURSE_RUN.value: "Efter hvert kursushold, fra den sidste dag",
}
KEPT: Final = {
    "frame": "Lister over dem, vi spørger", "draft": "Svar, der ikke er sendt",
    "text": "Det, borgerne skriver", "response": "Alle andre svar", "invitation": "Invitationer",
    "upload": "Filer, der ikke blev brugt",
}  # fmt: skip


def moment(when: datetime) -> str:
    """A moment in words: 21. november 2026 kl. 09.05."""
    return format_datetime(when, "d. MMMM y 'kl.' HH.mm", tzinfo=COPENHAGEN, locale="da")


def last_day(closes_at: datetime) -> str:
    """The day whose end a wave closes at, or the moment where it closes within a day."""
    local = closes_at.astimezone(COPENHAGEN)
    if local.time() == time():
        return f"til og med {day(date.fromordinal(local.date().toordinal() - 1))}"
    return f"til {moment(closes_at)}"


def state(wave: extract.Wave, now: datetime) -> str:
    """Where a wave is, in words."""
    if now < wave.opens_at:
        return f"Åbner {moment(wave.opens_at)}"
    if wave.closes_at is None:
        return "Åben"
    if now < wave.closes_at:
        return f"Åben {last_day(wave.closes_at)}"
    return f"Lukket {moment(wave.closes_at)}"


class _Day(StringField):
    """A day as Danes write it: 24-12-2026. Its data is the day, None for an empty field."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0] if valuelist else ""
        try:
            self.data = spreadsheet.as_day(self.typed)
        except UnusableCell:
            self.data = self.typed
            raise ValueError("Skriv datoen som 24-12-2026.") from None


def _percent(_: FlaskForm, field: Field) -> None:
    try:
        share = spreadsheet.as_number((field.data or "").replace("%", ""))
    except UnusableCell:
        share = None
        if (field.data or "").strip():
            raise ValidationError("Skriv et tal, for eksempel 85.") from None
    if share is not None and not 0 <= share <= 100:
        raise ValidationError("Målet er fra 0 til 100 procent.")


def _share(field: Field) -> float | None:
    percent = spreadsheet.as_number((field.data or "").replace("%", ""))
    return None if percent is None else float(percent) / 100


class WaveForm(FlaskForm):
    """A new round."""

    survey = SelectField("Undersøgelse", [InputRequired()])
    label = StringField(
        "Rundens navn",
        [InputRequired("Giv runden et navn."), Length(max=60, message="Højst 60 tegn.")],
    )
    opens = _Day("Første dag")
    closes = _Day("Sidste dag")
    anonymity = SelectField(
        "Hvad lover I dem, der svarer?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in ANONYMITY.items()],
    )
    target = StringField("Mål i procent", [_percent])


class ScheduleForm(FlaskForm):
    """When a survey is asked again."""

    survey = SelectField("Undersøgelse", [InputRequired()])
    rhythm = SelectField(
        "Hvornår spørger I?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in RHYTHMS.items()],
    )
    opens = StringField("Klokkeslæt, hvor runden åbner")
    days = StringField("Antal dage, den er åben")
    begins = _Day("Tidligst fra")
    anonymity = SelectField(
        "Hvad lover I dem, der svarer?",
        [InputRequired()],
        choices=[SelectChoice(code, words) for code, words in ANONYMITY.items()],
    )
    target = StringField("Mål i procent", [_percent])

    def validate_days(self, field: Field) -> None:
        """Whole days, where a round closes."""
        if self.rhythm.data not in {"none", Rhythm.CONTINUOUS.value} and not (
            (field.data or "").isdecimal() and 1 <= int(field.data) <= 120
        ):
            raise ValidationError("Skriv et antal dage fra 1 til 120.")

    def validate_opens(self, field: Field) -> None:
        """A time of day."""
        if _clock(field.data) is None:
            raise ValidationError("Skriv klokkeslættet som 08.00.")

    def schedule(self, today: date) -> Schedule | None:
        """What the form says."""
        if self.rhythm.data == "none":
            return None
        pauses = self.rhythm.data != Rhythm.CONTINUOUS.value
        return Schedule(
            rhythm=Rhythm(self.rhythm.data),
            begins=self.begins.data or today,
            opens_time=_clock(self.opens.data) if pauses else None,
            days=int(self.days.data or 0) if pauses else None,
            anonymity=self.anonymity.data,
            target=_share(self.target),
        )


def _clock(text: str | None) -> time | None:
    hour, _, minute = (text or "").strip().replace(":", ".").partition(".")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One wave in the overview."""

    survey: str
    title: str
    label: str
    state: str
    answered: str
    synthetic: bool


@blueprint.get("/staff/runder")
@access.opened_to(access.READERS)
def overview() -> str:
    """All rounds, newest first, and when the next ones open."""
    here = running()
    now = here.clock()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
        schedules = recurring.schedules(session)
        titles = fieldwork.askable(session, SOURCE_LANGUAGE)
    lines = [
        Line(
            wave.survey,
            wave.instrument.title(SOURCE_LANGUAGE),
            wave.label,
            state(wave, now),
            danish.response_rate(ResponseRate(wave.received, wave.invited))
            if wave.invited is not None
            else f"{danish.number(wave.received)} har svaret",
            wave.synthetic,
        )
        for wave in waves
    ]
    coming = [
        (titles[survey], RHYTHMS[schedule.rhythm.value], schedule.next_period(now))
        for survey, schedule in schedules.items()
    ]
    return render_template(
        "fieldwork/overview.html",
        lines=lines,
        coming=coming,
        moment=moment,
        may_begin=access.may_open("fieldwork.begin"),
    )


@blueprint.route("/staff/runder/ny", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def begin() -> str | tuple[str, int] | Answer:
    """Set up a round."""
    here = running()
    now = here.clock()
    form = WaveForm()
    with here.database.snapshot() as session:
        _offer(form.survey, fieldwork.askable(session, SOURCE_LANGUAGE))
    if not form.is_submitted():
        form.survey.data = request.args.get("survey") or form.survey.data
        return render_template("fieldwork/begin.html", form=form)
    if form.validate():
        opens_at = midnight(form.opens.data) if form.opens.data else now
        closes_at = end_of(form.closes.data) if form.closes.data else None
        label = " ".join(form.label.data.split())
        if closes_at is not None and closes_at <= max(now, opens_at):
            form.closes.errors = ["Den sidste dag skal ligge efter den første og ikke være forbi."]
        else:
            try:
                with here.database.transaction() as session:
                    fieldwork.open_wave(
                        session, form.survey.data, label,
                        opens_at=opens_at, closes_at=closes_at,
                        anonymity=form.anonymity.data, target=_share(form.target),
                    )  # fmt: skip
                flash(f"Runden {label} er oprettet.")
                return redirect(url_for(".wave", survey=form.survey.data, label=label))
            except WaveExists:
                form.label.errors = ["Undersøgelsen har en runde med det navn. Vælg et andet."]
    return render_template("fieldwork/begin.html", form=form), 422


@blueprint.route("/staff/runder/faste", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def schedule() -> str | tuple[str, int] | Answer:
    """Let a survey open its rounds by itself."""
    here = running()
    today = here.clock().astimezone(COPENHAGEN).date()
    form = ScheduleForm()
    with here.database.snapshot() as session:
        _offer(form.survey, fieldwork.askable(session, SOURCE_LANGUAGE))
        known = recurring.schedules(session)
    if not form.is_submitted():
        survey = request.args.get("survey") or form.survey.choices[0].value
        if survey not in {choice.value for choice in form.survey.choices}:
            abort(404)
        _show(form, survey, known.get(survey), today)
        return render_template("fieldwork/schedule.html", form=form)
    if form.validate():
        planned = form.schedule(today)
        with here.database.transaction() as session:
            recurring.plan(session, form.survey.data, planned)
            recurring.keep(session, here.clock())
        flash("Det er gemt." if planned else "Runderne åbner ikke længere af sig selv.")
        return redirect(url_for(".overview"))
    return render_template("fieldwork/schedule.html", form=form), 422


def _show(form: ScheduleForm, survey: str, planned: Schedule | None, today: date) -> None:
    form.survey.data = survey
    form.rhythm.data = planned.rhythm.value if planned else "none"
    form.opens.data = f"{planned.opens_time:%H.%M}" if planned and planned.opens_time else "08.00"
    form.days.data = str(planned.days) if planned and planned.days else "28"
    form.begins.data = planned.begins if planned else today
    form.anonymity.data = planned.anonymity if planned else "anonymous"
    if planned and planned.target is not None:
        form.target.data = f"{planned.target * 100:g}".replace(".", ",")


def _offer(field: SelectField, titles: Mapping[str, str]) -> None:
    named = sorted(titles.items(), key=lambda pair: pair[1])
    field.choices = [SelectChoice(name, title) for name, title in named]


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
    found = _found(survey, label)
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
    found = _found(survey, label)
    base = _base(request.args.get("grundlag"))
    with here.database.snapshot() as session:
        states = invitations.states(session, found.id, now)
        marks = invitations.marks(session, found.id)
        members = frame.sizes(session, found.id)
        begun = invitations.begun(session, found.id)
        partial = extract.partial(session, found.id)
        by_week = extract.by_week(session, found.id)
        by_day = invitations.days(session, found.id)
        try:
            sample = invitations.sample(session, found.id, here.settings.secret_key, now)
        except SecretChanged:
            sample = []
    closed = found.closes_at is not None and now >= found.closes_at
    told = closed or found.anonymity != "anonymous"
    dispositions = outcomes.disposed(states, partial)
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
        danish=danish,
        day=day,
        may_change=access.may_open("fieldwork.people"),
        may_read=access.may_open("results.wave"),
        BRIEFLY=BRIEFLY,
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


def _base(wanted: str | None) -> Base:
    try:
        return Base(wanted or "")
    except ValueError:
        return Base.INVITED


def _found(survey: str, label: str) -> extract.Wave:
    with running().database.snapshot() as session:
        try:
            return extract.wave(session, survey, label)
        except UnknownSurvey:
            abort(404)


def _here(found: extract.Wave) -> Answer:
    return redirect(url_for(".wave", survey=found.survey, label=found.label), 303)


def _invite(found: extract.Wave) -> Answer:
    here = running()
    teams = set(request.form.getlist("team")) or None
    with here.database.transaction() as session:
        made = invitations.invite(
            session, found.id, here.settings.secret_key, here.clock(), teams=teams
        )
    if not made:
        flash("Alle er inviteret i forvejen. Hent filen igen nedenfor, hvis I mangler den.")
        return _here(found)
    return _file(found, made, "invitationer")


def _letters(found: extract.Wave) -> Answer:
    here = running()
    with here.database.snapshot() as session:
        made = invitations.letters(session, found.id, here.settings.secret_key)
    return _file(found, made, "invitationer")


def _remind(found: extract.Wave) -> Answer:
    here = running()
    with here.database.snapshot() as session:
        made = invitations.to_remind_by_hand(
            session, found.id, here.settings.secret_key, here.clock()
        )
    return _file(found, made, "påmindelser")


def _file(found: extract.Wave, made: Sequence[invitations.Letter], what: str) -> Answer:
    content = letters.as_csv(made, running().settings.public_url, found.closes_at)
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


@blueprint.route("/staff/runder/liste/<survey>/<path:label>", methods=["GET", "POST"])
@access.opened_to(OFFICE)
def people(survey: str, label: str) -> str | tuple[str, int] | Answer:
    """Take a list of those who are asked: the file, then what was read in it, then all or none."""
    found = _found(survey, label)
    key = request.values.get("fil", "")
    if request.method == "POST":
        if not FlaskForm().validate():
            return _people_page(found, "Siden har været åben længe. Prøv igen."), 422
        return _look_through(found, key) if key else _receive(found)
    return _people_page(found) if not key else _look_through(found, key)


def _receive(found: extract.Wave) -> str | tuple[str, int] | Answer:
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not sent or not sent.filename:
        return _people_page(found, "Vælg en fil."), 422
    try:
        spreadsheet.read(content)
    except UnreadableFile as unreadable:
        return _people_page(found, import_words.in_danish(unreadable)), 422
    here = running()
    with here.database.transaction() as session:
        key = frame.keep_upload(session, found.id, sent.filename, content, here.clock())
    return redirect(url_for(".people", survey=found.survey, label=found.label, fil=key), 303)


def _look_through(found: extract.Wave, key: str) -> str | tuple[str, int] | Answer:
    here = running()
    with here.database.snapshot() as session:
        kept = frame.upload(session, found.id, key)
        known = frame.references(session, found.id)
    if kept is None:
        return _people_page(found, "Filen er væk. Vælg den igen."), 422
    table = spreadsheet.read(kept.content)
    mapping = frame.mapping_of(table)
    if request.method == "POST":
        mapping = {
            field: int(chosen)
            for field in FIELDS
            if (chosen := request.form.get(f"column.{field}", "")).isdecimal()
            and int(chosen) < len(table.headings)
        }
    reading = frame.read(table, mapping, known)
    problem = ""
    if request.method == "POST" and "sure" in request.form and not reading.problems:
        try:
            with here.database.transaction() as session:
                taken = frame.take(session, found.id, reading)
                frame.discard_upload(session, key)
        except FrameOrLink:
            problem = (
                "Runden har et åbent link, som alle kan svare på. Opret en ny runde til listen."
            )
        else:
            flash(f"{danish.number(taken)} personer er på listen. Nu kan I invitere dem.")
            return _here(found)
    page = render_template(
        "fieldwork/look.html",
        wave=found,
        key=key,
        name=kept.name,
        table=table,
        rows=table.rows[:SHOWN_ROWS],
        mapping=mapping,
        reading=reading,
        problem=problem,
        problems=[
            (import_words.place(one), import_words.in_danish(one))
            for one in reading.problems[:MOST_PROBLEMS]
        ],
        hidden_cells={(one.row, one.column) for one in reading.problems if one.code == "cpr"},
        as_shown=_as_shown,
        danish=danish,
        FIELDS=FIELDS,
    )
    return (page, 422) if problem or reading.problems else page


def _as_shown(cell: spreadsheet.Cell) -> str:
    try:
        return spreadsheet.as_text(cell)
    except UnusableCell:
        return f"{cell:%d-%m-%Y}" if isinstance(cell, date) else "–"


def _people_page(found: extract.Wave, problem: str = "") -> str:
    with running().database.snapshot() as session:
        members = sum(frame.sizes(session, found.id).values())
    return render_template(
        "fieldwork/people.html", wave=found, members=members, problem=problem, danish=danish,
        FIELDS=FIELDS,
    )  # fmt: skip


@blueprint.get("/staff/runder/opbevaring")
@access.opened_to(access.READERS)
def kept() -> str:
    """How long everything is kept, and what was deleted last."""
    here = running()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
        decided = retention.decided(session)
        runs = retention.runs(session)
    seen: dict[tuple[str, str], tuple[str, retention.Lifetimes]] = {}
    for one in waves:
        lives = decided.get(one.survey, retention.DEFAULTS[one.anonymity])
        seen.setdefault((one.survey, one.anonymity), (one.instrument.title(SOURCE_LANGUAGE), lives))
    return render_template(
        "fieldwork/kept.html",
        surveys=[(title, BRIEFLY[key[1]], lives) for key, (title, lives) in seen.items()],
        endless=[one for one in waves if one.closes_at is None],
        runs=runs,
        moment=moment,
        danish=danish,
        KEPT=KEPT,
    )
