"""The learning room: a caseworker's own figures, and no way for anybody else to them."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from io import StringIO
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from analysis import learning_room as room
from analysis import ledger_book, release
from analysis.disclosure import MINIMUM, Ledger, audit
from analysis.group import EVERYBODY, Group
from analysis.ledger_book import FEWEST_CASEWORKERS, Book, Census
from surveys import ballot, fieldwork, keys
from surveys.database import Database
from surveys.extract import Cell
from surveys.interview import Draft, Interview
from tests.conftest import Clock
from tests.webapp.html import read, require_sound
from tests.webapp.staff import PASSWORD, form_token, sign_in
from tests.webapp.test_results import words
from webapp.access import create_user
from webapp.access_tables import StaffUserRow
from webapp.answering_tables import StaffUnitRow
from webapp.learning_room import own_key, upkeep
from webapp.learning_tables import LearningNoteRow, TeamQuestionRow

PAGE = "/staff/laeringsrum"
SURVEY = "samtalefeedback"
BEST = {"purpose": "5", "heard": "5", "language": "5", "guidance": "5", "next": "5"}
WORST = dict.fromkeys(BEST, "1")
OTHERS = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("sagsbehandler", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


@pytest.fixture
def mine(database: Database) -> str:
    """The own key of the account, which is of Team Nord."""
    with database.transaction() as session:
        user = session.scalars(select(StaffUserRow.id)).one()
        session.add(StaffUnitRow(user_id=user, unit="Team Nord"))
        return own_key(session, user)


def answers(
    database: Database,
    clock: Clock,
    key: str | None,
    best: int,
    worst: int,
    unit: str = "Team Nord",
) -> None:
    with database.transaction() as session:
        link = fieldwork.create_link(session, SURVEY, clock(), unit=unit, caseworker=key)
        for given in [BEST] * best + [WORST] * worst:
            admission = fieldwork.admit(session, link, clock())
            interview = Interview(admission.instrument, Draft("da"))
            interview.fill(given)
            token = keys.new_ballot()
            ballot.cast(
                session,
                admission.instrument,
                interview.finish().answers,
                wave_id=admission.wave_id,
                spends=keys.spend_hash(token),
                personal=False,
                receipt=token,
                mode="web",
                language="da",
                unit=admission.unit,
                course=None,
                caseworker=admission.caseworker,
                now=clock(),
            )


def close(database: Database, clock: Clock) -> None:
    clock.forward(minutes=1)
    with database.transaction() as session:
        fieldwork.close_wave(session, SURVEY, clock())


def test_a_caseworker_sees_own_figures_beside_the_team(
    client: FlaskClient, database: Database, clock: Clock, mine: str
) -> None:
    answers(database, clock, mine, 6, 3)
    for other in OTHERS:
        answers(database, clock, other, 4, 6)
    close(database, clock)
    page = client.get(PAGE)
    require_sound(read(page.text))
    said = words(page.text)
    assert "6 af 9" in said
    assert "Tilfredse i Team Nord" in said
    assert "46,2 %" in said
    assert mine not in page.text
    assert "Log ud" in said


@pytest.mark.parametrize(
    ("own", "others", "shows", "compares"),
    [
        (4, (10, 10, 10), False, False),
        (5, (10, 10, 10), True, True),
        (5, (10, 10), True, False),
        (7, (20,), True, False),
        # The team is told to nobody: it would be two people's figure
        (6, (1, 0, 0), True, False),
        # The team is told: the rest of it would be four citizens
        (12, (2, 1, 1), False, False),
    ],
)
def test_nothing_of_the_few_and_no_comparison_with_a_colleague(
    client: FlaskClient,
    database: Database,
    clock: Clock,
    mine: str,
    own: int,
    others: tuple[int, ...],
    shows: bool,
    compares: bool,
) -> None:
    answers(database, clock, mine, own - 2, 2)
    for other, n in zip(OTHERS, others, strict=False):
        answers(database, clock, other, n, 0)
    answers(database, clock, None, 20, 20, unit="Team Syd")
    close(database, clock)
    said = words(client.get(PAGE).text)
    assert (f"{own - 2} af {own}" in said) == shows
    assert ("Tilfredse i Team Nord" in said) == compares
    assert ("Derfor vises det ikke." in said) != shows


def test_own_cards_carry_the_key_and_nobody_is_shown_it(
    client: FlaskClient, database: Database, clock: Clock, mine: str
) -> None:
    token = form_token(client.get(PAGE).text)
    form = {"csrf_token": token, "survey": SURVEY, "unit": "Team Nord", "course": "Samtale"}
    made = client.post(f"{PAGE}/kort", data=form)
    assert made.status_code == 303
    card = client.get(made.location)
    assert mine not in card.text
    code = made.location.rsplit("/", 1)[1]
    assert f'href="/staff/kort/{code}"' in client.get(PAGE).text
    with database.snapshot() as session:
        assert fieldwork.admit(session, code, clock()).caseworker == mine
    foreign = client.post(f"{PAGE}/kort", data=form | {"unit": "Team Syd"})
    assert foreign.status_code == 422
    assert "Vælg et af dine egne teams." in words(foreign.text)


def test_notes_are_ones_own_and_can_be_deleted(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    page = client.get(PAGE).text
    token = form_token(page)
    empty = client.post(f"{PAGE}/noter", data={"csrf_token": token, "note": " "})
    assert empty.status_code == 422
    assert "Skriv noget." in words(empty.text)
    require_sound(read(empty.text))
    client.post(f"{PAGE}/noter", data={"csrf_token": token, "note": "Spørg mere\ntil hverdagen"})
    assert "Spørg mere" in client.get(PAGE).text
    create_user(database, "anden@example.dk", "sagsbehandler", PASSWORD)
    other = app.test_client()
    sign_in(other, "anden@example.dk")
    theirs = other.get(PAGE).text
    assert "Spørg mere" not in theirs
    foreign = {"csrf_token": form_token(theirs)}
    assert other.post(f"{PAGE}/noter/1/slet", data=foreign).status_code == 404
    assert client.post(f"{PAGE}/noter/1/slet").status_code == 422
    client.post(f"{PAGE}/noter/1/slet", data={"csrf_token": token})
    with database.snapshot() as session:
        assert session.scalars(select(LearningNoteRow)).all() == []


def test_a_question_reaches_the_own_team_without_a_name(
    app: Flask, client: FlaskClient, database: Database, mine: str
) -> None:
    for email, unit in (("kollega@example.dk", "Team Nord"), ("fremmed@example.dk", "Team Syd")):
        create_user(database, email, "sagsbehandler", PASSWORD)
        with database.transaction() as session:
            user = session.scalars(select(StaffUserRow.id).filter_by(email=email)).one()
            session.add(StaffUnitRow(user_id=user, unit=unit))
    page = client.get(PAGE).text
    assert "I er færre end 5 i Team Nord." in words(page)
    form = {"csrf_token": form_token(page), "unit": "Team Nord", "question": "Hvordan gør I?"}
    assert client.post(f"{PAGE}/spoergsmaal", data=form | {"unit": "Team Syd"}).status_code == 422
    client.post(f"{PAGE}/spoergsmaal", data=form)
    colleague, stranger = app.test_client(), app.test_client()
    sign_in(colleague, "kollega@example.dk")
    sign_in(stranger, "fremmed@example.dk")
    seen = colleague.get(PAGE).text
    assert "Hvordan gør I?" in seen
    assert "leder@example.dk" not in seen
    assert "Hvordan gør I?" not in stranger.get(PAGE).text
    with database.snapshot() as session:
        (question,) = session.scalars(select(TeamQuestionRow)).all()
        session.expunge(question)
    assert question.week.weekday() == 0
    assert set(TeamQuestionRow.__table__.columns.keys()) == {"id", "unit", "words", "week"}
    path = f"{PAGE}/spoergsmaal/{question.id}/talt-om"
    theirs = {"csrf_token": form_token(stranger.get(PAGE).text)}
    assert stranger.post(path, data=theirs).status_code == 404
    colleague.post(path, data={"csrf_token": form_token(seen)})
    assert "Hvordan gør I?" not in client.get(PAGE).text


def test_an_old_question_is_deleted(database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        for number, days in (("n" * 22, 14), ("o" * 22, 190)):
            week = clock().date() - timedelta(days=days)
            session.add(TeamQuestionRow(id=number, unit="Team Nord", words="Hvad?", week=week))
    upkeep(database, clock)
    with database.snapshot() as session:
        assert session.scalars(select(TeamQuestionRow.id)).all() == ["n" * 22]


@pytest.mark.parametrize("role", ["konsulent", "teamleder", "analytiker", "leder", "administrator"])
def test_no_other_role_gets_a_caseworkers_figure_anywhere(
    app: Flask, database: Database, clock: Clock, mine: str, role: str
) -> None:
    """The whole of Team Nord is one caseworker: asking for the team would be asking for them."""
    answers(database, clock, mine, 11, 13)
    answers(database, clock, None, 40, 2, unit="Team Syd")
    close(database, clock)
    release.settle(database)
    room.read(database, mine)
    create_user(database, "anden@example.dk", role, PASSWORD)
    with database.transaction() as session:
        user = session.scalars(select(StaffUserRow.id).filter_by(email="anden@example.dk")).one()
        session.add(StaffUnitRow(user_id=user, unit="Team Nord"))
    other = app.test_client()
    sign_in(other, "anden@example.dk")
    assert other.get(PAGE).status_code == 403
    label = f"{clock():%Y}"
    pages = {
        address: other.get(address).text
        for path in (
            f"/staff/resultater/{SURVEY}/{label}",
            f"/staff/rapport/{SURVEY}/{label}.json",
            f"/staff/rapport/{SURVEY}/{label}.csv",
            f"/staff/raekker/{SURVEY}/{label}.csv",
            "/staff/plan",
            "/staff/tavle",
            "/staff/kort",
            "/api/v1/openapi.json",
        )
        for query in ("", f"?caseworker={mine}", f"?sagsbehandler={mine}", "?enhed=Team+Nord")
        for address in [path + query]
    }
    for address, text in pages.items():
        assert mine not in text.replace(f"caseworker={mine}", "").replace(
            f"sagsbehandler={mine}", ""
        ), address
        assert "11 af 24" not in text, address
        assert "45,8" not in text, address
        assert "0.4583" not in text, address
    plain = pages[f"/staff/rapport/{SURVEY}/{label}.json"]
    assert pages[f"/staff/rapport/{SURVEY}/{label}.json?caseworker={mine}"] == plain
    assert "caseworker" not in json.dumps(pages["/api/v1/openapi.json"])
    rows = list(csv.reader(StringIO(pages[f"/staff/raekker/{SURVEY}/{label}.csv"]), delimiter=";"))
    assert "caseworker" not in rows[0]


def in_span(target: dict[str, int], told: Sequence[set[str]]) -> bool:
    """Whether figures of these groups add up to this one, cell by cell: by plain elimination."""
    rows: list[dict[str, Fraction]] = []
    for vector in (*({cell: Fraction(1) for cell in group} for group in told), target):
        left = {cell: Fraction(n) for cell, n in vector.items()}
        for row in rows:
            pivot = next(iter(row))
            factor = left.get(pivot, Fraction(0)) / row[pivot]
            left = {
                cell: value
                for cell in {**left, **row}
                if (value := left.get(cell, Fraction(0)) - factor * row.get(cell, 0))
            }
        if vector is target:
            return not left
        if left:
            rows.append(left)
    return False


def town(chance: Random) -> dict[Cell, int]:
    """Meetings of some kinds in some weeks, many of them by two or three caseworkers alone."""
    cells: Counter[Cell] = Counter()
    for unit in ("Nord", "Syd", None):
        colleagues = [f"{unit}{name}" for name in "abcd"[: chance.randint(1, 4)]]
        for _ in range(chance.randint(1, 9)):
            owner = chance.choice([*colleagues, *colleagues, None])
            week = f"2026-W{chance.randint(40, 42)}"
            kind = chance.choice(["Samtale", "Opfølgning"])
            cells[Cell(unit, kind, "web", "da", week, owner)] += chance.choice([1, 2, 5, 7, 12])
    return dict(cells)


def told_to_all(chance: Random, cells: dict[Cell, int]) -> list[Group]:
    """Everything that all roles ask for, by unit, kind and week, and each caseworker their own."""
    book = Book()
    book.absorb(Census(sum(cells.values()), 0, cells, {}))
    asked = [
        Group(unit=unit, course=kind, period=week)
        for unit in ("Nord", "Syd", None)
        for kind in ("Samtale", "Opfølgning", None)
        for week in ("2026-W40", "2026-W41--2026-W42", None)
    ]
    asked += [Group(caseworker=key) for key in {cell.caseworker for cell in cells} if key]
    chance.shuffle(asked)
    return [group for group in (EVERYBODY, *asked) if book.ask(group, ()) is not None]


def persons(cells: dict[Cell, int], told: Sequence[Group]) -> list[str]:
    """The caseworkers of whom something is known to all others, and to one colleague."""
    held = [{str(cell) for cell in cells if group.holds(cell)} for group in told]
    keys = {cell.caseworker for cell in cells} - {None}
    found = []
    for key in sorted(map(str, keys)):
        theirs = [cell for cell in cells if cell.caseworker == key]
        for colleague in (keys | {None}) - {key}:
            known = [
                group
                for one, group in zip(told, held, strict=True)
                if one.caseworker in {None, colleague}
            ]
            # All of them, or those of a kind, of a week, or both
            for size in range(1, 4):
                for parts in combinations(("course", "week"), size - 1):
                    for some in {tuple(getattr(cell, part) for part in parts) for cell in theirs}:
                        mine = {
                            str(cell): 1
                            for cell in theirs
                            if tuple(getattr(cell, part) for part in parts) == some
                        }
                        found += [key] if in_span(mine, known) else []
    return found


@pytest.mark.parametrize("seed", range(12))
def test_nobody_reckons_a_colleagues_figure_from_kinds_and_weeks(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  every seed gives the same town
    cells = town(chance)
    assert persons(cells, told_to_all(chance, cells)) == []


def test_a_ledger_that_only_refuses_the_group_of_one_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted: a kind of meeting is told where two caseworkers hold it, and the rest is one's."""
    monkeypatch.setattr(ledger_book, "_tells_of_few_caseworkers", only_the_group_itself)

    def knows_of_somebody(seed: int) -> bool:
        chance = Random(seed)  # noqa: S311  every seed gives the same town
        cells = town(chance)
        return bool(persons(cells, told_to_all(chance, cells)))

    assert any(knows_of_somebody(seed) for seed in range(30))


def only_the_group_itself(whose: Mapping[int, set[str | None]], groups: Sequence[int]) -> bool:
    asked = groups[-1]
    keys = {key for signature, some in whose.items() if signature & asked for key in some}
    return len(keys) == 1 and None not in keys


@pytest.mark.parametrize("seed", range(40))
def test_own_figures_and_all_others_together_expose_nobody(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  every seed gives the same town
    cells: dict[Cell, int] = {}
    for unit in ("Nord", "Syd", None):
        for key in (*"abc", None):
            if n := chance.choice([0, 0, 1, 2, 4, 5, 7, 12]):
                owner = key if key is None else f"{unit}{key}"
                cells[Cell(unit, None, "web", "da", "2026-W40", owner)] = n
    book = Book()
    book.absorb(Census(sum(cells.values()), 0, cells, {}))
    groups = [Group(unit=unit) for unit in ("Nord", "Syd")]
    groups += [Group(caseworker=cell.caseworker) for cell in cells if cell.caseworker]
    chance.shuffle(groups)
    told = [
        {str(cell) for cell in cells if group.holds(cell)}
        for group in (EVERYBODY, *groups)
        if book.ask(group, ()) is not None
    ]
    sizes = {str(cell): n for cell, n in cells.items()}
    assert audit(told, sizes, MINIMUM) is None
    assert Ledger(sizes, released=told)
    for group in groups:
        owners = {cell.caseworker for cell in cells if group.holds(cell)}
        if group.unit and len(owners) < FEWEST_CASEWORKERS and None not in owners:
            assert book.latest(group) is None
