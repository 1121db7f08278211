"""What every response carries, what every form is asked, and what no log ever says."""

import logging
from collections.abc import Callable

import pytest
from flask import Flask, request

from tests.webapp.conftest import Office
from tests.webapp.html import read
from tests.webapp.visitor import Visitor
from webapp import security
from webapp.assets import asset

PUBLIC = {"public_url": "https://svar.example.dk"}


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", ["/", "/s/ZZZZZZZZZZ", "/svar", "/healthz", "/static/nothing"])
def test_every_response_is_protected(app: Flask, path: str) -> None:
    headers = app.test_client().get(path).headers
    policy = directives(headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in str(policy)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_a_view_may_set_a_policy_of_its_own(app: Flask) -> None:
    @app.get("/embedded")
    def embedded() -> tuple[str, dict[str, str]]:
        return "", {"Content-Security-Policy": "frame-ancestors https://example.dk"}

    headers = app.test_client().get("/embedded").headers
    assert headers["Content-Security-Policy"] == "frame-ancestors https://example.dk"


def test_assets_are_kept_for_good_and_pages_not_at_all(app: Flask) -> None:
    client = app.test_client()
    style = client.get(asset("citizen.css"), buffered=True)
    assert "immutable" in style.headers["Cache-Control"]
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.get("/static/built/nothing.css").headers["Cache-Control"] == "no-store"


def test_assets_leave_compressed(app: Flask) -> None:
    client = app.test_client()
    plain = client.get(asset("survey.js"), headers={"Accept-Encoding": "identity"}, buffered=True)
    small = client.get(asset("survey.js"), headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert plain.content_encoding is None
    assert small.content_encoding == "gzip"
    assert len(small.data) < len(plain.data) / 2
    assert plain.mimetype == small.mimetype == "text/javascript"
    assert client.get("/static/../webapp.py").status_code == 404


def test_in_production_everything_is_https_and_of_one_host(make_app: Callable[..., Flask]) -> None:
    client = make_app(**PUBLIC).test_client()
    answer = client.get("/", base_url="https://svar.example.dk")
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    for host in ("evil.example", "svar.example.dk.evil.example"):
        assert client.get("/", base_url=f"https://{host}").status_code == 400
    # The health check of the machine itself
    assert client.get("/healthz", base_url="http://127.0.0.1:8000").status_code == 200


def test_in_production_the_cookie_is_bound_to_the_host(
    make_app: Callable[..., Flask], office: Office
) -> None:
    client = make_app(**PUBLIC).test_client()
    answer = client.get(f"/s/{office.invitation()}", base_url="https://svar.example.dk")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-hoert=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("headers", "token", "own"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, "wrong", True),
        ({"Sec-Fetch-Site": "none"}, "wrong", True),
        ({"Sec-Fetch-Site": "same-site"}, "right", False),
        ({"Sec-Fetch-Site": "cross-site"}, "right", False),
        ({"Origin": "https://svar.example.dk"}, "wrong", True),
        ({"Origin": "https://evil.example"}, "right", False),
        ({"Origin": "null"}, "right", False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://svar.example.dk"}, "right", False),
        ({}, "right", True),
        ({}, "wrong", False),
        ({}, "ø", False),
        ({}, "", False),
        ({}, "another's", False),
    ],
)
def test_whose_form_it_is(
    make_app: Callable[..., Flask], headers: dict[str, str], token: str, own: bool
) -> None:
    app = make_app(**PUBLIC)
    with app.test_request_context(base_url="https://svar.example.dk", headers=headers):
        tokens = {
            "right": security.form_token("a ballot"),
            "another's": security.form_token("another ballot"),
        }
        assert security.is_own_form("a ballot", tokens.get(token, token)) is own


@pytest.mark.parametrize(
    ("proxies", "forwarded", "read"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        # What the visitor wrote into it stands before what the proxy adds
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_from_so_many_proxies(
    make_app: Callable[..., Flask], proxies: int, forwarded: str, read: str
) -> None:
    app = make_app(trusted_proxies=proxies, **PUBLIC)
    app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.host}")
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example"}
    answer = app.test_client().get("/who", base_url="https://svar.example.dk", headers=headers)
    assert answer.text == f"{read} svar.example.dk"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_send_an_answer(visitor: Visitor, office: Office, site: str) -> None:
    visitor.get(f"/s/{office.invitation()}").fill(purpose="5").press("check")
    visitor.headers = {"Sec-Fetch-Site": site}
    visitor.press("send")
    assert visitor.status == 403
    assert office.received() == 0
    visitor.headers = {}
    visitor.press("send")
    assert office.received() == 1


def test_a_body_that_is_too_large_is_413(visitor: Visitor, office: Office) -> None:
    path = visitor.get(f"/s/{office.link()}").path
    visitor.post(path, {"answer.open": "x" * (security.LARGEST_BODY + 1)})
    assert (visitor.status, visitor.heading) == (413, "Dit svar fylder for meget")


def test_long_words_in_another_script_are_no_large_body(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(open="ش" * 100_000).press("check")
    assert visitor.status == 422


@pytest.mark.parametrize("cookie", ["", "x", "e30", "eyJiYWxsb3QiOjF9", "é", "e30=" * 900])
def test_a_cookie_that_means_nothing_is_no_cookie(
    visitor: Visitor, office: Office, cookie: str
) -> None:
    visitor.client.set_cookie("hoert", cookie)
    assert visitor.get(f"/s/{office.link()}").status == 200
    assert visitor.get("/tak").status == 200
    assert "Din browser siger nej til cookies" in visitor.get("/svar").text


def test_a_page_from_an_unknown_version_is_still_a_thank_you(
    visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link()}").press("check").press("send")
    with office.database.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from instrument_version").scalar() == 1
    assert "Hvad sker der nu?" in visitor.get("/tak").text


def test_no_log_holds_an_answer_a_code_or_a_name(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, office: Office
) -> None:
    app = make_app()

    @app.post("/s/<code>/broken")
    def broken(code: str) -> str:
        raise ValueError(f"hemmeligt {code}")

    code = office.link()
    with caplog.at_level(logging.DEBUG, logger="hoert"):
        visitor = Visitor(app.test_client())
        visitor.get(f"/s/{code}").fill(open="Det er hemmeligt").press("check")
        body = visitor.body() | {"send": "1"}
        with office.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE ballot_inbox RENAME TO gone")
        visitor.post(f"/s/{code}", body)
        assert visitor.status == 503
        visitor.post(f"/s/{code}/broken", body)
    assert (visitor.status, visitor.heading) == (500, "Noget gik galt hos os")
    assert "hemmeligt" in visitor.text
    assert "ValueError in broken" in caplog.text
    assert "one_page.py" in caplog.text
    assert "OperationalError" in caplog.text
    for secret in ("hemmeligt", code, str(body["ballot"])):
        assert secret not in caplog.text


def test_an_answer_cannot_become_markup(visitor: Visitor, office: Office) -> None:
    attack = '</textarea><script>alert(1)</script>" onmouseover="x'
    visitor.get(f"/s/{office.link()}").fill(open=attack).press("check")
    html = visitor.response.get_data(as_text=True)
    assert "<script>alert" not in html
    hidden = read(html).all("input", name="answer.open")
    assert hidden[0]["value"] == attack
