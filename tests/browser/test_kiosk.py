"""A screen in the reception, as two people who come after each other use it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.live import DESKTOP, Site
from tests.browser.looking import link, look, received
from tests.drivers.web import WebRespondent
from webapp import device
from webapp.device import Device

pytestmark = pytest.mark.browser

TABLET = {"width": 768, "height": 1024}
SURVEY = "samtalefeedback"
Open = Callable[..., BrowserContext]


def unlocked(site: Site, context: BrowserContext, survey: str = SURVEY) -> tuple[str, Page]:
    """The address of an unlocked screen, and its tab. Signing in has tests of its own."""
    code = link(site, survey)
    with site.app.test_request_context():
        answer = site.app.make_response("")
        Device.unlocked(code, site.clock()).write(answer)
        name, value = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": site.url}])
    tab = context.new_page()
    tab.clock.install()
    tab.goto(f"{site.url}/k/{code}")
    return f"{site.url}/k/{code}", tab


def at_the_screen(tab: Page) -> WebRespondent:
    citizen = WebRespondent(tab.context, "")
    citizen.tab.close()
    citizen.tab = tab
    return citizen


def to_the_check(citizen: WebRespondent, words: str) -> None:
    citizen.press("Dansk")
    citizen.press("Start")
    for _ in range(5):
        citizen.choose("I høj grad")
    citizen.write(words)
    citizen.review()


def nothing_is_left(tab: Page, words: str) -> None:
    assert words not in tab.content()
    assert (
        tab.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    )


def test_the_next_person_sees_nothing_of_the_last(open_browser: Open, site: Site) -> None:
    home, tab = unlocked(site, open_browser(viewport=TABLET))
    look(tab, "kiosk-sprog")
    citizen = at_the_screen(tab)
    to_the_check(citizen, "Det er min hemmelighed.")
    look(tab, "kiosk-tjek")
    site.clock.forward(seconds=60)
    citizen.press("Send svar")
    tab.wait_for_url("**/tak")
    look(tab, "kiosk-tak")
    citizen.press("Næste person")
    tab.wait_for_url(home)
    for _ in range(6):
        tab.go_back()
        tab.wait_for_load_state()
        nothing_is_left(tab, "hemmelighed")
        assert "Din kvittering" not in tab.content()
        assert tab.locator("input:checked").count() == 0
        if tab.url == "about:blank":
            break
    tab.goto(home)
    citizen.press("Dansk")
    assert tab.get_by_role("button", name="Fortsæt").count() == 0
    citizen.press("Start")
    expect(citizen.step().get_by_label("I høj grad", exact=True)).not_to_be_checked()
    assert received(site, SURVEY) == 1


def test_after_a_minute_of_silence_it_begins_again_with_a_warning(
    open_browser: Open, site: Site
) -> None:
    home, tab = unlocked(site, open_browser(viewport=TABLET))
    citizen = at_the_screen(tab)
    citizen.press("Dansk")
    citizen.press("Start")
    citizen.mark(["I høj grad"])
    dialog = tab.get_by_role("dialog", name="Er du der stadig?")
    tab.clock.run_for(38_000)
    expect(dialog).to_be_hidden()
    tab.clock.run_for(4_000)
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Vi begynder forfra om")
    expect(tab.get_by_role("button", name="Ja, jeg er her")).to_be_focused()
    look(tab, "kiosk-er-du-der")
    tab.keyboard.press("Enter")
    tab.clock.run_for(1_000)
    expect(dialog).to_be_hidden()
    expect(citizen.step().get_by_label("I høj grad", exact=True)).to_be_checked()
    tab.clock.run_for(62_000)
    tab.wait_for_url(home)
    nothing_is_left(tab, "checked")
    tab.go_back()
    tab.wait_for_load_state()
    assert tab.locator("input:checked").count() == 0


def test_whoever_writes_is_not_silent(open_browser: Open, site: Site) -> None:
    _, tab = unlocked(site, open_browser(viewport=TABLET))
    citizen = at_the_screen(tab)
    citizen.press("Dansk")
    citizen.press("Start")
    for _ in range(5):
        citizen.skip()
    for _ in range(8):
        citizen.step().locator("textarea").type("De ringer. ")
        tab.clock.run_for(30_000)
        expect(tab.get_by_role("dialog")).to_be_hidden()
    expect(citizen.step().locator("textarea")).to_have_value("De ringer. " * 8)


def test_a_thank_you_closes_by_itself(open_browser: Open, site: Site) -> None:
    home, tab = unlocked(site, open_browser(viewport=TABLET))
    citizen = at_the_screen(tab)
    to_the_check(citizen, "Tak.")
    site.clock.forward(seconds=60)
    citizen.press("Send svar")
    tab.wait_for_url("**/tak")
    tab.clock.run_for(32_000)
    tab.wait_for_url(home)


def test_without_script_it_is_answered_too(open_browser: Open, site: Site) -> None:
    context = open_browser(viewport=DESKTOP, script=False)
    code = link(site, SURVEY)
    with site.app.test_request_context():
        answer = site.app.make_response("")
        Device.unlocked(code, site.clock()).write(answer)
        name, value = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": site.url}])
    tab = context.new_page()
    tab.goto(f"{site.url}/k/{code}")
    tab.get_by_role("link", name="Dansk").click()
    tab.get_by_label("I høj grad", exact=True).first.check()
    tab.get_by_role("button", name="Tjek dine svar").last.click()
    site.clock.forward(seconds=60)
    tab.get_by_role("button", name="Send svar").last.click()
    expect(tab.locator("h1")).to_have_text("Tak for dit svar")
    tab.get_by_role("link", name="Næste person").click()
    tab.go_back()
    assert "Din kvittering" not in tab.content()
    assert received(site, SURVEY) == 1


def test_locked_paused_and_for_staff(open_browser: Open, site: Site) -> None:
    _, tab = unlocked(site, open_browser(viewport=TABLET))
    tab.get_by_role("link", name="For personalet").click()
    look(tab, "kiosk-personale")
    tab.get_by_role("button", name="Lås skærmen").click()
    expect(tab.locator("h1")).to_have_text("Skærmen er låst")
    look(tab, "kiosk-laast")
    home, tab = unlocked(site, tab.context)
    for _ in range(device.MOST + 1):
        tab.goto(f"{home}/svar")
        at_the_screen(tab).press("Start")
        for _ in range(6):
            at_the_screen(tab).press("Spring over")
        site.clock.forward(seconds=60)
        at_the_screen(tab).press("Send svar")
        expect(tab.locator("[data-do=send]")).to_have_count(0)
    expect(tab.locator("h1")).to_have_text("Skærmen holder en pause")
    look(tab, "kiosk-pause")
