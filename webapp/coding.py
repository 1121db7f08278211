"""Themes in comments, as people read them: the review queue, agreement, and new model versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from analysis import (
    coding,
    danish,
    frames,
    lessons,
    review,
)
from analysis.coding import AUDIENCES, Judgement
from analysis.corpus import CodeFrame
from analysis.frames import OTHER
from surveys import extract
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, running

blueprint = Blueprint("coding", __name__)

CODERS: Final = frozenset({access.Role.ANALYTIKER, access.Role.LEDER})
"""Who reads comments: few, and nobody who meets those that wrote them."""

NONE: Final = "none"
"""The field value of *Intet tema*, which is an empty set of themes."""

NAMES: Final = {"citizen": "Borgere", "company": "Virksomheder", "course": "Kurser"}
TONES: Final = {
    "positive": "Ros",
    "negative": "Kritik",
    "mixed": "Ros og kritik",
    "neutral": "Neutral",
}
MOST_PASSED: Final = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One audience on the overview."""

    audience: str
    name: str
    standing: review.Standing
    model: str
    frame: CodeFrame
    lesson: lessons.Lesson | None
    waves: Sequence[extract.Wave]


@blueprint.get("/staff/temaer")
@access.opened_to(CODERS)
def overview() -> str:
    """How far the reading has come, audience by audience."""
    # The models' libraries are large, and only these pages want them
    from analysis import embedding, themes

    with running().database.snapshot() as snapshot:
        lines = [
            Line(
                audience,
                NAMES[audience],
                review.standing(snapshot, audience),
                themes.about(frame).name,
                frame,
                lessons.lesson(snapshot, audience),
                review.waves(snapshot, audience)[0],
            )
            for audience in AUDIENCES
            if (frame := frames.in_use(snapshot, audience))
        ]
    return render_template(
        "coding/overview.html",
        lines=lines,
        danish=danish,
        semantic=themes.backend_in_use() == "semantic",
        installed=embedding.installed(),
    )


@blueprint.route("/staff/temaer/<audience>/gennemgang", methods=["GET", "POST"])
@access.opened_to(CODERS)
def queue(audience: str) -> AnyResponse | str | tuple[str, int]:
    """Read the comment that teaches most, and go on to the next."""
    return _read(audience, second=False)


@blueprint.route("/staff/temaer/<audience>/dobbelt", methods=["GET", "POST"])
@access.opened_to(CODERS)
def again(audience: str) -> AnyResponse | str | tuple[str, int]:
    """Read what another person has read, to see whether you agree."""
    return _read(audience, second=True)


@blueprint.get("/staff/temaer/<audience>/enighed")
@access.opened_to(CODERS)
def agreement(audience: str) -> str:
    """How far two people agree, and the machine with people."""
    _known(audience)
    with running().database.snapshot() as snapshot:
        return render_template(
            "coding/agreement.html",
            audience=audience,
            name=NAMES[audience],
            frame=frames.in_use(snapshot, audience),
            people=review.between_people(snapshot, audience),
            machine=review.with_machine(snapshot, audience),
            wanted=review.SECOND_READINGS,
            other=frames.OTHER,
            danish=danish,
        )


@blueprint.route("/staff/temaer/<audience>/model", methods=["GET", "POST"])
@access.opened_to(CODERS)
def model(audience: str) -> AnyResponse | str:
    """The versions of a model, how well each reads, and the wish for a new one."""
    from analysis import models, themes

    _known(audience)
    database = running().database
    if FlaskForm().validate_on_submit():
        with database.transaction() as transaction:
            lessons.ask(transaction, audience)
        return redirect(url_for("coding.model", audience=audience), 303)
    with database.snapshot() as snapshot:
        frame = frames.in_use(snapshot, audience)
        standing = review.standing(snapshot, audience)
        lesson = lessons.lesson(snapshot, audience)
    present = themes.about(frame)
    kept = models.versions(themes.stem(frame, themes.backend_in_use()))
    newest = themes.about(frame, kept[-1])
    return render_template(
        "coding/model.html",
        audience=audience,
        name=NAMES[audience],
        form=FlaskForm(),
        present=present,
        candidate=newest if newest.version > present.version else None,
        versions=kept,
        standing=standing,
        lesson=lesson,
        danish=danish,
    )


@blueprint.post("/staff/temaer/<audience>/model/<int:version>")
@access.opened_to(CODERS)
def use(audience: str, version: int) -> AnyResponse:
    """Read with a stored version from now on; the worker codes again what no person has coded."""
    from analysis import models, themes

    _known(audience)
    if FlaskForm().validate_on_submit():
        with running().database.snapshot() as snapshot:
            frame = frames.in_use(snapshot, audience)
        try:
            models.use(themes.stem(frame, themes.backend_in_use()), version)
        except models.UnknownModel:
            abort(404)
    return redirect(url_for("coding.model", audience=audience), 303)


def _read(audience: str, *, second: bool) -> AnyResponse | str | tuple[str, int]:
    _known(audience)
    here = url_for("coding.again" if second else "coding.queue", audience=audience)
    form = FlaskForm()
    problems: Mapping[str, str] = {}
    shown: review.Proposal | None = None
    if form.is_submitted():
        comment_id = request.form.get("comment", "")
        if form.validate() and "skip" in request.form:
            session["passed"] = [*_passed(), comment_id][-MOST_PASSED:]
            return redirect(here, 303)
        with running().database.transaction() as transaction:
            shown = review.comment_in(transaction, audience, comment_id)
            if shown is None:
                # Erased, or its wave was, while the page was open
                return redirect(here, 303)
            problems = _problems(form)
            if not problems:
                coding.record(
                    transaction,
                    shown.wave,
                    comment_id,
                    _judgement(shown.frame),
                    coder=_me(),
                    sight="second" if second else _sight(),
                )
        if not problems:
            return redirect(here, 303)
    with running().database.snapshot() as snapshot:
        if shown is None:
            find = review.second if second else review.upcoming
            shown = find(snapshot, audience, _me(), _passed())
        page = render_template(
            "coding/read.html",
            audience=audience,
            name=NAMES[audience],
            here=here,
            second=second,
            shown=shown,
            question=shown and shown.wave.instrument[shown.comment.item].text(SOURCE_LANGUAGE),
            sight="second" if second else (_sight() if problems else shown and shown.sight),
            ticked=_ticked(shown, again=bool(problems)),
            problems=problems,
            form=form,
            standing=review.standing(snapshot, audience),
            tones=TONES,
            other=OTHER,
            no_theme=NONE,
            danish=danish,
            passed=bool(_passed()),
        )
    return (page, 422) if problems else page


@dataclass(frozen=True, slots=True)
class _Ticked:
    """What is chosen on the form: by the model, or by the person who has to correct it."""

    themes: Mapping[str, str]
    sentiment: str | None


def _ticked(shown: review.Proposal | None, *, again: bool) -> _Ticked:
    if again:
        chosen = {code: request.form.get(f"tone-{code}", "") for code in _chosen()}
        return _Ticked(chosen, request.form.get("sentiment"))
    if shown is None or shown.sight != "shown":
        return _Ticked({}, None)
    return _Ticked(shown.proposed or {NONE: ""}, shown.sentiment)


def _problems(form: FlaskForm) -> Mapping[str, str]:
    problems = {}
    if not form.validate():
        problems["form"] = "Siden har været åben længe. Tryk på Gem igen."
    chosen = _chosen()
    if not chosen:
        problems["themes"] = "Sæt kryds ved mindst ét tema, ved Andet eller ved Intet tema."
    elif NONE in chosen and len(chosen) > 1:
        problems["themes"] = "Intet tema kan ikke stå sammen med andre krydser."
    if request.form.get("sentiment") not in TONES:
        problems["sentiment"] = "Vælg en tone for hele kommentaren."
    return problems


def _judgement(frame: CodeFrame) -> Judgement:
    """What the form says. The tone of a theme is the whole comment's, unless that has several."""
    sentiment = request.form["sentiment"]
    said = {}
    for code in _chosen():
        if code in {*frame.codes, OTHER}:
            tone = request.form.get(f"tone-{code}")
            said[code] = tone if sentiment == "mixed" and tone in TONES else sentiment
    return Judgement(said, sentiment)


def _chosen() -> Sequence[str]:
    return list(dict.fromkeys(request.form.getlist("theme")))


def _sight() -> coding.Sight:
    return "blind" if request.form.get("sight") == "blind" else "shown"


def _passed() -> list[str]:
    return list(session.get("passed", []))


def _me() -> str:
    return str(current_user.id)


def _known(audience: str) -> None:
    if audience not in AUDIENCES:
        abort(404)
