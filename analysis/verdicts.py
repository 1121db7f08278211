"""What companies say of their own quotes: none of a company's is shown without its yes.

So few are interviewed that the number who speak of a theme hides nobody; their consent to each
quote stands in for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.tables import QuoteRow, QuoteVerdictRow
from surveys import extract
from surveys.privacy import redact

LONGEST: Final = 500


class Verdict(StrEnum):
    """What a company says of a quote."""

    YES = "yes"
    NO = "no"
    REWORDED = "reworded"


@dataclass(frozen=True, slots=True)
class Asked:
    """A quote that a company is asked about. `verdict` is None until it has said something."""

    id: int
    comment_id: str
    words: str
    verdict: Verdict | None
    reworded: str


def are_needed(wave: extract.Wave) -> bool:
    """Whether quotes of a wave wait for those who said them."""
    return wave.anonymity != "anonymous" and wave.instrument.audience == "company"


def of_wave(session: Session, wave: extract.Wave) -> Mapping[int, Asked]:
    """The quotes of a wave by their id, with what was said of each."""
    rows = session.execute(
        select(QuoteRow, QuoteVerdictRow)
        .outerjoin(QuoteVerdictRow, QuoteVerdictRow.quote_id == QuoteRow.id)
        .where(QuoteRow.wave_id == wave.id)
        .order_by(QuoteRow.id)
    )
    return {
        quote.id: Asked(
            quote.id,
            quote.comment_id,
            quote.body,
            Verdict(verdict.verdict) if verdict else None,
            (verdict.body or "") if verdict else "",
        )
        for quote, verdict in rows
    }


def of_response(session: Session, wave: extract.Wave, response: str) -> Sequence[Asked]:
    """The quotes out of one response, each set of words once."""
    own = {one.id for one in extract.comments(session, wave.id) if one.response == response}
    return [asked for asked in of_wave(session, wave).values() if asked.comment_id in own]


def say(session: Session, asked: Asked, verdict: Verdict, words: str = "") -> None:
    """Write down what a company says of a quote; the last time counts.

    Raises ValueError for a rewording without words, or with too many.
    """
    words = redact(" ".join(words.split())).text if verdict is Verdict.REWORDED else ""
    if verdict is Verdict.REWORDED and not 0 < len(words) <= LONGEST:
        raise ValueError("A rewording has words, and not too many.")
    session.merge(QuoteVerdictRow(quote_id=asked.id, verdict=verdict.value, body=words or None))
    session.flush()


def shown(asked: Asked) -> str | None:
    """What may stand in a report; None while the company has not said yes."""
    return {Verdict.YES: asked.words, Verdict.REWORDED: asked.reworded}.get(
        asked.verdict or Verdict.NO
    )
