"""What a messaging service delivers: kept once, before it is confirmed, until it is handled.

One process receives (a poller, or the web behind a webhook) and another handles. Nothing here knows
what an update means.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeGuard

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from surveys.database import insert_unless_known
from surveys.seal import Seal
from surveys.tables import ASIDE, DONE, WAITING, PollRow, UpdateRow

KEPT_FOR: Final = timedelta(hours=48)
"""Telegram itself delivers nothing that is older than a day."""

TRIES: Final = 3


def numbered(content: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is an update with a number to keep it under, whatever else it be."""
    number = content.get("update_id") if isinstance(content, Mapping) else None
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63


def last_heard(session: Session) -> datetime | None:
    """When the service last answered us; None for never."""
    return session.scalars(select(PollRow.good_at)).one_or_none()


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update that waits."""

    number: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The updates of one bot."""

    seal: Seal

    @classmethod
    def of(cls, secret: str) -> Self:
        """The updates that an installation seals with its SECRET_KEY."""
        return cls(Seal(secret))

    def receive(self, session: Session, updates: Iterable[Mapping[str, Any]], now: datetime) -> int:
        """Keep updates as they came; those that are known already change nothing.

        Each must be `numbered`. Gives the number of new ones. Numbers may come in any order and
        begin anew, so each is remembered, and no highest one.
        """
        return sum(
            insert_unless_known(
                session,
                UpdateRow,
                update_id=content["update_id"],
                sealed=self.seal.shut(content),
                state=WAITING,
                attempts=0,
                received_at=now,
            )
            for content in updates
        )

    def waiting(self, session: Session, most: int) -> Sequence[Arrived]:
        """The oldest updates that nobody has handled, in the order of their arrival."""
        rows = session.execute(
            select(UpdateRow.id, UpdateRow.sealed)
            .where(UpdateRow.state == WAITING)
            .order_by(UpdateRow.id)
            .limit(most)
        )
        return [Arrived(number, sealed or b"") for number, sealed in rows]

    def open(self, arrived: Arrived) -> Any:
        """What came, as JSON. Raises BrokenSeal."""
        return self.seal.open(arrived.sealed)

    def done(self, session: Session, handled: Iterable[Arrived]) -> None:
        """Blank updates: what the caller's transaction did with them happens once."""
        session.execute(
            update(UpdateRow)
            .where(UpdateRow.id.in_([arrived.number for arrived in handled]))
            .values(state=DONE, sealed=None)
        )

    def failed(self, session: Session, arrived: Arrived) -> bool:
        """Count a failure; whether it was the last one, and the update is put aside."""
        row = session.get_one(UpdateRow, arrived.number)
        row.attempts += 1
        if row.attempts >= TRIES:
            row.state = ASIDE
        return row.state == ASIDE

    def heard(self, session: Session, now: datetime) -> None:
        """Note that the service has just answered us."""
        session.merge(PollRow(id=1, good_at=now))

    def purge(self, session: Session, now: datetime) -> None:
        """Forget updates that Telegram cannot deliver again."""
        session.execute(
            delete(UpdateRow).where(
                UpdateRow.received_at < now - KEPT_FOR, UpdateRow.state != WAITING
            )
        )
