"""A screen in the reception: unlocked by staff, new for each person, and no toy."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.html import read
from tests.webapp.staff import EMAIL, PASSWORD, is_in, sign_in
from tests.webapp.visitor import Visitor
from webapp import device
from webapp.access import create_user
from webapp.callback import lead
from webapp.device import MOST, QUICKEST, WITHIN, Pace, Verdict


def unlock(app: Flask, visitor: Visitor, code: str, role: str = "sagsbehandler") -> None:
    database = app.extensions["hoert"].database
    create_user(database, email=EMAIL, role=role, password=PASSWORD)
    lead(database, EMAIL, "Team Øst", leads=True)
    sign_in(visitor.client)
    page = read(visitor.client.get(f"/staff/skaerm?kode={code}").text)
    (chosen,) = [o for o in page.all("option") if "selected" in o]
    assert chosen["value"] == code
    token = next(f for f in page.all("form") if not f["action"]).all("input")[0]["value"]
    answer = visitor.client.post("/staff/skaerm", data={"csrf_token": token, "code": code})
    assert answer.headers["Location"] == f"/k/{code}"


@pytest.fixture
def screen(app: Flask, visitor: Visitor, office: Office) -> Visitor:
    """A visitor at an unlocked screen for the meeting's five questions."""
    unlock(app, visitor, office.link(unit="Team Øst"))
    (link,) = office.codes()
    return visitor.get(f"/k/{link}")


def begin(screen: Visitor) -> Visitor:
    screen.get(screen.page.classed("kiosk-languages")[0].all("a")[0]["href"])
    return screen


def answer(screen: Visitor, clock: Clock, *, seconds: float = 40, **given: str) -> Visitor:
    begin(screen).fill(**given)
    clock.forward(seconds=seconds)
    return screen.press("check").press("send")


def test_a_locked_screen_asks_nobody(visitor: Visitor, office: Office) -> None:
    code = office.link()
    for path in (f"/k/{code}", f"/k/{code}/svar", f"/k/{code}/tak", f"/k/{code}/personale"):
        visitor.get(path)
        assert (visitor.status, visitor.heading) == (403, "Skærmen er låst")
    assert visitor.post(f"/k/{code}/svar", {"send": "1"}).status == 403
    assert office.received() == 0
    assert visitor.get("/k/nothing").status == 404


def test_staff_unlock_it_and_are_signed_out_there(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    code = office.link()
    unlock(app, visitor, code)
    assert not is_in(visitor.client)
    assert visitor.get(f"/k/{code}").status == 200
    assert visitor.get(f"/k/{office.link()}").status == 403
    assert Visitor(app.test_client()).get(f"/k/{code}").status == 403


def test_each_person_begins_with_the_language_and_leaves_nothing(
    screen: Visitor, office: Office, clock: Clock
) -> None:
    home = screen.path
    first = screen.page.classed("kiosk-languages")[0].all("a")
    assert [link["lang"] for link in first][:2] == ["da", "en"]
    screen.get(first[1]["href"])
    assert screen.page.all("html")[0]["lang"] == "en"
    assert screen.page.all("form")[0]["autocomplete"] == "off"
    assert screen.page.all("body")[0]["data-kiosk"] == home
    screen.fill(purpose="4", open="They listened.")
    clock.forward(seconds=30)
    screen.press("check").press("send")
    assert screen.path == f"{home}/tak"
    assert "Your receipt" in screen.text or "receipt" in screen.text
    screen.get(home)
    assert screen.page.all("html")[0]["lang"] == "da"
    assert screen.get(f"{home}/tak").path == home
    again = begin(screen)
    assert "answer.purpose" not in again.body()
    assert screen.response.headers["Cache-Control"] == "no-store"
    assert screen.heading == "Hvordan var dit møde?"
    office.close()
    assert office.modes() == ["kiosk"]


def test_page_by_page_the_draft_goes_with_the_person(
    shipped_tests: None, app: Flask, visitor: Visitor, office: Office, clock: Clock
) -> None:
    code = office.link("off_route")
    unlock(app, visitor, code)
    begin(visitor.get(f"/k/{code}")).press("start")
    visitor.fill(meeting="office").press("next")
    assert visitor.page.all("body")[0]["data-kiosk"] == f"/k/{code}"
    visitor.get(f"/k/{code}")
    assert visitor.get("/svar").heading == "Sig, hvad du synes"
    with office.database.snapshot() as session:
        assert session.execute(text("select count(*) from draft")).scalar_one() == 0
    begin(visitor.get(f"/k/{code}")).press("start").fill(meeting="office").press("next")
    visitor.fill(minutes="20").press("next")
    clock.forward(seconds=30)
    visitor.press("send")
    assert visitor.path == f"/k/{code}/tak"
    office.close("off_route")
    assert office.modes("off_route") == ["kiosk"]


def test_who_is_very_quick_is_asked_to_look_again(
    screen: Visitor, office: Office, clock: Clock
) -> None:
    answer(screen, clock, seconds=4, purpose="5")
    assert (screen.status, screen.heading) == (200, "Tjek dine svar")
    assert "Det gik hurtigt" in screen.text
    assert office.received() == 0
    clock.forward(seconds=QUICKEST)
    assert screen.press("send").heading == "Tak for dit svar"
    assert office.received() == 1


def test_a_child_cannot_fill_it_with_answers(screen: Visitor, office: Office, clock: Clock) -> None:
    home = screen.path
    for _ in range(MOST):
        answer(screen, clock, purpose="5").get(home)
    answer(screen, clock, purpose="5")
    assert (screen.status, screen.heading) == (429, "Skærmen holder en pause")
    assert office.received() == MOST
    assert "Dit svar er ikke sendt." in screen.text
    clock.forward(seconds=WITHIN)
    answer(screen.get(home), clock, purpose="5")
    assert office.received() == MOST + 1


def test_the_same_all_the_way_and_fast_counts_twice_and_then_waits(
    screen: Visitor, office: Office, clock: Clock
) -> None:
    home = screen.path
    same = dict.fromkeys(("purpose", "heard", "language", "guidance", "next"), "5")
    for _ in range(3):
        answer(screen.get(home), clock, seconds=12, **same)
    assert screen.status == 429
    assert office.received() == 2
    # Somebody who takes the time may have the same opinion of everything
    answer(screen.get(home), clock, seconds=25, **same)
    assert office.received() == 3


def test_staff_can_lock_it_again(screen: Visitor) -> None:
    home = screen.path
    screen.get(screen.page.classed("kiosk-staff")[0].all("a")[0]["href"])
    form = next(f for f in screen.page.all("form"))
    screen.post(form["action"], {})
    assert (screen.path, screen.status) == (home, 403)


def test_it_locks_itself_at_the_end_of_the_day(screen: Visitor, clock: Clock) -> None:
    clock.forward(hours=16, minutes=1)
    assert screen.get(screen.path).status == 403


def test_a_cookie_of_somebody_elses_making_unlocks_nothing(app: Flask, office: Office) -> None:
    code = office.link()
    for forged in ("", "x", "e30.x", f'{{"code":"{code}"}}'):
        visitor = Visitor(app.test_client())
        visitor.client.set_cookie("hoert-screen", forged)
        assert visitor.get(f"/k/{code}").status == 403


def test_without_script_it_begins_again_by_itself(screen: Visitor) -> None:
    begin(screen)
    (refresh,) = [m for m in screen.page.all("meta") if m["http-equiv"] == "refresh"]
    assert refresh["content"] == f"180;url={screen.path.removesuffix('/svar')}"


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 120), st.booleans()), max_size=60))
def test_never_more_than_so_many_in_so_long(
    people: list[tuple[int, int, bool]],
) -> None:
    pace, now, taken, hasty = Pace(), 1_000_000, [], 0
    for pause, took, alike in people:
        began, now = now + pause, now + pause + took
        if pace.judge(now, began, alike=alike) is Verdict.TAKEN:
            assert took >= QUICKEST
            pace = pace.after(now, began, alike=alike)
            taken.append(now)
            hasty = hasty + 1 if alike and took < device.HASTY else 0
            assert hasty <= device.MOST_HASTY
        assert all(
            sum(moment <= other < moment + WITHIN for other in taken) <= MOST for moment in taken
        )
