"""The page about the languages: which are offered, and switching on a draft translation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from surveys import definition, languages, translations, wording
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, running

blueprint = Blueprint("languages", __name__)

ADMINISTRATORS: Final = frozenset({access.Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Line:
    """One language in the list.

    `lacks` counts the texts that are not translated; `instruments` the shipped ones that it has
    all of. Only a draft has a switch.
    """

    name: str
    own_name: str
    status: str
    reviewed_by: str
    lacks: int
    instruments: int
    offered: bool
    has_switch: bool


class SwitchForm(FlaskForm):
    """One button; the token is all there is to check."""


@blueprint.get("/staff/sprog")
@access.opened_to(ADMINISTRATORS)
def overview() -> str:
    """Every language with its status."""
    with running().database.snapshot() as session:
        offered = languages.spoken(session)
    return render_template(
        "editor/languages.html",
        lines=_lines(offered),
        instruments=len(definition.catalogue()),
        form=SwitchForm(),
    )


@blueprint.post("/staff/sprog/<language>")
@access.opened_to(ADMINISTRATORS)
def switch(language: str) -> Response:
    """Offer a draft to respondents, or no longer."""
    if not SwitchForm().validate():
        flash("Siden havde været åben længe. Prøv igen.", "warning")
        return redirect(url_for(".overview"), 303)
    on = "on" in request.form
    try:
        with running().database.transaction() as session:
            languages.switch(session, language, on=on)
    except KeyError:
        abort(404)
    name = wording.LANGUAGE_NAMES[language]
    flash(f"{name} er slået {'til' if on else 'fra'}. Det gælder om få sekunder.")
    return redirect(url_for(".overview"), 303)


def _lines(offered: Sequence[str]) -> Sequence[Line]:
    return [_line(name, name in offered) for name in wording.LANGUAGE_NAMES]


def _line(name: str, offered: bool) -> Line:
    found = wording.translation(name)
    lacks = sum(not found.has(key) for key in translations.messages()) if found else 0
    if name == SOURCE_LANGUAGE:
        status = "Kildesproget"
    elif found is None:
        status = "Ikke oversat"
    elif found.is_reviewed:
        status = "Gennemgået"
    else:
        status = "Kladde: ingen har gennemgået den"
    return Line(
        name=name,
        own_name=wording.LANGUAGE_NAMES[name],
        status=status,
        reviewed_by=found.reviewed_by if found else "",
        lacks=lacks,
        instruments=sum(name in one.languages for one in definition.catalogue().values()),
        offered=offered,
        has_switch=wording.is_draft(name) and name in wording.languages(),
    )
