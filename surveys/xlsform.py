"""An instrument as an XLSForm, the workbook that ODK and KoBo read by pyxform, and back again.

What XLSForm has no column for stands in columns that begin with `hoert_`, which other programs
leave alone. Reading gives back the same document; of a workbook from elsewhere everything that an
instrument cannot carry is told, with its sheet and row.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from surveys import expressions
from surveys.document import (
    CategoryEntry,
    DateEntry,
    Document,
    ItemEntry,
    MultipleEntry,
    NumberEntry,
    ScaleEntry,
    SingleEntry,
    TextEntry,
    companion_id,
)
from surveys.domains import SOURCE_LANGUAGE
from surveys.instrument import Missing
from surveys.wording import LANGUAGE_NAMES, say

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST_SPECIFIED: Final = 500
REASONS: Final = {Missing.DONT_KNOW: "-dk", Missing.REFUSED: "-rf"}
"""The end of a list's name where it offers an answer that is no category."""

Row = dict[str, str]


def heading(column: str, language: str) -> str:
    """A column in one language, as XLSForm names it: `label::Dansk (da)`."""
    return f"{column}::{LANGUAGE_NAMES.get(language, language)} ({language})"


def export(document: Document) -> bytes:
    """Write the workbook."""
    # openpyxl brings numpy, which nobody who answers should wait for
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    _fill(workbook.create_sheet("survey"), list(_survey(document)))
    _fill(workbook.create_sheet("choices"), list(_choices(document)))
    _fill(workbook.create_sheet("settings"), [_settings(document)])
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def list_name(item: ItemEntry) -> str:
    """The list of answers that a closed question draws on."""
    own = item.scale if isinstance(item, ScaleEntry) else f"{item.id}-answers"
    return own + "".join(end for reason, end in REASONS.items() if _offers(item, reason))


def constraint(item: ItemEntry, categories: Sequence[CategoryEntry]) -> str:
    """What ODK is to check of an answer, in XPath."""
    match item:
        case NumberEntry():
            return f". >= {item.minimum:f} and . <= {item.maximum:f}"
        case DateEntry():
            return f". >= date('{item.earliest}') and . <= date('{item.latest}')"
        case TextEntry():
            return f"string-length(.) <= {item.maximum}"
        case MultipleEntry():
            alone = [category.code for category in categories if category.exclusive]
            alone += [reason.value for reason in REASONS if _offers(item, reason)]
            return standing_alone(alone)
    return ""


def standing_alone(codes: Sequence[str]) -> str:
    """That each of these answers is not given together with another, in XPath."""
    return " and ".join(f"not(selected(., '{code}') and count-selected(.) > 1)" for code in codes)


def _offers(item: ItemEntry, reason: Missing) -> bool:
    return item.dont_know if reason is Missing.DONT_KNOW else item.refusal


def _settings(document: Document) -> Row:
    return {
        "form_title": document.title[SOURCE_LANGUAGE],
        "form_id": document.name,
        "version": str(document.version),
        "default_language": f"{LANGUAGE_NAMES[SOURCE_LANGUAGE]} ({SOURCE_LANGUAGE})",
        "hoert_audience": document.audience,
        "hoert_also_asked": " ".join(document.also_asked),
        "hoert_minutes": str(document.minutes),
        "hoert_comparable_with": (
            json.dumps(document.comparable_with) if document.comparable_with else ""
        ),
    }


def _survey(document: Document) -> Iterator[Row]:
    yield {"type": "note", "name": "hoert_title", **_texts("label", document.title)}
    yield {"type": "note", "name": "hoert_purpose", **_texts("label", document.purpose)}
    for section in document.sections:
        name = f"section_{section.id}"
        yield {"type": "begin_group", "name": name, **_texts("label", section.title)}
        for item in section.items:
            yield from _question(document, item)
        yield {"type": "end_group", "name": name}
    yield {"type": "note", "name": "hoert_next_step", **_texts("label", document.next_step)}


def _question(document: Document, item: ItemEntry) -> Iterator[Row]:
    categories = document.categories(item)
    row = {
        "type": _type(item),
        "name": item.id,
        **_texts("label", item.text),
        **_texts("hint", item.help),
        "required": "yes" if item.required else "",
        **_texts("required_message", item.required),
        "relevant": expressions.written(document, item),
        "constraint": constraint(item, categories),
        "hoert_kind": item.model_dump()["kind"],
        "hoert_quoted": "yes" if item.quoted else "",
    }
    if isinstance(item, TextEntry):
        row["appearance"] = "multiline"
    if isinstance(item, NumberEntry):
        row["hoert_decimals"] = str(item.decimals)
    if isinstance(item, NumberEntry | DateEntry):
        # There is no list that they could stand in
        row["hoert_dont_know"] = "yes" if item.dont_know else ""
        row["hoert_refusal"] = "yes" if item.refusal else ""
    if isinstance(item, ScaleEntry):
        row["hoert_faces"] = "yes" if item.faces else ""
    yield row
    for category in categories:
        if category.specify:
            chosen = (
                f"selected(${{{item.id}}}, '{category.code}')"
                if isinstance(item, MultipleEntry)
                else f"${{{item.id}}} = '{category.code}'"
            )
            yield {
                "type": "text",
                "name": companion_id(item, category),
                **_texts("label", category.specify),
                "relevant": chosen,
                "constraint": f"string-length(.) <= {LONGEST_SPECIFIED}",
                "hoert_companion_of": item.id,
            }


def _type(item: ItemEntry) -> str:
    match item:
        case ScaleEntry() | SingleEntry():
            return f"select_one {list_name(item)}"
        case MultipleEntry():
            return f"select_multiple {list_name(item)}"
        case NumberEntry():
            return "decimal" if item.decimals else "integer"
        case DateEntry():
            return "date"
    return "text"


def _choices(document: Document) -> Iterator[Row]:
    items = [item for _, item in document.places]
    scaled = {item.scale for item in items if isinstance(item, ScaleEntry)}
    for name, points in document.scales.items():
        if name not in scaled:
            yield from _list(document, name, points)
    written: set[str] = set()
    for item in items:
        categories = document.categories(item)
        if categories and (name := list_name(item)) not in written:
            written.add(name)
            yield from _list(document, name, categories)
            for reason in REASONS:
                if _offers(item, reason):
                    labels = {one: say(reason.value, one) for one in document.title}
                    yield {"list_name": name, "name": reason.value, **_texts("label", labels)}


def _list(document: Document, name: str, categories: Sequence[CategoryEntry]) -> Iterator[Row]:
    for category in categories:
        yield {
            "list_name": name,
            "name": category.code,
            **_texts("label", category.label),
            "hoert_exclusive": "yes" if category.exclusive else "",
        }


def _texts(column: str, texts: Mapping[str, str] | None) -> Row:
    return {heading(column, language): text for language, text in (texts or {}).items()}


def _fill(sheet: "Worksheet", rows: Sequence[Row]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    columns = list(dict.fromkeys(name for row in rows for name in row))
    kinds = list(dict.fromkeys(_kind(name) for name in columns))
    # The languages of a column side by side, wherever the first of them stands
    headings = sorted(columns, key=lambda name: kinds.index(_kind(name)))
    for place, row in enumerate([dict(zip(headings, headings, strict=True)), *rows], start=1):
        for column, name in enumerate(headings, start=1):
            cell = sheet.cell(
                place, column, ILLEGAL_CHARACTERS_RE.sub("", row.get(name, "")) or None
            )
            if cell.value is not None:
                # A text that begins with = is a text
                cell.data_type = "s"


def _kind(heading: str) -> str:
    return heading.split("::")[0]
