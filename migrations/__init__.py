"""The schema's history. Tests and installations build their databases with it.

Alembic is imported where it is used: a process that only asks whether its database is up to date
does not pay for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent


def _config(engine: Engine) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring a database to a revision, the newest by default. Safe to run twice."""
    from alembic import command

    command.upgrade(_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take a database back to a revision; `base` is empty."""
    from alembic import command

    command.downgrade(_config(engine), revision)


def behind(engine: Engine) -> bool:
    """Whether the database lacks a migration that this code has."""
    newest = max(file.name[:4] for file in (_FOLDER / "versions").glob("[0-9]*.py"))
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return True
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found != newest


def drift(engine: Engine) -> None:
    """Raise when the mapped classes and the migrated schema differ."""
    from alembic import command

    command.check(_config(engine))


def revise(engine: Engine, slug: str, number: str) -> None:
    """Write a new migration from what the mapped classes have and the database lacks."""
    from alembic import command

    command.revision(_config(engine), message=slug, rev_id=number, autogenerate=True)
