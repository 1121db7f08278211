"""The reckoning behind a wave's ledger: its people in cells, and the groups of them that are out.

People who carry the same and are in the same figures are one part. New answers make new parts,
and an answer that is taken back splits the part it was in, so what was released earlier keeps its
meaning, and figures from two moments are audited against each other like any others. Where nobody
knows which part an answer was in, the figures must be safe whichever it was.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from analysis.disclosure import MINIMUM, Ledger
from analysis.group import Group
from analysis.span import Span, rank
from surveys.extract import Cell
from surveys.retention import Erasure

FEWEST_CASEWORKERS: Final = 3
"""Whose meetings a figure for others than one caseworker is about: of fewer it is a person's."""


@dataclass(frozen=True, slots=True)
class Census:
    """Everybody in a wave at one moment, and who has taken their answer back since the last one.

    `short` counts the valid answers to a question in the cells where not everybody gave one;
    `items` are all questions.
    """

    responses: int
    erased: int
    cells: Mapping[Cell, int]
    short: Mapping[tuple[Cell, str], int]
    items: frozenset[str] = frozenset()
    gone: Sequence[Erasure] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """People who carry the same, from the generation they came in until the one they left in.

    Of the parts of one person with the same `doubt` nobody knows which of them have left.
    """

    carried: Cell
    since: int
    until: int | None
    n: int
    short: Mapping[str, int] = field(default_factory=dict)
    doubt: int | None = None

    def valid(self, item: str) -> int:
        """How many of them gave a valid answer to a question."""
        return self.short.get(item, self.n)

    def could_have(self, answered: Collection[str], items: Iterable[str]) -> bool:
        """Whether somebody in it may have answered these of the questions, and no others."""
        return self.until is None and all(
            self.valid(item) > 0 if item in answered else self.valid(item) < self.n
            for item in items
        )


@dataclass(frozen=True, slots=True)
class Released:
    """A group, the generation that its figures are from, and the questions that were told."""

    group: Group
    generation: int
    shown: frozenset[str]


@dataclass(slots=True)
class Book:
    """A wave's people and what has been released of them; `ask` and `absorb` are the ways in.

    Invariant: for everybody, and for each question among those who gave a valid answer to it, the
    released groups together expose no set of 1 to MINIMUM − 1 people, and what is released to
    others than caseworkers no sum over the meetings of fewer than FEWEST_CASEWORKERS.
    """

    generation: int = 0
    responses: int = 0
    erased: int = 0
    sealed: bool = False
    parts: tuple[Part, ...] = ()
    released: list[Released] = field(default_factory=list)
    kept: int = 0
    """How many of the released are stored with the wave."""
    settled: list[str] = field(default_factory=list)
    """The erasures that were taken in since it was read."""
    _held_by: list[int] | None = field(default=None, repr=False)
    """For each part the released groups that hold it, as bits."""

    def absorb(self, census: Census) -> None:
        """Take in who has come and gone since the last look.

        Where the numbers do not fit each other, the book is sealed: it then grants no group more,
        and stays at the last look that was understood.
        """
        if self.sealed or (census.responses, census.erased) == (self.responses, self.erased):
            return
        parts = self._moved(census)
        if parts is None:
            self.sealed = True
            return
        self.generation += 1
        self.parts, self._held_by = tuple(parts), None
        self.responses, self.erased = census.responses, census.erased
        self.settled += [one.id for one in census.gone]

    def _moved(self, census: Census) -> list[Part] | None:
        """The parts after this look; None where the numbers do not fit."""
        if len(census.gone) != census.erased - self.erased:
            return None
        left: dict[Cell, list[frozenset[str]]] = {}
        for one in census.gone:
            if one.carried is not None and one.answered is not None:
                left.setdefault(Cell(**one.carried), []).append(one.answered)
        parts, present = self._known()
        for cell in present.keys() | census.cells.keys() | left.keys():
            here, gone = present.get(cell, []), left.get(cell, [])
            n = census.cells.get(cell, 0)
            still = [part for part in here if part.until is None]
            came = n - sum(part.n for part in still) + len(gone)
            fresh = {
                item: census.short.get((cell, item), n)
                - sum(part.valid(item) for part in still)
                + sum(item in answered for answered in gone)
                for item in census.items
            }
            if came < 0 or not all(0 <= valid <= came for valid in fresh.values()):
                return None
            if came:
                short = {item: valid for item, valid in fresh.items() if valid < came}
                here = [*here, Part(cell, self.generation + 1, None, came, short)]
            for answered in sorted(gone, key=sorted):
                found = self._without(here, answered, census.items)
                if found is None:
                    return None
                here = found
            parts += here
        return parts

    def _known(self) -> tuple[list[Part], dict[Cell, list[Part]]]:
        """Those who had left, and by cell those who are here or of whom that is in doubt.

        Whoever was never counted and has left is forgotten, and people who carry the same and are
        in the same figures are one part.
        """
        gone: list[Part] = []
        here: dict[tuple[Cell, int], Part] = {}
        doubtful: list[Part] = []
        for part, held in zip(self.parts, self._signatures(), strict=True):
            if part.doubt is not None:
                doubtful.append(part)
            elif part.until is not None:
                gone += [part] if held else []
            else:
                known = here.get((part.carried, held))
                here[part.carried, held] = part if known is None else _joined(known, part)
        present: dict[Cell, list[Part]] = {}
        for part in (*here.values(), *doubtful):
            present.setdefault(part.carried, []).append(part)
        return gone, present

    def _without(
        self, parts: Sequence[Part], answered: frozenset[str], items: Collection[str]
    ) -> list[Part] | None:
        """The parts of a cell when one person of them, who answered these questions, has left.

        Where that may be somebody of one of several parts, one of each is in doubt. None where it
        can be nobody.
        """
        possible = [part for part in parts if part.could_have(answered, items)]
        if not possible:
            return None
        mixed = {part.doubt for part in parts if part.doubt is not None}
        known = {part.doubt for part in possible if part.doubt is not None}
        doubt = min(known) if known else max(mixed, default=0) + 1
        found = [
            replace(part, doubt=doubt) if part.doubt in known else part
            for part in parts
            if part not in possible
        ]
        short = {item: 0 for item in items if item not in answered}
        for place, part in enumerate(possible):
            until = self.generation + 1 if place == 0 else None
            one = Part(part.carried, part.since, until, 1, short)
            found.append(one if len(possible) == 1 else replace(one, doubt=doubt))
            if part.n > 1:
                rest = {item: part.valid(item) - one.valid(item) for item in items}
                fewer = {item: valid for item, valid in rest.items() if valid < part.n - 1}
                found.append(replace(part, n=part.n - 1, short=fewer))
        return found

    def size(self, group: Group, item: str | None = None) -> int:
        """How many people are in a group now; of an item, how many gave a valid answer to it."""
        return sum(
            part.n if item is None else part.valid(item)
            for part, held in zip(self.parts, self._inside(group, self.generation), strict=True)
            if held
        )

    def ask(self, group: Group, items: Collection[str]) -> frozenset[str] | None:
        """The questions that may be told of a group as it is now; None when nothing may.

        What it grants is released from then on.
        """
        if self.sealed:
            return None
        inside = self._inside(group, self.generation)
        if self.size(group) < MINIMUM:
            return None
        held_by = self._signatures()
        asked = Released(group, self.generation, frozenset())
        if not self._grants(None, held_by, inside, asked):
            return None
        shown = frozenset(item for item in items if self._grants(item, held_by, inside, asked))
        bit = 1 << len(self.released)
        self._held_by = [
            holders | bit if held else holders
            for holders, held in zip(held_by, inside, strict=True)
        ]
        self.released.append(replace(asked, shown=shown))
        return shown

    def latest(self, group: Group) -> Released | None:
        """A group as it was last released."""
        return next((one for one in reversed(self.released) if one.group.key == group.key), None)

    def modes(self, group: Group) -> Mapping[str, int]:
        """How many people of a group there are now from each channel."""
        found: Counter[str] = Counter()
        for part, held in zip(self.parts, self._inside(group, self.generation), strict=True):
            if held:
                found[part.carried.mode] += part.n
        return found

    def units(self) -> Mapping[str, int]:
        """How many people there are now in each unit."""
        found: defaultdict[str, int] = defaultdict(int)
        for part in self.parts:
            if part.until is None and part.carried.unit:
                found[part.carried.unit] += part.n
        return found

    def _inside(self, group: Group, generation: int) -> list[bool]:
        return [
            part.since <= generation
            and (part.until is None or generation < part.until)
            and group.holds(part.carried)
            for part in self.parts
        ]

    def _signatures(self) -> list[int]:
        if self._held_by is None:
            self._held_by = [0] * len(self.parts)
            for place, one in enumerate(self.released):
                for index, held in enumerate(self._inside(one.group, one.generation)):
                    if held:
                        self._held_by[index] |= 1 << place
        return self._held_by

    def _grants(
        self, item: str | None, held_by: Sequence[int], inside: Sequence[bool], asked: Released
    ) -> bool:
        """Whether a group may be told beside the known ones; of an item, among its valid answers.

        The cells of the audit are the parts that the same groups hold, and each doubtful person.
        """
        mine = 1 << len(self.released)
        known = [
            place for place, one in enumerate(self.released) if item is None or item in one.shown
        ]
        mask = sum(1 << place for place in known) | mine
        held: dict[str, int] = {}
        sizes: Counter[str] = Counter()
        whose: defaultdict[int, set[str | None]] = defaultdict(set)
        doubtful: dict[tuple[Cell, int], list[str]] = {}
        for place, (part, holders, is_in) in enumerate(
            zip(self.parts, held_by, inside, strict=True)
        ):
            n = part.n if item is None else part.valid(item)
            if not n:
                continue
            signature = (holders | mine if is_in else holders) & mask
            cell = str(signature)
            if part.doubt is None:
                whose[signature].add(part.carried.caseworker)
            else:
                cell = f"{signature} {place}"
                doubtful.setdefault((part.carried, part.doubt), []).append(cell)
            held[cell] = signature
            sizes[cell] += n
        members = [cell for cell, signature in held.items() if signature & mine]
        if item is not None and not members:
            return True
        ledger = Ledger(
            sizes,
            released=[
                [cell for cell, signature in held.items() if signature >> place & 1]
                for place in known
            ],
            alike=[(first, one) for first, *rest in doubtful.values() for one in rest],
        )
        if not ledger.ask(members):
            return False
        others = [place for place in known if self.released[place].group.caseworker is None]
        return asked.group.caseworker is not None or not _tells_of_few_caseworkers(
            whose, [*(1 << place for place in others), mine]
        )


def _joined(one: Part, other: Part) -> Part:
    short = {
        item: one.valid(item) + other.valid(item) for item in one.short.keys() | other.short.keys()
    }
    return Part(one.carried, max(one.since, other.since), None, one.n + other.n, short)


def _tells_of_few_caseworkers(
    whose: Mapping[int, Collection[str | None]], groups: Sequence[int]
) -> bool:
    """Whether groups together tell of the meetings of few caseworkers and of nobody else.

    `whose` has the caseworkers by the groups that hold their meetings, None where that is unknown;
    a sum of figures is about few when nothing of any other caseworker is left in it.
    """
    mask = sum(groups)
    atoms: defaultdict[int, set[str | None]] = defaultdict(set)
    for signature, keys in whose.items():
        if signature & mask:
            atoms[signature & mask].update(keys)
    breadth = {
        str(signature): FEWEST_CASEWORKERS if None in keys else min(len(keys), FEWEST_CASEWORKERS)
        for signature, keys in atoms.items()
    }
    # As everywhere, a row without a broad pivot has nothing broad in it at all
    span = Span.of(
        [frozenset(str(one) for one in atoms if one & group) for group in groups], breadth
    )
    narrow = [row for pivot, row in span.rows.items() if span.sizes[pivot] < FEWEST_CASEWORKERS]
    if not narrow:
        return False
    keys_of = {
        index: frozenset(key for cell in span.atoms[index] for key in atoms[int(cell)])
        for row in narrow
        for index in row
    }
    everybody = frozenset().union(*keys_of.values())
    few = min(FEWEST_CASEWORKERS - 1, len(everybody))
    return any(
        rank([{i: n for i, n in row.items() if not keys_of[i] <= set(some)} for row in narrow])
        < len(narrow)
        for some in combinations(sorted(map(str, everybody)), few)
    )
