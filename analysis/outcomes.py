"""What became of everybody asked: final dispositions, outcome rates, and who did not answer.

Dispositions and formulas are those of AAPOR, *Standard Definitions: Final Dispositions of Case
Codes and Outcome Rates for Surveys*, 10th edition (2023), for internet surveys of specifically
named persons. A disposition is derived from what is known of an invitation and never stored.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Final

from analysis.disclosure import Ledger, Unit, protect_tree
from analysis.indicators import Base, ImpossibleFigure, ResponseRate
from surveys.turnout import Sampled, State, States

SMALLEST_GROUP: Final = 10
"""Whether people answered is told of this many invited or more, together."""
STEP: Final = 5
"""The rate of a group is told to the nearest so many per cent."""


@dataclass(frozen=True, slots=True)
class Dispositions:
    """How many cases ended in each way, by AAPOR's letters.

    `complete` (I): sent from the first question to the last. `partial` (P): sent before the end.
    `refused` (R): said no thank you, or began and broke off. `noncontact` (NC): nothing was heard.
    `other` (O): eligible, not interviewed for another reason. `unknown_household` (UH) and
    `unknown_other` (UO): not known to be eligible; an invitation that came back is the latter.
    `not_eligible`: taken out of the sample, and in no rate.
    """

    complete: int = 0
    partial: int = 0
    refused: int = 0
    noncontact: int = 0
    other: int = 0
    unknown_household: int = 0
    unknown_other: int = 0
    not_eligible: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise ImpossibleFigure(f"The number {field.name} must be a whole number from 0 up.")

    @property
    def eligible(self) -> int:
        """(I + P) + (R + NC + O)."""
        return self.answered + self.refused + self.noncontact + self.other

    @property
    def answered(self) -> int:
        """I + P."""
        return self.complete + self.partial

    @property
    def unknown(self) -> int:
        """UH + UO."""
        return self.unknown_household + self.unknown_other

    @property
    def e(self) -> Fraction:
        """The estimated share of cases of unknown eligibility that are eligible.

        By proportional allocation (the CASRO method): as large as among those whose eligibility is
        known. 1 where no case is known.
        """
        known = self.eligible + self.not_eligible
        return Fraction(self.eligible, known) if known else Fraction(1)


@dataclass(frozen=True, slots=True)
class Rate:
    """An outcome rate: its name in the standard, its formula, and its value; None for no cases.

    `cases` is what is divided by what, where both are whole numbers.
    """

    name: str
    formula: str
    value: float | None
    cases: tuple[int, int] | None


_ELIGIBLE = "(I+P) + (R+NC+O)"
_Parts = tuple[int, Fraction | int]
_FORMULAS: Final[Mapping[str, tuple[str, Callable[[Dispositions], _Parts]]]] = {
    "RR1": (f"I / ({_ELIGIBLE} + (UH+UO))", lambda d: (d.complete, d.eligible + d.unknown)),
    "RR2": (f"(I+P) / ({_ELIGIBLE} + (UH+UO))", lambda d: (d.answered, d.eligible + d.unknown)),
    "RR3": (f"I / ({_ELIGIBLE} + e(UH+UO))", lambda d: (d.complete, d.eligible + d.e * d.unknown)),
    "RR4": (
        f"(I+P) / ({_ELIGIBLE} + e(UH+UO))",
        lambda d: (d.answered, d.eligible + d.e * d.unknown),
    ),
    "RR5": (f"I / ({_ELIGIBLE})", lambda d: (d.complete, d.eligible)),
    "RR6": (f"(I+P) / ({_ELIGIBLE})", lambda d: (d.answered, d.eligible)),
    "COOP1": ("I / ((I+P) + R + O)", lambda d: (d.complete, d.answered + d.refused + d.other)),
    "COOP2": ("(I+P) / ((I+P) + R + O)", lambda d: (d.answered, d.answered + d.refused + d.other)),
    "COOP3": ("I / ((I+P) + R)", lambda d: (d.complete, d.answered + d.refused)),
    "COOP4": ("(I+P) / ((I+P) + R)", lambda d: (d.answered, d.answered + d.refused)),
    "REF1": (f"R / ({_ELIGIBLE} + (UH+UO))", lambda d: (d.refused, d.eligible + d.unknown)),
    "REF2": (
        f"R / ({_ELIGIBLE} + e(UH+UO))",
        lambda d: (d.refused, d.eligible + d.e * d.unknown),
    ),
    "REF3": (f"R / ({_ELIGIBLE})", lambda d: (d.refused, d.eligible)),
    "CON1": (
        "((I+P) + R + O) / ((I+P) + R + O + NC + (UH+UO))",
        lambda d: (d.eligible - d.noncontact, d.eligible + d.unknown),
    ),
    "CON2": (
        "((I+P) + R + O) / ((I+P) + R + O + NC + e(UH+UO))",
        lambda d: (d.eligible - d.noncontact, d.eligible + d.e * d.unknown),
    ),
    "CON3": (
        "((I+P) + R + O) / ((I+P) + R + O + NC)",
        lambda d: (d.eligible - d.noncontact, d.eligible),
    ),
}


def rates(dispositions: Dispositions) -> Sequence[Rate]:
    """All outcome rates of the standard that a survey of named persons has."""
    found = []
    for name, (formula, parts) in _FORMULAS.items():
        above, below = parts(dispositions)
        whole = (above, int(below)) if Fraction(below).denominator == 1 else None
        value = float(above / Fraction(below)) if below else None
        found.append(Rate(name, formula, value, whole))
    return found


def disposed(states: States, partial: int = 0, spoken: int = 0) -> Dispositions:
    """The dispositions of a wave's invitations. `partial` of the answers were sent before the end.

    `spoken` of those who have not answered were reached, said neither yes nor no, and were to be
    called again: they are eligible and not interviewed for another reason.
    The frame is a register of people who are all eligible, so those not heard of are noncontacts;
    only where an invitation came back nobody knows whether its person is still there.
    """
    answered = states[State.ANSWERED]
    partial = min(partial, answered)
    unheard = states[State.UNOPENED] + states[State.EXPIRED]
    spoken = min(spoken, unheard)
    return Dispositions(
        complete=answered - partial,
        partial=partial,
        refused=states[State.REFUSED] + states[State.OPENED],
        noncontact=unheard - spoken,
        other=spoken,
        unknown_other=states[State.UNDELIVERABLE],
        not_eligible=states[State.WITHDRAWN],
    )


def response_rate(states: States, base: Base) -> ResponseRate:
    """The share of those invited who have answered, on a base that is named with it."""
    left_out = {
        Base.INVITED: (),
        Base.REACHABLE: (State.UNDELIVERABLE, State.WITHDRAWN),
        Base.WILLING: (State.UNDELIVERABLE, State.WITHDRAWN, State.REFUSED),
    }[base]
    invited = states.invited - sum(states[state] for state in left_out)
    return ResponseRate(states[State.ANSWERED], invited, base)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of those invited: how large, and how many answered, as far as it may be told.

    `rate` is to the nearest 5 per cent, and at least 10 and at most 90; None where the group, or
    what is left of the others without it, is too small.
    """

    name: str | None
    invited: int
    rate: int | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Who answered and who did not, by one variable that is known of everybody."""

    variable: str
    groups: tuple[Group, ...]


VARIABLES: Final = ("unit", "team", "course", "channel", "language")


def who_answered(sample: Sequence[Sampled]) -> Sequence[Breakdown]:
    """Response rates by every variable of the frame that tells people apart.

    What one table hides another must not give away, so all shown groups are audited together
    (`disclosure.Ledger`), the largest first.
    """
    variables = [v for v in VARIABLES if len({getattr(one, v) for one in sample}) > 1]
    cells: Counter[tuple[str | None, ...]] = Counter(
        tuple(getattr(one, variable) for variable in variables) for one in sample
    )
    ledger = Ledger(
        {repr(cell): n for cell, n in cells.items()},
        SMALLEST_GROUP,
        [[repr(cell) for cell in cells]] if len(sample) >= SMALLEST_GROUP else [],
    )
    found = []
    for place, variable in enumerate(variables):
        people: Counter[str | None] = Counter(getattr(one, variable) for one in sample)
        answered: Counter[str | None] = Counter(
            getattr(one, variable) for one in sample if one.state is State.ANSWERED
        )
        allowed = _allowed(people)
        groups = []
        for name, invited in sorted(people.items(), key=lambda pair: (-pair[1], str(pair[0]))):
            shown = name in allowed and ledger.ask(
                [repr(cell) for cell in cells if cell[place] == name]
            )
            rate = rounded(answered[name], invited) if shown else None
            groups.append(Group(name, invited, rate))
        found.append(Breakdown(variable, tuple(groups)))
    return found


def rounded(answered: int, invited: int) -> int:
    """A group's rate to the nearest 5 per cent, never so high or low that each one is known."""
    nearest = int(Fraction(100 * answered, invited * STEP) + Fraction(1, 2)) * STEP
    return min(90, max(10, nearest))


def _allowed(people: Mapping[str | None, int]) -> set[str | None]:
    """The groups of one table whose rates may stand beside the total."""
    names = {str(number): name for number, name in enumerate(people)}
    tree = {"": Unit(None, sum(people.values()))}
    tree |= {number: Unit("", people[name]) for number, name in names.items()}
    return {names[one] for one in protect_tree(tree, SMALLEST_GROUP).shown if one}
