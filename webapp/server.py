"""The web process: Granian serving the application over WSGI."""

from granian.constants import Interfaces
from granian.server import Server

from webapp.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until stopped. Nothing is logged per request: paths carry codes."""
    Server(
        "webapp.server:application",
        factory=True,
        address=settings.bind,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=16,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


def application() -> object:
    """The application of one web process."""
    from webapp import create_app

    return create_app()
