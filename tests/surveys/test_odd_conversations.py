"""Old buttons, second taps, forged data, odd texts: each has an answer, and none changes much."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from surveys import definition, fieldwork
from surveys.chat import (
    Edited,
    Event,
    Place,
    Pressed,
    Reply,
    Screen,
    Turn,
    Typed,
    Unreadable,
)
from surveys.conversation import view
from surveys.database import Database
from tests.conftest import Clock
from tests.surveys.phones import Phone, answer_all, drafts, inbox, link


@pytest.fixture
def five(sqlite: Database, clock: Clock) -> str:
    return link(sqlite, clock)


@pytest.fixture
def phone(sqlite: Database, clock: Clock) -> Phone:
    return Phone(sqlite, clock)


def test_every_event_twice_changes_nothing(sqlite: Database, clock: Clock, five: str) -> None:
    """A double tap on each button: the same questions, the same answers, one response."""

    class Nervous(Phone):
        def press(self, label: str):
            on, data = self.last, self.button(label).data
            here = self.screen.index(on)
            turn = self.do(Pressed(data))
            before = list(self.screen)
            again = self.do(Pressed(data), on=self.screen[here])
            assert again.replies == (), (label, again.replies)
            assert self.screen == before
            return turn

    phone = Nervous(sqlite, clock)
    phone.arrive(five)
    answer_all(phone)
    phone.press("Send svar")
    assert phone.last.text.startswith("Tak")
    assert len(inbox(sqlite)) == 1


def test_an_older_button_corrects_its_own_question_and_disturbs_nothing(
    phone: Phone, five: str, sqlite: Database
) -> None:
    phone.arrive(five)
    first = phone.last
    phone.press("I høj grad")
    answered = phone.screen[-2]
    turn = phone.do(Pressed(phone.button("Slet ikke", first).data), on=answered)
    assert [reply.replaces for reply in turn.replies] == [True]
    assert phone.screen[-2].text.endswith("Dit svar: Slet ikke")
    assert phone.last.text.startswith("2 af 5")


def test_buttons_of_an_earlier_interview_have_expired(
    phone: Phone, five: str, sqlite: Database
) -> None:
    phone.arrive(five)
    old = phone.button("I høj grad").data
    phone.type("/slet")
    phone.do(Pressed(old))
    assert phone.last.text.startswith("Den knap virker ikke mere.")
    phone.arrive(five)
    phone.do(Pressed(old))
    assert phone.last.text.startswith("Den knap virker ikke mere. Her er vi nu:\n\n1 af 5")


@pytest.mark.parametrize(
    "data",
    ["", ":", "a", "a:x:y:z", "a::", "q" * 64, "a:{mark}:99:0", "a:{mark}:0:99",
     "t:{mark}:0:0", "c:{mark}:-1", "l:{mark}:xx", "z:{mark}", "n:{mark}", "f:{mark}:²", "\x00",
     "a:{mark}:0:0:0:0"],
)  # fmt: skip
def test_a_button_that_we_never_made_gets_an_answer(phone: Phone, five: str, data: str) -> None:
    phone.arrive(five)
    marked = phone.button("I høj grad").data.split(":")[1]
    turn = phone.do(Pressed(data.format(mark=marked)))
    assert turn.replies
    assert "af 5" in phone.last.text


def test_what_is_typed_where_a_button_is_due(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.type("hvad mener I?")
    assert phone.last.text.startswith("Tryk på en af knapperne for at svare.\n\n1 af 5")
    phone.type("i HØJ grad")
    assert phone.last.text.startswith("2 af 5")


@pytest.mark.parametrize("event", [Unreadable(), Edited(), Typed("  \x00\ud83d "), Typed("/hvad")])
def test_what_cannot_be_read_is_answered_and_stores_nothing(
    phone: Phone, five: str, event, sqlite: Database
) -> None:
    phone.do(event)
    assert phone.screen
    phone.arrive(five)
    phone.press("I høj grad")
    phone.press("I høj grad")
    turn = phone.do(event)
    assert turn.replies
    phone.type("Godt")
    assert phone.last.text.startswith("4 af 5")


def test_too_long_a_text_is_refused_and_nothing_of_it_kept(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.press("I høj grad")
    turn = phone.type("å" * 2001)
    assert turn.refused
    assert phone.last.text.startswith("Dit svar er for langt.")
    assert "3 af 5" in phone.last.text
    phone.type("Kort")
    assert phone.last.text.startswith("4 af 5")


def test_done_with_nothing_chosen_says_so(phone: Phone, five: str) -> None:
    phone.arrive(five)
    for _ in range(4):
        phone.press("Spring over")
    phone.press("Færdig")
    assert phone.toast == "not_a_choice"
    phone.press("CV og LinkedIn")
    phone.press("Færdig")
    assert phone.last.text.startswith("Tjek")


def test_codes_that_open_nothing(phone: Phone, database: Database, clock: Clock) -> None:
    five = link(database, clock)
    phone = Phone(database, clock)
    phone.type("/start QQQQQ-QQQQQ")
    assert phone.last.text.startswith("Vi kender ikke det link")
    phone.type("Er der nogen?")
    assert "Skriv den kode, du har fået." in phone.last.text
    phone.type("/start")
    assert "Skriv den kode, du har fået." in phone.last.text
    phone.arrive(five)
    phone.type("/start QQQQQ-QQQQQ")
    assert phone.last.text.startswith("Vi kender ikke det link")
    assert "1 af 5" in phone.last.text
    answer_all(phone)
    with database.transaction() as session:
        fieldwork.close_wave(session, "borgerinddragelse", clock() + timedelta(seconds=1))
    clock.forward(seconds=2)
    phone.press("Send svar")
    assert phone.last.text.startswith("Undersøgelsen er slut")
    assert drafts(database) == 0
    phone.type(five)
    assert phone.last.text.startswith("Undersøgelsen er slut")
    assert inbox(database) == []


def test_a_wave_that_opens_later_says_when(
    phone: Phone, sqlite: Database, clock: Clock, five: str
) -> None:
    with sqlite.transaction() as session:
        wave = fieldwork.open_wave(
            session, "samtalefeedback", "2027", opens_at=clock() + timedelta(days=20)
        )
        [token] = fieldwork.invite(session, wave, 1)
    phone.type(f"/start {token}")
    assert "Du kan svare fra den 08.12.2026." in phone.last.text


@pytest.mark.parametrize(
    "command", ["/sprog", "/tilbage", "/spring", "/stop", "/slet", "/privatliv", "/hjaelp"]
)
def test_every_command_is_answered_before_any_question_and_in_the_middle(
    phone: Phone, five: str, command: str
) -> None:
    assert phone.type(command).replies
    phone.type(f"/start {five}")
    assert phone.type(command).replies
    phone.type(f"/start {five}")
    phone.press("Dansk")
    phone.type(command)
    phone.type("/slet")
    phone.arrive(five)
    phone.press("I høj grad")
    assert phone.type(command + "@hoert_bot").replies


def test_a_second_window_that_sends_too_sees_the_same_thanks(
    database: Database, clock: Clock
) -> None:
    five = link(database, clock)
    phone = Phone(database, clock, "chat")
    phone.arrive(five)
    answer_all(phone)
    before, data = phone.place, phone.button("Send svar").data
    phone.do(Pressed(data))
    thanks = phone.last.text
    phone.place = before
    phone.do(Pressed(data))
    assert phone.place.screen is Screen.SENT
    assert phone.last.text == thanks
    assert len(inbox(database)) == 1


def test_a_form_names_the_question_it_was_written_for(
    sqlite: Database, clock: Clock, five: str
) -> None:
    phone = Phone(sqlite, clock, "chat")
    phone.arrive(five)
    for _ in range(2):
        phone.press("Spring over")
    phone.do(Typed("Det gode", item="good"))
    assert phone.last.text.startswith("4 af 5")
    phone.do(Typed("Det gode, igen", item="good"))
    assert phone.screen[-1].text.startswith("4 af 5") or phone.last.text.endswith("igen")
    phone.do(Typed("Ude af rækkefølge", item="offers"))
    assert "Det spørgsmål er vi forbi." in phone.last.text
    with sqlite.snapshot() as session:
        lines, reply = view(session, phone.desk, phone.place, clock())
    assert [line.text for line in lines if line.own] == [
        "Sprunget over",
        "Sprunget over",
        "Det gode, igen",
    ]
    assert reply.text.startswith("4 af 5")
    assert reply.field is not None
    assert reply.field.item == "better"


def test_a_lost_place_is_found_again_from_the_draft(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.place = Place()
    phone.press("Ved ikke")
    assert phone.last.text.startswith("3 af 5")


class Watched(Phone):
    """Keeps everything that was ever said."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.seen: list[Reply] = []

    def do(self, event: Event, on: Reply | None = None) -> Turn:
        turn = super().do(event, on)
        self.seen += turn.replies
        return turn

    def choose(self, verb: str) -> bool:
        """Press the first button that means this, if there is one."""
        found = [b.data for row in self.last.rows for b in row if b.data.startswith(verb)]
        if found:
            self.do(Pressed(found[0]))
        return bool(found)


@pytest.mark.parametrize("name", definition.catalogue())
def test_every_instrument_fits_a_telegram_message_in_every_language(
    sqlite: Database, clock: Clock, name: str
) -> None:
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, name, clock())
        instrument = fieldwork.admit(session, code, clock()).instrument
    assert len(instrument.languages) >= 2
    for language in instrument.languages:
        phone = Watched(sqlite, clock)
        phone.type(f"/start {code}")
        phone.place = Place(Screen.INTRO, language, code)
        phone.type("?")
        phone.choose("s:")
        for command in ("/privatliv", "/hjaelp", "/sprog", "/stop", "/start"):
            phone.type(command)
        phone.choose("g:")
        for _ in range(3 * len(instrument)):
            if phone.last.field is not None:
                phone.type("7")
                continue
            if phone.choose("r:"):
                phone.choose("w:")
            first = phone.last.rows[0][0]
            phone.do(Pressed(first.data))
            if first.data.startswith("t:"):
                phone.choose("f:")
            if phone.place.screen is Screen.SENT:
                break
        assert phone.place.screen is Screen.SENT
        assert phone.place.language == language
        for reply in phone.seen:
            assert 0 < len(reply.text.encode("utf-16-le")) // 2 <= 4096
            assert len(reply.rows) <= 100
            for row in reply.rows:
                for button in row:
                    assert 1 <= len(button.label) <= 64
                    assert len(button.data.encode()) <= 64


TEXTS = st.one_of(
    st.sampled_from(["/start", "/stop", "/tilbage", "/spring", "/sprog", "/slet", "/hjaelp"]),
    st.text(max_size=30),
    st.sampled_from(["I høj grad", "Godt", "å" * 3000, "010190-1234"]),
)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), TEXTS),
        st.tuples(st.just("press"), st.integers(0, 30)),
        st.tuples(st.just("old"), st.integers(0, 200)),
        st.tuples(st.just("again"), st.just(0)),
    ),
    max_size=25,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_whatever_is_done_something_is_said_and_the_books_balance(
    sqlite: Database, clock: Clock, deeds: list
) -> None:
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, "borgerinddragelse", clock())
    phone = Phone(sqlite, clock)
    phone.arrive(code)
    last = Pressed("")
    seen: list[str] = []
    for kind, what in deeds:
        seen += [b.data for row in phone.last.rows for b in row if b.data]
        here = [b.data for row in phone.last.rows for b in row if b.data]
        if kind == "type":
            assert phone.type(what).replies
            continue
        if kind == "press" and here:
            last = Pressed(here[what % len(here)])
        elif kind == "old" and seen:
            last = Pressed(seen[what % len(seen)])
        phone.do(last)
    with sqlite.snapshot() as session:
        spent = session.execute(text("SELECT count(*) FROM invitation WHERE spent")).scalar_one()
    assert spent == len(inbox(sqlite))
