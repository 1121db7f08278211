"""Signing in with the municipality's own sign-in, and those who only say that they did."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.webapp.provider import CLIENT, SECRET, Provider
from tests.webapp.staff import EMAIL, is_in, sign_in, sign_out
from webapp.settings import Settings

BO = "bo@example.dk"
BEGIN = "/staff/kommunens-login"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("administrator", tmp_path)


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    made.person = {"email": BO, "roles": ["Leder"]}
    yield made
    made.close()


@pytest.fixture
def app(make_app: Callable[..., Flask], provider: Provider) -> Flask:
    return make_app(oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET)


def there(client: FlaskClient, path: str = BEGIN) -> str:
    """Go to the provider; the address that it leads back to."""
    going = client.get(path)
    assert going.status_code == 302, going.status_code
    answer = httpx.get(going.location, follow_redirects=False)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def arrive(client: FlaskClient, path: str = BEGIN) -> TestResponse:
    return client.get(there(client, path))


def users(app: Flask) -> list[tuple[object, ...]]:
    query = """
        select email, password, active, (select group_concat(name) from (select name from staff_role
        where user_id = id order by name)), (select group_concat(unit) from (select unit from
        staff_unit where user_id = id order by unit)) from staff_user where subject is not null
    """
    with app.extensions["hoert"].database.snapshot() as session:
        return [tuple(row) for row in session.execute(text(query))]


def test_somebody_is_let_in_with_the_roles_of_the_claim(app: Flask, provider: Provider) -> None:
    provider.person |= {"roles": ["Teamleder", "noget andet"], "units": ["Nord", "Syd"]}
    client = app.test_client()
    assert "Log ind med kommunens login" in client.get("/staff/login").text
    done = arrive(client, f"{BEGIN}?next=/staff/plan")
    assert (done.status_code, done.location) == (302, "/staff/plan")
    assert is_in(client)
    assert client.get("/staff/brugere").status_code == 403
    assert users(app) == [(BO, "", 1, "teamleder", "Nord,Syd")]
    page = client.get("/staff/konto").text
    assert "kommunens login" in page
    assert client.get("/staff/konto/adgangskode").status_code == 404
    assert sign_in(app.test_client(), BO, "").status_code == 422


def test_roles_are_those_of_the_last_time(app: Flask, provider: Provider) -> None:
    first, second = app.test_client(), app.test_client()
    provider.person |= {"roles": "administrator leder"}
    arrive(first)
    assert first.get("/staff/brugere").status_code == 200
    provider.person |= {"roles": ["leder"], "email": "nyt@example.dk"}
    arrive(second)
    assert first.get("/staff/brugere").status_code == 403
    assert [user[3] for user in users(app)] == ["leder"]
    provider.person |= {"roles": ["kaffe"]}
    third = app.test_client()
    refused = arrive(third)
    assert refused.status_code == 403
    assert "ikke givet dig en rolle" in refused.text
    assert not any(is_in(client) for client in (first, second, third))
    assert [user[3] for user in users(app)] == [None]


@pytest.mark.parametrize("roles", [None, [], "", ["direktør"], {"leder": True}, [["leder"]], 7])
def test_nobody_comes_in_without_a_role(app: Flask, provider: Provider, roles: object) -> None:
    provider.person = {"email": BO, "roles": roles}
    client = app.test_client()
    assert arrive(client).status_code == 403
    assert not is_in(client)
    assert users(app) == []


def test_roles_lie_where_the_provider_puts_them(
    make_app: Callable[..., Flask], provider: Provider
) -> None:
    app = make_app(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_roles_claim="realm_access.roles",
    )
    provider.person = {"preferred_username": BO, "realm_access": {"roles": ["leder"]}}
    client = app.test_client()
    assert arrive(client).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "of somebody else's"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another system"},
        {"aud": None},
        {"aud": ["hoert", "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
        {"iat": 9_999_999_999},
    ],
)
def test_a_token_that_is_not_for_us_now_is_refused(
    app: Flask, provider: Provider, lies: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    provider.lies = lies
    client = app.test_client()
    refused = arrive(client)
    assert refused.status_code == 403
    assert "ikke være sikre på, at det var dig" in refused.text
    assert not is_in(client)
    assert users(app) == []
    assert BO not in caplog.text
    assert provider.code not in caplog.text


@pytest.mark.parametrize("alg", ["none", "HS256", "of another key"])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    app: Flask, provider: Provider, alg: str
) -> None:
    if alg == "of another key":
        provider.signed_with = provider.other
    else:
        provider.alg = alg
    client = app.test_client()
    assert arrive(client).status_code == 403
    assert not is_in(client)


def test_a_code_is_good_once_and_in_one_browser(app: Flask, provider: Provider) -> None:
    client, thief = app.test_client(), app.test_client()
    way_back = there(client)
    there(thief)
    assert thief.get(way_back).status_code == 403
    assert client.get(way_back).status_code == 302
    assert client.get(way_back).status_code == 403
    # A code that was caught, with a state of one's own
    again = there(thief)
    state = parse_qs(urlsplit(again).query)["state"][0]
    used = parse_qs(urlsplit(way_back).query)["code"][0]
    assert thief.get(f"{BEGIN}/svar?code={used}&state={state}").status_code == 403
    assert not is_in(thief)


def test_a_code_of_another_browser_is_held_back_by_its_verifier(
    app: Flask, provider: Provider
) -> None:
    victim, thief = app.test_client(), app.test_client()
    caught = parse_qs(urlsplit(there(victim)).query)["code"][0]
    state = parse_qs(urlsplit(there(thief)).query)["state"][0]
    assert thief.get(f"{BEGIN}/svar?code={caught}&state={state}").status_code == 403
    assert not is_in(thief)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=x", "?error=access_denied"])
def test_nobody_comes_back_who_did_not_go(app: Flask, query: str) -> None:
    client = app.test_client()
    assert client.get(f"{BEGIN}/svar{query}").status_code == 403
    assert not is_in(client)


def test_the_session_is_another_one_afterwards(app: Flask) -> None:
    client = app.test_client()
    way_back = there(client)
    before = client.get_cookie("session")
    client.get(way_back)
    after = client.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value
    other = app.test_client()
    other.set_cookie("session", before.value)
    assert not is_in(other)


def test_an_account_with_a_password_is_not_taken_over(app: Flask, provider: Provider) -> None:
    provider.person = {"email": EMAIL.upper(), "roles": ["administrator"]}
    client = app.test_client()
    refused = arrive(client)
    assert refused.status_code == 403
    assert "har allerede en konto" in refused.text
    assert not is_in(client)


def test_a_closed_account_stays_closed(app: Flask, provider: Provider) -> None:
    client = app.test_client()
    arrive(client)
    with app.extensions["hoert"].database.transaction() as session:
        session.execute(text("update staff_user set active = false where subject is not null"))
    assert not is_in(client)
    refused = arrive(client)
    assert refused.status_code == 403
    assert "lukket" in refused.text


def test_a_provider_that_is_another_one_is_not_asked(app: Flask, provider: Provider) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    assert app.test_client().get(BEGIN).status_code == 502
    provider.metadata = {}
    assert app.test_client().get(BEGIN).status_code == 302


def test_a_provider_that_is_away_is_said(make_app: Callable[..., Flask]) -> None:
    app = make_app(
        oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT, oidc_client_secret=SECRET
    )
    answer = app.test_client().get(BEGIN)
    assert answer.status_code == 502
    assert "svarer ikke" in answer.text
    assert sign_in(app.test_client()).status_code == 302


def test_signing_out_there_too(app: Flask, provider: Provider) -> None:
    client = app.test_client()
    arrive(client)
    sign_out(client)
    assert not is_in(client)
    going = client.get(f"{BEGIN}/ud").location
    assert going.startswith(f"{provider.issuer}/out?")
    assert "post_logout_redirect_uri=http" in going


def test_without_the_setting_there_is_no_such_way(make_app: Callable[..., Flask]) -> None:
    client = make_app().test_client()
    assert "kommunens login" not in client.get("/staff/login").text
    assert client.get(BEGIN).status_code == 404
    assert client.get(f"{BEGIN}/svar").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://login.example.dk"},
        {
            "oidc_issuer": "http://login.example.dk",
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
        },
    ],
)
def test_half_a_setting_is_refused(url: str, given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="OIDC_ISSUER"):
        Settings(database_url=url, **given)
