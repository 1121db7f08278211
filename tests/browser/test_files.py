"""A file that takes seconds to read: the button says that it works, and is pressed once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from surveys import fieldwork, frame
from tests.browser.live import PHONE, Site
from tests.browser.test_results import require_usable, sign_in

pytestmark = pytest.mark.browser

SURVEY = "borgerinddragelse"
FILE = {"name": "l.csv", "mimeType": "text/csv", "buffer": b"Nummer;Sprog\r\nA1;da\r\nA2;da\r\n"}

# Presses twice and stays, as a page does while the server takes its time
PRESSED_TWICE = """(button) => {
    const sent = [];
    window.addEventListener("submit", (event) => {
        sent.push(!event.defaultPrevented);
        event.preventDefault();
    });
    button.click();
    button.click();
    return sent;
}"""


def test_a_list_is_sent_once_however_often_the_button_is_pressed(
    site: Site, open_browser: Callable[..., BrowserContext]
) -> None:
    with site.database.transaction() as session:
        now = site.clock()
        wave = fieldwork.open_wave(
            session, SURVEY, "2026", opens_at=now, closes_at=now + timedelta(days=9)
        )
    page = open_browser(viewport=PHONE).new_page()
    sign_in(page, site, f"/staff/runder/liste/{SURVEY}/2026")
    for name, said in (("Vis listen", "kan komme på listen."), ("Gem listen", "er på listen.")):
        button = page.get_by_role("button", name=name)
        assert button.evaluate(PRESSED_TWICE) == [True, False]
        expect(page.get_by_role("button", name="Arbejder …")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("Det kan tage nogle sekunder.")
        require_usable(page)
        # Whoever comes back to the page can begin anew
        page.reload()
        if name == "Vis listen":
            page.get_by_label("Fil", exact=True).set_input_files([FILE])
        button.click()
        page.get_by_text(f"2 personer {said}").wait_for()
    with site.database.snapshot() as session:
        assert sum(frame.sizes(session, wave).values()) == 2
