"""Tables as registers give them: Jobindsats v2 and v3, JSON-stat, CSV and XLSX, read by sniffing.

Nothing is fetched. A file becomes a `Sheet`: columns and rows, whichever of the forms it had.
"""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO, StringIO
from itertools import product
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from analysis import period

Cell = str | Decimal | None

MOST_ROWS: Final = 100_000
_WITHHELD: Final = frozenset({"", "-", "–", ".", "..", "...", "…", "x"})
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


class UnreadableFile(ValueError):
    """A file that is none of the known forms; says why, and what to do."""


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
    if content.startswith(b"PK"):
        return _unpivoted(_workbook(content))
    text = _decoded(content)
    if text.lstrip()[:1] in ("{", "["):
        return _unpivoted(_document(text))
    return _unpivoted(_separated(text))


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


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("Filen er hverken tekst eller et regneark. Gem den som CSV eller XLSX.")


def _separated(text: str) -> Sheet:
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        lines = [row for row in csv.reader(StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as trouble:
        raise UnreadableFile(f"CSV-filen kan ikke læses: {trouble}.") from None
    if len(lines) < 2 or len(lines[0]) < 2:
        raise UnreadableFile(
            "Filen har ingen tabel. Den skal have en linje med kolonnernes navne og mindst en"
            " linje med tal, skilt af semikolon."
        )
    return _sheet("CSV", lines[0], lines[1:])


def _workbook(content: bytes) -> Sheet:
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError, ValueError) as trouble:
        raise UnreadableFile("Regnearket kan ikke åbnes. Gem det igen som XLSX.") from trouble
    rows = [[_cell(value) for value in row] for row in book.worksheets[0].values]
    book.close()
    filled = [row for row in rows if any(cell not in (None, "") for cell in row)]
    # Above the table there is often a heading: the table begins where a row fills most cells
    widest = max((sum(cell is not None for cell in row) for row in filled), default=0)
    begins = next(
        (at for at, row in enumerate(filled) if sum(cell is not None for cell in row) == widest), 0
    )
    if widest < 2 or len(filled) - begins < 2:
        raise UnreadableFile("Det første ark har ingen tabel med kolonnenavne og tal.")
    head = [_written(cell) for cell in filled[begins]]
    return _sheet("Excel", head, filled[begins + 1 :])


def _cell(value: object) -> Cell:
    match value:
        case None:
            return None
        case bool():
            return str(value)
        case int() | float() | Decimal():
            return Decimal(str(value))
        case datetime() | date():
            return f"{value:%Y-%m}"
        case _:
            return str(value)


def _written(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


def _document(text: str) -> Sheet:
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError as trouble:
        raise UnreadableFile(f"JSON-filen er ikke hel: {trouble}.") from None
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
    raise UnreadableFile(
        "JSON-filen er hverken fra Jobindsats (v2 eller v3) eller JSON-stat. Hent tabellen igen."
    )


def _statistics(order: Sequence[object], dimensions: Mapping[Any, object], values: object) -> Sheet:
    """JSON-stat, versions 1 and 2 (json-stat.org/format): a cube, its last dimension fastest."""
    names = [str(one) for one in order]
    axes = [_categories(dimensions.get(name)) for name in names]
    size = 1
    for axis in axes:
        size *= len(axis)
    if size > MOST_ROWS or not size:
        raise UnreadableFile("JSON-stat-filen er tom eller for stor. Vælg færre perioder.")
    if isinstance(values, dict):
        cells = [values.get(str(place)) for place in range(size)]
    elif isinstance(values, list) and len(values) == size:
        cells = values
    else:
        raise UnreadableFile("JSON-stat-filen mangler tal.")
    rows = [[*keys, _cell(value)] for keys, value in zip(product(*axes), cells, strict=True)]
    return _sheet("JSON-stat", [*names, "value"], rows)


def _categories(dimension: Any) -> list[str]:
    category = dimension.get("category", {}) if isinstance(dimension, dict) else {}
    labels = category.get("label") or {}
    places: Any = category.get("index", list(labels))
    if isinstance(places, dict):
        places = sorted(places, key=places.__getitem__)
    if not places or not isinstance(labels, dict):
        raise UnreadableFile("JSON-stat-filen har en dimension uden kategorier.")
    return [str(labels.get(code, code)) for code in places]


def _sheet(form: str, columns: Sequence[object], rows: Iterable[object]) -> Sheet:
    names = tuple(str(name or "").strip() for name in columns)
    if len(set(names)) < len(names):
        names = tuple(f"{name} ({at})" for at, name in enumerate(names, start=1))
    kept: list[tuple[Cell, ...]] = []
    for row in rows:
        if not isinstance(row, list | tuple):
            raise UnreadableFile("En linje i filen er ikke en række af celler.")
        cells = [_cell(value) for value in row[: len(names)]]
        kept.append((*cells, *[None] * (len(names) - len(cells))))
        if len(kept) > MOST_ROWS:
            raise UnreadableFile(f"Filen har flere end {MOST_ROWS} rækker. Del den.")
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
        raise UnreadableFile(f"Filen har flere end {MOST_ROWS} tal. Del den.")
    return Sheet(f"{sheet.form}, bred", columns, rows)


def _is_period(name: str) -> bool:
    try:
        period.read(name)
    except period.UnknownPeriod:
        return False
    return True
