"""Every page under /staff in a real browser: nothing that axe-core objects to, nothing too wide."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import axe_playwright_python.base
import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from analysis import actions, board, period, register
from analysis.actions import Action, State
from surveys import courses, drafts, links
from tests.analysis.test_courses import run as course_run
from tests.browser.live import DESKTOP, PHONE, Site
from tests.browser.looking import RULES, crowding, require_usable
from tests.webapp.staff import EMAIL, PASSWORD
from tests.webapp.test_access import MATRIX, WORDS
from tests.webapp.test_filters import given
from tests.webapp.test_results import fielded
from webapp import report_orders, wall
from webapp.access import EVERYBODY, create_user
from webapp.access_tables import StaffRoleRow, StaffUserRow
from webapp.answering_tables import StaffUnitRow
from webapp.learning_room import own_key
from webapp.learning_tables import LearningNoteRow, TeamQuestionRow
from webapp.report_orders import Rhythm, Subject

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.base.AXE_FILE_PATH).read_text("utf-8")
FILES = {"editor.export"}
ELSEWHERE = {
    "interviews.add",
    "interviews.change",
    "interviews.companies_of",
    "interviews.ended",
    "interviews.ring",
    "interviews.talk",
    "interviews.upload",
    "panel.member",
}
"""Pages of companies, which need more than is made here: `test_interviews` looks at them."""


def filled(site: Site) -> None:
    """Somebody of every role, and something on every page."""
    create_user(site.database, EMAIL, "leder", PASSWORD)
    now = site.clock()
    day = now.date()
    fielded(site.database, site.clock, 24, invited=60, synthetic=True)
    with site.database.transaction() as session:
        user = session.scalars(select(StaffUserRow)).one()
        user.roles += [StaffRoleRow(name=role) for role in EVERYBODY - {"leder"}]
        session.add(StaffUnitRow(user_id=user.id, unit="Team Nord"))
        own_key(session, user.id)
        drafts.begin(session, "ungeplan", EMAIL, now)
        courses.save(session, course_run("CV 12", "CV", "Foreningen", 100), now)
        session.add(LearningNoteRow(user_id=user.id, words="Spørg mere", written_on=day))
        session.add(TeamQuestionRow(id="x" * 22, unit="Team Nord", words="Hvordan?", week=day))
        for when, value in (("2025-11", 73), ("2026-10", 64)):
            figure = register.Figure(
                "young_on_benefit", "Allerød", period.read(when), Decimal(value), "Jobindsats"
            )
            register.record(session, [figure], now)
        promise = Action(
            None, "young", None, "Ring op", "Team Nord", day - timedelta(days=1), State.OPEN,
            date(2026, 9, 1), None, {"da": "Vi ringer op."},
        )  # fmt: skip
        actions.keep(session, promise, day)
        board.hold(session, day, "Allerød", now)
        wall.keep(session, wall.read(session, "Allerød", now), now)
        report_orders.make(session, Subject.PLAN, None, "pdf", Rhythm.MONTH, [user.id], now)


def pages(app: Flask, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page that can be asked for, with its address."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint in MATRIX and "GET" in (rule.methods or ()):
                given = {name: words[name] for name in rule.arguments}
                if rule.endpoint.startswith("plan."):
                    given |= {"code": "young_on_benefit"}
                address = app.url_for(rule.endpoint, **given)
                # Files are read by other tests
                if rule.endpoint not in FILES and "." not in address.rsplit("/", 1)[1]:
                    yield rule.endpoint, address


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/staff/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_url(lambda url: "/staff/login" not in url)


def resized(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})


def objections(page: Page) -> list[object]:
    """What axe-core, which the page must have, finds on it as it stands."""
    found: list[object] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        ".then(({violations}) => violations.map((one) => [one.id, one.nodes[0].html]))",
        RULES,
    )
    return found


def test_every_staff_page_is_for_everybody(
    site: Site, open_browser: Callable[..., BrowserContext]
) -> None:
    filled(site)
    with site.database.snapshot() as session:
        code = links.links(session, site.clock())[0].code
    words = WORDS | {"code": code, "number": "1"}
    page = open_browser(viewport=DESKTOP).new_page()
    # Some pages wait for a model to be read, on a machine that does other things too
    page.set_default_timeout(60_000)
    sign_in(page, site)
    wrong: dict[str, object] = {}
    missing: set[str] = set()
    for endpoint, address in pages(site.app, words):
        answer = page.goto(site.url + address)
        assert answer
        if answer.status == 404:
            missing.add(endpoint)
            continue
        assert answer.status == 200, (endpoint, answer.status)
        page.evaluate(AXE)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        # The page on show is made narrow and wide again: to load it twice would take twice as long
        for size in (DESKTOP, PHONE):
            resized(page, size)
            if found := [*objections(page), *crowding(page)]:
                wrong[f"{endpoint} {address} at {size['width']}"] = found
    assert missing <= ELSEWHERE
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_figures_of_groups_and_weeks_are_for_everybody(
    site: Site, open_browser: Callable[..., BrowserContext]
) -> None:
    create_user(site.database, EMAIL, "leder", PASSWORD)
    for week in range(13):
        given(site.database, site.clock, 6, unit="Team Nord" if week % 2 else "Team Syd")
        site.clock.forward(days=7)
    page = open_browser(viewport=DESKTOP).new_page()
    sign_in(page, site)
    wave = "/staff/resultater/samtalefeedback/2026"
    for address, heading in (
        ("/staff/plan/conversation", "Uge for uge"),
        (f"{wave}?enhed=Team+Nord", "Svar på hvert spørgsmål"),
        ("/staff/tavle", "Det gør vi"),
    ):
        page.goto(site.url + address)
        assert page.get_by_role("heading", name=heading).is_visible()
        for size in (PHONE, DESKTOP):
            resized(page, size)
            require_usable(page, f"{address} at {size['width']}")
            assert crowding(page) == []


def test_the_wall_stands_free_of_its_frame_and_breaks_no_word_after_its_first_hyphen(
    site: Site, open_browser: Callable[..., BrowserContext]
) -> None:
    create_user(site.database, EMAIL, "leder", PASSWORD)
    page = open_browser(viewport=DESKTOP).new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/staff/tavle/skaerm")
    name = page.get_by_role("heading", name="kursusudbud og")
    heights = set()
    for width in range(900, 2000, 20):
        resized(page, {"width": width, "height": 800})
        left, height, *tops = name.evaluate(
            """(heading) => {
                const text = heading.firstChild, at = text.data.indexOf(' -') + 1
                const range = document.createRange()
                const tops = [[at, at + 1], [at + 3, at + 4]].map(([from, to]) => {
                    range.setStart(text, from)
                    range.setEnd(text, to)
                    return range.getBoundingClientRect().top
                })
                const left = document.querySelector('h1').getBoundingClientRect().left
                return [left, heading.getBoundingClientRect().height, ...tops]
            }"""
        )
        heights.add(height)
        assert left >= 16
        assert tops[0] == tops[1], width
    assert len(heights) > 3
