"""What is wrong with a document of sound fields: its codes, rules, translations and hard words."""

from collections.abc import Iterator
from decimal import Decimal

from surveys.document import (
    CategoryEntry,
    ConditionEntry,
    DateEntry,
    Document,
    ItemEntry,
    NumberEntry,
    ScaleEntry,
    TextEntry,
    alternatives,
    companion_id,
)
from surveys.domains import SOURCE_LANGUAGE
from surveys.errors import Defect
from surveys.readability import lix
from surveys.wording import LANGUAGE_NAMES

LONGEST_LABEL = 60
HARDEST_LIX = 30
FEWEST_WORDS_FOR_LIX = 8


def mistakes(document: Document) -> Iterator[Defect]:
    """What keeps a document from being an instrument."""
    yield from _scales(document)
    yield from _items(document)
    yield from _comparable(document)
    yield from _languages(document)


def difficulties(document: Document) -> Iterator[Defect]:
    """What makes an instrument hard to answer: hard Danish, and labels too long for a button.

    LIX says nothing about a heading, so it is taken of texts of at least eight words.
    """
    used = {item.scale for _, item in document.places if isinstance(item, ScaleEntry)}
    for name in document.scales.keys() - used:
        yield Defect(f"scales.{name}", "No question uses it.", "Remove it, or use it.")
    for path, texts, quoted in document.wordings:
        danish = texts.get(SOURCE_LANGUAGE, "")
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


def _scales(document: Document) -> Iterator[Defect]:
    for name, points in document.scales.items():
        for place, point in enumerate(points):
            if not (point.code.isdecimal() and str(int(point.code)) == point.code):
                yield Defect(
                    f"scales.{name}.{place}.code",
                    f"“{point.code}” is not a number.",
                    "Number the points.",
                )
        if len({point.code for point in points}) < len(points):
            yield Defect(f"scales.{name}", "Two points have the same code.", "Give each its own.")


def _items(document: Document) -> Iterator[Defect]:
    earlier: dict[str, ItemEntry] = {}
    taken: set[str] = set()
    for path, item in document.places:
        categories = document.categories(item)
        specified = [companion_id(item, one) for one in categories if one.specify]
        for item_id in (item.id, *dict.fromkeys(specified)):
            if item_id in taken:
                yield Defect(
                    f"{path}.id", f"“{item_id}” is used twice.", "Give every item its own id."
                )
        taken.update((item.id, *specified))
        if isinstance(item, ScaleEntry) and item.scale not in document.scales:
            yield Defect(
                f"{path}.scale", f"There is no scale “{item.scale}”.", "Add it under scales."
            )
        if not isinstance(item, ScaleEntry):
            yield from _categories(f"{path}.categories", categories)
        if isinstance(item, TextEntry) and (item.dont_know or item.refusal):
            yield Defect(
                path,
                "An open text has no room for “dont_know” or “refusal”.",
                "Remove it: who has nothing to say skips the question.",
            )
        if isinstance(item, NumberEntry) and item.minimum > item.maximum:
            yield Defect(f"{path}.minimum", "It is above the maximum.", "Exchange them.")
        if isinstance(item, DateEntry) and item.earliest > item.latest:
            yield Defect(f"{path}.earliest", "It is after the latest day.", "Exchange them.")
        yield from _rules(document, f"{path}.ask_if", item, earlier)
        earlier[item.id] = item


def _categories(path: str, categories: list[CategoryEntry]) -> Iterator[Defect]:
    codes = [category.code for category in categories]
    if len(set(codes)) < len(codes):
        yield Defect(path, "Two categories have the same code.", "Give each its own.")
    if {"dont_know", "refused"} & set(codes):
        yield Defect(
            path,
            "“dont_know” and “refused” are not categories.",
            "Write dont_know: true or refusal: true on the item.",
        )


def _rules(
    document: Document, path: str, item: ItemEntry, earlier: dict[str, ItemEntry]
) -> Iterator[Defect]:
    for conditions in alternatives(item):
        for condition in conditions:
            asked = earlier.get(condition.item)
            if asked is None:
                yield Defect(
                    path,
                    f"“{condition.item}” is not an earlier item.",
                    "A question may only depend on questions before it.",
                )
                continue
            given = [
                condition.equals is not None,
                condition.one_of is not None,
                condition.at_least is not None,
                condition.at_most is not None,
                condition.answered is True,
            ]
            if sum(given) != 1 or condition.answered is False:
                yield Defect(
                    path,
                    "It needs exactly one comparison.",
                    "Use one of equals, one_of, at_least, at_most, answered: true.",
                )
            yield from _compared_with_codes(document, path, condition, asked)
            yield from _compared_with_limits(document, path, condition, asked)


def _compared_with_codes(
    document: Document, path: str, condition: ConditionEntry, asked: ItemEntry
) -> Iterator[Defect]:
    if condition.equals is None and condition.one_of is None:
        return
    codes = [category.code for category in document.categories(asked)]
    if not codes:
        yield Defect(
            path, f"“{asked.id}” has no categories.", "Use at_least, at_most or answered: true."
        )
        return
    wanted = [condition.equals] if condition.equals is not None else condition.one_of or []
    unknown = [code for code in wanted if code not in codes]
    if unknown or not wanted:
        yield Defect(
            path,
            f"“{asked.id}” has no category “{', '.join(unknown)}”.",
            f"Use one of {', '.join(codes)}.",
        )


def _compared_with_limits(
    document: Document, path: str, condition: ConditionEntry, asked: ItemEntry
) -> Iterator[Defect]:
    if condition.at_least is None and condition.at_most is None:
        return
    match asked:
        case ScaleEntry():
            codes = [point.code for point in document.categories(asked)]
            points = [Decimal(code) for code in codes if code.isdecimal()]
            if not points:
                return
            lowest, highest = min(points), max(points)
        case NumberEntry():
            lowest, highest = asked.minimum, asked.maximum
        case _:
            yield Defect(path, f"“{asked.id}” is not a number.", "Use equals or one_of.")
            return
    if (condition.at_least is not None and condition.at_least > highest) or (
        condition.at_most is not None and condition.at_most < lowest
    ):
        yield Defect(
            path,
            f"“{asked.id}” is never that large or small, so this is never asked.",
            f"It goes from {lowest} to {highest}.",
        )


def _comparable(document: Document) -> Iterator[Defect]:
    ids = {item.id for _, item in document.places}
    for version, items in document.comparable_with.items():
        path = f"comparable_with.{version}"
        if version >= document.version:
            yield Defect(path, "It is not an earlier version.", "Name versions before this one.")
        for name in sorted(set(items) - ids):
            yield Defect(path, f"There is no item “{name}”.", "Name items of this version.")


def _languages(document: Document) -> Iterator[Defect]:
    if SOURCE_LANGUAGE not in document.title:
        yield Defect(
            "title", "There is no Danish text (da).", "Danish is the source: write it first."
        )
    languages = set(document.title)
    for language in sorted(languages - set(LANGUAGE_NAMES)):
        yield Defect(
            f"title.{language}",
            "There is no such language here.",
            f"Use {', '.join(LANGUAGE_NAMES)}.",
        )
    for path, texts, _ in document.wordings:
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
