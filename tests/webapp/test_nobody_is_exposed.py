"""Whatever all roles together fetch, in any order and while people come and go, exposes nobody.

The requests go through the functions that pages, files and the API share, to a real database; what
came back is reckoned person by person.
"""

# ruff: noqa: S311  Every seed gives the same town again

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from analysis import ledger, readings, release
from analysis.disclosure import MINIMUM, audit
from analysis.group import EVERYBODY, Group
from analysis.ledger import Figures
from analysis.ledger_book import Book
from analysis.ledger_tables import ReleasedGroupRow
from surveys import ballot, extract, fieldwork, keys, retention
from surveys.database import Database
from surveys.extract import Cell
from surveys.interview import Draft, Interview
from tests.analysis.test_ledger import Person, any_group
from webapp import filters

SURVEY = "samtalefeedback"
ITEMS = ("purpose", "heard")
BEGAN = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)
STORED = select(ReleasedGroupRow.key, ReleasedGroupRow.figures).where(
    ReleasedGroupRow.figures.is_not(None)
)
READERS = (None, frozenset({"Nord"}), frozenset({"Syd", "Vest"}))
"""The units of a manager, of a team leader and of a program with its owner's key."""


@dataclass
class Office:
    """A wave in a database, who is in it, and what anybody was ever told of them."""

    database: Database
    chance: Random
    code: str = ""
    came: int = 0
    now: datetime = BEGAN
    people: dict[str, Person] = field(default_factory=dict)
    told: dict[str, Figures] = field(default_factory=dict)
    released: dict[tuple[str, str | None], list[frozenset[Person]]] = field(default_factory=dict)

    def opens(self) -> None:
        with self.database.transaction() as session:
            fieldwork.open_wave(session, SURVEY, "2026", opens_at=BEGAN)
            self.code = fieldwork.create_link(session, SURVEY, BEGAN)

    def passes(self) -> None:
        """Some answer, some take their answer back, and a week or two go."""
        chance = self.chance
        with self.database.transaction() as session:
            admission = fieldwork.admit(session, self.code, self.now)
            for _ in range(chance.choice([1, 3, 12, 20])):
                answers = {
                    item: str(chance.randint(1, 5))
                    for item in ITEMS
                    if item == "purpose" or chance.random() < 0.5
                }
                cell = Cell(
                    chance.choice([None, "Nord", "Syd", "Vest"]),
                    chance.choice([None, "Hold 1"]),
                    chance.choice(["web", "telegram"]),
                    chance.choice(["da", "uk"]),
                    f"{self.now.isocalendar()[0]}-W{self.now.isocalendar()[1]:02}",
                    None,
                )
                token = keys.new_ballot()
                interview = Interview(admission.instrument, Draft("da"))
                interview.fill(answers)
                ballot.cast(
                    session,
                    admission.instrument,
                    interview.finish().answers,
                    wave_id=admission.wave_id,
                    spends=keys.spend_hash(token),
                    personal=False,
                    receipt=token,
                    mode=cell.mode,
                    language=cell.language,
                    unit=cell.unit,
                    course=cell.course,
                    now=self.now,
                )
                self.people[token] = Person(self.came, cell, frozenset(answers))
                self.came += 1
            ballot.mix(session, admission.wave_id, closing=True)
            if chance.random() < 0.3:
                token = chance.choice(list(self.people))
                assert retention.erase(session, token)
                # Gone, but still among the people of what was told before
                del self.people[token]
        self.now += timedelta(days=7 * chance.randint(0, 1))

    def wave(self) -> extract.Wave:
        with self.database.snapshot() as session:
            return extract.wave(session, SURVEY)

    def fetches(self, group: Group, units: frozenset[str] | None) -> None:
        """What somebody's page, file or program shows."""
        release.settle(self.database, SURVEY)
        if group:
            figures = filters.told(self.database, self.wave(), group, units)
        else:
            with self.database.snapshot() as session:
                figures = release.read(session, extract.wave(session, SURVEY))
            figures = figures if figures.responses >= MINIMUM else None
        found = {group: figures} if figures else {}
        # What was set aside for the units at the same time counts as fetched too
        with self.database.snapshot() as session:
            for key, stored in session.execute(STORED):
                found.setdefault(Group.of_key(key), ledger._Stored.validate_json(stored))
        for one, told in found.items():
            if told != self.told.get(one.key):
                self.told[one.key] = told
                self._note(one, told)

    def _note(self, group: Group, figures: Figures) -> None:
        """Who was counted: everybody of the group, who is here now."""
        members = frozenset(one for one in self.people.values() if group.holds(one.carried))
        assert figures.responses == len(members) >= MINIMUM
        self._keep(group, None, members)
        counted = readings.counted(figures.tallies)
        for item in ITEMS:
            n = sum(1 for one in members if item in one.answered)
            if counted[item].n == n:
                self._keep(group, item, frozenset(p for p in members if item in p.answered))
            else:
                before = self.released.get((group.key, item), [])
                # Left out, or told as it was told before
                assert counted[item].n in {0, *map(len, before)}

    def _keep(self, group: Group, item: str | None, members: frozenset[Person]) -> None:
        if members:
            self.released.setdefault((group.key, item), []).append(members)

    def exposed(self) -> list[frozenset[str]]:
        found = []
        for item in (None, *ITEMS):
            groups = [
                {str(one.number) for one in members}
                for (_, about), told in self.released.items()
                if about == item
                for members in told
            ]
            few = audit(groups, {person: 1 for group in groups for person in group})
            found += [few] if few else []
        return found


def lived(database: Database, seed: int) -> Office:
    office = Office(database, Random(seed))
    office.opens()
    for _ in range(office.chance.randint(1, 4)):
        office.passes()
        for group in (EVERYBODY, *(any_group(office.chance) for _ in range(5))):
            chosen = {
                name: value
                for part, name in filters.NAMES.items()
                if (value := getattr(group, part))
            }
            if "periode" in chosen:
                chosen["periode"] = office.chance.choice(["2026-09", "2026-10", "2026-Q4"])
            office.fetches(filters.chosen(chosen), office.chance.choice(READERS))
    return office


SETTINGS = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@SETTINGS
@given(seed=st.integers(0, 10**6))
def test_nobody_is_exposed_by_all_that_can_be_fetched(
    make_sqlite: Callable[[], str], seed: int
) -> None:
    database = Database(make_sqlite())
    office = lived(database, seed)
    database.close()
    assert office.exposed() == []


@pytest.mark.postgresql
def test_nor_on_postgresql(database: Database) -> None:
    assert lived(database, 4).exposed() == []


def test_nor_when_all_ask_at_once(database: Database) -> None:
    office = Office(database, Random(2))
    office.opens()
    while len(office.people) < 60:
        office.passes()
    release.settle(database, SURVEY)
    wave = office.wave()
    asked = [any_group(office.chance) for _ in range(24)]
    asked = [Group(**one.carried) for one in asked]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: filters.told(database, wave, one, None), asked))
    assert any(answers)
    for one, figures in zip(asked, answers, strict=True):
        # What one was told, all are told
        assert figures is None or filters.told(database, wave, one, None) == figures
    office.fetches(EVERYBODY, None)
    assert office.exposed() == []


def caught(make_sqlite: Callable[[], str]) -> bool:
    for seed in range(8):
        database = Database(make_sqlite())
        office = lived(database, seed)
        database.close()
        if office.exposed():
            return True
    return False


def test_a_ledger_for_each_user_is_caught(
    make_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: nobody's ledger knows what others were told."""
    read = ledger._read

    def alone(session: object, wave_id: int) -> tuple[int, Book]:
        version, book = read(session, wave_id)
        book.released = [one for one in book.released if one.group == Group(unit=one.group.unit)]
        book.kept = len(book.released)
        return version, book

    monkeypatch.setattr(ledger, "_read", alone)
    assert caught(make_sqlite)


def test_a_filter_that_goes_by_the_ledger_is_caught(
    make_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a page counts for itself, and hides what is below the minimum."""

    def counts(
        database: Database, wave: extract.Wave, group: Group, units: object
    ) -> Figures | None:
        with database.snapshot() as session:
            found = extract.cells(session, wave.id)
            n = sum(people for cell, people in found.items() if group.holds(cell))
            tallies = extract.among(session, wave.id, group.carried, group.weeks)
        return Figures(n, tuple(tallies), ()) if n >= MINIMUM else None

    monkeypatch.setattr(filters, "told", counts)
    assert caught(make_sqlite)
