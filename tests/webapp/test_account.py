"""What people do with their own account: a password, a code from a telephone, other browsers."""

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.conftest import Clock
from tests.webapp.staff import EMAIL, PASSWORD, form_token, is_in, sign_in, sign_out
from webapp.access import create_user
from webapp.settings import Settings

NEW = "en helt anden kode"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


def send(client: FlaskClient, path: str, page: str = "", **fields: str) -> TestResponse:
    token = form_token(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **fields})


def with_telephone(client: FlaskClient, clock: Clock) -> tuple[TOTP, list[str]]:
    """Set a telephone up; what it shows, and the codes on paper."""
    page = client.get("/staff/konto/telefon").text
    key = re.search(r'<code class="staff-link">([A-Z0-9-]+)</code>', page)
    assert key
    telephone = TOTP.using(now=lambda: clock().timestamp())(key=key[1].replace("-", ""))
    done = send(client, "/staff/konto/telefon", code=telephone.generate().token)
    assert done.status_code == 200
    clock.forward(seconds=60)
    return telephone, re.findall(r"<li><code>([a-z0-9-]+)</code>", done.text)


def test_another_password_signs_out_every_other_browser(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    sign_in(other)
    done = send(client, "/staff/konto/adgangskode", old=PASSWORD, new=NEW, again=NEW)
    assert done.location == "/staff/konto"
    assert is_in(client)
    assert not is_in(other)
    assert sign_in(app.test_client(), password=PASSWORD).status_code == 422
    assert sign_in(app.test_client(), password=NEW).status_code == 302


def test_only_who_knows_the_old_password_gets_another(client: FlaskClient) -> None:
    wrong = {"old": "ikke min adgangskode", "new": NEW, "again": NEW}
    answers = [send(client, "/staff/konto/adgangskode", **wrong) for _ in range(6)]
    assert "Det er ikke den adgangskode, du har nu." in answers[0].text
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert is_in(client)


def test_a_browser_elsewhere_is_signed_out(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    sign_in(other)
    page = client.get("/staff/konto").text
    [path] = re.findall(r'action="(/staff/konto/log-ud/[0-9a-f]+)"', page)
    assert send(client, path, "/staff/konto").status_code == 303
    assert not is_in(other)
    assert is_in(client)


def test_nobody_signs_another_person_out(app: Flask, client: FlaskClient) -> None:
    create_user(app.extensions["hoert"].database, "bo@example.dk", "leder", PASSWORD)
    bo = app.test_client()
    sign_in(bo, "bo@example.dk")
    key = "select hex(key_hash) from staff_session where user_id = 2"
    with app.extensions["hoert"].database.snapshot() as session:
        found = session.scalar(text(key))
    send(client, f"/staff/konto/log-ud/{found}", "/staff/konto")
    assert is_in(bo)
    assert send(client, "/staff/konto/log-ud/xyz", "/staff/konto").status_code == 303


def test_with_a_telephone_the_password_alone_opens_nothing(
    app: Flask, client: FlaskClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telephone, paper = with_telephone(client, clock)
    assert len(set(paper)) == 10
    thief = app.test_client()
    sign_in(thief)
    halfway = thief.get("/staff/konto")
    assert halfway.location == "/staff/konto/kode?next=/staff/konto"
    page = thief.get(halfway.location).text
    assert "Brugere" not in page
    assert "Din konto" not in page
    before = thief.get_cookie("session")
    done = send(thief, halfway.location, code=telephone.generate().token)
    assert (done.status_code, done.location) == (303, "/staff/konto")
    assert is_in(thief)
    assert before
    thief.set_cookie("session", before.value)
    assert not is_in(thief)
    assert EMAIL not in caplog.text


def test_a_code_is_good_once(app: Flask, client: FlaskClient, clock: Clock) -> None:
    telephone, paper = with_telephone(client, clock)
    code = telephone.generate().token

    def tries(given: str) -> int:
        client = app.test_client()
        sign_in(client)
        return send(client, "/staff/konto/kode", code=given).status_code

    assert [tries(code), tries(code)] == [303, 422]
    assert [tries(paper[0].upper()), tries(paper[0])] == [303, 422]
    clock.forward(seconds=30)
    assert tries(f" {telephone.generate().token[:3]} {telephone.generate().token[3:]}") == 303
    clock.forward(seconds=90)
    assert tries(code) == 422


def test_a_code_is_good_once_when_two_come_at_once(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    telephone, paper = with_telephone(client, clock)

    def race(code: str) -> list[int]:
        browsers = [app.test_client() for _ in range(3)]
        for browser in browsers:
            sign_in(browser)
        tokens = [form_token(one.get("/staff/konto/kode").text) for one in browsers]

        def go(n: int) -> int:
            data = {"csrf_token": tokens[n], "code": code}
            return browsers[n].post("/staff/konto/kode", data=data).status_code

        with ThreadPoolExecutor(3) as pool:
            return sorted(pool.map(go, range(3)))

    assert race(telephone.generate().token) == [303, 422, 422]
    assert race(paper[3]) == [303, 422, 422]


@pytest.mark.parametrize("code", ["", "000000", "12345", "½½½½½½", "١٢٣٤٥٦", "x" * 5000])
def test_a_wrong_code_opens_nothing(
    app: Flask, client: FlaskClient, clock: Clock, code: str
) -> None:
    with_telephone(client, clock)
    thief = app.test_client()
    sign_in(thief)
    page = send(thief, "/staff/konto/kode", code=code)
    assert page.status_code == 422
    assert not is_in(thief)


def test_guessing_codes_is_slowed_down_from_everywhere(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    telephone, _ = with_telephone(client, clock)
    statuses = []
    for n in range(6):
        thief = app.test_client()
        sign_in(thief, address=f"192.0.2.{n}")
        statuses.append(send(thief, "/staff/konto/kode", code="000000").status_code)
    assert statuses == [422] * 5 + [429]
    late = app.test_client()
    sign_in(late)
    assert send(late, "/staff/konto/kode", code=telephone.generate().token).status_code == 429


def test_the_secret_is_sealed(app: Flask, client: FlaskClient, clock: Clock) -> None:
    telephone, paper = with_telephone(client, clock)
    with app.extensions["hoert"].database.snapshot() as session:
        kept = str(
            session.execute(text("select * from staff_user")).all()
            + session.execute(text("select * from staff_recovery")).all()
            + session.execute(text("select * from staff_session")).all()
        )
    assert telephone.base32_key not in kept
    assert not any(code in kept for code in paper)


def test_it_is_switched_off_by_who_has_the_telephone(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    telephone, _ = with_telephone(client, clock)
    assert send(client, "/staff/konto/uden-kode", code="000000").status_code == 422
    done = send(client, "/staff/konto/uden-kode", code=telephone.generate().token)
    assert done.status_code == 303
    sign_out(client)
    sign_in(client)
    assert is_in(client)


def test_a_role_that_needs_a_telephone_opens_nothing_without(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    app = make_app(staff_totp="administrator leder")
    client = app.test_client()
    sign_in(client)
    assert client.get("/staff/").location == "/staff/konto/telefon?next=/staff/"
    assert client.get("/staff/konto").status_code == 302
    telephone, _ = with_telephone(client, clock)
    assert is_in(client)
    assert client.get("/staff/konto/uden-kode").status_code == 303
    other = app.test_client()
    sign_in(other)
    assert not is_in(other)
    assert send(other, "/staff/konto/kode", code=telephone.generate().token).status_code == 303
    assert is_in(other)


def test_a_secret_of_another_key_lets_nobody_in(
    app: Flask, make_app: Callable[..., Flask], client: FlaskClient, clock: Clock
) -> None:
    telephone, paper = with_telephone(client, clock)
    changed = make_app(secret_key="n" * 40).test_client()
    sign_in(changed)
    code = telephone.generate().token
    assert send(changed, "/staff/konto/kode", code=code).status_code == 422
    assert send(changed, "/staff/konto/kode", code=paper[0]).status_code == 303


@pytest.mark.parametrize("evil", ["https://evil.example", "//evil.example", "/staff.evil/"])
def test_the_code_leads_to_our_own_pages_only(
    app: Flask, client: FlaskClient, clock: Clock, evil: str
) -> None:
    telephone, _ = with_telephone(client, clock)
    sign_out(client)
    sign_in(client)
    code = telephone.generate().token
    done = send(client, f"/staff/konto/kode?next={evil}", code=code)
    assert done.location == "/staff/"


def test_a_setting_that_names_no_role_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="STAFF_TOTP has 'chef'"):
        Settings(database_url=url, staff_totp="chef")
