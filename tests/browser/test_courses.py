"""The pages of courses and meetings in a real browser, on a phone: nothing for axe to object to."""

import pytest

from analysis import plan
from surveys import courses
from tests.analysis.test_courses import answered, run
from tests.browser.live import PHONE, Site
from tests.browser.test_results import Open, require_usable, sign_in
from tests.surveys.test_courses import HEADINGS

pytestmark = pytest.mark.browser


def test_courses_and_meetings_fit_a_phone(site: Site, open_browser: Open) -> None:
    assert len(plan.shipped()["course"].items) == 2
    answered(site.database, run("Truck 1", "Truck", "Foreningen", 1), {(1, 1): 12})
    with site.database.transaction() as session:
        courses.save(session, run("CV 1", "CV", None, 90), site.clock())
    page = open_browser(viewport=PHONE).new_page()
    sign_in(page, site, "/staff/kurser")
    assert page.get_by_role("heading", name="Hold under målet").is_visible()
    require_usable(page)
    page.get_by_role("link", name="Truck 1").first.click()
    require_usable(page)
    page.goto(f"{site.url}/staff/kurser/nyt")
    page.get_by_label("Første dag").fill("i morgen")
    page.get_by_role("button", name="Gem").click()
    assert page.get_by_label("Første dag").input_value() == "i morgen"
    require_usable(page)
    page.goto(f"{site.url}/staff/kurser/fil")
    wrong = f"{HEADINGS}\r\nCV 2;CV;1-1-2027;i morgen;12;;;;\r\n".encode("cp1252")
    page.get_by_label("Fil").set_input_files(
        files=[{"name": "hold.csv", "mimeType": "text/csv", "buffer": wrong}]
    )
    page.get_by_role("button", name="Vis filen").click()
    assert page.get_by_text("Række 2, kolonnen Slutdato").is_visible()
    require_usable(page)
    page.goto(f"{site.url}/staff/moeder")
    page.get_by_label("Team").fill("Ungeteamet")
    page.get_by_label("Fra").fill("18-11-2026")
    page.get_by_role("button", name="Tag teamet med").click()
    assert page.get_by_role("button", name="Slå Ungeteamet fra").is_visible()
    require_usable(page)
