"""What becomes of an interview that goes page by page, whoever answers: Flask's views or the door.

Everything here is done without a request.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from surveys import keys, sitting
from surveys.fieldwork import Admission
from surveys.interview import Interview, Prompt, Step
from webapp import care, forms, running


@dataclass(frozen=True, slots=True)
class Turn:
    """What a posted page led to: the step to go on to, or the prompts to show again."""

    interview: Interview
    step: Step
    again: Sequence[Prompt] = ()
    alert: str = ""
    status: int = 200
    is_new: bool = False
    removed: Mapping[str, int] = field(default_factory=dict)

    def calls_for_care(self, posted: forms.Posted) -> bool:
        """Whether words came that ask for help; those that stood there before have been met."""
        return self.is_new and care.is_due(self.interview.instrument, posted)


def opened(
    admission: Admission, held: str | None, language: str, mode: str
) -> tuple[Interview, str]:
    """A new draft and its ballot. What the ballot `held` by the browser had open is thrown away."""
    ballot = (held if admission.personal else None) or keys.new_ballot()
    now = running().clock()

    def open_draft(session: Session) -> Interview:
        before = resumed(session, held)
        if before is not None and before.survey == admission.survey:
            before.discard()
        key = keys.draft_key(ballot)
        return sitting.begin(
            session, admission, key, mode=mode, language=language, now=now
        ).interview

    return running().database.together(open_draft), ballot


def take(interview: Interview, item: str, posted: forms.Posted, *, own: bool) -> Turn:
    """Give a posted page to the interview, which holds afterwards what is to be saved."""
    instrument = interview.instrument
    if "language" in posted:
        interview.speak(posted["language"])
    before = interview.draft
    given = forms.raws(instrument, posted)

    def as_typed() -> Sequence[Prompt]:
        shown = Interview(instrument, before)
        prompts = shown.look(item), *shown.companions(item)
        return [forms.as_typed(one, given[one.item]) for one in prompts if isinstance(one, Prompt)]

    if "language" in posted or not own or item not in instrument or instrument[item].companion_of:
        step = interview.look(item)
        if not isinstance(step, Prompt) or step.companion_of:
            return Turn(interview, step)
        if step.stale:
            return Turn(interview, step, again=[step], alert="stale", status=409)
        if "language" in posted:
            return Turn(interview, step, again=as_typed())
        return Turn(interview, step, again=as_typed(), alert="session_old_title", status=403)
    removed: Counter[str] = Counter()
    for one in (item, *(other.id for other in instrument if other.companion_of == item)):
        if one != item and not interview.journey.visitable(one):
            continue
        step = interview.answer(one, None if "skip" in posted else given[one])
        if isinstance(step, Prompt) and step.stale:
            return Turn(interview, step, again=[step], alert="stale", status=409)
        if isinstance(step, Prompt) and step.problem:
            shown = [step if typed.item == step.item else typed for typed in as_typed()]
            return Turn(interview, step, again=shown, status=422)
        removed.update(step.removed)
    is_new = interview.draft.answers != before.answers
    return Turn(interview, step, is_new=is_new, removed=removed)


def resumed(session: Session, ballot: str | None) -> sitting.Sitting | None:
    """What is open under a ballot, if there is one and anything is."""
    return None if ballot is None else sitting.resume(session, keys.draft_key(ballot))


def address(step: Step | None, removed: Mapping[str, int] = MappingProxyType({})) -> str:
    """Where a step is shown. What was masked on the way there is told there, and kept nowhere."""
    address = f"/svar/{step.companion_of or step.item}" if isinstance(step, Prompt) else "/svar"
    return f"{address}?{urlencode(removed)}" if removed else address


def bound(ballot: str | None) -> str:
    """What the token of a form is bound to."""
    return ballot or "start"
