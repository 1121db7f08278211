"""The log: what is in it, what never is, and that nobody changes it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.staff import EMAIL, PASSWORD, form_token, sign_in, sign_out
from webapp import api_keys, audit
from webapp.access import create_user
from webapp.access_tables import StaffEventRow
from webapp.audit_page import WORDS

PAGE = "/staff/resultater/samtalefeedback/2026"
FILE = "/staff/rapport/samtalefeedback/2026.csv"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("administrator", tmp_path)


def lines(app: Flask) -> list[tuple[object, ...]]:
    query = "select kind, user_id, survey, wave, about from staff_event order by id"
    with app.extensions["hoert"].database.snapshot() as session:
        return [tuple(row) for row in session.execute(text(query))]


def kinds(app: Flask) -> list[object]:
    return [line[0] for line in lines(app)]


def test_who_saw_and_fetched_what(app: Flask, office: Office, client: FlaskClient) -> None:
    office.wave()
    assert client.get(PAGE).status_code == 200
    assert client.get(PAGE).status_code == 200
    assert client.get(FILE).status_code == 200
    client.get(f"{PAGE}?enhed=Team+Nord&andet=hemmeligt")
    sign_out(client)
    client.get(PAGE)
    assert lines(app) == [
        ("signed_in", 1, None, None, None),
        ("saw_results", 1, "samtalefeedback", "2026", None),
        ("fetched", 1, "samtalefeedback", "2026", "csv"),
        ("saw_results", 1, "samtalefeedback", "2026", "Team Nord"),
        ("signed_out", 1, None, None, None),
    ]


def test_what_is_looked_at_in_the_browser_is_fetched_too(
    app: Flask, office: Office, client: FlaskClient
) -> None:
    card = f"/staff/kort/{office.link()}"
    for file in ("a6.pdf", "papir.pdf?language=da&count=2"):
        answer = client.get(f"{card}/{file}")
        assert answer.headers["Content-Disposition"].startswith("inline")
    client.get("/staff/plan.pdf")
    assert [(kind, about) for kind, _, _, _, about in lines(app)[1:]] == [
        ("fetched", "kort/…/a6.pdf"),
        ("fetched", "kort/…/papir.pdf da"),
        ("fetched", "plan.pdf"),
    ]


def test_a_line_is_as_fine_as_a_minute(
    app: Flask, office: Office, client: FlaskClient, clock: Clock
) -> None:
    office.wave()
    clock.forward(seconds=31)
    client.get(PAGE)
    clock.forward(seconds=30)
    client.get(PAGE)
    with app.extensions["hoert"].database.snapshot() as session:
        at = [str(one)[:19] for one in session.scalars(text("select at from staff_event"))]
    assert at == ["2026-11-18 09:30:00", "2026-11-18 09:30:00", "2026-11-18 09:31:00"]


def test_what_was_refused_is_not_in_it(app: Flask, office: Office) -> None:
    office.wave()
    create_user(office.database, "bo@example.dk", "sagsbehandler", PASSWORD)
    bo = app.test_client()
    sign_in(bo, "bo@example.dk")
    assert bo.get(PAGE).status_code == 403
    assert bo.get(FILE).status_code == 403
    assert bo.post("/staff/konto/adgangskode").status_code == 422
    assert bo.head("/staff/").status_code == 200
    assert kinds(app) == ["signed_in"]


def test_what_is_done_to_an_account_is_in_it(app: Flask, client: FlaskClient) -> None:
    token = form_token(client.get("/staff/brugere/ny").text)
    data = {"csrf_token": token, "email": "bo@example.dk", "roles": ["leder"]}
    client.post("/staff/brugere/ny", data=data)
    client.post("/staff/brugere/2/luk", data={"csrf_token": token})
    assert [line[0] for line in lines(app)[1:]] == ["changed_account"] * 2
    page = client.get("/staff/log").text
    assert page.count('<td data-title="Om">bo@example.dk</td>') == 1
    assert "bo@example.dk" not in str(lines(app))


def test_what_a_program_reads_is_in_it(app: Flask, client: FlaskClient) -> None:
    token = form_token(client.get("/staff/noegler").text)
    page = client.post("/staff/noegler", data={"csrf_token": token, "name": "Regneark"}).text
    key = page.split(f"<code>{api_keys.PREFIX}")[1].split("<")[0]
    headers = {"Authorization": f"Bearer {api_keys.PREFIX}{key}"}
    assert client.get("/api/v1/surveys", headers=headers).status_code == 200
    assert kinds(app) == ["signed_in", "made_key", "used_key"]
    assert key not in str(lines(app))


def test_what_cannot_be_noted_is_not_given_out(
    app: Flask, office: Office, client: FlaskClient
) -> None:
    office.wave()
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE staff_event RENAME TO gone")
    answer = client.get(FILE)
    assert answer.status_code >= 500
    assert "samtalefeedback" not in answer.text
    # Those who answer do not depend on it
    assert client.get(f"/s/{office.link()}").status_code == 200


def event(moment: str) -> str:
    return f"insert into staff_event (at, kind) values ('{moment}', 'fetched')"  # noqa: S608


def test_nobody_changes_the_log(database: Database) -> None:
    def run(statement: str) -> None:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    run(event("2020-01-01 10:00:00+00:00"))
    run(event("2999-01-01 10:00:00+00:00"))
    refused = ["update staff_event set kind = 'x'", "delete from staff_event where at > '2900'"]
    if not database.is_sqlite:
        refused[1] = "delete from staff_event where at > '2900-01-01'"
        refused.append("truncate staff_event")
    for statement in refused:
        with pytest.raises(DBAPIError, match="the log is"):
            run(statement)
    run("delete from staff_event where at < '2021-01-01'")
    with database.snapshot() as session:
        assert session.scalar(text("select count(*) from staff_event")) == 1


def test_lines_are_deleted_after_their_year(database: Database, clock: Clock) -> None:
    now = clock()
    with database.transaction() as session:
        for at in (now.replace(year=2025, day=1), now.replace(year=2025, day=30), now):
            session.execute(insert(StaffEventRow).values(at=at, kind="fetched"))
    audit.upkeep(database, clock)
    with database.snapshot() as session:
        assert session.scalar(text("select count(*) from staff_event")) == 2


def test_the_page_filters_and_leafs(app: Flask, client: FlaskClient, clock: Clock) -> None:
    at = clock().replace(second=0, microsecond=0)
    many = [
        {"at": at, "user_id": n % 2 or None, "kind": "fetched", "survey": "a" if n % 3 else "b"}
        for n in range(300)
    ]
    with app.extensions["hoert"].database.transaction() as session:
        session.execute(insert(StaffEventRow), many)

    def shown(query: str) -> int:
        answer = client.get(f"/staff/log?{query}")
        assert answer.status_code == 200
        return answer.text.count('data-title="Tid"')

    assert shown("kind=fetched&survey=a") == 200
    assert shown("kind=fetched&survey=b") == 100
    assert shown("kind=fetched&person=1") == 150
    assert shown("kind=fetched&before=101") == 99
    assert shown("kind=called") == 0
    assert shown("since=2026-11-18&until=2026-11-18") == 200
    assert shown("since=2026-11-19") == 0
    assert shown("until=9999-12-31") == 200
    assert "before=" in client.get("/staff/log?kind=fetched").text
    assert client.get("/staff/log?since=i går").status_code == 422


def test_the_file_of_the_log(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.extensions["hoert"].database.transaction() as session:
        session.execute(
            insert(StaffEventRow).values(at=clock(), user_id=9, kind="fetched", about="=1+1")
        )
    answer = client.get("/staff/log.csv")
    content = answer.data.decode("utf-8-sig").splitlines()
    assert content[0] == "Tid;Hvem;Hvad;Undersøgelse;Om"
    assert "2026-11-18 10:30;Ukendt;Hentede en fil;;'=1+1" in content
    assert f"2026-11-18 10:30;{EMAIL};Loggede ind;;" in content
    assert kinds(app)[-1] == "fetched"


def test_the_tables_name_pages_that_there_are(app: Flask) -> None:
    assert {*audit.SEEN, *audit.DONE} <= set(app.view_functions)
    assert set(WORDS) == set(audit.Kind)
