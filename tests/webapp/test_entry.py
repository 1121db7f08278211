"""Keyboard entry: a sheet counts once, a tenth of them is typed in twice, and nothing is lost."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from surveys import extract
from surveys.database import Database
from tests.webapp.conftest import SECRET, Office
from tests.webapp.staff import PASSWORD, form_token, sign_in
from webapp import double_entry, paper
from webapp.access import create_user
from webapp.entry_tables import PaperSheetRow

SATISFIED = {"purpose": "5", "heard": "4", "language": "5", "guidance": "dont_know", "next": "3"}


@pytest.fixture
def url(database_url: str) -> str:
    """On both kinds of database."""
    return database_url


def clerk(app: Flask, name: str, role: str = "leder") -> FlaskClient:
    create_user(app.extensions["hoert"].database, f"{name}@example.dk", role, PASSWORD)
    client = app.test_client()
    sign_in(client, f"{name}@example.dk")
    return client


@pytest.fixture
def first(app: Flask) -> FlaskClient:
    return clerk(app, "anna")


@pytest.fixture
def second(app: Flask) -> FlaskClient:
    return clerk(app, "bent")


def typed_in(
    client: FlaskClient, code: str, number: str = "", *, spoken: str = "da", **answers: str
) -> TestResponse:
    token = form_token(client.get(f"/staff/indtast/{code}").text)
    fields = {f"answer.{item}": value for item, value in (answers or SATISFIED).items()}
    data = {"csrf_token": token, "number": number, "language": spoken, **fields}
    return client.post(f"/staff/indtast/{code}", data=data, follow_redirects=True)


def number_of(response: TestResponse) -> str:
    found = re.search(r"\d{3} \d{3} \d{3}", response.text)
    assert found
    return found[0]


def received(database: Database) -> int:
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        assert wave.received == wave.waiting + wave.responses
        return wave.received


def waiting(database: Database) -> int:
    with database.snapshot() as session:
        return len(double_entry.waiting(session))


def test_a_sheet_counts_once_as_paper(office: Office, first: FlaskClient) -> None:
    code = office.link(unit="Team A")
    typed_in(first, code)  # the first of a wave is typed in twice
    number = paper.new_number()
    done = typed_in(first, code, paper.spelled(number), open="Ring til mig på 22 33 44 55")
    assert f"Ark {paper.spelled(number)} er talt med" in done.text
    again = typed_in(first, code, number)
    assert "er talt med før" in again.text
    assert received(office.database) == 1
    office.clock.forward(minutes=1)
    counted = office.counted()
    assert counted["purpose"] == {"skipped": 1}
    assert "22 33" not in office.words()["open"]
    with office.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        assert extract.modes(session, wave.id) == {"paper": 1}


def test_a_sheet_in_another_language(office: Office, first: FlaskClient) -> None:
    code = office.link()
    typed_in(first, code)
    done = typed_in(first, code, spoken="en", open="It was good")
    assert '<option value="en" selected>' in done.text
    office.clock.forward(minutes=1)
    office.counted()
    with office.database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        (comment,) = extract.comments(session, wave.id)
        assert comment.language == "en"


def test_two_entries_that_agree_count_once(
    office: Office, first: FlaskClient, second: FlaskClient
) -> None:
    code = office.link()
    number = number_of(typed_in(first, code))
    assert (received(office.database), waiting(office.database)) == (0, 1)
    assert "Du har lige tastet" in typed_in(first, code, number).text
    done = typed_in(second, code, number)
    assert "er talt med" in done.text
    assert "1 to gange: 6 af 6 svar er ens (100,0 %)" in done.text.replace("\xa0", " ")
    assert (received(office.database), waiting(office.database)) == (1, 0)
    assert "er talt med før" in typed_in(second, code, number).text


def test_the_same_person_may_type_it_again_later(office: Office, first: FlaskClient) -> None:
    code = office.link()
    number = number_of(typed_in(first, code))
    for _ in range(4):
        office.clock.forward(minutes=20)
        first.get("/staff/")
    assert "er talt med" in typed_in(first, code, number).text


def test_two_entries_that_differ_are_settled_by_a_person(
    office: Office, first: FlaskClient, second: FlaskClient
) -> None:
    code = office.link()
    number = number_of(typed_in(first, code))
    other = typed_in(second, code, number, **{**SATISFIED, "purpose": "1", "open": "Nyt"})
    assert "er ikke ens" in other.text
    assert "4 af 6 svar er ens" in other.text
    assert "er ikke ens" in typed_in(first, code, number).text
    page = first.get("/staff/indtast/uens").text
    assert "Første gang: I meget høj grad" in page
    assert "Anden gang: Slet ikke" in page
    # The wave may close meanwhile: the sheet was here in time
    office.clock.forward(minutes=2)
    office.close()
    wave = re.search(r'name="wave" value="(\d+)"', page)
    assert wave
    data = {
        "csrf_token": form_token(page),
        "wave": wave[1],
        "number": paper.heard(number),
        "right.purpose": "second",
    }
    assert first.post("/staff/indtast/uens", data=data).status_code == 422
    assert first.post("/staff/indtast/uens", data={}).status_code == 422
    done = first.post(
        "/staff/indtast/uens", data={**data, "right.open": "none"}, follow_redirects=True
    )
    assert "Alle ark er ens" in done.text
    assert received(office.database) == 1
    again = first.post("/staff/indtast/uens", data=data, follow_redirects=True)
    assert "Alle ark er ens" in again.text
    assert received(office.database) == 1


def test_a_sheet_that_is_gone_can_count_as_it_is(office: Office, first: FlaskClient) -> None:
    code = office.link()
    number = number_of(typed_in(first, code))
    page = first.get("/staff/indtast").text
    assert number in page
    wave = re.search(r'name="wave" value="(\d+)"', page)
    assert wave
    data = {"csrf_token": form_token(page), "wave": wave[1], "number": paper.heard(number)}
    assert first.post("/staff/indtast/taeller-med", data={}).status_code == 303
    assert received(office.database) == 0
    done = first.post("/staff/indtast/taeller-med", data=data, follow_redirects=True)
    assert "er talt med" in done.text
    once_more = first.post("/staff/indtast/taeller-med", data=data, follow_redirects=True)
    assert "venter ikke mere" in once_more.text
    assert received(office.database) == 1


def test_a_sheet_that_nobody_types_in_again_counts_after_a_month(
    office: Office, first: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    typed_in(first, office.link())
    office.clock.forward(days=29)
    double_entry.count_overdue(office.database, office.clock)
    assert (received(office.database), waiting(office.database)) == (0, 1)
    office.close()
    office.clock.forward(days=1)
    double_entry.count_overdue(office.database, office.clock)
    assert (received(office.database), waiting(office.database)) == (1, 0)


def test_every_tenth_sheet_is_typed_in_twice(office: Office, first: FlaskClient) -> None:
    code = office.link()
    for _ in range(12):
        typed_in(first, code)
    assert (received(office.database), waiting(office.database)) == (10, 2)
    assert "12 tastet" in first.get("/staff/indtast").text


@pytest.mark.parametrize("number", ["12345678", "123456789", "abc", "1" * 30])
def test_a_number_that_is_misread_is_refused_and_the_answers_stay(
    office: Office, first: FlaskClient, number: str
) -> None:
    code = office.link()
    refused = typed_in(first, code, number, purpose="4", open="Det gik <b>godt</b>")
    assert refused.status_code == 422
    assert "Et ciffer er forkert" in refused.text
    assert "Det gik &lt;b&gt;godt&lt;/b&gt;" in refused.text
    assert re.search(r'value="4"[^>]* checked', refused.text)
    assert (received(office.database), waiting(office.database)) == (0, 0)


def test_a_required_question_that_is_blank_on_the_sheet(office: Office, first: FlaskClient) -> None:
    code = office.link("en_indgang")
    refused = typed_in(first, code, entrance="4")
    assert refused.status_code == 422
    assert "Gem uden svaret" in refused.text
    token = form_token(refused.text)
    data = {"csrf_token": token, "answer.entrance": "4", "incomplete": "1", "language": "da"}
    done = first.post(f"/staff/indtast/{code}", data=data, follow_redirects=True)
    assert "skal tastes igen" in done.text


def test_what_does_not_open_says_so(app: Flask, office: Office, first: FlaskClient) -> None:
    assert first.get("/staff/indtast/0000000000").status_code == 404
    invitation = office.invitation("kursusfeedback")
    assert first.get(f"/staff/indtast/{invitation}").status_code == 404
    code = office.link()
    office.clock.forward(minutes=1)
    office.close()
    closed = first.get(f"/staff/indtast/{code}", follow_redirects=True)
    assert "tager ikke imod svar mere" in closed.text
    assert app.test_client().get("/staff/indtast").status_code == 302


@pytest.mark.parametrize("role", ["sagsbehandler", "konsulent"])
def test_a_caseworker_types_in_nothing(app: Flask, office: Office, role: str) -> None:
    caseworker = clerk(app, role, role)
    for path in ("/staff/indtast", f"/staff/indtast/{office.link()}", "/staff/indtast/uens"):
        assert caseworker.get(path).status_code == 403


def test_nothing_says_afterwards_who_typed_what(
    office: Office, first: FlaskClient, second: FlaskClient
) -> None:
    code = office.link()
    number = number_of(typed_in(first, code))
    typed_in(second, code, number)
    with office.database.snapshot() as session:
        assert session.query(PaperSheetRow).count() == 0


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_number(typed: str) -> None:
    heard = paper.heard(typed)
    assert heard is None or paper.heard(paper.spelled(heard)) == heard
