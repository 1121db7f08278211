"""The web process goes on serving, whatever becomes of those that it is made of."""

import time
import urllib.request
from os import kill
from signal import SIGKILL

from tests.bench import machine
from tests.bench.installation import Server, prepared, web

DEATHS = 3
PATIENCE_SECONDS = 30


def test_workers_that_die_again_and_again_are_replaced() -> None:
    with prepared("sqlite", "samtalefeedback") as (database, _), web(database) as server:
        for _ in range(DEATHS):
            for worker in _workers(server):
                kill(worker, SIGKILL)
            _await_page(server)
        assert len(_workers(server)) >= 1


def _workers(server: Server) -> list[int]:
    """The processes under the server, once there are some."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = machine.tree(server.pid)[1:]
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError("The server has no workers.")


def _await_page(server: Server) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{server.port}/healthz", timeout=5
            ) as page:
                assert page.status == 200
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
