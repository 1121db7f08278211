"""The languages respondents are offered: those reviewed, and the drafts that staff switched on."""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from surveys import wording
from surveys.editing_tables import SpokenLanguageRow
from surveys.instrument import Instrument


def switched_on(session: Session) -> frozenset[str]:
    """The drafts that staff have switched on."""
    return frozenset(session.scalars(select(SpokenLanguageRow.name)))


def offered(drafts: Collection[str], instrument: Instrument | None = None) -> tuple[str, ...]:
    """The languages to choose from, Danish first: the product's and, with one, the instrument's.

    A translation that nobody has reviewed is among them only when it is among `drafts`.
    """
    return _offered(frozenset(drafts), None if instrument is None else tuple(instrument.languages))


@lru_cache
def _offered(drafts: frozenset[str], names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Every page asks, and there are few answers."""
    return tuple(
        name
        for name in wording.languages()
        if (name in drafts or not wording.is_draft(name)) and (names is None or name in names)
    )


def spoken(session: Session, instrument: Instrument | None = None) -> tuple[str, ...]:
    """The languages to choose from here and now, Danish first."""
    return offered(switched_on(session), instrument)


def switch(session: Session, language: str, *, on: bool) -> None:
    """Offer a draft to respondents, or no longer. KeyError for a language that is none."""
    if not wording.is_draft(language):
        raise KeyError(language)
    session.execute(delete(SpokenLanguageRow).where(SpokenLanguageRow.name == language))
    if on:
        session.add(SpokenLanguageRow(name=language))
    session.flush()
