"""What respondents may ask of us: the pages that invitations and receipts lead to."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from surveys import extract, fieldwork, frame, invitations, keys, turnout, wording
from surveys.frame import Member, Reading
from surveys.invitations import Letter, Outcome
from surveys.turnout import State
from tests.conftest import Clock
from tests.webapp.conftest import SECRET, Office
from tests.webapp.visitor import Visitor

RECEIPT = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def letters(office: Office) -> tuple[int, Sequence[Letter]]:
    wave = office.wave("borgerinddragelse", closes_at=office.clock() + timedelta(days=28))
    with office.database.transaction() as session:
        members = tuple(Member(f"A{number}") for number in range(6))
        frame.take(session, wave, Reading({}, members, ()))
        return wave, invitations.invite(session, wave, SECRET, office.clock())


class Person(Visitor):
    """A visitor to pages whose form has one button without a name."""

    def send(self) -> "Person":
        form = self.page.all("form")[0]
        self.post(form["action"], self.body(form))
        return self


def visitor(app: Flask) -> Person:
    return Person(app.test_client())


def state(office: Office, wave: int) -> dict[State, int]:
    with office.database.snapshot() as session:
        counts = turnout.states(session, wave, office.clock()).counts
    return {one: n for one, n in counts.items() if n}


@pytest.mark.parametrize("spelled", ["token", "code", "aloud"])
def test_a_letters_link_and_code_open_the_same_invitation(
    app: Flask, office: Office, letters: tuple[int, Sequence[Letter]], spelled: str
) -> None:
    wave, (letter, *_) = letters
    person = visitor(app)
    if spelled == "token":
        person.get(f"/s/{letter.token}")
    else:
        aloud = keys.spelled(letter.code).lower().replace("-", " ")
        person.post("/", {"code": letter.code if spelled == "code" else aloud})
    assert person.path == "/svar"
    person.press("check").press("send")
    assert person.path == "/tak"
    assert state(office, wave) == {State.ANSWERED: 1, State.UNOPENED: 5}
    for again in (letter.token, letter.code):
        assert visitor(app).get(f"/s/{again}").heading == "Vi har allerede dit svar"


@pytest.mark.parametrize("anonymity", ["anonymous", "confidential", "identified"])
def test_what_is_said_of_an_own_link_is_what_is_done(
    app: Flask, office: Office, anonymity: str
) -> None:
    token = office.invitation(anonymity=anonymity)
    person = visitor(app).get(f"/s/{token}")
    said = {
        "anonymous": "Dit svar er anonymt. Ingen kan se, at det er dig.",
        "confidential": "Dit svar er fortroligt. Kun få medarbejdere kan se, at det er dit.",
        "identified": "Dit svar bliver gemt med dit navn.",
    }
    assert [one for one in said if said[one] in person.text] == [anonymity]
    person.press("check").press("send")
    office.close()
    with office.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback").id
        if anonymity == "anonymous":
            assert not extract.is_named(session, wave)
        else:
            assert set(extract.by_invitation(session, wave)) == {keys.spend_hash(token)}


def test_a_persons_own_code_opens_the_chat_as_well(
    app: Flask, letters: tuple[int, Sequence[Letter]]
) -> None:
    _, (letter, *_) = letters
    person = visitor(app).get(f"/chat/{letter.code}")
    assert (person.path, person.status) == ("/chat", 200)


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_state_has_its_own_plain_page(
    app: Flask, office: Office, clock: Clock, letters: tuple[int, Sequence[Letter]], language: str
) -> None:
    wave, sent = letters
    answered, refused, moved, withdrawn, opened, unopened = sent
    visitor(app).get(f"/s/{answered.token}").press("check").press("send")
    with office.database.transaction() as session:
        outcomes = {
            refused.reference: Outcome.REFUSED,
            moved.reference: Outcome.UNDELIVERABLE,
            withdrawn.reference: Outcome.WITHDRAWN,
        }
        invitations.record(session, wave, SECRET, outcomes, clock())

    def page(letter: Letter) -> tuple[str, int]:
        found = visitor(app).get(f"/s/{letter.token}?lang={language}")
        assert found.page.all("html")[0]["lang"] == language
        return found.heading, found.status

    form = page(unopened)[0]
    say = partial(wording.say, language=language)
    assert page(opened) == page(moved) == (form, 200)
    assert page(answered) == (say("already_title"), 200)
    assert page(refused) == (say("declined_title"), 200)
    assert page(withdrawn) == (say("withdrawn_title"), 410)
    clock.forward(days=28)
    assert page(unopened) == page(opened) == (say("closed_title"), 410)
    assert page(answered) == (say("already_title"), 200)


def test_who_says_no_thank_you_is_left_in_peace_and_may_answer_after_all(
    app: Flask, office: Office, letters: tuple[int, Sequence[Letter]]
) -> None:
    wave, (letter, *_) = letters
    person = visitor(app).get(f"/s/{letter.token}")
    assert "Jeg vil ikke svare" in person.text
    assert person.get("/nej-tak").heading == "Vil du ikke svare?"
    assert person.press("answer", "yes").path == "/svar"
    person.get("/nej-tak").press("answer", "no")
    assert (person.path, person.heading) == ("/nej-tak", "Tak, fordi du sagde til")
    assert state(office, wave) == {State.REFUSED: 1, State.UNOPENED: 5}
    assert visitor(app).get(f"/s/{letter.token}").path == "/nej-tak"
    assert person.press("answer", "yes").path == "/svar"
    assert state(office, wave) == {State.UNOPENED: 6}
    person.press("check").press("send")
    assert visitor(app).get(f"/s/{letter.token}").heading == "Vi har allerede dit svar"


def test_nobody_declines_what_they_do_not_hold(app: Flask, office: Office) -> None:
    assert visitor(app).get("/nej-tak").path == "/"
    link = office.link()
    person = visitor(app).get(f"/s/{link}")
    assert "Jeg vil ikke svare" not in person.text
    assert person.get("/nej-tak").path == "/"


def test_a_receipt_deletes_its_answer_and_no_other_code_does(app: Flask, office: Office) -> None:
    link = office.link()
    people = [visitor(app).get(f"/s/{link}") for _ in range(2)]
    for person in people:
        person.press("check").press("send")
    mine, other = (RECEIPT.findall(person.text)[0] for person in people)
    assert mine != other
    me = visitor(app).get("/slet").fill(receipt="").send()
    assert (me.status, "Skriv koden fra din kvittering." in me.text) == (422, True)
    for wrong in (f"{mine[:-1]}{'0' if mine[-1] != '0' else '1'}", "%", "K7QF2M9XTB"):
        me.fill(receipt=wrong).send()
        assert me.status == 422
        assert me.page.all("input", name="receipt")[0]["value"] == wrong
    assert me.fill(receipt=mine.lower()).send().heading == "Dit svar er slettet"
    me.get("/slet").fill(receipt=mine).send()
    assert me.status == 422
    with office.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
    assert (wave.received, wave.waiting, wave.erased) == (2, 1, 1)


def test_receipts_are_not_guessed_on(app: Flask, office: Office) -> None:
    link = office.link()
    person = visitor(app).get(f"/s/{link}").press("check").press("send")
    guesser = visitor(app)
    for _ in range(30):
        assert guesser.post("/slet", {"receipt": "AAAA-AAAA-AAAA"}).status == 422
    for receipt in ("AAAA-AAAA-AAAA", RECEIPT.findall(person.text)[0]):
        refused = guesser.post("/slet", {"receipt": receipt})
        assert refused.status == 429
        assert refused.response.headers["Retry-After"] == "300"


def test_the_privacy_page_says_how_long_things_live(app: Flask, office: Office) -> None:
    page = visitor(app).get("/privatliv")
    assert "Det, du skriver med dine egne ord: 2 år" in page.text
    assert "Alle andre svar: 5 år" in page.text
    office.wave("samtalefeedback")
    with office.database.transaction() as session:
        fieldwork.open_wave(
            session,
            "virksomhedsinddragelse",
            "1",
            opens_at=office.clock(),
            anonymity="confidential",
        )
    page = visitor(app).get("/privatliv?lang=en")
    assert "What you write in your own words: 1 year" in page.text
    assert "What you write in your own words: 2 years" in page.text
