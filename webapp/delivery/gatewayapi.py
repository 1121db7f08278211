"""Sending SMS by GatewayAPI's REST interface: one message for each request."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx

from webapp.delivery.failures import Unavailable, Uncertain, Undeliverable
from webapp.delivery.messages import size
from webapp.settings import Settings

SECONDS: Final = 20
PATH: Final = "/rest/mtsms"


class Connection:
    """An open connection to GatewayAPI."""

    def __init__(self, client: httpx.Client, settings: Settings, callback: str) -> None:
        self._client = client
        self._settings = settings
        self._callback = callback

    def send(self, to: str, text: str, ref: str, last: Callable[[], object] = lambda: None) -> None:
        """Hand one SMS over. `to` is a number with its country: +4512345678.

        `last` is called right before the last byte leaves: until then the service has taken
        nothing. Raises what `mail.send` raises.
        """
        if not to.removeprefix("+").isdigit():
            raise Undeliverable("That is no number.")
        content = json.dumps(
            {
                "sender": self._settings.sms_sender,
                "message": text,
                "encoding": size(text).encoding,
                "userref": ref,
                "callback_url": self._callback,
                "recipients": [{"msisdn": int(to.removeprefix("+"))}],
            }
        ).encode()
        began_to_end = False

        def body() -> Iterator[bytes]:
            nonlocal began_to_end
            yield content[:-1]
            began_to_end = True
            last()
            yield content[-1:]

        try:
            answer = self._client.post(
                PATH,
                content=body(),
                headers={"Content-Type": "application/json", "Content-Length": str(len(content))},
            )
        except httpx.HTTPError:
            if began_to_end:
                raise Uncertain from None
            raise Unavailable("GatewayAPI does not answer.") from None
        if answer.status_code == HTTPStatus.OK:
            return
        if answer.status_code == HTTPStatus.BAD_REQUEST and _is_about_recipient(answer):
            raise Undeliverable(str(answer.status_code))
        raise Unavailable(f"GatewayAPI answered {answer.status_code}.")


@contextmanager
def connected(settings: Settings, callback: str) -> Iterator[Connection]:
    """A connection to GatewayAPI. `callback` is where it tells what became of a message."""
    with httpx.Client(
        base_url=settings.gatewayapi_url,
        # The token as the user, no password; never in the address, where logs would keep it
        auth=(settings.gatewayapi_token, ""),
        timeout=SECONDS,
    ) as client:
        yield Connection(client, settings, callback)


def _is_about_recipient(answer: httpx.Response) -> bool:
    """Whether what GatewayAPI did not like is the number, and not our request or our account."""
    return "msisdn" in answer.text.casefold()
