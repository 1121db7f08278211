"""Staff decide how invitations are sent, and see how far that has come, and nothing of who."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from surveys import dispatch, fieldwork, frame, invitations, steps
from surveys.database import Database
from surveys.dispatch import Ended
from surveys.frame import Member, Reading
from surveys.steps import Sending, Step
from tests.conftest import Clock
from tests.webapp.conftest import SECRET, settings
from tests.webapp.html import read, require_sound
from tests.webapp.staff import sign_in
from tests.webapp.test_fieldwork import Colleague
from tests.webapp.test_results import words
from webapp import create_app

SURVEY = "borgerinddragelse"
PAGE = f"/staff/runder/udsendelse/{SURVEY}/Efterår 2026"
WAVE = f"/staff/runder/{SURVEY}/Efterår 2026"


@pytest.fixture
def app(staffed: Callable[[str, Path], str], tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    url = staffed("analytiker", tmp_path)
    chosen = {"delivery": "smtp", "smtp_host": "127.0.0.1", "mail_from": "svar@example.dk"}
    app = create_app(settings(url, **chosen), clock)
    yield app
    app.extensions["hoert"].database.close()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


@pytest.fixture
def wave(database: Database, clock: Clock) -> int:
    members = [Member(f"A{n}", email=f"a{n}@example.org", channel="email") for n in range(6)]
    members += [Member("C1", channel="card"), Member("C2", channel="letter")]
    with database.transaction() as session:
        wave = fieldwork.open_wave(
            session,
            SURVEY,
            "Efterår 2026",
            opens_at=clock(),
            closes_at=clock() + timedelta(days=28),
        )
        frame.take(session, wave, Reading({}, tuple(members), ()))
    return wave


@pytest.fixture
def colleague(app: Flask, wave: int) -> Colleague:
    found = Colleague(app.test_client())
    sign_in(found.client)
    return found


def choose(colleague: Colleague, **chosen: str) -> Colleague:
    form = colleague.get(PAGE).page.all("form")[-1]
    colleague.post(PAGE, {**colleague.body(form), **chosen})
    return colleague


def test_staff_let_a_survey_send_by_itself_and_get_a_file_for_the_rest(
    colleague: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    colleague.get(PAGE)
    require_sound(read(colleague.response.text))
    assert "I henter en fil og sender selv." in words(colleague.response.text)
    choose(colleague, automatic="self", rest_days="30")
    assert "Invitationerne bliver sendt af sig selv." in words(colleague.response.text)
    with database.snapshot() as session:
        assert steps.sending(session, SURVEY) == Sending(automatic=True, rest_days=30)
    form = colleague.get(WAVE).page.all("form")
    invite = next(one for one in form if 'value="invite"' in str(one) or "Invitér" in str(one.text))
    answer = colleague.client.post(WAVE, data={**colleague.body(invite), "do": "invite"})
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert sorted(row["Nummer"] for row in rows) == ["C1", "C2"]
    with database.transaction() as session:
        steps.plan(session, SECRET, clock())
        assert {
            step.value: {state.value: n for state, n in counts.items()}
            for step, counts in steps.tally(session, wave).items()
        } == {"invitation": {"waiting": 6, "handed_over": 2}}
    page = words(colleague.get(PAGE).response.text)
    assert "Invitation Når de er inviteret 6 0 2 Første" in page
    assert "Næste er 23. november 2026" in page


def test_at_night_the_page_says_when_it_goes_on(
    colleague: Colleague, clock: Clock, database: Database
) -> None:
    choose(colleague, automatic="self")
    assert "Systemet sender ikke lige nu" not in words(colleague.response.text)
    clock.moment = clock.moment.replace(hour=22)
    sign_in(colleague.client)
    page = words(colleague.get(PAGE).response.text)
    assert "Det sender igen 19. november 2026 kl. 09.00." in page
    with database.transaction() as session:
        soon = clock() + timedelta(hours=1)
        fieldwork.open_wave(session, SURVEY, "Nat", opens_at=clock(), closes_at=soon)
    page = words(colleague.get(PAGE.replace("Efterår 2026", "Nat")).response.text)
    assert "Runden lukker, før det må sende igen." in page


def test_a_number_that_is_none_is_told_and_kept(colleague: Colleague) -> None:
    for typed, told in (
        ("tres", "Skriv et helt tal, for eksempel 60."),
        ("400", "Skriv et tal fra 0 til 366."),
    ):
        choose(colleague, rest_days=typed)
        assert colleague.status == 422
        assert told in words(colleague.response.text)
        assert f'value="{typed}"' in colleague.response.text


def test_who_was_asked_lately_is_counted(
    colleague: Colleague, database: Database, clock: Clock, wave: int
) -> None:
    with database.transaction() as session:
        other = fieldwork.open_wave(session, "samtalefeedback", "2026", opens_at=clock())
        members = tuple(
            Member(f"B{n}", email=f"a{n}@example.org", channel="email") for n in range(2)
        )
        frame.take(session, other, Reading({}, members, ()))
        invitations.invite(session, other, SECRET, clock())
        assert len(invitations.invite(session, wave, SECRET, clock())) == 6
    page = words(colleague.get(PAGE).response.text)
    assert "2 blev ikke inviteret: De har fået en undersøgelse for nylig." in page


def test_what_may_have_gone_is_sent_again_when_staff_say_so(
    colleague: Colleague, database: Database, clock: Clock, wave: int
) -> None:
    with database.transaction() as session:
        steps.decide(session, SURVEY, Sending(automatic=True))
        invitations.invite(session, wave, SECRET, clock())
        steps.plan(session, SECRET, clock())
        batch = dispatch.claim(session, b"h" * 16, ["email"], SECRET, clock())
        assert batch is not None
        uncertain = {batch.messages[0].ref}
        dispatch.settle(session, b"h" * 16, batch, Ended(uncertain=uncertain), clock())
    colleague.get(PAGE)
    assert "1 besked nåede frem til den, der sender for os" in words(colleague.response.text)
    form = colleague.page.all("form")[1]
    colleague.post(PAGE, {**colleague.body(form), "do": "again"})
    assert "Beskeden bliver sendt igen." in words(colleague.response.text)
    with database.snapshot() as session:
        counts = steps.tally(session, wave)[Step.INVITATION]
    assert counts == {steps.State.DONE: 5, steps.State.WAITING: 3}
