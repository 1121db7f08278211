"""Having Telegram deliver to the web process, which keeps each update before it says yes."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from structlog import get_logger

from bot.gateway import Gateway, TelegramError
from bot.ledger import OUTAGES, Ledger
from bot.poller import FIRST_PAUSE, LONGEST_PAUSE
from bot.settings import Settings
from bot.updates import WANTED
from surveys.arrivals import Arrivals

log = get_logger("hoert.bot")

CALL_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.2


class Webhook:
    """Sets the webhook, keeps it set, and looks for what it has brought.

    `good_at` is when, by the monotonic clock, Telegram last answered a call.
    """

    def __init__(
        self,
        ledger: Ledger,
        arrivals: Arrivals,
        gateway: Gateway,
        clock: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self._ledger = ledger
        self._arrivals = arrivals
        self._gateway = gateway
        self._clock = clock
        self._url = settings.telegram_webhook_url
        self._secret = settings.telegram_webhook_secret
        self.good_at = asyncio.get_running_loop().time()

    async def run(self, arrived: asyncio.Event) -> None:
        """Go on until cancelled. `arrived` is set again and again: another process receives."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._attend())
            while True:
                arrived.set()
                await asyncio.sleep(LOOK_SECONDS)

    async def _attend(self) -> None:
        is_set, pause = False, FIRST_PAUSE
        while True:
            try:
                if not is_set:
                    await self._set()
                await self._gateway.call("getMe", {})
                is_set = await self._is_set()
                await self._ledger.enter(partial(self._arrivals.heard, now=self._clock()))
            except TelegramError as failure:
                log.warning("webhook failed", cause=str(failure))
            except OUTAGES as outage:
                log.warning("database away", cause=type(outage).__name__)
            else:
                self.good_at = asyncio.get_running_loop().time()
                pause = FIRST_PAUSE
                await asyncio.sleep(CALL_SECONDS if is_set else FIRST_PAUSE)
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _set(self) -> None:
        """Nothing that waits at Telegram is dropped by this."""
        await self._gateway.call(
            "setWebhook",
            {"url": self._url, "secret_token": self._secret, "allowed_updates": WANTED},
        )

    async def _is_set(self) -> bool:
        """Whether updates still come to us. A Bot API that does not tell is believed."""
        try:
            told = await self._gateway.call("getWebhookInfo", {})
        except TelegramError:
            return True
        return not isinstance(told, dict) or told.get("url", self._url) == self._url
