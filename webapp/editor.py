"""Where staff write instruments: drafts, translations, previews, and publishing what is clean."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from surveys import definition, drafts, editing, wording
from surveys.drafts import Draft
from surveys.editing import Fields
from surveys.errors import (
    Defect,
    DraftOvertaken,
    InvalidDefinition,
    NameTaken,
    UnknownSurvey,
)
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, defect_words, preview, running

blueprint = Blueprint("editor", __name__)

EDITORS: Final = frozenset({access.Role.ADMINISTRATOR, access.Role.ANALYTIKER})
"""Who writes what is asked."""

AUDIENCES: Final = {
    "citizen": "Borgere",
    "company": "Virksomheder",
    "course": "Kursister",
    "staff": "Medarbejdere",
    "partner": "Samarbejdspartnere",
    "volunteer": "Frivillige",
}
FIRST_AUDIENCES: Final = ("citizen", "company", "course", "staff")
KINDS: Final = {
    "scale": "Skala",
    "single": "Ét svar",
    "multiple": "Flere svar",
    "text": "Tekst",
    "number": "Tal",
    "date": "Dato",
}
LARGEST_WORKBOOK: Final = 900 * 1024
_MISSING: Final = re.compile(r"translation to “([a-z]{2})”")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One defect as staff see it, with the way to the field."""

    place: str
    cause: str
    remedy: str
    href: str
    path: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """That somebody else saved first: who, when, and where the two versions differ."""

    by: str
    differences: Sequence[tuple[str, str, str]]


class NewForm(FlaskForm):
    """A new instrument: its title, its name, and what it begins with."""

    title = StringField("Titel", [InputRequired("Skriv en titel."), Length(max=80)])
    name = StringField(
        "Kort navn",
        [
            InputRequired("Skriv et kort navn."),
            Regexp(_NAME, message="Brug små bogstaver a–z, tal og _. Højst 40 tegn."),
        ],
    )
    source = SelectField("Begynd med", choices=[])


class ButtonForm(FlaskForm):
    """A button; the token is all there is to check."""


@blueprint.get("/staff/skemaer")
@access.opened_to(EDITORS)
def overview() -> str:
    """Every instrument, and the way to a new one."""
    return _overview(NewForm(formdata=None))


@blueprint.post("/staff/skemaer")
@access.opened_to(EDITORS)
def create() -> Answer | tuple[str, int]:
    """Begin a new instrument, empty or as a copy."""
    form = NewForm()
    here = running()
    with here.database.snapshot() as session:
        form.source.choices = _sources(drafts.entries(session))
    if form.validate():
        try:
            with here.database.transaction() as session:
                draft = drafts.create(
                    session,
                    form.name.data,
                    form.title.data,
                    _me(),
                    here.clock(),
                    source=form.source.data or None,
                )
            return redirect(url_for(".edit", name=draft.name), 303)
        except NameTaken:
            form.name.errors = ["Der er et skema med det navn. Vælg et andet."]
    return _overview(form), 422


@blueprint.post("/staff/skemaer/hent")
@access.opened_to(EDITORS)
def upload() -> Answer | tuple[str, int]:
    """Begin a draft from an XLSForm."""
    file = request.files.get("file")
    content = file.read(LARGEST_WORKBOOK + 1) if file else b""
    here = running()
    if not ButtonForm().validate():
        old = Defect("", "Siden har været åben længe.", "Prøv igen.")
        return _overview(NewForm(formdata=None), [old]), 422
    try:
        document = definition.from_xlsform(content)
        with here.database.transaction() as session:
            draft = drafts.receive(session, document, _me(), here.clock())
    except InvalidDefinition as refusal:
        return _overview(NewForm(formdata=None), refusal.defects), 422
    except NameTaken:
        taken = Defect("", "Der er en kladde med det navn.", "Udgiv eller slet den først.")
        return _overview(NewForm(formdata=None), [taken]), 422
    return redirect(url_for(".edit", name=draft.name), 303)


@blueprint.post("/staff/skemaer/<name>/ret")
@access.opened_to(EDITORS)
def begin(name: str) -> Answer:
    """Go on with the draft of an instrument, or begin one."""
    here = running()
    if not ButtonForm().validate():
        flash("Siden havde været åben længe. Prøv igen.", "warning")
        return redirect(url_for(".overview"), 303)
    try:
        with here.database.transaction() as session:
            drafts.begin(session, name, _me(), here.clock())
    except UnknownSurvey:
        abort(404)
    return redirect(url_for(".edit", name=name), 303)


@blueprint.get("/staff/skemaer/<name>")
@access.opened_to(EDITORS)
def edit(name: str) -> str:
    """The draft, all of it on one page."""
    return _edit_page(_found(name), opened=request.args.get("aaben", ""))


@blueprint.post("/staff/skemaer/<name>")
@access.opened_to(EDITORS)
def save(name: str) -> Answer | tuple[str, int]:
    """Keep what was typed, and do what the button says."""
    base, revision = _posted()
    act = request.form.get("do", "")
    kind = request.form.get(f"{act.partition(' ')[2]}.kind", "")
    typed = editing.retyped(base, request.form, _base_version(name, base))
    fields = editing.done(typed, act, kind, drafts.standard_scales())
    mine = Draft(name, fields, revision, _me(), running().clock())
    if not ButtonForm().validate():
        return _edit_page(mine, old=True), 403
    try:
        with running().database.transaction() as session:
            drafts.save(session, name, fields, revision, _me(), running().clock())
    except DraftOvertaken:
        return _overtaken(mine, _edit_page)
    flash(_saved(base, fields))
    opened, anchor = _after(act, fields)
    return redirect(url_for(".edit", name=name, aaben=opened or None, _anchor=anchor or None), 303)


@blueprint.get("/staff/skemaer/<name>/sprog/<language>")
@access.opened_to(EDITORS)
def translate(name: str, language: str) -> str:
    """Every text side by side with its Danish."""
    _check_language(language)
    return _translate_page(_found(name), language)


@blueprint.post("/staff/skemaer/<name>/sprog/<language>")
@access.opened_to(EDITORS)
def save_translation(name: str, language: str) -> Answer | tuple[str, int]:
    """Keep what was typed in one language, or take the language out."""
    _check_language(language)
    base, revision = _posted()
    if "remove" in request.form:
        fields = editing.without_language(base, language)
    else:
        fields = editing.translated(base, language, request.form)
    mine = Draft(name, fields, revision, _me(), running().clock())
    if not ButtonForm().validate():
        return _translate_page(mine, language, old=True), 403
    try:
        with running().database.transaction() as session:
            drafts.save(session, name, fields, revision, _me(), running().clock())
    except DraftOvertaken:
        return _overtaken(mine, lambda draft, **words: _translate_page(draft, language, **words))
    if "remove" in request.form:
        flash(f"{wording.LANGUAGE_NAMES[language]} er fjernet fra skemaet.")
        return redirect(url_for(".edit", name=name), 303)
    flash("Oversættelsen er gemt.")
    return redirect(url_for(".translate", name=name, language=language), 303)


@blueprint.get("/staff/skemaer/<name>/vis/<channel>/<language>")
@access.opened_to(EDITORS)
def show(name: str, channel: str, language: str) -> Answer | str:
    """The draft as a respondent will meet it. Nothing can be sent from here."""
    _check_language(language)
    draft = _found(name)
    try:
        instrument = definition.read(draft.document)
    except InvalidDefinition:
        flash("Skemaet kan ikke vises, før fejlene er rettet.", "warning")
        return redirect(url_for(".edit", name=name), 303)
    if language not in instrument.languages:
        abort(404)
    if channel == "papir":
        response = make_response(preview.paper(instrument, language))
        response.content_type = "application/pdf"
        return response
    if channel == "web":
        return preview.web(instrument, language)
    if channel == "chat":
        return render_template(
            "editor/chat.html",
            draft=draft,
            language=language,
            direction=wording.direction(language),
            messages_shown=preview.chat(instrument, language),
        )
    return abort(404)


@blueprint.get("/staff/skemaer/<name>/xlsform")
@access.opened_to(EDITORS)
def export(name: str) -> Answer:
    """The newest version, or a sound draft, as an XLSForm."""
    with running().database.snapshot() as session:
        draft = drafts.find(session, name)
        try:
            document = draft.document if draft else drafts.newest(session, name)
        except UnknownSurvey:
            abort(404)
    try:
        content = definition.to_xlsform(document)
    except InvalidDefinition:
        flash("Skemaet kan ikke hentes, før fejlene er rettet.", "warning")
        return redirect(url_for(".edit", name=name), 303)
    response = Response(
        content, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@blueprint.post("/staff/skemaer/<name>/udgiv")
@access.opened_to(EDITORS)
def publish(name: str) -> Answer:
    """Make the draft the newest version, when nothing is wrong with it."""
    if ButtonForm().validate():
        try:
            with running().database.transaction() as session:
                version = drafts.publish(session, name, request.form.get("revision", 0, int))
            flash(f"Version {version} er udgivet. Nye runder bruger den.")
            return redirect(url_for(".overview"), 303)
        except InvalidDefinition:
            flash("Skemaet er ikke udgivet. Der er noget, der skal rettes først.", "warning")
        except DraftOvertaken:
            flash(
                "Skemaet er ikke udgivet. En anden har gemt imens. Se det igennem, og udgiv så.",
                "warning",
            )
    else:
        flash("Siden havde været åben længe. Prøv igen.", "warning")
    return redirect(url_for(".edit", name=name), 303)


@blueprint.post("/staff/skemaer/<name>/slet")
@access.opened_to(EDITORS)
def discard(name: str) -> Answer:
    """Throw the draft away; published versions stay."""
    if ButtonForm().validate() and "sure" in request.form:
        try:
            with running().database.transaction() as session:
                drafts.discard(session, name, request.form.get("revision", 0, int))
            flash("Kladden er slettet.")
            return redirect(url_for(".overview"), 303)
        except DraftOvertaken:
            flash("Kladden er ikke slettet. En anden har gemt imens.", "warning")
    else:
        flash("Sæt kryds, hvis kladden skal slettes.", "warning")
    return redirect(url_for(".edit", name=name, _anchor="slet"), 303)


def _me() -> str:
    return str(current_user.email)


def _check_language(language: str) -> None:
    if language not in wording.LANGUAGE_NAMES:
        abort(404)


def _found(name: str) -> Draft:
    with running().database.snapshot() as session:
        draft = drafts.find(session, name)
    if draft is None:
        abort(404)
    return draft


def _posted() -> tuple[Fields, int]:
    """What the form was made from; anybody may send anything, so its shape is looked at."""
    try:
        base = json.loads(request.form.get("base", ""))
        list(editing.texts(base))
        list(editing.items(base))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        abort(400)
    return base, request.form.get("revision", 0, int)


def _base_version(name: str, fields: Mapping[str, Any]) -> int | None:
    """The version that this one is compared with."""
    version = int(fields.get("version", 1))
    return version - 1 if version > 1 else None


def _saved(before: Fields, after: Fields) -> str:
    stale = editing.changed(before, after)
    if not stale:
        return "Kladden er gemt."
    names = "; ".join(defect_words.place(after, path) for path in stale[:5])
    return f"Kladden er gemt. Dansk er ændret, så se på oversættelsen af: {names}."


def _after(act: str, fields: Fields) -> tuple[str, str]:
    """Which question to show open after an act, and where on the page."""
    verb, _, path = act.partition(" ")
    if verb == "item":
        places = [place for place, _ in editing.items(fields) if place.startswith(f"{path}.items")]
        return (places[-1], places[-1]) if places else ("", "")
    if verb == "section":
        return "", f"sections.{len(fields['sections']) - 1}"
    question = re.match(r"sections\.\d+\.items\.\d+", path)
    if question and verb in {"category", "remove", "up", "down"} and path != question[0]:
        return question[0], question[0]
    return "", re.sub(r"\.\d+$", "", path) if verb == "remove" else path


def _overview(form: NewForm, defects: Sequence[Defect] = ()) -> str:
    with running().database.snapshot() as session:
        entries = drafts.entries(session)
    form.source.choices = _sources(entries)
    return render_template(
        "editor/overview.html", entries=entries, form=form, button=ButtonForm(), defects=defects
    )


def _sources(entries: Sequence[drafts.Entry]) -> list[tuple[str, str]]:
    return [
        ("", "Et tomt skema"),
        *((entry.name, f"En kopi af {entry.title}") for entry in entries if entry.version),
    ]


def _overtaken(mine: Draft, page: Any) -> tuple[str, int]:
    """Show one's own words again, with what somebody else saved beside them."""
    with running().database.snapshot() as session:
        theirs = drafts.find(session, mine.name)
    if theirs is None:
        return page(mine, gone=True), 409
    told = Overtaken(
        theirs.edited_by,
        [
            (defect_words.place(mine.fields, path), own, other)
            for path, own, other in editing.differences(mine.fields, theirs.fields)
        ],
    )
    # Saved once more, it takes the place of what the other one saved
    again = Draft(mine.name, mine.fields, theirs.revision, mine.edited_by, mine.edited_at)
    return page(again, overtaken=told), 409


def _edit_page(
    draft: Draft,
    *,
    opened: str = "",
    overtaken: Overtaken | None = None,
    gone: bool = False,
    old: bool = False,
) -> str:
    troubles = _troubles(draft)
    fields = draft.fields
    base_version = _base_version(draft.name, fields)
    marked = fields.get("comparable_with", {}).get(str(base_version), [])
    if not marked and base_version is not None:
        marked = fields.get("comparable_with", {}).get(base_version, [])
    return render_template(
        "editor/edit.html",
        draft=draft,
        fields=fields,
        base=json.dumps(fields, ensure_ascii=False),
        languages=[
            (name, wording.LANGUAGE_NAMES.get(name, name)) for name in editing.languages(fields)
        ],
        other_languages=[
            (name, own)
            for name, own in wording.LANGUAGE_NAMES.items()
            if name not in editing.languages(fields)
        ],
        troubles=troubles,
        wrong={trouble.path: trouble.cause for trouble in reversed(troubles)},
        opened=opened,
        overtaken=overtaken,
        gone=gone,
        old=old,
        kinds=KINDS,
        audiences=AUDIENCES,
        first_audiences=FIRST_AUDIENCES,
        scale_names=[
            (name, f"{points[0]['label'].get('da', '')} – {points[-1]['label'].get('da', '')}")
            for name, points in {**drafts.standard_scales(), **fields.get("scales", {})}.items()
            if points
        ],
        rule_text=editing.rule_text,
        base_version=base_version,
        comparable=marked,
        reworded=_reworded(draft, base_version),
        button=ButtonForm(),
        source=SOURCE_LANGUAGE,
    )


def _reworded(draft: Draft, base_version: int | None) -> frozenset[str]:
    """The questions that are not what they were in the newest published version."""
    if base_version is None:
        return frozenset()
    try:
        with running().database.snapshot() as session:
            before = definition.read(drafts.newest(session, draft.name))
        now = definition.read(draft.document)
    except (UnknownSurvey, InvalidDefinition):
        return frozenset()
    return frozenset(
        item.id
        for item in now
        if item.id in before and item.untranslated != before[item.id].untranslated
    )


def _translate_page(
    draft: Draft,
    language: str,
    *,
    overtaken: Overtaken | None = None,
    gone: bool = False,
    old: bool = False,
) -> str:
    known = wording.translation(language)
    rows = []
    for path, words in editing.texts(draft.fields):
        danish = words.get(SOURCE_LANGUAGE, "")
        text = words.get(language, "")
        suggested = ""
        if not text and known is not None and danish:
            suggested = known.text(danish, draft.name) or ""
        place = defect_words.place(draft.fields, path)
        rows.append((path, place, danish, text or suggested, bool(suggested)))
    return render_template(
        "editor/translate.html",
        draft=draft,
        language=language,
        own_name=wording.LANGUAGE_NAMES[language],
        direction=wording.direction(language),
        rows=rows,
        is_source=language == SOURCE_LANGUAGE,
        present=language in editing.languages(draft.fields),
        base=json.dumps(draft.fields, ensure_ascii=False),
        overtaken=overtaken,
        gone=gone,
        old=old,
        button=ButtonForm(),
    )


def _troubles(draft: Draft) -> list[Trouble]:
    found = []
    for defect in definition.defects(draft.document):
        path, language = defect.path, SOURCE_LANGUAGE
        head, _, last = path.rpartition(".")
        if head and last in wording.LANGUAGE_NAMES:
            path, language = head, last
        elif missing := _MISSING.search(defect.cause):
            language = missing[1]
        cause, remedy = defect_words.in_danish(defect)
        href = (
            url_for(".edit", name=draft.name, _anchor=path)
            if language == SOURCE_LANGUAGE
            else url_for(".translate", name=draft.name, language=language, _anchor=path)
        )
        found.append(Trouble(defect_words.place(draft.fields, path), cause, remedy, href, path))
    return found
