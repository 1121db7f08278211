"""A strict stand-in for GatewayAPI: it takes `POST /rest/mtsms` as documented, and counts."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "a-token"
KNOWN = {"sender", "message", "encoding", "userref", "callback_url", "recipients", "class"}


class SmsServer(ThreadingHTTPServer):
    """Listens on this machine; `taken` is the body of each request that came whole."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, object]] = []
        self.answers_with = 200
        self.hangs = False
        self.resumed = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A line that a killed sender cuts is nothing to tell."""

    def counted(self) -> Counter[str]:
        """How many messages each number got."""
        return Counter(f"+{one['recipients'][0]['msisdn']}" for one in self.taken)  # type: ignore[index]


class _Handler(BaseHTTPRequestHandler):
    server: SmsServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        if self.server.hangs:
            self.server.resumed.wait()
        wanted = "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()
        if self.path != "/rest/mtsms":
            self.answer(404, {})
        elif self.headers["Authorization"] != wanted:
            self.answer(401, {"code": "0x0201", "message": "Invalid API key"})
        elif (problem := wrong(body)) is not None:
            self.answer(400, {"code": "0x0213", "message": problem})
        elif self.server.answers_with != 200:
            self.answer(self.server.answers_with, {"message": "not now"})
        else:
            self.server.taken.append(json.loads(body))
            self.answer(200, {"ids": [len(self.server.taken)], "usage": {"countries": {"DK": 1}}})

    def answer(self, code: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is told on the console."""


def wrong(body: bytes) -> str | None:
    """What the interface would not take in a request."""
    given = json.loads(body)
    if unknown := set(given) - KNOWN:
        return f"Unknown argument {unknown}"
    if not 3 <= len(given["sender"]) <= 11:
        return "Invalid sender"
    [recipient] = given["recipients"]
    number = recipient["msisdn"]
    if not isinstance(number, int) or not 10**9 <= number < 10**15:
        return "Unparsable msisdn"
    if given["encoding"] not in {"UTF8", "UCS2"}:
        return "Invalid encoding"
    return None if given["message"] and len(given["userref"]) <= 64 else "No message"


@contextmanager
def sms_server() -> Iterator[SmsServer]:
    server = SmsServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.resumed.set()
        server.shutdown()
        server.server_close()
        thread.join()
