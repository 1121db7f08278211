"""What the tests with a browser share: a code to answer by, and eyes for a page."""

from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

from surveys import extract, fieldwork
from tests.browser.live import Site

NARROW = {"width": 320, "height": 568}
"""What is left of 1280 px at 400 % zoom."""
PICTURES = Path("var/pictures")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def link(site: Site, survey: str = "borgerinddragelse") -> str:
    with site.database.transaction() as session:
        return fieldwork.create_link(session, survey, site.clock())


def received(site: Site, survey: str = "borgerinddragelse") -> int:
    with site.database.snapshot() as session:
        return extract.wave(session, survey).received


def require_usable(tab: Page, name: str) -> None:
    """Raise AssertionError where axe-core objects."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(AXE_SCRIPT)
    # Only what is wrong comes back: all that is right would take longer than finding it out
    violations = tab.evaluate(
        "(options) => axe.run(options).then((found) => found.violations)",
        {"runOnly": RULES, "resultTypes": ["violations"]},
    )
    assert not violations, f"{name}: {AxeResults({'violations': violations}).generate_report()}"


def crowding(tab: Page) -> list[str]:
    """How much wider a page is than the screen, and what on it is too small to hit."""
    found: list[str] = tab.evaluate(
        """() => {
            const over = document.documentElement.scrollWidth - innerWidth
            const small = [...document.querySelectorAll('button, input, textarea, summary, nav a')]
                .filter((e) => e.checkVisibility() && e.tabIndex >= 0)
                .filter((e) => [e, ...(e.labels ?? [])].map((one) => one.getBoundingClientRect())
                    .every((box) => box.width < 24 || box.height < 24))
                .map((e) => e.outerHTML.slice(0, 80))
            return [...(over > 0 ? [`${over} px too wide`] : []), ...small]
        }"""
    )
    return found


def require_room(tab: Page, name: str) -> None:
    """Raise AssertionError where a page is wider than the screen, or something too small to hit."""
    assert crowding(tab) == [], name


def look(tab: Page, name: str) -> None:
    """Take a picture of a page on show, and see that it is for everybody."""
    tab.wait_for_load_state()
    folder = PICTURES / str(tab.evaluate("innerWidth"))
    folder.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=folder / f"{name}.png", full_page=True)
    require_usable(tab, name)
    require_room(tab, name)
