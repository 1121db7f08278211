"""The sheets of an XLSForm: rows with something in them, whatever workbook somebody sends."""

import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Never

from surveys.errors import Defect, InvalidDefinition

LARGEST_FILE: Final = 2 * 1024 * 1024
LARGEST_UNPACKED: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 2000
MOST_COLUMNS: Final = 120
SHEETS: Final = ("survey", "choices", "settings")

_YES = frozenset({"yes", "true", "true()", "1"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it: its cells by column and, for texts, by language."""

    place: str
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]

    def get(self, column: str) -> str:
        """What stands in a column; "" for nothing."""
        return self.cells.get(column, "")

    def says_yes(self, column: str) -> bool:
        """Whether a column has one of the words for yes."""
        return self.get(column).lower() in _YES


def read(content: bytes) -> Mapping[str, Sequence[Row]]:
    """The rows of each sheet that an XLSForm has. Raises InvalidDefinition for another file."""
    # openpyxl brings numpy, which nobody who answers should wait for
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if len(content) > LARGEST_FILE:
        _refuse("workbook", "It is larger than 2 MB.", "An XLSForm is text only: remove the rest.")
    found: dict[str, list[Row]] = {}
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
                _refuse("workbook", "It unpacks to more than 20 MB.", "Save it anew.")
        with warnings.catch_warnings():
            # What openpyxl does not know of a workbook's decoration is no business of ours
            warnings.simplefilter("ignore")
            workbook = load_workbook(BytesIO(content), read_only=True, data_only=True)
            for sheet in workbook.worksheets:
                if sheet.title in SHEETS:
                    sheet.reset_dimensions()
                    cells = sheet.iter_rows(
                        max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True
                    )
                    found[sheet.title] = list(_rows(sheet.title, list(cells)))
            workbook.close()
    except (
        InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError,
        IndexError, OSError, SyntaxError, EOFError, NotImplementedError, RuntimeError,
    ):  # fmt: skip
        _refuse("workbook", "It is not an Excel workbook (.xlsx).", "Save it as .xlsx.")
    for name in SHEETS[:1]:
        if name not in found:
            _refuse("workbook", f"There is no sheet “{name}”.", "An XLSForm has one.")
    return found


def _rows(sheet: str, cells: list[tuple[Any, ...]]) -> Iterator[Row]:
    headings = [_cell(value) for value in cells[0]] if cells else []
    for number, values in enumerate(cells[1:], start=2):
        plain: dict[str, str] = {}
        texts: dict[str, dict[str, str]] = {}
        for heading, value in zip(headings, map(_cell, values), strict=False):
            if not heading or not value:
                continue
            column, _, language = heading.partition("::")
            column = column.strip().replace(" ", "_")
            if language or column in {"label", "hint", "required_message"}:
                texts.setdefault(column, {})[language] = value
            else:
                plain[column] = value
        if plain or texts:
            yield Row(f"{sheet} row {number}", plain, texts)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return "" if value is None else str(value).strip()


def _refuse(path: str, cause: str, remedy: str) -> Never:
    raise InvalidDefinition([Defect(path, cause, remedy)]) from None
