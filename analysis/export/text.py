"""CSV as Danish Excel reads it: semicolons, decimal commas, a byte order mark first."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from decimal import Decimal
from io import StringIO
from typing import Final

from analysis.export.figures import COLUMNS, figures
from analysis.report import Report

Cell = str | int | float | None

BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_COMMANDS: Final = frozenset("=+-@＝＋－＠\t\r\n")
_CHUNK: Final = 64 * 1024


def table(report: Report) -> bytes:
    """The figures of a report, one on a line, under a line of headings."""
    rows = (astuple(figure) for figure in figures(report))
    return b"".join(lines([column.heading for column in COLUMNS], rows))


def lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A file in pieces, so that a large one is never in memory as a whole.

    The headings come before the first row is asked for.
    """
    waiting = StringIO(newline="")
    waiting.write(BYTE_ORDER_MARK)
    writer = csv.writer(waiting, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    yield waiting.getvalue().encode()
    waiting.seek(0)
    waiting.truncate()
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
        if waiting.tell() > _CHUNK:
            yield waiting.getvalue().encode()
            waiting.seek(0)
            waiting.truncate()
    yield waiting.getvalue().encode()


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what could be."""
    first = text.lstrip(" \N{NO-BREAK SPACE}")[:1]
    return f"'{text}" if first and first in _COMMANDS else text


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case float():
            return format(Decimal(repr(cell)), "f").replace(".", ",")
        case int():
            return str(cell)
        case _:
            return defused(cell)
