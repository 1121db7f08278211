"""The board, the meetings at it, and the actions that citizens are told of."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import board, period, register
from surveys import fieldwork
from surveys.database import Database
from tests.conftest import Clock
from tests.webapp import documents
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token, sign_in
from tests.webapp.test_learning_room import answers, close
from tests.webapp.test_results import words
from webapp import wall
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
    assert "Der er ingen udgaver endnu." in said
    assert "Der er ikke skrevet noget møde ned endnu." in said
    # What is missing is said once: by a card's figure, and not by its status as well
    cards = [card for card in read(page.text).all("li") if card.all("h3")]
    assert len(cards) == 5
    for card in cards:
        _, figure, target = [one.text for one in card.all("h3") + card.all("p")]
        assert (figure, target[:4]) == ("Ingen svar endnu", "Mål:")


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


def test_an_edition_stays_as_it_was_printed(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    path = "/staff/handlinger/ny"
    due = (clock().date() + timedelta(days=3)).isoformat()
    promise = {"subject": "", "words": "Ring op", "owner": "Mig", "due": due, "state": "open"}
    post(client, path, path, **promise)
    with database.transaction() as session:
        figures = [
            register.Figure("savings", "Allerød", period.read("2026"), Decimal(1_900_000)),
            register.Figure("unemployment", "Allerød", period.read("2026-09"), Decimal(417)),
            register.Figure("unemployment", "Allerød", period.read("2026-10"), Decimal(391)),
        ]
        register.record(session, figures, clock())
    sums = (
        "391 − 417 = −26 siden september 2026.",
        "1.900.000 kr. af 6.800.000 kr. i 2029 = 27,9 %. Der mangler 4.900.000 kr.",
    )
    assert all(one in words(client.get("/staff/tavle/skaerm").text) for one in sums)
    status, said = post(client, "/staff/tavle/udgaver", "/staff/tavle")
    assert status == 200
    assert all(one in said for one in (*sums, "Ring op"))
    sheet = client.get("/staff/tavle/udgaver/1.pdf").data
    post(client, "/staff/tavle/udgaver", "/staff/tavle")
    assert "Udgave 2" not in client.get("/staff/tavle").text
    clock.forward(days=14)
    sign_in(client)
    post(client, path.replace("ny", "1"), path, **promise | {"state": "done"})
    with database.transaction() as session:
        board.choose(session, ["training"])
    assert "Ring op" not in words(client.get("/staff/tavle").text)
    kept = words(client.get("/staff/tavle/udgaver/1").text)
    assert all(one in kept for one in (*sums, "Ring op", "18. nov. 2026, udgave 1"))
    assert client.get("/staff/tavle/udgaver/1.pdf").data == sheet
    post(client, "/staff/tavle/udgaver", "/staff/tavle")
    assert "Udgave 2, 2. dec. 2026" in words(client.get("/staff/tavle").text)


def test_the_sheet_is_one_page_whatever_is_on_it(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    path = "/staff/handlinger/ny"
    due = (clock().date() - timedelta(days=3)).isoformat()
    for _ in range(6):
        long = "Vi ringer til alle, der ikke har hørt fra os. " * 6
        form = {"subject": "", "words": long, "owner": "Team Job og Uddannelse", "due": due}
        post(client, path, path, **form, state="open")
    _, said = post(client, "/staff/tavle/udgaver", "/staff/tavle")
    assert "Og 2 mere på listen over handlinger." in said
    document = documents.read(client.get("/staff/tavle/udgaver/1.pdf").data)
    assert document.pages == 1
    assert [tag.title for tag in document.tags if tag.kind == "H2"] == [
        "Sådan går det",
        "Det skriver de om",
        "Det gør vi",
        "Barometer",
    ]


def test_a_card_of_the_sheet_holds_its_words_and_breaks_no_word_after_its_first_hyphen(
    clock: Clock,
) -> None:
    few = "vises ikke (for få svar)"
    name = "Borgere, der oplever, at medarbejderne er tilfredse med kursusudbud og -indhold"
    base = "færre end 5 svar, gennemsnit af 2 spørgsmål, Efterår 2026"
    card = wall.Card("c", name, few, "for få svar", "", "mindst 80 %", base, "uændret")
    sheet = wall.pdf(
        wall.Wall("21. nov. 2026", (card,) * 5, "", (), (), 0, (), "", synthetic=False),
        "Allerød Kommune",
        clock(),
    )
    runs = documents.runs(sheet)
    assert [text.strip() for text, _ in runs if "indhold" in text] == ["-indhold"] * 5
    # In the words of the wall
    said = {text for text, _ in runs}
    assert said >= {"For få svar", "Mål: mindst 80 %", "Uændret"}
    below = next(height for text, height in runs if text == "Det skriver de om")
    inside = [height for text, height in runs if "spørgsmål" in text or "Efterår" in text]
    # The letters of the heading and the space above it are as high as this
    assert inside
    assert min(inside) > below + 37


def test_the_public_reads_what_became_of_the_figure_and_whether_chance_could_have_done_it(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    def ask(label: str, best: int, worst: int) -> None:
        with database.transaction() as session:
            fieldwork.open_wave(session, "samtalefeedback", label, opens_at=clock())
        answers(database, clock, None, best, worst)
        close(database, clock)
        clock.forward(days=2)
        sign_in(client)

    ask("Før", 10, 14)
    path = "/staff/handlinger/ny"
    form = {
        "subject": "indicator:conversation",
        "words": "Vi slutter med en aftale",
        "owner": "Team Nord",
        "due": clock().date().isoformat(),
        "state": "open",
        "told_da": "Vi slutter hver samtale med en aftale.",
    }
    post(client, path, path, **form)
    post(client, "/staff/handlinger/1", path, **form | {"state": "done"})
    clock.forward(days=2)
    ask("Efter", 14, 10)
    said = words(client.get("/det-goer-vi").text)
    assert "Før: 41,7 % (24 svar) . Nu: 58,3 % (24 svar) ." in said
    assert "Forskellen kan være tilfældig." in said
    arabic = client.get("/det-goer-vi?lang=ar").text
    require_sound(read(arabic))
    assert '<span lang="da" dir="ltr">41,7\N{NO-BREAK SPACE}% (24 svar)</span>' in arabic
    assert '<span lang="da" dir="auto">Borgere, der er tilfredse med samtalen</span>' in arabic
    assert "قد يكون الفرق مجرد صدفة." in arabic
    english = client.get("/det-goer-vi?lang=en").text
    assert '<span lang="en" dir="auto">Citizens who are satisfied' in english
    ask("Senere", 23, 1)
    assert "tilfældig" not in words(client.get("/det-goer-vi").text)
