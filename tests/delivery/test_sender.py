"""What is due leaves once, in the person's language, and what became of it is known."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from surveys import dispatch, fieldwork, frame, invitations, keys, panel, steps, turnout, wording
from surveys.companies import Company
from surveys.database import Database
from surveys.frame import Member, Reading
from surveys.invitations import Outcome
from surveys.steps import Sending, Step
from tests.conftest import Clock
from tests.delivery.mail_server import MailServer, mail_server
from tests.delivery.sms_server import TOKEN, SmsServer, sms_server
from tests.surveys.companies import MADE_UP
from tests.webapp.visitor import Visitor
from webapp import create_app
from webapp.delivery import mail, messages, sender, status
from webapp.delivery.failures import Unavailable
from webapp.delivery.journal import Busy, Journal
from webapp.letters import as_csv
from webapp.settings import Settings

SECRET = "k" * 40
PLACE = "Allerød Kommune"


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[SmsServer]:
    with sms_server() as server:
        yield server


@pytest.fixture
def settings(sqlite: Database, post: MailServer, gateway: SmsServer) -> Settings:
    return Settings(
        database_url=str(sqlite.url),
        secret_key=SECRET,
        municipality=PLACE,
        public_url="https://svar.alleroed.dk",
        delivery="smtp sms",
        smtp_host="127.0.0.1",
        smtp_port=post.port,
        mail_from=f"{PLACE} <svar@alleroed.dk>",
        gatewayapi_url=gateway.url,
        gatewayapi_token=TOKEN,
        sms_sender="Alleroed",
    )


def person(name: str, channel: str = "email", language: str = "da") -> Member:
    return Member(
        name,
        email=f"{name}@example.org" if channel == "email" else None,
        phone=f"+4520{int(name[1:]):06}" if channel == "sms" else None,
        channel=channel,
        language=language,
    )


def invited(
    database: Database, clock: Clock, *members: Member, anonymity: str = "anonymous"
) -> int:
    with database.transaction() as session:
        wave = fieldwork.open_wave(
            session,
            "borgerinddragelse",
            "2026",
            opens_at=clock(),
            closes_at=clock() + timedelta(days=28),
            anonymity=anonymity,
        )
        frame.take(session, wave, Reading({}, members, ()))
        steps.decide(session, "borgerinddragelse", Sending(automatic=True, rest_days=0))
        invitations.invite(session, wave, SECRET, clock())
    return wave


def deliver(settings: Settings, database: Database, clock: Clock) -> None:
    for way in sender.WAYS.values():
        sender.deliver(way, settings, database, clock)


def test_each_channel_gets_its_own_and_nobody_gets_two(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer, gateway: SmsServer
) -> None:
    invited(
        sqlite, clock, person("a1"), person("a2"), person("b3", "sms"), Member("c4", channel="card")
    )
    for _ in range(3):
        deliver(settings, sqlite, clock)
    assert post.counted() == {"a1@example.org": 1, "a2@example.org": 1}
    assert gateway.counted() == {"+4520000003": 1}
    [sms] = gateway.taken
    assert sms["callback_url"] == status.address(settings)
    assert sms["sender"] == "Alleroed"


def test_links_are_ours_and_no_word_tells_why_we_know_somebody(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer, gateway: SmsServer
) -> None:
    languages = [name for name in wording.languages() if not wording.is_draft(name)]
    members = [person(f"a{n}", "email", name) for n, name in enumerate(languages)]
    members += [person(f"b{n}", "sms", name) for n, name in enumerate(languages)]
    invited(sqlite, clock, *members)
    deliver(settings, sqlite, clock)
    clock.forward(days=5)
    deliver(settings, sqlite, clock)
    texts = [str(one["message"]) for one in gateway.taken]
    for message in post.messages():
        body = message.get_body()
        assert body is not None
        texts.append(f"{message['Subject']}\n{body.get_content()}")
    assert len(texts) == 4 * len(languages)
    for text in texts:
        links = re.findall(r"https?://\S+", text)
        assert links
        assert all(link.startswith("https://svar.alleroed.dk/") for link in links)
        if "Allerød Kommune vil gerne" in text or "would like" in text:
            reasons = "sag|ledig|syg|job|ydelse|kontant|dagpenge|møde|case|benefit|unemploy|meeting"
            assert not re.search(rf"\b(?:{reasons})", re.sub(r"https\S+", "", text.casefold()))
    for language, sms in zip(languages, gateway.taken, strict=False):
        made = messages.size(str(sms["message"]))
        assert sms["encoding"] == made.encoding
        assert made.parts == 1 or made.encoding == "UCS2", language


def test_an_sms_in_danish_is_one_part_with_a_way_to_say_no(
    settings: Settings, sqlite: Database, clock: Clock, gateway: SmsServer
) -> None:
    invited(sqlite, clock, person("b1", "sms"))
    deliver(settings, sqlite, clock)
    text = str(gateway.taken[0]["message"])
    assert len(text) <= 160
    assert "Nej tak: https://svar.alleroed.dk/nej-tak/" in text
    assert text.startswith("Allerød Kommune vil gerne høre, hvordan det går. Svar her: https://")


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "UTF8", 1),
        ("a" * 161, "UTF8", 2),
        ("€" * 80, "UTF8", 1),
        ("€" * 81, "UTF8", 2),
        ("ж" * 70, "UCS2", 1),
        ("ж" * 71, "UCS2", 2),
        ("😀" * 36, "UCS2", 2),
        ("a" * 307, "UTF8", 3),
    ],
)
def test_parts_are_counted_as_they_are_paid_for(text: str, encoding: str, parts: int) -> None:
    assert messages.size(text) == messages.Size(encoding, parts)


def test_the_way_out_works_from_a_message_and_from_a_mail_program(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer
) -> None:
    here = settings.model_copy(update={"public_url": "http://127.0.0.1"})
    app = create_app(here, clock)
    wave = invited(sqlite, clock, person("a1"), person("a2"), person("a3"))
    deliver(here, sqlite, clock)
    first, second, _ = (message["List-Unsubscribe"].strip(" <>") for message in post.messages())
    # A mail program's button
    path = first.removeprefix("http://127.0.0.1")
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.text) == (200, "")
    assert app.test_client().post("/nej-tak/" + "x" * 43).status_code == 404
    # A person, who reads first
    visitor = Visitor(app.test_client()).get(second.removeprefix("http://127.0.0.1"))
    assert visitor.path == "/nej-tak"
    visitor.post("/nej-tak", {"answer": "never"})
    assert "heller ikke om andet" in visitor.text
    with sqlite.transaction() as session:
        assert turnout.marks(session, wave)[Outcome.REFUSED] == 2
        steps.decide(session, "borgerinddragelse", Sending(automatic=True, rest_days=0))
        later = fieldwork.open_wave(session, "borgerinddragelse", "2027", opens_at=clock())
        members = (person("a1"), person("a2"), person("a3"))
        frame.take(session, later, Reading({}, members, ()))
        assert len(invitations.invite(session, later, SECRET, clock())) == 1
    # Who changes their mind is asked again
    visitor.post("/nej-tak", {"answer": "yes"})
    with sqlite.transaction() as session:
        assert len(invitations.invite(session, later, SECRET, clock())) == 1
    app.extensions["hoert"].database.close()


def test_what_did_not_arrive_is_noted_of_the_invitation(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer, gateway: SmsServer
) -> None:
    post.refuses["a1@example.org"] = 550
    wave = invited(sqlite, clock, person("a1"), person("b2", "sms"), person("b3", "sms"))
    deliver(settings, sqlite, clock)
    app = create_app(settings.model_copy(update={"public_url": "http://127.0.0.1"}), clock)
    path = status.address(settings).removeprefix("https://svar.alleroed.dk")
    told = {
        "id": 7,
        "msisdn": 4520000002,
        "time": 1763719200,
        "userref": gateway.taken[0]["userref"],
    }
    for state in ("ENROUTE", "UNDELIVERABLE"):
        assert app.test_client().post(path, json={**told, "status": state}).status_code == 204
    assert app.test_client().post(path, json={"status": 1}).status_code == 400
    assert app.test_client().post("/levering/" + "0" * 32, json=told).status_code == 404
    app.extensions["hoert"].database.close()
    with sqlite.snapshot() as session:
        assert turnout.marks(session, wave)[Outcome.UNDELIVERABLE] == 2
    clock.forward(days=5)
    deliver(settings, sqlite, clock)
    assert len(gateway.taken) == 3
    assert not post.taken


def test_the_panel_can_leave_by_every_message_it_gets(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer
) -> None:
    languages = [name for name in wording.languages() if not wording.is_draft(name)]
    with sqlite.transaction() as session:
        links = {}
        for number, language in zip(MADE_UP, languages, strict=False):
            one = Company(number, "X", phone="+4548101010", email=f"{language}@example.org",
                          language=language)  # fmt: skip
            today = clock().date()
            member = panel.join(
                session, one, role=None, most_a_year=4, consented_on=today, today=today
            )
            links[one.email] = f"https://svar.alleroed.dk/panel/{keys.leaving(SECRET, member)}"
        survey = "virksomhedsinddragelse"
        wave = fieldwork.open_wave(
            session, survey, "2026", opens_at=clock(), anonymity="confidential"
        )
        steps.decide(session, survey, Sending(automatic=True))
        panel.send(session, wave, SECRET, wanted=None, seed=1, by="1", now=clock())
    deliver(settings, sqlite, clock)
    clock.forward(days=5)
    deliver(settings, sqlite, clock)
    assert post.counted() == dict.fromkeys(links, 2)
    for message in post.messages():
        body, language = message.get_content(), str(message["To"]).partition("@")[0]
        lines = body.splitlines()
        asked = lines.index(wording.say("panel_leave_title", language))
        assert lines[asked + 1] == links[message["To"]]
        assert message["List-Unsubscribe"] == f"<{links[message['To']]}>"
        assert len(re.findall(r"https://\S+", body)) == 2
    with sqlite.snapshot() as session:
        file = as_csv(invitations.letters(session, wave, SECRET), settings, None).decode()
    assert all(link in file for link in links.values())


@pytest.mark.parametrize("address", ["bø@example.org", "a@example.org\n", "", "no address"])
def test_an_address_that_cannot_be_written_to_stops_nobody(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer, gateway: SmsServer,
    address: str,
) -> None:  # fmt: skip
    odd = Member("o", email=address or None, channel="email")
    no_number = Member("n", email="n@example.org", channel="sms")
    invited(sqlite, clock, person("a1"), odd, no_number, person("a2"), person("b3", "sms"))
    for _ in range(2):
        deliver(settings, sqlite, clock)
    assert post.counted() == {"a1@example.org": 1, "a2@example.org": 1}
    assert gateway.counted() == {"+4520000003": 1}


def test_a_developer_sees_on_the_console_what_would_be_sent(
    settings: Settings, sqlite: Database, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    here = settings.model_copy(update={"delivery": ("console",)})
    invited(sqlite, clock, person("a1"), person("b2", "sms"))
    deliver(here, sqlite, clock)
    shown = capsys.readouterr().out
    assert "a1@example.org\nAllerød Kommune vil gerne høre din mening\n" in shown
    assert "+4520000002\nAllerød Kommune vil gerne høre, hvordan det går." in shown


def test_a_service_that_does_not_answer_loses_nothing(
    settings: Settings, sqlite: Database, clock: Clock, post: MailServer, gateway: SmsServer
) -> None:
    invited(sqlite, clock, person("a1"), person("b2", "sms"))
    gateway.answers_with = 500
    with pytest.raises(Unavailable):
        sender.deliver(sender.SMS, settings, sqlite, clock)
    with pytest.raises(Unavailable):
        sender.deliver(sender.MAIL, settings.model_copy(update={"smtp_port": 1}), sqlite, clock)
    gateway.answers_with = 200
    deliver(settings, sqlite, clock)
    assert post.counted() + gateway.counted() == {"a1@example.org": 1, "+4520000002": 1}


def test_what_may_have_gone_is_not_sent_again_unless_somebody_says_so(
    settings: Settings,
    sqlite: Database,
    clock: Clock,
    post: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.2)
    wave = invited(sqlite, clock, person("a1"))
    send = mail.Connection.send

    def hang(connection: mail.Connection, what: mail.Mail, last: Callable[[], object]) -> None:
        def then() -> None:
            last()
            post.falls_silent_at = "250"

        send(connection, what, then)

    monkeypatch.setattr(mail.Connection, "send", hang)
    deliver(settings, sqlite, clock)
    post.falls_silent_at = None
    post.resumed.set()
    monkeypatch.setattr(mail.Connection, "send", send)
    deliver(settings, sqlite, clock)
    assert len(post.taken) == 1
    with sqlite.transaction() as session:
        assert steps.tally(session, wave)[Step.INVITATION] == {steps.State.UNCERTAIN: 1}
        dispatch.send_again(session, wave, clock())
    deliver(settings, sqlite, clock)
    assert len(post.taken) == 2


def test_a_journal_is_one_senders_and_says_what_had_left(tmp_path: Path) -> None:
    file = tmp_path / "mail.journal"
    refs = [keys.new_ballot() for _ in range(3)]
    with Journal(file, SECRET) as journal:
        holder = journal.holder
        with pytest.raises(Busy), Journal(file, SECRET):
            pass
        for ref in refs[:2]:
            journal.stroke(ref)()
    assert not any(ref.encode() in file.read_bytes() for ref in refs)
    with Journal(file, SECRET) as journal:
        assert journal.is_whole
        assert journal.holder == holder
        assert journal.marked(refs) == set(refs[:2])
        journal.clear()
        assert not journal.marked(refs)


def test_after_a_power_cut_the_journal_says_that_it_may_lack_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mail.journal"
    boot = tmp_path / "boot_id"
    monkeypatch.setattr("webapp.delivery.journal._BOOT", boot)
    boot.write_text("first")
    with Journal(file, SECRET):
        pass
    boot.write_text("second")
    with Journal(file, SECRET) as journal:
        assert not journal.is_whole
        journal.clear()
        assert journal.is_whole
    with Journal(file, SECRET) as journal:
        assert journal.is_whole
