"""Which themes go with dissatisfaction, among those who wrote: an association, never a cause.

The odds of being dissatisfied among those who wrote of a theme, divided by the odds among the
others who wrote. Half a person is added to each cell (Haldane 1956; Anscombe 1956), and the log of
the ratio is drawn towards none by a normal prior with mean 0 and standard deviation 1, which holds
that few themes make the odds more than seven times as large or as small (Spiegelhalter, Abrams &
Myles 2004, Bayesian Approaches to Clinical Trials, ch. 3). Few people are thus drawn most.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final

from sqlalchemy.orm import Session

from analysis import coding, plan, readings
from analysis.disclosure import MINIMUM_FOR_DETAIL, Ledger
from surveys import extract

PRIOR_SD: Final = 1.0
_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Association:
    """How many times larger the odds are with a theme than without, with its 95 % interval."""

    theme: str
    name: str
    n: int
    ratio: float
    low: float
    high: float

    @property
    def demonstrable(self) -> bool:
        """Whether the interval rules out that the theme and dissatisfaction are unrelated."""
        return self.low > 1 or self.high < 1


def odds_ratio(a: int, b: int, c: int, d: int) -> tuple[float, float, float]:
    """The shrunk odds ratio (a/b)/(c/d) with its 95 % interval.

    a and b have the theme, a and c are dissatisfied.
    """
    cells = [n + 0.5 for n in (a, b, c, d)]
    found = log(cells[0] * cells[3] / (cells[1] * cells[2]))
    precision = 1 / sum(1 / n for n in cells)
    kept = 1 / (precision + 1 / PRIOR_SD**2)
    middle, reach = found * precision * kept, _Z * sqrt(kept)
    return exp(middle), exp(middle - reach), exp(middle + reach)


def associate(
    themes: Mapping[str, tuple[str, Collection[str]]],
    dissatisfied: Collection[str],
    everybody: Collection[str],
) -> tuple[Association, ...]:
    """Themes by code, each with its name and who wrote of it, held against who is dissatisfied.

    A ratio is a cross table: it is given for at least MINIMUM_FOR_DETAIL people with the theme and
    without, of whom neither all but one are dissatisfied nor all but one satisfied, and only while
    all that are given together expose nobody. The strongest stands first.
    """
    people = set(everybody)
    unhappy = set(dissatisfied) & people
    holders = {code: set(who) & people for code, (_, who) in themes.items()}
    mentions = {
        person: "+".join(sorted(code for code, who in holders.items() if person in who))
        for person in people
    }
    cells = Counter(mentions.values())
    ledger = Ledger(cells)
    if not ledger.ask(set(cells)):
        return ()
    found = []
    for code, who in sorted(holders.items(), key=lambda one: (-len(one[1]), one[0])):
        others = people - who
        a, c = len(who & unhappy), len(others & unhappy)
        table = (a, len(who) - a, c, len(others) - c)
        if min(len(who), len(others)) < MINIMUM_FOR_DETAIL or min(table) < 2:
            continue
        if ledger.ask({mentions[person] for person in who}):
            found.append(Association(code, themes[code][0], len(who), *odds_ratio(*table)))
    return tuple(sorted(found, key=lambda one: (-one.ratio, one.theme)))


def read(session: Session, wave: extract.Wave) -> tuple[Association, ...]:
    """The associations of a wave, held against the first indicator that it answers; () for none.

    Dissatisfied is who is satisfied with fewer than half of the indicator's questions.
    """
    if wave.instrument.audience not in coding.AUDIENCES:
        return ()
    measured = next(
        (
            one
            for one in plan.current(session).of_survey(wave.survey)
            if one.items and readings.answers(wave.instrument, one)
        ),
        None,
    )
    if measured is None:
        return ()
    said = _rated(session, wave, measured.items)
    coded = coding.codings(session, wave)
    writers = {one.comment.response for one in coded} & said.keys()
    themes = {
        theme.code: (
            theme.name,
            {one.comment.response for one in coded if theme.code in one.themes},
        )
        for theme in coding.frame(session, wave).themes
    }
    return associate(themes, {who for who, share in said.items() if share < 0.5}, writers)


def _rated(session: Session, wave: extract.Wave, items: Sequence[str]) -> Mapping[str, float]:
    """The share of questions that each of those who wrote is satisfied with."""
    good: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for response, item, code in extract.of_writers(session, wave.id, items):
        all_of[response] += 1
        good[response] += code in readings.satisfied_codes(wave.instrument[item])
    return {response: good[response] / n for response, n in all_of.items()}
