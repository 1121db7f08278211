"""The conversation that Telegram and the web chat share, on real databases."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from surveys import ballot, definition, fieldwork, keys
from surveys.chat import Edited, Place, Pressed, Screen, Typed, Unreadable
from surveys.conversation import view
from surveys.database import Database
from tests.conftest import Clock
from tests.surveys.phones import SECRET, Phone


def link(database: Database, clock: Clock) -> str:
    """The code of an open link to Allerød's five questions."""
    with database.transaction() as session:
        return fieldwork.create_link(session, "borgerinddragelse", clock(), unit="Team A")


@pytest.fixture
def five(sqlite: Database, clock: Clock) -> str:
    return link(sqlite, clock)


@pytest.fixture
def phone(sqlite: Database, clock: Clock) -> Phone:
    return Phone(sqlite, clock)


def inbox(database: Database) -> list[dict]:
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars()
        return [json.loads(row) for row in rows]


def drafts(database: Database) -> int:
    with database.snapshot() as session:
        return session.execute(text("SELECT count(*) FROM draft")).scalar_one()


def answer_all(phone: Phone) -> None:
    """Allerød's five, from the first question to the summary."""
    phone.press("I høj grad")
    phone.press("Ved ikke")
    phone.type("Min rådgiver lytter. Ring på 22 33 44 55.")
    phone.press("Spring over")
    phone.press("CV og LinkedIn")
    phone.press("Andet")
    phone.press("Færdig")
    phone.type("Sprogkursus")


@pytest.mark.parametrize("mode", ["telegram", "chat"])
def test_a_whole_conversation_puts_one_answer_in_the_inbox(
    database: Database, clock: Clock, mode: str
) -> None:
    five = link(database, clock)
    phone = Phone(database, clock, mode)
    phone.type(f"/start {keys.spelled(five).lower()}")
    assert phone.labels[0] == "Dansk"
    assert "English" in phone.labels
    phone.press("Dansk")
    assert phone.last.text.startswith("Allerød Kommune spørger for at blive bedre.")
    phone.press("Start")
    assert phone.last.text.startswith("1 af 5\n\nI hvor høj grad oplever du kontakten")
    assert phone.labels == [
        "I meget høj grad",
        "I høj grad",
        "I nogen grad",
        "I mindre grad",
        "Slet ikke",
        "Ved ikke",
        "Spring over",
    ]
    phone.press("I høj grad")
    assert phone.screen[-2].text.endswith("som positiv?\n\nDit svar: I høj grad")
    assert phone.screen[-2].rows == ()
    assert phone.last.text.startswith("2 af 5")
    phone.press("Ved ikke")
    phone.type("Min rådgiver lytter. Ring på 22 33 44 55.")
    assert "Vi har fjernet et telefonnummer." in phone.last.text
    assert "Vi gemmer ikke den slags." in phone.last.text
    assert "4 af 5" in phone.last.text
    phone.press("Spring over")
    assert phone.screen[-2].text.endswith("Dit svar: Sprunget over")
    phone.press("CV og LinkedIn")
    assert "✓ CV og LinkedIn" in phone.labels
    assert "5 af 5" in phone.last.text
    phone.press("Andet")
    phone.press("Mindfulness")
    phone.press("✓ Mindfulness")
    phone.press("Færdig")
    assert "Hvilket tilbud tænker du på?" in phone.last.text
    phone.type("Sprogkursus")
    assert phone.last.text.startswith("Tjek dine svar")
    assert "22 33" not in phone.last.text
    assert inbox(database) == []
    phone.press("Send svar")
    assert phone.last.text.startswith("Tak for dit svar.")
    assert "Så bruger vi dem, når vi lægger planen for næste år." in phone.last.text
    assert "12 34 56 78" in phone.last.text
    [sent] = inbox(database)
    answers = json.loads(sent.pop("answers"))
    assert answers["positive"] == {"value": "4"}
    assert answers["offers__other"] == {"value": "Sprogkursus"}
    assert answers["offers"] == {"value": ["cv", "other"]}
    assert answers["heard"] == {"missing": "dont_know"}
    assert answers["better"] == {"missing": "skipped"}
    assert "22 33" not in answers["good"]["value"]
    receipt = sent.pop("receipt")
    shown = phone.last.text.split("Din kvittering er ")[1].split(".")[0]
    assert keys.receipt_hash(shown).hex() == receipt
    assert sent == {
        "mode": mode,
        "language": "da",
        "week": ballot.week(clock()),
        "unit": "Team A",
        "course": None,
    }
    assert drafts(database) == 0


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


def test_back_change_and_the_language_keep_every_answer(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.press("Tilbage")
    assert phone.last.text.startswith("1 af 5")
    assert phone.last.text.endswith("Dit svar: I høj grad")
    phone.press("Slet ikke")
    assert phone.last.text.startswith("2 af 5")
    phone.type("/sprog")
    phone.press("English")
    assert phone.last.text.startswith("2 of 5")
    phone.press("To a high degree")
    phone.type("/tilbage")
    assert "To a high degree" in phone.last.text
    phone.type("/sprog")
    phone.press("Dansk")
    phone.press("I høj grad")
    phone.type("Godt")
    phone.type("/spring")
    phone.press("Spring over")
    phone.press("Ret")
    assert phone.last.text == "Hvilket svar vil du rette?"
    phone.press("3. Hvad har fungeret godt i din kontakt…")
    assert phone.last.text.endswith("Dit svar: Godt")
    phone.type("Meget godt")
    assert phone.last.text.startswith("Tjek dine svar")
    assert "Slet ikke" in phone.last.text
    assert "Meget godt" in phone.last.text


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


def test_stop_keep_and_come_back(phone: Phone, five: str, clock: Clock) -> None:
    phone.arrive(five)
    phone.type("/stop")
    assert "Send det, jeg har svaret" not in phone.labels
    phone.press("Fortsæt")
    phone.press("I høj grad")
    phone.type("/stop")
    phone.type("Jeg gider ikke mere")
    assert phone.last.text == "Tryk på en af knapperne for at svare."
    phone.type("/stop")
    phone.press("Gem til senere")
    assert phone.last.text.startswith("Vi har gemt dine svar.")
    clock.forward(days=9)
    phone.type("hej")
    assert phone.last.text.startswith("2 af 5")


def test_stop_and_send_what_there_is(phone: Phone, five: str, sqlite: Database) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.type("/stop")
    phone.press("Send det, jeg har svaret")
    assert phone.last.text.startswith("Tak")
    answers = json.loads(inbox(sqlite)[0]["answers"])
    assert answers["positive"] == {"value": "4"}
    assert answers["heard"] == {"missing": "not_reached"}


@pytest.mark.parametrize("how", ["/slet", "button"])
def test_delete_leaves_nothing(phone: Phone, five: str, sqlite: Database, how: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    if how == "/slet":
        phone.type("/slet")
    else:
        phone.type("/stop")
        phone.press("Slet mine svar")
    assert phone.last.text == "Dine svar er slettet. Vi har ikke gemt noget."
    assert drafts(sqlite) == 0
    assert phone.place.screen is Screen.NOTHING
    assert phone.place.code == ""


def test_declining_stores_nothing(phone: Phone, five: str, sqlite: Database) -> None:
    phone.type(f"/start {five}")
    phone.press("Dansk")
    phone.press("Nej tak")
    assert phone.last.text.startswith("Det er helt i orden.")
    assert drafts(sqlite) == 0
    assert phone.place.screen is Screen.NOTHING


def test_start_in_the_middle_asks(phone: Phone, five: str) -> None:
    phone.arrive(five)
    phone.press("I høj grad")
    phone.type(f"/start {five}")
    assert phone.labels == ["Fortsæt", "Begynd forfra"]
    phone.press("Fortsæt")
    assert phone.last.text.startswith("2 af 5")
    phone.type("/start")
    phone.press("Begynd forfra")
    assert phone.last.text.startswith("1 af 5")
    assert "Dit svar" not in phone.last.text


def test_another_code_in_the_middle_opens_the_other_survey_only_when_asked(
    phone: Phone, five: str, sqlite: Database, clock: Clock
) -> None:
    with sqlite.transaction() as session:
        other = fieldwork.create_link(session, "samtalefeedback", clock())
    phone.arrive(five)
    phone.press("I høj grad")
    phone.type(f"/start {other}")
    phone.press("Begynd forfra")
    phone.press("Dansk")
    phone.press("Start")
    assert "Var formålet med samtalen klart" in phone.last.text
    assert drafts(sqlite) == 1


def test_a_code_again_after_sending(phone: Phone, five: str, sqlite: Database) -> None:
    phone.arrive(five)
    answer_all(phone)
    phone.press("Send svar")
    for said in (f"/start {five}", five, "hej"):
        phone.type(said)
        assert phone.last.text.startswith("Vi har allerede dit svar")
    phone.press("Jeg vil svare om et nyt møde")
    phone.press("Dansk")
    phone.press("Start")
    answer_all(phone)
    phone.press("Send svar")
    assert len(inbox(sqlite)) == 2


@pytest.mark.parametrize("mode", ["telegram", "chat"])
def test_an_invitation_counts_once_however_it_is_used(
    database: Database, clock: Clock, mode: str
) -> None:
    five = link(database, clock)
    with database.transaction() as session:
        wave = fieldwork.admit(session, five, clock()).wave_id
        [token] = fieldwork.invite(session, wave, 1)
    first, second = Phone(database, clock, mode), Phone(database, clock, mode)
    for phone in (first, second):
        phone.arrive(token)
        answer_all(phone)
    first.press("Send svar")
    assert first.last.text.startswith("Tak")
    second.press("Send svar")
    assert second.last.text.startswith("Vi har allerede dit svar")
    assert len(inbox(database)) == 1
    assert drafts(database) == 0
    third = Phone(database, clock, mode)
    third.type(f"/start {token}")
    assert third.last.text.startswith("Vi har allerede dit svar")
    with database.snapshot() as session:
        kept = session.execute(text("SELECT token_hash FROM invitation")).scalars().all()
    assert token not in first.place.dumps()
    assert [bytes(row) for row in kept] == [keys.spend_hash(token)]


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


def test_the_language_may_be_changed_before_the_start(phone: Phone, five: str) -> None:
    phone.type(f"/start {five}")
    phone.press("Dansk")
    phone.type("/sprog")
    phone.press("English")
    assert phone.last.text.startswith("Allerød Kommune asks")
    phone.press("Start")
    assert phone.last.text.startswith("1 of 5")


def test_telegram_is_never_called_anonymous_and_the_web_chat_keeps_the_promise_of_the_wave(
    sqlite: Database, clock: Clock, five: str
) -> None:
    said = {}
    for mode in ("telegram", "chat"):
        phone = Phone(sqlite, clock, mode)
        phone.type(f"/start {five}")
        phone.press("Dansk")
        phone.type("/privatliv")
        said[mode] = phone.screen[-2].text + phone.last.text
    assert "Det er fortroligt." in said["telegram"]
    assert "Dit svar er anonymt." not in said["telegram"]
    assert "Dit svar er anonymt." in said["chat"]
    assert "Telegram" not in said["chat"]


def test_the_first_message_is_about_eight_short_sentences(
    sqlite: Database, clock: Clock, five: str
) -> None:
    for mode in ("telegram", "chat"):
        phone = Phone(sqlite, clock, mode)
        phone.type(f"/start {five}")
        phone.press("Dansk")
        sentences = [s for s in phone.last.text.replace("\n", " ").split(". ") if s]
        assert 7 <= len(sentences) <= 13, sentences
        assert max(len(s.split()) for s in sentences) <= 14


def test_no_receipt_can_be_found_from_what_is_stored(
    phone: Phone, five: str, sqlite: Database
) -> None:
    """Whoever has the sqlite and the secret must not be able to pair invitation and answer."""
    phone.arrive(five)
    answer_all(phone)
    phone.press("Send svar")
    with sqlite.snapshot() as session:
        [spent] = session.execute(text("SELECT token_hash FROM invitation")).scalars()
    guesses = {bytes(spent).hex(), phone.desk.key.hex(), phone.place.sent, phone.place.dumps()}
    hashes = {keys.receipt_hash(keys.receipt(SECRET, guess)).hex() for guess in guesses}
    assert inbox(sqlite)[0]["receipt"] not in hashes


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


@pytest.mark.parametrize("name", definition.catalogue())
def test_every_instrument_fits_a_telegram_message_in_every_language(
    sqlite: Database, clock: Clock, name: str
) -> None:
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, name, clock())
        instrument = fieldwork.admit(session, code, clock()).instrument
    for language in instrument.languages:
        phone = Phone(sqlite, clock)
        phone.type(f"/start {code}")
        shown = [phone.last]
        choices = [b for row in phone.last.rows for b in row if b.data.endswith(f":{language}")]
        if choices:
            phone.do(Pressed(choices[0].data))
            shown.append(phone.last)
        phone.do(Pressed(phone.last.rows[0][0].data))
        for _ in range(3 * len(instrument)):
            shown.append(phone.last)
            if phone.last.field is not None:
                phone.type("7")
                continue
            first = phone.last.rows[0][0]
            phone.do(Pressed(first.data))
            if first.data.startswith("t:"):
                shown.append(phone.last)
                phone.do(
                    Pressed(next(b.data for r in phone.last.rows for b in r if b.data[0] == "f"))
                )
            if phone.place.screen is Screen.SENT:
                break
        assert phone.place.screen is Screen.SENT
        for reply in shown:
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
