"""What a manager reads: the figures to the letter, and nothing about the few."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from analysis.tables import CodingRow, QuoteRow, ThemeAssignmentRow
from surveys import ballot, extract, fieldwork, keys, sitting
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.html import Element, read, require_sound
from tests.webapp.published import DEGREES, QUOTE, THEMES, published
from tests.webapp.staff import sign_in
from webapp import charts
from webapp.results import standalone

PAYLOAD = "<script>alert('\"x\"')</script><img src=x onerror=alert(1)> & </td>"
PAGE = "/staff/resultater/samtalefeedback/Uge%2047/2026"
FILE = PAGE.replace("resultater", "rapport")


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def strings(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from strings(child)


def words(page: str) -> str:
    """What a page says, element by element."""
    return " ".join(" ".join(strings(read(page).all("body")[0])).split())


def attributes(page: str) -> set[str]:
    return {name for element in read(page).walk() for name in element.attributes}


def elements(page: str) -> list[str]:
    return [element.tag for element in read(page).walk()]


def shown(**how: object) -> str:
    return words(standalone(published(**how)))


def fielded(
    database: Database,
    clock: Clock,
    n: int,
    raws: Mapping[str, str] | None = None,
    **wave: object,
) -> None:
    """A wave that n people answered, all alike but for the first question, and all mixed."""
    with database.transaction() as session:
        fieldwork.open_wave(session, "samtalefeedback", "Uge 47/2026", opens_at=clock(), **wave)
        code = fieldwork.create_link(session, "samtalefeedback", clock())
        admission = fieldwork.admit(session, code, clock())
        for number in range(n):
            person = keys.new_ballot()
            one = sitting.begin(
                session, admission, keys.draft_key(person), mode="web", language="da", now=clock()
            )
            for item in admission.instrument:
                rated = "4" if number % 3 else "2"
                usual = {"purpose": "5" if number % 2 else "3", "open": ""}.get(item.id, rated)
                one.interview.answer(item.id, (raws or {}).get(item.id, usual))
            spends, receipt = keys.spend_hash(person), keys.receipt("test", person)
            one.send(spends=spends, receipt=receipt, now=clock())
        ballot.mix(session, admission.wave_id, closing=True)


def coded(database: Database, theme: str) -> None:
    """A person has read every comment, found one theme in it, and released it as a quote."""
    with database.transaction() as session:
        wave = extract.wave(session, "samtalefeedback")
        for comment in extract.comments(session, wave.id):
            row = CodingRow(
                comment_id=comment.id,
                wave_id=wave.id,
                code_frame="test",
                coder="somebody",
                sentiment="positive",
                unsure=False,
                current=True,
                reading="shown",
            )
            session.add(row)
            session.flush()
            session.add(ThemeAssignmentRow(coding_id=row.id, theme=theme, probability=1.0))
            session.add(
                QuoteRow(
                    comment_id=comment.id,
                    wave_id=wave.id,
                    theme=theme,
                    body=comment.body,
                    released_by="somebody",
                )
            )


def test_the_published_figures_to_the_letter() -> None:
    said = shown()
    assert "84,9 %" in said
    assert "225 af 619 inviterede (36,3 %)" in said
    assert "Mål: ikke nået, men usikkert" in said
    assert "mellem 80,8 % og 88,2 %" in said
    assert "mindst 85,0 %" in said
    assert "225 svar" in said
    assert "36,4" not in said


def test_ten_companies_are_eight_of_ten_and_never_a_percentage() -> None:
    said = shown(satisfied=8, answered=10, invited=None, target=0.75)
    assert "8 af 10" in said
    assert "80 %" not in said
    assert "80,0 %" not in said
    assert "Kan ikke regnes ud. Linket var åbent for alle." in said
    # The categories too: 4 of 10, no 40 %
    assert "4 af 10" in said
    assert not re.search(r"\(\d+,\d %\)", said)


def test_when_everybody_invited_has_answered_nothing_is_left_to_chance() -> None:
    said = shown(satisfied=8, answered=10, invited=10, target=0.75)
    assert "ingen, for alle inviterede har svaret" in said
    assert "mellem" not in said


@pytest.mark.parametrize("answered", [4, 5, 9, 10])
def test_small_groups_in_the_document(answered: int) -> None:
    said = shown(satisfied=2, answered=answered, invited=12)
    assert (f"2 af {answered}" in said) == (answered >= 5)
    assert ("Mål: for få svar" in said) == (answered < 5)
    assert (DEGREES[0] in said) == (answered >= 10)
    assert ("Svarene vises ikke (for få svar)" in said) == (answered < 10)
    assert ("Kommentarerne vises ikke (for få svar)" in said) == (answered < 10)


@pytest.mark.parametrize("answered", [4, 5, 9, 10])
def test_small_groups_from_the_answers_to_the_page(
    client: FlaskClient, database: Database, clock: Clock, answered: int
) -> None:
    fielded(database, clock, answered)
    page = client.get(PAGE).text
    said = words(page)
    assert ("Mål: for få svar" in said) == (answered < 5)
    assert ("i gennemsnit af 5 spørgsmål" in said) == (answered >= 5)
    # One chart for the indicator from 5 answers on, one for each of five questions from 10
    assert len(re.findall('role="img"', page)) == (0 if answered < 5 else 1 if answered < 10 else 6)
    document = client.get(f"{FILE}.json").get_json()
    assert {one["bars"] is None for one in document["distributions"]} == {answered < 10}
    assert {one["share"] is None for one in document["indicators"]} == {answered < 5}


def test_a_theme_of_a_few_shows_its_size_and_not_its_tone() -> None:
    said = shown()
    assert f"{THEMES[2]} 7 vises ikke (for få svar)" in said
    assert f"{THEMES[0]} 75 37 ros, 38 kritik" in said


def test_what_people_write_is_never_markup() -> None:
    page = standalone(published(quotes=(PAYLOAD,)))
    assert PAYLOAD in words(page)
    assert elements(page) == elements(standalone(published(quotes=(QUOTE,))))
    assert "onerror" not in attributes(page)


def test_what_people_write_is_never_markup_on_the_page(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    fielded(database, clock, 12, {"open": PAYLOAD})
    coded(database, "c1_individual")
    page = client.get(PAGE)
    assert PAYLOAD in words(page.text)
    assert not {"script", "img"} & set(elements(page.text))
    assert "onerror" not in attributes(page.text)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert PAYLOAD in words(client.get(f"{FILE}.html").text)


@pytest.mark.parametrize("answered", [4, 5, 9, 10])
def test_small_groups_in_what_they_write(
    client: FlaskClient, database: Database, clock: Clock, answered: int
) -> None:
    comment = "Mødet gav mig ro i maven og en klar plan."
    fielded(database, clock, answered, {"open": comment})
    coded(database, "c1_individual")
    for path in (PAGE, f"{FILE}.html", f"{FILE}.json"):
        page = client.get(path).text
        assert (comment in page) == (answered >= 10)
        assert ("Styrk den individuelle" in page) == (answered >= 10)


def test_a_wave_name_is_never_markup(client: FlaskClient, database: Database, clock: Clock) -> None:
    name = "<b onclick=x>\"'"
    with database.transaction() as session:
        fieldwork.open_wave(session, "samtalefeedback", name, opens_at=clock())
    start = client.get("/staff/").text
    assert name in words(start)
    link = next(a["href"] for a in read(start).all("a") if "/resultater/" in a["href"])
    result = client.get(link)
    assert result.status_code == 200
    assert name in words(result.text)
    assert "onclick" not in attributes(start) | attributes(result.text)


def test_demonstration_data_is_marked_wherever_it_is_shown(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    fielded(database, clock, 10, synthetic=True)
    for path in ("/staff/", PAGE, f"{FILE}.html"):
        assert "Demonstrationsdata" in client.get(path).text
    assert client.get(f"{FILE}.json").get_json()["synthetic"] is True
    assert "Demonstrationsdata" not in shown()


def test_what_waits_is_told_with_its_reason() -> None:
    said = shown(waiting=7)
    assert "Modtaget 232" in said
    assert "Med i tallene 225" in said
    assert "Venter 7" in said
    assert "til der er 10 at blande" in said
    assert "Venter" not in shown()


def test_the_page_says_what_the_document_says(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    fielded(database, clock, 24, invited=60)
    page = words(client.get(PAGE).text)
    document = words(client.get(f"{FILE}.html").text)
    assert len(document) > 1000
    assert document in page
    assert "24 af 60 inviterede (40,0 %)" in page


def test_every_staff_page_is_sound(client: FlaskClient, database: Database, clock: Clock) -> None:
    for path in ("/staff/", "/staff/nowhere"):
        require_sound(read(client.get(path).text))
    fielded(database, clock, 24, synthetic=True)
    for path in ("/staff/", PAGE):
        require_sound(read(client.get(path).text))
    client.delete_cookie("session")
    require_sound(read(client.get("/staff/login").text))
    require_sound(read(sign_in(client, password="forkert kodeord").text))


def test_the_document_needs_nothing_beside_itself() -> None:
    page = standalone(published(synthetic=True))
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(elements(page))
    assert not {"src", "href", "srcset"} & attributes(page)
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?://", page)
    assert page.startswith("<!doctype html>")


def test_every_chart_has_a_name_its_figures_in_words_and_a_table() -> None:
    page = read(standalone(published()))
    drawn = page.all("svg", role="img")
    assert len(drawn) == 4
    for svg in drawn:
        (title,), (desc,) = svg.all("title"), svg.all("desc")
        assert svg["aria-labelledby"] == f"{title['id']} {desc['id']}"
        assert title.text
        assert re.search(r"\d", desc.text)
    assert len(page.all("table")) > len(drawn)
    (said,) = page.all("desc", id="bars-positive-desc")
    assert said.text.startswith("I meget høj grad: 95 (42,2 %). I høj grad: 96 (42,7 %).")
    ids = [element["id"] for element in page.walk() if "id" in element]
    assert len(ids) == len(set(ids))


def test_files_to_take_away(client: FlaskClient, database: Database, clock: Clock) -> None:
    fielded(database, clock, 12)
    page = client.get(f"{FILE}.html")
    assert page.mimetype == "text/html"
    named = 'attachment; filename="hoert-samtalefeedback-Uge_47_2026.html"'
    assert page.headers["Content-Disposition"] == named
    figures = client.get(f"{FILE}.json")
    assert figures.mimetype == "application/json"
    assert figures.get_json()["fieldwork"]["responses"] == 12
    assert "Hvordan var dit møde?" in figures.text
    assert client.get(f"{FILE}.docx").status_code == 404


@pytest.mark.parametrize("path", ["ukendt/2026", "samtalefeedback/2031", "samtalefeedback/"])
def test_a_wave_that_does_not_exist(
    client: FlaskClient, database: Database, clock: Clock, path: str
) -> None:
    fielded(database, clock, 1)
    assert client.get(f"/staff/resultater/{path}").status_code == 404
    assert client.get(f"/staff/rapport/{path}.json").status_code == 404


def test_the_start_page_lists_waves_newest_first(
    app: Flask, database: Database, clock: Clock
) -> None:
    with database.transaction() as session:
        now = clock()
        first = {"opens_at": now, "invited": 619}
        fieldwork.open_wave(session, "borgerinddragelse", "Efterår 2026", **first)
        clock.forward(days=1)
        second = {"opens_at": clock(), "closes_at": clock()}
        fieldwork.open_wave(session, "samtalefeedback", "2026", **second)
        clock.forward(days=1)
        fieldwork.open_wave(session, "borgerinddragelse", "Forår 2027", opens_at=clock())
    client = app.test_client()
    sign_in(client)
    said = words(client.get("/staff/").text)
    order = ["Din kontakt med Jobcentret", "Forår 2027", "Efterår 2026", "Hvordan var dit møde?"]
    places = [said.index(name) for name in order]
    assert places == sorted(places)
    assert "Efterår 2026 Åben 0 af 619 inviterede (0,0 %)" in said
    assert "2026 Lukket 19. november 2026 kl. 10.30 0 har svaret" in said


def test_the_start_page_of_an_empty_installation_says_what_to_do(client: FlaskClient) -> None:
    said = words(client.get("/staff/").text)
    assert "Der er ingen undersøgelser endnu." in said
    assert "hoert link create --survey samtalefeedback" in said


labels = st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=8)


@given(labels, st.data())
def test_bars_never_overlap_and_never_leave_the_drawing(
    names: list[str], data: st.DataObject
) -> None:
    shares = data.draw(st.lists(st.floats(0, 1), min_size=len(names), max_size=len(names)))
    laid = charts.bars((name, "12 (3,4 %)", n) for name, n in zip(names, shares, strict=True))
    below = 0
    for bar, share in zip(laid.bars, shares, strict=True):
        baselines = [baseline for baseline, _ in bar.lines]
        assert below < baselines[0]
        assert baselines == sorted(baselines)
        assert baselines[-1] < bar.top
        assert all(len(line) <= charts.LETTERS for _, line in bar.lines)
        assert float(bar.length.removesuffix("%")) == pytest.approx(100 * share, abs=0.005)
        below = bar.top + 12
    assert below <= laid.height


def test_the_chart_of_a_reading_hides_what_its_words_hide() -> None:
    everybody = published(satisfied=12, answered=12, invited=None).indicators[0].reading
    drawn = charts.measure(everybody)
    assert drawn is not None
    assert drawn.share != "100.00%"
    assert "mindst 11 af 12" in drawn.said
    nobody = published(satisfied=3, answered=4).indicators[0].reading
    assert charts.measure(nobody) is None
