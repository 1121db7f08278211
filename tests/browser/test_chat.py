"""The chat in a browser: no page jumps with script, and a place on the municipality's own pages."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from surveys import fieldwork
from tests.browser.live import DESKTOP, Site
from tests.browser.looking import require_usable

pytestmark = pytest.mark.browser


@pytest.fixture
def code(site: Site) -> str:
    with site.database.transaction() as session:
        return fieldwork.create_link(session, "borgerinddragelse", site.clock())


@pytest.fixture
def tab(open_browser: Callable[..., BrowserContext], site: Site, code: str) -> Page:
    page = open_browser().new_page()
    page.goto(f"{site.url}/chat/{code}")
    return page


def press(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).first.click()
    tab.wait_for_selector("main:not([aria-busy=true])")


def now(tab: Page) -> str:
    return tab.locator("#now").inner_text()


def test_with_script_the_page_stays_and_only_what_is_new_is_added(tab: Page) -> None:
    tab.evaluate("window.stayed = true")
    press(tab, "Dansk")
    press(tab, "Start")
    first = tab.locator(".chat-log li").first
    first.evaluate("one => { one.stayed = true; }")
    press(tab, "I høj grad")
    assert now(tab).startswith("2 af 5")
    press(tab, "Slet ikke")
    tab.locator("#text").fill("De lytter")
    press(tab, "Næste")
    assert now(tab).startswith("4 af 5")
    assert tab.evaluate("window.stayed") is True
    assert first.evaluate("one => one.stayed") is True
    assert tab.get_by_role("log").locator(".chat-log").count() == 1
    assert tab.locator("#now").count() == 1
    assert tab.evaluate("document.activeElement.id") == "text"
    own = tab.locator(".chat-out").all_inner_texts()
    assert [words.splitlines()[-1] for words in own] == [
        "I høj grad", "Slet ikke", "De lytter",
    ]  # fmt: skip
    require_usable(tab, "chat")


def test_what_is_on_show_is_in_sight(tab: Page) -> None:
    press(tab, "Dansk")
    press(tab, "Start")
    for _ in range(4):
        press(tab, "Spring over")
        tab.wait_for_timeout(400)
        box = tab.locator("#now").bounding_box()
        assert box is not None
        assert -5 <= box["y"] < 600


def test_without_a_line_nothing_is_lost_and_it_is_said(tab: Page) -> None:
    press(tab, "Dansk")
    press(tab, "Start")
    press(tab, "Spring over")
    press(tab, "Spring over")
    tab.locator("#text").fill("Det her må ikke blive væk")

    def cut(route: Route) -> None:
        route.abort()

    tab.route("**/chat/*", cut)
    press(tab, "Næste")
    assert "Der er ikke noget net." in tab.get_by_role("status").inner_text()
    assert tab.locator("#text").input_value() == "Det her må ikke blive væk"
    tab.unroute("**/chat/*", cut)
    press(tab, "Næste")
    assert now(tab).startswith("4 af 5")
    assert tab.locator("[role=status]").inner_text() == ""


def test_a_language_turns_the_whole_page(tab: Page) -> None:
    tab.get_by_role("button", name="English").click()
    tab.wait_for_selector("html[lang=en]")
    press(tab, "Start")
    assert now(tab).startswith("1 of 5")


def test_a_survey_that_closes_meanwhile_is_said(tab: Page, site: Site) -> None:
    press(tab, "Dansk")
    site.clock.forward(hours=1)
    with site.database.transaction() as session:
        fieldwork.close_wave(session, "borgerinddragelse", site.clock())
    tab.get_by_role("button", name="Start").click()
    tab.get_by_role("heading", name="Undersøgelsen er slut").wait_for()


def test_only_the_keyboard(tab: Page) -> None:
    for label in ("Dansk", "Start", "I høj grad"):
        for _ in range(40):
            if tab.evaluate("document.activeElement.textContent.trim()") == label:
                break
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("main:not([aria-busy=true])")
    assert now(tab).startswith("2 af 5")


class Municipality(ThreadingHTTPServer):
    """A page of somebody else's with our button on it."""

    def __init__(self, body: str) -> None:
        self.body = body
        super().__init__(("127.0.0.1", 0), _TheirPage)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _TheirPage(BaseHTTPRequestHandler):
    server: Municipality

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        content = self.server.body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def theirs(site: Site, code: str) -> Iterator[Municipality]:
    body = (
        "<!doctype html><html lang='da'><title>Kommunen</title><main><h1>Job</h1>"
        f"<p><a id='own' data-hoert-chat href='{site.url}/chat/{code}'>Fortæl os det</a></p></main>"
        f"<script src='{site.url}/chat/button.js' data-code='{code}' async></script></html>"
    )
    with Municipality(body) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def visit(open_browser: Callable[..., BrowserContext], theirs: Municipality) -> Page:
    page = open_browser(viewport=DESKTOP).new_page()
    page.goto(theirs.url)
    page.get_by_role("link", name="Sig, hvad du synes").wait_for()
    return page


def test_the_button_sets_no_cookie_and_opens_the_chat_within_a_page_that_we_know(
    open_browser: Callable[..., BrowserContext], theirs: Municipality, site: Site
) -> None:
    site.app.extensions["hoert"].settings.chat_framed_by = (theirs.url,)
    visitor = visit(open_browser, theirs)
    assert visitor.context.cookies() == []
    require_usable(visitor, "widget")
    visitor.get_by_role("link", name="Fortæl os det").focus()
    visitor.keyboard.press("Enter")
    chat = visitor.frame_locator("iframe")
    chat.get_by_role("button", name="Dansk").click()
    chat.get_by_role("button", name="Start").click()
    chat.get_by_role("button", name="I høj grad").click()
    chat.get_by_text("2 af 5").wait_for()
    assert chat.locator(".masthead").is_hidden()
    require_usable(visitor, "widget")
    visitor.keyboard.press("Escape")
    visitor.wait_for_selector("dialog", state="detached")


def test_on_any_other_page_the_chat_opens_by_itself(
    open_browser: Callable[..., BrowserContext], theirs: Municipality
) -> None:
    visitor = visit(open_browser, theirs)
    with visitor.context.expect_page() as opened:
        visitor.get_by_role("link", name="Sig, hvad du synes").click()
    chat = opened.value
    chat.get_by_role("button", name="Dansk").wait_for()
    assert visitor.locator("iframe").count() == 0


def test_nobody_else_may_frame_us(site: Site, theirs: Municipality, code: str) -> None:
    site.app.extensions["hoert"].settings.chat_framed_by = (theirs.url,)
    client = site.app.test_client()
    policy = client.get(f"/chat/{code}").headers["Content-Security-Policy"]
    assert f"frame-ancestors {theirs.url}" in policy
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]
    script = client.get("/chat/button.js")
    assert script.headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert "Set-Cookie" not in script.headers
    assert len(script.data) < 4000
