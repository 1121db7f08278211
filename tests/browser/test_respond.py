"""A citizen answers with a real browser: by thumb, by keyboard, without script, without a line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from surveys import definition, extract, fieldwork
from tests.browser.live import DESKTOP, PHONE, Site
from tests.browser.looking import NARROW, PICTURES, link, received, require_usable
from tests.drivers import Respondent
from tests.drivers.web import PlainWebRespondent, WebRespondent

pytestmark = pytest.mark.browser

POSITIVE = "I hvor høj grad oplever du kontakten med Jobcentret som positiv?"
BETTER = "Hvad kan vi gøre bedre, eller hvad savner du i dag?"
OFFERS = "Hvis Allerød Kommune havde følgende tilbud"
Open = Callable[..., BrowserContext]


def counted(site: Site, survey: str = "borgerinddragelse") -> dict[str, set[str]]:
    """Close the wave: item → the codes or reasons given."""
    with site.database.transaction() as session:
        fieldwork.close_wave(session, survey, site.clock())
    found: dict[str, set[str]] = {}
    with site.database.snapshot() as session:
        for tally in extract.tallies(session, extract.wave(session, survey).id):
            code = str(tally.missing) if tally.missing else (tally.code or "words")
            found.setdefault(tally.item, set()).add(code)
    return found


@pytest.fixture
def test_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instruments that the product does not ship, those with rules among them."""
    folder = Path(__file__).parent.parent / "instruments"
    documents = {file.stem: file.read_text("utf-8") for file in folder.glob("*.yaml")}
    monkeypatch.setattr(definition, "shipped", documents.__getitem__)
    monkeypatch.setattr(definition, "catalogue", lambda: documents)


def answer_all(somebody: Respondent) -> None:
    """From the first question to the check page."""
    somebody.choose("I høj grad")
    somebody.choose("Ved ikke")
    somebody.write("De ringer tilbage.")
    somebody.skip()
    somebody.tick(["CV og LinkedIn", "Andet"])
    somebody.write("En løbeklub")


ALL = {
    "positive": {"4"},
    "heard": {"dont_know"},
    "good": {"words"},
    "better": {"skipped"},
    "offers": {"cv", "other"},
    "offers__other": {"words"},
}


def kept(tab: Page) -> list[str]:
    return tab.evaluate("Object.keys(localStorage)")


def focused(tab: Page) -> str:
    return tab.evaluate("document.activeElement.textContent.trim().slice(0, 200)")


# ---- Whole surveys


def test_a_whole_survey_by_thumb(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    tab = citizen.tab
    assert tab.locator(".question:visible").count() == 1
    assert citizen.question() == POSITIVE
    assert citizen.progress() == "Spørgsmål 1 af 5"
    assert focused(tab) == POSITIVE
    assert tab.title().startswith("Spørgsmål 1 af 5 – ")
    answer_all(citizen)
    assert focused(tab) == "Tjek dine svar"
    assert citizen.review() == {
        POSITIVE: "I høj grad",
        "I hvor høj grad føler du dig lyttet til og forstået i kontakten med Jobcentret?": (
            "Ved ikke"
        ),
        "Hvad har fungeret godt i din kontakt med Jobcentret?": "De ringer tilbage.",
        BETTER: None,
        f"{OFFERS}, hvilke ville du så have lyst til at benytte?": "CV og LinkedIn, Andet",
        "Hvilket tilbud tænker du på?": "En løbeklub",
    }
    assert kept(tab) != []
    citizen.send()
    assert "Vi har fået dit svar." in citizen.thanks()
    assert kept(tab) == []
    assert counted(site) == ALL


def test_a_whole_survey_without_script(open_browser: Open, site: Site) -> None:
    citizen = PlainWebRespondent(open_browser(script=False), site.url)
    citizen.start(link(site))
    assert citizen.tab.locator(".question:visible").count() == 5
    answer_all(citizen)
    assert citizen.review()[POSITIVE] == "I høj grad"
    citizen.change(POSITIVE)
    citizen.choose("Slet ikke")
    assert citizen.review()[POSITIVE] == "Slet ikke"
    citizen.send()
    assert "Vi har fået dit svar." in citizen.thanks()
    assert counted(site) == ALL | {"positive": {"1"}}


def test_a_whole_survey_by_keyboard(citizen: WebRespondent, site: Site) -> None:
    tab = citizen.tab
    tab.goto(f"{site.url}/s/{link(site)}")

    def tab_to(name: str) -> None:
        for _ in range(40):
            tab.keyboard.press("Tab")
            if focused(tab) == name:
                return
        raise AssertionError(f"{name} is not reached by the Tab key")

    tab_to("Start")
    tab.keyboard.press("Enter")
    assert citizen.progress() == "Spørgsmål 1 af 5"
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowDown")
    assert citizen.progress() == "Spørgsmål 1 af 5"
    tab.keyboard.press("Enter")
    assert citizen.progress() == "Spørgsmål 2 af 5"
    tab_to("Spring over")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.type("De ringer")
    tab.keyboard.press("Enter")
    tab.keyboard.type("tilbage.")
    tab_to("Næste")
    tab.keyboard.press("Space")
    tab_to("Spring over")
    tab.keyboard.press("Enter")
    assert citizen.progress() == "Spørgsmål 5 af 5"
    for key in ("Tab", "Tab", "Space"):
        tab.keyboard.press(key)
    tab_to("Næste")
    tab.keyboard.press("Enter")
    assert citizen.review()[POSITIVE] == "I høj grad"
    assert "De ringer\ntilbage." in citizen.review().values()
    tab_to("Send svar")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/tak")
    assert counted(site)["offers"] == {"cv"}


def test_page_by_page_with_rules(citizen: WebRespondent, site: Site, test_catalogue: None) -> None:
    citizen.start(link(site, "off_route"))
    citizen.choose("På video")
    citizen.write("tyve")
    assert "Skriv et tal." in citizen.page()
    assert focused(citizen.tab).startswith("Der er noget, du skal rette")
    citizen.write("20")
    citizen.choose("Nej")
    citizen.write("Lyden")
    citizen.skip()
    citizen.change("Hvordan mødtes vi?")
    citizen.choose("På kontoret")
    assert "Virkede dit kamera?" not in citizen.review()
    citizen.send()
    assert counted(site, "off_route")["camera"] == {"not_applicable"}


# ---- One question at a time


def test_the_browsers_own_back_button(citizen: WebRespondent, site: Site) -> None:
    code = link(site)
    citizen.start(code)
    citizen.choose("I høj grad")
    citizen.choose("Slet ikke")
    citizen.tab.go_back()
    assert citizen.progress() == "Spørgsmål 2 af 5"
    citizen.tab.go_back()
    assert citizen.question() == POSITIVE
    expect(citizen.step().get_by_label("I høj grad", exact=True)).to_be_checked()
    citizen.tab.go_forward()
    citizen.back()
    assert citizen.question() == POSITIVE
    citizen.tab.reload()
    assert citizen.question() == POSITIVE
    expect(citizen.step().get_by_label("I høj grad", exact=True)).to_be_checked()
    citizen.tab.go_back()
    assert "Start" in citizen.page() or "Fortsæt" in citizen.page()


def test_a_changed_answer_leads_back_to_the_check(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    answer_all(citizen)
    citizen.change(POSITIVE)
    assert citizen.progress() == "Spørgsmål 1 af 5"
    citizen.choose("Slet ikke")
    assert citizen.review()[POSITIVE] == "Slet ikke"
    citizen.change(BETTER)
    citizen.back()
    assert citizen.review()[BETTER] is None


def test_choosing_does_not_go_on_by_itself(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    citizen.mark(["I høj grad"])
    citizen.tab.wait_for_timeout(300)
    assert citizen.progress() == "Spørgsmål 1 af 5"


def test_skipping_takes_an_answer_back(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    citizen.choose("I høj grad")
    citizen.back()
    citizen.skip()
    for _ in range(4):
        citizen.skip()
    assert citizen.review()[POSITIVE] is None


def test_words_for_other_appear_when_they_are_asked_for(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    for _ in range(4):
        citizen.skip()
    words = citizen.step().get_by_label("Hvilket tilbud tænker du på?")
    expect(words).to_be_hidden()
    citizen.mark(["Andet"])
    expect(words).to_be_visible()
    citizen.step().get_by_label("Andet", exact=True).uncheck()
    expect(words).to_be_hidden()


def test_an_answer_that_stands_alone_unticks_the_others(
    citizen: WebRespondent, site: Site, test_catalogue: None
) -> None:
    citizen.start(link(site, "exclusive"))
    citizen.mark(["Hjælp til CV", "Et kursus", "Ingen af dem"])
    expect(citizen.step().get_by_label("Et kursus")).not_to_be_checked()
    citizen.mark(["Et kursus"])
    expect(citizen.step().get_by_label("Ingen af dem")).not_to_be_checked()


def test_what_is_too_long_is_said_before_it_is_sent(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    citizen.skip()
    citizen.skip()
    citizen.write("x" * 2005)
    assert citizen.progress() == "Spørgsmål 3 af 5"
    assert "Dit svar er 5 tegn for langt." in citizen.page()


def test_what_the_server_refuses_is_shown_at_its_question(
    citizen: WebRespondent, site: Site
) -> None:
    citizen.start(link(site))
    citizen.choose("I høj grad")
    citizen.skip()
    citizen.tab.evaluate(
        "for (const area of document.querySelectorAll('textarea')) area.dataset.maximum = 9999"
    )
    citizen.write("x" * 2005)
    citizen.skip()
    citizen.skip()
    citizen.press("Send svar")
    citizen.tab.wait_for_selector("[data-problems]")
    assert "Der er noget, du skal rette" in focused(citizen.tab)
    assert citizen.progress() == "Spørgsmål 3 af 5"
    citizen.write("Kort.")
    assert citizen.review()[POSITIVE] == "I høj grad"
    citizen.send()
    assert received(site) == 1


def test_the_language_changes_where_one_is(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    citizen.choose("I høj grad")
    citizen.mark(["Slet ikke"])
    citizen.press("English")
    assert citizen.progress() == "Question 2 of 5"
    expect(citizen.step().get_by_label("Not at all", exact=True)).to_be_checked()
    citizen.press("Dansk")
    citizen.back()
    expect(citizen.step().get_by_label("I høj grad", exact=True)).to_be_checked()


def test_what_will_be_masked_is_told_before_it_is_sent(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    citizen.skip()
    citizen.skip()
    citizen.write("Jeg er 010190-1234.")
    citizen.skip()
    citizen.skip()
    assert citizen.review()["Hvad har fungeret godt i din kontakt med Jobcentret?"] == (
        "Jeg er [cpr]."
    )
    assert "ligner et CPR-nummer" in citizen.page()
    citizen.send()
    assert "ligner et CPR-nummer" in citizen.thanks()


# ---- Nothing is lost, nothing counted twice


def test_a_closed_tab_loses_nothing(citizen: WebRespondent, site: Site) -> None:
    code = link(site)
    citizen.start(code)
    citizen.choose("I høj grad")
    citizen.skip()
    citizen.step().locator("textarea").fill("De ringer")
    citizen.tab.close()
    again = WebRespondent(citizen.tab.context, site.url)
    again.tab.goto(f"{site.url}/s/{code}")
    again.press("Fortsæt")
    assert again.progress() == "Spørgsmål 3 af 5"
    expect(again.step().locator("textarea")).to_have_value("De ringer")
    again.back()
    again.back()
    expect(again.step().get_by_label("I høj grad", exact=True)).to_be_checked()


def test_beginning_again_forgets(citizen: WebRespondent, site: Site) -> None:
    code = link(site)
    citizen.start(code)
    citizen.choose("I høj grad")
    later = WebRespondent(citizen.tab.context, site.url)
    later.tab.goto(f"{site.url}/s/{code}")
    later.press("Begynd forfra")
    assert later.question() == POSITIVE
    expect(later.step().get_by_label("I høj grad", exact=True)).not_to_be_checked()


def test_a_double_click_is_one_answer(citizen: WebRespondent, site: Site) -> None:
    sent: list[str] = []
    citizen.start(link(site))
    answer_all(citizen)
    citizen.tab.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    citizen.tab.get_by_role("button", name="Send svar", exact=True).dblclick()
    citizen.tab.wait_for_url("**/tak")
    assert len(sent) == 1
    assert received(site) == 1


def test_without_a_line_it_waits_and_says_so(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    answer_all(citizen)
    citizen.tab.context.set_offline(True)
    citizen.press("Send svar")
    expect(citizen.tab.locator("[role=status]")).to_contain_text("Der er ikke noget net.")
    assert kept(citizen.tab) != []
    citizen.tab.context.set_offline(False)
    citizen.tab.wait_for_url("**/tak")
    assert received(site) == 1


def test_a_line_that_is_cut_after_the_commit_counts_once(
    citizen: WebRespondent, site: Site
) -> None:
    cut: list[str] = []

    def after_the_server_has_it(route, request) -> None:
        if request.method == "POST" and not cut:
            cut.append(request.url)
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    citizen.start(link(site))
    answer_all(citizen)
    citizen.tab.route("**/s/*", after_the_server_has_it)
    citizen.press("Send svar")
    expect(citizen.tab.locator("[role=status]")).to_contain_text("Der er ikke noget net.")
    assert received(site) == 1
    citizen.tab.wait_for_url("**/tak")
    assert received(site) == 1


def test_back_from_the_thank_you_sends_nothing_again(citizen: WebRespondent, site: Site) -> None:
    citizen.start(link(site))
    answer_all(citizen)
    citizen.send()
    citizen.tab.go_back()
    expect(citizen.tab.locator("h1")).to_have_text("Vi har allerede dit svar")
    assert received(site) == 1


def test_two_tabs_are_two_answers_only_when_both_are_sent(
    citizen: WebRespondent, site: Site
) -> None:
    code = link(site)
    citizen.start(code)
    other = WebRespondent(citizen.tab.context, site.url)
    other.tab.goto(f"{site.url}/s/{code}")
    citizen.tab.bring_to_front()
    answer_all(citizen)
    citizen.send()
    other.tab.reload()
    expect(other.tab.locator("h1")).to_have_text("Vi har allerede dit svar")


def test_a_browser_that_keeps_nothing_still_answers(open_browser: Open, site: Site) -> None:
    context = open_browser()
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, {get() { throw new Error('blocked'); }})"
    )
    citizen = WebRespondent(context, site.url)
    citizen.start(link(site))
    answer_all(citizen)
    citizen.send()
    assert received(site) == 1


def test_the_next_person_at_the_same_screen_sees_nothing(
    citizen: WebRespondent, site: Site
) -> None:
    with site.database.transaction() as session:
        wave = fieldwork.open_wave(session, "borgerinddragelse", "2026", opens_at=site.clock())
        first, second = fieldwork.invite(session, wave, 2)
    citizen.start(first)
    citizen.choose("I høj grad")
    citizen.start(second)
    expect(citizen.step().get_by_label("I høj grad", exact=True)).not_to_be_checked()


# ---- For everybody


def pages(citizen: WebRespondent, site: Site) -> Iterator[str]:
    """Bring every page of a survey on show, and name it."""
    tab = citizen.tab
    code = link(site)
    for name, path in {
        "forside": "/",
        "ukendt-kode": "/s/ZZZZZZZZZZ",
        "privatliv": "/privatliv",
        "was": "/was",
    }.items():
        tab.goto(site.url + path)
        yield name
    tab.goto(site.url)
    citizen.press("Fortsæt")
    yield "forside-fejl"
    tab.goto(f"{site.url}/s/{code}")
    yield "intro"
    citizen.press("Start")
    yield "spoergsmaal"
    citizen.mark(["I høj grad"])
    yield "spoergsmaal-valgt"
    citizen.go_on()
    citizen.skip()
    citizen.step().locator("textarea").fill("De ringer tilbage.")
    yield "tekst"
    citizen.write("x" * 2005)
    yield "tekst-for-lang"
    tab.evaluate("for (const a of document.querySelectorAll('textarea')) a.dataset.maximum = 9999")
    citizen.go_on()
    citizen.skip()
    citizen.mark(["CV og LinkedIn", "Andet"])
    yield "flere-valg"
    citizen.go_on()
    citizen.press("Send svar")
    tab.wait_for_selector("[data-problems]")
    yield "fejl"
    citizen.write("Mit nummer er 010190-1234.")
    citizen.review()
    yield "tjek"
    citizen.press("English")
    yield "engelsk"
    citizen.press("Dansk")
    citizen.review()
    citizen.send()
    yield "tak"
    tab.goto(f"{site.url}/s/{code}")
    yield "har-svaret"


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP], ids=lambda v: str(v["width"]))
def test_every_page_is_for_everybody(
    open_browser: Open, site: Site, viewport: dict[str, int]
) -> None:
    """No axe-core violation, nothing wider than the screen, nothing too small to hit.

    320 px wide is what is left of 1280 px at 400 % zoom.
    """
    citizen = WebRespondent(open_browser(viewport=viewport), site.url)
    folder = PICTURES / str(viewport["width"])
    folder.mkdir(parents=True, exist_ok=True)
    seen = 0
    for name in pages(citizen, site):
        tab = citizen.tab
        tab.screenshot(path=folder / f"{name}.png", full_page=True)
        if viewport is NARROW:
            require_usable(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
        small = tab.evaluate(
            """[...document.querySelectorAll('button, input, textarea, summary, .footer-links a')]
                .filter((e) => e.checkVisibility() && e.tabIndex >= 0)
                .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
        )
        assert small == [], name
        seen += 1
    assert seen == 16


def test_the_pages_without_script_are_for_everybody(open_browser: Open, site: Site) -> None:
    context = open_browser(viewport=NARROW)
    context.route("**/survey*.js", lambda route: route.abort())
    citizen = PlainWebRespondent(context, site.url)
    citizen.start(link(site))
    shown = []

    def look(name: str) -> None:
        citizen.tab.wait_for_load_state()
        require_usable(citizen.tab, name)
        citizen.tab.screenshot(path=PICTURES / "320" / f"{name}.png", full_page=True)
        assert citizen.tab.evaluate("document.documentElement.scrollWidth") <= 320
        shown.append(name)

    (PICTURES / "320").mkdir(parents=True, exist_ok=True)
    look("uden-script")
    citizen.tab.locator("textarea").first.fill("x" * 2005)
    citizen.press("Tjek dine svar")
    look("uden-script-fejl")
    assert "Der er noget, du skal rette" in focused(citizen.tab)
    citizen.tab.locator("textarea").first.fill("Jeg er 010190-1234.")
    citizen.press("English")
    look("uden-script-engelsk")
    citizen.press("Dansk")
    citizen.press("Tjek dine svar")
    look("uden-script-tjek")
    assert shown


def test_the_pages_with_rules_are_for_everybody(
    open_browser: Open, site: Site, test_catalogue: None
) -> None:
    citizen = WebRespondent(open_browser(viewport=NARROW), site.url)
    (PICTURES / "320").mkdir(parents=True, exist_ok=True)
    for name, step in {
        "side-1": lambda: citizen.start(link(site, "off_route")),
        "side-2": lambda: citizen.choose("På video"),
        "side-2-fejl": lambda: citizen.write("tyve"),
        "side-tjek": lambda: (citizen.write("20"), citizen.skip()),
    }.items():
        step()
        require_usable(citizen.tab, name)
        citizen.tab.screenshot(path=PICTURES / "320" / f"{name}.png", full_page=True)


def test_the_weight_of_a_first_visit_and_of_the_rest(citizen: WebRespondent, site: Site) -> None:
    """At most 60 kB with fonts and 20 kB without in 5 requests; later pages at most 8 kB.

    Bytes as they come over the line, headers too.
    """
    network = citizen.tab.context.new_cdp_session(citizen.tab)
    network.send("Network.enable")
    names: dict[str, str] = {}
    weights: dict[str, float] = {}

    def asked(event: dict[str, Any]) -> None:
        assert event["request"]["url"].startswith(site.url)
        names[event["requestId"]] = event["request"]["url"].rsplit("/", 1)[-1]

    def arrived(event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:
            weights[names[event["requestId"]]] = event["encodedDataLength"]

    network.on("Network.requestWillBeSent", asked)
    network.on("Network.loadingFinished", arrived)
    code = link(site)
    citizen.start(code)
    citizen.choose("I høj grad")
    citizen.tab.wait_for_load_state("networkidle")
    first = dict(weights)
    fonts = sum(weight for name, weight in first.items() if name.endswith(".woff2"))
    weights.clear()
    assert len(first) <= 5
    assert fonts > 0
    assert sum(first.values()) <= 60_000
    assert sum(first.values()) - fonts <= 20_000
    for _ in range(4):
        citizen.skip()
    citizen.send()
    citizen.tab.wait_for_load_state("networkidle")
    assert 0 < sum(weights.values()) <= 8_000
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "weights.json").write_text(json.dumps([first, weights], indent=1))
