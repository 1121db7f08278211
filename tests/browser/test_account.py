"""Accounts in a real browser: somebody is invited, signs in with a telephone, and axe is content.

At a desk and on a phone.
"""

from urllib.parse import urlsplit

import pytest
from passlib.totp import TOTP

from tests.browser.live import DESKTOP, PHONE
from tests.browser.test_results import require_usable, sign_in

pytestmark = pytest.mark.browser

BO, NEW = "bo@example.dk", "en helt anden kode"


def test_a_person_is_invited_and_signs_in_with_a_telephone(site, open_browser):
    page = open_browser(viewport=DESKTOP).new_page()
    sign_in(page, site, "/staff/brugere/ny", role="administrator")
    page.get_by_label("E-mail").fill(BO)
    page.get_by_label("Konsulent").check()
    page.get_by_role("button", name="Opret").click()
    require_usable(page)
    link = urlsplit(page.locator("main code").inner_text()).path
    for path in ("/staff/brugere", "/staff/brugere/2", "/staff/log", "/staff/log?since=x"):
        page.goto(site.url + path)
        require_usable(page)

    phone = open_browser(viewport=PHONE).new_page()
    phone.goto(site.url + link)
    require_usable(phone)
    phone.get_by_label("Ny adgangskode").fill(NEW)
    phone.get_by_label("Skriv den igen").fill(NEW)
    phone.get_by_role("button", name="Gem").click()
    phone.get_by_label("E-mail").fill(BO)
    phone.get_by_label("Adgangskode").fill(NEW)
    phone.get_by_role("button", name="Log ind").click()
    phone.goto(site.url + "/staff/konto/telefon")
    require_usable(phone)
    telephone = TOTP.using(now=lambda: site.clock().timestamp())(
        key=phone.locator("code").inner_text().replace("-", "")
    )
    phone.get_by_label("De seks tal").fill(telephone.generate().token)
    phone.get_by_role("button", name="Slå til").click()
    require_usable(phone)
    paper = phone.locator("li code").first.inner_text()
    for path in ("/staff/konto", "/staff/konto/adgangskode", "/staff/konto/uden-kode"):
        phone.goto(site.url + path)
        require_usable(phone)
    phone.get_by_role("button", name="Log ud").click()
    phone.get_by_label("E-mail").fill(BO)
    phone.get_by_label("Adgangskode").fill(NEW)
    phone.get_by_role("button", name="Log ind").click()
    require_usable(phone)
    phone.get_by_label("Kode").fill(paper)
    phone.get_by_role("button", name="Log ind").click()
    assert urlsplit(phone.url).path == "/staff/"
