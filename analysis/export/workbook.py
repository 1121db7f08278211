"""A report as an Excel workbook: figures that can be reckoned with, and what each column means."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.export import sheets
from analysis.export.figures import COLUMNS, PARTS, Figure, figures
from analysis.export.sheets import Book, Cell, Share
from analysis.indicators import SMALL
from analysis.report import Report

_SHARES: Final = {"share", "low", "high", "target"}
_WIDTHS: Final = {"part": 12, "code": 22, "name": 60, "answer": 34, "text": 34, "status": 24}

SHEETS: Final = {"indicator": "Mål", "answer": "Svar", "theme": "Temaer"}
DICTIONARY: Final = "Dataordbog"
METHOD: Final = (
    "Tallene er de samme som på siden. Andele er regnet af de præcise tal og ikke afrundet.",
    "“Ved ikke” og spørgsmål uden svar tæller ikke med i andelen.",
    "Usikkerheden er et 95 %-interval (Wilson). Den handler kun om tilfældigheder.",
    f"Har færre end 5 svaret, vises intet tal. Har færre end {MINIMUM_FOR_DETAIL} svaret, vises"
    " hverken fordelinger eller kommentarer.",
    f"Har færre end {SMALL} svaret, står der antal og ikke procent i kolonnen tekst.",
)


def workbook(report: Report) -> bytes:
    """An .xlsx file."""
    book = Book(f"{report.title} – {report.wave}")
    lines = figures(report)
    book.page("Rapport", report.title, _facts(report, lines), METHOD)
    columns = [
        sheets.Column(one.heading, one.meaning, _WIDTHS.get(one.name, 11)) for one in COLUMNS
    ]
    for part, name in SHEETS.items():
        rows = [_cells(line) for line in lines if line.part == PARTS[part]]
        book.table(name, columns, rows)
    words = (
        sheets.Column("navn", "", 24),
        sheets.Column("kode", "", 14),
        sheets.Column("betydning", "", 90),
    )
    book.table(DICTIONARY, words, _dictionary(report))
    return book.content()


def _facts(report: Report, lines: Sequence[Figure]) -> Sequence[tuple[str, str]]:
    closes = f" – {report.closes:%d-%m-%Y}" if report.closes else " – åben"
    facts: list[tuple[str, str]] = [
        ("Runde", report.wave),
        ("Periode", f"{report.opens:%d-%m-%Y}{closes}"),
    ]
    if report.synthetic:
        facts.append(("Demonstrationsdata", "Svarene er lavet af en computer."))
    facts += [(one.name, one.text) for one in lines if one.part == PARTS["fieldwork"] and one.text]
    if report.fieldwork.response_rate is None and not report.group:
        facts.append(("Svarprocent", "Kan ikke regnes ud. Linket var åbent for alle."))
    return facts


def _cells(line: Figure) -> Sequence[Cell]:
    return [
        Share(value) if column.name in _SHARES and value is not None else value
        for column, value in zip(COLUMNS, astuple(line), strict=True)
    ]


def _dictionary(report: Report) -> Sequence[Sequence[Cell]]:
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
    return rows
