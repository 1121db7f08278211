"""Sending the reports that are due: each to each person once, with the file that they may fetch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from structlog import get_logger
from werkzeug.utils import secure_filename

from analysis import release
from analysis.report import build
from surveys import extract
from surveys.database import Database, insert_unless_known
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import COPENHAGEN
from webapp import Clock, report_orders
from webapp.delivery import mail
from webapp.delivery.failures import Postponed, Unavailable, Uncertain, Undeliverable
from webapp.report_orders import Occasion, Order, Subject
from webapp.report_tables import ReportSendingRow
from webapp.settings import Settings

log = get_logger()

AGAIN: Final = timedelta(minutes=15)
"""How long a report waits that the mail server did not take."""
GIVE_UP: Final = timedelta(days=2)

KINDS: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MAY_TRY_AGAIN: Final = ("unavailable", "postponed")


@dataclass(frozen=True, slots=True)
class File:
    """A report as it goes with a message."""

    title: str
    name: str
    content: bytes


def deliver(settings: Settings, database: Database, clock: Clock) -> None:
    """Send what is due. Several workers may do it at once: a row says whose each message is."""
    if not settings.smtp_host:
        return
    now = clock()
    with database.snapshot() as session:
        orders = report_orders.listed(session)
        work = [
            (order, occasion)
            for order in orders
            for occasion in report_orders.due(session, order, now)
        ]
    for order, occasion in work:
        file: File | None = None
        for user_id, address in order.recipients.items():
            sending = _claim(database, order, occasion, user_id, now)
            if sending is None:
                continue
            try:
                file = file or make(settings, database, clock, order, occasion)
            except LookupError:
                # Nobody has answered yet: there is nothing to tell, and nothing is told
                _end(database, sending, now, "empty")
                continue
            failure = _sent(settings, _letter(settings, sending, order.form, address, file))
            _end(database, sending, clock(), failure)
            log.info("report sent", order=order.id, failure=failure)
            if failure == "unavailable":
                return


def make(
    settings: Settings, database: Database, clock: Clock, order: Order, occasion: Occasion
) -> File:
    """Make the file of an order as whoever asks for it on a page gets it.

    Raises LookupError for a survey without answers.
    """
    # Each brings libraries that the other jobs need not carry
    from webapp import plan_pdf, results, wall

    now = clock()
    day = now.astimezone(COPENHAGEN).date()
    release.settle(database)
    if order.subject is Subject.BOARD:
        with database.snapshot() as session:
            made = wall.read(session, settings.place, now)
        with database.transaction() as session:
            edition = wall.keep(session, made, now)
        content = wall.pdf(edition.wall, settings.municipality, edition.made_at)
        return File(f"Tavlen {made.day}", f"hoert-tavlen-{day.isoformat()}.pdf", content)
    with database.snapshot() as session:
        if order.subject is Subject.PLAN:
            content = plan_pdf.pdf(session, settings.place, settings.municipality, now)
            return File("Planen", f"hoert-planen-{day.isoformat()}.pdf", content)
        wave = _wave(session, order, occasion)
        report = build(session, wave)
    content = results.written(report, wave.instrument, order.form, settings.municipality, now)
    title = f"{wave.instrument.title(SOURCE_LANGUAGE)}, {wave.label}"
    return File(title, secure_filename(f"hoert-{wave.survey}-{wave.label}.{order.form}"), content)


def _wave(session: Session, order: Order, occasion: Occasion) -> extract.Wave:
    waves = extract.waves(session, order.survey)
    if occasion.wave is not None:
        return next(wave for wave in waves if wave.label == occasion.wave)
    found = next((wave for wave in waves if wave.responses), None)
    if found is None:
        raise LookupError
    return found


def _claim(
    database: Database, order: Order, occasion: Occasion, user_id: int, now: datetime
) -> int | None:
    """Take one message for ourselves. None when another has it, or it is sent, or has to wait."""
    row = ReportSendingRow
    this = (row.order_id == order.id) & (row.user_id == user_id) & (row.occasion == occasion.key)
    with database.transaction() as session:
        if insert_unless_known(
            session,
            row,
            order_id=order.id,
            user_id=user_id,
            occasion=occasion.key,
            begun_at=now,
        ):
            return session.scalars(select(row.id).where(this)).one()
        # Nothing of it has left: it is taken up again, by one worker
        again = update(row).where(
            this,
            row.failure.in_(_MAY_TRY_AGAIN),
            row.ended_at < now - AGAIN,
            row.begun_at > now - GIVE_UP,
        )
        return session.scalars(
            again.values(ended_at=None, failure=None).returning(row.id)
        ).one_or_none()


def _sent(settings: Settings, letter: mail.Mail) -> str | None:
    """Send one message. The kind of what went wrong, None when all is well."""
    try:
        mail.send(settings, letter)
    except Undeliverable:
        return "undeliverable"
    except Postponed:
        return "postponed"
    except Unavailable:
        return "unavailable"
    except Uncertain:
        return "uncertain"
    return None


def _end(database: Database, sending: int, now: datetime, failure: str | None) -> None:
    with database.transaction() as session:
        session.execute(
            update(ReportSendingRow)
            .where(ReportSendingRow.id == sending)
            .values(ended_at=now, failure=failure)
        )


def _letter(settings: Settings, sending: int, form: str, address: str, file: File) -> mail.Mail:
    return mail.Mail(
        to=address,
        subject=f"Hørt: {file.title}",
        text=(
            f"Her er rapporten: {file.title}.\n\n"
            "Den er vedhæftet. Tallene er de samme som på siderne i Hørt, og de samme små grupper"
            " er skjult.\n\n"
            "Del den kun med kolleger, der må se resultaterne.\n\n"
            "Du får den, fordi en kollega har valgt dig. Vil du ikke have den mere, så åbn"
            f" {settings.public_url}/staff/rapporter og tryk på “Send den ikke til mig”.\n"
        ),
        attachments=(mail.Attachment(file.name, file.content, KINDS[form]),),
        identity=f"rapport-{sending}",
    )
