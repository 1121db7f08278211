"""Shares that carry their base: what a survey indicator says and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, sqrt
from statistics import NormalDist, fmean

from analysis.disclosure import MINIMUM

SMALL = 20
"""Below this many answers a share is told as a count, "8 af 10"."""

COVERED = 0.9
"""What a near-unanimous share is shown to be at least; the rest is at most what is left."""

_Z = NormalDist().inv_cdf(0.975)


class ImpossibleFigure(ValueError):
    """Numbers that no survey can have produced; the text says what is wrong and what to do."""


class Status(StrEnum):
    """How a reading stands to its target, and how sure that is."""

    MET = "met"
    MET_UNCERTAIN = "met_uncertain"
    NOT_MET_UNCERTAIN = "not_met_uncertain"
    NOT_MET = "not_met"
    TOO_FEW = "too_few"


class Direction(StrEnum):
    """Which way a target points. FALLING and RISING are measured from a baseline."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    FALLING = "falling"
    RISING = "rising"

    @property
    def upwards(self) -> bool:
        """Whether a higher figure is a better one."""
        return self in (Direction.AT_LEAST, Direction.RISING)


class Base(StrEnum):
    """Whom a response rate is a rate of."""

    INVITED = "invited"
    REACHABLE = "reachable"
    """The invited, less those whose invitation came back or was taken back."""
    WILLING = "willing"
    """The reachable, less those who said no thank you."""


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """How many of those asked have answered; without a frame nobody knows how many were asked."""

    answered: int
    invited: int | None
    base: Base = Base.INVITED

    def __post_init__(self) -> None:
        _count(self.answered, "The number who answered")
        if self.invited is None:
            return
        _count(self.invited, "The number invited")
        if self.answered > self.invited:
            raise ImpossibleFigure(
                f"{self.answered} answered but only {self.invited} were invited. Count the frame "
                "again, or leave the number invited out if the link was open to all."
            )

    @property
    def share(self) -> float | None:
        """The rate, or None without a frame or with an empty one."""
        return self.answered / self.invited if self.invited else None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Respondents outside the denominator, by reason."""

    dont_know: int = 0
    refused: int = 0
    skipped: int = 0
    not_applicable: int = 0
    not_reached: int = 0

    def __post_init__(self) -> None:
        for reason in fields(self):
            _count(getattr(self, reason.name), f'The number left out as "{reason.name}"')

    @property
    def total(self) -> int:
        """All respondents left out."""
        return sum(getattr(self, reason.name) for reason in fields(self))


class Bound(StrEnum):
    """Whether a shown figure is the figure itself or a limit that covers a near-unanimous one."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of a reading that a page or file may print, and no others.

    With fewer than 20 answers to one item `count` is there and is printed in place of the share.
    """

    bound: Bound
    count: int | None
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reading:
    """An estimate of one share: never without its base and its 95 % interval.

    Invariants: low ≤ share ≤ high; below the disclosure minimum the status is TOO_FEW and all four
    figures (satisfied, share, low, high) are None. `share` is the double nearest to the exact
    ratio and is compared with the target unrounded. `status` is None only without a target.
    `items` counts the items averaged; over several, `n` is the smallest of their numbers of valid
    answers, `left_out` is summed over them and `satisfied` is None. Of a `covered` one `satisfied`
    is what `shown` says, and `share` half a person more or less.

    The interval speaks of chance alone, not of what those who did not answer would have said.
    """

    satisfied: int | None
    n: int
    left_out: LeftOut
    response_rate: ResponseRate
    share: float | None
    low: float | None
    high: float | None
    target: float | None
    status: Status | None
    items: int = 1

    def __post_init__(self) -> None:
        figures = (self.share, self.low, self.high)
        hidden = self.status is Status.TOO_FEW
        if any((figure is None) != hidden for figure in figures):
            raise ImpossibleFigure("A reading has share and interval, or too few answers.")
        if hidden and self.satisfied is not None:
            raise ImpossibleFigure("Too few answers: leave the number satisfied out.")

    @property
    def invited(self) -> int | None:
        """The number invited, where there is a frame."""
        return self.response_rate.invited

    def shown(self) -> Shown | None:
        """Return what may be printed; None below the disclosure minimum.

        When all or all but one gave the same answer the group is near unanimous and every member
        would be known: the figure becomes "at least" or "at most", and the interval covers both.
        """
        if self.share is None or self.low is None or self.high is None:
            return None
        n, invited = self.n, self.invited
        count = self.satisfied if n < SMALL else None
        nearly_all = (n - 1) / n
        if self.share >= nearly_all:
            share = floor(min(90, 100 * nearly_all)) / 100
            low, _ = wilson(n - 1, n, invited)
            return Shown(Bound.AT_LEAST, None if count is None else n - 1, share, low, 1.0)
        if self.share <= 1 / n:
            share = ceil(max(10, 100 / n)) / 100
            _, high = wilson(1, n, invited)
            return Shown(Bound.AT_MOST, None if count is None else 1, share, 0.0, high)
        return Shown(Bound.EXACT, count, self.share, self.low, self.high)


def estimate(
    satisfied: int,
    answered: int,
    invited: int | None = None,
    target: float | None = None,
    left_out: LeftOut | None = None,
    base: Base = Base.INVITED,
    direction: Direction = Direction.AT_LEAST,
) -> Reading:
    """Estimate the share satisfied among `answered` valid answers.

    Those left out count as respondents in the response rate but not in the share. The population
    of the interval is everybody invited. Raises ImpossibleFigure for impossible numbers.
    """
    _part(satisfied, answered)
    _check_target(target)
    left_out = left_out or LeftOut()
    rate = ResponseRate(answered + left_out.total, invited, base)
    if answered < MINIMUM:
        return _too_few(answered, left_out, rate, target)
    share = satisfied / answered
    low, high = wilson(satisfied, answered, invited)
    status = stand(share, low, high, target, direction)
    return Reading(satisfied, answered, left_out, rate, share, low, high, target, status)


def covered(reading: Reading, direction: Direction = Direction.AT_LEAST) -> Reading:
    """The reading of one item as it is told: where all or all but one agree it does not say which.

    It lies midway between the two, so that status, averages, changes and sums tell no more than
    `shown` does.
    """
    if reading.satisfied is None or 1 < reading.satisfied < reading.n - 1:
        return reading
    n, invited = reading.n, reading.invited
    if reading.satisfied > 1:
        satisfied, share = n - 1, 1 - 1 / (2 * n)
        (low, _), high = wilson(satisfied, n, invited), 1.0
    else:
        satisfied, share = 1, 1 / (2 * n)
        low, (_, high) = 0.0, wilson(satisfied, n, invited)
    status = stand(share, low, high, reading.target, direction)
    return replace(reading, satisfied=satisfied, share=share, low=low, high=high, status=status)


def combine(
    readings: Sequence[Reading],
    target: float | None = None,
    direction: Direction = Direction.AT_LEAST,
) -> Reading:
    """Average the shares of several items, each with equal weight, into one indicator.

    The limits are the averages of the items' limits. The same persons answer all items, so the
    items' errors are correlated, and the standard error of a mean is greatest, equal to the mean
    of the standard errors, when the correlation is perfect (Cauchy–Schwarz). The interval is
    therefore at least as wide as it should be; one item, or items that agree, keep their own.

    If one item has too few answers the whole indicator has: averaging the others would be another
    indicator. Raises ImpossibleFigure without readings, or for readings of several items or of
    different frames.
    """
    _check_target(target)
    if not readings or any(reading.items != 1 for reading in readings):
        raise ImpossibleFigure("An indicator averages at least one reading, each of one item.")
    first = readings[0].response_rate
    rates = [reading.response_rate for reading in readings]
    if any((rate.invited, rate.base) != (first.invited, first.base) for rate in rates):
        raise ImpossibleFigure(
            "The items were asked of different groups. Make one indicator for each group."
        )
    left_out = LeftOut(
        **{
            reason.name: sum(getattr(reading.left_out, reason.name) for reading in readings)
            for reason in fields(LeftOut)
        }
    )
    rate = ResponseRate(max(rate.answered for rate in rates), first.invited, first.base)
    n = min(reading.n for reading in readings)
    items = len(readings)
    # A share of so many halves of a person is told exactly by its double
    exact = [Fraction(r.share).limit_denominator(2 * r.n) for r in readings if r.share is not None]
    lows = [reading.low for reading in readings if reading.low is not None]
    highs = [reading.high for reading in readings if reading.high is not None]
    if len(exact) < items:
        return _too_few(n, left_out, rate, target, items)
    share = float(sum(exact) / items)
    low, high = min(fmean(lows), share), max(fmean(highs), share)
    satisfied = readings[0].satisfied if items == 1 else None
    status = stand(share, low, high, target, direction)
    return Reading(satisfied, n, left_out, rate, share, low, high, target, status, items)


def stand(
    share: float, low: float, high: float, target: float | None, direction: Direction
) -> Status | None:
    """Tell how an estimate between two limits stands to a target; None without a target.

    A target to stay below is the same question about the other end of the interval.
    """
    if target is None:
        return None
    if not direction.upwards:
        share, low, high, target = -share, -high, -low, -target
    if share >= target:
        return Status.MET if low >= target else Status.MET_UNCERTAIN
    return Status.NOT_MET if high < target else Status.NOT_MET_UNCERTAIN


def wilson(satisfied: int, n: int, population: int | None = None) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212).

    With a known population the sample counts as n(N − 1)/(N − n) answers, which shrinks the
    variance by the finite population correction (N − n)/(N − 1) (Cochran 1977, Sampling
    Techniques, 3rd ed., ch. 2 and 3). When all have answered the interval is the share itself.
    """
    share = _part(satisfied, n)
    if n == 0:
        return 0.0, 1.0
    size = float(n)
    if population is not None:
        if n > population:
            raise ImpossibleFigure(f"{n} answers cannot come from a population of {population}.")
        if n == population:
            return share, share
        size = n * (population - 1) / (population - n)
    spread = _Z * _Z / size
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / size + spread / (4 * size))
    low = 0.0 if satisfied == 0 else max(0.0, middle - half)
    high = 1.0 if satisfied == n else min(1.0, middle + half)
    return min(low, share), max(high, share)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a share has changed, with its 95 % interval."""

    change: float
    low: float
    high: float

    @property
    def demonstrable(self) -> bool:
        """Whether the interval rules out that nothing has changed."""
        return self.low > 0 or self.high < 0


def difference(later: Reading, earlier: Reading) -> Difference | None:
    """Return the change from one reading to the next; None if either has too few answers.

    Newcombe's hybrid score interval (1998, Statistics in Medicine 17, 873–890, method 10), which
    takes the two groups as independent. It uses the readings' own intervals, and so keeps their
    finite population correction.
    """
    p, p_low, p_high = later.share, later.low, later.high
    q, q_low, q_high = earlier.share, earlier.low, earlier.high
    if p is None or p_low is None or p_high is None:
        return None
    if q is None or q_low is None or q_high is None:
        return None
    change = p - q
    low = change - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = change + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return Difference(change, max(low, -1.0), min(high, 1.0))


@dataclass(frozen=True, slots=True)
class Tally:
    """The valid answers of one period and how many of them were satisfied."""

    satisfied: int
    n: int

    def __post_init__(self) -> None:
        _part(self.satisfied, self.n)


def rolling(periods: Sequence[Tally], width: int = 12) -> tuple[Tally, ...]:
    """Add up every run of `width` periods, oldest first; none when there are fewer periods.

    Two runs that follow each other differ by single periods, so a page asks the ledger before it
    shows more than one.
    """
    if _count(width, "The width of the window") == 0:
        raise ImpossibleFigure("A rolling window is at least one period wide.")
    runs = (periods[start : start + width] for start in range(len(periods) - width + 1))
    return tuple(Tally(sum(t.satisfied for t in run), sum(t.n for t in run)) for run in runs)


@dataclass(frozen=True, slots=True)
class Limits:
    """The centre of a process and the limits that chance alone seldom leaves."""

    centre: float
    low: float
    high: float


def p_chart(periods: Sequence[Tally]) -> tuple[Limits, ...]:
    """Return each period's limits for a share: p̄ ± 3·√(p̄(1 − p̄)/n), kept within 0 and 1.

    NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3.2. A period without answers can be
    anything. Raises ImpossibleFigure when no period has answers.
    """
    n = sum(period.n for period in periods)
    if n == 0:
        raise ImpossibleFigure("A chart needs at least one period with answers.")
    centre = sum(period.satisfied for period in periods) / n
    return tuple(_share_limits(centre, period.n) for period in periods)


def xmr(values: Sequence[float]) -> Limits:
    """Return the natural process limits of single values: x̄ ± 2.66 times the mean moving range.

    Wheeler 1993, Understanding Variation; 2.66 is 3/1.128, with 1.128 the expected range of two.
    Raises ImpossibleFigure for fewer than two values.
    """
    if len(values) < 2:
        raise ImpossibleFigure("A chart of single values needs at least two of them.")
    centre = fmean(values)
    reach = 2.66 * fmean(abs(b - a) for a, b in pairwise(values))
    return Limits(centre, centre - reach, centre + reach)


def _share_limits(centre: float, n: int) -> Limits:
    reach = 3 * sqrt(centre * (1 - centre) / n) if n else 1.0
    return Limits(centre, max(0.0, centre - reach), min(1.0, centre + reach))


def _too_few(
    n: int, left_out: LeftOut, rate: ResponseRate, target: float | None, items: int = 1
) -> Reading:
    return Reading(None, n, left_out, rate, None, None, None, target, Status.TOO_FEW, items)


def _part(satisfied: int, n: int) -> float:
    """Check that some of n can be satisfied; return the share, 0 of none."""
    _count(satisfied, "The number satisfied")
    _count(n, "The number of valid answers")
    if satisfied > n:
        raise ImpossibleFigure(
            f"{satisfied} satisfied of {n} answers is more than all of them. "
            "Check that the two numbers were not exchanged."
        )
    return satisfied / n if n else 0.0


def _count(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ImpossibleFigure(f"{what} must be a whole number from 0 up.")
    return value


def _check_target(target: float | None) -> None:
    if target is not None and not (isinstance(target, float | int) and 0 <= target <= 1):
        raise ImpossibleFigure(
            f"A target of {target} is not a share. Write it as a number from 0 to 1, 85 % as 0.85."
        )
