"""Sending e-mail by SMTP: one message, or many over one connection."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Final

from webapp.delivery.failures import Postponed, Unavailable, Uncertain, Undeliverable
from webapp.settings import Settings

SECONDS: Final = 20
"""How long a mail server may think about one step."""

_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_TAKEN: Final = 250
_GO_AHEAD: Final = 354
_PERMANENT: Final = 500
_CLOSING: Final = 421


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. `kind` is its media type: application/pdf."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to one person, in plain text.

    `identity` is the left half of its Message-ID: the same for a message that is sent again, so
    that a mail system that has it already can see so. `unsubscribe` is where a person, or their
    mail program with one POST (RFC 8058), says no to more.
    """

    to: str
    subject: str
    text: str
    language: str = "da"
    attachments: Sequence[Attachment] = ()
    identity: str | None = None
    unsubscribe: str | None = None


def send(settings: Settings, mail: Mail) -> None:
    """Send one message, and return when the mail server has taken it.

    Raises Unavailable when no mail server is configured or it does not answer, Undeliverable or
    Postponed when it does not take the address, and Uncertain when it fell silent at the end.
    """
    with connected(settings) as connection:
        connection.send(mail)


@contextmanager
def connected(settings: Settings) -> Iterator["Connection"]:
    """Sign in to the mail server. Raises Unavailable."""
    if not settings.smtp_host:
        raise Unavailable("No mail server is configured.")
    context = ssl.create_default_context()
    try:
        client: smtplib.SMTP
        if settings.smtp_security == "tls":
            client = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS)
    except (OSError, smtplib.SMTPException):
        raise Unavailable("The mail server does not answer.") from None
    try:
        try:
            if settings.smtp_security == "starttls":
                client.starttls(context=context)
            if settings.smtp_user:
                client.login(settings.smtp_user, settings.smtp_password)
            client.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            raise Unavailable("The mail server does not let us in.") from None
        if client.sock is not None:
            # The last bytes of a message are few, and must not wait for the first to be seen
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Connection(client, settings.mail_from)
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
    finally:
        client.close()


class Connection:
    """An open connection to the mail server, for one message after the other."""

    def __init__(self, client: smtplib.SMTP, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, mail: Mail, last: Callable[[], object] = lambda: None) -> None:
        """Hand one message over. Raises as `mail.send` does.

        `last` is called right before the last bytes leave. Until then the server has taken nothing;
        from then on only the server knows.
        """
        if "@" not in mail.to or parseaddr(mail.to)[1] != mail.to or not mail.to.isascii():
            raise Undeliverable("That is no address.")
        try:
            content = _composed(mail, self._sender).as_bytes(policy=policy.SMTP)
        except ValueError:
            raise Undeliverable("The address cannot be written in a message.") from None
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        try:
            self._require(self._client.mail(parseaddr(self._sender)[1]), ours=True)
            self._require(self._client.rcpt(mail.to))
            self._require(self._client.docmd("DATA"), wanted=_GO_AHEAD)
            self._client.send(_LEADING_DOT.sub(b"..", content))
        except (OSError, smtplib.SMTPException):
            raise Unavailable("The mail server fell silent.") from None
        last()
        try:
            self._client.send(b".\r\n")
            answer = self._client.getreply()
        except (OSError, smtplib.SMTPException):
            raise Uncertain from None
        self._require(answer)

    def _require(
        self, answer: tuple[int, bytes], *, wanted: int = _TAKEN, ours: bool = False
    ) -> None:
        """Turn an answer other than the wanted one into what it means. `ours`: not the address."""
        code = answer[0]
        if code == wanted or (wanted == _TAKEN and code == _TAKEN + 1):
            return
        with suppress(OSError, smtplib.SMTPException):
            self._client.rset()
        if ours or code == _CLOSING:
            raise Unavailable(f"The mail server answered {code}.")
        raise Undeliverable(str(code)) if code >= _PERMANENT else Postponed(str(code))


def _composed(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    domain = parseaddr(sender)[1].rpartition("@")[2]
    identity = f"<{mail.identity}@{domain}>" if mail.identity else make_msgid(domain=domain)
    message["Message-ID"] = identity
    message["Content-Language"] = mail.language
    # So that no answering machine answers
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    for attachment in mail.attachments:
        main, _, sub = attachment.kind.partition("/")
        message.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=attachment.name
        )
    return message
