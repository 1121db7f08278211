"""The code frame as people make it: proposals, a draft, a new version, and what it changes."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from analysis import danish, frames, lessons, review, trend
from analysis.coding import AUDIENCES
from analysis.corpus import CodeFrame, Theme
from surveys import extract
from webapp import access, running
from webapp.coding import CODERS, NAMES

blueprint = Blueprint("codebook", __name__)

LONGEST_NAME: Final = 80
LONGEST_DEFINITION: Final = 1000
MOST_WORDS: Final = 60

_EXPIRED = "Siden har været åben længe. Prøv igen."


@blueprint.get("/staff/temaer/<audience>/kodebog")
@access.opened_to(CODERS)
def book(audience: str) -> str:
    """The version in use, the earlier ones, and what it may lack."""
    # A large library, which no other page wants
    from analysis import proposals

    _known(audience)
    with running().database.snapshot() as snapshot:
        return render_template(
            "coding/book.html",
            audience=audience,
            name=NAMES[audience],
            versions=frames.versions(snapshot, audience)[::-1],
            draft=frames.draft(snapshot, audience),
            proposed=proposals.proposed(snapshot, audience),
            form=FlaskForm(),
            danish=danish,
        )


@blueprint.route("/staff/temaer/<audience>/kodebog/kladde", methods=["GET", "POST"])
@access.opened_to(CODERS)
def draft(audience: str) -> AnyResponse | str | tuple[str, int]:
    """Rename, merge, remove and add themes; nothing is read with a draft."""
    _known(audience)
    database = running().database
    form = FlaskForm()
    problems: Sequence[str] = ()
    with database.snapshot() as snapshot:
        shown = frames.draft(snapshot, audience)
    if form.is_submitted() and not form.validate():
        problems = [_EXPIRED]
    elif form.is_submitted():
        try:
            with database.transaction() as transaction:
                shown = frames.begin_draft(transaction, audience)
                if "proposal" in request.form:
                    frames.save_draft(transaction, audience, _with_proposal(shown))
                elif "name-0" in request.form:
                    frames.save_draft(transaction, audience, _typed(shown, merge=True))
            after = "codebook.ready" if "ready" in request.form else "codebook.draft"
            return redirect(url_for(after, audience=audience), 303)
        except frames.UnusableFrame as refusal:
            problems = refusal.reasons
    if shown is None:
        return redirect(url_for("codebook.book", audience=audience), 303)
    kept = "name-0" in request.form
    page = render_template(
        "coding/draft.html",
        audience=audience,
        name=NAMES[audience],
        frame=shown,
        themes=_typed(shown, merge=False) if problems and kept else shown.themes,
        typed=request.form if problems and kept else {},
        problems=problems,
        form=form,
        longest_name=LONGEST_NAME,
        longest_definition=LONGEST_DEFINITION,
    )
    return (page, 422) if problems else page


@blueprint.post("/staff/temaer/<audience>/kodebog/kladde/slet")
@access.opened_to(CODERS)
def drop(audience: str) -> AnyResponse:
    """Give the draft up."""
    _known(audience)
    if FlaskForm().validate_on_submit():
        with running().database.transaction() as transaction:
            frames.drop_draft(transaction, audience)
    return redirect(url_for("codebook.book", audience=audience), 303)


@blueprint.route("/staff/temaer/<audience>/kodebog/tag-i-brug", methods=["GET", "POST"])
@access.opened_to(CODERS)
def ready(audience: str) -> AnyResponse | str:
    """Ask what the new version is for, and then read with it."""
    _known(audience)
    database = running().database
    form = FlaskForm()
    if form.validate_on_submit():
        wanted = set(request.form.getlist("wave"))
        with database.transaction() as transaction:
            if frames.draft(transaction, audience) is not None:
                frame = frames.take_into_use(transaction, audience)
                for wave in _waves(transaction, audience):
                    if str(wave.id) in wanted:
                        frames.bind(transaction, wave.id, frame)
                lessons.ask(transaction, audience)
        return redirect(url_for("codebook.book", audience=audience), 303)
    with database.snapshot() as snapshot:
        shown = frames.draft(snapshot, audience)
        if shown is None or shown.earlier is None:
            return redirect(url_for("codebook.book", audience=audience), 303)
        continued = {code for theme in shown.themes for code in theme.continues}
        return render_template(
            "coding/ready.html",
            audience=audience,
            name=NAMES[audience],
            frame=shown,
            gone=[theme for theme in shown.earlier.themes if theme.code not in continued],
            waves=_waves(snapshot, audience),
            now=running().clock(),
            form=form,
        )


@blueprint.get("/staff/temaer/<audience>/udvikling")
@access.opened_to(CODERS)
def development(audience: str) -> str:
    """Themes from wave to wave, as far as they can be compared."""
    _known(audience)
    with running().database.snapshot() as snapshot:
        return render_template(
            "coding/development.html",
            audience=audience,
            name=NAMES[audience],
            trends=trend.trends(snapshot, audience),
            danish=danish,
        )


def _waves(session: Session, audience: str) -> Sequence[extract.Wave]:
    shown, hidden = review.waves(session, audience)
    return [*shown, *hidden]


def _typed(frame: CodeFrame, *, merge: bool) -> list[Theme]:
    """The themes as they stand in the form, with merged ones put together when asked for."""
    themes: dict[str, Theme] = {}
    into: dict[str, str] = {}
    for place, theme in enumerate(frame.themes):
        if request.form.get(f"gone-{place}") and merge:
            continue
        themes[theme.code] = Theme(
            theme.code,
            _field(f"name-{place}", LONGEST_NAME) or ("" if merge else theme.name),
            _field(f"definition-{place}", LONGEST_DEFINITION),
            theme.continues,
            _words(f"words-{place}") if f"words-{place}" in request.form else theme.words,
        )
        target = request.form.get(f"into-{place}", "")
        if target and target != theme.code and merge:
            into[theme.code] = target
    for code, target in into.items():
        if target not in themes or target in into:
            raise frames.UnusableFrame(
                ["Et tema kan kun slås sammen med et tema, der bliver i kodebogen."]
            )
        gone, kept = themes.pop(code), themes[target]
        themes[target] = Theme(
            kept.code,
            kept.name,
            kept.definition,
            tuple(dict.fromkeys((*kept.continues, *gone.continues))),
            tuple(dict.fromkeys((*kept.words, *gone.words))),
        )
    name = _field("new-name", LONGEST_NAME)
    if name and merge:
        code = frames.new_code(name, list(themes))
        definition = _field("new-definition", LONGEST_DEFINITION)
        themes[code] = Theme(code, name, definition, (), _words("new-words"))
    return list(themes.values())


def _with_proposal(frame: CodeFrame) -> list[Theme]:
    words = _words("proposal")
    name = " ".join(words[:3]).capitalize()[:LONGEST_NAME] or "Nyt tema"
    code = frames.new_code(name, frame.codes)
    taken = {theme.name.casefold() for theme in frame.themes}
    if name.casefold() in taken:
        name = f"{name} ({code})"
    definition = "Skriv her, hvad temaet dækker, og hvad der ikke er med."
    return [*frame.themes, Theme(code, name, definition, (), words)]


def _field(name: str, longest: int) -> str:
    return " ".join(request.form.get(name, "").split())[:longest]


def _words(name: str) -> tuple[str, ...]:
    found = request.form.get(name, "").casefold().replace(",", " ").split()
    return tuple(dict.fromkeys(word[:40] for word in found))[:MOST_WORDS]


def _known(audience: str) -> None:
    if audience not in AUDIENCES:
        abort(404)
