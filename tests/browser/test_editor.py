"""The pages where staff write instruments, as a person meets them, on a phone and a desk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from surveys import drafts
from tests.browser.live import DESKTOP, PHONE, Site
from tests.browser.looking import look
from tests.webapp.staff import PASSWORD
from webapp.access import create_user

pytestmark = pytest.mark.browser

EMAIL = "anne@example.dk"


def enter(site: Site, context: BrowserContext) -> Page:
    create_user(site.database, EMAIL, "administrator", PASSWORD)
    tab = context.new_page()
    tab.goto(f"{site.url}/staff/login")
    tab.fill("#email", EMAIL)
    tab.fill("#password", PASSWORD)
    tab.click("main button")
    return tab


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_for_everybody(
    site: Site, open_browser: Callable[..., BrowserContext], viewport: dict[str, int]
) -> None:
    tab = enter(site, open_browser(viewport=viewport))
    tab.goto(f"{site.url}/staff/skemaer")
    look(tab, "editor-list")
    tab.click("form[action$='/en_indgang/ret'] button")
    look(tab, "editor-draft")
    for card in tab.locator("details.question-card > summary").all()[:2]:
        card.click()
    look(tab, "editor-question")
    tab.fill("[id='sections.0.title']", "")
    tab.fill("[id='sections.0.items.0.text']", "Hvem?")
    tab.click(".save-bar button")
    tab.locator("text=skal rettes, før skemaet kan udgives").wait_for()
    look(tab, "editor-troubles")
    for path, name in (
        ("en_indgang/sprog/ar", "editor-translate"),
        ("en_indgang/sprog/so", "editor-translate-draft"),
    ):
        tab.goto(f"{site.url}/staff/skemaer/{path}")
        look(tab, name)
    tab.goto(f"{site.url}/staff/sprog")
    look(tab, "editor-languages")


def test_two_people_and_the_way_from_a_defect_to_its_field(
    site: Site, open_browser: Callable[..., BrowserContext]
) -> None:
    tab = enter(site, open_browser(viewport=DESKTOP))
    with site.database.transaction() as session:
        draft = drafts.begin(session, "ungeplan", EMAIL, site.clock())
    tab.goto(f"{site.url}/staff/skemaer/ungeplan")
    with site.database.transaction() as session:
        fields = draft.fields | {"minutes": 4}
        drafts.save(session, "ungeplan", fields, 1, "bo@example.dk", site.clock())
    tab.fill("#title", "Min plan")
    tab.click(".save-bar button")
    tab.locator("text=En anden har gemt, mens du skrev").wait_for()
    assert tab.input_value("#title") == "Min plan"
    look(tab, "editor-overtaken")
    tab.click("[id='scales.satisfaction'] summary")
    tab.fill("[id='scales.satisfaction.0.label']", "x" * 70)
    tab.click(".save-bar button")
    tab.click("#troubles a >> nth=0")
    assert tab.is_visible("[id='scales.satisfaction.0.label']")
    tab.goto(f"{site.url}/staff/skemaer/ungeplan/vis/chat/ar")
    look(tab, "editor-chat")
