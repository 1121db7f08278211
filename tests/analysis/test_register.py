"""Numbers from registers: every form of file, Danish numbers and periods, and a safe import."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from analysis import period, plan, register, sheet
from analysis.plan import Unit
from surveys.database import Database

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
UNITS = {"young_on_benefit": Unit.PERSONS, "training": Unit.SHARE, "savings": Unit.KRONER}


def read(
    content: bytes, indicator: str = "young_on_benefit", where: tuple[tuple[str, str], ...] = ()
) -> list[register.Figure]:
    found = sheet.read(content)
    columns = register.guess(found)
    assert columns is not None
    columns = register.Columns(
        columns.period, columns.value, columns.place, columns.indicator, where
    )
    return list(
        register.figures(found, columns, UNITS, indicator=indicator, place="Allerød", source="test")
    )


def triples(figures: list[register.Figure]) -> list[tuple[str, str, Decimal | None]]:
    return [(one.place, one.period.text, one.value) for one in figures]


EXPECTED = [
    ("Allerød", "2026-08", Decimal(1071)),
    ("Allerød", "2026-09", Decimal("68.5")),
    ("Egedal", "2026-09", None),
]


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


V3 = {
    "columns": ["Område", "Periode", "Antal"],
    "rows": [
        ["Allerød", "2026M08", "1.071"],
        ["Allerød", "2026M09", "68,5"],
        ["Egedal", "2026M09", ".."],
    ],
}
V2 = [
    {
        "Variables": [{"Label": "Område"}, {"Label": "Periode"}, {"Label": "Antal"}],
        "Data": V3["rows"],
    }
]
STAT = {
    "class": "dataset",
    "id": ["Område", "Tid"],
    "size": [2, 2],
    "dimension": {
        "Område": {
            "category": {"index": ["201", "240"], "label": {"201": "Allerød", "240": "Egedal"}}
        },
        "Tid": {"category": {"index": {"2026M09": 1, "2026M08": 0}}},
    },
    "value": [1071, 68.5, None, None],
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(V3).encode(),
        b"\xef\xbb\xbf" + json.dumps(V3).encode(),
        json.dumps(V2).encode(),
        "Område;Periode;Antal\nAllerød;aug. 2026;1.071\nAllerød;2026M09;68,5\n"
        "Egedal;2026-09;-\n".encode(),
        "Område;Periode;Antal\r\nAllerød;august 2026;1071\r\nAllerød;2026M09;68,5 \r\n"
        "Egedal;2026-09;x\r\n".encode("cp1252"),
        "\ufeffOmråde\tPeriode\tAntal\nAllerød\t202608\t1.071,0\nAllerød\t2026M09\t68,5\n"
        "Egedal\t2026M09\t…\n".encode(),
        workbook(
            [
                ["Unge på ydelse"],
                ["Område", "Periode", "Antal"],
                ["Allerød", datetime(2026, 8, 1), 1071],  # noqa: DTZ001  Excel knows no zones
                ["Allerød", "2026M09", 68.5],
                ["Egedal", "2026M09", None],
            ]
        ),
    ],
    ids=["v3", "v3 with a mark", "v2", "csv", "windows", "tabs", "excel"],
)
def test_every_form_of_file_gives_the_same_numbers(content: bytes) -> None:
    assert triples(read(content)) == EXPECTED


@pytest.mark.parametrize("old", [False, True], ids=["version 2", "version 1"])
def test_json_stat_is_read_as_a_cube_whose_last_dimension_is_fastest(old: bool) -> None:
    document: object = STAT
    if old:
        document = {
            "dataset": {
                "dimension": {**STAT["dimension"], "id": STAT["id"], "size": [2, 2]},  # type: ignore[dict-item]
                "value": {"0": 1071, "1": 68.5},
            }
        }
    assert triples(read(json.dumps(document).encode())) == [
        *EXPECTED[:2],
        ("Egedal", "2026-08", None),
        ("Egedal", "2026-09", None),
    ]


def test_a_sheet_with_a_column_for_each_period_is_turned() -> None:
    wide = "Område;2026M08;2026M09\nAllerød;1.071;68,5\n".encode()
    assert triples(read(wide)) == EXPECTED[:2]


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_a_number_survives_being_written_the_danish_way(units: int, decimals: int) -> None:
    exact = Decimal(units).scaleb(-decimals)
    danish = f"{exact:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    assert sheet.number(danish) == exact


@pytest.mark.parametrize("text", ["12a", "1,2,3", "NaN", "infinity", "1.23.4"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(sheet.NotANumber):
        sheet.number(text)


@pytest.mark.parametrize(
    ("written", "kept", "words"),
    [
        ("2026", "2026", "2026"),
        ("2026K3", "2026-Q3", "3. kvartal 2026"),
        ("3. kvartal 2026", "2026-Q3", "3. kvartal 2026"),
        ("2026Q3", "2026-Q3", "3. kvartal 2026"),
        ("2026M09", "2026-09", "september 2026"),
        (" Sep.  2026 ", "2026-09", "september 2026"),
        ("2026-U53", "2026-W53", "uge 53, 2026"),
        ("2025QMAT02", "2025-Q2-MAT", "året til og med 2. kvartal 2025"),
    ],
)
def test_periods_are_read_as_registers_write_them(written: str, kept: str, words: str) -> None:
    found = period.read(written)
    assert (found.text, found.danish()) == (kept, words)
    assert period.read(found.text) == found


@pytest.mark.parametrize("text", ["", "i går", "2026M13", "2025-U53", "2026K5", "ju 2026"])
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(period.UnknownPeriod, match="2026K3"):
        period.read(text)


def test_shares_may_be_written_as_fractions_or_per_cents() -> None:
    head = "Periode;Værdi\n"
    for body in ("2025;40\n2026;85,5\n", "2025;40 %\n2026;85,5 %\n", "2025;0,4\n2026;0,855\n"):
        found = read((head + body).encode(), "training")
        assert [one.value for one in found] == [Decimal("0.4"), Decimal("0.855")]


def test_one_bad_row_refuses_the_whole_file_and_every_bad_row_is_named() -> None:
    content = "Indikator;Periode;Værdi\ntraining;2026;40\nukendt;2026;1\ntraining;i går;2\n"
    with pytest.raises(register.InvalidRegister) as refused:
        read(content.encode())
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["Linje 3", "Linje 4"]


def test_two_measures_for_one_period_must_be_chosen_between() -> None:
    content = "Måling;Periode;Antal\nkvinder;2026;30\nmænd;2026;40\n".encode()
    with pytest.raises(register.InvalidRegister, match="flere gange"):
        read(content)
    assert [one.value for one in read(content, where=(("Måling", "mænd"),))] == [40]


def test_an_import_done_twice_changes_nothing_and_a_correction_keeps_the_old(
    database: Database,
) -> None:
    first = read(json.dumps(V3).encode())
    with database.transaction() as session:
        assert register.record(session, first, NOW, rehearse=True).new == 3
        assert not register.history(session)
        assert register.record(session, first, NOW) == register.Recorded(3, 0, 0)
    corrected = [
        *first[:1],
        register.Figure("young_on_benefit", "Allerød", first[1].period, Decimal(69)),
    ]
    with database.transaction() as session:
        assert register.record(session, first, NOW) == register.Recorded(0, 0, 3)
        assert register.record(session, corrected, NOW) == register.Recorded(0, 1, 1)
    with database.snapshot() as session:
        held = register.history(session)
        assert held["young_on_benefit", "Allerød", "2026-09"].value == 69
        assert [one.period.text for one in held.values()] == ["2026-08", "2026-09", "2026-09"]


def test_a_plan_in_force_is_the_newest_and_two_editors_are_told(database: Database) -> None:
    with database.transaction() as session:
        assert plan.current(session) == plan.shipped()
        changed = plan.document(session).replace("value: 73", "value: 74")
        made = plan.revise(session, changed, based_on=plan.SHIPPED, author="x", now=NOW)
        baseline = made["young_on_benefit"].baseline
        assert baseline is not None
        assert baseline.value == 74
    with database.transaction() as session:
        assert plan.current(session).version == made.version
        with pytest.raises(plan.PlanChanged):
            plan.revise(session, changed, based_on=plan.SHIPPED, author="y", now=NOW)


def test_the_plan_of_2026_has_its_sixteen_rows() -> None:
    programme = plan.shipped().programmes[0]
    rows = [one for area in programme.areas for one in area.indicators]
    assert len(programme.areas) == 7
    assert len(rows) == 16
    assert sum(one.survey is not None for one in rows) == 5
    young = plan.shipped()["young_on_benefit"]
    assert young.target is not None
    assert young.target.level(73) == pytest.approx(65.7)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: 0.85", "value: 85", "0.85"),
        ("code: course\n", "code: training\n", "training"),
        ("survey: kursusfeedback", "owner: x", "names a survey"),
        ("baseline: {period: 2025-11, value: 73}", "owner: x", "baseline"),
        ("value: -0.50", "value: 0.50", "fall"),
        ("unit: weeks", "unit: moons", "unit"),
    ],
)
def test_a_bad_plan_is_refused_with_the_place(old: str, new: str, says: str) -> None:
    document = plan._shipped_document()
    assert old in document
    with pytest.raises(plan.InvalidPlan, match=says):
        plan.read(document.replace(old, new))
