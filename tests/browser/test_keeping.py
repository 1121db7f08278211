"""What is typed is not lost: page by page, without a line, in another browser, without storage."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.live import PHONE, Site
from tests.browser.looking import NARROW, link, look, received
from tests.drivers.web import PlainWebRespondent, WebRespondent

pytestmark = pytest.mark.browser

Open = Callable[..., BrowserContext]
RULES = "en_indgang"


def begin(citizen: WebRespondent, site: Site) -> str:
    """To the first text of a survey with rules."""
    code = link(site, RULES)
    citizen.start(code)
    while not citizen.step().locator("textarea").count():
        citizen.step().locator("input[type=radio]").first.check()
        citizen.go_on()
    return code


def code_of(citizen: WebRespondent) -> str:
    found = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", citizen.page())
    assert found
    return found[0]


def test_a_dead_battery_between_two_pages(citizen: WebRespondent, site: Site) -> None:
    begin(citizen, site)
    citizen.step().locator("textarea").fill("Halvvejs gennem en sæt")
    address = citizen.tab.url
    citizen.tab.close()
    again = WebRespondent(citizen.tab.context, site.url)
    again.tab.goto(address)
    expect(again.step().locator("textarea")).to_have_value("Halvvejs gennem en sæt")
    again.go_on()
    expect(again.tab.locator(".step-subheading, h1").first).to_be_visible()
    assert again.tab.evaluate("Object.keys(localStorage)") == []
    again.tab.goto(address)
    expect(again.step().locator("textarea")).to_have_value("Halvvejs gennem en sæt")


def test_a_page_without_a_line_waits_and_goes_on(citizen: WebRespondent, site: Site) -> None:
    begin(citizen, site)
    before = citizen.tab.url
    citizen.step().locator("textarea").fill("I toget")
    citizen.tab.context.set_offline(True)
    citizen.go_on()
    expect(citizen.tab.locator("[role=status]")).to_contain_text("Der er ikke noget net.")
    assert citizen.tab.url == before
    citizen.tab.context.set_offline(False)
    citizen.tab.wait_for_url(lambda url: url != before)
    citizen.back()
    expect(citizen.step().locator("textarea")).to_have_value("I toget")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_one_page_goes_on_in_another_browser(open_browser: Open, site: Site, script: bool) -> None:
    here = (WebRespondent if script else PlainWebRespondent)(open_browser(script=script), site.url)
    here.start(link(site))
    here.choose("I høj grad")
    here.press("Gem, og svar senere")
    for viewport in (NARROW, PHONE) if script else ():
        here.tab.set_viewport_size(viewport)
        look(here.tab, "gemt")
    code = code_of(here)
    there = WebRespondent(open_browser(), site.url)
    there.tab.goto(site.url)
    there.press("Har du gemt dine svar? Så svar videre her.")
    look(there.tab, "svar-videre")
    there.press("Fortsæt")
    look(there.tab, "svar-videre-fejl")
    there.tab.get_by_label("Skriv din kode").fill(code)
    there.press("Fortsæt")
    assert there.progress() == "Spørgsmål 2 af 5"
    for _ in range(4):
        there.skip()
    assert "I høj grad" in there.review().values()
    there.send()
    assert received(site) == 1


def test_blocked_storage_is_said_and_does_not_stop_anybody(open_browser: Open, site: Site) -> None:
    context = open_browser()
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, {get() { throw new Error('blocked'); }})"
    )
    citizen = WebRespondent(context, site.url)
    code = link(site)
    citizen.tab.goto(f"{site.url}/s/{code}")
    assert "Din browser kan ikke huske dine svar." in citizen.page()
    citizen.press("Start")
    for _ in range(5):
        citizen.skip()
    citizen.send()
    assert received(site) == 1
    begin(citizen, site)
    citizen.write("Tak.")
    assert "Har du" not in citizen.tab.title()


def test_full_storage_is_said_too(open_browser: Open, site: Site) -> None:
    context = open_browser()
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    citizen = WebRespondent(context, site.url)
    citizen.tab.goto(f"{site.url}/s/{link(site)}")
    assert "Din browser kan ikke huske dine svar." in citizen.page()


VOICES = """
window.said = [];
Object.defineProperty(window, 'speechSynthesis', {value: {
  getVoices: () => [{lang: 'da-DK'}, {lang: 'en_GB'}],
  speak: (words) => { said.push(words.text); },
  cancel: () => { said.push('(stop)'); },
}});
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


def test_the_browsers_voice_reads_what_is_on_show(open_browser: Open, site: Site) -> None:
    context = open_browser()
    context.add_init_script(VOICES)
    citizen = WebRespondent(context, site.url)
    citizen.start(link(site))
    assert citizen.tab.evaluate("said.filter((text) => text !== '(stop)')") == []
    citizen.press("Læs højt")
    said = citizen.tab.evaluate("said.filter((text) => text !== '(stop)')")
    assert citizen.question() in said
    assert {"I meget høj grad", "Slet ikke", "Ved ikke"} <= set(said)
    assert not any("Hvad kan vi gøre bedre" in text for text in said)
    look(citizen.tab, "laes-hoejt")
    citizen.press("Stop med at læse")
    assert citizen.tab.evaluate("said[said.length - 1]") == "(stop)"
    expect(citizen.tab.get_by_role("button", name="Læs højt")).to_be_visible()


def test_without_a_voice_nothing_is_promised(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    assert citizen.tab.get_by_role("button", name="Læs højt").count() == 0
