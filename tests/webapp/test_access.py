"""Who gets in, who does not, and what ends it."""

import logging
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from surveys import fieldwork
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.staff import EMAIL, PASSWORD, form_token, is_in, sign_in, sign_out
from webapp import create_app
from webapp.access import EVERYBODY, InvalidUser, Role, create_user, opened_to, units
from webapp.access_tables import StaffUserRow
from webapp.callback import lead
from webapp.settings import Settings

SECRET = "k" * 48

READERS = {Role.TEAMLEDER, Role.ANALYTIKER, Role.LEDER, Role.ADMINISTRATOR}


def each(roles: set[Role], *pages: str) -> dict[str, set[Role]]:
    """The same roles for several pages."""
    return {page: set(roles) for page in pages}


MATRIX = {
    "staff.start": set(EVERYBODY),
    "results.wave": READERS,
    "results.download": READERS,
    "results.rows": READERS,
    **each(
        READERS,
        "report_files.plan",
        "report_files.overview",
        "report_files.order",
        "report_files.change",
    ),
    **each(
        set(EVERYBODY),
        "cards.overview",
        "cards.begin",
        "cards.create",
        "cards.card",
        "cards.screen",
        "cards.picture",
        "cards.printed",
        "cards.sheets",
        "cards.withdraw",
    ),
    **each(READERS, "entry.overview", "entry.sheet", "entry.differing", "entry.once"),
    **each(READERS, "courses.overview", "courses.run", "meetings.overview"),
    **each(
        READERS - {Role.TEAMLEDER},
        "courses.create",
        "courses.edit",
        "courses.change",
        "courses.upload",
        "meetings.switch",
        "meetings.upload",
        "meetings.handouts",
        "meetings.printed",
    ),
    "fieldwork.overview": READERS,
    "fieldwork.wave": READERS,
    "fieldwork.kept": READERS,
    "fieldwork.decide_lifetimes": {Role.LEDER, Role.ADMINISTRATOR},
    "fieldwork.begin": READERS - {Role.TEAMLEDER},
    "fieldwork.schedule": READERS - {Role.TEAMLEDER},
    "fieldwork.people": READERS - {Role.TEAMLEDER},
    "fieldwork.sending": READERS - {Role.TEAMLEDER},
    **each(
        {Role.ADMINISTRATOR, Role.ANALYTIKER},
        "editor.overview",
        "editor.create",
        "editor.upload",
        "editor.begin",
        "editor.edit",
        "editor.save",
        "editor.translate",
        "editor.save_translation",
        "editor.show",
        "editor.export",
        "editor.publish",
        "editor.discard",
        "staff_names.overview",
    ),
    **each({Role.TEAMLEDER, Role.ADMINISTRATOR}, "callback.calls", "callback.called"),
    **each(
        {Role.KONSULENT, Role.TEAMLEDER, Role.ADMINISTRATOR},
        "interviews.overview",
        "interviews.companies_of",
        "interviews.add",
        "interviews.change",
        "interviews.upload",
        "interviews.ring",
        "interviews.talk",
        "interviews.ended",
    ),
    **each(
        {Role.KONSULENT, Role.TEAMLEDER, Role.LEDER, Role.ADMINISTRATOR},
        "panel.overview",
        "panel.send",
        "panel.add",
        "panel.member",
    ),
    "panel.change": {Role.ANALYTIKER, Role.LEDER},
    "kiosk.unlock": set(EVERYBODY),
    "telegram.overview": set(EVERYBODY),
    "telegram.picture": set(EVERYBODY),
    "telegram.switch": {Role.LEDER, Role.ADMINISTRATOR},
    **each({Role.ADMINISTRATOR}, "languages.overview", "languages.switch"),
    **each(set(EVERYBODY), "board.overview", "board.screen", "board.edition", "board.printed"),
    **each(
        READERS,
        "plan.overview",
        "plan.indicator",
        "plan.enter",
        "register.upload",
        "register.keep",
        "actions.overview",
        "actions.edit",
        "board.hold",
        "board.choose",
        "board.make",
        "api_keys.overview",
        "api_keys.withdraw",
    ),
    "plan.edit": {Role.LEDER, Role.ADMINISTRATOR},
    **each(
        {Role.ANALYTIKER, Role.LEDER},
        "coding.overview",
        "coding.queue",
        "coding.again",
        "coding.agreement",
        "coding.model",
        "coding.use",
        "codebook.book",
        "codebook.draft",
        "codebook.drop",
        "codebook.ready",
        "codebook.development",
        "quotes.choose",
    ),
    "operations.overview": {Role.ADMINISTRATOR},
    **each(
        {Role.SAGSBEHANDLER},
        "learning_room.overview",
        "learning_room.make_card",
        "learning_room.write_note",
        "learning_room.delete_note",
        "learning_room.ask",
        "learning_room.talked_of",
    ),
    **each(
        {Role.ADMINISTRATOR},
        "users.overview",
        "users.create",
        "users.edit",
        "users.close",
        "users.reopen",
        "users.forget_code",
        "users.new_link",
        "audit_page.overview",
        "audit_page.download",
    ),
    **each(
        set(EVERYBODY),
        "account.overview",
        "account.change_password",
        "account.end_place",
        "account.prove",
        "account.set_up",
        "account.switch_off",
    ),
}
OPEN = {
    "security.login",
    "security.logout",
    "account.choose",
    "elsewhere.begin",
    "elsewhere.back",
    "elsewhere.leave",
}
WORDS = {
    "request_id": "none",
    "member": "none",
    "survey": "samtalefeedback",
    "label": "Uge 47/2026",
    "form": "csv",
    "file": "pdf",
    "code": "0000000000",
    "name": "ungeplan",
    "language": "en",
    "channel": "web",
    "size": "a4",
    "new": "ny",
    "what": "fra",
    "number": "1",
    "version": "1",
    "audience": "citizen",
    "key": "00",
}


@pytest.fixture(scope="session")
def staffed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one account, made once: hashing a password is slow on purpose."""
    file = tmp_path_factory.mktemp("staffed") / "hoert.sqlite3"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    create_user(database, EMAIL, "leder", PASSWORD)
    database.close()
    return file


@pytest.fixture
def url(staffed: Path, tmp_path: Path) -> str:
    file = tmp_path / "hoert.sqlite3"
    shutil.copy(staffed, file)
    return f"sqlite:///{file}"


@pytest.fixture
def app(url: str, clock: Clock) -> Iterator[Flask]:
    app = create_app(Settings(database_url=url, secret_key=SECRET), clock)
    yield app
    app.extensions["hoert"].database.close()


def test_sign_in_and_out(database_url: str, clock: Clock) -> None:
    database = Database(database_url)
    create_user(database, EMAIL, "leder", PASSWORD)
    database.close()
    app = create_app(Settings(database_url=database_url, secret_key=SECRET), clock)
    client = app.test_client()
    refused = client.get("/staff/")
    assert (refused.status_code, refused.location) == (302, "/staff/login?next=/staff/")
    accepted = sign_in(client)
    assert (accepted.status_code, accepted.location) == (302, "/staff/")
    assert "Undersøgelser" in client.get("/staff/").text
    left = sign_out(client)
    assert (left.status_code, left.location) == (302, "/staff/login")
    assert not is_in(client)
    app.extensions["hoert"].database.close()


def test_an_address_is_the_same_in_capitals_and_a_password_in_other_bytes(app: Flask) -> None:
    typed = unicodedata.normalize("NFD", PASSWORD)
    assert typed != PASSWORD
    assert sign_in(app.test_client(), EMAIL.upper(), typed).status_code == 302


def test_a_miss_tells_nothing_about_who_has_an_account(app: Flask) -> None:
    pages = [
        sign_in(app.test_client(), email, "en helt anden kode")
        for email in (EMAIL, "nobody@example.dk")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    known, unknown = (re.sub(r'value="[^"]*"', "", page.text) for page in pages)
    assert known == unknown
    assert "E-mailen eller adgangskoden er forkert" in known


DEAR = "dyr@example.dk"


@pytest.fixture
def dear_account(dear_passwords: None, app: Flask) -> None:
    create_user(app.extensions["hoert"].database, DEAR, Role.LEDER, PASSWORD)


@pytest.mark.usefixtures("dear_account")
def test_a_miss_takes_as_long_for_an_unknown_account(app: Flask) -> None:
    def took(email: str, address: str) -> float:
        client = app.test_client()
        began = time.process_time()
        sign_in(client, email, "en helt anden kode", address=address)
        return time.process_time() - began

    known = min(took(DEAR, f"192.0.2.{n}") for n in range(3))
    unknown = min(took("nobody@example.dk", f"192.0.2.{n}") for n in range(3))
    assert 0.5 < known / unknown < 2


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app: Flask) -> None:
    owner, thief = app.test_client(), app.test_client()
    sign_in(owner)
    cookie = owner.get_cookie("session")
    assert cookie
    thief.set_cookie("session", cookie.value)
    assert is_in(thief)
    sign_out(owner)
    assert not is_in(thief)
    sign_in(owner)
    thief.set_cookie("session", cookie.value)
    assert not is_in(thief)


def test_a_session_ends_after_half_an_hour_of_nothing(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    sign_in(client)
    clock.forward(minutes=29)
    assert is_in(client)
    clock.forward(minutes=29)
    assert is_in(client)
    clock.forward(minutes=31)
    assert not is_in(client)


def test_a_session_ends_after_a_working_day(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    sign_in(client)
    for _ in range(24):
        clock.forward(minutes=20)
        assert is_in(client)
    clock.forward(minutes=1)
    assert not is_in(client)


def test_an_account_that_is_closed_is_out_at_once(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    assert is_in(client)
    with app.extensions["hoert"].database.transaction() as session:
        session.execute(update(StaffUserRow).values(active=False))
    assert not is_in(client)
    assert sign_in(app.test_client()).status_code == 422


def test_guessing_is_slowed_down(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    assert [sign_in(client, password=f"gæt nummer {n}").status_code for n in range(5)] == [422] * 5
    blocked = sign_in(client)
    assert blocked.status_code == 429
    assert "Vent fem minutter" in blocked.text
    assert blocked.headers["Retry-After"] == "300"
    assert sign_in(app.test_client(), EMAIL.upper()).status_code == 429
    # Nobody can lock somebody else out from another place
    assert sign_in(app.test_client(), address="192.0.2.77").status_code == 302
    logged = caplog.text.casefold()
    assert EMAIL not in logged
    assert "192.0.2" not in logged


def test_guessing_many_accounts_from_one_place_is_slowed_down(app: Flask) -> None:
    client = app.test_client()
    statuses = [sign_in(client, f"no address {n}").status_code for n in range(31)]
    assert statuses == [422] * 30 + [429]


def test_guesses_of_a_program_are_counted_too(app: Flask) -> None:
    client = app.test_client()
    token = form_token(client.get("/staff/login").text)
    guess = {"email": EMAIL, "password": "et forkert gæt", "csrf_token": token}
    answers = [client.post("/staff/login", json=guess) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


def test_signing_in_is_never_counted_as_a_guess(app: Flask) -> None:
    assert {sign_in(app.test_client()).status_code for _ in range(6)} == {302}


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "\t//evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "http://localhost.evil.example/staff/",
    ],
)
def test_next_leads_to_our_own_pages_only(app: Flask, evil: str) -> None:
    response = sign_in(app.test_client(), next_page=evil)
    assert response.status_code == 302
    # As browsers read it: a backslash is a slash, and control characters are nothing
    read = re.sub(r"[\x00-\x20]", "", response.location).replace("\\", "/")
    assert urlsplit(urljoin("http://localhost/staff/login", read)).netloc == "localhost"


def test_next_leads_back_to_the_page_that_was_asked_for(app: Flask) -> None:
    client = app.test_client()
    asked = "/staff/resultater/samtalefeedback/Efter%C3%A5r%202025"
    refused = client.get(asked)
    wanted = client.get(refused.location).request.args["next"]
    assert sign_in(client, next_page=wanted).location == asked


def test_a_form_of_another_site_is_refused(app: Flask) -> None:
    client = app.test_client()
    data = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/staff/login", data=data).status_code == 422
    assert not is_in(client)
    sign_in(client)
    assert client.post("/staff/logout").status_code == 422
    assert is_in(client)


def test_a_link_cannot_sign_anybody_out(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    assert client.get("/staff/logout").status_code == 405
    assert is_in(client)


def test_a_token_in_the_address_is_no_way_in(app: Flask) -> None:
    with app.app_context():
        user = app.extensions["security"].datastore.find_user(email=EMAIL)
        token = user.get_auth_token()
    client = app.test_client()
    assert client.get("/staff/", query_string={"auth_token": token}).status_code == 302
    assert client.get("/staff/", headers={"Authentication-Token": token}).status_code == 302
    answer = client.post(
        "/staff/login?include_auth_token", json={"email": EMAIL, "password": PASSWORD}
    )
    assert "token" not in (answer.get_json(silent=True) or {})


def test_nobody_is_remembered_for_a_year(app: Flask) -> None:
    client = app.test_client()
    token = form_token(client.get("/staff/login").text)
    data = {"email": EMAIL, "password": PASSWORD, "csrf_token": token, "remember": "y"}
    assert client.post("/staff/login", data=data).status_code == 302
    assert client.get_cookie("remember_token") is None


def test_the_cookie_in_production(url: str, clock: Clock) -> None:
    settings = Settings(database_url=url, secret_key=SECRET, public_url="https://hoert.example.dk")
    client = create_app(settings, clock).test_client()
    response = client.get("/staff/login", base_url="https://hoert.example.dk")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_staff_pages_are_not_kept_by_browsers_on_the_way(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/staff/login").headers["Cache-Control"] == "no-store"
    sign_in(client)
    assert client.get("/staff/").headers["Cache-Control"] == "no-store"


def test_citizens_pages_know_nothing_of_sessions(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    response = client.get("/s/unknown")
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


def staff_endpoints(app: Flask) -> dict[str, set[str]]:
    return {
        rule.endpoint: set(rule.arguments)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/staff")
    }


def method_of(app: Flask, endpoint: str) -> str:
    """How a page is asked for; what only takes forms is sent an empty one."""
    methods = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
    return "GET" if "GET" in methods else "POST"


def test_the_matrix_knows_every_page(app: Flask) -> None:
    assert set(staff_endpoints(app)) == set(MATRIX) | OPEN


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_opens_its_own_pages_and_no_others(app: Flask, role: Role) -> None:
    here = app.extensions["hoert"]
    with here.database.transaction() as session:
        fieldwork.open_wave(session, WORDS["survey"], WORDS["label"], opens_at=here.clock())
    create_user(here.database, "anden@example.dk", role, PASSWORD)
    client = app.test_client()
    sign_in(client, "anden@example.dk")
    for endpoint, allowed in MATRIX.items():
        words = {word: WORDS[word] for word in staff_endpoints(app)[endpoint]}
        with app.test_request_context():
            url = app.url_for(endpoint, **words)
        method = method_of(app, endpoint)
        status = client.open(url, method=method).status_code
        # Inside, a page may still find no such code, or want a form
        assert (status != 403) == (role in allowed), (endpoint, status)
        assert status < 500, endpoint
        assert app.test_client().open(url, method=method).status_code == 302, endpoint


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_sees_the_whole_house_or_the_units_it_was_given(app: Flask, role: Role) -> None:
    database = app.extensions["hoert"].database
    create_user(database, "anden@example.dk", role, PASSWORD)
    seen = []

    @app.get("/staff/units", endpoint="units")
    @opened_to(EVERYBODY)
    def view() -> str:
        seen.append(units())
        return ""

    client = app.test_client()
    sign_in(client, "anden@example.dk")
    assert client.get("/staff/units").status_code == 200
    for unit in ("Jobcenter Nord", "Sygedagpenge"):
        lead(database, "anden@example.dk", unit, leads=True)
    lead(database, EMAIL, "Jobcenter Syd", leads=True)
    client.get("/staff/units")
    whole = role in {Role.ANALYTIKER, Role.LEDER, Role.ADMINISTRATOR}
    some = frozenset({"Jobcenter Nord", "Sygedagpenge"})
    assert seen == ([None, None] if whole else [frozenset(), some])


def test_a_page_whose_roles_were_forgotten_is_closed_to_everybody(app: Flask) -> None:
    app.add_url_rule("/staff/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    here = app.extensions["hoert"]
    create_user(here.database, "admin@example.dk", "administrator", PASSWORD)
    client = app.test_client()
    sign_in(client, "admin@example.dk")
    response = client.get("/staff/forgotten")
    assert response.status_code == 403
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("email", "role", "password"),
    [
        ("no address", "leder", PASSWORD),
        ("ny@example.dk", "direktør", PASSWORD),
        ("ny@example.dk", "leder", "elleve tegn"),
        ("ny@example.dk", "leder", "x" * 257),
        (EMAIL.upper(), "leder", PASSWORD),
    ],
)
def test_accounts_that_cannot_be_made(app: Flask, email: str, role: str, password: str) -> None:
    with pytest.raises(InvalidUser) as refusal:
        create_user(app.extensions["hoert"].database, email, role, password)
    assert password not in str(refusal.value)
    assert email not in str(refusal.value)


@pytest.mark.usefixtures("dear_account")
def test_the_password_is_kept_as_a_hash(app: Flask) -> None:
    query = select(StaffUserRow.password).where(StaffUserRow.email == DEAR)
    with app.extensions["hoert"].database.snapshot() as session:
        kept = session.scalars(query).one()
    # What RFC 9106 asks of a machine with little memory to spare
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept
    client = app.test_client()
    sign_in(client, DEAR)
    assert is_in(client)
    with app.extensions["hoert"].database.snapshot() as session:
        assert session.scalars(query).one() == kept
