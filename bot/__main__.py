"""`python -m bot`: fetch updates, handle them, send what is to be said; `check` looks only."""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import httpx
from pydantic import ValidationError
from structlog import get_logger

import migrations
from bot import commands, logs
from bot.chats import Chats
from bot.check import check
from bot.gateway import Gateway
from bot.ledger import OUTAGES, Ledger
from bot.outbox import Outbox
from bot.poller import AlreadyRunning, Poller, alone
from bot.sender import Sender
from bot.settings import Settings
from bot.upkeep import Upkeep
from bot.webhook import Webhook
from bot.worker import Handler, Worker
from surveys.arrivals import Arrivals
from surveys.database import Database
from surveys.seal import Seal

log = get_logger("hoert.bot")

WATCH_SECONDS: Final = 1.0
SENDING_AT_ONCE: Final = 16


class Stalled(Exception):
    """The process cannot do its work any more; a new one may."""


def main(arguments: Sequence[str] = ()) -> int:
    """Run the bot, or `check` it. 1 when it cannot start or go on, or when something is wrong."""
    logs.prepare()
    try:
        settings = Settings()
    except ValidationError as wrong:
        return _refuse(" ".join(error["msg"] for error in wrong.errors()))
    if list(arguments) == ["check"]:
        return _check(settings)
    if not settings.telegram_bot_token:
        return _refuse("TELEGRAM_BOT_TOKEN is not set: there is no bot to run.")
    database = Database(settings.database_url)
    try:
        if migrations.behind(database.engine):
            return _refuse("The database is not up to date. Run: hoert db upgrade")
        with alone(database) as is_alone:
            failure = asyncio.run(_serve(settings, database, is_alone))
    except AlreadyRunning:
        return _refuse("Another bot process is running on this database. One is enough.")
    except OUTAGES:
        return _refuse("The database cannot be reached.")
    if failure is not None:
        why = str(failure) if isinstance(failure, Stalled) else "a mistake of ours"
        log.error("stopped", why=why, **logs.cause(failure))
        return 1
    log.info("stopped")
    return 0


async def _serve(
    settings: Settings, database: Database, is_alone: Callable[[], bool]
) -> BaseException | None:
    """Run every part until a request to stop, or until one of them fails: then that failure."""
    arrived, to_send, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ledger, seal = Ledger(database), Seal(settings.secret_key)
    arrivals, outbox = Arrivals(seal), Outbox(seal)
    handler = Handler(settings, arrivals, Chats(seal), outbox, _now)
    gateway = partial(
        Gateway, settings.telegram_root, settings.telegram_bot_token, httpx.create_ssl_context()
    )
    # A poll waits for half a minute, and must neither wait for what is sent nor keep it waiting
    polling, sending = gateway(at_once=1), gateway(at_once=SENDING_AT_ONCE)
    source = (
        Webhook(ledger, arrivals, polling, _now, settings)
        if settings.telegram_webhook_url
        else Poller(ledger, arrivals, polling, _now)
    )
    parts = [
        asyncio.create_task(part)
        for part in (
            source.run(arrived),
            Worker(ledger, handler, arrived).run(to_send),
            Sender(ledger, outbox, sending, _now).run(to_send),
            Upkeep(ledger, handler).run(to_send),
            _watch(source, settings.telegram_patience, is_alone),
        )
    ]
    log.info("started")
    menu = asyncio.create_task(commands.publish(sending))
    stopped = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([*parts, stopped], return_when=asyncio.FIRST_COMPLETED)
    for part in (*parts, stopped, menu):
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    await ledger.close()
    return next((part.exception() for part in parts if part in ended), None)


def _now() -> datetime:
    return datetime.now(UTC)


async def _watch(source: Poller | Webhook, patience: int, is_alone: Callable[[], bool]) -> None:
    """Raise Stalled when Telegram has not answered for too long, or another may take over."""
    clock = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if clock() - source.good_at > patience:
            raise Stalled(f"no good poll for {patience} seconds")
        if not is_alone():
            raise Stalled("the lock on the database is lost")


def _check(settings: Settings) -> int:
    findings = check(settings, _now)
    for finding in findings:
        sys.stdout.write(f"{'ok     ' if finding.good else 'WRONG  '}{finding.sentence}\n")
    return 0 if all(finding.good for finding in findings) else 1


def _refuse(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
