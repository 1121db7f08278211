"""Workbooks for Excel: tables of words, numbers, shares and days, and what every column means.

Every text is written as text: nothing in it is ever a formula or a link.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

_CONTROL: Final = dict.fromkeys([*range(0x20), 0x7F, 0xFFFE, 0xFFFF])
for kept in (0x09, 0x0A):
    del _CONTROL[kept]
_LONGEST: Final = 32_767
_A4: Final = 9


class Share(float):
    """A share from 0 to 1, which is shown as per cent."""


Cell = str | int | float | Decimal | Share | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, what the data dictionary says of it, how wide it is."""

    heading: str
    meaning: str
    width: int = 11


class Book:
    """A workbook that is being written; `content` ends it."""

    def __init__(self, title: str) -> None:
        self._written = BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = Workbook(self._written, options)
        self._book.set_properties({"title": title, "author": "Hørt"})
        self._heading = self._format(bold=True, bg_color="#E6E6E6", bottom=1, text_wrap=True)
        self._share = self._format(num_format="0.0%")
        self._number = self._format(num_format="#,##0")
        self._fraction = self._format(num_format="#,##0.##")
        self._day = self._format(num_format="dd-mm-yyyy", align="left")
        self._words = self._format(text_wrap=True)
        self._title = self._format(bold=True, font_size=16)

    def page(
        self, name: str, title: str, facts: Iterable[tuple[str, str]], method: Iterable[str]
    ) -> None:
        """A sheet to read: facts by name, and how the figures are made."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 60)
        sheet.hide_gridlines(2)
        self._text(sheet, 0, 0, title, self._title)
        row = 2
        for fact, words in facts:
            self._text(sheet, row, 0, fact, self._heading)
            self._text(sheet, row, 1, words, self._words)
            row += 1
        self._text(sheet, row + 1, 0, "Sådan er tallene lavet", self._heading)
        for place, sentence in enumerate(method, start=row + 1):
            self._text(sheet, place, 1, sentence, self._words)

    def table(self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """A sheet to reckon with: headings that stay and can be filtered, a row for each line."""
        sheet = self._book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            self._text(sheet, 0, place, column.heading, self._heading)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                self._cell(sheet, number, place, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def content(self) -> bytes:
        """The file. Nothing can be added after it."""
        self._book.close()
        return self._written.getvalue()

    def _format(self, **properties: object) -> Format:
        return self._book.add_format({"valign": "top", **properties})

    def _cell(self, sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
        match cell:
            case None:
                pass
            case str():
                self._text(sheet, row, place, cell, self._words)
            case date():
                sheet.write_datetime(row, place, cell, self._day)
            case Share():
                sheet.write_number(row, place, cell, self._share)
            case _:
                whole = cell == int(cell)
                sheet.write_number(row, place, cell, self._number if whole else self._fraction)

    def _text(self, sheet: Worksheet, row: int, column: int, words: str, style: Format) -> None:
        sheet.write_string(row, column, words.translate(_CONTROL)[:_LONGEST], style)
