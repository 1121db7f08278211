"""HTTP in front of the emulator: reads a call in any encoding the Bot API takes, and answers it."""

import io
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from werkzeug.formparser import parse_form_data

from tests.telegram.limits import Json
from tests.telegram.page import Page

# (token, method, parameters, has the bot hung up?) -> (status, JSON or a page). The token is empty
# for a path that isn't the Bot API's; the parameters are None for a body that can't be read.
Answer = Callable[[str, str, Json | None, Callable[[], bool]], tuple[int, Json | str]]


class CutError(Exception):
    """The connection ends here without an answer."""


class Server(ThreadingHTTPServer):
    """Serves on 127.0.0.1 until `close`; `page` is what stands at `/`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer, page: Page) -> None:
        self.answer = answer
        self.page = page
        self.connections: set[socket.socket] = set()
        self.answering: set[BaseHTTPRequestHandler] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._serving = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._serving.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bot that hangs up is no error of ours; anything else is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening, end what is being answered, then hang up and wait until all are gone."""
        self.shutdown()
        self._serving.join()
        self.server_close()
        until = time.monotonic() + 5
        while self.answering and time.monotonic() < until:
            time.sleep(0.005)
        while self.connections and time.monotonic() < until:
            for connection in list(self.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    self.connections.discard(connection)
            time.sleep(0.005)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        super().finish()
        self.server.connections.discard(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test reads `Emulator.calls`."""

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        kind, length = self.headers.get("Content-Type", ""), self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length))
        if kind.startswith("application/json"):
            try:
                params = json.loads(body or b"{}")
            except ValueError:
                params = None
            self._serve(params if isinstance(params, dict) else None)
        else:
            sent = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": length, "CONTENT_TYPE": kind}
            _, form, uploads = parse_form_data(sent)
            for upload in uploads.values():
                upload.close()
            self._serve(form.to_dict())

    def _serve(self, params: Json | None) -> None:
        self.server.answering.add(self)
        try:
            self._route(params)
        finally:
            self.server.answering.discard(self)

    def _route(self, params: Json | None) -> None:
        target = urlsplit(self.path)
        if target.path == "/" and params is not None:
            if self.command == "POST":
                self.server.page.act(params)
            self._respond(200, self.server.page.show())
            return
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", unquote(target.path))
        token, method = found.groups() if found else ("", target.path)
        if params is not None:
            params = dict(parse_qsl(target.query)) | params
        try:
            status, body = self.server.answer(token, method, params, self._gone)
        except CutError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._respond(status, body)

    def _respond(self, status: int, body: Json | str) -> None:
        text, kind = json.dumps(body), "application/json"
        if isinstance(body, str):
            text, kind = body, "text/html; charset=utf-8"
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _gone(self) -> bool:
        """The bot has hung up."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
