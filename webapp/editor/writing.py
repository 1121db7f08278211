"""One draft: its questions, its languages, and how respondents will meet it."""

import json
import re

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from surveys import definition, drafts, editing, wording
from surveys.drafts import Draft
from surveys.editing import Fields
from surveys.errors import DraftOvertaken, InvalidDefinition
from webapp import access, defect_words, preview, running
from webapp.editor import pages
from webapp.editor.words import EDITORS, ButtonForm, blueprint, me


@blueprint.get("/staff/skemaer/<name>")
@access.opened_to(EDITORS)
def edit(name: str) -> str:
    """The draft, all of it on one page."""
    return pages.edit(_found(name), opened=request.args.get("aaben", ""))


@blueprint.post("/staff/skemaer/<name>")
@access.opened_to(EDITORS)
def save(name: str) -> Answer | tuple[str, int]:
    """Keep what was typed, and do what the button says."""
    base, revision = _posted()
    act = request.form.get("do", "")
    kind = request.form.get(f"{act.partition(' ')[2]}.kind", "")
    typed = editing.retyped(base, request.form, pages.base_version(name, base))
    fields = editing.done(typed, act, kind, drafts.standard_scales())
    mine = Draft(name, fields, revision, me(), running().clock())
    if not ButtonForm().validate():
        return pages.edit(mine, old=True), 403
    try:
        with running().database.transaction() as session:
            drafts.save(session, name, fields, revision, me(), running().clock())
    except DraftOvertaken:
        return pages.overtaken(mine, pages.edit)
    flash(_saved(base, fields))
    opened, anchor = _after(act, fields)
    return redirect(url_for(".edit", name=name, aaben=opened or None, _anchor=anchor or None), 303)


@blueprint.get("/staff/skemaer/<name>/sprog/<language>")
@access.opened_to(EDITORS)
def translate(name: str, language: str) -> str:
    """Every text side by side with its Danish."""
    _check_language(language)
    return pages.translate(_found(name), language)


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
    mine = Draft(name, fields, revision, me(), running().clock())
    if not ButtonForm().validate():
        return pages.translate(mine, language, old=True), 403
    try:
        with running().database.transaction() as session:
            drafts.save(session, name, fields, revision, me(), running().clock())
    except DraftOvertaken:
        return pages.overtaken(
            mine, lambda draft, **words: pages.translate(draft, language, **words)
        )
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
