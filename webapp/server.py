"""The web process: Granian serving the application over WSGI."""

import gc
import time

from granian.constants import Interfaces
from granian.server import Server

from webapp.settings import Settings

PAUSE_SECONDS = 1
THREADS = 8
"""Of one worker. Those beyond the first few only wait, for the database or for each other."""


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


def application() -> object:
    """The application of one web process."""
    from webapp import create_app

    app = create_app()
    _keep_what_there_is()
    return app


def _make_ready(settings: Settings) -> None:
    """Load all code before the processes part, so that they share it."""
    from webapp import create_app

    create_app(settings)
    _keep_what_there_is()


def _keep_what_there_is() -> None:
    """Leave all that lives now out of every later search for garbage."""
    gc.collect()
    gc.freeze()
