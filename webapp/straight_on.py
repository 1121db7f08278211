"""What can be answered before Flask of an interview that goes page by page: what leads straight on.

A start, an answer that is taken as it is, and sending. Whatever else is to be shown (a problem, a
mask, help, a screen in a reception, a draft that is gone, a failure) is None here: nothing was done
then, and Flask's view of the same address does it all. What is taken, and how, is `turns`' and the
core's alone.
"""

from sqlalchemy.orm import Session

from surveys import keys
from surveys.errors import AlreadyAnswered
from surveys.sitting import Sitting
from webapp import callback, paged, running, thanks, turns
from webapp.citizen import offered, spoken
from webapp.door import Form, Onward
from webapp.published import published
from webapp.remembered import Remembered


def take(path: str, remembered: Remembered, form: Form) -> Onward | None:
    """What comes of a form that is posted to an address."""
    if path == "/svar":
        return _send(remembered, form)
    if path.startswith("/svar/"):
        return _answer(path.removeprefix("/svar/"), remembered, form)
    code = keys.heard(path.removeprefix("/s/"))
    return None if code is None else _begin(code, remembered, form)


def _begin(code: str, remembered: Remembered, form: Form) -> Onward | None:
    """Begin behind an open link, in the language that the form was shown in."""
    admission = published().admission(code, running().clock())
    if not admission.instrument.has_rules:
        return None
    posted = form(turns.bound(remembered.ballot))
    if posted is None:
        return None
    language = spoken(posted.get("lang"), offered(admission.instrument))
    interview, ballot = turns.opened(admission, remembered.ballot, language, "web")
    step = interview.step()
    cookie = remembered.holding(ballot, admission.instrument_version_id, code).cookie()
    page = paged.ready(interview, step, ballot)
    return Onward(turns.address(step), cookie, ballot, page)


def _answer(item: str, remembered: Remembered, form: Form) -> Onward | None:
    """Take an answer, and go to the next question or to the check page."""
    ballot = remembered.ballot
    posted = form(ballot) if ballot is not None else None
    if ballot is None or posted is None:
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
    """Send what is answered, and go to the thank-you."""
    ballot = remembered.ballot
    posted = form(ballot) if ballot is not None else None
    if ballot is None or posted is None or "language" in posted:
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
