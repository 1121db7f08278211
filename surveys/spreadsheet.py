"""Tables as municipalities send them: CSV and XLSX, with what Excel does to both. Pure.

CSV is read in UTF-8 (with or without a mark at the beginning), UTF-16 with a mark, or Windows-1252,
with semicolons, commas or tabs. Cells keep what they are: what Excel has made into a date stays
one, so that whoever wants a text can refuse it.
"""

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import dropwhile
from typing import Final

from surveys import privacy
from surveys.errors import Problem, UnreadableFile, UnusableCell

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 2_000
LARGEST_FILE: Final = 10 * 1024 * 1024
LARGEST_UNPACKED: Final = 60 * 1024 * 1024
_MOST_ENTRIES = 200
_MOST_INFLATED = 150


class Flaw(StrEnum):
    """A cell without a value of its own."""

    FORMULA = "formula"
    ERROR = "error_cell"


Cell = str | Decimal | date | Flaw


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it, numbered as the spreadsheet numbers it: headings are row 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a table: its headings, and as many cells in each row."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read(content: bytes, *, preamble: bool = False) -> Table:
    """Read a file, whatever it is called. Raises UnreadableFile when it is no table.

    With `preamble` rows of a single cell above the headings are passed over: registers give their
    tables a title.
    """
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise UnreadableFile("empty")
    if len(content) > LARGEST_FILE:
        raise UnreadableFile("too_large")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("old_excel")
    rows = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    if preamble:
        rows = dropwhile(lambda row: sum(cell != "" for cell in row.cells) < 2, rows)
    return _table(rows)


def as_text(cell: Cell) -> str:
    """A cell as a text without edges; "" for an empty one. UnusableCell for a date or a flaw."""
    match cell:
        case Flaw():
            raise UnusableCell(cell.value)
        case date():
            raise UnusableCell("became_a_date")
        case Decimal():
            return f"{cell:f}"
    text = " ".join(cell.split())
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@":
        text = text[1:]
    if not text.isprintable():
        raise UnusableCell("control_character")
    return text


def as_day(cell: Cell) -> date | None:
    """A cell as a day: dd-mm-yyyy, with hyphens, dots or slashes, or yyyy-mm-dd.

    None for an empty cell. UnusableCell for what is no day, also the American 04/30/2026.
    """
    if isinstance(cell, date):
        return cell
    if isinstance(cell, Decimal):
        raise UnusableCell("not_a_day")
    text = as_text(cell)
    if not text:
        return None
    danish = re.fullmatch(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})", text)
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?", text)
    try:
        if danish:
            return date(int(danish[3]), int(danish[2]), int(danish[1]))
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError:
        pass
    raise UnusableCell("not_a_day")


def as_number(cell: Cell) -> Decimal | None:
    """A cell as a number, with a decimal comma and points between thousands: 1.234,5.

    None for an empty cell. UnusableCell for what is no number.
    """
    if isinstance(cell, Decimal):
        return cell
    text = as_text(cell).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not text:
        return None
    if not re.fullmatch(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", text):
        raise UnusableCell("not_a_number")
    try:
        return Decimal(text.replace(".", "").replace(",", "."))
    except InvalidOperation:
        raise UnusableCell("not_a_number") from None


def cpr_numbers(table: Table) -> Sequence[Problem]:
    """Where a table holds what looks like CPR numbers, in any column and in the headings.

    Excel takes the zero off a number that begins with one: nine digits count where most numbers
    of nine digits in the column would be CPR numbers with it.
    """
    found = []
    for place, heading in enumerate(table.headings):
        if _has_cpr(heading):
            found.append(Problem("cpr", 1, _letter(place)))
        cells = [(row.number, _plain(row.cells[place])) for row in table.rows]
        short = [(number, text) for number, text in cells if re.fullmatch(r"\d{9}", text)]
        without_zero = {number for number, text in short if _has_cpr(f"0{text}")}
        if len(without_zero) * 2 <= len(short):
            without_zero = set()
        found += [
            Problem("cpr", number, heading or _letter(place))
            for number, text in cells
            if number in without_zero or _has_cpr(text)
        ]
    return sorted(found, key=lambda problem: (problem.row or 0, problem.column))


def _has_cpr(text: str) -> bool:
    # Reading 40,000 cells closely takes seconds, and few of them have ten digits
    if sum(character.isdigit() for character in text) < 10:
        return False
    return any(removed.kind == "cpr" for removed in privacy.redact(text).removed)


def _plain(cell: Cell) -> str:
    match cell:
        case Flaw() | date():
            return ""
        case Decimal():
            return f"{cell:f}"
    return cell


def _table(rows: Iterator[Row]) -> Table:
    first = next(rows, None)
    if first is None:
        raise UnreadableFile("empty")
    headings = [_plain(cell).strip() for cell in first.cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", str(MOST_COLUMNS))
    problems: list[Problem] = []
    repeated = [name for name, n in Counter(map(str.casefold, headings)).items() if n > 1 and name]
    problems += [Problem("heading_twice", 1, name) for name in repeated]
    taken: list[Row] = []
    for row in rows:
        if len(taken) >= MOST_ROWS:
            raise UnreadableFile("too_many_rows", str(MOST_ROWS))
        if any(cell != "" for cell in row.cells[len(headings) :]):
            problems.append(Problem("more_cells_than_headings", row.number))
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in row.cells):
            problems.append(Problem("cell_too_long", row.number))
        missing = ("",) * (len(headings) - len(row.cells))
        taken.append(Row(row.number, row.cells[: len(headings)] + missing))
    if not taken:
        raise UnreadableFile("no_rows")
    return Table(tuple(headings), tuple(taken), tuple(problems))


def _csv(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    named = re.match(r"sep=(.)\r?\n", text)
    delimiter = named[1] if named else _delimiter(text)
    begins = 2 if named else 1
    reader = csv.reader(
        io.StringIO(text[named.end() :] if named else text, newline=""),
        delimiter=delimiter,
        strict=True,
    )
    number = begins - 1
    try:
        for number, cells in enumerate(reader, start=begins):
            read_cells = tuple(_csv_cell(cell) for cell in cells)
            if any(cell != "" for cell in read_cells):
                yield Row(number, read_cells)
    except csv.Error:
        raise UnreadableFile("cut_off", str(number + 1)) from None


def _csv_cell(text: str) -> Cell:
    text = text.strip()
    # Excel's own way to keep the zeros of a number: ="00123"
    kept = re.fullmatch(r'="([^"]*)"', text)
    if kept:
        return kept[1]
    return Flaw.FORMULA if text.startswith("=") else text


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile("encoding")


def _delimiter(text: str) -> str:
    """The delimiter that the headings have most of, outside quotes."""
    headings = re.sub(r'"[^"]*"', "", text.split("\n", 1)[0])
    return max(";,\t", key=headings.count)


def _xlsx(content: bytes) -> Iterator[Row]:
    # openpyxl brings numpy, which nobody who answers should wait for
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _check_archive(content)
    with warnings.catch_warnings():
        # What openpyxl does not know of a workbook's decoration is no business of ours
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(io.BytesIO(content), read_only=True)
            # A workbook has a visible sheet, or Excel would not open it
            sheet = next(one for one in workbook.worksheets if one.sheet_state == "visible")
            sheet.reset_dimensions()
            for cells in sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_ROWS + 2):
                row = tuple(_xlsx_cell(cell.value, cell.data_type) for cell in cells)
                if any(cell != "" for cell in row):
                    yield Row(next(cell.row for cell in cells if cell.value is not None), row)
            workbook.close()
        except (
            InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError,
            OSError, SyntaxError, zipfile.BadZipFile,
        ):  # fmt: skip
            raise UnreadableFile("damaged") from None


def _check_archive(content: bytes) -> None:
    """Refuse what would unpack to more than a workbook of ours holds, before unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise UnreadableFile("damaged")
            for entry in entries:
                packed = max(entry.compress_size, 1)
                if entry.file_size > 1024 * 1024 and entry.file_size / packed > _MOST_INFLATED:
                    raise UnreadableFile("too_large")
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise UnreadableFile("too_large")
            if "xl/workbook.xml" not in archive.namelist():
                raise UnreadableFile("not_a_workbook")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(4096).upper():
                            raise UnreadableFile("damaged")
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise UnreadableFile("damaged") from None


def _xlsx_cell(value: object, kind: str) -> Cell:
    match value:
        case None:
            return ""
        case _ if kind == "f":
            return Flaw.FORMULA
        case _ if kind == "e":
            return Flaw.ERROR
        case bool():
            return "ja" if value else "nej"
        case int():
            return Decimal(value)
        case float():
            exact = Decimal(repr(value))
            return exact.to_integral_value() if exact == exact.to_integral_value() else exact
        case datetime():
            return value.date()
        case date():
            return value
    return str(value).strip()


def _letter(place: int) -> str:
    """A column as a spreadsheet calls it: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def guess(headings: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which column holds which field, by the names that headings usually have.

    Spaces, hyphens, dots and case do not count. Every column is given away once.
    """
    found: dict[str, int] = {}
    plain = [_bare(heading) for heading in headings]
    for field, names in known.items():
        for name in names:
            place = next((at for at, heading in enumerate(plain) if heading == _bare(name)), None)
            if place is not None and place not in found.values():
                found[field] = place
                break
    return found


def _bare(heading: str) -> str:
    return re.sub(r"[\s\-_.:/()*]+", "", heading).casefold()
