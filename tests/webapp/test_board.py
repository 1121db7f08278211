"""The board, the meetings at it, and the actions that citizens are told of."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import board, register
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token
from tests.webapp.test_results import words
from webapp.actions import COPENHAGEN


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


def post(client: FlaskClient, path: str, page: str, **data: str) -> tuple[int, str]:
    token = form_token(client.get(page).text)
    response = client.post(path, data={"csrf_token": token, **data}, follow_redirects=True)
    require_sound(read(response.text))
    return response.status_code, words(response.text)


def test_an_empty_board_says_what_is_missing(client: FlaskClient) -> None:
    page = client.get("/staff/tavle")
    require_sound(read(page.text))
    said = words(page.text)
    assert "Ingen åbne handlinger." in said
    assert "Der er ikke skrevet noget møde ned endnu." in said


def test_meetings_are_counted_by_the_fortnight_and_into_the_plan(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    today = clock().astimezone(COPENHAGEN).date()
    for weeks_ago in (8, 6, 6, 2):
        day = today - timedelta(weeks=weeks_ago)
        status, said = post(client, "/staff/tavle/moede", "/staff/tavle", held_on=day.isoformat())
        assert status == 200
    assert "3 af 4 møder er holdt." in said
    with database.snapshot() as session:
        counted = board.meetings(session, today)
        assert (counted.held, counted.planned) == (3, 4)
        found = list(register.history(session, "board_meetings").values())
    assert found
    assert all(0 < (one.value or 0) <= 1 for one in found)


@pytest.mark.parametrize("day", ["", "i går", "2999-01-01"])
def test_a_meeting_that_was_not_is_refused(client: FlaskClient, day: str) -> None:
    status, said = post(client, "/staff/tavle/moede", "/staff/tavle", held_on=day)
    assert status == 422
    assert "Fejl:" in said


def test_the_board_shows_what_is_chosen_once_and_no_more_than_five(
    client: FlaskClient, database: Database
) -> None:
    status, said = post(
        client,
        "/staff/tavle/indikatorer",
        "/staff/tavle/indikatorer",
        indicator_1="training",
        indicator_2="training",
        indicator_4="mentors",
        indicator_5="unknown",
    )
    assert status == 200
    first = said[said.index("Sådan går det") : said.index("Det skriver de om")]
    assert first.count("undervisning i reformens nye regler") == 1
    assert "frivillig mentor" in first
    with database.transaction() as session, pytest.raises(board.TooManyIndicators):
        board.choose(session, list("abcdef"))


def test_an_action_is_followed_from_promise_to_what_citizens_read(
    client: FlaskClient, clock: Clock
) -> None:
    due = (clock().date() + timedelta(days=30)).isoformat()
    form = {
        "subject": "theme:citizen/transparency",
        "words": "Brevene bliver skrevet om",
        "owner": "Kommunikation",
        "due": due,
        "state": "open",
    }
    themes = client.get("/staff/handlinger/ny").text
    subject = next(
        option.attributes["value"]
        for option in read(themes).all("option")
        if option.attributes["value"].startswith("theme:citizen/")
    )
    form["subject"] = subject
    path = "/staff/handlinger/ny"
    status, said = post(client, path, path, **form)
    assert status == 200
    assert "Brevene bliver skrevet om" in said
    assert "Brevene bliver skrevet om" in words(client.get("/staff/tavle").text)
    assert "Brevene" not in client.get("/det-goer-vi").text
    path = "/staff/handlinger/1"
    told = {"told_da": "Vi skriver alle breve om.", "told_ar": "نعيد كتابة كل الرسائل."}
    status, _ = post(client, path, path, **form | told | {"state": "done"})
    assert status == 200
    public = client.get("/det-goer-vi")
    require_sound(read(public.text))
    assert "Vi skriver alle breve om." in public.text
    assert "Det er gjort." in public.text
    assert "Brevene bliver skrevet om" not in words(client.get("/staff/tavle").text)
    english = client.get("/det-goer-vi?lang=en").text
    assert '<p lang="da" dir="auto">Vi skriver alle breve om.</p>' in english
    assert "What is not translated is shown here in Danish." in english


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"words": ""}, "Skriv, hvad I vil gøre."),
        ({"due": ""}, "Skriv en dato."),
        ({"due": "31-02-2026"}, "Skriv en dato."),
        ({"told_en": "We rewrite"}, "Skriv den danske tekst også."),
        ({"state": "lost"}, "Fejl:"),
    ],
)
def test_a_half_written_action_is_refused_and_nothing_typed_is_lost(
    client: FlaskClient, changed: dict[str, str], says: str
) -> None:
    form = {
        "subject": "",
        "words": "Nye breve",
        "owner": "Team Ung",
        "due": date(2027, 1, 1).isoformat(),
        "state": "open",
    }
    path = "/staff/handlinger/ny"
    token = form_token(client.get(path).text)
    page = client.post(path, data={"csrf_token": token, **form, **changed})
    assert page.status_code == 422
    assert says in words(page.text)
    assert 'value="Team Ung"' in page.text


def test_a_late_action_is_marked(client: FlaskClient, clock: Clock) -> None:
    path = "/staff/handlinger/ny"
    late = (clock().date() - timedelta(days=3)).isoformat()
    post(client, path, path, subject="", words="Ring op", owner="Mig", due=late, state="open")
    assert "Over tid" in words(client.get("/staff/handlinger").text)
    assert "Over tid" in words(client.get("/staff/tavle").text)
