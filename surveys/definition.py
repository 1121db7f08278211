"""From a YAML document to an `Instrument`, or to everything that is wrong with it."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache, partial
from importlib import resources

from surveys import inspection, wording, xlsform, xlsform_reader
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
    dumps,
    parse,
    translated,
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
from surveys.mending import mended
from surveys.routes import routes

LONGEST_SPECIFIED = 500
"""Characters in the words for an "Andet"."""


@lru_cache(maxsize=64)
def read(document: str | bytes) -> Instrument:
    """Read an instrument from YAML. Raises InvalidDefinition with all the defects there are."""
    parsed = parse(document)
    if mistakes := list(inspection.mistakes(parsed)):
        raise InvalidDefinition(mistakes)
    return _instrument(parsed)


def defects(document: str | bytes) -> tuple[Defect, ...]:
    """List everything that is wrong with a document or makes it hard to answer."""
    try:
        wrong, parsed, is_known = mended(document)
    except InvalidDefinition as refusal:
        return refusal.defects
    if parsed is None:
        return wrong
    mistakes = tuple(inspection.mistakes(parsed))
    unreachable = () if wrong or mistakes else _unreachable(parsed)
    further = (*mistakes, *unreachable, *inspection.difficulties(parsed))
    return (*wrong, *(defect for defect in further if is_known(defect)))


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Instrument]:
    """The instruments that ship with the product, by name."""
    return {name: _instrument(document) for name, document in _shipped().items()}


@cache
def shipped(name: str) -> str:
    """The YAML text of one instrument of the catalogue, complete with the languages that have
    every text of it. Raises UnknownSurvey.
    """
    if name not in _shipped():
        raise UnknownSurvey(name, tuple(_shipped()))
    return dumps(_shipped()[name])


def tidied(document: str | bytes) -> str:
    """A sound document as `shipped` would write it. Raises InvalidDefinition."""
    return dumps(parse(document))


def to_xlsform(document: str | bytes) -> bytes:
    """A document as an XLSForm workbook. Raises InvalidDefinition."""
    return xlsform.export(parse(document))


def from_xlsform(workbook: bytes) -> str:
    """The document that an XLSForm workbook describes, as YAML; it may still have defects.

    Raises InvalidDefinition with everything that an instrument cannot carry.
    """
    return xlsform_reader.read(workbook)


def sources() -> Mapping[str, Document]:
    """The documents of the catalogue by name, in Danish as they are written."""
    folder = resources.files("surveys") / "catalogue"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    documents = [parse(file.read_bytes()) for file in files if file.name.endswith(".yaml")]
    return {document.name: document for document in documents}


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Document]:
    known = {name: wording.translation(name) for name in wording.LANGUAGE_NAMES}
    return {
        name: translated(
            document,
            {
                language: partial(translation.text, context=name)
                for language, translation in known.items()
                if translation is not None
            },
        )
        for name, document in sources().items()
    }


def _unreachable(parsed: Document) -> tuple[Defect, ...]:
    paths = {item.id: path for path, item in parsed.places}
    return tuple(
        Defect(
            f"{paths[name]}.ask_if",
            f"“{name}” is never asked: no answers before it make its conditions hold together.",
            "Change its conditions, or those of the questions that they read.",
        )
        for name in routes(_instrument(parsed)).unreachable
    )


def _instrument(parsed: Document) -> Instrument:
    return Instrument(
        name=parsed.name,
        version=parsed.version,
        audience=parsed.audience,
        also_asked=tuple(parsed.also_asked),
        comparable={version: frozenset(ids) for version, ids in parsed.comparable_with.items()},
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
            return Scale(categories, item.faces)
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
