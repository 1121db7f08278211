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
        spent = extract.spent(session)
        for wave in extract.waves(session):
            if spent[wave.id] != wave.received:
                found.append(
                    f"{wave.survey} {wave.label}: {spent[wave.id]} invitations are spent, but there"
                    f" are {wave.waiting} answers in the inbox, {wave.responses} responses and"
                    f" {wave.erased} that were taken back."
                )
            if wave.anonymity == "anonymous" and extract.is_named(session, wave.id):
                found.append(
                    f"{wave.survey} {wave.label} is anonymous, but an answer of it leads to an"
                    " invitation."
                )
    return found
