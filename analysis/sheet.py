"""Tables as registers give them: Jobindsats v2 and v3, JSON-stat, CSV and XLSX, read by sniffing.

Nothing is fetched; spreadsheets are read as everywhere in the product. A file becomes a `Sheet`:
columns and rows, whichever of the forms it had.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any, Final

from analysis import period
from surveys import spreadsheet
from surveys.errors import UnreadableFile

Cell = str | Decimal | None

MOST_ROWS: Final = 100_000
_WITHHELD: Final = frozenset({"", "-", "–", ".", "..", "...", "…", "x"})
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


class NotANumber(ValueError):
    """A cell that should hold a number and does not."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: every row has a cell for every column. `form` says in words what the file was."""

    form: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def read(content: bytes) -> Sheet:
    """Read a file of any known form. Raises UnreadableFile."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return _unpivoted(_document(text))
    table = spreadsheet.read(content, preamble=True)
    form = "Excel" if content.startswith(b"PK") else "CSV"
    return _unpivoted(_sheet(form, table.headings, [row.cells for row in table.rows]))


def number(cell: Cell) -> Decimal | None:
    """Read a number as Danish registers write it: 1.234,5; None where it is kept back (-, .., x).

    A trailing per cent sign is allowed and changes nothing. Raises NotANumber.
    """
    if not isinstance(cell, str):
        return cell
    text = re.sub(r"[\s\u00a0\u202f]", "", cell).removesuffix("%").replace("−", "-")
    if text.casefold() in _WITHHELD:
        return None
    if "," in text or _THOUSANDS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise NotANumber(f"“{cell.strip()[:40]}” er ikke et tal.") from None
    if not found.is_finite():
        raise NotANumber(f"“{cell.strip()[:40]}” er ikke et tal.")
    return found


def _cell(value: object) -> Cell:
    match value:
        case None | spreadsheet.Flaw():
            return None
        case bool():
            return str(value)
        case int() | float() | Decimal():
            return Decimal(str(value))
        case date():
            return f"{value:%Y-%m}"
        case _:
            return str(value)


def _document(text: bytes) -> Sheet:
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        raise UnreadableFile("damaged") from None
    match document:
        case {"columns": [*columns], "rows": [*rows]}:
            names = [one.get("name") if isinstance(one, dict) else one for one in columns]
            return _sheet("Jobindsats v3", names, rows)
        case [{"Variables": [*variables], "Data": [*rows]}, *_]:
            names = [one.get("Label") if isinstance(one, dict) else one for one in variables]
            return _sheet("Jobindsats v2", names, rows)
        case {"dataset": {"dimension": {"id": [*order], **dimensions}, "value": values}}:
            return _statistics(order, dimensions, values)
        case {"class": "dataset", "id": [*order], "dimension": {**dimensions}, "value": values}:
            return _statistics(order, dimensions, values)
    raise UnreadableFile("unknown_json")


def _statistics(order: Sequence[object], dimensions: Mapping[Any, object], values: object) -> Sheet:
    """JSON-stat, versions 1 and 2 (json-stat.org/format): a cube, its last dimension fastest."""
    names = [str(one) for one in order]
    axes = [_categories(dimensions.get(name)) for name in names]
    size = 1
    for axis in axes:
        size *= len(axis)
    if size > MOST_ROWS or not size:
        raise UnreadableFile("too_many_rows", str(MOST_ROWS))
    if isinstance(values, dict):
        cells = [values.get(str(place)) for place in range(size)]
    elif isinstance(values, list) and len(values) == size:
        cells = values
    else:
        raise UnreadableFile("unknown_json")
    rows = [[*keys, _cell(value)] for keys, value in zip(product(*axes), cells, strict=True)]
    return _sheet("JSON-stat", [*names, "value"], rows)


def _categories(dimension: Any) -> list[str]:
    category = dimension.get("category", {}) if isinstance(dimension, dict) else {}
    labels = category.get("label") or {}
    places: Any = category.get("index", list(labels))
    if isinstance(places, dict):
        places = sorted(places, key=places.__getitem__)
    if not places or not isinstance(labels, dict):
        raise UnreadableFile("unknown_json")
    return [str(labels.get(code, code)) for code in places]


def _sheet(form: str, columns: Sequence[object], rows: Iterable[object]) -> Sheet:
    names = tuple(str(name or "").strip() for name in columns)
    if len(set(names)) < len(names):
        names = tuple(f"{name} ({at})" for at, name in enumerate(names, start=1))
    kept: list[tuple[Cell, ...]] = []
    for row in rows:
        if not isinstance(row, list | tuple):
            raise UnreadableFile("unknown_json")
        cells = [_cell(value) for value in row[: len(names)]]
        kept.append((*cells, *[None] * (len(names) - len(cells))))
        if len(kept) > MOST_ROWS:
            raise UnreadableFile("too_many_rows", str(MOST_ROWS))
    return Sheet(form, names, tuple(kept))


def _unpivoted(sheet: Sheet) -> Sheet:
    """Turn columns named by periods into rows, one for each period."""
    wide = [at for at, name in enumerate(sheet.columns) if _is_period(name)]
    if len(wide) < 2:
        return sheet
    kept = [at for at in range(len(sheet.columns)) if at not in wide]
    columns = (*(sheet.columns[at] for at in kept), "Periode", "Værdi")
    rows = tuple(
        (*(row[at] for at in kept), sheet.columns[at], row[at]) for row in sheet.rows for at in wide
    )
    if len(rows) > MOST_ROWS:
        raise UnreadableFile("too_many_rows", str(MOST_ROWS))
    return Sheet(f"{sheet.form}, bred", columns, rows)


def _is_period(name: str) -> bool:
    try:
        period.read(name)
    except period.UnknownPeriod:
        return False
    return True
