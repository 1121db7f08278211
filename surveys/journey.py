"""Where a respondent is. Pure: computed from the instrument and the answers, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.instrument import Answer, Instrument, Item, Missing


@dataclass(frozen=True, slots=True)
class Progress:
    """The place in "2 af 5". `total` counts what may still come and is never below `position`."""

    position: int
    total: int


class Journey:
    """The walk through an instrument that a set of answers describes.

    It starts at the first item, leaves out what is not relevant and stops at the first item
    without an answer. Relevance reads answers on the route only, so an abandoned branch cannot
    influence what is asked. Relevance looks back only, so every walk ends.
    """

    def __init__(self, instrument: Instrument, answers: Mapping[str, Answer]) -> None:
        self._instrument = instrument
        on_route: dict[str, Answer] = {}
        route: list[Item] = []
        current: Item | None = None
        for item in instrument:
            if item.relevance is not None and not item.relevance.holds(on_route):
                continue
            route.append(item)
            if item.id not in answers:
                current = item
                break
            on_route[item.id] = answers[item.id]
        self.route: tuple[Item, ...] = tuple(route)
        self.current: Item | None = current
        self._given = answers
        self._answers = on_route

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The answers on the route; all others are kept in the draft but count for nothing."""
        return self._answers

    def visitable(self, item_id: str) -> bool:
        """Whether the respondent may see this item now: answered on the route, or current."""
        return any(item.id == item_id for item in self.route)

    def previous(self, item_id: str | None) -> Item | None:
        """The item before this one on the route; before the review (None) the last one."""
        if item_id is None:
            return self.route[-1] if self.route else None
        before: Item | None = None
        for item in self.route:
            if item.id == item_id:
                return before
            before = item
        return None

    def progress(self, item_id: str) -> Progress:
        """The place of an item on the route among the questions that can still be asked."""
        shown = self._instrument[item_id]
        counted = shown.companion_of or shown.id
        main = [item for item in self.route if item.companion_of is None]
        position = next(i for i, item in enumerate(main, start=1) if item.id == counted)
        return Progress(position, max(position, len(main) + self._ahead()))

    def _ahead(self) -> int:
        if self.current is None:
            return 0
        items = list(self._instrument)
        undecided = {self.current.id}
        count = 0
        for item in items[items.index(self.current) + 1 :]:
            rule = item.relevance
            if rule is None or rule.items & undecided or rule.holds(self._answers):
                undecided.add(item.id)
                count += item.companion_of is None
        return count

    def closed(self) -> dict[str, Answer]:
        """Account for every item: its answer, NOT_APPLICABLE off the route, NOT_REACHED beyond it.

        An answer beyond the end of the route (a change further up made a new question relevant)
        still counts when its own conditions hold.
        """
        final: dict[str, Answer] = {}
        reached = True
        for item in self._instrument:
            reached = reached and item is not self.current
            asked = item.relevance is None or item.relevance.holds(final)
            beyond = Missing.NOT_APPLICABLE if reached else Missing.NOT_REACHED
            final[item.id] = self._given.get(item.id, beyond) if asked else beyond
        return final
