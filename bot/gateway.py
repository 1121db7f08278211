"""The Bot API over HTTP: one call, its result or why there is none. Knows no Hørt."""

from collections.abc import Mapping
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Final, Self

import httpx

SECONDS: Final = 15.0


class TelegramError(Exception):
    """A call that was not carried out, as far as we know. Never carries the bot's token."""


class Unreachable(TelegramError):
    """No answer, or none of the Bot API's: the call may have been carried out all the same."""


class Refused(TelegramError):
    """The Bot API says no; `retry_after` is for how many seconds it wants no more of this."""

    def __init__(self, status: int, description: str, retry_after: float | None) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.retry_after = retry_after


class Gateway:
    """Calls methods of the Bot API for one bot, one call at a time over one connection.

    `telegram.Bot` would parse a batch of updates as a whole, so that one that it cannot read hides
    the others; here the JSON comes as it is. A shared pool of connections looks at all of them for
    every call, which costs more than the call.
    """

    def __init__(self, root: str, token: str, trust: SSLContext) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{root}/bot{token}/", timeout=SECONDS, verify=trust
        )

    async def call(self, method: str, params: Mapping[str, Any], *, wait: float = 0) -> Any:
        """Call a method; `wait` is how many seconds Telegram may hold the answer back.

        Raises Refused or Unreachable.
        """
        try:
            answer = await self._client.post(
                method, json=params, timeout=httpx.Timeout(SECONDS, read=SECONDS + wait)
            )
            content = answer.json()
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        except ValueError:
            raise Unreachable(f"HTTP {answer.status_code} without JSON") from None
        if not isinstance(content, dict) or answer.is_server_error:
            raise Unreachable(f"HTTP {answer.status_code}")
        if answer.is_success and "result" in content:
            return content["result"]
        parameters = content.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        status = HTTPStatus(answer.status_code)
        description = str(content.get("description") or status.phrase)
        raise Refused(status, description, pause if isinstance(pause, int | float) else None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
