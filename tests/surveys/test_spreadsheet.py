"""Tables are read as Danish Excel writes them, and what is no table is refused with a reason."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from openpyxl import Workbook

from surveys import spreadsheet
from surveys.errors import UnreadableFile, UnusableCell
from surveys.spreadsheet import Flaw, as_day, as_number, as_text


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        spreadsheet.read(content)
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_danish_csv_in_every_dress(encoding: str, delimiter: str, line: str) -> None:
    text = line.join(
        delimiter.join(cells)
        for cells in (
            ["Nummer", "Enhed", "Hold"],
            ["0017", '"Æøå; og, mere"', "4"],
            ["", "", ""],
            ["18"],
        )
    )
    table = spreadsheet.read(text.encode(encoding))
    assert table.headings == ("Nummer", "Enhed", "Hold")
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ("0017", "Æøå; og, mere", "4")),
        (4, ("18", "", "")),
    ]
    assert table.problems == ()


def test_what_excel_writes_of_its_own_in_csv() -> None:
    table = spreadsheet.read(b'sep=;\r\nNr;Sum\r\n="00123";=1+1\r\n\'=5;+45\r\n')
    assert table.headings == ("Nr", "Sum")
    assert table.rows[0].cells == ("00123", Flaw.FORMULA)
    assert table.rows[0].number == 3
    assert as_text(table.rows[1].cells[0]) == "=5"
    with pytest.raises(UnusableCell, match="formula"):
        as_text(table.rows[0].cells[1])


def test_cells_of_a_workbook_keep_what_they_are() -> None:
    table = spreadsheet.read(
        workbook(
            ("Nr", "Dag", "Sum", "Tom", "Ja"),
            (17.0, datetime(2026, 5, 1), "=A1", None, True),  # noqa: DTZ001
            ("0017", date(2026, 5, 1), 0.5, "  x ", False),
        )
    )
    assert table.rows[0].cells == (Decimal(17), date(2026, 5, 1), Flaw.FORMULA, "", "ja")
    assert table.rows[1].cells == ("0017", date(2026, 5, 1), Decimal("0.5"), "x", "nej")
    assert as_text(table.rows[0].cells[0]) == "17"
    with pytest.raises(UnusableCell, match="became_a_date"):
        as_text(table.rows[0].cells[1])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31-12-2026", date(2026, 12, 31)),
        ("1.2.2026", date(2026, 2, 1)),
        ("01/02/2026", date(2026, 2, 1)),
        ("2026-02-01", date(2026, 2, 1)),
        ("2026-02-01 00:00:00", date(2026, 2, 1)),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert as_day(text) == day


@pytest.mark.parametrize("text", ["04/30/2026", "31-02-2026", "46000", "1-2-26", "i dag"])
def test_no_days(text: str) -> None:
    with pytest.raises(UnusableCell, match="not_a_day"):
        as_day(text)
    with pytest.raises(UnusableCell, match="not_a_day"):
        as_day(Decimal(46000))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.234,5", "1234.5"), ("12", "12"), ("0,5", "0.5"), ("1 234", "1234"), ("-3", "-3")],
)
def test_numbers(text: str, number: str) -> None:
    assert as_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1.5", "1,234,5", "12.34", "tolv", "1e5", "∞"])
def test_no_numbers(text: str) -> None:
    with pytest.raises(UnusableCell, match="not_a_number"):
        as_number(text)


def test_what_is_no_table_is_refused_with_a_reason() -> None:
    good = workbook(("Nr",), ("1",))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 50_000_000)
    stranger = io.BytesIO()
    with zipfile.ZipFile(stranger, "w") as archive:
        archive.writestr("readme.txt", "hello")
    entity = io.BytesIO()
    with zipfile.ZipFile(entity, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert refusal(b"") == refusal(b"\xef\xbb\xbf\r\n") == "empty"
    assert refusal(b"Nr;Enhed\r\n") == refusal(b"Nr;Enhed\r\n;\r\n") == "no_rows"
    assert refusal(good[: len(good) // 2]) == "damaged"
    assert refusal(entity.getvalue()) == "damaged"
    assert refusal(bomb.getvalue()) == "too_large"
    assert refusal(stranger.getvalue()) == "not_a_workbook"
    assert refusal(b"\xd0\xcf\x11\xe0 and so on") == "old_excel"
    assert refusal(b'Nr;Enhed\r\n1;"cut') == "cut_off"
    assert refusal(b"Nr\r\n\x81\x8d\r\n") == "encoding"
    assert refusal(b"Nr\r\n1\x002\r\n") == "encoding"
    assert refusal(b"x" * (spreadsheet.LARGEST_FILE + 1)) == "too_large"
    assert refusal(b"Nr\r\n" + b"1\r\n" * (spreadsheet.MOST_ROWS + 1)) == "too_many_rows"
    assert refusal(b"a;" * 61 + b"a\r\n1\r\n") == "too_many_columns"


def test_odd_rows_are_pointed_out() -> None:
    table = spreadsheet.read(b"Nr;nr;Enhed\r\n1;2;3;4\r\n" + b"1;2;" + b"x" * 2001)
    assert [(problem.code, problem.row) for problem in table.problems] == [
        ("heading_twice", 1),
        ("more_cells_than_headings", 2),
        ("cell_too_long", 3),
    ]


def test_cpr_numbers_are_found_wherever_they_stand() -> None:
    table = spreadsheet.read(
        workbook(
            ("Nr", "Note", "Nul"),
            ("1", "ring 010190-1234", 101901234),
            ("2", "0101901234", 201901234),
            ("3", "+45 22 33 44 55", 71901234),
        )
    )
    assert [(found.row, found.column) for found in spreadsheet.cpr_numbers(table)] == [
        (2, "Note"),
        (2, "Nul"),
        (3, "Note"),
        (3, "Nul"),
    ]
    innocent = spreadsheet.read(workbook(("Nr",), *((900_000_000 + n,) for n in range(20))))
    assert spreadsheet.cpr_numbers(innocent) == []
    assert spreadsheet.cpr_numbers(spreadsheet.read(b"Nr;010190-1234\n1;2"))[0].column == "B"


def test_headings_are_recognised_by_their_usual_names() -> None:
    known = {"reference": ("nummer", "sagsnr"), "email": ("e-mail", "mail")}
    assert spreadsheet.guess(("E-Mail", "Sags nr.", "Mail"), known) == {"reference": 1, "email": 0}
    assert spreadsheet.guess(("Farve",), known) == {}


@given(some.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04", b"Nr;Enhed\r\n"):
        try:
            table = spreadsheet.read(prefix + content)
        except UnreadableFile:
            continue
        assert all(len(row.cells) == len(table.headings) for row in table.rows)


visible = some.text(some.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(some.lists(visible, min_size=1, max_size=5))
def test_what_excel_saves_is_what_is_read(cells: list[str]) -> None:
    safe = [f"x{cell}" for cell in cells]
    rows = (tuple(f"h{place}" for place in range(len(cells))), tuple(safe))
    assert spreadsheet.read(workbook(*rows)).rows[0].cells == tuple(safe)
