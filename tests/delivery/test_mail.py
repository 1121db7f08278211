"""One e-mail by SMTP: what it holds, and what each answer of a mail server means."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.delivery.mail_server import MailServer, mail_server
from webapp.delivery import mail
from webapp.delivery.failures import Postponed, Unavailable, Uncertain, Undeliverable
from webapp.delivery.mail import Attachment, Mail
from webapp.settings import Settings

TO = "anna@example.org"
LETTER = Mail(TO, "Hvordan gik det? سؤال", ".Æblerne\n..er modne\n.\n" + "lang linje " * 200)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def settings(server: MailServer | None, **changes: object) -> Settings:
    host = {"smtp_host": "127.0.0.1", "smtp_port": server.port} if server else {}
    made = {"secret_key": "k" * 40, "mail_from": "Allerød Kommune <svar@example.dk>"}
    return Settings(**{**made, **host, **changes})


def test_a_message_arrives_as_it_was_written(server: MailServer) -> None:
    pdf = Attachment("rapport æ.pdf", b"%PDF-1.7\r\n.\r\n\x00", "application/pdf")
    mail.send(settings(server), Mail(TO, LETTER.subject, LETTER.text, attachments=[pdf]))
    [(to, content)] = server.taken
    [message] = server.messages()
    assert isinstance(message, EmailMessage)
    assert to == TO
    assert message["Subject"] == LETTER.subject
    assert message["From"] == "Allerød Kommune <svar@example.dk>"
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == LETTER.text.strip()
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (pdf.name, pdf.content)
    assert max(map(len, content.splitlines())) <= 998
    content.decode("ascii")


def test_a_message_that_is_sent_again_has_the_same_name_and_a_way_out(server: MailServer) -> None:
    letter = Mail(TO, "s", "t", identity="a1b2", unsubscribe="https://svar.example.dk/nej-tak/x")
    with mail.connected(settings(server)) as connection:
        for _ in range(2):
            connection.send(letter)
    first, again = server.messages()
    assert first["Message-ID"] == again["Message-ID"] == "<a1b2@example.dk>"
    assert first["List-Unsubscribe"] == "<https://svar.example.dk/nej-tak/x>"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_has_to_sign_in_does(server: MailServer) -> None:
    server.wants_sign_in = True
    mail.send(settings(server, smtp_user="hoert", smtp_password="hemmeligt"), LETTER)
    with pytest.raises(Unavailable):
        mail.send(settings(server, smtp_user="hoert", smtp_password="forkert"), LETTER)
    with pytest.raises(Unavailable):
        mail.send(settings(server), LETTER)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("code", "meaning"), [(550, Undeliverable), (450, Postponed), (421, Unavailable)]
)
def test_an_address_that_is_refused_stops_no_other(
    server: MailServer, code: int, meaning: type[Exception]
) -> None:
    server.refuses["nobody@example.org"] = code
    with mail.connected(settings(server)) as connection:
        with pytest.raises(meaning):
            connection.send(Mail("nobody@example.org", "s", "t"))
        connection.send(LETTER)
    assert server.counted() == {TO: 1}


def test_silence_before_the_end_means_not_sent_and_after_it_nobody_knows(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.1)
    marks: list[str] = []
    for at, meaning in (("220", Unavailable), ("354", Unavailable), ("250", Unavailable)):
        server.falls_silent_at = at
        with pytest.raises(meaning), mail.connected(settings(server)) as connection:
            connection.send(LETTER, last=lambda: marks.append("last"))
    assert not marks
    server.falls_silent_at = None
    with mail.connected(settings(server)) as connection:

        def last() -> None:
            marks.append("last")
            server.falls_silent_at = "250"

        with pytest.raises(Uncertain):
            connection.send(LETTER, last)
    assert marks == ["last"]


def test_without_a_mail_server_it_says_so() -> None:
    with pytest.raises(Unavailable, match="No mail server"):
        mail.send(settings(None), LETTER)
    with pytest.raises(Unavailable, match="does not answer"):
        mail.send(settings(None, smtp_host="127.0.0.1", smtp_port=1), LETTER)


def test_settings_name_all_that_is_missing_at_once() -> None:
    with pytest.raises(ValueError) as refused:
        Settings(secret_key="k" * 40, delivery="smtp, sms, brevdue")
    told = str(refused.value)
    for wanted in ("brevdue", "SMTP_HOST", "GATEWAYAPI_TOKEN", "SMS_SENDER"):
        assert wanted in told
    assert Settings(secret_key="k" * 40, delivery="").delivery == ("export",)
    far = Settings(secret_key="k" * 40, smtp_host="mail.example.dk", mail_from="a@example.dk")
    assert far.smtp_security == "starttls"
