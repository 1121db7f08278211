"""SPSS files (.sav): weighted cases, with labels for variables and values, and missing codes.

A case stands for as many people as its weight says: WEIGHT BY antal comes first.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyreadstat

from analysis.export.rows import Cases
from analysis.export.variables import (
    HIGHEST_MISSING,
    LOWEST_MISSING,
    MISSING,
    Variable,
    variables,
)
from analysis.report import Distribution, Report
from surveys.instrument import Instrument

WEIGHT: Final = "antal"
_WEIGHTED: Final = "Hver linje tæller for antal personer. Begynd med: WEIGHT BY antal."
_SINGLE: Final = "Kun ét spørgsmål ad gangen: linjerne kan ikke krydses."
_PROTECTED: Final = "91 er skjult, fordi færre end 10 har svaret det samme."

Case = tuple[dict[str, int], int]


def figures(report: Report, instrument: Instrument) -> bytes:
    """The distributions that a report shows: a frequency table of each question, and no more.

    A case has one question's answer and nothing of the others.
    """
    columns = variables(instrument)
    shown = {one.item: one for one in report.distributions if one.bars is not None}
    cases = [
        case
        for column in columns
        if column.item in shown
        for case in _counts(column, shown[column.item])
    ]
    title = f"{report.title} – {report.wave}"
    return _file(title, columns, cases, [_WEIGHTED, _SINGLE])


def cases(title: str, columns: Sequence[Variable], found: Cases) -> bytes:
    """The rows that may be given out of a wave, as weighted cases."""
    named = [
        (dict(zip((column.name for column in columns), numbers, strict=True)), n)
        for numbers, n in found
    ]
    return _file(title, columns, named, [_WEIGHTED, _PROTECTED])


def _counts(column: Variable, one: Distribution) -> Iterator[Case]:
    bars = {bar.code: bar.n for bar in one.bars or ()}
    if column.category is None:
        for code, n in bars.items():
            yield {column.name: column.codes[code]}, n
    else:
        chosen = bars[column.category]
        yield {column.name: 1}, chosen
        yield {column.name: 0}, (one.n or 0) - chosen
    for reason, n in one.left_out:
        yield {column.name: MISSING[reason.value]}, n


def _file(
    title: str, columns: Sequence[Variable], cases: Sequence[Case], notes: Sequence[str]
) -> bytes:
    counted = [(numbers, n) for numbers, n in cases if n]
    table = pd.DataFrame(
        {
            **{
                column.name: pd.array(
                    [numbers.get(column.name, float("nan")) for numbers, _ in counted],
                    dtype="float64",
                )
                for column in columns
            },
            WEIGHT: pd.array([n for _, n in counted], dtype="float64"),
        }
    )
    # pyreadstat writes to a path and to nothing else
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hoert.sav"
        pyreadstat.write_sav(
            table,
            file,
            file_label=title.encode()[:64].decode(errors="ignore"),
            column_labels={
                **{column.name: column.label for column in columns},
                WEIGHT: "Antal personer, som linjen står for",
            },
            note=list(notes),
            row_compress=True,
            variable_value_labels={
                column.name: {float(code): label for code, label in column.labels.items()}
                for column in columns
            },
            missing_ranges={
                column.name: [{"lo": LOWEST_MISSING, "hi": HIGHEST_MISSING}] for column in columns
            },
            variable_measure={
                **{column.name: "ordinal" if column.ordered else "nominal" for column in columns},
                WEIGHT: "scale",
            },
            variable_format={**{column.name: "F2.0" for column in columns}, WEIGHT: "F8.0"},
        )
        return file.read_bytes()
