"""Sending what is due by one way: claimed, noted in the journal, sent, settled.

A message counts as sent from the moment its last bytes leave. Whoever dies before has sent nothing
and sends it when they are back; whoever dies after does not send it again. No transaction is open
while a service is spoken to.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from structlog import get_logger

from surveys import dispatch, languages, steps
from surveys.database import Database
from surveys.dispatch import Batch, Ended, Message
from webapp import Clock
from webapp.delivery import mail, messages, status
from webapp.delivery.failures import Postponed, Unavailable, Uncertain, Undeliverable
from webapp.delivery.journal import Busy, Journal
from webapp.settings import Settings

log = get_logger()

LONGEST: Final = timedelta(minutes=3)
"""A run ends after so long, and the next goes on: a sender that says nothing for longer hangs."""

Spoken = Collection[str]
Send = Callable[[Batch, Message, Spoken, Callable[[], object]], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way out: which channel of a frame it serves, and how it is opened.

    `sender` is what DELIVERY calls it.
    """

    name: str
    sender: str
    channel: str
    opened: Callable[[Settings], Iterator[Send]]


def _by_mail(settings: Settings) -> Iterator[Send]:
    with mail.connected(settings) as connection:
        yield lambda batch, message, spoken, last: connection.send(
            messages.mail(settings, batch, message, spoken), last
        )


def _by_sms(settings: Settings) -> Iterator[Send]:
    # The web process knows the ways too, and speaks to no service
    from webapp.delivery import gatewayapi

    with gatewayapi.connected(settings, status.address(settings)) as connection:
        yield lambda batch, message, spoken, last: connection.send(
            message.letter.phone or "",
            messages.sms(settings, batch, message, spoken),
            message.ref,
            last,
        )


def _on_console(settings: Settings) -> Iterator[Send]:
    """For a developer, who sees what would be sent."""

    def show(batch: Batch, message: Message, spoken: Spoken, last: Callable[[], object]) -> None:
        last()
        if message.letter.channel == "sms":
            lines = [message.letter.phone or "", messages.sms(settings, batch, message, spoken)]
        else:
            made = messages.mail(settings, batch, message, spoken)
            lines = [made.to, made.subject, made.text]
        sys.stdout.write("\n".join([*lines, ""]))

    yield show


MAIL: Final = Way("mail", "smtp", "email", _by_mail)
SMS: Final = Way("sms", "sms", "sms", _by_sms)
WAYS: Final[Mapping[str, Way]] = {way.name: way for way in (MAIL, SMS)}


def channels(settings: Settings) -> Collection[str]:
    """The channels that this installation serves by itself; the others get a file."""
    return {
        way.channel
        for way in WAYS.values()
        if way.sender in settings.delivery or "console" in settings.delivery
    }


def deliver(
    way: Way,
    settings: Settings,
    database: Database,
    clock: Clock,
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Send all that is due by one way. Raises Unavailable when its service takes nothing now."""
    if way.channel not in channels(settings):
        return
    with suppress(Busy), Journal(_journal(way, settings, database), settings.secret_key) as journal:
        _recover(journal, database, clock)
        with database.transaction() as session:
            dispatch.give_up(session, clock())
            steps.plan(session, settings.secret_key, clock())
            spoken = languages.spoken(session)
        console = "console" in settings.delivery and way.sender not in settings.delivery
        opened = contextmanager(_on_console if console else way.opened)
        until = clock() + LONGEST
        while not is_stopping() and clock() < until:
            with database.transaction() as session:
                batch = dispatch.claim(
                    session, journal.holder, [way.channel], settings.secret_key, clock()
                )
            if batch is None:
                return
            _send(batch, journal, lambda: opened(settings), spoken, database, clock, is_stopping)


def _send(
    batch: Batch,
    journal: Journal,
    opened: Callable[[], object],
    spoken: Spoken,
    database: Database,
    clock: Clock,
    is_stopping: Callable[[], bool],
) -> None:
    ended = Ended()
    waiting = list(batch.messages)
    failure: Unavailable | None = None
    try:
        with opened() as send:  # type: ignore[attr-defined]
            while waiting and not is_stopping():
                message = waiting[-1]
                stroke = journal.stroke(message.ref)
                if message.needed:
                    _hand_over(send, batch, message, spoken, stroke, ended)
                else:
                    stroke()
                waiting.pop()
    except Unavailable as unavailable:
        failure = unavailable
    ended.left.update(message.ref for message in waiting)
    with database.transaction() as session:
        dispatch.settle(session, journal.holder, batch, ended, clock())
    journal.clear()
    log.info(
        "messages handled",
        step=batch.step.value,
        n=len(batch.messages) - len(waiting),
        failed=len(ended.failed),
    )
    if failure is not None and len(waiting) == len(batch.messages):
        # Some services end a line after so many messages: only one that takes none is tried later
        raise failure


def _hand_over(
    send: Send,
    batch: Batch,
    message: Message,
    spoken: Spoken,
    stroke: Callable[[], object],
    ended: Ended,
) -> None:
    try:
        send(batch, message, spoken, stroke)
    except Undeliverable:
        ended.failed.add(message.ref)
    except Postponed:
        ended.postponed.add(message.ref)
    except Uncertain:
        ended.uncertain.add(message.ref)


def _recover(journal: Journal, database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        held = dispatch.held(session, journal.holder)
        if held:
            dispatch.recover(
                session,
                journal.holder,
                journal.marked(held),
                clock(),
                is_journal_whole=journal.is_whole,
            )
    journal.clear()


def _journal(way: Way, settings: Settings, database: Database) -> Path:
    """Beside the database where that is a file, so that the two are kept together."""
    if database.is_sqlite and database.url.database:
        file = Path(database.url.database)
        return file.with_name(f"{file.name}.{way.name}.journal")
    return Path("var") / f"{way.name}.journal"
