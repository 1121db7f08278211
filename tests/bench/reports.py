"""Reports on many responses: from cold, from what was told, as rows, and while people answer.

The floor is the database alone: one query over the same stored answers, by the bare driver, that
groups by question and answer. It knows no waves, hides nothing and reckons nothing.
"""

# Every statement is put together from the constants of this module
# ruff: noqa: S608

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import click
import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import migrations
from surveys import ballot, extract, fieldwork, keys
from surveys.database import Database, normalised
from surveys.interview import Draft, Interview
from tests.bench import machine
from tests.bench.installation import web
from tests.bench.stored import speed_up
from tests.bench.table import Line, show
from webapp import access
from webapp.access import Role

MEGABYTE = 1e6
PATIENCE_SECONDS = 600
SIGN_IN = "/staff/login"
SURVEY = "samtalefeedback"
ITEMS = ("purpose", "heard", "language", "guidance", "next")
UNITS = ("Nord", "Syd", "Øst", "Vest")
BEGAN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ENDED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
DURING_SECONDS = 6.0
FLOOR = "SELECT item, code, missing, count(*) FROM answer GROUP BY item, code, missing"

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def fill(database: Database, responses: int) -> None:
    """Store that many mixed responses with random answers to five questions, in one closed wave."""
    with database.transaction() as session:
        fieldwork.open_wave(session, SURVEY, "2026", opens_at=BEGAN)
        fieldwork.close_wave(session, SURVEY, ENDED)
    with database.engine.connect() as connection:
        if database.is_sqlite:
            speed_up(connection)
        for statement in _statements(sqlite=database.is_sqlite):
            connection.execute(text(statement), {"n": responses})
        connection.commit()
        if not database.is_sqlite:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM ANALYZE")
    database.close()


def _statements(*, sqlite: bool) -> Sequence[str]:
    if sqlite:
        numbers = (
            "WITH RECURSIVE number(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < :n) "
        )
        source, name, key = "number", "lower(hex(randomblob(16)))", "randomblob(32)"
        any_of = "abs(random()) % {}"
    else:
        numbers, source = "", "generate_series(1, CAST(:n AS integer))"
        name = "replace(CAST(gen_random_uuid() AS text), '-', '')"
        key = "sha256(convert_to(CAST(gen_random_uuid() AS text), 'UTF8'))"
        any_of = "CAST(floor(random() * {}) AS integer)"
    units = " ".join(f"WHEN {place} THEN '{unit}'" for place, unit in enumerate(UNITS))
    degree = f"CAST(1 + {any_of.format(5)} AS varchar(32))"
    answers = " UNION ALL ".join(
        f"SELECT id, '{item}', 0, {degree} FROM response" for item in ITEMS
    )
    return (
        f"CREATE TEMPORARY TABLE made AS {numbers}SELECT {name} AS response,"
        f" {any_of.format(len(UNITS))} AS place, {any_of.format(8)} AS week FROM {source}",
        "INSERT INTO response (id, wave_id, mode, language, week, unit, receipt_hash)"
        " SELECT response, (SELECT id FROM wave),"
        " CASE WHEN week % 2 = 0 THEN 'web' ELSE 'telegram' END, 'da',"
        f" '2026-W' || CAST(36 + week AS varchar(2)), CASE place {units} END, {key}"
        " FROM made ORDER BY 1",
        f"INSERT INTO answer (response_id, item, place, code) {answers} ORDER BY 1, 2",
        "DROP TABLE made",
    )


def measure(url: str, part: str) -> float:
    """One figure of a fresh process, in seconds."""
    asked = [sys.executable, "-m", "tests.bench.reports", url, part]
    said = subprocess.run(asked, check=True, capture_output=True, text=True)
    return float(said.stdout)


def _cold(database: Database) -> float:
    """The exact report with nothing told before, and the ledger that goes with it."""
    from analysis import release, report

    with database.transaction() as session:
        for table in ("released_group", "ledger", "release"):
            session.execute(text(f"DELETE FROM {table}"))
    began = perf_counter()
    release.settle(database, SURVEY)
    with database.snapshot() as session:
        made = report.build(session, extract.wave(session, SURVEY))
    took = perf_counter() - began
    assert len(made.distributions) == len(ITEMS)
    return took


def _exact(database: Database) -> float:
    """The five questions counted, and nothing else."""
    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY)
        began = perf_counter()
        extract.tallies(session, wave.id)
        return perf_counter() - began


def _told(database: Database) -> float:
    """The dashboard and the report that were told before, in a process that has made them once."""
    from analysis import release, report, standing

    took = 0.0
    for _ in range(2):
        began = perf_counter()
        release.settle(database)
        with database.snapshot() as session:
            standing.stand(session, "Allerød", datetime.now(UTC))
            report.build(session, extract.wave(session, SURVEY))
        took = perf_counter() - began
    return took


def _filtered(database: Database) -> float:
    """A unit that nobody has asked for yet."""
    from analysis import ledger
    from analysis.group import Group

    with database.transaction() as session:
        session.execute(text("DELETE FROM released_group WHERE key <> '{}'"))
    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY)
    began = perf_counter()
    assert ledger.ask(database, wave, [Group(unit="Nord")])[0]
    return perf_counter() - began


def _rows(database: Database, part: str) -> float:
    """Everybody's answers in rows as CSV: all of it, or its first piece."""
    from webapp import results

    with database.snapshot() as session:
        wave = extract.wave(session, SURVEY)
    began = perf_counter()
    first = 0.0
    for _ in results.streamed(database, wave, ENDED):
        first = first or perf_counter() - began
    return {"rows": perf_counter() - began, "first": first}[part]


def grown(database: Database) -> Sequence[float]:
    """MB by which a serving process grows at the most while it sends everybody's rows as CSV.

    The first figure is of its first download, which loads the arithmetic too; the second of the
    next one.
    """
    name, password = f"{uuid4().hex}@example.org", uuid4().hex
    access.create_user(database, name, Role.ANALYTIKER, password)
    found = []
    with (
        web(database, processes=1) as server,
        httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE_SECONDS
        ) as browser,
    ):
        token = _TOKEN.findall(browser.get(SIGN_IN).text)
        typed = {"csrf_token": token, "email": name, "password": password}
        signed_in = browser.post(SIGN_IN, data=typed)
        assert signed_in.is_redirect, f"not signed in: {signed_in.status_code}"
        worker = machine.tree(server.pid)[-1]
        for _ in range(2):
            before = machine.resident_bytes(worker)
            with browser.stream("GET", f"/staff/raekker/{SURVEY}/2026.csv") as answer:
                answer.raise_for_status()
                lines = sum(piece.count(b"\n") for piece in answer.iter_bytes())
            assert lines > 1
            found.append((machine.greatest_bytes(worker) - before) / MEGABYTE)
    return found


def _floor(url: str) -> float:
    engine = create_engine(normalised(url))
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        began = perf_counter()
        cursor = driver.cursor()
        cursor.execute(FLOOR)
        cursor.fetchall()
        took = perf_counter() - began
    engine.dispose()
    return took


def answering(database: Database, seconds: float = DURING_SECONDS) -> float:
    """Answers that are taken in each second, one transaction each."""
    with database.transaction() as session:
        code = fieldwork.create_link(session, "borgerinddragelse", BEGAN)
        admission = fieldwork.admit(session, code, BEGAN)
    interview = Interview(admission.instrument, Draft("da"))
    interview.fill({"positive": "4", "heard": "5"})
    answers = interview.finish().answers
    taken, began = 0, perf_counter()
    while perf_counter() - began < seconds:
        token = keys.new_ballot()
        with database.transaction() as session:
            ballot.cast(
                session,
                admission.instrument,
                answers,
                wave_id=admission.wave_id,
                spends=keys.spend_hash(token),
                personal=False,
                receipt=token,
                mode="web",
                language="da",
                unit=None,
                course=None,
                now=BEGAN,
            )
        taken += 1
    return taken / (perf_counter() - began)


def slowed(url: str) -> tuple[float, float]:
    """Answers a second alone, and while another process makes the exact report all the time."""
    database = Database(url)
    with database.transaction() as session:
        fieldwork.open_wave(session, "borgerinddragelse", "2026", opens_at=BEGAN)
    alone = answering(database)
    asked = [sys.executable, "-m", "tests.bench.reports", url, "forever"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        meanwhile = answering(database)
        reader.terminate()
    database.close()
    return alone, meanwhile


@contextmanager
def stores() -> Iterator[Sequence[tuple[str, str, float, float]]]:
    """A fresh database of each kind that can be had: name, URL, bound of the report and of rows."""
    found = []
    server = os.environ.get("HOERT_TEST_POSTGRESQL")
    made = f"hoert_bench_{uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        found.append(("SQLite", f"sqlite:///{Path(folder) / 'hoert.sqlite3'}", 2.5, 3.0))
        if server:
            _administer(server, f'CREATE DATABASE "{made}"')
            url = make_url(server).set(database=made).render_as_string(hide_password=False)
            found.append(("PostgreSQL", url, 1.0, 1.0))
        try:
            yield found
        finally:
            if server:
                _administer(server, f'DROP DATABASE "{made}" WITH (FORCE)')


def _administer(server: str, statement: str) -> None:
    engine = create_engine(normalised(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def main(responses: int = 100_000, rounds: int = 3) -> None:
    """Measure on every database that can be had here. The bounds are those of a million."""
    click.echo(f"\nReports on {responses:,} responses. {machine.description()}")
    with stores() as found:
        for name, url, report, csv in found:
            database = Database(url)
            migrations.upgrade(database.engine)
            fill(database, responses)
            floor = [measure(url, "floor") for _ in range(rounds)]
            lines = [
                Line(label, [measure(url, part) for _ in range(rounds)], ground, bound)
                for label, part, ground, bound in (
                    ("five questions counted, s", "exact", floor, None),
                    ("the whole report from cold, s", "cold", floor, report),
                    ("dashboard and report as told, s", "told", None, 0.3),
                    ("a unit nobody asked for before, s", "filtered", None, None),
                    ("rows as CSV, s", "rows", None, csv * max(1, responses / 100_000)),
                    ("rows as CSV, first byte, s", "first", None, 0.5),
                )
            ]
            growth = zip(*(grown(database) for _ in range(rounds)), strict=True)
            for label, megabytes in zip(("first", "next"), growth, strict=True):
                what = f"rows as CSV, extra memory, {label} time, MB"
                lines.append(Line(what, megabytes, None, 50, digits=0))
            alone, meanwhile = slowed(url)
            lines.append(Line("answers/s alone ÷ meanwhile", [alone / meanwhile], None, 2))
            show(name, lines)


def _alone(url: str, part: str) -> None:
    if part == "floor":
        click.echo(_floor(url))
        return
    database = Database(url)
    if part == "forever":
        click.echo("begun")
        while True:
            _cold(database)
    found = {"cold": _cold, "exact": _exact, "told": _told, "filtered": _filtered}
    click.echo(found[part](database) if part in found else _rows(database, part))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _alone(*sys.argv[1:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
