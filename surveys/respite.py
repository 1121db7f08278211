"""Who is left in peace: whoever was asked not long ago, in any survey, and whoever wants no more.

People are known again by a keyed hash of where they are reached, or of their reference where they
are reached by nothing that we know. Without the installation's secret it leads to nobody.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from surveys import keys
from surveys.dispatch_tables import AskedRow, OptOutRow, SendingRow
from surveys.schedule import COPENHAGEN
from surveys.tables import WaveRow

REST_DAYS: Final = 60
"""Nobody is asked again within so many days, unless staff decide otherwise for a survey."""

_AT_A_TIME: Final = 500

Person = tuple[bytes, ...]
"""The hashes that a person is known by: of each way they are reached."""


class Reason(StrEnum):
    """Why somebody is not asked."""

    RECENT = "recent"
    OPTED_OUT = "opted_out"


def person(secret: str, reference: str, email: str | None, phone: str | None) -> Person:
    """What somebody of a frame is known by, in all surveys."""
    contacts = [contact for contact in (email, phone) if contact] or [f"reference:{reference}"]
    return tuple(keys.person(secret, contact.casefold()) for contact in contacts)


def left_alone(
    session: Session, wave_id: int, people: Mapping[str, Person], now: datetime
) -> Mapping[str, Reason]:
    """Those of some people who are not to be asked in a wave now, and why."""
    hashes = {one for known_by in people.values() for one in known_by}
    out = _among(session, OptOutRow, hashes)
    since = _today(now) - timedelta(days=rest_days(session, wave_id))
    recent = _among(session, AskedRow, hashes, since)
    found = {}
    for name, known_by in people.items():
        if not out.isdisjoint(known_by):
            found[name] = Reason.OPTED_OUT
        elif not recent.isdisjoint(known_by):
            found[name] = Reason.RECENT
    return found


def opted_out(session: Session, people: Mapping[str, Person]) -> Collection[str]:
    """Those of some people who want no more surveys."""
    out = _among(session, OptOutRow, {one for known_by in people.values() for one in known_by})
    return {name for name, known_by in people.items() if not out.isdisjoint(known_by)}


def note_asked(session: Session, people: Iterable[Person], now: datetime) -> None:
    """Remember that people were asked today."""
    today = _today(now)
    rows = [{"person": one, "day": today} for one in sorted({h for p in people for h in p})]
    if rows:
        insert = _insert(session)(AskedRow)
        session.execute(
            insert.on_conflict_do_update(index_elements=["person"], set_={"day": today}), rows
        )


def opt_out(session: Session, known_by: Person) -> None:
    """Never ask somebody again, in any survey."""
    for one in known_by:
        insert = _insert(session)(OptOutRow)
        session.execute(insert.on_conflict_do_nothing(), [{"person": one}])


def opt_in(session: Session, known_by: Person) -> None:
    """Ask somebody again who changed their mind."""
    session.execute(delete(OptOutRow).where(OptOutRow.person.in_(known_by)))


def rest_days(session: Session, wave_id: int) -> int:
    """How many days after another survey nobody is asked in this one."""
    decided = session.scalar(
        select(SendingRow.rest_days)
        .join(WaveRow, WaveRow.survey_id == SendingRow.survey_id)
        .where(WaveRow.id == wave_id)
    )
    return REST_DAYS if decided is None else decided


def forget(session: Session, now: datetime) -> int:
    """Forget whom no survey leaves in peace any more. Gives how many rows went."""
    longest = session.scalar(select(func.max(SendingRow.rest_days))) or 0
    since = _today(now) - timedelta(days=max(longest, REST_DAYS))
    gone = session.scalars(
        delete(AskedRow).where(AskedRow.day <= since).returning(AskedRow.person)
    ).all()
    return len(gone)


def _among(
    session: Session,
    table: type[AskedRow] | type[OptOutRow],
    hashes: Collection[bytes],
    since: date | None = None,
) -> set[bytes]:
    found: set[bytes] = set()
    wanted = sorted(hashes)
    for begin in range(0, len(wanted), _AT_A_TIME):
        some = wanted[begin : begin + _AT_A_TIME]
        query = select(table.person).where(table.person.in_(some))
        if since is not None:
            query = query.where(AskedRow.day > since)
        found.update(session.scalars(query))
    return found


def _insert(session: Session) -> type[sqlite.Insert] | type[postgresql.Insert]:
    is_sqlite = session.connection().dialect.name == "sqlite"
    return sqlite.Insert if is_sqlite else postgresql.Insert


def _today(now: datetime) -> date:
    return now.astimezone(COPENHAGEN).date()
