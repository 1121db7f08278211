"""What the commands work on: the settings and the database of this installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

import migrations
from surveys.database import Database
from surveys.deployment import Deployment


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


@contextmanager
def opened(deployment: Deployment | None = None) -> Iterator[Database]:
    """The installation's database. One that is behind is refused with what to do."""
    from sqlalchemy.exc import OperationalError

    database = Database((deployment or Deployment()).database_url)
    try:
        if migrations.behind(database.engine):
            raise click.ClickException("The database lacks migrations. Run: hoert db upgrade")
        yield database
    except OperationalError as failure:
        reason = str(failure.orig).splitlines()[0]
        raise click.ClickException(
            f"The database cannot be used: {reason}. Look at DATABASE_URL."
        ) from None
    finally:
        database.close()
