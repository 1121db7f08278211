"""Updates that have arrived: each is kept once, before it is confirmed, until it is handled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.seal import Seal
from bot.tables import ASIDE, DONE, WAITING, UpdateRow
from surveys.database import insert_unless_known

KEPT_FOR: Final = timedelta(hours=48)
"""Telegram itself delivers nothing that is older than a day."""

TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Inbox:
    """The updates of one bot."""

    seal: Seal

    def receive(self, session: Session, updates: Iterable[Mapping[str, Any]], now: datetime) -> int:
        """Keep updates as they came; those that are known already change nothing.

        Gives the number of new ones. Numbers may come in any order and begin anew, so each is
        remembered, and no highest one.
        """
        return sum(
            insert_unless_known(
                session,
                UpdateRow,
                update_id=update["update_id"],
                sealed=self.seal.shut(update),
                state=WAITING,
                attempts=0,
                received_at=now,
            )
            for update in updates
        )

    def waiting(self, session: Session, most: int) -> Sequence[int]:
        """The oldest updates that nobody has handled, in the order of their arrival."""
        return session.scalars(
            select(UpdateRow.id)
            .where(UpdateRow.state == WAITING)
            .order_by(UpdateRow.id)
            .limit(most)
        ).all()

    def take(self, session: Session, number: int) -> Any:
        """Give an update and blank it: what the caller's transaction does with it happens once.

        None when it is done already. Raises BrokenSeal.
        """
        row = session.get(UpdateRow, number, with_for_update=True)
        if row is None or row.state != WAITING or row.sealed is None:
            return None
        update = self.seal.open(row.sealed)
        row.state, row.sealed = DONE, None
        return update

    def failed(self, session: Session, number: int) -> bytes | None:
        """Count a failure. After the last try the update is put aside, and given as sealed."""
        row = session.get(UpdateRow, number, with_for_update=True)
        if row is None or row.state != WAITING:
            return None
        row.attempts += 1
        if row.attempts < TRIES:
            return None
        row.state = ASIDE
        return row.sealed

    def purge(self, session: Session, now: datetime) -> None:
        """Forget updates that Telegram cannot deliver again."""
        session.execute(
            delete(UpdateRow).where(
                UpdateRow.received_at < now - KEPT_FOR, UpdateRow.state != WAITING
            )
        )
