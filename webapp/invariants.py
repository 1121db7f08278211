"""What must hold in the database at all times, for `hoert db check`."""

from sqlalchemy import text

import migrations
from surveys import extract
from surveys.database import Database


def violations(database: Database) -> list[str]:
    """Every promise that the data breaks, in sentences. Empty when all is well."""
    found = []
    if migrations.behind(database.engine):
        found.append("The schema lacks migrations. Run: hoert db upgrade")
    with database.snapshot() as session:
        if database.is_sqlite:
            verdict = session.execute(text("PRAGMA integrity_check")).scalar_one()
            if verdict != "ok":
                found.append(f"The file is damaged: {verdict}")
        found += [
            f"{wave.survey} {wave.label}: {wave.received} invitations are spent, but there are"
            f" {wave.waiting} answers in the inbox, {wave.responses} responses and"
            f" {wave.erased} that were taken back."
            for wave in extract.waves(session)
            if wave.received != wave.waiting + wave.responses + wave.erased
        ]
    return found
