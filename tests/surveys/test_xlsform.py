"""An instrument goes out as an XLSForm and comes back the same; what cannot come in is named."""

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, settings
from openpyxl import Workbook, load_workbook
from pyxform.xls2xform import convert

from surveys import definition, xlsform, xlsform_reader
from surveys.definition import catalogue, from_xlsform, shipped, to_xlsform
from surveys.document import Document, dumps, parse
from surveys.errors import InvalidDefinition
from tests.surveys.documents import documents

Rows = list[dict[str, object]]


@pytest.mark.parametrize("name", catalogue())
def test_every_instrument_comes_back_as_it_went_out(name: str) -> None:
    document = parse(shipped(name))
    assert len(document.title) == len(catalogue()[name].languages)
    assert parse(from_xlsform(to_xlsform(shipped(name)))) == document


@pytest.mark.parametrize("name", catalogue())
def test_pyxform_takes_every_instrument_in_every_language(name: str) -> None:
    made = convert(BytesIO(to_xlsform(shipped(name))), file_type=".xlsx")
    assert made.warnings == []
    for language in catalogue()[name].languages:
        assert f"({language})" in made.xform
    for item in catalogue()[name]:
        assert f"/{item.id}" in made.xform


@given(documents())
def test_a_document_is_written_and_read_as_the_same(document: Document) -> None:
    assert parse(dumps(document)) == document


@settings(max_examples=40)
@given(documents())
def test_any_document_comes_back_from_a_workbook(document: Document) -> None:
    assert parse(xlsform_reader.read(xlsform.export(document))) == document


@settings(max_examples=10)
@given(documents())
def test_pyxform_takes_any_document(document: Document) -> None:
    content = xlsform.export(document)
    # ${…} in a text is a reference there, and no words of anybody's
    if b"${" not in content:
        assert convert(BytesIO(content), file_type=".xlsx").xform


SURVEY: Rows = [
    {"type": "note", "name": "hoert_purpose", "label": "Vi vil gerne høre dig."},
    {"type": "note", "name": "hoert_next_step", "label": "Vi læser svarene."},
    {"type": "begin group", "name": "first", "label": "Først"},
    {"type": "select_one colours", "name": "colour", "label": "Hvilken farve?", "hint": "Vælg én."},
    {"type": "select_one points", "name": "grade", "label": "Hvor godt?", "required": "true"},
    {"type": "end group"},
    {
        "type": "integer",
        "name": "age",
        "label": "Hvor gammel er du?",
        "constraint": ". >= 0 and . <= 120",
        "relevant": "${colour} = 'red' and ${grade} >= 2",
    },
    {"type": "text", "name": "more", "label": "Mere?", "relevant": "(${grade} = '1')"},
]
CHOICES: Rows = [
    {"list_name": "colours", "name": "red", "label": "Rød"},
    {"list_name": "colours", "name": "blue", "label": "Blå"},
    {"list_name": "colours", "name": "dont_know", "label": "Ved ikke"},
    {"list_name": "points", "name": 2, "label": "Godt"},
    {"list_name": "points", "name": 1.0, "label": "Skidt"},
]
SETTINGS: Rows = [{"form_title": "Farver", "form_id": "colours", "version": 3}]


def workbook(survey: Rows = SURVEY, choices: Rows = CHOICES, settings: Rows = SETTINGS) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        headings = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(headings)
        for row in rows:
            sheet.append([row.get(column) for column in headings])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_form_from_elsewhere_becomes_an_instrument() -> None:
    text = from_xlsform(workbook())
    assert definition.defects(text) == ()
    instrument = definition.read(text)
    assert (instrument.name, instrument.version, instrument.title.source) == (
        "colours",
        3,
        "Farver",
    )
    assert [section.id for section in instrument.sections] == ["first", "part_2"]
    assert instrument["colour"].dont_know
    assert [one.code for one in instrument["colour"].categories] == ["red", "blue"]
    assert instrument["grade"].parse("2") == 2
    required = instrument["grade"].required
    assert required is not None
    assert required.source == "Svar på spørgsmålet, før du går videre."
    assert instrument["more"].relevance is not None


FOREIGN = [
    ({"type": "geopoint"}, "survey row 8, type", "There is no question of type “geopoint”."),
    ({"type": "start"}, "survey row 8, type", "“start” would say who answers, or when."),
    ({"type": "deviceid"}, "survey row 8, type", "“deviceid” would say who answers"),
    ({"type": "note"}, "survey row 8, type", "A note is no question."),
    ({"type": "select_one shades"}, "survey row 8, type", "There is no list “shades”"),
    ({"type": "select_one colours or_other"}, "survey row 8, type", "There is no list"),
    ({"type": "begin_repeat"}, "survey row 8, type", "There is no question of type"),
    ({"name": "Alder!"}, "survey row 8, name", "“Alder!” is no name for a question."),
    ({"constraint": ""}, "survey row 8, constraint", "The limits are missing"),
    ({"constraint": ". > 18"}, "survey row 8, constraint", "The limits are missing"),
    ({"required": "${grade} > 1"}, "survey row 8, required", "It depends on something."),
    (
        {"relevant": "${grade} > 1"},
        "survey row 8, relevant",
        "The condition cannot be carried: “>”",
    ),
    ({"relevant": "${grade} + 1 = 2"}, "survey row 8, relevant", "The condition cannot be carried"),
    ({"relevant": "${grade} ="}, "survey row 8, relevant", "The condition cannot be carried"),
    ({"relevant": "not(${grade} = '1')"}, "survey row 8, relevant", "The condition cannot be"),
    ({"relevant": "count(${grade}) = '1'"}, "survey row 8, relevant", "The condition cannot be"),
    ({"calculation": "1 + 1"}, "survey row 8, calculation", "An instrument has no “calculation”."),
    ({"default": "18"}, "survey row 8, default", "An instrument has no “default”."),
    ({"label::Klingon (tlh)": "nuq"}, "the heading label::Klingon (tlh)", "“Klingon (tlh)” is no"),
]


@pytest.mark.parametrize(("change", "path", "cause"), FOREIGN, ids=[str(row[0]) for row in FOREIGN])
def test_what_an_instrument_cannot_carry_is_named_with_its_row(
    change: dict[str, object], path: str, cause: str
) -> None:
    rows = [
        row | change if row["name" if "name" in row else "type"] == "age" else row for row in SURVEY
    ]
    with pytest.raises(InvalidDefinition) as refusal:
        from_xlsform(workbook(rows))
    assert any(one.path == path and one.cause.startswith(cause) for one in refusal.value.defects), (
        refusal.value.defects
    )
    assert all(one.remedy for one in refusal.value.defects)


def test_everything_that_cannot_be_carried_is_told_at_once() -> None:
    rows = [*SURVEY, {"type": "today", "name": "day"}, {"type": "image", "name": "face"}]
    with pytest.raises(InvalidDefinition) as refusal:
        from_xlsform(workbook(rows))
    assert [one.path for one in refusal.value.defects] == [
        "survey row 10, type",
        "survey row 11, type",
    ]


def test_a_group_with_a_condition_or_in_a_group_is_refused() -> None:
    rows = [dict(row) for row in SURVEY]
    rows[2]["relevant"] = "${grade} = '1'"
    rows.insert(3, {"type": "begin_group", "name": "inner", "label": "Inde"})
    with pytest.raises(InvalidDefinition) as refusal:
        from_xlsform(workbook(rows))
    assert [one.cause for one in refusal.value.defects] == [
        "A group has no condition.",
        "A group stands in another group.",
    ]


def test_what_is_missing_is_told() -> None:
    with pytest.raises(InvalidDefinition) as refusal:
        from_xlsform(workbook(SURVEY[2:], settings=[]))
    assert {one.path for one in refusal.value.defects} >= {"purpose", "next_step", "name"}


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"name;label", b"\x00" * 100, b"x" * 3_000_000]
)
def test_what_is_no_workbook_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InvalidDefinition) as refusal:
        from_xlsform(content)
    assert [one.path for one in refusal.value.defects] == ["workbook"]


def test_a_workbook_without_questions_is_refused() -> None:
    with pytest.raises(InvalidDefinition):
        from_xlsform(workbook([]))
    book = load_workbook(BytesIO(workbook()))
    book.remove(book["survey"])
    without = BytesIO()
    book.save(without)
    with pytest.raises(InvalidDefinition, match="no sheet “survey”"):
        from_xlsform(without.getvalue())


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    document = shipped("ungeplan").replace("Din plan\n", "'=1+1'\n")
    assert "=1+1" in document
    assert parse(from_xlsform(to_xlsform(document))) == parse(document)


def test_the_command_line_exports_and_imports(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, make_sqlite: Callable[[], str]
) -> None:
    from pathlib import Path

    from click.testing import CliRunner

    from webapp.cli import hoert

    monkeypatch.setenv("DATABASE_URL", make_sqlite())
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    folder = Path(str(tmp_path))
    book, document = folder / "f.xlsx", folder / "f.yaml"

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(hoert, ["instrument", *words])
        return done.exit_code, done.stderr

    assert run("export", "flygtninge", "--output", str(book))[0] == 0
    assert run("import", str(book), "--output", str(document))[0] == 0
    assert parse(document.read_text("utf-8")) == parse(shipped("flygtninge"))
    assert run("export", str(document), "--output", str(book))[0] == 0
    book.write_bytes(workbook([*SURVEY, {"type": "today", "name": "day"}]))
    status, said = run("import", str(book))
    assert status == 1
    assert "survey row 10, type: “today” would say who answers, or when. Remove the row" in said
    assert run("import", str(folder / "nothing.xlsx"))[0] == 1
