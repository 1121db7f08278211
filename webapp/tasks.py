"""Work behind the pages, on a queue that survives a restart: mixing, closing, finding themes."""

from huey import Huey, crontab
from sqlalchemy.exc import OperationalError
from structlog import get_logger

from analysis import coder, coding, frames, learning, lessons
from surveys import ballot, extract, invitations, recurring, retention
from surveys.database import Database
from surveys.schedule import COPENHAGEN, midnight
from webapp import Clock, callback, double_entry, saving
from webapp.jobs import Job, name_of, run, storage
from webapp.settings import Settings

log = get_logger()


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
        invitations.count_day(session, clock())


def forget(database: Database, clock: Clock) -> retention.Run:
    """Delete what is past its date, out of the files as well, and log how much it was."""
    with database.transaction() as session:
        done = retention.expire(session, clock())
    ballot.cover_tracks(database, retention.KEPT)
    log.info("retention run", deleted=done.total, waves=len(done.deleted))
    return done


def forget_daily(database: Database, clock: Clock) -> None:
    """Delete what is past its date, once in each day in Copenhagen."""
    with database.snapshot() as session:
        last = next(iter(retention.runs(session, most=1)), None)
    if last is None or last.ran_at < midnight(clock().astimezone(COPENHAGEN).date()):
        forget(database, clock)


EVERY_MINUTE: tuple[Job, ...] = (
    keep_schedules,
    mix,
    count_day,
    forget_daily,
    callback.upkeep,
    saving.upkeep,
    double_entry.count_overdue,
    learn,
    find_themes,
)


def queue(settings: Settings, clock: Clock) -> Huey:
    """The queue with its periodic jobs."""
    made = storage(settings)
    database = Database(settings.database_url)
    for job in EVERY_MINUTE:

        def once(job: Job = job) -> None:
            run(job, database, clock)

        made.periodic_task(crontab(minute="*"), name=name_of(job))(once)
    return made


def work(settings: Settings) -> None:
    """Run the jobs until stopped: once at the start, then every minute."""
    from webapp.cli.installation import now

    database = Database(settings.database_url)
    for job in EVERY_MINUTE:
        run(job, database, now)
    database.close()
    queue(settings, now).create_consumer(workers=1, periodic=True).run()
