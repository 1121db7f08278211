"""The interview by telephone: the same instrument read aloud, kept as it is noted, sent once.

It is the company's own invitation, answered through the same door as every other: a draft under
its key that whoever calls can leave and take up again on any machine, and one ballot. Noting is
never waited with: every save counts on, and a page that is behind is told so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from surveys import calls, companies, fieldwork, keys, sitting
from surveys.calls import CLAIM, Called, Jotted, Outcome
from surveys.company_tables import CallAttemptRow, CompanyRow
from surveys.errors import DraftOvertaken
from surveys.fieldwork_tables import FrameMemberRow
from surveys.instrument import Missing
from surveys.interview import Draft, Interview, Prompt
from surveys.sitting import Sitting


def interview(session: Session, company: Called, secret: str, now: datetime) -> Interview:
    """The interview as far as it has come, to be looked at.

    Raises WaveClosed, WaveNotOpen, LinkWithdrawn or AlreadyAnswered.
    """
    token = companies.token(secret, company.id)
    admission = fieldwork.admit(session, token, now)
    kept = sitting.resume(session, keys.draft_key(token))
    return kept.interview if kept else Interview(admission.instrument, Draft(company.language))


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a call that was saved: its new version, and what was not taken, by item."""

    version: int
    refused: Mapping[str, Prompt]
    removed: Mapping[str, int]


def save(
    session: Session,
    company: Called,
    secret: str,
    raws: Mapping[str, object],
    jotted: Jotted,
    *,
    version: int,
    now: datetime,
) -> Saved:
    """Keep what is noted so far, and the company for its caller a while longer.

    Raises DraftOvertaken when it was saved from elsewhere since `version`, and what `interview`
    does.
    """
    kept = _save(session, company, secret, raws, jotted, version=version, now=now)
    return kept[1]


def finish(
    session: Session,
    company: Called,
    secret: str,
    raws: Mapping[str, object],
    jotted: Jotted,
    *,
    version: int,
    now: datetime,
    early: bool = False,
) -> tuple[Saved, str | None]:
    """Save, and send what was answered. Gives the receipt; None where something was not taken.

    `early` sends an interview that was broken off: questions behind the last answer were not
    reached. Raises what `save` does.
    """
    open_sitting, saved = _save(session, company, secret, raws, jotted, version=version, now=now)
    blank = {item for item, prompt in saved.refused.items() if _is_blank(prompt)}
    if set(saved.refused) - blank or (blank and not early):
        return saved, None
    _close_gaps(open_sitting.interview, to_the_end=not early)
    token = companies.token(secret, company.id)
    receipt = keys.receipt(secret, token)
    open_sitting.send(spends=keys.spend_hash(token), receipt=receipt, now=now, early=early)
    ended = Outcome.PARTIAL if early else Outcome.INTERVIEWED
    calls.note(session, company, secret, ended, by=jotted.by, now=now)
    return saved, receipt


@dataclass(frozen=True, slots=True)
class Marked:
    """Themes that were marked in a call which has been sent, and the invitation it answers."""

    member_id: str
    wave_id: int
    invitation: bytes
    jotted: Jotted


def marked(session: Session, secret: str) -> Sequence[Marked]:
    """The calls whose themes do not stand at their answers yet."""
    rows = session.execute(
        select(CompanyRow.member_id, CompanyRow.jotted, FrameMemberRow.wave_id)
        .join(FrameMemberRow, FrameMemberRow.id == CompanyRow.member_id)
        .where(
            exists().where(
                CallAttemptRow.member_id == CompanyRow.member_id,
                CallAttemptRow.outcome.in_((Outcome.INTERVIEWED.value, Outcome.PARTIAL.value)),
            ),
            CompanyRow.jotted != "{}",
        )
        .order_by(CompanyRow.member_id)
    )
    return [
        Marked(
            member_id,
            wave_id,
            keys.spend_hash(companies.token(secret, member_id)),
            calls.read_jotted(jotted, consented=True),
        )
        for member_id, jotted, wave_id in rows
    ]


def placed(session: Session, member_id: str) -> None:
    """Forget the themes that were marked in a call: they stand at the answers."""
    session.execute(update(CompanyRow).where(CompanyRow.member_id == member_id).values(jotted="{}"))


def _save(
    session: Session,
    company: Called,
    secret: str,
    raws: Mapping[str, object],
    jotted: Jotted,
    *,
    version: int,
    now: datetime,
) -> tuple[Sitting, Saved]:
    kept = session.execute(
        update(CompanyRow)
        .where(CompanyRow.member_id == company.id, CompanyRow.version == version)
        .values(
            version=version + 1,
            consented=jotted.consented,
            jotted=json.dumps({"themes": jotted.themes, "by": jotted.by}),
            claimed_by=jotted.by,
            claimed_until=now + CLAIM,
        )
        .returning(CompanyRow.member_id)
    )
    if kept.one_or_none() is None:
        raise DraftOvertaken
    token = companies.token(secret, company.id)
    admission = fieldwork.admit(session, token, now)
    key = keys.draft_key(token)
    open_sitting = sitting.resume(session, key) or sitting.begin(
        session, admission, key, mode="interview", language=company.language, now=now
    )
    one = open_sitting.interview
    refused = one.fill(raws)
    # What was not touched was not asked yet: a page that is sent says "skipped" of it
    told = {item: answer for item, answer in one.draft.answers.items() if _is_told(raws.get(item))}
    one.draft = replace(one.draft, answers=told, revisiting=None, ticked=None)
    open_sitting.save(now)
    return open_sitting, Saved(version + 1, refused, one.removed)


def _is_told(raw: object) -> bool:
    return bool(raw.strip()) if isinstance(raw, str) else bool(raw)


def _is_blank(prompt: Prompt) -> bool:
    return prompt.problem is not None and prompt.problem.code == "required"


def _close_gaps(one: Interview, *, to_the_end: bool) -> None:
    """Count what was passed over as skipped: up to the last answer, or all of it."""
    items = [item.id for item in one.instrument]
    answered = [place for place, item in enumerate(items) if item in one.draft.answers]
    end = len(items) if to_the_end else max(answered, default=-1) + 1
    gaps = dict.fromkeys(items[:end], Missing.SKIPPED)
    one.draft = replace(one.draft, answers={**gaps, **one.draft.answers})
