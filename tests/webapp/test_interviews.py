"""The call list and the call, over HTTP."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from surveys import calls, extract, fieldwork
from surveys.calls import Called
from surveys.turnout import State
from tests.conftest import Clock
from tests.surveys.companies import MADE_UP, wave_of_companies
from tests.webapp.conftest import SECRET, Office
from tests.webapp.staff import form_token

LIST = "/staff/opringning/runde/virksomhedsinddragelse/2026"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("konsulent", tmp_path)


def post(client: FlaskClient, path: str, page: str | None = None, **data: object):
    token = form_token(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **data})


def listed(office: Office) -> list[Called]:
    with office.database.snapshot() as session:
        wave = extract.wave(session, "virksomhedsinddragelse")
        return list(calls.listed(session, wave.id, SECRET, office.clock()))


def test_a_company_is_added_by_hand_and_a_slip_keeps_what_was_typed(
    client: FlaskClient, office: Office
) -> None:
    office.wave("virksomhedsinddragelse", anonymity="confidential")
    path = "/staff/opringning/ny/virksomhedsinddragelse/2026"
    slip = post(
        client, path, cvr="99000008", name="Eksempel Tømrer", phone="48100100", language="da"
    )
    assert slip.status_code == 422
    assert "CVR-nummeret er ikke rigtigt" in slip.text
    assert 'value="Eksempel Tømrer"' in slip.text
    added = post(
        client, path, cvr=MADE_UP[0], name="Eksempel Tømrer", phone="48100100", language="da",
        best_time="9-11",
    )  # fmt: skip
    assert added.status_code == 303
    page = client.get(LIST).text
    assert "Eksempel Tømrer" in page
    assert "kl. 9-11" in page
    [one] = listed(office)
    assert one.phone == "+4548100100"
    changed = post(
        client, f"/staff/opringning/ret/{one.id}", name="Eksempel Tømrer", phone="48100101",
        language="da", note="Spørg efter mester",
    )  # fmt: skip
    assert changed.status_code == 303
    assert listed(office)[0].note == "Spørg efter mester"


def test_an_anonymous_round_takes_no_companies(client: FlaskClient, office: Office) -> None:
    office.wave("virksomhedsinddragelse", anonymity="anonymous")
    path = "/staff/opringning/ny/virksomhedsinddragelse/2026"
    refused = post(client, path, cvr=MADE_UP[0], name="A", phone="48100100", language="da")
    assert refused.status_code == 422
    assert "Opret en fortrolig runde" in refused.text
    assert listed(office) == []


def test_a_list_is_looked_at_and_taken_in_whole(client: FlaskClient, office: Office) -> None:
    office.wave("virksomhedsinddragelse", anonymity="confidential")
    path = "/staff/opringning/fil/virksomhedsinddragelse/2026"

    def send(content: str):
        token = form_token(client.get(path).text)
        file = (BytesIO(content.encode()), "liste.csv")
        sent = client.post(path, data={"csrf_token": token, "file": file})
        assert sent.status_code == 303
        return sent.location

    row = f"{MADE_UP[0]};Eksempel A;48100100\n"
    wrong = client.get(send(f"CVR;Navn;Telefon\n{row}99000008;Eksempel B;12\n"))
    assert wrong.status_code == 422
    assert "Række 3" in wrong.text
    assert "CVR-nummeret er ikke rigtigt" in wrong.text
    assert listed(office) == []
    place = send(f"CVR;Navn;Telefon\n{row}{MADE_UP[1]};Eksempel B;48100101\n")
    assert "2 virksomheder kan komme på listen" in client.get(place).text
    assert post(client, place, sure="1").status_code == 303
    assert [one.name for one in listed(office)] == ["Eksempel A", "Eksempel B"]


@pytest.fixture
def company(office: Office, clock: Clock) -> Called:
    wave_of_companies(office.database, clock, SECRET, 2)
    return listed(office)[0]


def test_an_attempt_is_noted_and_an_appointment_has_a_time(
    client: FlaskClient, office: Office, company: Called
) -> None:
    path = f"/staff/opringning/ring/{company.id}"
    assert "Vælg, hvordan det gik" in post(client, path).text
    unclear = post(client, path, outcome="call_again", day="snart", time="9.30")
    assert unclear.status_code == 422
    assert 'value="snart"' in unclear.text
    assert (
        "ikke er forbi" in post(client, path, outcome="call_again", day="01-01-2020", time="9").text
    )
    noted = post(client, path, outcome="call_again", day="19-11-2026", time="9.30")
    assert noted.status_code == 303
    [attempt] = listed(office)[0].attempts
    assert attempt.next_at is not None
    assert attempt.next_at.isoformat() == "2026-11-19T08:30:00+00:00"
    assert "tors. 19. nov. kl. 9.30" in client.get(LIST).text
    post(client, path, outcome="refused")
    assert listed(office)[0].state is State.REFUSED


def test_a_company_that_a_colleague_calls_is_left_alone(
    client: FlaskClient, office: Office, company: Called
) -> None:
    with office.database.transaction() as session:
        assert calls.claim(session, company.id, "999", office.clock())
    talk = client.get(f"/staff/opringning/samtale/{company.id}")
    assert talk.status_code == 409
    assert "En kollega ringer" in talk.text
    assert "En kollega ringer nu" in client.get(LIST).text
    office.clock.forward(minutes=21)
    assert client.get(f"/staff/opringning/samtale/{company.id}").status_code == 200


def test_a_call_is_kept_by_script_and_by_hand_and_sent_once(
    client: FlaskClient, office: Office, company: Called
) -> None:
    path = f"/staff/opringning/samtale/{company.id}"
    page = client.get(path).text
    assert "Vi spørger kun 2 virksomheder" in page
    assert "fortroligt" in page
    assert "(læs ikke op)" in page
    token, version = form_token(page), re.search(r'name="version" value="(\d+)"', page)
    assert version
    noted = {
        "csrf_token": token,
        "own.works": "Hun kender os",
        "summary.works": "Glad",
        "theme.works": "v1_relation",
    }
    auto = client.post(path, data={**noted, "version": version[1], "do": "autosave"})
    assert (auto.status_code, auto.json) == (200, {"version": 1, "at": "10.30", "problems": {}})
    # The same page again is behind
    assert client.post(path, data={**noted, "version": "0", "do": "autosave"}).status_code == 409
    behind = client.post(path, data={**noted, "own.works": "Mit", "version": "0", "do": "save"})
    assert behind.status_code == 409
    assert "Mit</textarea>" in behind.text
    # Another machine
    again = client.get(path).text
    assert "Hun kender os</textarea>" in again
    assert "Glad</textarea>" in again
    assert re.search(r'value="v1_relation" checked', again)
    unheard = post(client, path, version="1", do="finish", **{"own.works": "Hun kender os"})
    assert unheard.status_code == 422
    assert "sagt ja" in unheard.text
    done = post(
        client, path, version="1", do="finish", consented="1",
        **{"own.works": "Hun kender os", "summary.works": "Glad", "answer.cooperation": "4",
           "theme.works": "v1_relation"},
    )  # fmt: skip
    assert done.status_code == 303
    thanks = client.get(done.location).text
    assert re.search(r"kvittering: [0-9A-Z]{4}-", thanks)
    assert client.get(path).location == done.location
    assert listed(office)[0].state is State.ANSWERED
    assert "1 af 2 er interviewet" in client.get(LIST).text
    with office.database.transaction() as session:
        fieldwork.close_wave(session, "virksomhedsinddragelse", office.clock())
        wave = extract.wave(session, "virksomhedsinddragelse")
        assert wave.responses == 1
        [comment] = extract.comments(session, wave.id)
        assert comment.body == "Hun kender os\n[Referat: Glad]"


def test_a_round_that_closes_meanwhile_shows_what_was_typed(
    client: FlaskClient, office: Office, company: Called
) -> None:
    path = f"/staff/opringning/samtale/{company.id}"
    token = form_token(client.get(path).text)
    office.close("virksomhedsinddragelse")
    office.clock.forward(minutes=1)
    data = {"csrf_token": token, "version": "0", "do": "finish", "consented": "1"}
    late = client.post(path, data={**data, "own.works": "Alt det, jeg hørte"})
    assert late.status_code == 422
    assert "Runden er lukket" in late.text
    assert "Alt det, jeg hørte</textarea>" in late.text


def test_a_call_that_is_broken_off_goes_on_later_or_is_sent_as_it_is(
    client: FlaskClient, office: Office, company: Called
) -> None:
    path = f"/staff/opringning/samtale/{company.id}"
    later = post(client, path, version="0", do="later", **{"own.works": "Det halve"})
    assert later.location.endswith(f"/ring/{company.id}")
    assert "Fortsæt interviewet" in client.get(later.location).text
    sent = post(
        client, path, version="1", do="partial", consented="1", **{"own.works": "Det halve"}
    )
    assert sent.location.endswith(f"/slut/{company.id}")
    assert listed(office)[0].attempts[-1].outcome is calls.Outcome.PARTIAL
    assert "P: ikke til ende (1)" in client.get(LIST).text
