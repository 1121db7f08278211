"""The two pages of a draft as they are drawn: all of it, and one language beside the Danish."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, url_for

from surveys import definition, drafts, editing, wording
from surveys.drafts import Draft
from surveys.errors import InvalidDefinition, UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE
from webapp import defect_words, running
from webapp.editor.words import ButtonForm

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
_MISSING: Final = re.compile(r"translation to “([a-z]{2})”")


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


def base_version(name: str, fields: Mapping[str, Any]) -> int | None:
    """The version that this one is compared with."""
    version = int(fields.get("version", 1))
    return version - 1 if version > 1 else None


def overtaken(mine: Draft, page: Any) -> tuple[str, int]:
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
    return page(again, told=told), 409


def edit(
    draft: Draft,
    *,
    opened: str = "",
    told: Overtaken | None = None,
    gone: bool = False,
    old: bool = False,
) -> str:
    """The whole draft with what is wrong with it."""
    troubles = _troubles(draft)
    fields = draft.fields
    compared = base_version(draft.name, fields)
    marked = fields.get("comparable_with", {}).get(str(compared), [])
    if not marked and compared is not None:
        marked = fields.get("comparable_with", {}).get(compared, [])
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
        overtaken=told,
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
        base_version=compared,
        comparable=marked,
        reworded=_reworded(draft, compared),
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


def translate(
    draft: Draft,
    language: str,
    *,
    told: Overtaken | None = None,
    gone: bool = False,
    old: bool = False,
) -> str:
    """Every text of the draft beside its Danish, with what we have translated before."""
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
        overtaken=told,
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
