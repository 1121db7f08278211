"""`python -m bot check`: whether Telegram can be talked to and, in words, what is wrong if not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.commands import menu
from bot.gateway import Gateway, Refused, TelegramError
from bot.ledger import OUTAGES
from bot.settings import Settings
from surveys import arrivals
from surveys.database import Database
from surveys.deployment import is_loopback
from surveys.instrument import SOURCE_LANGUAGE

PORTS: Final = {80, 88, 443, 8443}
FALSE_CLOCK: Final = timedelta(seconds=60)
LONGEST_SILENCE: Final = timedelta(seconds=90)
MANY_WAIT: Final = 100
RECENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence, and whether it is as it should be."""

    good: bool
    sentence: str


def check(settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    """Look at token, webhook, commands, clock and the bot process. Nothing is changed."""
    if not settings.telegram_bot_token:
        return [_bad("TELEGRAM_BOT_TOKEN is not set. Get a token from @BotFather.")]
    return [*asyncio.run(_ask(settings, clock)), _process(settings, clock())]


async def _ask(settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    gateway = Gateway(
        settings.telegram_root,
        settings.telegram_bot_token,
        httpx.create_ssl_context(),
        at_once=1,
    )
    return [finding async for finding in _findings(gateway, settings, clock)]


async def _findings(
    gateway: Gateway, settings: Settings, clock: Callable[[], datetime]
) -> AsyncIterator[Finding]:
    try:
        me = await gateway.call("getMe", {})
    except Refused as refusal:
        if refusal.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            yield _bad("Telegram does not know this token. Copy it from @BotFather once more.")
        else:
            yield _bad(f"Telegram refuses to answer: {refusal}.")
        return
    except TelegramError as failure:
        yield _bad(
            f"{settings.telegram_root} cannot be reached ({failure}). Look at the firewall, the"
            " proxy (HTTPS_PROXY) and TELEGRAM_API_URL."
        )
        return
    yield _good(f"The token is that of @{me.get('username')}.")
    yield _clock(gateway.date, clock())
    yield await _webhook(gateway, settings, clock())
    yield await _commands(gateway)


def _clock(told: str, now: datetime) -> Finding:
    """A clock that is wrong puts reminders, waves and certificates wrong."""
    if not told:
        return _good("Telegram does not tell the time.")
    ahead = now - parsedate_to_datetime(told)
    if abs(ahead) > FALSE_CLOCK:
        side = "ahead of" if ahead > timedelta() else "behind"
        return _bad(
            f"The clock of this machine is {abs(ahead).total_seconds():.0f} seconds {side}"
            " Telegram's. Let it be set from the network (NTP)."
        )
    return _good("The clock is right.")


async def _webhook(gateway: Gateway, settings: Settings, now: datetime) -> Finding:
    try:
        told = await gateway.call("getWebhookInfo", {})
    except TelegramError:
        return _good("This Bot API does not tell about webhooks.")
    wanted, found = settings.telegram_webhook_url, str(told.get("url") or "")
    waiting = told.get("pending_update_count", 0)
    if not wanted:
        if found:
            return _bad(
                f"A webhook is set, to {_host(found)}. The bot takes it away when it starts. If"
                " another installation set it, give this one a token of its own."
            )
        return _good(f"No webhook: the bot asks for updates. {waiting} are waiting.")
    if not is_loopback(wanted) and (urlsplit(wanted).port or 443) not in PORTS:
        return _bad("Telegram delivers to the ports 443, 80, 88 and 8443 only.")
    if found != wanted:
        where = f"to {_host(found)}" if found else "nowhere"
        return _bad(
            f"Telegram delivers {where}, and not to TELEGRAM_WEBHOOK_URL. The bot sets that when"
            " it starts."
        )
    return _delivered(told, waiting, now)


def _delivered(told: Mapping[str, Any], waiting: int, now: datetime) -> Finding:
    failed_at = datetime.fromtimestamp(told.get("last_error_date", 0), UTC)
    if now - failed_at < RECENT:
        return _bad(
            f"Telegram could not deliver at {failed_at:%H:%M} UTC:"
            f" {told.get('last_error_message')}. Look at the certificate,"
            " and whether the web process runs at that address."
        )
    if waiting >= MANY_WAIT:
        return _bad(f"{waiting} updates wait at Telegram. Look at the load of the web process.")
    return _good(f"Telegram delivers to the webhook. {waiting} are waiting.")


async def _commands(gateway: Gateway) -> Finding:
    try:
        told = await gateway.call("getMyCommands", {})
    except TelegramError:
        return _good("This Bot API does not tell about commands.")
    if told != menu(SOURCE_LANGUAGE):
        return _bad("The commands are not those of this version. The bot sets them when it starts.")
    return _good("The commands are set.")


def _process(settings: Settings, now: datetime) -> Finding:
    database = Database(settings.database_url)
    try:
        with database.snapshot() as session:
            heard = arrivals.last_heard(session)
    except OUTAGES:
        return _bad("The database cannot be used. Run: hoert db check")
    finally:
        database.close()
    if heard is None:
        return _bad("The bot process has never heard from Telegram. Run: hoert bot")
    if now - heard > LONGEST_SILENCE:
        return _bad(f"The bot process last heard from Telegram at {heard:%Y-%m-%d %H:%M} UTC.")
    return _good("The bot process is at work.")


def _host(url: str) -> str:
    """A path may hold somebody's secret."""
    return urlsplit(url).hostname or "an address that cannot be read"


def _good(sentence: str) -> Finding:
    return Finding(good=True, sentence=sentence)


def _bad(sentence: str) -> Finding:
    return Finding(good=False, sentence=sentence)
