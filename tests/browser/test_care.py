"""Dark words meet a quiet page in the middle of a survey, and the way goes on."""

import pytest
from playwright.sync_api import expect

from tests.browser.live import PHONE, Site
from tests.browser.looking import NARROW, link, look, received
from tests.drivers.web import PlainWebRespondent, WebRespondent

pytestmark = pytest.mark.browser

DARK = "Jeg orker ikke at leve mere."


def to_the_end(citizen: WebRespondent, words: str) -> None:
    citizen.choose("I høj grad")
    citizen.choose("Ved ikke")
    citizen.write(words)
    citizen.skip()
    citizen.tick(["CV og LinkedIn"])


def test_with_script_it_comes_before_the_check(citizen: WebRespondent, site: Site) -> None:
    tab = citizen.tab
    citizen.start(link(site))
    to_the_end(citizen, DARK)
    title = tab.get_by_role("heading", name="Har du det svært lige nu?")
    expect(title).to_be_focused()
    expect(tab.get_by_role("button", name="Send svar")).to_be_hidden()
    assert tab.get_by_role("link", name="Ring 112").get_attribute("href") == "tel:112"
    for viewport in (NARROW, PHONE):
        tab.set_viewport_size(viewport)
        look(tab, "hjaelp")
    citizen.press("Fortsæt")
    assert DARK in citizen.review().values()
    expect(title).to_be_hidden()
    citizen.send()
    assert received(site) == 1


def test_without_a_line_it_comes_when_the_answers_are_sent(
    citizen: WebRespondent, site: Site
) -> None:
    tab = citizen.tab
    citizen.start(link(site))
    tab.context.set_offline(True)
    to_the_end(citizen, DARK)
    tab.wait_for_selector("dl.review:not([aria-busy])")
    tab.context.set_offline(False)
    citizen.press("Send svar")
    expect(tab.locator("h1")).to_have_text("Har du det svært lige nu?")
    assert received(site) == 0
    citizen.press("Fortsæt")
    tab.wait_for_url("**/tak")
    assert received(site) == 1
    assert tab.evaluate("Object.keys(localStorage)") == []


def test_without_script(open_browser, site: Site) -> None:
    citizen = PlainWebRespondent(open_browser(script=False), site.url)
    citizen.start(link(site))
    to_the_end(citizen, DARK)
    assert "Har du det svært lige nu?" in citizen.page()
    citizen.press("Fortsæt")
    citizen.send()
    assert received(site) == 1
