"""An instrument with rules: one question a page, kept on the server between pages."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Response, g, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from surveys import fieldwork, keys, sitting
from surveys.errors import IncompleteInterview, UnknownCode
from surveys.fieldwork import Admission
from surveys.interview import Interview, Prompt, Step
from surveys.privacy import MASKS
from webapp import callback, care, citizen, forms, running, security, thanks
from webapp.citizen import offered, spoken
from webapp.one_page import review_lines
from webapp.remembered import Remembered


def welcome(
    admission: Admission, language: str, ballot: str | None, *, status: int = 200
) -> Answer:
    """The honest first page. Nothing is stored before its button is pressed."""
    page = citizen.render(
        "respond/welcome.html",
        language,
        languages=offered(admission.instrument),
        instrument=admission.instrument,
        anonymity=admission.anonymity,
        personal=admission.personal,
        token=security.form_token(_bound(ballot)),
        in_progress=_in_progress(admission, ballot),
        old=status == 403,
    )
    return Response(page, status, mimetype="text/html")


def begin(admission: Admission, link: str | None = None) -> Answer:
    """Open a draft, under the invitation or under a new ballot, and go to the first question."""
    remembered = Remembered.read()
    language = spoken(request.form.get("lang"), offered(admission.instrument))
    if not security.is_own_form(_bound(remembered.ballot), request.form.get("token", "")):
        return welcome(admission, language, remembered.ballot, status=403)
    personal = remembered.ballot if admission.personal else None
    ballot = personal or keys.new_ballot()
    now = running().clock()
    with running().database.transaction() as session:
        before = _resumed(session, remembered.ballot)
        if before is not None and before.survey == admission.survey:
            before.discard()
        opened = sitting.begin(
            session, admission, keys.draft_key(ballot), mode="web", language=language, now=now
        )
        response = redirect(_address(opened.interview.step()), 303)
    remembered.holding(ballot, admission.instrument_version_id, link).write(response)
    return response


def here(interview: Interview, ballot: str) -> Answer:
    """The check page once everything is answered, else the way to the next question."""
    step = interview.step()
    if isinstance(step, Prompt):
        return redirect(_address(step), 303)
    return _check(interview, ballot)


def send(ballot: str) -> Answer:
    """What the check page was posted for: another language, or sending.

    Raises AlreadyAnswered when it was sent before.
    """
    remembered = Remembered.read()
    now = running().clock()
    with running().database.transaction() as session:
        found = _resumed(session, ballot)
        if found is None:
            fieldwork.admit(session, ballot, now)
            raise UnknownCode
        interview = found.interview
        g.review = lambda: review_lines(interview)
        if "language" in request.form:
            interview.speak(request.form["language"])
            found.save(now)
            return redirect(url_for("respond.answering"), 303)
        if not security.is_own_form(ballot, request.form.get("token", "")):
            return _check(interview, ballot, status=403)
        try:
            found.send(
                spends=keys.spend_hash(ballot),
                receipt=keys.receipt(running().settings.secret_key, ballot),
                now=now,
            )
        except IncompleteInterview:
            return redirect(url_for("respond.answering"), 303)
    return thanks.thank(
        ballot,
        remembered.version,
        interview.draft.language,
        link=remembered.link,
        unit=found.unit,
        low=callback.is_low(interview.instrument, interview.draft.answers),
    )


def question(item: str) -> Answer:
    """One question: shown (GET), or answered, skipped or shown in another language (POST)."""
    ballot = Remembered.read().ballot
    if ballot is None:
        raise UnknownCode
    if request.method == "GET":
        with running().database.snapshot() as session:
            found = _resumed(session, ballot)
        if found is None:
            return redirect(url_for("respond.answering"), 303)
        step = found.interview.look(item)
        if not isinstance(step, Prompt) or step.stale or step.companion_of:
            return redirect(_address(step), 303)
        return _ask(found.interview, [step], ballot)
    with running().database.transaction() as session:
        found = _resumed(session, ballot)
        if found is None:
            raise UnknownCode
        answer = _answered(found.interview, item, ballot)
        found.save(running().clock())
    return answer


def _answered(interview: Interview, item: str, ballot: str) -> Answer:
    """Take one posted page; the interview holds afterwards what is to be saved."""
    posted = request.form
    if "language" in posted:
        interview.speak(posted["language"])
    step = interview.look(item)
    if not isinstance(step, Prompt) or step.companion_of:
        return redirect(_address(step), 303)
    if step.stale:
        return _ask(interview, [step], ballot, alert="stale", status=409)
    asked = [step, *(p for p in interview.page() if p.companion_of == item)]
    given = forms.raws(interview.instrument, posted)
    as_typed = [forms.as_typed(prompt, given[prompt.item]) for prompt in asked]
    if "language" in posted:
        return _ask(interview, as_typed, ballot)
    if not security.is_own_form(ballot, posted.get("token", "")):
        return _ask(interview, as_typed, ballot, alert="session_old_title", status=403)
    removed: Counter[str] = Counter()
    before = dict(interview.draft.answers)
    for prompt in as_typed:
        if not interview.journey.visitable(prompt.item):
            continue
        raw = None if "skip" in posted else given[prompt.item]
        step = interview.answer(prompt.item, raw)
        if isinstance(step, Prompt) and step.problem:
            shown = [step if one.item == step.item else one for one in as_typed]
            return _ask(interview, shown, ballot, status=422)
        removed.update(step.removed)
    onward = _address(step, removed)
    # Words that stood there before have been asked after
    if interview.draft.answers != before and care.is_due(interview.instrument, posted):
        return care.page(interview.draft.language, address=onward)
    return redirect(onward, 303)


def _ask(
    interview: Interview,
    prompts: list[Prompt],
    ballot: str,
    *,
    alert: str = "",
    status: int = 200,
) -> Answer:
    instrument, language = interview.instrument, interview.draft.language
    main = prompts[0]
    if len(prompts) == 1:
        prompts = [main, *(p for p in interview.page() if p.companion_of == main.item)]
    asked = forms.questions(prompts)[0]
    before = interview.journey.previous(main.item)
    page = citizen.render(
        "respond/question.html",
        language,
        languages=offered(instrument),
        instrument=instrument,
        question=asked,
        problems=asked.refused,
        message=forms.messages(instrument, language),
        before=(before.companion_of or before.id) if before else None,
        removed=_just_removed(),
        alert=alert,
        token=security.form_token(ballot),
    )
    return Response(page, status, mimetype="text/html")


def _check(interview: Interview, ballot: str, *, status: int = 200) -> Answer:
    page = citizen.render(
        "respond/check.html",
        interview.draft.language,
        languages=offered(interview.instrument),
        instrument=interview.instrument,
        lines=review_lines(interview),
        paged=True,
        removed=_just_removed(),
        token=security.form_token(ballot),
        old=status == 403,
    )
    return Response(page, status, mimetype="text/html")


def _address(step: Step, removed: Mapping[str, int] = MappingProxyType({})) -> str:
    """Where a step is shown. What was masked on the way there is told there, and kept nowhere."""
    if isinstance(step, Prompt):
        address = url_for("respond.question", item=step.companion_of or step.item)
    else:
        address = url_for("respond.answering")
    return f"{address}?{urlencode(removed)}" if removed else address


def _just_removed() -> dict[str, int]:
    told = {kind: request.args.get(kind, 0, int) for kind in MASKS}
    return {str(kind): n for kind, n in told.items() if n > 0}


def _resumed(session: Session, ballot: str | None) -> sitting.Sitting | None:
    return None if ballot is None else sitting.resume(session, keys.draft_key(ballot))


def _in_progress(admission: Admission, ballot: str | None) -> bool:
    with running().database.snapshot() as session:
        found = _resumed(session, ballot)
    return found is not None and found.survey == admission.survey


def _bound(ballot: str | None) -> str:
    return ballot or "start"
