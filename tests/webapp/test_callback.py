"""A citizen asks to be called: who sees it, when it goes, and that it leads to no answer."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from surveys import ballot, extract
from tests.conftest import Clock
from tests.webapp.conftest import Office
from tests.webapp.html import read
from tests.webapp.staff import PASSWORD, sign_in
from tests.webapp.visitor import Visitor
from webapp import callback
from webapp.access import create_user

NAME, PHONE = "Bente Æskildsen", "22 33 44 55"


@pytest.fixture
def url(database_url: str) -> str:
    """Everything here holds on both databases."""
    return database_url


def answer(visitor: Visitor, code: str, **given: str) -> None:
    visitor.get(f"/s/{code}?again=1").fill(**given).press("check").press("send")


def ask(visitor: Visitor, name: str = NAME, phone: str = PHONE) -> Visitor:
    visitor.get("/ring-mig-op")
    visitor.filled = {"name": name, "phone": phone}
    form = next(f for f in visitor.page.all("form") if f["action"] == "/ring-mig-op")
    return visitor.post("/ring-mig-op", visitor.body(form))


@pytest.fixture
def staff(app: Flask) -> Callable[..., FlaskClient]:
    def signed_in(role: str = "teamleder", *units: str) -> FlaskClient:
        database = app.extensions["hoert"].database
        email = f"{role}{len(units)}{''.join(units).lower()}@example.dk".replace(" ", "")
        create_user(database, email=email, role=role, password=PASSWORD)
        for unit in units:
            callback.lead(database, email, unit, leads=True)
        client = app.test_client()
        sign_in(client, email=email)
        return client

    return signed_in


def next_day(office: Office) -> None:
    office.clock.forward(days=1)
    callback.upkeep(office.database, office.clock)


def shown(client: FlaskClient) -> str:
    return read(client.get("/staff/opkald").text).all("main")[0].text


def test_it_is_always_offered_and_plainly_when_an_answer_is_low(
    visitor: Visitor, office: Office
) -> None:
    code = office.link()
    answer(visitor, code, purpose="5")
    assert "Vil du ringes op?" in visitor.text
    assert not visitor.page.classed("call-offer")
    answer(visitor, code, purpose="5", heard="2")
    assert visitor.page.classed("call-offer")
    assert visitor.page.all("a", href="/ring-mig-op")


def test_the_leader_of_the_unit_sees_it_the_day_after_and_nobody_else(
    visitor: Visitor, office: Office, staff: Callable[..., FlaskClient]
) -> None:
    answer(visitor, office.link(unit="Team Øst"), purpose="1")
    visitor.get("/ring-mig-op")
    assert "Lederen for Team Øst ringer til dig." in visitor.text
    assert ask(visitor).heading == "Vi ringer til dig"
    own = staff("teamleder", "Team Øst")
    assert NAME not in shown(own)
    next_day(office)
    # They sign in anew each day
    assert own.get("/staff/").status_code == 302
    sign_in(own, email="teamleder1teamøst@example.dk")
    other, boss = staff("teamleder", "Vest"), staff("administrator")
    assert NAME in shown(own)
    assert "+45 22 33 44 55" in shown(own)
    assert NAME not in shown(other)
    assert NAME in shown(boss)
    for role in ("leder", "analytiker", "sagsbehandler", "konsulent"):
        answered = staff(role).get("/staff/opkald")
        assert answered.status_code == 403
        assert NAME not in answered.text


def test_without_a_unit_every_team_leader_may_call(
    visitor: Visitor, office: Office, staff: Callable[..., FlaskClient]
) -> None:
    ask(visitor)
    next_day(office)
    assert NAME in shown(staff("teamleder", "Vest"))


def press_called(client: FlaskClient) -> int:
    (form,) = [
        f
        for f in read(client.get("/staff/opkald").text).all("form")
        if "/staff/opkald/" in f["action"]
    ]
    token = form.all("input", name="csrf_token")[0]["value"]
    return client.post(form["action"], data={"csrf_token": token}).status_code


def test_it_is_deleted_a_week_after_the_call_and_always_in_a_month(
    visitor: Visitor, office: Office, staff: Callable[..., FlaskClient]
) -> None:
    ask(visitor)
    ask(visitor, name="Carl")
    next_day(office)
    database = office.database
    with database.engine.begin() as connection:
        connection.execute(text("update call_back set name = 'Anna' where name <> 'Carl'"))
        connection.execute(text("update call_back set done_on = asked_on where name = 'Anna'"))
    leader = staff()
    assert press_called(leader) == 303
    assert "Ingen venter" in shown(leader)
    left: list[int] = []
    for _ in range(8):
        next_day(office)
        with database.snapshot() as session:
            left.append(session.execute(text("select count(*) from call_back")).scalar_one())
    assert left == [2, 2, 2, 2, 2, 1, 0, 0]
    ask(visitor)
    for _ in range(29):
        next_day(office)
    assert count(office) == 1
    next_day(office)
    assert count(office) == 0


def count(office: Office) -> int:
    with office.database.snapshot() as session:
        found: int = session.execute(text("select count(*) from call_back")).scalar_one()
    return found


@pytest.mark.parametrize(
    ("name", "phone", "problems"),
    [
        ("", "", {"Skriv dit navn.", "Skriv dit telefonnummer."}),
        ("x" * 81, PHONE, {"Skriv et kortere navn."}),
        (NAME, "123", {"Skriv et telefonnummer, vi kan ringe til. Et dansk nummer har otte tal."}),
        (
            NAME,
            "ring ikke",
            {"Skriv et telefonnummer, vi kan ringe til. Et dansk nummer har otte tal."},
        ),
    ],
)
def test_what_is_refused_is_kept(
    visitor: Visitor, office: Office, name: str, phone: str, problems: set[str]
) -> None:
    ask(visitor, name, phone)
    assert visitor.status == 422
    (summary,) = visitor.page.classed("alert-error")
    assert {link.text for link in summary.all("a")} == problems
    assert visitor.page.all("input", id="name")[0]["value"] == name
    assert visitor.page.all("input", id="phone")[0]["value"] == phone
    assert count(office) == 0


@pytest.mark.parametrize("phone", ["+380 44 123 4567", "٢٢٣٣٤٤٥٥", "004522334455", "22-33-44-55"])
def test_numbers_are_read_as_people_write_them(
    visitor: Visitor, office: Office, phone: str
) -> None:
    assert ask(visitor, phone=phone).heading == "Vi ringer til dig"


def test_where_nobody_calls_it_is_not_offered(
    make_app: Callable[..., Flask], office: Office
) -> None:
    visitor = Visitor(make_app(call_back=False).test_client())
    answer(visitor, office.link(), purpose="1")
    assert visitor.heading == "Tak for dit svar"
    said = visitor.response.get_data(as_text=True)
    assert "ring-mig-op" not in said
    assert visitor.get("/ring-mig-op").status == 404
    visitor.get("/privatliv")
    assert "En leder ringer til dig" not in visitor.response.get_data(as_text=True)


def test_another_site_cannot_ask(visitor: Visitor, office: Office) -> None:
    visitor.get("/ring-mig-op")
    visitor.headers = {"Sec-Fetch-Site": "cross-site"}
    ask(visitor)
    assert visitor.status == 403
    assert count(office) == 0


def test_nothing_of_the_order_is_left_the_day_after(
    app: Flask, office: Office, clock: Clock
) -> None:
    """Whoever reads the whole database cannot put a name beside the answer that came before it."""
    code = office.link(unit="Team Øst")
    for number in range(6):
        visitor = Visitor(app.test_client())
        answer(visitor, code, open=f"Svar nummer {number} fra mig.")
        ask(visitor, name=f"Person {number}")
    with office.database.snapshot() as session:
        ids = set(session.execute(text("select id from ballot_inbox")).scalars())
        assert session.execute(text("select distinct asked_on from call_back")).all()
    next_day(office)
    with office.database.snapshot() as session:
        later = set(session.execute(text("select id from ballot_inbox")).scalars())
        assert len(later) == len(ids) == 6
        assert not later & ids
        if not office.database.is_sqlite:
            both = "select count(distinct xmin::text) from ("
            both += "select xmin from call_back union all select xmin from ballot_inbox) as rows"
            assert session.execute(text(both)).scalar_one() == 1
        wave = extract.wave(session, "samtalefeedback")
        assert (wave.received, wave.waiting) == (6, 6)
        columns = set(session.execute(text("select * from call_back")).keys())
    assert columns == {"id", "unit", "name", "phone", "asked_on", "settled", "done_on"}


def test_the_order_is_stirred_at_random(office: Office, visitor: Visitor) -> None:
    code = office.link()
    for number in range(5):
        answer(visitor, code, open=f"Svar {number}")
    orders = set()
    for _ in range(12):
        with office.database.transaction() as session:
            ballot.stir(session)
        with office.database.snapshot() as session:
            orders.add(
                tuple(
                    session.execute(text("select payload from ballot_inbox order by id")).scalars()
                )
            )
    assert len(orders) > 6


def test_the_last_day_is_said(clock: Clock) -> None:
    asked = date(2026, 11, 18)
    waiting = callback.Request("1", None, NAME, PHONE, asked, None)
    assert waiting.forgotten_on == asked + timedelta(days=30)
    late = callback.Request("1", None, NAME, PHONE, asked, asked + timedelta(days=28))
    assert late.forgotten_on == asked + timedelta(days=30)
