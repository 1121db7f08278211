"""Nothing acknowledged is lost and nothing counted twice, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text

from surveys import keys
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor

COMMENT = "Er der mere, du vil fortælle os om mødet?"


@pytest.fixture
def url(database_url: str) -> str:
    """Everything here holds on both databases."""
    return database_url


# ---- One page


def test_the_same_submission_again_is_the_same_page(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    path, body = visitor.path, visitor.body() | {"send": "1"}
    receipts = set()
    for _ in range(3):
        visitor.post(path, body)
        assert visitor.heading == "Tak for dit svar"
        receipts.add(visitor.page.classed("receipt")[0].text)
        visitor.path = path
    assert len(receipts) == 1
    assert office.received() == 1


def test_fifty_at_once_are_one(app: Flask, visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    body = visitor.body() | {"send": "1"}

    def submit(_: int) -> tuple[int, str, str]:
        client = app.test_client()
        answer = client.post(visitor.path, data=body)
        page = client.get(answer.headers["Location"]).get_data(as_text=True)
        return answer.status_code, answer.headers["Location"], page

    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(submit, range(50)))
    assert [(status, location) for status, location, _ in seen] == [(303, "/tak")]
    assert office.received() == 1


def test_a_browser_that_has_answered_is_told_and_may_answer_about_another_meeting(
    visitor: Visitor, office: Office
) -> None:
    code = office.link()
    visitor.get(f"/s/{code}").fill(purpose="5").press("check").press("send")
    visitor.get(f"/s/{keys.spelled(code)}")
    assert (visitor.status, visitor.heading) == (200, "Vi har allerede dit svar")
    (again,) = [a for a in visitor.page.all("a") if a.text == "Jeg vil svare om et nyt møde"]
    visitor.get(again["href"]).fill(purpose="1").press("check").press("send")
    assert office.counted()["purpose"] == {"5": 1, "1": 1}


def test_the_thank_you_is_not_shown_to_the_next_person(
    visitor: Visitor, office: Office, clock: Clock
) -> None:
    visitor.get(f"/s/{office.link()}").press("check").press("send")
    clock.forward(hours=2)
    visitor.get("/tak")
    assert "kvittering" not in visitor.text
    assert visitor.status == 200


# ---- Personal invitations


def test_an_invitation_leaves_the_address_at_once(visitor: Visitor, office: Office) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}", follow=False)
    assert (visitor.status, visitor.response.headers["Location"]) == (303, "/svar")
    cookie = visitor.response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    visitor.get("/svar")
    assert token not in visitor.response.get_data(as_text=True)
    visitor.fill(purpose="5").press("check").press("send")
    assert visitor.heading == "Tak for dit svar"
    assert office.received() == 1


def test_a_used_invitation_is_a_friendly_page(visitor: Visitor, office: Office) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}").press("check").press("send")
    visitor.get(f"/s/{token}")
    assert (visitor.status, visitor.heading) == (200, "Vi har allerede dit svar")
    assert office.received() == 1


def test_an_invitation_sent_fifty_times_at_once_is_one_answer(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    token = office.invitation()
    visitor.get(f"/s/{token}").fill(purpose="5").press("check")
    body = visitor.body() | {"send": "1"}

    def submit(_: int) -> int:
        client = app.test_client()
        client.get(f"/s/{token}")
        return client.post("/svar", data=body).status_code

    with ThreadPoolExecutor(16) as pool:
        # Those that come after it is used find no open ballot and are told so
        assert set(pool.map(submit, range(50))) <= {303, 404}
    assert office.received() == 1


def withdrawn_at_the_last_moment(office: Office) -> None:
    """Take back every invitation right before one is burnt."""

    def withdraw(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE invitation SET spent"):
            connection.exec_driver_sql("UPDATE invitation SET withdrawn = true")

    event.listen(office.database.engine, "before_cursor_execute", withdraw)


def test_an_invitation_withdrawn_while_it_is_sent_is_not_thanked_for(
    visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.invitation()}").fill(open="Hun hørte efter.").press("check")
    withdrawn_at_the_last_moment(office)
    visitor.press("send")
    assert (visitor.status, visitor.heading) == (410, "Linket bruges ikke mere")
    assert visitor.review[COMMENT] == "Hun hørte efter."


# ---- Page by page


@pytest.fixture
def paged(shipped_tests: None, visitor: Visitor, office: Office) -> Visitor:
    return visitor.get(f"/s/{office.link('off_route')}")


def test_page_by_page_with_a_branch_and_back(paged: Visitor, office: Office) -> None:
    assert paged.heading == "Ad en anden vej"
    paged.press("start")
    assert (paged.path, paged.heading) == ("/svar/meeting", "Hvordan mødtes vi?")
    paged.fill(meeting="video").press("next")
    assert paged.path == "/svar/minutes"
    paged.fill(minutes="mange").press("next")
    assert paged.status == 422
    assert "Skriv et tal." in paged.text
    assert paged.body()["answer.minutes"] == "mange"
    paged.fill(minutes="20").press("next")
    assert paged.heading == "Virkede dit kamera?"
    (back,) = [a for a in paged.page.all("a") if a.text == "Tilbage"]
    paged.get(back["href"])
    assert paged.body()["answer.minutes"] == "20"
    paged.get("/svar/camera").press("skip")
    assert (paged.path, paged.heading) == ("/svar", "Tjek dine svar")
    assert paged.review["Virkede dit kamera?"] == "Sprunget over"
    paged.get("/svar/meeting").fill(meeting="phone").press("next")
    assert "Virkede dit kamera?" not in paged.review
    paged.press("send")
    assert paged.heading == "Tak for dit svar"
    assert "Så ved vi, om den virker." in paged.text
    assert office.counted("off_route") == {
        "meeting": {"phone": 1},
        "minutes": {"words": 1},
        "camera": {"not_applicable": 1},
        "why_not": {"not_applicable": 1},
        "after_all": {"not_applicable": 1},
    }


def test_an_open_draft_waits_for_its_browser(paged: Visitor, office: Office) -> None:
    link = paged.path
    paged.press("start").fill(meeting="video").press("next")
    paged.get(link)
    assert "Du er i gang." in paged.text
    (go_on,) = [a for a in paged.page.all("a") if a.text == "Fortsæt"]
    paged.get(go_on["href"])
    assert paged.path == "/svar/minutes"
    paged.get(link).press("start")
    assert paged.path == "/svar/meeting"
    assert "answer.meeting" not in paged.body()


def test_a_question_that_is_passed_is_not_answered(paged: Visitor, office: Office) -> None:
    paged.press("start").fill(meeting="video").press("next").fill(minutes="20").press("next")
    second_tab = paged.body() | {"answer.camera": "no_it_did_not", "next": "1"}
    paged.get("/svar/meeting").fill(meeting="phone").press("next")
    paged.post("/svar/camera", second_tab)
    assert paged.heading == "Tjek dine svar"
    assert "Virkede dit kamera?" not in paged.review


def test_a_question_that_is_not_reached_says_where_we_are(paged: Visitor, office: Office) -> None:
    paged.press("start").fill(meeting="phone")
    first = paged.body() | {"next": "1"}
    paged.post("/svar/camera", first)
    assert paged.status == 409
    assert paged.heading == "Hvordan mødtes vi?"
    assert "Det spørgsmål er vi forbi." in paged.text


def test_a_paged_survey_sent_twice_is_one(paged: Visitor, office: Office) -> None:
    paged.press("start").press("skip").press("skip")
    body = paged.body() | {"send": "1"}
    cookie = paged.client.get_cookie("hoert")
    paged.press("send")
    first = paged.page.classed("receipt")[0].text
    paged.client.set_cookie("hoert", cookie.value)
    paged.post("/svar", body)
    assert paged.page.classed("receipt")[0].text == first
    assert office.received("off_route") == 1


def test_fifty_sends_of_a_paged_survey_are_one(app: Flask, paged: Visitor, office: Office) -> None:
    paged.press("start").press("skip").press("skip")
    body = paged.body() | {"send": "1"}
    cookie = paged.client.get_cookie("hoert").value

    def submit(_: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("hoert", cookie)
        answer = client.post("/svar", data=body)
        return answer.status_code, answer.headers["Location"]

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(submit, range(50))) == {(303, "/tak")}
    assert office.received("off_route") == 1


def test_an_invitation_to_a_paged_survey(
    shipped_tests: None, visitor: Visitor, office: Office
) -> None:
    token = office.invitation("off_route")
    visitor.get(f"/s/{token}")
    assert (visitor.path, visitor.heading) == ("/svar", "Ad en anden vej")
    visitor.press("start").fill(meeting="phone").press("next").press("skip")
    visitor.get(f"/s/{token}")
    assert visitor.review["Hvordan mødtes vi?"] == "I telefonen"
    visitor.press("send")
    assert visitor.heading == "Tak for dit svar"
    assert visitor.get(f"/s/{token}").heading == "Vi har allerede dit svar"
    assert office.counted("off_route")["meeting"] == {"phone": 1}


def test_a_paged_invitation_withdrawn_while_it_is_sent_is_not_thanked_for(
    shipped_tests: None, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.invitation('off_route')}")
    visitor.press("start").fill(meeting="phone").press("next").press("skip")
    withdrawn_at_the_last_moment(office)
    visitor.press("send")
    assert (visitor.status, visitor.heading) == (410, "Linket bruges ikke mere")
    assert visitor.review["Hvordan mødtes vi?"] == "I telefonen"


def test_a_paged_survey_that_was_answered_here_is_known(paged: Visitor, office: Office) -> None:
    link = paged.path
    paged.press("start").press("skip").press("skip").press("send")
    assert paged.get(link).heading == "Vi har allerede dit svar"


# ---- The database goes away


def test_a_database_that_fails_keeps_the_answers(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Hun hørte efter.").press("check")
    path, body = visitor.path, visitor.body()
    with office.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ballot_inbox RENAME TO gone"))
    visitor.press("send")
    assert (visitor.status, visitor.heading) == (503, "Vi kan ikke gemme lige nu")
    assert int(visitor.response.headers["Retry-After"]) > 0
    assert visitor.review[COMMENT] == "Hun hørte efter."
    assert visitor.body() == body | {"send": "1"}
    with office.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO ballot_inbox"))
    assert office.received() == 0
    visitor.post(path, visitor.body())
    assert visitor.heading == "Tak for dit svar"
    assert office.counted()["purpose"] == {"5": 1}


def test_a_process_without_a_database_gives_the_words_back(
    visitor: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Hun hørte efter.").press("check")
    body = visitor.body() | {"send": "1"}
    away = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    other = Visitor(away.test_client()).post(visitor.path, body)
    assert other.status == 503
    assert "Hun hørte efter." in other.text
    assert other.body() == body
    assert other.get("/readyz").status == 503


def test_a_warm_form_needs_no_database(visitor: Visitor, office: Office, clock: Clock) -> None:
    path = f"/s/{office.link()}"
    visitor.get(path)
    clock.forward(minutes=1)
    with office.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE link RENAME TO gone"))
    assert visitor.get(path).status == 200
