"""What a chat promises beside the questions: to remind once, to care, to forget."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from surveys import definition, fieldwork, sitting
from surveys.chat import Reminded, Screen, Typed
from surveys.database import Database
from tests.conftest import Clock
from tests.surveys.phones import Phone, answer_all, drafts, inbox, link

MORROW = "Mind mig om det i morgen"


@pytest.fixture
def five(sqlite: Database, clock: Clock) -> str:
    return link(sqlite, clock)


@pytest.fixture
def phone(sqlite: Database, clock: Clock) -> Phone:
    return Phone(sqlite, clock)


def test_a_reminder_comes_only_when_it_was_asked_for(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.type("/stop")
    turn = phone.press(MORROW)
    assert turn.reminds
    assert phone.last.text.startswith("Vi minder dig om det i morgen. Vi gør det kun én gang.")
    turn = phone.do(Reminded())
    assert not turn.reminds
    assert phone.last.text.startswith("Du bad os minde dig om spørgsmålene.")
    phone.press("Fortsæt")
    assert phone.last.text.startswith("2 af 5")


def test_any_other_turn_calls_the_reminder_off(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.type("/stop")
    assert phone.press(MORROW).reminds
    assert not phone.type("hej").reminds


def test_nobody_is_reminded_of_what_is_gone(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.type("/stop")
    phone.press(MORROW)
    phone.type("/slet")
    before = list(phone.screen)
    assert phone.do(Reminded()).replies == ()
    assert phone.screen == before


def test_our_own_page_cannot_remind_and_does_not_offer_it(
    sqlite: Database, clock: Clock, five: str
) -> None:
    phone = Phone(sqlite, clock, "chat")
    phone.arrive(five)
    phone.type("/stop")
    assert "Gem til senere" in phone.labels
    assert MORROW not in phone.labels


def test_a_survey_that_is_not_for_telegram_says_where_it_is(
    phone: Phone, sqlite: Database, clock: Clock, five: str
) -> None:
    with sqlite.transaction() as session:
        fieldwork.allow_telegram(session, "borgerinddragelse", allowed=False)
    phone.type(f"/start {five}")
    assert phone.last.text.startswith("Du kan ikke svare på det her i Telegram.")
    [[button]] = phone.last.rows
    assert button.url == f"http://127.0.0.1:8000/s/{five}"
    assert phone.place.screen is Screen.NOTHING
    page = Phone(sqlite, clock, "chat")
    page.arrive(five)
    assert page.last.text.startswith("1 af 5")


def test_switching_it_off_disturbs_nobody_who_has_begun(
    phone: Phone, sqlite: Database, clock: Clock, five: str
) -> None:
    late = Phone(sqlite, clock)
    late.type(f"/start {five}")
    late.press("Dansk")
    phone.arrive(five)
    with sqlite.transaction() as session:
        fieldwork.allow_telegram(session, "borgerinddragelse", allowed=False)
    answer_all(phone)
    phone.press("Send svar")
    assert len(inbox(sqlite)) == 1
    late.press("Start")
    assert late.last.text.startswith("Du kan ikke svare på det her i Telegram.")
    assert drafts(sqlite) == 0
    with sqlite.transaction() as session:
        fieldwork.allow_telegram(session, "borgerinddragelse", allowed=True)
    late.arrive(five)
    assert late.last.text.startswith("1 af 5")


def test_the_rest_of_a_text_that_was_cut_is_no_answer(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("Spring over")
    phone.press("Spring over")
    assert phone.do(Typed("å" * 4096, at=1000)).refused
    shown = list(phone.screen)
    assert phone.do(Typed("resten", at=1001)).replies == ()
    assert phone.screen == shown
    phone.do(Typed("Kort", at=1002))
    assert phone.last.text.startswith("4 af 5")


def test_where_its_beginning_was_an_answer_the_citizen_is_told(
    sqlite: Database, clock: Clock
) -> None:
    document = definition.shipped("borgerinddragelse")
    document = document.replace("    kind: text", "    maximum: 4000\n    kind: text")
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, "borgerinddragelse", clock())
        version = fieldwork.publish(session, document.replace("version: 1", "version: 2"))
        session.execute(text("UPDATE wave SET instrument_version_id = :v"), {"v": version})
    phone = Phone(sqlite, clock)
    phone.arrive(code)
    phone.press("Spring over")
    phone.press("Spring over")
    phone.do(Typed("ord " * 900, at=1000))
    assert phone.last.text.startswith("4 af 5")
    phone.do(Typed("æ" * 3000, at=1000))
    assert phone.last.text.startswith("Din tekst var for lang. Vi fik kun det første af den.")
    phone.do(Typed("ø" * 300, at=1001))
    assert phone.last.text.count("4 af 5") == 1
    phone.do(Typed("Noget andet", at=1005))
    assert phone.last.text.startswith("5 af 5")


@pytest.mark.parametrize("mode", ["telegram", "chat"])
def test_dark_words_are_met_with_whom_to_call_and_then_the_next_question(
    sqlite: Database, clock: Clock, five: str, mode: str
) -> None:
    phone = Phone(sqlite, clock, mode)
    phone.arrive(five)
    phone.press("Spring over")
    phone.press("Spring over")
    turn = phone.type("Jeg vil ikke leve mere")
    care, question = turn.replies[-2:]
    assert "112" in care.text
    assert "70 201 201" in care.text
    assert care.rows == ()
    assert question.text.startswith("4 af 5")
    assert [notice.code for notice in turn.notices][:2] == ["care_title", "care_danger"]
    with sqlite.snapshot() as session:
        kept = session.execute(text("SELECT * FROM draft")).one()
    assert "care" not in str(kept) + phone.place.dumps()
    assert len(phone.type("Godt nok").replies) == 2


def test_dark_words_are_heard_wherever_they_come(phone: Phone, five: str) -> None:
    assert "70 201 201" in phone.type("jeg vil dø").replies[0].text
    phone.arrive(five)
    turn = phone.type("jeg vil dø")
    assert "70 201 201" in turn.replies[-2].text
    assert phone.last.text.startswith("Tryk på en af knapperne")


def test_a_new_version_disturbs_no_open_interview(
    phone: Phone, sqlite: Database, clock: Clock, five: str
) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    newer = definition.shipped("borgerinddragelse").replace("version: 1", "version: 2")
    newer = newer.replace("lyttet til og forstået", "hørt")
    with sqlite.transaction() as session:
        version = fieldwork.publish(session, newer)
        session.execute(text("UPDATE wave SET instrument_version_id = :v"), {"v": version})
    clock.forward(days=9)
    assert "lyttet til og forstået" in phone.type("hej").replies[-1].text
    other = Phone(sqlite, clock)
    other.arrive(five)
    other.press("I høj grad")
    assert "hørt" in other.last.text


def test_what_is_open_goes_with_its_wave(
    phone: Phone, sqlite: Database, clock: Clock, five: str
) -> None:
    phone.arrive(five)
    page = Phone(sqlite, clock, "chat")
    page.arrive(five)
    with sqlite.transaction() as session:
        sitting.discard_closed(session, "telegram", clock())
    assert drafts(sqlite) == 2
    clock.forward(days=1)
    with sqlite.transaction() as session:
        wave = fieldwork.close_wave(session, "borgerinddragelse", clock())
        assert sitting.closed(session, [wave, wave + 1], clock() - timedelta(days=1)) == []
        assert sitting.closed(session, [wave, wave + 1], clock()) == [wave]
        sitting.discard_closed(session, "telegram", clock())
    assert drafts(sqlite) == 1
    assert phone.type("hej").replies
    phone.type(five)
    assert phone.last.text.startswith("Undersøgelsen er slut")
