"""The Bot API over HTTP: one call, its result or why there is none. Knows no Hørt."""

import asyncio
import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from queue import SimpleQueue
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

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
    """Calls methods of the Bot API for one bot, so many at once.

    `telegram.Bot` would parse a batch of updates as a whole, so that one that it cannot read hides
    the others; here the JSON comes as it is. Calls are made in threads, which costs a third of what
    an asynchronous client does. `date` is when the other side said that its last answer was.
    """

    def __init__(self, root: str, token: str, trust: SSLContext, *, at_once: int) -> None:
        self._path = f"{urlsplit(root).path}/bot{token}/"
        self._pool = _pool(root, trust, at_once)
        self._asked: SimpleQueue[tuple[_Call, asyncio.Future[Any]]] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self.date = ""
        for _ in range(at_once):
            # An executor's threads would be waited for at the end, and a poll takes half a minute
            threading.Thread(target=self._serve, daemon=True).start()

    async def call(self, method: str, params: Mapping[str, Any], *, wait: float = 0) -> Any:
        """Call a method; `wait` is how many seconds Telegram may hold the answer back.

        Raises Refused or Unreachable.
        """
        answered: asyncio.Future[Any] = self._loop.create_future()
        self._asked.put(((method, params, wait), answered))
        return await answered

    def _serve(self) -> None:
        while True:
            asked, answered = self._asked.get()
            result: Any = None
            failure: Exception | None = None
            try:
                result = self._make(*asked)
            except Exception as raised:  # noqa: BLE001  it is raised where it was asked
                failure = raised
            try:
                self._loop.call_soon_threadsafe(_tell, answered, result, failure)
            except RuntimeError:
                return  # the loop has ended, and nobody listens

    def _make(self, method: str, params: Mapping[str, Any], wait: float) -> Any:
        try:
            answer = self._pool.urlopen(
                "POST",
                self._path + method,
                body=json.dumps(params),
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(connect=SECONDS, read=SECONDS + wait),
                retries=False,
            )
            self.date = answer.headers.get("Date", "")
            content = json.loads(answer.data)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        except ValueError:
            raise Unreachable(f"HTTP {answer.status} without JSON") from None
        if not isinstance(content, dict) or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(f"HTTP {answer.status}")
        if answer.status == HTTPStatus.OK and "result" in content:
            return content["result"]
        parameters = content.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        description = str(content.get("description") or answer.reason)
        raise Refused(answer.status, description, pause if isinstance(pause, int | float) else None)


_Call = tuple[str, Mapping[str, Any], float]


def _tell(answered: asyncio.Future[Any], result: Any, failure: Exception | None) -> None:
    if answered.cancelled():
        return
    if failure is None:
        answered.set_result(result)
    else:
        answered.set_exception(failure)


def _pool(root: str, trust: SSLContext, at_once: int) -> urllib3.HTTPConnectionPool:
    """Connections to one host, through the proxy that the environment names for it."""
    parts = urlsplit(root)
    options: dict[str, Any] = {"maxsize": at_once, "block": True}
    if parts.scheme == "https":
        options |= {"ssl_context": trust}
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options).connection_from_url(root)
    return urllib3.connection_from_url(root, **options)
