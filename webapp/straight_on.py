"""What can be answered before Flask of what is posted: what leads straight on, and nothing else.

A start, an answer that is taken as it is, and sending, be it page by page or all at once. Whatever
else is to be shown (a problem, a mask, help, a screen in a reception, a draft that is gone, a
failure) is None here: nothing was done then, and Flask's view of the same address does it all. What
is taken, and how, is `turns`' and the core's alone.
"""

from sqlalchemy.orm import Session

from surveys import keys
from surveys.errors import AlreadyAnswered
from surveys.fieldwork import Admission
from surveys.interview import Draft, Interview
from surveys.sitting import Sitting
from webapp import callback, care, forms, one_page, paged, running, thanks, turns
from webapp.citizen import offered, spoken
from webapp.door import Form, Onward
from webapp.published import published
from webapp.remembered import Remembered

_NOT_TO_BE_SENT = frozenset({"language", "change", "skip", "save"})
"""Buttons of a form that lead elsewhere."""


def take(path: str, remembered: Remembered, form: Form) -> Onward | None:
    """What comes of a form that is posted to an address."""
    if path == "/svar":
        return _send(remembered, form)
    if path.startswith("/svar/"):
        return _answer(path.removeprefix("/svar/"), remembered, form)
    code = keys.heard(path.removeprefix("/s/"))
    if code is None:
        return None
    admission = published().admission(code, running().clock())
    go = _begin if admission.instrument.has_rules else _send_form
    return go(code, admission, remembered, form)


def _begin(code: str, admission: Admission, remembered: Remembered, form: Form) -> Onward | None:
    """Begin behind an open link, in the language that the form was shown in."""
    posted = form.read()
    if posted is None or not form.is_own(posted, turns.bound(remembered.ballot)):
        return None
    language = spoken(posted.get("lang"), offered(admission.instrument))
    interview, ballot = turns.opened(admission, remembered.ballot, language, "web")
    step = interview.step()
    cookie = remembered.holding(ballot, admission.instrument_version_id, code).cookie()
    page = paged.ready(interview, step, ballot)
    return Onward(turns.address(step), cookie, ballot, page)


def _send_form(
    code: str, admission: Admission, remembered: Remembered, form: Form
) -> Onward | None:
    """Send a form of one page behind an open link, and go to the thank-you."""
    posted = form.read()
    if posted is None or "send" not in posted or not _NOT_TO_BE_SENT.isdisjoint(posted):
        return None
    ballot = posted.get("ballot", "")
    if not one_page.is_ballot(ballot) or not form.is_own(posted, ballot):
        return None
    instrument = admission.instrument
    language = spoken(posted.get("lang"), offered(instrument))
    interview = Interview(instrument, Draft(language))
    if interview.fill(forms.raws(instrument, posted)) or care.is_due(instrument, posted):
        return None
    receipt = remembered.receipt(ballot)
    if not one_page.cast(admission, interview, ballot, receipt, "web"):
        return None
    shown = thanks.told(
        receipt,
        admission.instrument_version_id,
        language,
        removed=interview.removed,
        unit=admission.unit,
        low=callback.is_low(instrument, interview.draft.answers),
    )
    return Onward("/tak", remembered.thanked(shown, code).cookie())


def _answer(item: str, remembered: Remembered, form: Form) -> Onward | None:
    """Take an answer, and go to the next question or to the check page."""
    ballot, posted = remembered.ballot, form.read()
    if ballot is None or posted is None or not form.is_own(posted, ballot):
        return None
    now = running().clock()

    def take(session: Session) -> turns.Turn | None:
        found = turns.resumed(session, ballot)
        if found is None:
            return None
        taken = turns.take(found.interview, item, posted, own=True)
        if taken.again or taken.removed or taken.calls_for_care(posted):
            return None
        found.save(now)
        return taken

    taken = running().database.together(take)
    if taken is None:
        return None
    page = paged.ready(taken.interview, taken.step, ballot)
    return Onward(turns.address(taken.step), None, ballot, page)


def _send(remembered: Remembered, form: Form) -> Onward | None:
    """Send what was answered page by page, and go to the thank-you."""
    ballot, posted = remembered.ballot, form.read()
    if ballot is None or posted is None or not form.is_own(posted, ballot) or "language" in posted:
        return None
    now = running().clock()
    receipt = remembered.receipt(ballot)

    def cast(session: Session) -> Sitting | None:
        found = turns.resumed(session, ballot)
        if found is None:
            return None
        if not found.send(spends=keys.spend_hash(ballot), receipt=receipt, now=now):
            raise AlreadyAnswered
        return found

    found = running().database.together(cast)
    if found is None:
        return None
    draft = found.interview.draft
    low = callback.is_low(found.interview.instrument, draft.answers)
    shown = thanks.told(receipt, remembered.version, draft.language, unit=found.unit, low=low)
    return Onward("/tak", remembered.thanked(shown, remembered.link).cookie())
