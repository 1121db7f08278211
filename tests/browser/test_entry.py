"""Typing in sheets by the keyboard alone, and cards on a screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from surveys import extract, fieldwork
from tests.browser.live import DESKTOP, PHONE, Site
from tests.browser.test_results import require_usable, sign_in
from webapp import double_entry, paper

pytestmark = pytest.mark.browser

Open = Callable[..., BrowserContext]


def test_a_sheet_is_typed_in_by_the_keyboard_alone(site: Site, open_browser: Open) -> None:
    with site.database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", site.clock(), unit="Team A")
    page = open_browser(viewport=DESKTOP).new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    sign_in(page, site, f"/staff/indtast/{code}")
    require_usable(page)

    def sheet(number: str) -> None:
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        for key in "15":
            page.keyboard.press(key)
        page.keyboard.press("Delete")
        for key in "12346":
            page.keyboard.press(key)
            page.keyboard.press("Enter")
        page.keyboard.type("Godt møde")
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")

    sheet("")
    page.get_by_text("skal tastes igen").wait_for()
    number = paper.new_number()
    sheet(number)
    page.get_by_text(f"Ark {paper.spelled(number)} er talt med").wait_for()
    require_usable(page)
    site.clock.forward(minutes=1)
    with site.database.transaction() as session:
        assert len(double_entry.waiting(session)) == 1
        fieldwork.close_wave(session, "samtalefeedback", site.clock())
    with site.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        found = {
            tally.item: tally.code or tally.missing for tally in extract.tallies(session, wave.id)
        }
    assert found == {
        "purpose": "5",
        "heard": "4",
        "language": "3",
        "guidance": "2",
        "next": "dont_know",
        "open": None,
    }
    assert wrong == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_cards_and_sheets_can_be_used_by_anybody(
    site: Site, open_browser: Open, viewport: dict[str, int]
) -> None:
    with site.database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", site.clock(), unit="Team A")
        ruled = fieldwork.create_link(session, "en_indgang", site.clock())
    page = open_browser(viewport=viewport).new_page()
    sign_in(page, site)
    for path in (
        "kort",
        "kort/nyt/samtalefeedback",
        f"kort/{code}",
        f"kort/{code}/skaerm",
        f"kort/{code}/traek-tilbage",
        "indtast",
        f"indtast/{ruled}",
        "indtast/uens",
    ):
        page.goto(f"{site.url}/staff/{path}")
        require_usable(page)
    page.goto(f"{site.url}/staff/indtast/{ruled}")
    page.get_by_role("button", name="Gem ark").click()
    assert page.get_by_text("Gem uden svaret").is_visible()
    require_usable(page)


def test_a_sheet_is_typed_in_without_script(site: Site, open_browser: Open) -> None:
    with site.database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", site.clock())
    page = open_browser(script=False).new_page()
    sign_in(page, site, f"/staff/indtast/{code}")
    page.get_by_role("group", name="1. Var formålet").get_by_text("I høj grad").click()
    page.get_by_role("button", name="Gem ark").click()
    assert page.get_by_text("skal tastes igen").is_visible()
