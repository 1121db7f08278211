"""A sender that kills itself at points: `python -m tests.delivery.killed POINT …`."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx

from surveys import dispatch
from surveys.database import Database
from tests.delivery import working
from webapp.delivery import gatewayapi, mail, sender
from webapp.delivery.journal import Journal
from webapp.settings import Settings

POINTS = ("claimed", "handed", "last", "taken", "settled", "cleared")
"""Before anything went; before the last bytes; after them; after the answer; and at the end."""


def die_at(point: str, after: int) -> None:
    """Kill this process the `after`th time that it comes to a point."""
    left = after
    lock = threading.Lock()

    def here(*_: Any) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def then(module: Any, name: str, *, before: bool = False) -> None:
        real: Callable[..., Any] = getattr(module, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            if before:
                here()
            made = real(*given, **named)
            if not before:
                here()
            return made

        setattr(module, name, wrapped)

    match point:
        case "claimed":
            then(sender, "_send", before=True)
        case "handed":
            then(Journal, "_strike", before=True)
        case "last":
            # The last bytes are with the kernel, and the answer is not read
            then(mail.smtplib.SMTP, "getreply", before=True)
            then(httpx.HTTPTransport, "handle_request")
        case "taken":
            then(mail.Connection, "send")
            then(gatewayapi.Connection, "send")
        case "settled":
            then(dispatch, "settle", before=True)
        case "cleared":
            then(Journal, "clear", before=True)


def deliver() -> None:
    """Send all there is by both ways at once."""
    settings = Settings()
    database = Database(settings.database_url)
    threads = [
        threading.Thread(target=sender.deliver, args=(way, settings, database, working.now))
        for way in sender.WAYS.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()


def main(points: list[str]) -> int:
    """Die at one point after the other, and send the rest. Gives how many died."""
    died = 0
    for point in points:
        # A child each, so that all is read in once
        child = os.fork()
        if child == 0:
            die_at(point, 2)
            deliver()
            os._exit(0)
        died += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    deliver()
    return died


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
