"""The schema's history. Tests and installations build their databases with it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring a database to a revision, the newest by default. Safe to run twice."""
    command.upgrade(_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take a database back to a revision; `base` is empty."""
    command.downgrade(_config(engine), revision)


def behind(engine: Engine) -> bool:
    """Whether the database lacks a migration that this code has."""
    head = ScriptDirectory.from_config(_config(engine)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != head


def drift(engine: Engine) -> None:
    """Raise when the mapped classes and the migrated schema differ."""
    command.check(_config(engine))


def revise(engine: Engine, slug: str, number: str) -> None:
    """Write a new migration from what the mapped classes have and the database lacks."""
    command.revision(_config(engine), message=slug, rev_id=number, autogenerate=True)
