"""The closed questions of an instrument as variables: names, labels, codes and missing codes.

Numbers from 90 up are missing, in every variable alike, as SPSS users expect of user-missing codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from surveys.instrument import SOURCE_LANGUAGE, Instrument, Item, Missing, MultiCode, Scale

HIDDEN: Final = 91
MISSING: Final[Mapping[str, int]] = MappingProxyType(
    {
        Missing.NOT_REACHED.value: 95,
        Missing.NOT_APPLICABLE.value: 96,
        Missing.REFUSED.value: 97,
        Missing.DONT_KNOW.value: 98,
        Missing.SKIPPED.value: 99,
    }
)
MISSING_LABELS: Final[Mapping[int, str]] = MappingProxyType(
    {
        HIDDEN: "Skjult (færre end 10 har svaret sådan)",
        95: "Nåede ikke til spørgsmålet",
        96: "Fik ikke spørgsmålet",
        97: "Vil ikke svare",
        98: "Ved ikke",
        99: "Sprunget over",
    }
)
LOWEST_MISSING, HIGHEST_MISSING = 90, 99

_LONGEST_NAME: Final = 64
# The words of SPSS's language, and the name of the weight
_RESERVED: Final = frozenset(
    ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "antal")
)


@dataclass(frozen=True, slots=True)
class Variable:
    """One column. `category` is set where it says whether one category was chosen (1) or not (0).

    `codes` gives the number of each answer code, `labels` what each number means.
    """

    name: str
    item: str
    category: str | None
    label: str
    ordered: bool
    codes: Mapping[str, int]
    labels: Mapping[int, str]

    def number(self, answer: str) -> int:
        """The number of an answer as `extract.patterns` writes it."""
        if answer.startswith("?"):
            return MISSING[answer[1:]]
        if not answer:
            return MISSING[Missing.NOT_REACHED.value]
        if self.category is None:
            return self.codes[answer]
        return int(self.category in answer.split(","))


def closed(instrument: Instrument) -> Sequence[Item]:
    """The questions with labelled answers: words, numbers and days leave in no row."""
    return [item for item in instrument if item.categories]


def variables(instrument: Instrument, language: str = SOURCE_LANGUAGE) -> Sequence[Variable]:
    """The variables of an instrument, in the order of its questions."""
    taken: set[str] = set(_RESERVED)
    return [one for item in closed(instrument) for one in _of(item, language, taken)]


def _of(item: Item, language: str, taken: set[str]) -> Iterator[Variable]:
    if isinstance(item.domain, MultiCode):
        for place, category in enumerate(item.categories, start=1):
            yield Variable(
                name=_name(f"{item.id}_{place}", taken),
                item=item.id,
                category=category.code,
                label=f"{item.text(language)}: {category.label(language)}",
                ordered=False,
                codes={},
                labels={1: "Valgt", 0: "Ikke valgt", **MISSING_LABELS},
            )
        return
    # A scale keeps its points; other codes are letters and are numbered as they are printed
    points = isinstance(item.domain, Scale)
    codes = {
        category.code: int(category.code) if points else place
        for place, category in enumerate(item.categories, start=1)
    }
    labels = {codes[category.code]: category.label(language) for category in item.categories}
    yield Variable(
        name=_name(item.id, taken),
        item=item.id,
        category=None,
        label=item.text(language),
        ordered=points,
        codes=codes,
        labels={**dict(sorted(labels.items())), **MISSING_LABELS},
    )


def _name(wanted: str, taken: set[str]) -> str:
    """A name that SPSS takes: short enough, not a word of its language, and not used before."""
    name = wanted[:_LONGEST_NAME]
    while name.lower() in taken:
        name = f"{name[: _LONGEST_NAME - 1]}_"
    taken.add(name.lower())
    return name
