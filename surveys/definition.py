"""From a YAML document to an `Instrument`, and every defect on the way.

The document is parsed once into pydantic models; nothing else in the product reads it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic import Discriminator as ByKey

from surveys.errors import Defect, InvalidDefinition, UnknownSurvey
from surveys.instrument import (
    SOURCE_LANGUAGE,
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
from surveys.readability import lix

LARGEST_DOCUMENT = 256 * 1024
LONGEST_LABEL = 60
HARDEST_LIX = 30
FEWEST_WORDS_FOR_LIX = 8

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$", coerce_numbers_to_str=True)]
Wordings = Annotated[dict[str, Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Audience = Literal["citizen", "company", "course", "staff"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Category(_Document):
    code: Code
    label: Wordings
    exclusive: bool = False
    specify: Wordings | None = None


class _Test(_Document):
    item: Identifier
    equals: Code | None = None
    one_of: list[Code] | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    answered: Literal[True] | None = None


class _All(_Document):
    all: Annotated[list[_Test], Field(min_length=1)]


class _Any(_Document):
    any: Annotated[list[_All | _Test], Field(min_length=1)]


class _Item(_Document):
    id: Identifier
    text: Wordings
    help: Wordings | None = None
    required: Wordings | None = None
    dont_know: bool = False
    refusal: bool = False
    quoted: bool = False
    ask_if: _Any | _All | _Test | None = None


class _Scale(_Item):
    kind: Literal["scale"]
    scale: Identifier


class _Single(_Item):
    kind: Literal["single"]
    categories: Annotated[list[_Category], Field(min_length=2)]


class _Multiple(_Item):
    kind: Literal["multiple"]
    categories: Annotated[list[_Category], Field(min_length=2)]


class _Text(_Item):
    kind: Literal["text"]
    maximum: Annotated[int, Field(ge=1, le=4000)] = 2000


class _Number(_Item):
    kind: Literal["number"]
    minimum: Decimal
    maximum: Decimal
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class _Date(_Item):
    kind: Literal["date"]
    earliest: date
    latest: date


_AnyItem = Annotated[_Scale | _Single | _Multiple | _Text | _Number | _Date, ByKey("kind")]


class _Section(_Document):
    id: Identifier
    title: Wordings
    items: Annotated[list[_AnyItem], Field(min_length=1)]


class _Instrument(_Document):
    name: Identifier
    version: Annotated[int, Field(ge=1)]
    audience: Audience
    minutes: Annotated[int, Field(ge=1, le=60)]
    title: Wordings
    purpose: Wordings
    next_step: Wordings
    scales: dict[Identifier, Annotated[list[_Category], Field(min_length=2)]] = {}
    sections: Annotated[list[_Section], Field(min_length=1)]


_REMEDIES = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it or correct its spelling.",
    "union_tag_invalid": "Use kind: scale, single, multiple, text, number or date.",
    "union_tag_not_found": "Add kind: scale, single, multiple, text, number or date.",
    "string_pattern_mismatch": "Use lower-case letters a–z, digits and _ only.",
    "literal_error": "Use one of the values named.",
    "too_short": "Add what is missing.",
    "string_too_short": "Write the text.",
}


def read(document: str | bytes) -> Instrument:
    """Read an instrument from YAML. Raises InvalidDefinition with all the defects there are."""
    parsed = _document(document)
    defects = [*_structure(parsed), *_content(parsed)]
    if defects:
        raise InvalidDefinition(defects)
    return _instrument(parsed)


def defects(document: str | bytes) -> tuple[Defect, ...]:
    """List everything that is wrong with a document, and everything that makes it hard to answer."""
    try:
        read(document)
        parsed = _document(document)
    except InvalidDefinition as refusal:
        return refusal.defects
    return tuple(_readability(parsed))


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


def _document(document: str | bytes) -> _Instrument:
    if len(document) > LARGEST_DOCUMENT:
        raise InvalidDefinition(
            [
                Defect(
                    "document",
                    "It is larger than 256 kB.",
                    "An instrument is text only: shorten it.",
                )
            ]
        )
    try:
        text = document if isinstance(document, str) else document.decode("utf-8")
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken):
                line = token.start_mark.line + 1
                raise InvalidDefinition(
                    [
                        Defect(
                            f"line {line}", "YAML aliases (*name) are not allowed.", "Write it out."
                        )
                    ]
                )
        content = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise InvalidDefinition(
            [Defect("document", "It is not text in UTF-8.", "Save the file as UTF-8.")]
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        path = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        problem = getattr(error, "problem", None) or "unreadable"
        raise InvalidDefinition(
            [
                Defect(
                    path,
                    f"It is not YAML: {problem}.",
                    "Correct the indentation or quote the text.",
                )
            ]
        ) from None
    try:
        return _Instrument.model_validate(content)
    except ValidationError as error:
        raise InvalidDefinition([_defect(detail) for detail in error.errors()]) from None


def _defect(detail: object) -> Defect:
    assert isinstance(detail, dict)  # noqa: S101  pydantic's ErrorDetails is a TypedDict
    kinds = {"scale", "single", "multiple", "text", "number", "date"}
    location = list(detail["loc"])
    steps = [
        str(step)
        for place, step in enumerate(location)
        # pydantic adds the chosen kind of a tagged union to the path; the reader's file has no such level
        if not (step in kinds and place >= 2 and location[place - 2] == "items")
    ]
    return Defect(
        ".".join(steps) or "document",
        f"{detail['msg']}.",
        _REMEDIES.get(detail["type"], "Correct the value."),
    )


def _places(parsed: _Instrument) -> Iterator[tuple[str, _Item]]:
    for s, section in enumerate(parsed.sections):
        for i, item in enumerate(section.items):
            yield f"sections.{s}.items.{i}", item


def _categories(parsed: _Instrument, item: _Item) -> list[_Category]:
    if isinstance(item, _Scale):
        return parsed.scales.get(item.scale, [])
    return item.categories if isinstance(item, _Single | _Multiple) else []


def _structure(parsed: _Instrument) -> Iterator[Defect]:
    for name, points in parsed.scales.items():
        for place, point in enumerate(points):
            if not point.code.isdigit():
                yield Defect(
                    f"scales.{name}.{place}.code",
                    f"“{point.code}” is not a number.",
                    "Number the points.",
                )
        if len({point.code for point in points}) < len(points):
            yield Defect(f"scales.{name}", "Two points have the same code.", "Give each its own.")
    earlier: dict[str, _Item] = {}
    for path, item in _places(parsed):
        if item.id in earlier:
            yield Defect(f"{path}.id", f"“{item.id}” is used twice.", "Give every item its own id.")
        if isinstance(item, _Scale) and item.scale not in parsed.scales:
            yield Defect(
                f"{path}.scale", f"There is no scale “{item.scale}”.", "Add it under scales."
            )
        codes = [category.code for category in _categories(parsed, item)]
        if not isinstance(item, _Scale) and len(set(codes)) < len(codes):
            yield Defect(
                f"{path}.categories", "Two categories have the same code.", "Give each its own."
            )
        if {"dont_know", "refused"} & set(codes):
            yield Defect(
                f"{path}.categories",
                "“dont_know” and “refused” are not categories.",
                "Write dont_know: true or refusal: true on the item.",
            )
        if isinstance(item, _Number) and item.minimum > item.maximum:
            yield Defect(f"{path}.minimum", "It is above the maximum.", "Exchange them.")
        if isinstance(item, _Date) and item.earliest > item.latest:
            yield Defect(f"{path}.earliest", "It is after the latest day.", "Exchange them.")
        yield from _rules(parsed, path, item, earlier)
        earlier[item.id] = item


def _tests(rule: _Any | _All | _Test | None) -> list[list[_Test]]:
    match rule:
        case None:
            return []
        case _Test():
            return [[rule]]
        case _All():
            return [rule.all]
        case _Any():
            return [part.all if isinstance(part, _All) else [part] for part in rule.any]


def _rules(
    parsed: _Instrument, path: str, item: _Item, earlier: dict[str, _Item]
) -> Iterator[Defect]:
    for tests in _tests(item.ask_if):
        for test in tests:
            asked = earlier.get(test.item)
            if asked is None:
                yield Defect(
                    f"{path}.ask_if",
                    f"“{test.item}” is not an earlier item.",
                    "A question may only depend on questions before it.",
                )
                continue
            given = test.model_dump(exclude_none=True, exclude={"item"})
            if len(given) != 1:
                yield Defect(
                    f"{path}.ask_if",
                    "It needs exactly one comparison.",
                    "Use one of equals, one_of, at_least, at_most, answered.",
                )
            yield from _reachable(parsed, path, test, asked)


def _reachable(parsed: _Instrument, path: str, test: _Test, asked: _Item) -> Iterator[Defect]:
    codes = {category.code for category in _categories(parsed, asked)}
    wanted = set(test.one_of or ()) | ({test.equals} if test.equals else set())
    if wanted and codes and not wanted & codes:
        yield Defect(
            f"{path}.ask_if",
            f"“{asked.id}” has no such category, so this is never asked.",
            f"Use one of {', '.join(sorted(codes))}.",
        )
    if test.at_least is not None or test.at_most is not None:
        if isinstance(asked, _Scale):
            lowest, highest = min(map(Decimal, codes)), max(map(Decimal, codes))
        elif isinstance(asked, _Number):
            lowest, highest = asked.minimum, asked.maximum
        else:
            yield Defect(
                f"{path}.ask_if", f"“{asked.id}” is not a number.", "Use equals or one_of."
            )
            return
        if (test.at_least is not None and test.at_least > highest) or (
            test.at_most is not None and test.at_most < lowest
        ):
            yield Defect(
                f"{path}.ask_if",
                f"“{asked.id}” is never that large or small, so this is never asked.",
                f"It goes from {lowest} to {highest}.",
            )


def _wordings(parsed: _Instrument) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Every text with its path, and whether its words are the source's own (quoted)."""
    for key in ("title", "purpose", "next_step"):
        yield key, getattr(parsed, key), False
    for name, points in parsed.scales.items():
        for place, point in enumerate(points):
            yield f"scales.{name}.{place}.label", point.label, False
    for s, section in enumerate(parsed.sections):
        yield f"sections.{s}.title", section.title, False
    for path, item in _places(parsed):
        yield f"{path}.text", item.text, item.quoted
        for key in ("help", "required"):
            if text := getattr(item, key):
                yield f"{path}.{key}", text, False
        if isinstance(item, _Single | _Multiple):
            for place, category in enumerate(item.categories):
                yield f"{path}.categories.{place}.label", category.label, item.quoted
                if category.specify:
                    yield f"{path}.categories.{place}.specify", category.specify, False


def _languages(parsed: _Instrument) -> list[str]:
    return list(parsed.title)


def _content(parsed: _Instrument) -> Iterator[Defect]:
    if SOURCE_LANGUAGE not in parsed.title:
        yield Defect(
            "title", "There is no Danish text (da).", "Danish is the source: write it first."
        )
    languages = set(_languages(parsed))
    for path, texts, _ in _wordings(parsed):
        for language in sorted(languages - set(texts)):
            yield Defect(
                path,
                f"The translation to “{language}” is missing.",
                f"Add {language}: … or remove {language} from the title.",
            )
        for language in sorted(set(texts) - languages):
            yield Defect(
                path,
                f"It has “{language}”, which the title does not.",
                "The title says which languages the instrument is in: add it there.",
            )


def _readability(parsed: _Instrument) -> Iterator[Defect]:
    for path, texts, quoted in _wordings(parsed):
        danish = texts[SOURCE_LANGUAGE]
        if not quoted and len(danish.split()) >= FEWEST_WORDS_FOR_LIX and lix(danish) > HARDEST_LIX:
            yield Defect(
                path,
                f"It is hard to read: LIX {lix(danish):.0f}, at most {HARDEST_LIX}.",
                "Use shorter sentences and shorter words.",
            )
        if path.endswith(".label"):
            for language, label in texts.items():
                if len(label) > LONGEST_LABEL:
                    yield Defect(
                        f"{path}.{language}",
                        f"{len(label)} characters do not fit a phone or a chat button.",
                        f"Use at most {LONGEST_LABEL}.",
                    )


def _instrument(parsed: _Instrument) -> Instrument:
    return Instrument(
        name=parsed.name,
        version=parsed.version,
        audience=parsed.audience,
        title=InternationalString(parsed.title),
        purpose=InternationalString(parsed.purpose),
        next_step=InternationalString(parsed.next_step),
        minutes=parsed.minutes,
        languages=tuple(_languages(parsed)),
        sections=tuple(
            Section(
                id=section.id,
                title=InternationalString(section.title),
                items=tuple(one for item in section.items for one in _items(parsed, item)),
            )
            for section in parsed.sections
        ),
    )


def _items(parsed: _Instrument, item: _Item) -> Iterator[Item]:
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
    for category in _categories(parsed, item):
        if category.specify:
            chosen = Condition(item.id, Comparison.EQUALS, (category.code,))
            yield Item(
                id=f"{item.id}__{category.code}",
                text=InternationalString(category.specify),
                domain=Text(maximum=500),
                relevance=Relevance(((chosen,),)),
                companion_of=item.id,
            )


def _optional(texts: dict[str, str] | None) -> InternationalString | None:
    return InternationalString(texts) if texts else None


def _domain(parsed: _Instrument, item: _Item) -> Domain:
    categories = tuple(
        Category(
            code=category.code,
            label=InternationalString(category.label),
            exclusive=category.exclusive,
            specify=_optional(category.specify),
        )
        for category in _categories(parsed, item)
    )
    match item:
        case _Scale():
            return Scale(categories)
        case _Single():
            return CodeList(categories)
        case _Multiple():
            return MultiCode(categories)
        case _Text():
            return Text(item.maximum)
        case _Number():
            return Number(item.minimum, item.maximum, item.decimals)
        case _Date():
            return Date(item.earliest, item.latest)
        case _:
            raise TypeError(type(item).__name__)


def _relevance(item: _Item) -> Relevance | None:
    alternatives = _tests(item.ask_if)
    if not alternatives:
        return None
    return Relevance(tuple(tuple(_condition(test) for test in tests) for tests in alternatives))


def _condition(test: _Test) -> Condition:
    if test.equals is not None:
        return Condition(test.item, Comparison.EQUALS, (test.equals,))
    if test.one_of is not None:
        return Condition(test.item, Comparison.ONE_OF, tuple(test.one_of))
    if test.at_least is not None:
        return Condition(test.item, Comparison.AT_LEAST, (str(test.at_least),))
    if test.at_most is not None:
        return Condition(test.item, Comparison.AT_MOST, (str(test.at_most),))
    return Condition(test.item, Comparison.ANSWERED)
