"""An instrument with rules: one question a page, kept on the server between pages."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from flask import Response, g, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from surveys import fieldwork, keys, sitting
from surveys.errors import IncompleteInterview, UnknownCode
from surveys.fieldwork import Admission
from surveys.interview import Interview, Prompt, Review, Step
from surveys.privacy import MASKS
from webapp import callback, care, citizen, device, forms, running, security, thanks, turns
from webapp.citizen import offered, spoken
from webapp.device import Device, Verdict
from webapp.door import door
from webapp.one_page import review, review_lines
from webapp.published import GAP, Page, published
from webapp.remembered import Remembered


def welcome(
    admission: Admission,
    language: str,
    ballot: str | None,
    *,
    link: str | None = None,
    status: int = 200,
) -> Answer:
    """The honest first page. Nothing is stored before its button is pressed.

    Behind an open `link` it is left at the door for whoever comes next.
    """
    languages = offered(admission.instrument)
    in_progress = ballot is not None and _in_progress(admission, ballot)
    render = partial(
        citizen.render,
        "respond/welcome.html",
        language,
        languages=languages,
        instrument=admission.instrument,
        anonymity=admission.anonymity,
        personal=admission.personal,
        in_progress=in_progress,
        old=status == 403,
    )
    token = security.form_token(turns.bound(ballot))
    if in_progress or status != 200:
        return Response(render(token=token), status, mimetype="text/html")
    version, wave = admission.instrument_version_id, (admission.anonymity, admission.personal)
    page = published().page(
        ("welcome", version, *wave, language, languages, device.home()), lambda: render(token=GAP)
    )
    if link is not None and ballot is None:
        door().leave_opened(link, admission, page, lambda: (token,))
    return page.fill(token)


def begin(admission: Admission, link: str | None = None, *, screen: Device | None = None) -> Answer:
    """Open a draft, under the invitation or under a new ballot, and go to the first question."""
    remembered = Remembered.read()
    language = spoken(request.form.get("lang"), offered(admission.instrument))
    if not security.is_own_form(turns.bound(remembered.ballot), request.form.get("token", "")):
        return welcome(admission, language, remembered.ballot, status=403)
    mode = "kiosk" if screen else "web"
    interview, ballot = turns.opened(admission, remembered.ballot, language, mode)
    step = interview.step()
    _leave_next(interview, step, ballot)
    response = _go(step)
    remembered.holding(ballot, admission.instrument_version_id, link).write(response)
    return response


def here(interview: Interview, ballot: str) -> Answer:
    """The check page once everything is answered, else the way to the next question."""
    step = interview.step()
    return _go(step) if isinstance(step, Prompt) else _check(interview, ballot)


def send(ballot: str) -> Answer:
    """What the check page was posted for: another language, or sending.

    Raises AlreadyAnswered when it was sent before.
    """
    remembered = Remembered.read()
    now = running().clock()
    receipt = remembered.receipt(ballot)
    language = request.form.get("language")
    own = security.is_own_form(ballot, request.form.get("token", ""))
    screen = device.here()
    verdict = Verdict.TAKEN
    opened: list[Interview] = []
    counted: list[bool] = []
    g.review = lambda: review_lines(opened[-1]) if opened else ()

    def cast(session: Session) -> tuple[sitting.Sitting, bool]:
        nonlocal verdict
        found = turns.resumed(session, ballot)
        if found is None:
            fieldwork.admit(session, ballot, now)
            raise UnknownCode
        opened.append(found.interview)
        if language is not None:
            found.interview.speak(language)
            found.save(now)
        elif own and (verdict := device.judge(screen, found.interview, now)) is Verdict.TAKEN:
            counted.append(found.send(spends=keys.spend_hash(ballot), receipt=receipt, now=now))
            return found, True
        return found, False

    try:
        found, is_sent = running().database.together(cast)
    except IncompleteInterview:
        return _go()
    interview = found.interview
    if verdict is Verdict.PAUSE:
        return thanks.not_now(interview.draft.language)
    if verdict is Verdict.TOO_QUICK:
        return _check(interview, ballot, quick=True)
    if not is_sent:
        return _check(interview, ballot, status=403) if language is None else _go()
    return thanks.thank(
        receipt if counted[-1] else thanks.told_before(ballot),
        remembered.version,
        interview.draft.language,
        link=remembered.link,
        unit=found.unit,
        low=callback.is_low(interview.instrument, interview.draft.answers),
        screen=device.after(screen, interview, now),
    )


def question(item: str) -> Answer:
    """One question: shown (GET), or answered, skipped or shown in another language (POST)."""
    ballot = Remembered.read().ballot
    if ballot is None and request.method == "GET":
        return redirect(url_for("respond.front", husket="nej"), 303)
    if ballot is None:
        raise UnknownCode
    if request.method == "POST":
        return _answered(item, ballot)
    with running().database.snapshot() as session:
        found = turns.resumed(session, ballot)
    if found is None:
        return _go()
    step = found.interview.look(item)
    if not isinstance(step, Prompt) or step.stale or step.companion_of:
        return _go(step)
    return _ask(found.interview, [step], ballot)


def _answered(item: str, ballot: str) -> Answer:
    """Take one posted page."""
    posted = request.form
    own = security.is_own_form(ballot, posted.get("token", ""))
    now = running().clock()

    def take(session: Session) -> turns.Turn:
        found = turns.resumed(session, ballot)
        if found is None:
            raise UnknownCode
        taken = turns.take(found.interview, item, posted, own=own)
        found.save(now)
        return taken

    turn = running().database.together(take)
    interview = turn.interview
    if turn.again:
        return _ask(interview, turn.again, ballot, alert=turn.alert, status=turn.status)
    if turn.calls_for_care(posted):
        return care.page(interview.draft.language, address=turns.address(turn.step, turn.removed))
    if not turn.removed:
        _leave_next(interview, turn.step, ballot)
    return _go(turn.step, turn.removed)


def _ask(
    interview: Interview,
    prompts: Sequence[Prompt],
    ballot: str,
    *,
    alert: str = "",
    status: int = 200,
) -> Response:
    asked = _question(interview, prompts)
    removed = _just_removed()
    token = security.form_token(ballot)
    if alert or removed or asked.refused or not asked.is_blank:
        page = _rendered(interview, asked, token, removed=removed, alert=alert)
        return Response(page, status, mimetype="text/html")
    return _blank(interview, asked).fill(token)


def _question(interview: Interview, prompts: Sequence[Prompt]) -> forms.Question:
    main = prompts[0]
    if len(prompts) == 1:
        prompts = [main, *interview.companions(main.item)]
    return forms.questions(prompts)[0]


def _blank(interview: Interview, asked: forms.Question) -> Page:
    """The page of a question in which nothing is chosen or written: the same for everybody."""
    key = _blank_key(interview, asked)
    return published().page(key, lambda: _rendered(interview, asked, GAP))


def _blank_key(interview: Interview, asked: forms.Question) -> Hashable:
    instrument, main = interview.instrument, asked.prompt
    return (
        "question",
        device.home(),
        instrument.name,
        instrument.version,
        interview.draft.language,
        offered(instrument),
        main.item,
        main.progress,
        _before(interview, asked),
    )


def _rendered(
    interview: Interview,
    asked: forms.Question,
    token: str,
    *,
    removed: Mapping[str, int] = MappingProxyType({}),
    alert: str = "",
) -> str:
    instrument, language = interview.instrument, interview.draft.language
    return citizen.render(
        "respond/question.html",
        language,
        languages=offered(instrument),
        instrument=instrument,
        question=asked,
        problems=asked.refused,
        message=forms.messages(instrument, language),
        before=_before(interview, asked),
        removed=removed,
        alert=alert,
        token=token,
    )


def _before(interview: Interview, asked: forms.Question) -> str | None:
    """The question to go back to."""
    previous = interview.journey.previous(asked.prompt.item)
    return None if previous is None else previous.companion_of or previous.id


def _next_question(interview: Interview, step: Step) -> forms.Question | None:
    """The question that a step leads to, where its page is one for everybody."""
    if isinstance(step, Prompt) and not step.companion_of and not step.stale:
        asked = _question(interview, [step])
        return asked if asked.is_blank else None
    return None


def _leave_next(interview: Interview, step: Step, ballot: str) -> None:
    """Leave the page that the browser is sent on to at the door, where it is one for everybody."""
    asked = _next_question(interview, step)
    if asked is not None:
        words = (security.form_token(ballot),)
        door().leave_next(ballot, turns.address(step), _blank(interview, asked), words)


def ready(interview: Interview, step: Step, ballot: str) -> tuple[Page, tuple[str, ...]] | None:
    """The page that a step leads to, with the words for its gaps; None if it is yet to be rendered.

    Needs no request.
    """
    if isinstance(step, Review):
        page = published().ready(_check_key(interview))
        return None if page is None else (page, _check_words(interview, ballot))
    asked = _next_question(interview, step)
    page = None if asked is None else published().ready(_blank_key(interview, asked))
    return None if page is None else (page, (security.form_token(ballot),))


def _check(interview: Interview, ballot: str, *, status: int = 200, quick: bool = False) -> Answer:
    instrument, language = interview.instrument, interview.draft.language
    removed = _just_removed()
    words = _check_words(interview, ballot)

    def render(token: str, back: str, review: str) -> str:
        return citizen.render(
            "respond/check.html",
            language,
            languages=offered(instrument),
            instrument=instrument,
            paged=True,
            removed=removed,
            token=token,
            back=back,
            review=review,
            old=status == 403,
            quick=quick,
        )

    if removed or quick or status != 200:
        return Response(render(*words), status, mimetype="text/html")
    return published().page(_check_key(interview), lambda: render(GAP, GAP, GAP)).fill(*words)


def _check_key(interview: Interview) -> Hashable:
    instrument = interview.instrument
    languages = interview.draft.language, offered(instrument)
    return "check", device.home(), instrument.name, instrument.version, *languages


def _check_words(interview: Interview, ballot: str) -> tuple[str, str, str]:
    """The form's token, the question to go back to, and the answers."""
    last = interview.journey.previous(None)
    before = "" if last is None else last.companion_of or last.id
    return security.form_token(ballot), before, review(interview, paged=True)


def _go(step: Step | None = None, removed: Mapping[str, int] = MappingProxyType({})) -> Response:
    """On to where a step is shown, or to where the interview is."""
    headers = {"Location": turns.address(step, removed)}
    return Response(status=303, headers=headers, mimetype="text/html")


def _just_removed() -> dict[str, int]:
    told = {kind: request.args.get(kind, 0, int) for kind in MASKS} if request.args else {}
    return {str(kind): n for kind, n in told.items() if n > 0}


def _in_progress(admission: Admission, ballot: str) -> bool:
    with running().database.snapshot() as session:
        found = turns.resumed(session, ballot)
    return found is not None and found.survey == admission.survey
