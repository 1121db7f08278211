"""What a completed response costs on the web, beside a floor that does the least possible."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import process_time

import click
import yaml
from sqlalchemy import text

from surveys import ballot, definition, fieldwork
from surveys.database import Database
from tests.bench import first_visit, floor, machine, stored, syncs
from tests.bench.installation import (
    Installation,
    Server,
    empty_database,
    free_port,
    installed,
    kinds,
    prepared,
    serving,
    web,
)
from tests.bench.respondents import (
    Waited,
    Walk,
    bare,
    cookies_after,
    load,
    looking,
    one_page,
    page_by_page,
)
from tests.bench.statements import statements
from tests.bench.table import Line, show
from tests.conftest import POSTGRESQL

SURVEY = "borgerinddragelse"
CROWDS = (1, 8, 32)
PHASE_SECONDS = 1.2
WARM_SECONDS = 0.7
MEGABYTE = 1e6
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(slots=True)
class Course:
    """One way to use one server, run again and again, and what each run showed."""

    server: Server
    walk: Walk
    database_process: int | None
    cookies: dict[str, str] = field(default_factory=dict)
    cpu: list[float] = field(default_factory=list)
    waited: Waited = field(default_factory=Waited)

    def run(self, people: int, seconds: float = PHASE_SECONDS) -> None:
        """One phase; its CPU milliseconds per walk are those of all processes together."""
        before = self._spent()
        waited = load(self.server.port, self.walk, people, seconds, self.cookies)
        self.cpu.append((self._spent() - before) / max(1, len(waited.walks)) * 1000)
        self.waited.add(waited)

    def percentile(self, share: float, step: str | None = None) -> Sequence[float] | None:
        """Milliseconds that this share of all steps, or of all walks, stayed below."""
        seconds = sorted(self.waited.steps.get(step, []) if step else self.waited.walks)
        return [seconds[ceil(share * len(seconds)) - 1] * 1000] if seconds else None

    def _spent(self) -> float:
        database = self.database_process
        return machine.cpu_seconds(self.server.pid) + (
            machine.cpu_seconds(database) if database else 0.0
        )


def main(rounds: int, already_stored: int | None) -> None:
    """Measure everything on each kind of database and print it."""
    click.echo(machine.description())
    for kind in kinds():
        _compare(kind, rounds)
    if already_stored is not None:
        for kind in kinds():
            _compare_sizes(kind, rounds, already_stored)
    if "postgresql" not in kinds():
        click.secho(f"\nPOSTGRESQL WAS NOT MEASURED: {POSTGRESQL} is not set.", bold=True)


def _compare(kind: str, rounds: int) -> None:
    with ExitStack() as running:
        url = running.enter_context(empty_database(kind))
        floor.prepare(url)
        bottom = running.enter_context(
            serving(["-m", "tests.bench.floor"], {"DATABASE_URL": url}, free_port())
        )
        hoert = running.enter_context(installed(kind, SURVEY))
        paged = running.enter_context(_with_rules(kind))
        database = _database_process(hoert.database)
        if kind == "postgresql":
            _warn_of_neighbours(hoert.database)
        walk = one_page(hoert.code)

        def both() -> tuple[Course, Course]:
            return Course(bottom, bare(), database), Course(hoert.server, walk, database)

        crowds = {people: both() for people in CROWDS}
        interview = Course(paged.server, page_by_page(paged.code), database)
        form = (
            Course(bottom, looking("/s/floor"), database),
            Course(hoert.server, looking(f"/s/{hoert.code}"), database),
        )
        cookies = cookies_after(hoert.server.port, walk)
        thanks = Course(hoert.server, looking("/tak"), database, cookies)
        for course in (*both(), Course(paged.server, interview.walk, database)):
            course.run(8, WARM_SECONDS)
        for number in range(rounds):
            for people, pair in crowds.items():
                for course in pair if number % 2 else reversed(pair):
                    course.run(people)
            for course in (interview, *form, thanks):
                course.run(8, WARM_SECONDS)
        memory = machine.memory_bytes(hoert.server.pid) / MEGABYTE
        bare_memory = machine.memory_bytes(bottom.pid) / MEGABYTE
        for people, (below, ours) in crowds.items():
            show(f"{NAMES[kind]}, {people} at once", _per_crowd(below, ours, people))
        counted = statements(hoert.database, walk, looking(f"/s/{hoert.code}"))
        synced = syncs.per_response(hoert.server, hoert.database, walk)
        at_eight = crowds[8][0].cpu
        show(
            f"{NAMES[kind]}, besides",
            [
                Line("CPU ms, the form alone", form[1].cpu, form[0].cpu),
                Line("CPU ms, the thank-you page alone", thanks.cpu),
                Line("CPU ms, five questions page by page", interview.cpu, at_eight, 8, True),
                Line("CPU ms, mixing one response later", _mixing(hoert)),
                Line("SQL statements, one response", [counted[0]], [1], 4, digits=0),
                Line("SQL statements, the form", [counted[1]], [0], 0, digits=0),
                Line("fsync per response, 32 at once", synced and [synced], bound=0.5),
                Line("memory MB (PSS), two workers", [memory], [bare_memory], 200, digits=0),
                Line("errors, page by page", [interview.waited.errors], bound=0, digits=0),
                *_weights(hoert, paged),
            ],
        )


def _per_crowd(below: Course, ours: Course, people: int) -> Iterator[Line]:
    yield Line("CPU ms per response", ours.cpu, below.cpu, 2, True)
    for name, step in (("form", "form"), ("sending", "send"), ("thank-you page", "thanks")):
        for share in (0.5, 0.99):
            name_of_share = f"{name} p{share * 100:.0f} ms"
            yield Line(name_of_share, ours.percentile(share, step), below.percentile(share, step))
    flow = ours.percentile(0.99), below.percentile(0.99)
    yield Line("whole response p99 ms", *flow, *((3, True) if people == 32 else ()))
    yield Line("errors", [ours.waited.errors], [below.waited.errors], 0, digits=0)


def _weights(*installations: Installation) -> Iterator[Line]:
    one_page, paged = (f"http://127.0.0.1:{i.server.port}/s/{i.code}" for i in installations)
    seen = first_visit.visit(one_page, paged)
    first, later = seen or (None, None)
    yield Line("first visit, kB", first and [first.total / 1000], bound=60, digits=1)
    without = first and [first.without_fonts / 1000]
    yield Line("first visit without fonts, kB", without, bound=20, digits=1)
    yield Line("first visit, requests", first and [first.requests], bound=5, digits=0)
    yield Line("later page, kB", later and [later.total / 1000], bound=8, digits=1)


def _compare_sizes(kind: str, rounds: int, many: int) -> None:
    """The cost of a response after a thousand and after `many`."""
    with ExitStack() as running:
        courses = []
        for responses in (1000, many):
            click.echo(f"Storing {responses:,} responses in {NAMES[kind]} ...", err=True)
            database, code = running.enter_context(prepared(kind, SURVEY))
            stored.fill(database, responses)
            server = running.enter_context(web(database))
            courses.append(Course(server, one_page(code), _database_process(database)))
        for course in courses:
            Course(course.server, course.walk, None).run(8, WARM_SECONDS)
        for number in range(rounds):
            for course in courses if number % 2 else reversed(courses):
                course.run(8)
    few, full = courses
    show(
        f"{NAMES[kind]}, {many:,} stored (“floor”: 1,000 stored)",
        [
            Line("CPU ms per response, 8 at once", full.cpu, few.cpu, 1.15, True),
            Line("errors", [full.waited.errors], [few.waited.errors], 0, digits=0),
        ],
    )


def _mixing(hoert: Installation) -> Sequence[float]:
    """CPU of this process for moving what waits, per response; SQLite's own work is in it."""
    began = process_time()
    with hoert.database.transaction() as session:
        moved = ballot.mix_all(session)
    return [(process_time() - began) / moved * 1000] if moved else []


@contextmanager
def _with_rules(kind: str) -> Iterator[Installation]:
    """Hørt with the same five questions and a rule, so that they come one page at a time."""
    document = yaml.safe_load(definition.shipped(SURVEY))
    document["version"] += 1000
    for section in document["sections"]:
        for item in section["items"]:
            if item["id"] == "offers":
                item["ask_if"] = {"item": "heard", "answered": True}
    with prepared(kind, SURVEY) as (database, code):
        with database.transaction() as session:
            version = fieldwork.publish(session, yaml.safe_dump(document, allow_unicode=True))
            session.execute(text("UPDATE wave SET instrument_version_id = :v"), {"v": version})
        with web(database) as server:
            yield Installation(server, database, code)


def _database_process(database: Database) -> int | None:
    """The server behind a database, where there is one. It must run on this machine."""
    if database.is_sqlite:
        return None
    with database.engine.connect() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return machine.parent(backend)


def _warn_of_neighbours(database: Database) -> None:
    with database.engine.connect() as connection:
        others = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname NOT LIKE 'hoert_run_%' AND datname <> current_database()"
            )
        ).scalar_one()
    if others:
        click.echo(f"\n{others} sessions of others use this PostgreSQL: their CPU counts as well.")
