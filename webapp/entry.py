"""Keyboard entry: staff type in what was answered on paper, one sheet after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from analysis import danish
from surveys import fieldwork, keys, links
from surveys.errors import NotAdmitted, UnknownCode
from surveys.fieldwork import Admission
from surveys.instrument import KINDS, SOURCE_LANGUAGE, Answer, Instrument, Item, Missing
from surveys.interview import Draft, Interview
from surveys.wording import LANGUAGE_NAMES
from webapp import access, citizen, double_entry, forms, paper, running
from webapp.double_entry import Agreement, Outcome, Sheet
from webapp.paper import Box

blueprint = Blueprint("entry", __name__)

READERS: Final = access.READERS
"""A caseworker must not see what a citizen answered, on paper no more than on a screen."""

SAID: Final = {
    Outcome.COUNTED: ("success", "Ark {number} er talt med. Makulér arket."),
    Outcome.AGAIN: (
        "info",
        "Ark {number} skal tastes igen. Læg det til en kollega, eller tast det selv om en time.",
    ),
    Outcome.DIFFERENT: (
        "warning",
        "De to indtastninger af ark {number} er ikke ens. Behold arket, og afgør, hvad der er"
        " rigtigt.",
    ),
    Outcome.KNOWN: (
        "warning",
        "Ark {number} er talt med før, så det er ikke talt igen. Er arket en kopi, så lad feltet"
        " Arkets nummer stå tomt.",
    ),
    Outcome.TOO_SOON: (
        "warning",
        "Du har lige tastet ark {number}. Lad en kollega taste det igen, eller vent en time.",
    ),
}
NEW_NUMBER: Final = "Skriv nummer {number} på arket."


@dataclass(frozen=True, slots=True)
class Entered:
    """One question as it is typed in: its number on the sheet, and its boxes or its line."""

    number: int
    item: Item
    kind: str
    boxes: Sequence[Box]
    chosen: frozenset[str]
    typed: str
    problem: str
    rule: str | None
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One code in the list, with how its wave's paper is going."""

    code: str
    spelled: str
    title: str
    place: str
    agreement: Agreement


@blueprint.get("/staff/indtast")
@access.opened_to(READERS)
def overview() -> str:
    """The codes that sheets can be typed in for, and what waits."""
    here = running()
    with here.database.snapshot() as session:
        known = [
            link
            for link in links.links(session, here.clock())
            if link.open and access.may_use(link.unit)
        ]
        lines = [
            Line(
                code=link.code,
                spelled=keys.spelled(link.code),
                title=link.instrument.title(SOURCE_LANGUAGE),
                place=", ".join(name for name in (link.unit, link.course) if name),
                agreement=double_entry.agreement(
                    session, fieldwork.admit(session, link.code, here.clock()).wave_id
                ),
            )
            for link in known
        ]
        sheets = double_entry.waiting(session)
    return render_template(
        "entry/overview.html",
        danish=danish,
        lines=lines,
        spelled=paper.spelled,
        waiting=[sheet for sheet in sheets if not sheet.differs],
        differing=[sheet for sheet in sheets if sheet.differs],
        form=FlaskForm(),
    )


@blueprint.route("/staff/indtast/<code>", methods=["GET", "POST"])
@access.opened_to(READERS)
def sheet(code: str) -> AnyResponse | str | tuple[str, int]:
    """One empty sheet after another to be typed in."""
    here = running()
    try:
        with here.database.snapshot() as session:
            admission = fieldwork.admit(session, code, here.clock())
    except UnknownCode:
        abort(404)
    except NotAdmitted:
        flash("Koden tager ikke imod svar mere.", "warning")
        return redirect(url_for("entry.overview"), 303)
    if admission.personal or not access.may_use(admission.unit):
        abort(404)
    form = FlaskForm()
    if request.method == "GET":
        language = citizen.spoken(request.args.get("sprog"), citizen.offered(admission.instrument))
        return _page(admission, code, form, language=language)
    return _typed_in(admission, code, form)


@blueprint.route("/staff/indtast/uens", methods=["GET", "POST"])
@access.opened_to(READERS)
def differing() -> AnyResponse | str | tuple[str, int]:
    """The sheets whose two entries differ, one after another, the oldest first."""
    here = running()
    form = FlaskForm()
    if form.validate_on_submit():
        found = _named()
        with here.database.transaction() as session:
            try:
                _, different = double_entry.differences(session, *found)
            except UnknownCode:
                return redirect(url_for("entry.differing"), 303)
            right: dict[str, Answer] = {}
            for one in different:
                choice = request.form.get(f"right.{one.item}")
                if choice not in {"first", "second", "none"}:
                    continue
                right[one.item] = {
                    "first": one.first,
                    "second": one.second,
                    "none": Missing.SKIPPED,
                }[choice]
            if len(right) == len(different):
                double_entry.settle(session, *found, right, secret=here.settings.secret_key)
        if len(right) < len(different):
            return _settling(form, missing=True), 422
        flash(SAID[Outcome.COUNTED][1].format(number=paper.spelled(found[1])), "success")
        return redirect(url_for("entry.differing"), 303)
    page = _settling(form)
    return (page, 422) if form.is_submitted() else page


@blueprint.post("/staff/indtast/taeller-med")
@access.opened_to(READERS)
def once() -> AnyResponse:
    """Count a sheet that nobody can type in again, as it was typed in the first time."""
    here = running()
    if FlaskForm().validate_on_submit():
        wave_id, number = _named()
        with here.database.transaction() as session:
            try:
                double_entry.settle(session, wave_id, number, {}, secret=here.settings.secret_key)
            except UnknownCode:
                flash("Arket venter ikke mere.", "warning")
            else:
                flash(SAID[Outcome.COUNTED][1].format(number=paper.spelled(number)), "success")
    else:
        flash("Siden har været åben længe. Prøv igen.", "warning")
    return redirect(url_for("entry.overview"), 303)


def _typed_in(admission: Admission, code: str, form: FlaskForm) -> AnyResponse | tuple[str, int]:
    here = running()
    instrument = admission.instrument
    raws = forms.raws(instrument, request.form)
    language = citizen.spoken(request.form.get("language"), citizen.offered(instrument))
    typed = request.form.get("number", "").strip()
    number = paper.heard(typed) if typed else paper.new_number()
    interview = Interview(instrument, Draft(SOURCE_LANGUAGE))
    refused = dict(interview.fill(raws))
    blank = [item for item, prompt in refused.items() if _is_blank(prompt)]
    if "incomplete" in request.form:
        for item in blank:
            del refused[item]
        skipped = dict.fromkeys(blank, Missing.SKIPPED)
        interview.draft = replace(interview.draft, answers={**interview.draft.answers, **skipped})
    say = forms.messages(instrument, SOURCE_LANGUAGE)
    problems = {item: say(prompt) for item, prompt in refused.items()}
    if not form.validate_on_submit() or number is None or problems:
        page = _page(
            admission,
            code,
            form,
            language=language,
            raws=raws,
            problems=problems,
            typed=typed,
            misread=number is None,
            blank=bool(blank),
        )
        return page, 422
    try:
        with here.database.transaction() as session:
            outcome = double_entry.enter(
                session,
                admission,
                number,
                interview.finish().answers,
                language=language,
                person=current_user.id,
                secret=here.settings.secret_key,
                now=here.clock(),
            )
    except NotAdmitted:
        flash("Runden er lukket, så arket kan ikke tælle med.", "warning")
        return redirect(url_for("entry.overview"), 303)
    kind, words = SAID[outcome]
    said = words.format(number=paper.spelled(number))
    if not typed and outcome is Outcome.AGAIN:
        said = f"{NEW_NUMBER.format(number=paper.spelled(number))} {said}"
    flash(said, kind)
    return redirect(url_for("entry.sheet", code=code, sprog=language), 303)


def _page(
    admission: Admission,
    code: str,
    form: FlaskForm,
    *,
    language: str,
    raws: Mapping[str, object] | None = None,
    problems: Mapping[str, str] | None = None,
    typed: str = "",
    misread: bool = False,
    blank: bool = False,
) -> str:
    instrument = admission.instrument
    with running().database.snapshot() as session:
        agreement = double_entry.agreement(session, admission.wave_id)
    return render_template(
        "entry/sheet.html",
        danish=danish,
        form=form,
        code=code,
        spelled=keys.spelled(keys.heard(code) or code),
        title=instrument.title(SOURCE_LANGUAGE),
        place=", ".join(name for name in (admission.unit, admission.course) if name),
        questions=_questions(instrument, raws or {}, problems or {}),
        problems=problems or {},
        languages=[(one, LANGUAGE_NAMES[one]) for one in citizen.offered(instrument)],
        language=language,
        typed=typed,
        misread=misread,
        blank=blank,
        agreement=agreement,
        every=double_entry.EVERY,
    )


def _questions(
    instrument: Instrument, raws: Mapping[str, object], problems: Mapping[str, str]
) -> Sequence[Entered]:
    numbers = paper.numbered(instrument)
    return [
        Entered(
            number=numbers[item.id],
            item=item,
            kind=KINDS[type(item.domain)],
            boxes=(boxes := paper.boxes(instrument, item, SOURCE_LANGUAGE)),
            chosen=_chosen(raws.get(item.id)),
            typed=_words(raws.get(item.id)),
            problem=problems.get(item.id, ""),
            rule=paper.rule(instrument, item, SOURCE_LANGUAGE),
            words={
                box.specify.id: _words(raws.get(box.specify.id)) for box in boxes if box.specify
            },
        )
        for item in instrument
        if item.companion_of is None
    ]


def _settling(form: FlaskForm, *, missing: bool = False) -> str:
    with running().database.snapshot() as session:
        sheets = [sheet for sheet in double_entry.waiting(session) if sheet.differs]
        shown: Sheet | None = sheets[0] if sheets else None
        rows: list[dict[str, Any]] = []
        if shown is not None:
            instrument, different = double_entry.differences(session, shown.wave_id, shown.number)
            numbers = paper.numbered(instrument)
            rows = [
                {
                    "item": one.item,
                    "number": numbers[instrument[one.item].companion_of or one.item],
                    "question": instrument[one.item].text(SOURCE_LANGUAGE),
                    "first": _said(instrument[one.item], one.first),
                    "second": _said(instrument[one.item], one.second),
                }
                for one in different
            ]
    return render_template(
        "entry/differing.html",
        form=form,
        sheet=shown,
        rows=rows,
        left=len(sheets),
        spelled=paper.spelled,
        missing=missing,
    )


def _said(item: Item, answer: Answer) -> str:
    if not isinstance(answer, Missing):
        return item.domain.describe(answer, SOURCE_LANGUAGE)
    return {
        Missing.DONT_KNOW: "Ved ikke",
        Missing.REFUSED: "Vil ikke svare",
        Missing.NOT_APPLICABLE: "Skulle ikke svare",
    }.get(answer, "Ikke besvaret")


def _named() -> tuple[int, str]:
    try:
        return int(request.form["wave"]), request.form["number"]
    except ValueError:
        abort(400)


def _is_blank(prompt: Any) -> bool:
    return prompt.problem is not None and prompt.problem.code == "required"


def _chosen(raw: object) -> frozenset[str]:
    codes = raw if isinstance(raw, list) else [raw]
    return frozenset(str(code) for code in codes if code)


def _words(raw: object) -> str:
    return raw if isinstance(raw, str) else ""
