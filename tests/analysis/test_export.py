"""Files of figures: the same as on the page, read back by what others read them with."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import release, report
from analysis.export import figures, rows, spss, text, workbook
from analysis.export.rows import RowsNotReleased
from analysis.export.variables import HIDDEN, variables
from surveys import ballot, definition, extract, fieldwork, keys
from surveys.database import Database
from surveys.instrument import Answer, Instrument, Missing
from surveys.interview import Draft, Interview
from tests.conftest import Clock

BEST = {"purpose": "5", "heard": "5", "language": "5", "guidance": "5", "next": "5"}
WORST = {"purpose": "1", "heard": "2", "language": "1", "guidance": "2", "next": "dont_know"}


def closed(instrument: Instrument, raws: Mapping[str, object]) -> Mapping[str, Answer]:
    interview = Interview(instrument, Draft("da"))
    assert not interview.fill(raws)
    return interview.finish().answers


def answer(
    database: Database,
    clock: Clock,
    given_: Mapping[str, object],
    times: int,
    survey: str = "samtalefeedback",
    unit: str | None = None,
) -> None:
    with database.transaction() as session:
        code = fieldwork.create_link(session, survey, clock(), unit=unit)
        admission = fieldwork.admit(session, code, clock())
        answers = closed(admission.instrument, given_)
        for _ in range(times):
            token = keys.new_ballot()
            ballot.cast(
                session,
                admission.instrument,
                answers,
                wave_id=admission.wave_id,
                spends=keys.spend_hash(token),
                personal=False,
                receipt=keys.receipt("k" * 40, token),
                mode="web",
                language="da",
                unit=unit,
                course=None,
                now=clock(),
            )


def closed_wave(
    database: Database, clock: Clock, survey: str = "samtalefeedback"
) -> tuple[extract.Wave, report.Report]:
    clock.forward(minutes=1)
    with database.transaction() as session:
        fieldwork.close_wave(session, survey, clock())
    release.settle(database, survey)
    with database.snapshot() as session:
        wave = extract.wave(session, survey)
        return wave, report.build(session, wave)


@pytest.fixture
def fielded(sqlite: Database, clock: Clock) -> tuple[extract.Wave, report.Report]:
    answer(sqlite, clock, {**BEST, "open": "=HYPERLINK(1)"}, 20, unit="Team A")
    answer(sqlite, clock, WORST, 12, unit="Team B")
    answer(sqlite, clock, {**BEST, "purpose": "3", "next": "2"}, 3)
    return closed_wave(sqlite, clock)


def read_back(content: bytes, tmp_path: Path) -> tuple[dict[str, list[float]], object]:
    file = tmp_path / "x.sav"
    file.write_bytes(content)
    return pyreadstat.read_sav(file, output_format="dict", user_missing=True)  # type: ignore[return-value]


def test_the_csv_is_danish_and_says_what_the_report_says(
    fielded: tuple[extract.Wave, report.Report],
) -> None:
    _, made = fielded
    content = text.table(made)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    lines = list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == len(figures.figures(made))
    (chosen,) = [line for line in lines if line["kode"] == "purpose" and line["svarkode"] == "5"]
    assert (chosen["antal"], chosen["grundlag"]) == ("20", "35")
    assert float(chosen["andel"].replace(",", ".")) == 20 / 35
    assert "." not in chosen["andel"]
    assert chosen["navn"] == "Var formålet med samtalen klart og tydeligt for dig?"


@given(st.text(max_size=8), st.sampled_from(["=", "+", "-", "@", "\t", "\r", "＝", " =", "\n@"]))
def test_no_cell_is_a_formula(words: str, command: str) -> None:
    written = b"".join(text.lines(["a"], [[command + words]])).decode("utf-8-sig")
    (_, (cell,)) = csv.reader(StringIO(written, newline=""), delimiter=";")
    assert cell == f"'{command}{words}"
    assert text.defused(words) in {words, f"'{words}"}


def test_numbers_stay_numbers() -> None:
    content = b"".join(text.lines(["a", "b", "c"], [[-0.5, 12345, None], [1e-07, 0, ""]]))
    assert content.decode("utf-8-sig") == "a;b;c\r\n-0,5;12345;\r\n0,0000001;0;\r\n"


def test_the_workbook_opens_with_numbers_words_and_a_dictionary(
    fielded: tuple[extract.Wave, report.Report],
) -> None:
    _, made = fielded
    book = openpyxl.load_workbook(BytesIO(workbook.workbook(made)))
    assert book.sheetnames == ["Rapport", "Mål", "Svar", "Temaer", "Dataordbog"]
    assert book["Rapport"]["A1"].value == "Hvordan var dit møde?"
    answers = [
        dict(zip([cell.value for cell in book["Svar"][1]], row, strict=True))
        for row in book["Svar"].iter_rows(min_row=2, values_only=True)
    ]
    (chosen,) = [row for row in answers if row["kode"] == "purpose" and row["svarkode"] == "5"]
    assert (chosen["antal"], chosen["andel"]) == (20, pytest.approx(20 / 35))
    assert book["Svar"].freeze_panes == "A2"
    explained = {row[0] for row in book["Dataordbog"].iter_rows(min_row=2, values_only=True)}
    assert {"andel", "purpose", "open"} & explained == {"andel", "purpose"}
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}


def test_a_title_that_looks_like_a_formula_is_a_text(
    fielded: tuple[extract.Wave, report.Report],
) -> None:
    _, made = fielded
    made = replace(made, title="=1+1\x00\x0b", wave="@SUM(A1)")
    book = openpyxl.load_workbook(BytesIO(workbook.workbook(made)))
    cell = book["Rapport"]["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_spss_file_of_figures_has_labels_and_missing_codes(
    fielded: tuple[extract.Wave, report.Report], tmp_path: Path
) -> None:
    wave, made = fielded
    table, meta = read_back(spss.figures(made, wave.instrument), tmp_path)
    assert meta.column_names_to_labels["purpose"] == wave.instrument["purpose"].text("da")
    labels = meta.variable_value_labels["purpose"]
    assert labels[5] == "I meget høj grad"
    assert labels[98] == "Ved ikke"
    assert meta.missing_ranges["purpose"] == [{"lo": 90, "hi": 99}]
    assert meta.variable_measure["purpose"] == "ordinal"
    counted = {
        answer: n
        for answer, n in zip(table["purpose"], table["antal"], strict=True)
        if answer is not None
    }
    assert counted == {5: 20, 3: 3, 1: 12}
    unknown = dict(zip(table["next"], table["antal"], strict=True))
    assert unknown[98] == 12
    with_two = [
        row for row in zip(*(table[name] for name in BEST), strict=True) if _answers(row) > 1
    ]
    assert with_two == []


def _answers(row: tuple[float | None, ...]) -> int:
    return sum(value is not None for value in row)


def test_every_instrument_has_variables_that_spss_takes(tmp_path: Path) -> None:
    for instrument in definition.catalogue().values():
        columns = variables(instrument)
        names = [column.name for column in columns]
        assert len({name.lower() for name in names}) == len(names)
        numbers = [max(column.labels) for column in columns]
        table, meta = read_back(spss.cases("x", columns, [(numbers, 10)]), tmp_path)
        assert set(table) == {*names, "antal"}
        for column in columns:
            assert meta.column_names_to_labels[column.name] == column.label


def test_rows_keep_what_ten_share(
    fielded: tuple[extract.Wave, report.Report], sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    wave, _ = fielded
    with sqlite.snapshot() as session:
        columns, found = rows.cases(session, wave, clock())
    named = [
        (dict(zip((column.name for column in columns), numbers, strict=True)), n)
        for numbers, n in found
    ]
    assert sum(n for _, n in named) == 35
    assert all(n >= rows.MINIMUM for _, n in named)
    assert {"unit", "open", "mode"} & set(named[0][0]) == set()
    # Three people alone chose 3: they and enough others are hidden
    assert all(numbers["purpose"] != 3 for numbers, _ in named)
    hidden = sum(n for numbers, n in named if numbers["purpose"] == HIDDEN)
    assert hidden == 0 or hidden >= rows.MINIMUM
    table, _ = read_back(spss.cases("x", columns, found), tmp_path)
    assert sum(table["antal"]) == 35
    lines = list(rows.single(found))
    assert len(lines) == 35


def test_no_rows_while_a_wave_is_open_or_of_the_few(sqlite: Database, clock: Clock) -> None:
    answer(sqlite, clock, BEST, 9)
    with sqlite.transaction() as session:
        ballot.mix_all(session)
    with sqlite.snapshot() as session, pytest.raises(RowsNotReleased, match="lukket"):
        rows.cases(session, extract.wave(session, "samtalefeedback"), clock())
    wave, made = closed_wave(sqlite, clock)
    with sqlite.snapshot() as session, pytest.raises(RowsNotReleased, match="mindst 10"):
        rows.cases(session, wave, clock())
    shown = [line for line in figures.figures(made) if line.part == "Svar"]
    assert {line.text for line in shown} == {"vises ikke (for få svar)"}
    assert {line.count for line in shown} == {None}


def test_an_erasure_does_not_show_in_a_second_copy(sqlite: Database, clock: Clock) -> None:
    answer(sqlite, clock, BEST, 30)
    wave, _ = closed_wave(sqlite, clock)
    release.settle(sqlite)
    with sqlite.snapshot() as session:
        assert rows.refusal(session, wave, clock()) is None
    fewer = replace(wave, responses=wave.responses - 1, erased=1)
    with sqlite.snapshot() as session, pytest.raises(RowsNotReleased, match="slettet"):
        rows.cases(session, fewer, clock())


def test_patterns_are_read_alike_on_both_databases(database: Database, clock: Clock) -> None:
    answer(database, clock, BEST, 11)
    answer(database, clock, WORST, 2)
    wave, _ = closed_wave(database, clock)
    with database.snapshot() as session:
        found = extract.patterns(session, wave.id, ["purpose", "next"])
    assert found == {("5", "5"): 11, ("1", "?dont_know"): 2}


PATTERNS = st.dictionaries(
    st.tuples(*[st.sampled_from("abc?")] * 3), st.integers(1, 14), max_size=20
)


@given(PATTERNS, st.integers(2, 12))
def test_rows_never_stand_for_few_nor_leave_few_to_subtract(
    patterns: dict[tuple[str, ...], int], minimum: int
) -> None:
    found = rows.protect(patterns, minimum)
    everybody = sum(patterns.values())
    assert sum(found.values()) == (everybody if everybody >= minimum else 0)
    assert all(n >= minimum for n in found.values())
    # Each person's row says nothing but what that person answered
    for shown in found:
        assert any(
            all(cell in (None, answer) for cell, answer in zip(shown, pattern, strict=True))
            for pattern in patterns
        )
    # Published counts of one question less the rows: nobody, or at least so many, are left
    for place in range(3):
        published = Counter[str]()
        for pattern, n in patterns.items():
            published[pattern[place]] += n
        seen = sum(n for shown, n in found.items() if shown[place] is not None)
        left = sum(published.values()) - seen
        assert left == 0 or left >= minimum or not found


@given(PATTERNS)
def test_where_everybody_has_company_nothing_is_hidden(
    patterns: dict[tuple[str, ...], int],
) -> None:
    many = {pattern: n + 10 for pattern, n in patterns.items()}
    assert rows.protect(many) == many


def test_reasons_have_names() -> None:
    assert set(figures.REASONS) == set(Missing)
