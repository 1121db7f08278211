"""A database that has taken many answers already, made by the database itself."""

# Every statement is put together from the constants of this module
# ruff: noqa: S608

from collections.abc import Sequence

from sqlalchemy import Connection, text

from surveys.database import Database

ANSWERS = (
    ("positive", 0, "'4'", "NULL", "NULL"),
    ("heard", 0, "'5'", "NULL", "NULL"),
    ("good", 0, "NULL", "substr(response, 2) || '0'", "NULL"),
    ("better", 0, "NULL", "substr(response, 2) || '1'", "NULL"),
    ("offers", 0, "'cv'", "NULL", "NULL"),
    ("offers", 1, "'stress'", "NULL", "NULL"),
    ("offers", 2, "'nature'", "NULL", "NULL"),
    ("offers__other", 0, "NULL", "NULL", "'not_applicable'"),
)
"""Item, place, code, comment and reason: what a response of the benchmark leaves when mixed."""


def fill(database: Database, responses: int) -> None:
    """Store that many mixed responses with their spent invitations in the one wave there is."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            speed_up(connection)
        wave = connection.execute(text("SELECT id FROM wave")).scalar_one()
        for statement in _statements(sqlite=database.is_sqlite):
            # Row numbers and the wave are all that is bound; PostgreSQL wants to see their type
            connection.execute(text(statement), {"n": responses, "wave": wave})
        connection.commit()
    database.close()


def speed_up(connection: Connection) -> None:
    """Let SQLite fill a new file as fast as it can; nothing of it is worth a power cut."""
    connection.rollback()
    driver = connection.connection.driver_connection
    assert driver is not None
    for pragma in (
        "synchronous=OFF",
        "cache_size=-1000000",
        "foreign_keys=OFF",
        "secure_delete=OFF",
    ):
        driver.execute(f"PRAGMA {pragma}")


def _statements(*, sqlite: bool) -> Sequence[str]:
    if sqlite:
        numbers = (
            "WITH RECURSIVE number(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < :n) "
        )
        source, name, key, yes, no = "number", "lower(hex(randomblob(16)))", "randomblob(32)", 1, 0
    else:
        numbers, source = "", "generate_series(1, CAST(:n AS integer))"
        name, yes, no = "replace(CAST(gen_random_uuid() AS text), '-', '')", "true", "false"
        key = "sha256(convert_to(CAST(gen_random_uuid() AS text), 'UTF8'))"
    given = " UNION ALL ".join(
        f"SELECT response, '{item}', {place}, {code}, {comment}, {missing} FROM made"
        for item, place, code, comment, missing in ANSWERS
    )
    return (
        f"CREATE TEMPORARY TABLE made AS {numbers}"
        f"SELECT {name} AS response FROM {source} ORDER BY 1",
        "INSERT INTO invitation (token_hash, wave_id, personal, spent, withdrawn)"
        f" SELECT {key}, CAST(:wave AS integer), {no}, {yes}, {no} FROM made ORDER BY 1",
        "INSERT INTO response (id, wave_id, mode, language, week, receipt_hash)"
        f" SELECT response, CAST(:wave AS integer), 'web', 'da', '2026-W47', {key}"
        " FROM made ORDER BY 1",
        *(
            "INSERT INTO comment (id, wave_id, item, body, language)"
            f" SELECT {comment}, CAST(:wave AS integer), '{item}',"
            " 'Der gik seks uger, før nogen ringede tilbage til mig.', 'da'"
            " FROM made ORDER BY 1"
            for item, _, _, comment, _ in ANSWERS
            if comment != "NULL"
        ),
        "INSERT INTO answer (response_id, item, place, code, comment_id, missing)"
        f" {given} ORDER BY 1, 2, 3",
        "DROP TABLE made",
    )
