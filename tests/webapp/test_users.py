"""What an administrator does with accounts, and what becomes of their owners."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.staff import EMAIL, PASSWORD, form_token, is_in, sign_in
from webapp import accounts

NEW = "en helt anden kode"
BO = "bo@example.dk"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("administrator", tmp_path)


def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    token = form_token(client.get("/staff/brugere/ny").text)
    return client.post(path, data={"csrf_token": token, **fields})


def invited(client: FlaskClient, email: str = BO, **fields: object) -> str:
    """Make an account; the path of its link."""
    page = send(client, "/staff/brugere/ny", email=email, **{"roles": ["leder"], **fields})
    assert page.status_code == 200
    [path] = re.findall(r"<code[^>]*>http://[^/]+(/staff/adgangskode/[^<]+)</code>", page.text)
    return path


def choose(app: Flask, path: str, new: str = NEW, again: str = "") -> TestResponse:
    client = app.test_client()
    token = form_token(client.get(path).text)
    return client.post(path, data={"csrf_token": token, "new": new, "again": again or new})


def test_a_person_is_let_in_by_a_link_that_is_good_once(app: Flask, client: FlaskClient) -> None:
    path = invited(client, email=" Bo@Example.dk", units="Ungeteamet\n\nUngeteamet\nJobcenter Nord")
    assert "Mangler adgangskode" in client.get("/staff/brugere").text
    assert sign_in(app.test_client(), BO, "").status_code == 422
    assert "Jobcenter Nord\nUngeteamet" in client.get("/staff/brugere/2").text.replace("\r", "")
    assert choose(app, path).location == "/staff/login"
    assert app.test_client().get(path).status_code == 410
    bo = app.test_client()
    assert sign_in(bo, BO, NEW).status_code == 302
    assert is_in(bo)
    with app.extensions["hoert"].database.snapshot() as session:
        kept = str(session.execute(text("select * from staff_user")).all())
    assert path.rsplit("/", 1)[1] not in kept


def test_a_link_is_good_for_a_day_and_the_newest_alone(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    first = invited(client)
    second = re.search(r"/staff/adgangskode/[^<]+", send(client, "/staff/brugere/2/link").text)
    assert second
    assert app.test_client().get(first).status_code == 410
    assert app.test_client().get(second[0]).status_code == 200
    clock.forward(hours=24)
    assert app.test_client().get(second[0]).status_code == 410
    assert app.test_client().get("/staff/adgangskode/x").status_code == 410


def test_a_forgotten_password_is_chosen_anew_and_signs_out_everywhere(
    app: Flask, client: FlaskClient
) -> None:
    choose(app, invited(client))
    bo = app.test_client()
    sign_in(bo, BO, NEW)
    path = re.search(r"/staff/adgangskode/[^<]+", send(client, "/staff/brugere/2/link").text)
    assert path
    assert is_in(bo)
    assert choose(app, path[0], "fire ord uden mening").status_code == 303
    assert not is_in(bo)
    assert sign_in(app.test_client(), BO, NEW).status_code == 422


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("elleve tegn", "", "mindst 12 tegn"),
        ("password1234", "", "let at gætte"),
        ("sommer2026!!", "", "let at gætte"),
        ("Allerød12345", "", "let at gætte"),
        ("bo@example.dk", "", "let at gætte"),
        (NEW, "en helt anden kodd", "ikke ens"),
        ("x" * 257, "", "højst"),
    ],
)
def test_a_password_that_will_not_do(
    app: Flask, client: FlaskClient, new: str, again: str, said: str
) -> None:
    path = invited(client)
    page = choose(app, path, new, again)
    assert page.status_code == 422
    assert said in page.text
    assert app.test_client().get(path).status_code == 200


def test_closing_an_account_ends_its_sessions_at_once(app: Flask, client: FlaskClient) -> None:
    choose(app, invited(client))
    bo = app.test_client()
    sign_in(bo, BO, NEW)
    assert send(client, "/staff/brugere/2/luk").status_code == 303
    assert not is_in(bo)
    assert sign_in(bo, BO, NEW).status_code == 422
    assert send(client, "/staff/brugere/2/link").status_code == 404
    send(client, "/staff/brugere/2/aabn")
    assert not is_in(bo)
    assert sign_in(bo, BO, NEW).status_code == 302


def test_roles_change_at_once(app: Flask, client: FlaskClient) -> None:
    choose(app, invited(client))
    bo = app.test_client()
    sign_in(bo, BO, NEW)
    assert bo.get("/staff/brugere").status_code == 403
    send(client, "/staff/brugere/2", roles=["administrator", "leder"])
    assert bo.get("/staff/brugere").status_code == 200
    # And so the first one is not needed any more
    assert send(client, "/staff/brugere/1", roles=["konsulent"]).status_code == 303
    assert client.get("/staff/brugere").status_code == 403


def test_the_last_administrator_stays(app: Flask, client: FlaskClient) -> None:
    page = send(client, "/staff/brugere/1", roles=["leder"])
    assert page.status_code == 422
    assert "altid være en administrator" in page.text
    send(client, "/staff/brugere/1/luk")
    assert "altid være en administrator" in client.get("/staff/brugere/1").text
    # Nor does one count who has no password yet
    invited(client, roles=["administrator"])
    assert send(client, "/staff/brugere/1", roles=["leder"]).status_code == 422
    assert is_in(client)


def test_two_administrators_cannot_close_each_other(database: Database) -> None:
    with database.transaction() as session:
        for name in ("a", "b"):
            accounts.create(session, f"{name}@example.dk", ["administrator"], password=PASSWORD)

    def close(user_id: int) -> None:
        with suppress(accounts.LastAdministrator), database.transaction() as session:
            accounts.close(session, user_id)

    with ThreadPoolExecutor(2) as both:
        list(both.map(close, (1, 2)))
    with database.snapshot() as session:
        assert [one.active for one in accounts.people(session)] == [True, False]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "ingen", "roles": ["leder"]}, "ikke en e-mail"),
        ({"email": EMAIL.upper(), "roles": ["leder"]}, "allerede en konto"),
        ({"email": BO}, "mindst én rolle"),
        ({"email": BO, "roles": ["direktør"]}, "blandt de roller"),
        ({"email": BO, "roles": ["leder"], "units": "x" * 61}, "højst fylde 60 tegn"),
    ],
)
def test_an_account_that_cannot_be_made_loses_nothing_typed(
    client: FlaskClient, fields: dict[str, object], said: str
) -> None:
    page = send(client, "/staff/brugere/ny", **{"units": "Ungeteamet", **fields})
    assert page.status_code == 422
    assert said in page.text
    assert f'value="{fields["email"]}"' in page.text
    assert str(fields.get("units", "Ungeteamet")) in page.text


def test_a_form_of_another_site_changes_no_account(client: FlaskClient) -> None:
    client.post("/staff/brugere/1/luk")
    client.post("/staff/brugere/ny", data={"email": BO, "roles": ["administrator"]})
    client.post("/staff/brugere/1", data={"roles": ["leder"]})
    assert is_in(client)
    page = client.get("/staff/brugere").text
    assert "administrator" in page
    assert BO not in page


def test_there_is_no_such_person(client: FlaskClient) -> None:
    assert client.get("/staff/brugere/9").status_code == 404
    assert send(client, "/staff/brugere/9/luk").status_code == 404


def test_the_code_on_a_telephone_is_forgotten(app: Flask, client: FlaskClient) -> None:
    choose(app, invited(client))
    database = app.extensions["hoert"].database
    with database.transaction() as session:
        session.execute(text("update staff_user set totp = 'x', totp_step = 1 where id = 2"))
    bo = app.test_client()
    assert sign_in(bo, BO, NEW).status_code == 302
    assert not is_in(bo)
    send(client, "/staff/brugere/2/uden-kode")
    sign_in(bo, BO, NEW)
    assert is_in(bo)


def test_times_are_kept(app: Flask, client: FlaskClient, clock: Clock) -> None:
    invited(client)
    with app.extensions["hoert"].database.snapshot() as session:
        until = session.scalar(text("select link_until from staff_user where id = 2"))
    assert datetime.fromisoformat(str(until)).replace(tzinfo=UTC) == clock() + accounts.LINK_LASTS
