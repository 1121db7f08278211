"""What is done because of what people said, and what became of it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from analysis.plan_tables import ActionRow


class State(StrEnum):
    """Where an action is. What is dropped stays on the record."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody has promised to do by a day, about an indicator or a theme.

    `told` is how the public is told of it, by language; empty while it is not. `unit` is whose it
    is, None for the whole house. `id` is None until it is kept.
    """

    id: int | None
    indicator: str | None
    theme: str | None
    words: str
    owner: str
    due: date
    state: State
    made_on: date
    ended_on: date | None
    told: Mapping[str, str]
    unit: str | None = None

    @property
    def by(self) -> str:
        """Who has promised it, with the unit where that is said of neither."""
        apart = self.unit and self.unit.casefold() not in self.owner.casefold()
        return f"{self.owner}, {self.unit}" if apart else self.owner

    def late(self, today: date) -> bool:
        """Whether it is open past its day."""
        return self.state is State.OPEN and self.due < today


def listed(
    session: Session, *, told: bool = False, units: Collection[str] | None = None
) -> Sequence[Action]:
    """All actions, the open ones first by their day; only those that the public is `told` of.

    Of `units` those of these units and of the whole house; None is all.
    """
    query = select(ActionRow).order_by(
        case((ActionRow.state == State.OPEN, 0), else_=1), ActionRow.due, ActionRow.id
    )
    if told:
        query = query.where(ActionRow.told.is_not(None), ActionRow.state != State.DROPPED)
    if units is not None:
        query = query.where(ActionRow.unit.is_(None) | ActionRow.unit.in_(units))
    return [_read(row) for row in session.scalars(query)]


def found(session: Session, number: int) -> Action | None:
    """One action."""
    row = session.get(ActionRow, number)
    return None if row is None else _read(row)


def keep(session: Session, action: Action, today: date) -> int:
    """Keep a new action, or what is changed in a known one. Gives its number.

    The day it ended follows from its state: set when it is done or dropped, gone when it is open
    again.
    """
    row = None if action.id is None else session.get(ActionRow, action.id)
    if row is None:
        row = ActionRow(made_on=today, state=State.OPEN)
        session.add(row)
    row.indicator, row.theme = action.indicator, action.theme
    row.unit = action.unit
    row.words, row.owner, row.due = action.words, action.owner, action.due
    if row.state != action.state:
        row.ended_on = None if action.state is State.OPEN else today
    row.state = action.state
    row.told = json.dumps(dict(action.told), ensure_ascii=False) if action.told else None
    session.flush()
    return row.id


def _read(row: ActionRow) -> Action:
    return Action(
        id=row.id,
        indicator=row.indicator,
        theme=row.theme,
        words=row.words,
        owner=row.owner,
        due=row.due,
        state=State(row.state),
        made_on=row.made_on,
        ended_on=row.ended_on,
        told=json.loads(row.told) if row.told else {},
        unit=row.unit,
    )
