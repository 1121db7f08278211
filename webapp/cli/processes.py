"""`hoert run | web | bot | worker` and `hoert db …`: the processes and the database behind them."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import click

import migrations
from surveys.database import Database
from webapp.cli.installation import opened
from webapp.settings import Settings

STOP_SECONDS = 30


@click.command()
def run() -> None:
    """Bring the database up to date, then run web and worker (and the bot when it has a token)."""
    settings = Settings()
    _upgrade(settings)
    _demonstrate_if_empty(settings)
    names = ["web", "worker", *(["bot"] if settings.telegram_bot_token else [])]
    click.echo(f"Hørt is at http://127.0.0.1:{settings.port} – press Ctrl+C to stop.")
    click.echo("To read the results: hoert user create YOU@EXAMPLE.ORG --role leder")
    started = [subprocess.Popen([sys.executable, "-m", "webapp.cli", name]) for name in names]  # noqa: S603
    sys.exit(_supervise(dict(zip(names, started, strict=True))))


def _supervise(started: dict[str, subprocess.Popen[bytes]]) -> int:
    """Wait until we are stopped or a process dies, then stop the others. Gives the exit status."""
    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    dead: str | None = None
    while not stopping and dead is None:
        time.sleep(0.2)
        dead = next((name for name, process in started.items() if process.poll() is not None), None)
    for process in started.values():
        process.terminate()
    for process in started.values():
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    if dead and not stopping:
        click.echo(f"hoert: the process {dead} stopped, so the others were stopped too.", err=True)
        return 1
    return 0


@click.command()
def web() -> None:
    """Serve the pages on PORT (8000 by default)."""
    from webapp.server import become

    # What is missing is said before, where it is told in a sentence
    Settings()
    become()


@click.command()
def worker() -> None:
    """Do what must be done behind the pages: mix, close waves, find themes."""
    from webapp.tasks import work

    work(Settings())


@click.group(invoke_without_command=True)
@click.pass_context
def bot(context: click.Context) -> None:
    """Talk with citizens on Telegram. Needs TELEGRAM_BOT_TOKEN."""
    if not Settings().telegram_bot_token:
        raise click.ClickException("TELEGRAM_BOT_TOKEN is missing. Get one from @BotFather.")
    if context.invoked_subcommand is None:
        _bot()


@bot.command("check")
def check_bot() -> None:
    """Say in words what is wrong with token, webhook, commands, clock or process, if anything."""
    _bot("check")


def _bot(*arguments: str) -> None:
    # Another process, another program: the web never imports the bot
    process = subprocess.Popen([sys.executable, "-m", "bot", *arguments])  # noqa: S603
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: process.send_signal(received))
    sys.exit(process.wait())


@click.group()
def db() -> None:
    """The database: bring it up to date, check it, copy it."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to date. Safe to run again."""
    _upgrade(Settings())
    click.echo("The database is up to date.")


@db.command()
def check() -> None:
    """Say whether the database can be used and holds what it must."""
    from webapp.invariants import violations

    with opened() as database:
        found = violations(database)
    for violation in found:
        click.echo(violation, err=True)
    if found:
        raise click.ClickException("The database does not hold what it must.")
    click.echo("The database is in order.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the SQLite database to FILE while it is in use."""
    source = _sqlite_file(Settings())
    if file.exists():
        raise click.ClickException(f"{file} exists. Choose another name.")
    with sqlite3.connect(source) as live, sqlite3.connect(file) as copy:
        live.backup(copy)
    file.chmod(0o600)
    click.echo(f"Copied to {file}.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put a copy made by `backup` in the place of a database that does not exist yet."""
    target = _sqlite_file(Settings())
    if target.exists():
        raise click.ClickException(f"{target} exists. Move it away first; nothing was changed.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with sqlite3.connect(file) as copy, sqlite3.connect(target) as live:
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise click.ClickException(f"{file} is damaged; nothing was restored.")
            copy.backup(live)
    except sqlite3.DatabaseError:
        target.unlink(missing_ok=True)
        raise click.ClickException(f"{file} is not a copy of a database.") from None
    _upgrade(Settings())
    click.echo(f"Restored from {file}.")


def _sqlite_file(settings: Settings) -> Path:
    database = Database(settings.database_url)
    if not database.is_sqlite or not database.url.database:
        raise click.ClickException("On PostgreSQL use pg_dump and pg_restore: docs/operation.md.")
    return Path(database.url.database)


def _upgrade(settings: Settings) -> None:
    from sqlalchemy.exc import OperationalError

    database = Database(settings.database_url)
    try:
        migrations.upgrade(database.engine)
    except OperationalError as failure:
        reason = str(failure.orig).splitlines()[0]
        raise click.ClickException(
            f"The database cannot be reached: {reason}. Look at DATABASE_URL."
        ) from None
    finally:
        database.close()


def _demonstrate_if_empty(settings: Settings) -> None:
    from surveys import extract
    from webapp.cli.demonstration import demonstrate

    if settings.in_production:
        return
    with opened(settings) as database:
        with database.snapshot() as session:
            empty = not extract.waves(session)
        if empty:
            demonstrate(database, seed=1)


COMMANDS = (run, web, worker, bot, db)
