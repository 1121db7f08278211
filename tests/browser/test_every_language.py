"""The respondent's pages in every language, at 320 px: for everybody, and the right way round."""

import pytest
from playwright.sync_api import expect

from surveys import languages, wording
from surveys.instrument import SOURCE_LANGUAGE
from tests.browser.live import DESKTOP, Site
from tests.browser.looking import NARROW, link, look

pytestmark = pytest.mark.browser

OTHERS = [name for name in wording.languages() if name != SOURCE_LANGUAGE]


@pytest.fixture(autouse=True)
def all_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that nobody has reviewed yet."""
    monkeypatch.setattr(languages, "switched_on", lambda _: frozenset(OTHERS))


@pytest.mark.parametrize("language", OTHERS)
def test_from_the_first_page_to_the_thank_you(open_browser, site: Site, language: str) -> None:
    tab = open_browser(viewport=NARROW).new_page()
    code = link(site, "samtalefeedback")
    tab.goto(f"{site.url}/s/{code}?lang={language}")
    html = tab.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", wording.direction(language))
    look(tab, f"{language}-intro")
    tab.locator("[data-do=start]").click()
    tab.locator(".step:visible summary").click()
    look(tab, f"{language}-spoergsmaal")
    for _ in range(5):
        tab.locator(".step:visible [data-do=skip]").click()
    tab.locator(".step:visible textarea").fill("I want to die")
    tab.locator(".step:visible [data-do=next]").click()
    expect(tab.locator("[data-care] h1")).to_have_text(wording.say("care_title", language))
    look(tab, f"{language}-hjaelp")
    tab.locator("[data-do=cared]").click()
    tab.wait_for_selector("dl.review:not([aria-busy])")
    look(tab, f"{language}-tjek")
    tab.locator("[data-do=send]").click()
    tab.wait_for_url("**/tak")
    look(tab, f"{language}-tak")
    tab.goto(f"{site.url}/ring-mig-op?lang={language}")
    tab.get_by_role("button", name=wording.say("call_send", language)).click()
    assert tab.title().startswith(wording.say("error", language))
    look(tab, f"{language}-opkald-fejl")


def test_the_other_pages_in_danish_and_arabic(open_browser, site: Site) -> None:
    for viewport in (NARROW, DESKTOP):
        tab = open_browser(viewport=viewport).new_page()
        for language in ("da", "ar") if "ar" in OTHERS else ("da",):
            for name, path in {
                "forside": "/",
                "uden-cookies": "/?husket=nej",
                "privatliv": "/privatliv",
                "was": "/was",
                "opkald": "/ring-mig-op",
                "opkald-tak": "/ring-mig-op/tak",
                "svar-videre": "/svar-videre",
                "laast": f"/k/{link(site)}",
            }.items():
                tab.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={language}")
                expect(tab.locator("html")).to_have_attribute("lang", language)
                look(tab, f"{language}-{name}")
