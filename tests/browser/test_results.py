"""The staff pages in a real browser: what a manager does, on a phone and on a desk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from surveys import fieldwork
from tests.browser import looking
from tests.browser.live import DESKTOP, PHONE, Site
from tests.webapp.published import published
from tests.webapp.staff import EMAIL, PASSWORD
from tests.webapp.test_results import fielded
from webapp.access import create_user
from webapp.results import standalone

pytestmark = pytest.mark.browser

Open = Callable[..., BrowserContext]
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])


def sign_in(page: Page, site: Site, path: str = "/staff/", role: str = "leder") -> None:
    create_user(site.database, EMAIL, role, PASSWORD)
    page.goto(site.url + path)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_url(lambda url: "/staff/login" not in url)


def require_usable(page: Page) -> None:
    """Nothing that axe-core can find is wrong, and nothing has to be scrolled sideways."""
    looking.require_usable(page, page.url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_manager_reads_a_wave(site: Site, open_browser: Open, script: bool) -> None:
    fielded(site.database, site.clock, 24, invited=60, synthetic=True)
    page = open_browser(script=script).new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    sign_in(page, site)
    assert page.get_by_text("24 af 60 inviterede (40,0 %)").is_visible()
    page.get_by_role("link", name="Uge 47/2026").click()
    assert page.get_by_role("heading", name="Hvordan var dit møde?").is_visible()
    assert page.get_by_text("Demonstrationsdata").is_visible()
    assert page.get_by_role("img", name="Var formålet med samtalen klart").is_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="HTML").click()
    assert waiting.value.suggested_filename == "hoert-samtalefeedback-Uge_47_2026.html"
    page.get_by_role("button", name="Log ud").click()
    assert page.get_by_role("heading", name="Log ind").is_visible()
    page.go_back()
    assert not page.get_by_text("24 svar").first.is_visible()
    assert wrong == []


@SIZES
def test_every_staff_page_can_be_used_by_anybody(
    site: Site, open_browser: Open, viewport: dict[str, int]
) -> None:
    page = open_browser(viewport=viewport).new_page()
    page.goto(f"{site.url}/staff/")
    require_usable(page)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Adgangskode").fill("en forkert kode")
    page.get_by_role("button", name="Log ind").click()
    assert page.get_by_text("E-mailen eller adgangskoden er forkert").is_visible()
    require_usable(page)
    sign_in(page, site)
    require_usable(page)
    fielded(site.database, site.clock, 4)
    page.goto(f"{site.url}/staff/resultater/samtalefeedback/Uge 47/2026")
    assert page.get_by_text("Mål: for få svar").is_visible()
    require_usable(page)
    page.goto(page.url + "?kanal=fax")
    assert page.get_by_text("Vises ikke: tallet kunne røbe").is_visible()
    require_usable(page)
    page.goto(f"{site.url}/staff/plan/conversation")
    require_usable(page)
    with site.database.transaction() as session:
        fieldwork.open_wave(session, "borgerinddragelse", "2026", opens_at=site.clock())
    page.goto(f"{site.url}/staff/")
    require_usable(page)


@SIZES
def test_the_charts_can_be_read(site: Site, open_browser: Open, viewport: dict[str, int]) -> None:
    fielded(site.database, site.clock, 24, invited=60)
    page = open_browser(viewport=viewport).new_page()
    sign_in(page, site, "/staff/resultater/samtalefeedback/Uge 47/2026")
    assert page.get_by_role("img").count() >= 6
    require_usable(page)
    # Text keeps its size however wide the page is; none leaves its drawing or meets another
    assert set(page.eval_on_selector_all("figure svg text", FONT_SIZES)) == {"14px"}
    assert page.evaluate(COLLISIONS) == []


def test_a_page_for_other_roles_says_so(site: Site, open_browser: Open) -> None:
    fielded(site.database, site.clock, 24)
    page = open_browser().new_page()
    sign_in(page, site, "/staff/resultater/samtalefeedback/Uge 47/2026", role="sagsbehandler")
    assert page.get_by_role("heading", name="Du har ikke adgang til den side").is_visible()
    require_usable(page)
    page.get_by_role("link", name="Gå til undersøgelserne").click()
    assert page.get_by_text("24 har svaret").is_visible()
    assert page.get_by_role("link", name="Uge 47/2026").count() == 0


@SIZES
def test_the_document_by_itself(open_browser: Open, viewport: dict[str, int]) -> None:
    page = open_browser(viewport=viewport).new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    for satisfied, answered in ((191, 225), (8, 10), (3, 4)):
        page.set_content(standalone(published(satisfied, answered)))
        require_usable(page)
        assert page.evaluate(COLLISIONS) == []
    assert fetched == []


FONT_SIZES = "texts => texts.map(text => getComputedStyle(text).fontSize)"
COLLISIONS = """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')];
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
  const outside = boxes.filter(([, b]) => b.left < frame.left - 3 || b.right > frame.right + 3
    || b.top < frame.top - 3 || b.bottom > frame.bottom + 3).map(([text]) => text + ' is outside');
  const meeting = boxes.flatMap(([text, a], i) => boxes.slice(i + 1).filter(([, b]) =>
    a.left < b.right && b.left < a.right && a.top + 4 < b.bottom - 4 && b.top + 4 < a.bottom - 4)
    .map(([other]) => text + ' meets ' + other));
  return [...outside, ...meeting];
})"""
