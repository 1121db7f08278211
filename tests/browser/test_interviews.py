"""A whole call in a browser: the list, the interview that is kept as it is typed, and its end."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from analysis import coding, quotes
from surveys import ballot, calls, extract, fieldwork
from surveys.turnout import State
from tests.browser.live import DESKTOP, PHONE, Site
from tests.browser.looking import look
from tests.browser.test_results import sign_in
from tests.surveys.companies import MADE_UP, wave_of_companies
from tests.webapp.staff import EMAIL, PASSWORD

pytestmark = pytest.mark.browser

Open = Callable[..., BrowserContext]
SECRET = "k" * 40
OWN = "Hun kender os, og hun ringer tilbage."


def sign_in_again(page: Page, address: str) -> None:
    """The same person at another machine."""
    page.goto(address)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_url(address)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_whole_call(site: Site, open_browser: Open, viewport: dict[str, int]) -> None:
    wave_id = wave_of_companies(site.database, site.clock, SECRET, 10)
    context = open_browser(viewport=viewport)
    page = context.new_page()
    sign_in(page, site, "/staff/opringning", role="konsulent")
    look(page, "calls-overview")
    page.get_by_role("link", name="2026").click()
    look(page, "calls-list")
    page.get_by_role("link", name="Tilføj en virksomhed").click()
    look(page, "calls-add")
    page.go_back()
    page.get_by_role("link", name="Eksempel 0").click()
    look(page, "calls-company")
    page.get_by_role("link", name="Begynd interviewet").click()
    look(page, "calls-talk")
    page.get_by_label("Virksomheden har sagt ja").check()
    page.get_by_role("radio", name="I høj grad", exact=True).check()
    page.get_by_label("Virksomhedens egne ord").first.fill(OWN)
    page.get_by_text("Gemt kl.").wait_for()
    # The line is lost, and the tab is closed
    context.set_offline(offline=True)
    page.get_by_label("Dit referat").first.fill("Glad for den faste konsulent")
    page.get_by_text("Ikke gemt endnu").wait_for()
    page.close()
    context.set_offline(offline=False)
    page = context.new_page()
    page.goto(f"{site.url}/staff/opringning")
    page.get_by_role("link", name="2026").click()
    page.get_by_role("link", name="Eksempel 0").click()
    page.get_by_role("link", name="Fortsæt interviewet").click()
    page.get_by_text("Gemt kl.").wait_for()
    assert page.get_by_label("Dit referat").first.input_value() == "Glad for den faste konsulent"
    # Another machine has it too
    other = open_browser(viewport=viewport).new_page()
    sign_in_again(other, page.url)
    assert other.get_by_label("Dit referat").first.input_value() == "Glad for den faste konsulent"
    other.get_by_text("Temaer").first.click()
    other.get_by_label("Styrk relationen").first.check()
    other.get_by_text("Gemt kl.").wait_for()
    look(other, "calls-talk-noted")
    # The first is behind, and is told so
    page.get_by_label("Dit referat").nth(1).fill("Noget andet")
    page.get_by_text("gemt fra en anden skærm").wait_for()
    other.get_by_role("button", name="Afslut, og send svarene").click()
    other.get_by_text("Interviewet er sendt").first.wait_for()
    look(other, "calls-ended")
    other.get_by_role("button", name="Lav linket").click()
    address = other.get_by_label("Linket virker").input_value()
    look(other, "calls-ended-link")
    with site.database.transaction() as session:
        ballot.mix(session, wave_id, closing=True)
        wave = extract.wave(session, "virksomhedsinddragelse")
        [comment] = extract.comments(session, wave_id)
        judgement = coding.Judgement({"v1_relation": "positive"}, "positive")
        coding.record(session, wave, comment.id, judgement, coder="1", sight="blind")
        quotes.release(
            session,
            wave,
            comment.id,
            "v1_relation",
            "Hun kender os, og hun ringer tilbage.",
            by="1",
        )
    company = open_browser(viewport=viewport).new_page()
    company.goto(site.url + address[address.index("/kvittering/") :])
    assert company.url == f"{site.url}/kvittering"
    company.get_by_label("Ja, men skriv det sådan").first.check()
    company.get_by_role("textbox").fill("")
    company.get_by_role("button", name="Gem").click()
    look(company, "receipt-problem")
    company.get_by_role("textbox").fill("Hun ringer altid tilbage.")
    company.get_by_role("button", name="Gem").click()
    assert company.get_by_text("Det er gemt").is_visible()
    look(company, "receipt")
    with site.database.snapshot() as session:
        assert quotes.released(session, wave) == {"v1_relation": ["Hun ringer altid tilbage."]}
        found = calls.listed(session, wave_id, SECRET, site.clock())
        assert extract.wave(session, "virksomhedsinddragelse").received == 1
    assert [one.state for one in found].count(State.ANSWERED) == 1


def test_a_call_without_script(site: Site, open_browser: Open) -> None:
    wave_of_companies(site.database, site.clock, SECRET, 1)
    page = open_browser(script=False).new_page()
    sign_in(page, site, "/staff/opringning", role="konsulent")
    page.get_by_role("link", name="2026").click()
    page.get_by_role("link", name="Eksempel 0").click()
    page.get_by_role("link", name="Begynd interviewet").click()
    page.get_by_label("Virksomhedens egne ord").first.fill("Alt")
    page.get_by_role("button", name="Gem", exact=True).click()
    assert page.get_by_text("Det er gemt").is_visible()
    assert page.get_by_label("Virksomhedens egne ord").first.input_value() == "Alt"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_panel(site: Site, open_browser: Open, viewport: dict[str, int]) -> None:
    with site.database.transaction() as session:
        fieldwork.open_wave(
            session,
            "virksomhedsinddragelse",
            "Panel 2026",
            opens_at=site.clock(),
            anonymity="confidential",
        )
    page = open_browser(viewport=viewport).new_page()
    sign_in(page, site, "/staff/panel")
    page.get_by_role("link", name="Tilføj en virksomhed").click()
    page.get_by_role("button", name="Tilføj").click()
    look(page, "panel-problem")
    page.get_by_label("CVR-nummer").fill(MADE_UP[0])
    page.get_by_label("Virksomhedens navn").fill("Eksempel Tømrer")
    page.get_by_label("Kontaktperson", exact=False).first.fill("Ida Prøve")
    page.get_by_label("E-mail").fill("ida@example.org")
    page.get_by_label("har hørt teksten").check()
    page.get_by_role("button", name="Tilføj").click()
    page.get_by_text("er med i panelet").wait_for()
    page.get_by_role("button", name="Spørg panelet").click()
    page.get_by_text("1 af 1, der kunne spørges").wait_for()
    look(page, "panel")
    page.get_by_role("link", name="Eksempel Tømrer").click()
    look(page, "panel-member")
    address = page.get_by_label("Link, som").input_value()
    page.goto(f"{site.url}/staff/panel/udvikling")
    look(page, "panel-change")
    company = open_browser(viewport=viewport).new_page()
    company.goto(site.url + address[address.index("/panel/") :])
    look(company, "panel-leave")
    company.get_by_role("button", name="Ja, slet os").click()
    assert company.get_by_role("heading", name="Du er ude af panelet").is_visible()
