"""Work behind the pages, on a queue that survives a restart: mixing, closing, finding themes."""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from huey import Huey, crontab
from sqlalchemy.exc import OperationalError
from structlog import get_logger

from analysis import coder, coding, frames, learning, lessons, quotes
from surveys import ballot, extract, recurring, respite, retention, turnout
from surveys.database import Database
from webapp import (
    Clock,
    audit,
    callback,
    courses,
    double_entry,
    guesses,
    learning_room,
    meetings,
    saving,
    sessions,
)
from webapp.delivery import sender
from webapp.interviews import marks
from webapp.jobs import Job, name_of, run, storage
from webapp.settings import Settings

log = get_logger()

Queues = Mapping[str, tuple[Job, ...]]


def mix(database: Database, clock: Clock) -> None:
    """Move what has enough company, and what closed waves left, from inbox to responses."""
    with database.transaction() as session:
        moved = ballot.mix_closed(session, clock()) + ballot.mix_all(session)
    if moved:
        log.info("responses mixed", n=moved)
    if moved or ballot.has_tracks(database):
        try:
            ballot.cover_tracks(database)
        except OperationalError:
            log.warning("the tables are in use; the next minute will do")


def find_themes(database: Database, clock: Clock) -> None:
    """Code the comments that the present models have not read."""
    with database.snapshot() as session:
        waves = extract.waves(session)
    for wave in waves:
        if wave.instrument.audience not in coding.AUDIENCES:
            continue
        found = coder.code(database, wave)
        if found:
            log.info("comments coded", survey=wave.survey, n=found)
    with database.snapshot() as session:
        coder.forget_erased(session, clock().date())


def learn(database: Database, _: Clock) -> None:
    """Make the new version of a theme model that somebody has asked for. It is kept, not used."""
    with database.transaction() as session:
        audience = lessons.begin(session)
    if audience is None:
        return

    def told(progress: int) -> None:
        with database.transaction() as session:
            lessons.advance(session, audience, progress)

    model = None
    try:
        with database.snapshot() as session:
            frame = frames.in_use(session, audience)
            coded = coding.coded_by_people(session, frame)
        found = learning.learn(frame, coded, told=told)
        found.keep()
        model = found.model.name
        log.info("model learnt", model=model, n=len(coded))
    except learning.NothingToLearn:
        log.info("nothing to learn", audience=audience)
    finally:
        with database.transaction() as session:
            lessons.end(session, audience, model)


def keep_schedules(database: Database, clock: Clock) -> None:
    """Open the waves that are due by their survey's schedule."""
    with database.transaction() as session:
        opened = recurring.keep(session, clock())
    for survey, label in opened:
        log.info("wave opened", survey=survey, wave=label)


def count_day(database: Database, clock: Clock) -> None:
    """Note how many have answered so far today, in waves where the day may be known."""
    with database.transaction() as session:
        turnout.count_day(session, clock())


def forget(database: Database, clock: Clock) -> retention.Run:
    """Delete what is past its date, out of the files as well, and log how much it was."""
    with database.transaction() as session:
        done = retention.expire(session, clock())
        respite.forget(session, clock())
    ballot.cover_tracks(database, (*retention.KEPT, *quotes.KEPT))
    log.info("retention run", deleted=done.total, waves=len(done.deleted))
    return done


def forget_daily(database: Database, clock: Clock) -> None:
    """Delete what is past its date, once in each day in Copenhagen."""
    now = clock()
    with database.snapshot() as session:
        due = retention.next_run(session, now) <= now
    if due:
        forget(database, clock)


EVERY_MINUTE: tuple[Job, ...] = (
    keep_schedules,
    mix,
    count_day,
    forget_daily,
    callback.upkeep,
    saving.upkeep,
    sessions.upkeep,
    audit.upkeep,
    guesses.upkeep,
    double_entry.count_overdue,
    courses.upkeep,
    meetings.upkeep,
    learning_room.upkeep,
    learn,
    find_themes,
    marks.place,
)


QUEUES: Final = ("hoert-mail", "hoert-sms", "hoert")
_SHARED: Final = frozenset({"send_mail", "send_sms"})
"""The jobs that share their work out by themselves."""


def jobs_of(settings: Settings, is_stopping: Callable[[], bool] = lambda: False) -> Queues:
    """The jobs of each queue. One that stands still keeps no other waiting."""

    def send_mail(database: Database, clock: Clock) -> None:
        sender.deliver(sender.MAIL, settings, database, clock, is_stopping)

    def send_sms(database: Database, clock: Clock) -> None:
        sender.deliver(sender.SMS, settings, database, clock, is_stopping)

    def send_reports(database: Database, clock: Clock) -> None:
        # What it sets reports with is loaded where it is used
        from webapp import report_mail

        report_mail.deliver(settings, database, clock)

    return {
        "hoert": EVERY_MINUTE,
        "hoert-mail": (send_mail, send_reports),
        "hoert-sms": (send_sms,),
    }


def queue(
    settings: Settings,
    clock: Clock,
    name: str = "hoert",
    is_stopping: Callable[[], bool] = lambda: False,
) -> Huey:
    """A queue with its periodic jobs."""
    made = storage(settings, name)
    database = Database(settings.database_url)
    for job in jobs_of(settings, is_stopping)[name]:

        def once(job: Job = job) -> None:
            run(job, database, clock, alone=name_of(job) not in _SHARED)

        made.periodic_task(crontab(minute="*"), name=name_of(job))(once)
    return made


def work(settings: Settings) -> None:
    """Run the jobs until stopped: once at the start, then every minute, each queue by itself."""
    from webapp.cli.installation import now

    stopping = threading.Event()
    consumers = []
    for name in QUEUES:
        made = queue(settings, now, name, stopping.is_set)
        # What was queued before says no more than that a minute passed
        made.flush()
        for task in made._registry.periodic_tasks:
            made.enqueue(task)
        consumers.append(made.create_consumer(workers=1, periodic=True, shutdown_timeout=25))
    *others, last = consumers
    for consumer in others:
        consumer.start()
    # The one begun last gets the signals. A sender is let finish the message that it is sending
    threading.Thread(target=_pass_on, args=(last.stop_flag, stopping), daemon=True).start()
    last.run()
    stopping.set()
    for consumer in others:
        consumer.stop(graceful=True)


def _pass_on(stopped: threading.Event, stopping: threading.Event) -> None:
    stopped.wait()
    stopping.set()
