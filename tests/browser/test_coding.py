"""Reading comments in a real browser: by keyboard, on a phone, with nothing that axe minds."""

import pytest
from playwright.sync_api import expect

from analysis import coder, coding, frames, models
from analysis.corpus import seeds
from surveys import extract
from tests.browser.live import DESKTOP, PHONE
from tests.browser.test_results import require_usable, sign_in
from tests.webapp.voices import said

pytestmark = pytest.mark.browser

PAGES = (
    "/staff/temaer",
    "/staff/temaer/citizen/model",
    "/staff/temaer/citizen/enighed",
    "/staff/temaer/citizen/kodebog",
    "/staff/temaer/citizen/kodebog/kladde",
    "/staff/temaer/citizen/kodebog/tag-i-brug",
    "/staff/temaer/citizen/udvikling",
    "/staff/temaer/citater/samtalefeedback/Uge%2047/2026",
)


@pytest.fixture
def read_site(site, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(models, "DIRECTORY", tmp_path_factory.getbasetemp() / "browser-models")
    said(site.database, site.clock, [seed.text for seed in seeds("citizen")[:30]])
    with site.database.transaction() as session:
        coder.classify_waiting(session, extract.wave(session, "samtalefeedback"))
        frames.begin_draft(session, "citizen")
    return site


def test_every_page_is_usable(read_site, open_browser):
    for viewport in (PHONE, DESKTOP):
        page = open_browser(viewport=viewport, script=True).new_page()
        if viewport is PHONE:
            sign_in(page, read_site, "/staff/temaer/citizen/gennemgang", role="analytiker")
            require_usable(page)
            page.get_by_role("button", name="Gem og vis den næste").click()
            cookies = page.context.cookies()
        else:
            page.context.add_cookies(cookies)
        for path in PAGES:
            page.goto(read_site.url + path)
            require_usable(page)


def test_a_comment_is_coded_by_keyboard_alone(read_site, open_browser):
    page = open_browser(viewport=DESKTOP, script=False).new_page()
    sign_in(page, read_site, "/staff/temaer/citizen/gennemgang", role="leder")
    themes = page.get_by_role("checkbox")
    expect(themes.first).to_be_focused()
    for box in themes.all():
        box.uncheck()
    themes.first.focus()
    page.keyboard.press("Space")
    page.get_by_role("radio", name="Ros og kritik").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Tone om Styrk den individuelle")).to_be_visible()
    expect(page.get_by_label("Tone om Udbyg relevante")).to_be_hidden()
    page.get_by_label("Tone om Styrk den individuelle").select_option("Ros")
    page.get_by_role("radio", name="Ros og kritik").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 læst, 29 venter")).to_be_visible()
    with read_site.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        [one] = [one for one in coding.codings(session, wave) if one.coder == "person"]
    assert one.mentions == {"c1_individual": "positive"}
    assert one.sentiment == "mixed"
