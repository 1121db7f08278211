"""A strict mail server that stands in for a real one: it speaks SMTP and counts what it took.

A message counts when its last dot has come, whether or not anybody waits for the answer. What a
real server does on a bad day is switched on by `refuses`, `falls_silent_at` and `wants_sign_in`.
"""

import base64
import email
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on this machine until it is closed; `taken` is every message in the order it came."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[tuple[str, bytes]] = []
        self.refuses: dict[str, int] = {}
        self.answers_last_with = 250
        self.falls_silent_at: str | None = None
        self.wants_sign_in = False
        self.resumed = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """A line that a killed sender cuts is nothing to tell."""

    def messages(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(content, policy=policy.default) for _, content in self.taken
        ]

    def counted(self) -> Counter[str]:
        """How many messages each address got."""
        return Counter(to for to, _ in self.taken)


class _Session(socketserver.StreamRequestHandler):
    server: MailServer
    timeout = 60

    def handle(self) -> None:
        self.say("220 ready")
        recipient, sender, signed_in = None, None, not self.server.wants_sign_in
        while line := self.rfile.readline():
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            verb = verb.upper()
            match verb:
                case "EHLO":
                    self.say("250-mail.example.dk", "250-8BITMIME", "250 AUTH PLAIN")
                case "AUTH":
                    given = base64.b64decode(rest.split()[1])
                    signed_in = given == b"\0hoert\0hemmeligt"
                    self.say("235 welcome" if signed_in else "535 no")
                case "MAIL" if not signed_in:
                    self.say("530 sign in first")
                case "MAIL" if sender is None and rest.upper().startswith("FROM:<"):
                    sender = rest
                    self.say("250 ok")
                case "RCPT" if sender and rest.upper().startswith("TO:<"):
                    to = rest[4:].partition(">")[0]
                    code = self.server.refuses.get(to, 250)
                    recipient = to if code == 250 else None
                    self.say(f"{code} so be it")
                case "DATA" if recipient:
                    self.say("354 go ahead")
                    content = self.read_message()
                    if content is None:
                        return
                    if self.server.answers_last_with == 250:
                        self.server.taken.append((recipient, content))
                    self.say(f"{self.server.answers_last_with} that was it")
                    recipient = sender = None
                case "RSET":
                    recipient = sender = None
                    self.say("250 ok")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("503 not now")

    def read_message(self) -> bytes | None:
        """The message up to its dot; None when the line is cut before."""
        lines = []
        while line := self.rfile.readline():
            assert line.endswith(b"\r\n"), "a line that ends otherwise"
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        return None

    def say(self, *lines: str) -> None:
        if self.server.falls_silent_at == lines[0][:3]:
            self.server.resumed.wait()
        for line in lines:
            self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.resumed.set()
        server.shutdown()
        server.server_close()
        thread.join()
