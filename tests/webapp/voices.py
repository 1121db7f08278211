"""A wave in which each respondent has written one comment."""

from collections.abc import Callable, Sequence
from datetime import datetime

from surveys import ballot, fieldwork, keys, sitting
from surveys.database import Database


def said(
    database: Database,
    clock: Callable[[], datetime],
    texts: Sequence[str],
    label: str = "Uge 47/2026",
) -> None:
    """A wave of the meeting survey with these comments, one a person, all mixed."""
    with database.transaction() as session:
        fieldwork.open_wave(session, "samtalefeedback", label, opens_at=clock())
        code = fieldwork.create_link(session, "samtalefeedback", clock(), unit="Enheden")
        admission = fieldwork.admit(session, code, clock())
        for text in texts:
            person = keys.new_ballot()
            one = sitting.begin(
                session, admission, keys.draft_key(person), mode="web", language="da", now=clock()
            )
            for item in admission.instrument:
                one.interview.answer(item.id, text if item.id == "open" else "4")
            spends, receipt = keys.spend_hash(person), keys.receipt("test", person)
            one.send(spends=spends, receipt=receipt, now=clock())
        ballot.mix(session, admission.wave_id, closing=True)
