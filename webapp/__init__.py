"""The web face of Hørt: the pages that citizens answer on and the pages that staff read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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


class _Hoert(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view is asynchronous; to find that out for every hook took longer than the hooks."""
        return func


def create_app(settings: Settings | None = None, clock: Clock = lambda: datetime.now(UTC)) -> Flask:
    """Make the application. Nothing is read from the environment but through `settings`."""
    from webapp import (
        access,
        account,
        actions,
        api,
        api_keys,
        api_meetings,
        audit,
        audit_page,
        board,
        callback,
        cards,
        chat,
        codebook,
        coding,
        compression,
        courses,
        door,
        editor,
        elsewhere,
        entry,
        errors,
        fieldwork,
        health,
        interviews,
        kiosk,
        languages,
        learning_room,
        look,
        meetings,
        operations,
        panel,
        plan,
        quotes,
        receipts,
        register,
        report_files,
        respond,
        results,
        rights,
        saving,
        security,
        staff,
        staff_names,
        telegram,
        too_often,
        users,
    )
    from webapp.delivery import status

    settings = settings or Settings()
    app = _Hoert(__name__)
    app.secret_key = settings.secret_key
    app.extensions["hoert"] = Running(settings, Database(settings.database_url), clock)
    door.register(app)
    security.protect(app)
    compression.compress(app)
    errors.register(app)
    too_often.register(app)
    access.register(app)
    audit.register(app)
    for blueprint in (
        health.blueprint,
        respond.blueprint,
        rights.blueprint,
        receipts.blueprint,
        callback.blueprint,
        kiosk.blueprint,
        look.blueprint,
        saving.blueprint,
        chat.blueprint,
        staff.blueprint,
        account.blueprint,
        elsewhere.blueprint,
        users.blueprint,
        audit_page.blueprint,
        results.blueprint,
        fieldwork.blueprint,
        courses.blueprint,
        coding.blueprint,
        codebook.blueprint,
        quotes.blueprint,
        plan.blueprint,
        actions.blueprint,
        api.blueprint,
        api_meetings.blueprint,
        api_keys.blueprint,
        meetings.blueprint,
        operations.blueprint,
        status.blueprint,
        board.blueprint,
        register.blueprint,
        report_files.blueprint,
        learning_room.blueprint,
        cards.blueprint,
        entry.blueprint,
        interviews.blueprint,
        panel.blueprint,
        languages.blueprint,
        staff_names.blueprint,
        editor.blueprint,
    ):
        app.register_blueprint(blueprint)
    telegram.register(app)
    return app
