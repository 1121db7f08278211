"""An instrument without rules: one page, checked without being stored, and sent at once."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Final

from flask import Response, g, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from surveys import ballot as ballots
from surveys import keys
from surveys.fieldwork import Admission
from surveys.interview import Draft, Interview, Prompt, Review, ReviewLine
from webapp import callback, care, citizen, device, forms, running, saving, security, thanks
from webapp.citizen import offered, spoken
from webapp.device import Device, Verdict
from webapp.door import door
from webapp.published import GAP, published
from webapp.remembered import Remembered

_BALLOT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def show(admission: Admission, language: str, ballot: str, *, link: str | None = None) -> Response:
    """The empty form: ready bytes, into which only the ballot and its token are put.

    A personal ballot stays in its cookie, out of reach of scripts. Behind an open `link` the form
    is left at the door for whoever comes next.
    """
    names = offered(admission.instrument)
    key = (
        "form", admission.instrument_version_id, admission.anonymity, admission.personal, language,
        names, device.home(),
    )  # fmt: skip
    page = published().page(
        key,
        lambda: _form(
            admission,
            Interview(admission.instrument, Draft(language)).page(),
            language,
            ballot=GAP,
            token=GAP,
        ),
    )
    if link is not None:
        door().leave_opened(link, admission, page, partial(_new, running().settings.secret_key))
    return page.fill("" if admission.personal else ballot, security.form_token(ballot))


def _new(secret: str) -> tuple[str, str]:
    ballot = keys.new_ballot()
    return ballot, security.token_of(secret, ballot)


def preview(admission: Admission, language: str) -> str:
    """The empty form for staff to look at; it belongs to no ballot."""
    prompts = Interview(admission.instrument, Draft(language)).page()
    return _form(admission, prompts, language, ballot="", token="")


def take(
    admission: Admission,
    *,
    held: str | None = None,
    link: str | None = None,
    screen: Device | None = None,
) -> Answer:
    """Whatever the form, or the check page that carries its answers, was posted for.

    The ballot is the one `held` in the cookie, or came with the form and is proved by nothing: it
    only keeps one answer from being counted twice. `screen` is the one in a reception that it was
    posted from.
    """
    posted = request.form
    instrument = admission.instrument
    language = spoken(posted.get("language") or posted.get("lang"), offered(instrument))
    given = forms.raws(instrument, posted)
    typed = posted.get("ballot", "")
    ballot = held or (typed if is_ballot(typed) else keys.new_ballot())
    interview = Interview(instrument, Draft(language))
    if at := _place_to_return_to(posted, given):
        prompts = [forms.as_typed(prompt, given[prompt.item]) for prompt in interview.page()]
        return _page(admission, prompts, language, ballot, at=at)
    refused = interview.fill(given)
    if "save" in posted and (held or ballot == typed) and not any(map(given.get, refused)):
        return saving.save_page(admission, language, ballot, link)
    if refused:
        prompts = [
            refused.get(prompt.item) or forms.as_typed(prompt, given[prompt.item])
            for prompt in interview.page()
        ]
        return _page(admission, prompts, language, ballot, at=next(iter(refused)), status=422)
    g.review = lambda: review_lines(interview)
    if care.is_due(instrument, posted):
        button = "send" if "send" in posted else "check"
        fields = [(name, posted.get(name, "")) for name in ("ballot", "token", "lang")]
        return care.page(language, fields=[*fields, *forms.carried(posted)], button=button)
    removed = interview.removed
    own = security.is_own_form(ballot, posted.get("token", ""))
    sent = "send" in posted and own and (held or ballot == typed)
    verdict = device.judge(screen, interview, running().clock()) if sent else Verdict.TAKEN
    if verdict is Verdict.PAUSE:
        return thanks.not_now(language)
    if sent and verdict is Verdict.TAKEN:
        receipt = Remembered.read().receipt(ballot)
        counted = cast(admission, interview, ballot, receipt, "kiosk" if screen else "web")
        return thanks.thank(
            receipt if counted else thanks.told_before(ballot),
            admission.instrument_version_id,
            language,
            removed=removed,
            link=link,
            unit=admission.unit,
            low=callback.is_low(instrument, interview.draft.answers),
            screen=device.after(screen, interview, running().clock()),
        )
    page = citizen.render(
        "respond/check.html",
        language,
        languages=offered(instrument),
        instrument=instrument,
        review=review(interview, paged=False),
        removed=removed,
        carried=forms.carried(posted),
        cared=posted.get(care.SEEN, ""),
        ballot="" if held else ballot,
        token=security.form_token(ballot),
        paged=False,
        old="send" in posted and not sent,
        quick=verdict is Verdict.TOO_QUICK,
    )
    status = 403 if "send" in posted and not sent else 200
    return Response(page, status, mimetype="text/html")


def is_ballot(text: str) -> bool:
    """Whether what came with a form can be the ballot of one."""
    return _BALLOT.fullmatch(text) is not None


def review_lines(interview: Interview) -> tuple[ReviewLine, ...]:
    """Every question on the route with its answer in words; none before all are answered."""
    step = interview.step()
    return step.lines if isinstance(step, Review) else ()


def review(interview: Interview, *, paged: bool) -> Markup:
    """The answers as the check page shows them, each with a way to change it."""
    return Markup(  # noqa: S704  what a template made is escaped
        citizen.render(
            "respond/review.html",
            interview.draft.language,
            languages=(),
            instrument=interview.instrument,
            lines=review_lines(interview),
            paged=paged,
        )
    )


def _place_to_return_to(posted: forms.Posted, given: dict[str, object]) -> str:
    """The item to show the form at again, if that is what was asked for; "" otherwise."""
    if item := posted.get("skip"):
        given[item] = None
        return item
    if "language" in posted:
        return posted.get("at") or "intro"
    return posted.get("change", "")


def cast(admission: Admission, interview: Interview, ballot: str, receipt: str, mode: str) -> bool:
    """Send what a form is filled with. False when this ballot was cast before. Needs no request."""
    here = running()
    casting = partial(
        ballots.cast,
        instrument=admission.instrument,
        closed=interview.finish().answers,
        wave_id=admission.wave_id,
        spends=keys.spend_hash(ballot),
        personal=admission.personal,
        receipt=receipt,
        mode=mode,
        language=interview.draft.language,
        unit=admission.unit,
        course=admission.course,
        caseworker=admission.caseworker,
        anonymity=admission.anonymity,
        now=here.clock(),
    )
    return here.database.together(casting)


def _page(
    admission: Admission,
    prompts: Iterable[Prompt],
    language: str,
    ballot: str,
    *,
    at: str,
    status: int = 200,
) -> Response:
    page = _form(
        admission,
        prompts,
        language,
        ballot="" if admission.personal else ballot,
        token=security.form_token(ballot),
        at=at,
        cared=request.form.get(care.SEEN, ""),
    )
    return Response(page, status, mimetype="text/html")


def _form(
    admission: Admission,
    prompts: Iterable[Prompt],
    language: str,
    *,
    ballot: str,
    token: str,
    at: str = "",
    cared: str = "",
) -> str:
    questions = forms.questions(prompts)
    return citizen.render(
        "respond/form.html",
        language,
        languages=offered(admission.instrument),
        instrument=admission.instrument,
        anonymity=admission.anonymity,
        personal=admission.personal,
        questions=questions,
        problems=[prompt for question in questions for prompt in question.refused],
        message=forms.messages(admission.instrument, language),
        ballot=ballot,
        token=token,
        at=at,
        cared=cared,
    )
