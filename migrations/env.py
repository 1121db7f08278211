"""How Alembic reaches the database: one engine from the caller, one lock, one transaction."""

from alembic import context
from sqlalchemy import text

# These register the mapped classes
import analysis.ledger_tables
import analysis.plan_tables
import analysis.tables  # noqa: F401
import bot.tables  # noqa: F401
import surveys.company_tables
import surveys.dispatch_tables
import surveys.editing_tables
import surveys.fieldwork_tables
import surveys.meeting_tables
import surveys.tables  # noqa: F401
import webapp.access_tables
import webapp.answering_tables
import webapp.api_tables
import webapp.entry_tables
import webapp.guess_tables
import webapp.learning_tables
import webapp.report_tables
import webapp.work_tables  # noqa: F401
from surveys.database import Base, Moment

engine = context.config.attributes["engine"]
LOCK = 7_465_736_401


def _plain(kind: str, value: object, _: object) -> str | bool:
    # A version file must not import the application
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, Moment) else False


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_plain,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Two processes that start at once migrate one after the other
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.run_migrations()
    connection.commit()
