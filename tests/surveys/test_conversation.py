"""The conversation that Telegram and the web chat share, on real databases."""

import json

import pytest
from sqlalchemy import text

from surveys import ballot, fieldwork, keys
from surveys.chat import Screen
from surveys.database import Database
from tests.conftest import Clock
from tests.surveys.phones import SECRET, Phone, answer_all, drafts, inbox, link


@pytest.fixture
def five(sqlite: Database, clock: Clock) -> str:
    return link(sqlite, clock)


@pytest.fixture
def phone(sqlite: Database, clock: Clock) -> Phone:
    return Phone(sqlite, clock)


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
        "caseworker": None,
    }
    assert drafts(database) == 0


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


@pytest.mark.parametrize("mode", ["telegram", "chat"])
def test_the_chat_says_what_an_own_link_leads_to(sqlite: Database, clock: Clock, mode: str) -> None:
    with sqlite.transaction() as session:
        wave = fieldwork.open_wave(
            session, "samtalefeedback", "A", opens_at=clock(), anonymity="confidential"
        )
        (token,) = fieldwork.invite(session, wave, 1)
        code = fieldwork.link_to(session, wave)
    said = []
    for typed in (token, code):
        phone = Phone(sqlite, clock, mode)
        phone.type(f"/start {typed}")
        phone.press("Dansk")
        first = phone.last.text
        phone.type("/privatliv")
        said.append([first, phone.screen[-2].text])
    own = "Kun få medarbejdere kan se, at det er dit."
    assert [own in text for text in said[0]] == [True, True]
    assert not any(own in text for text in said[1])


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
