"""What has changed among the same members of the panel, who answered both times.

Told of all of them together only: how many have moved up, down or nowhere on each scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analysis.disclosure import MINIMUM_FOR_DETAIL
from surveys import extract, panel
from surveys.instrument import Answer, Missing, Scale


@dataclass(frozen=True, slots=True)
class Change:
    """One scale's change. `n` answered it both times; the rest is None where they are too few."""

    item: str
    n: int | None
    better: int | None
    same: int | None
    worse: int | None


def changes(
    session: Session, before: extract.Wave, after: extract.Wave, secret: str
) -> Sequence[Change]:
    """The change on every scale that both waves ask, where it may be told."""
    given = [
        (first, second)
        for one, two in panel.pairs(session, secret, before.id, after.id)
        if (first := extract.answers_to(session, before, one))
        and (second := extract.answers_to(session, after, two))
    ]
    return [
        _change(item.id, given)
        for item in after.instrument
        if isinstance(item.domain, Scale)
        and after.instrument.continues(item.id, before.instrument)
        and isinstance(before.instrument[item.id].domain, Scale)
    ]


def _change(
    item: str, given: Sequence[tuple[Mapping[str, Answer], Mapping[str, Answer]]]
) -> Change:
    moves = [
        int(str(second[item])) - int(str(first[item]))
        for first, second in given
        if not isinstance(first.get(item, Missing.SKIPPED), Missing)
        and not isinstance(second.get(item, Missing.SKIPPED), Missing)
    ]
    if len(moves) < MINIMUM_FOR_DETAIL:
        return Change(item, None, None, None, None)
    better = sum(move > 0 for move in moves)
    worse = sum(move < 0 for move in moves)
    return Change(item, len(moves), better, len(moves) - better - worse, worse)
