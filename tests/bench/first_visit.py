"""What a browser fetches at a first visit, and what the next page costs, as Chromium counts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")


@dataclass(slots=True)
class Fetched:
    """Bytes on the wire with their headers, by kind of resource, and the number of requests."""

    requests: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.by_kind.values())

    @property
    def without_fonts(self) -> int:
        """All bytes but those of the fonts."""
        return self.total - self.by_kind.get("Font", 0)


def visit(one_page: str, page_by_page: str) -> tuple[Fetched, Fetched] | None:
    """What a form with everything on one page fetches, and the next page of one that goes on.

    None where there is no Chromium.
    """
    if not CHROMIUM.exists():
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 375, "height": 667}, locale="da-DK")
        with _listening(page) as first:
            page.goto(one_page, wait_until="networkidle")
        page = browser.new_page(viewport={"width": 375, "height": 667}, locale="da-DK")
        page.goto(page_by_page, wait_until="networkidle")
        with _listening(page) as later:
            page.get_by_role("button", name="Start", exact=True).click()
            page.wait_for_url("**/svar/**", wait_until="networkidle")
        browser.close()
    return first, later


@contextmanager
def _listening(page: Page) -> Iterator[Fetched]:
    fetched = Fetched()
    kinds: dict[str, str] = {}
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")

    def asked(said: dict) -> None:
        redirected = said.get("redirectResponse")
        if redirected:
            count(said["requestId"], redirected["encodedDataLength"])
        kinds[said["requestId"]] = said.get("type", "Other")

    def count(request: str, length: float) -> None:
        if request in kinds and length:
            fetched.requests += 1
            kind = kinds[request]
            fetched.by_kind[kind] = fetched.by_kind.get(kind, 0) + int(length)

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", lambda s: count(s["requestId"], s["encodedDataLength"]))
    yield fetched
    wire.detach()
