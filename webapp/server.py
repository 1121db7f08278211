"""The web process: Granian serving the application over WSGI."""

import gc
import os
import sys
import time
from typing import Final, NoReturn

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from webapp.settings import Settings

PAUSE_SECONDS: Final = 1
THREADS: Final = 8
"""Of one worker. Those beyond the first few only wait, for the database or for each other."""

MEMORY: Final = {"MALLOC_ARENA_MAX": "2"}
"""One heap for each of many threads would keep what none of them needs any more."""

_made: list[Flask] = []


def become() -> NoReturn:
    """Let a new program that only serves take the place of this one, which has loaded much else."""
    program = [sys.executable, "-m", __name__]
    os.execve(sys.executable, program, MEMORY | os.environ)  # noqa: S606  our own, without a shell


def serve(settings: Settings) -> None:
    """Serve until told to stop. Nothing is logged per request: paths carry codes.

    A worker that dies is replaced. Where one dies again within seconds, Granian gives up; then all
    of them begin anew, since whatever killed them may be over.
    """
    _make_ready(settings)
    while True:
        server = Server(
            "webapp.server:application",
            factory=True,
            address=settings.bind,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_processes,
            blocking_threads=THREADS,
            websockets=False,
            log_access=False,
            respawn_failed_workers=True,
        )
        try:
            server.serve()
        except SystemExit:
            if not server.interrupt_children:
                raise
        if not server.interrupt_signal:
            time.sleep(PAUSE_SECONDS)
        # Also when it was told in that pause
        if server.interrupt_signal:
            return


def application() -> Flask:
    """The application of one web process: the one that was made before the processes parted."""
    return _made[0]


def _make_ready(settings: Settings) -> None:
    """Make the application and load what it needs before the processes part, so that they share it.

    Nothing is asked of the database, since a connection cannot be shared.
    """
    from webapp import create_app
    from webapp.warmth import warm

    app = create_app(settings)
    warm(app)
    _made[:] = [app]
    # Left out of every later search for garbage, which would write to what is shared
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    # Under its own name, by which the workers ask for the application
    from webapp.server import serve as serve_by_name

    serve_by_name(Settings())
