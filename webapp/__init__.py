"""The web face of Hørt: the pages that citizens answer on and the pages that staff read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app

from surveys.database import Database
from webapp.settings import Settings

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Running:
    """What a view may reach: the settings, the database and the clock of this process."""

    settings: Settings
    database: Database
    clock: Clock


def running() -> Running:
    """What belongs to the application that handles this request."""
    found: Running = current_app.extensions["hoert"]
    return found


def create_app(settings: Settings | None = None, clock: Clock = lambda: datetime.now(UTC)) -> Flask:
    """Make the application. Nothing is read from the environment but through `settings`."""
    from webapp import (
        access,
        actions,
        api,
        api_keys,
        board,
        callback,
        cards,
        chat,
        codebook,
        coding,
        compression,
        editor,
        entry,
        errors,
        fieldwork,
        health,
        kiosk,
        languages,
        look,
        operations,
        plan,
        quotes,
        register,
        respond,
        results,
        rights,
        saving,
        security,
        staff,
        telegram,
    )

    settings = settings or Settings()
    app = Flask(__name__)
    app.secret_key = settings.secret_key
    app.extensions["hoert"] = Running(settings, Database(settings.database_url), clock)
    security.protect(app)
    compression.compress(app)
    errors.register(app)
    access.register(app)
    for blueprint in (
        health.blueprint,
        respond.blueprint,
        rights.blueprint,
        callback.blueprint,
        kiosk.blueprint,
        look.blueprint,
        saving.blueprint,
        chat.blueprint,
        staff.blueprint,
        results.blueprint,
        fieldwork.blueprint,
        coding.blueprint,
        codebook.blueprint,
        quotes.blueprint,
        plan.blueprint,
        actions.blueprint,
        api.blueprint,
        api_keys.blueprint,
        operations.blueprint,
        board.blueprint,
        register.blueprint,
        cards.blueprint,
        entry.blueprint,
        languages.blueprint,
        editor.blueprint,
    ):
        app.register_blueprint(blueprint)
    telegram.register(app)
    return app
