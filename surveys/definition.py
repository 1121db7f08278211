"""From a YAML document to an `Instrument`, or to everything that is wrong with it."""

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from surveys import inspection
from surveys.document import (
    ConditionEntry,
    DateEntry,
    Document,
    ItemEntry,
    MultipleEntry,
    NumberEntry,
    ScaleEntry,
    SingleEntry,
    TextEntry,
    alternatives,
    companion_id,
    parse,
)
from surveys.errors import Defect, InvalidDefinition, UnknownSurvey
from surveys.instrument import (
    Category,
    CodeList,
    Comparison,
    Condition,
    Date,
    Domain,
    Instrument,
    InternationalString,
    Item,
    MultiCode,
    Number,
    Relevance,
    Scale,
    Section,
    Text,
)

LONGEST_SPECIFIED = 500
"""Characters in the words for an "Andet"."""


def read(document: str | bytes) -> Instrument:
    """Read an instrument from YAML. Raises InvalidDefinition with all the defects there are."""
    parsed = parse(document)
    if mistakes := list(inspection.mistakes(parsed)):
        raise InvalidDefinition(mistakes)
    return _instrument(parsed)


def defects(document: str | bytes) -> tuple[Defect, ...]:
    """List everything that is wrong with a document or makes it hard to answer."""
    try:
        parsed = parse(document)
    except InvalidDefinition as refusal:
        return refusal.defects
    return (*inspection.mistakes(parsed), *inspection.difficulties(parsed))


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Instrument]:
    """The instruments that ship with the product, by name."""
    folder = resources.files("surveys") / "catalogue"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    instruments = [read(file.read_bytes()) for file in files if file.name.endswith(".yaml")]
    return {instrument.name: instrument for instrument in instruments}


def shipped(name: str) -> str:
    """The YAML text of one instrument of the catalogue. Raises UnknownSurvey."""
    if name not in catalogue():
        raise UnknownSurvey(name, tuple(catalogue()))
    return (resources.files("surveys") / "catalogue" / f"{name}.yaml").read_text("utf-8")


def _instrument(parsed: Document) -> Instrument:
    return Instrument(
        name=parsed.name,
        version=parsed.version,
        audience=parsed.audience,
        title=InternationalString(parsed.title),
        purpose=InternationalString(parsed.purpose),
        next_step=InternationalString(parsed.next_step),
        minutes=parsed.minutes,
        languages=tuple(parsed.title),
        sections=tuple(
            Section(
                id=section.id,
                title=InternationalString(section.title),
                items=tuple(one for item in section.items for one in _items(parsed, item)),
            )
            for section in parsed.sections
        ),
    )


def _items(parsed: Document, item: ItemEntry) -> Iterator[Item]:
    yield Item(
        id=item.id,
        text=InternationalString(item.text),
        domain=_domain(parsed, item),
        help=_optional(item.help),
        required=_optional(item.required),
        dont_know=item.dont_know,
        refusal=item.refusal,
        relevance=_relevance(item),
    )
    for category in parsed.categories(item):
        if category.specify:
            chosen = Condition(item.id, Comparison.EQUALS, (category.code,))
            yield Item(
                id=companion_id(item, category),
                text=InternationalString(category.specify),
                domain=Text(maximum=LONGEST_SPECIFIED),
                relevance=Relevance(((chosen,),)),
                companion_of=item.id,
            )


def _optional(texts: dict[str, str] | None) -> InternationalString | None:
    return InternationalString(texts) if texts else None


def _domain(parsed: Document, item: ItemEntry) -> Domain:
    categories = tuple(
        Category(
            code=category.code,
            label=InternationalString(category.label),
            exclusive=category.exclusive,
            specify=_optional(category.specify),
        )
        for category in parsed.categories(item)
    )
    match item:
        case ScaleEntry():
            return Scale(categories)
        case SingleEntry():
            return CodeList(categories)
        case MultipleEntry():
            return MultiCode(categories)
        case TextEntry():
            return Text(item.maximum)
        case NumberEntry():
            return Number(item.minimum, item.maximum, item.decimals)
        case DateEntry():
            return Date(item.earliest, item.latest)
        case _:
            raise TypeError(type(item).__name__)


def _relevance(item: ItemEntry) -> Relevance | None:
    rules = alternatives(item)
    if not rules:
        return None
    return Relevance(tuple(tuple(map(_condition, conditions)) for conditions in rules))


def _condition(entry: ConditionEntry) -> Condition:
    if entry.equals is not None:
        return Condition(entry.item, Comparison.EQUALS, (entry.equals,))
    if entry.one_of is not None:
        return Condition(entry.item, Comparison.ONE_OF, tuple(entry.one_of))
    if entry.at_least is not None:
        return Condition(entry.item, Comparison.AT_LEAST, (str(entry.at_least),))
    if entry.at_most is not None:
        return Condition(entry.item, Comparison.AT_MOST, (str(entry.at_most),))
    return Condition(entry.item, Comparison.ANSWERED)
