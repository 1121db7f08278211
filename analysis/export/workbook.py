"""A report as an Excel workbook: figures that can be reckoned with, and what each column means."""

from collections.abc import Sequence
from dataclasses import astuple
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.export.figures import COLUMNS, PARTS, Figure, figures
from analysis.indicators import SMALL
from analysis.report import Report

_SHARES: Final = {"share", "low", "high", "target"}
_WIDTHS: Final = {"part": 12, "code": 22, "name": 60, "answer": 34, "text": 34, "status": 24}
_CONTROL: Final = dict.fromkeys([*range(0x20), 0x7F, 0xFFFE, 0xFFFF])
for kept in (0x09, 0x0A):
    del _CONTROL[kept]

SHEETS: Final = {"indicator": "Mål", "answer": "Svar", "theme": "Temaer"}
METHOD: Final = (
    "Tallene er de samme som på siden. Andele er regnet af de præcise tal og ikke afrundet.",
    "“Ved ikke” og spørgsmål uden svar tæller ikke med i andelen.",
    "Usikkerheden er et 95 %-interval (Wilson). Den handler kun om tilfældigheder.",
    "Har færre end 5 svaret, vises intet tal. Har færre end {detail} svaret, vises hverken"
    " fordelinger eller kommentarer.",
    "Har færre end {small} svaret, står der antal og ikke procent i kolonnen tekst.",
)


def workbook(report: Report) -> bytes:
    """An .xlsx file. Every text is written as text: nothing in it is ever a formula or a link."""
    written = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(written, options) as book:
        book.set_properties({"title": f"{report.title} – {report.wave}", "author": "Hørt"})
        heading = book.add_format(
            {"bold": True, "bg_color": "#E6E6E6", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        share = book.add_format({"num_format": "0.0%", "valign": "top"})
        number = book.add_format({"num_format": "#,##0", "valign": "top"})
        words = book.add_format({"text_wrap": True, "valign": "top"})
        title = book.add_format({"bold": True, "font_size": 16})
        styles = _Styles(heading, share, number, words, title)
        lines = figures(report)
        _summary(book.add_worksheet("Rapport"), report, lines, styles)
        for part, name in SHEETS.items():
            _figures(book.add_worksheet(name), [f for f in lines if f.part == PARTS[part]], styles)
        _dictionary(book.add_worksheet("Dataordbog"), report, styles)
    return written.getvalue()


class _Styles:
    """The formats of one workbook."""

    def __init__(
        self, heading: Format, share: Format, number: Format, words: Format, title: Format
    ) -> None:
        self.heading = heading
        self.share = share
        self.number = number
        self.words = words
        self.title = title


def _summary(sheet: Worksheet, report: Report, lines: Sequence[Figure], styles: _Styles) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 60)
    sheet.hide_gridlines(2)
    closes = f" – {report.closes:%d-%m-%Y}" if report.closes else " – åben"
    rows: list[tuple[str, str]] = [
        ("Runde", report.wave),
        ("Periode", f"{report.opens:%d-%m-%Y}{closes}"),
    ]
    if report.synthetic:
        rows.append(("Demonstrationsdata", "Svarene er lavet af en computer."))
    rows += [(one.name, one.text) for one in lines if one.part == PARTS["fieldwork"] and one.text]
    if report.fieldwork.response_rate is None:
        rows.append(("Svarprocent", "Kan ikke regnes ud. Linket var åbent for alle."))
    _text(sheet, 0, 0, report.title, styles.title)
    for place, (name, words) in enumerate(rows, start=2):
        _text(sheet, place, 0, name, styles.heading)
        _text(sheet, place, 1, words, styles.words)
    below = len(rows) + 3
    _text(sheet, below, 0, "Sådan er tallene lavet", styles.heading)
    for place, sentence in enumerate(METHOD):
        said = sentence.format(detail=MINIMUM_FOR_DETAIL, small=SMALL)
        _text(sheet, below + place, 1, said, styles.words)


def _figures(sheet: Worksheet, lines: Sequence[Figure], styles: _Styles) -> None:
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, _WIDTHS.get(column.name, 11))
        _text(sheet, 0, place, column.heading, styles.heading)
    for row, line in enumerate(lines, start=1):
        for place, (column, value) in enumerate(zip(COLUMNS, astuple(line), strict=True)):
            if isinstance(value, str):
                _text(sheet, row, place, value, styles.words)
            elif value is not None:
                style = styles.share if column.name in _SHARES else styles.number
                sheet.write_number(row, place, value, style)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(lines)), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _dictionary(sheet: Worksheet, report: Report, styles: _Styles) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 90)
    rows: list[tuple[str, str, str]] = [(column.heading, "", column.meaning) for column in COLUMNS]
    for one in report.distributions:
        rows.append((one.item, "spørgsmål", one.question))
        rows += [(one.item, bar.code, bar.label) for bar in one.bars or ()]
    rows += [
        (one.code, "mål", f"{one.name}. Spørgsmål: {', '.join(one.items)}. {one.source}")
        for one in report.indicators
    ]
    if report.themes:
        rows += [(row.code, "tema", row.name) for row in report.themes.rows]
    for place, name in enumerate(("navn", "kode", "betydning")):
        _text(sheet, 0, place, name, styles.heading)
    for row, texts in enumerate(rows, start=1):
        for place, words in enumerate(texts):
            _text(sheet, row, place, words, styles.words)
    sheet.freeze_panes(1, 0)


def _text(sheet: Worksheet, row: int, column: int, words: str, style: Format) -> None:
    sheet.write_string(row, column, words.translate(_CONTROL)[:32_767], style)
