"""An instrument as it is written: one YAML document and the fields it may have."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)
from pydantic_core import ErrorDetails

from surveys import plain_yaml
from surveys.domains import SOURCE_LANGUAGE
from surveys.errors import Defect, InvalidDefinition

LARGEST_NUMBER = Decimal(10) ** 12

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]


def _in_danish(raw: object) -> object:
    return {SOURCE_LANGUAGE: raw} if isinstance(raw, str) else raw


Wordings = Annotated[
    dict[str, Annotated[str, Field(min_length=1)]],
    Field(min_length=1),
    BeforeValidator(_in_danish),
]
"""A text by language. One that is only there in Danish is written without saying so."""

Audience = Literal["citizen", "company", "course", "staff"]
AlsoAsked = Literal["citizen", "company", "course", "staff", "partner", "volunteer"]
Limit = Annotated[Decimal, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CategoryEntry(_Entry):
    """A labelled answer."""

    code: Code
    label: Wordings
    exclusive: bool = False
    specify: Wordings | None = None


class ConditionEntry(_Entry):
    """A test of one earlier item; exactly one of the comparisons is given."""

    item: Identifier
    equals: Code | None = None
    one_of: list[Code] | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    answered: bool | None = None


class AllEntry(_Entry):
    """Conditions that must hold together."""

    all: Annotated[list[ConditionEntry], Field(min_length=1)]


def _part(raw: object) -> str:
    is_all = "all" in raw if isinstance(raw, Mapping) else isinstance(raw, AllEntry)
    return "?all" if is_all else "?condition"


def _rule(raw: object) -> str:
    is_any = "any" in raw if isinstance(raw, Mapping) else isinstance(raw, AnyEntry)
    return "?any" if is_any else _part(raw)


_Part = Annotated[
    Annotated[AllEntry, Tag("?all")] | Annotated[ConditionEntry, Tag("?condition")],
    Discriminator(_part),
]


class AnyEntry(_Entry):
    """Alternatives of which one is enough."""

    any: Annotated[list[_Part], Field(min_length=1)]


Rule = Annotated[
    Annotated[AnyEntry, Tag("?any")]
    | Annotated[AllEntry, Tag("?all")]
    | Annotated[ConditionEntry, Tag("?condition")],
    Discriminator(_rule),
]


class ItemEntry(_Entry):
    """What every kind of question has. `quoted` words are a source's own and not judged."""

    id: Identifier
    text: Wordings
    help: Wordings | None = None
    required: Wordings | None = None
    dont_know: bool = False
    refusal: bool = False
    quoted: bool = False
    ask_if: Rule | None = None


class ScaleEntry(ItemEntry):
    """A question answered on one of the document's scales."""

    kind: Literal["scale"]
    scale: Identifier
    faces: bool = False


class SingleEntry(ItemEntry):
    """A question with one answer of several."""

    kind: Literal["single"]
    categories: Annotated[list[CategoryEntry], Field(min_length=2)]


class MultipleEntry(ItemEntry):
    """A question with any number of answers."""

    kind: Literal["multiple"]
    categories: Annotated[list[CategoryEntry], Field(min_length=2)]


class TextEntry(ItemEntry):
    """A question answered in the respondent's own words."""

    kind: Literal["text"]
    maximum: Annotated[int, Field(ge=1, le=4000)] = 2000


class NumberEntry(ItemEntry):
    """A question answered with a number. The limits are what the database can hold exactly."""

    kind: Literal["number"]
    minimum: Limit
    maximum: Limit
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class DateEntry(ItemEntry):
    """A question answered with a day."""

    kind: Literal["date"]
    earliest: date
    latest: date


class SectionEntry(_Entry):
    """Questions that belong together."""

    id: Identifier
    title: Wordings
    items: Annotated[
        list[
            Annotated[
                ScaleEntry | SingleEntry | MultipleEntry | TextEntry | NumberEntry | DateEntry,
                Discriminator("kind"),
            ]
        ],
        Field(min_length=1),
    ]


class Document(_Entry):
    """The whole document. The languages of the title are the languages of the instrument.

    `comparable_with` lists, by the number of an earlier version, the items that continue that
    version's although they are worded otherwise.
    """

    name: Identifier
    version: Annotated[int, Field(ge=1)]
    audience: Audience
    also_asked: list[AlsoAsked] = []
    comparable_with: dict[Annotated[int, Field(ge=1)], list[Identifier]] = {}
    minutes: Annotated[int, Field(ge=1, le=60)]
    title: Wordings
    purpose: Wordings
    next_step: Wordings
    scales: dict[Identifier, Annotated[list[CategoryEntry], Field(min_length=2)]] = {}
    sections: Annotated[list[SectionEntry], Field(min_length=1)]

    @property
    def places(self) -> list[tuple[str, ItemEntry]]:
        """Every question with its path, in the order they are asked."""
        return [
            (f"sections.{s}.items.{i}", item)
            for s, section in enumerate(self.sections)
            for i, item in enumerate(section.items)
        ]

    @property
    def wordings(self) -> Iterator[tuple[str, dict[str, str], bool]]:
        """Every text with its path, and whether its words are the source's own (quoted)."""
        yield "title", self.title, False
        yield "purpose", self.purpose, False
        yield "next_step", self.next_step, False
        for name, points in self.scales.items():
            yield from _labels(f"scales.{name}", points, quoted=False)
        for s, section in enumerate(self.sections):
            yield f"sections.{s}.title", section.title, False
        for path, item in self.places:
            yield f"{path}.text", item.text, item.quoted
            if item.help:
                yield f"{path}.help", item.help, False
            if item.required:
                yield f"{path}.required", item.required, False
            if isinstance(item, SingleEntry | MultipleEntry):
                yield from _labels(f"{path}.categories", item.categories, quoted=item.quoted)

    def categories(self, item: ItemEntry) -> list[CategoryEntry]:
        """The labelled answers of a question, its scale's points included; none for open ones."""
        if isinstance(item, ScaleEntry):
            return self.scales.get(item.scale, [])
        return item.categories if isinstance(item, SingleEntry | MultipleEntry) else []


def _labels(
    path: str, categories: list[CategoryEntry], *, quoted: bool
) -> Iterator[tuple[str, dict[str, str], bool]]:
    for place, category in enumerate(categories):
        yield f"{path}.{place}.label", category.label, quoted
        if category.specify:
            yield f"{path}.{place}.specify", category.specify, False


def companion_id(item: ItemEntry, category: CategoryEntry) -> str:
    """The id of the open question that a category with `specify` adds."""
    return f"{item.id}__{category.code}"


def alternatives(item: ItemEntry) -> list[list[ConditionEntry]]:
    """A question's rule: the alternatives, each a list of conditions. None for no rule."""
    match item.ask_if:
        case None:
            return []
        case ConditionEntry() as condition:
            return [[condition]]
        case AllEntry(all=conditions):
            return [conditions]
        case AnyEntry(any=parts):
            return [part.all if isinstance(part, AllEntry) else [part] for part in parts]


def parse(document: str | bytes) -> Document:
    """Read the fields of a document. Raises InvalidDefinition with every field that is wrong."""
    return made(plain_yaml.read(document))


def made(fields: object) -> Document:
    """Make a document of fields. Raises InvalidDefinition with every field that is wrong."""
    try:
        return Document.model_validate(fields)
    except ValidationError as error:
        raise InvalidDefinition([defect_of(detail) for detail in error.errors()]) from None


def dumps(document: Document) -> str:
    """Write a document so that `parse` reads the same again."""
    fields = document.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(_shortened(fields), allow_unicode=True, sort_keys=False, width=100)


def _shortened(node: object) -> object:
    """The same, with a text that is only there in Danish written without saying so."""
    if isinstance(node, dict):
        if _is_wordings(node) and len(node) == 1:
            return node[SOURCE_LANGUAGE]
        return {name: _shortened(value) for name, value in node.items()}
    return [_shortened(value) for value in node] if isinstance(node, list) else node


def translated(
    document: Document, translations: Mapping[str, Callable[[str], str | None]]
) -> Document:
    """The document in further languages too; of each one that has every text of it.

    `translations` gives, by language, what looks up the translation of a Danish text.
    """
    sources = [texts[SOURCE_LANGUAGE] for _, texts, _ in document.wordings]
    complete = {name: look for name, look in translations.items() if all(map(look, sources))}

    def added(node: object) -> object:
        if isinstance(node, dict):
            if _is_wordings(node):
                danish = node[SOURCE_LANGUAGE]
                return {**node, **{name: look(danish) for name, look in complete.items()}}
            return {name: added(value) for name, value in node.items()}
        return [added(value) for value in node] if isinstance(node, list) else node

    return Document.model_validate(added(document.model_dump(exclude_defaults=True)))


def _is_wordings(node: dict[object, object]) -> bool:
    return isinstance(node.get(SOURCE_LANGUAGE), str)


_GROUP = "It is not a group of fields."
_CAUSES: Final = {
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "missing": "It is missing.",
    "extra_forbidden": "There is no such field.",
}
_REMEDIES: Final = {
    "model_type": "Write each field on its own line, as name: value.",
    "model_attributes_type": "Write each field on its own line, as name: value.",
    "missing": "Add it.",
    "extra_forbidden": "Remove it or correct its spelling.",
    "union_tag_invalid": "Use kind: scale, single, multiple, text, number or date.",
    "union_tag_not_found": "Add kind: scale, single, multiple, text, number or date.",
    "string_pattern_mismatch": "Use lower-case letters a–z, digits and _ only.",
    "literal_error": "Use one of the values named.",
    "too_short": "Add what is missing.",
    "string_too_short": "Write the text.",
}
_KINDS: Final = frozenset({"scale", "single", "multiple", "text", "number", "date"})


def defect_of(detail: ErrorDetails) -> Defect:
    """What pydantic says of a field, with its path as the file has it."""
    location = detail["loc"]
    steps = [
        str(step)
        for place, step in enumerate(location)
        # pydantic adds the branch it took; the reader's file has no such level
        if not (
            (step in _KINDS and place >= 2 and location[place - 2] == "items")
            or (isinstance(step, str) and step.startswith("?"))
        )
    ]
    return Defect(
        ".".join(steps) or "document",
        _CAUSES.get(detail["type"], f"{detail['msg']}."),
        _REMEDIES.get(detail["type"], "Correct the value."),
    )
