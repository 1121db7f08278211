"""Answers given elsewhere: three products' exports, their traps, and all or nothing."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from surveys import extract, history, spreadsheet
from surveys.database import Database
from surveys.definition import catalogue
from surveys.errors import UnusableRows
from surveys.history import DayOrder, Earlier, Numbers
from surveys.instrument import Missing

SURVEY = "borgerinddragelse"
POSITIVE = "I hvor høj grad oplever du kontakten med Jobcentret som positiv?"


def understood(
    content: bytes | str, numbers: Numbers | None = None, order: DayOrder = DayOrder.DAY_FIRST
) -> list[Earlier]:
    table = spreadsheet.read(content.encode() if isinstance(content, str) else content)
    instrument = catalogue()[SURVEY]
    found = history.columns(table, instrument, {})
    return list(history.read(table, instrument, found, numbers=numbers, order=order))


def problems(content: bytes | str, numbers: Numbers | None = None) -> list[tuple[str, int | None]]:
    with pytest.raises(UnusableRows) as refused:
        understood(content, numbers)
    return [(one.code, one.row) for one in refused.value.problems]


def test_words_are_read_whatever_the_heading_is() -> None:
    rows = "I høj grad;Fint;18-09-2025\nVed ikke;;19-09-2025\n;Tak;\n"
    for heading in (
        "positive;good;Dato",
        f"{POSITIVE};good;Dato",
        f"positive. {POSITIVE};good;Dato",
    ):
        first, second, third = understood(f"{heading}\n{rows}")
        assert first.raws == {"positive": "4", "good": "Fint"}
        assert first.day == date(2025, 9, 18)
        assert second.raws in ({"positive": Missing.DONT_KNOW.value}, {})
        assert third.raws == {"good": "Tak"}
        assert third.day is None


def test_a_number_under_a_questions_text_is_never_guessed() -> None:
    content = f"{POSITIVE};good\n1;Fint\n"
    assert problems(content) == [("numbers_unclear", 2)]
    assert understood(content, Numbers.PLACES)[0].raws["positive"] == "5"
    assert understood(content, Numbers.CODES)[0].raws["positive"] == "1"
    assert understood("positive;good\n1;Fint\n")[0].raws["positive"] == "1"


def test_limesurveys_codes_are_places() -> None:
    content = "positive;submitdate\nA1;2025-09-18 10:23:11\nAO05;1980-01-01 00:00:00\n"
    first, last = understood(content)
    assert (first.raws["positive"], first.day) == ("5", date(2025, 9, 18))
    assert (last.raws["positive"], last.day) == ("1", None)


def test_enalyzers_days_have_the_month_first() -> None:
    content = "positive;Dato\nI høj grad;09-18-2025\n"
    assert problems(content) == [("not_a_day", 2)]
    assert understood(content, order=DayOrder.MONTH_FIRST)[0].day == date(2025, 9, 18)


def test_excels_days_are_read_as_days_and_as_numbers() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["positive", "Dato"], [5, date(2025, 9, 18)], [4, 45918]):
        page.append(row)
    kept = BytesIO()
    book.save(kept)
    assert [one.day for one in understood(kept.getvalue())] == [date(2025, 9, 18)] * 2


def test_a_multiple_choice_may_be_one_column_or_one_for_each_category() -> None:
    codes = [one.code for one in catalogue()[SURVEY]["offers"].categories][:2]
    labels = [one.label("da") for one in catalogue()[SURVEY]["offers"].categories][:2]
    one = understood(f'offers\n"{labels[0]}; {labels[1]}"\n')
    each = understood(f"offers[{codes[0]}];offers [{labels[1]}]\nY;Ja\n")
    assert one[0].raws["offers"] == each[0].raws["offers"] == codes
    assert understood(f"offers[{codes[0]}];positive\n0;5\n")[0].raws == {"positive": "5"}


def test_every_bad_row_is_named_and_nothing_is_taken_in() -> None:
    content = "positive;Dato\nI høj grad;18-09-2025\nMåske;18-09-2025\n7;31-02-2025\n"
    assert problems(content) == [("unknown_answer", 3), ("unknown_answer", 4), ("not_a_day", 4)]
    assert problems("navn;alder\nx;4\n") == [("no_item_column", 1)]


def test_what_is_taken_in_is_a_closed_wave_with_masked_texts(database: Database) -> None:
    rows = "".join(
        f"{4 + number % 2};Ring til 48 10 01 00;{10 + number}-09-2025;Team A\n"
        for number in range(7)
    )
    earlier = understood(f"positive;good;Dato;Enhed\n{rows}")
    with database.transaction() as session:
        history.keep(session, SURVEY, "Efterår 2025", earlier, ended=date(2025, 9, 30), invited=9)
    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY, "Efterår 2025")
        assert (wave.received, wave.waiting, wave.responses, wave.invited) == (7, 0, 7, 9)
        assert wave.closes_at is not None
        assert wave.anonymity == "confidential"
        texts = [comment.body for comment in extract.comments(session, wave.id)]
        assert len(texts) == 7
        assert not any("48 10" in text for text in texts)


def test_an_answer_after_the_end_is_a_mistake(database: Database) -> None:
    earlier = understood("positive;Dato\n5;18-09-2025\n")
    with database.transaction() as session, pytest.raises(ValueError, match="later"):
        history.keep(session, SURVEY, "x", earlier, ended=date(2025, 9, 1))
