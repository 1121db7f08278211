"""Staff set up rounds, take in lists, invite, and read how it goes, as far as they may."""

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from surveys import extract, fieldwork, frame, invitations, retention, turnout
from surveys.database import Database
from surveys.frame import Member, Reading
from surveys.invitations import Letter
from tests.conftest import Clock
from tests.surveys.fieldworker import Fieldworker
from tests.surveys.test_spreadsheet import workbook
from tests.webapp.conftest import SECRET, settings
from tests.webapp.html import Element
from tests.webapp.staff import EMAIL, PASSWORD, sign_in
from tests.webapp.visitor import Visitor
from webapp import create_app, tasks
from webapp.access import create_user

SURVEY = "borgerinddragelse"
PAGE = f"/staff/runder/{SURVEY}/Efterår 2026"
LIST = f"/staff/runder/liste/{SURVEY}/Efterår 2026"


@pytest.fixture(scope="module")
def staffed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one account, made once: hashing a password is slow on purpose."""
    file = tmp_path_factory.mktemp("staffed") / "hoert.sqlite3"
    shutil.copy(sqlite_template, file)
    found = Database(f"sqlite:///{file}")
    create_user(found, EMAIL, "analytiker", PASSWORD)
    found.close()
    return file


@pytest.fixture
def app(staffed: Path, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    file = tmp_path / "hoert.sqlite3"
    shutil.copy(staffed, file)
    app = create_app(settings(f"sqlite:///{file}"), clock)
    yield app
    app.extensions["hoert"].database.close()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    return found


class Colleague(Visitor):
    """Somebody of the staff. Log out is the first form of every page."""

    def body(self, form: Element | None = None) -> dict[str, str | list[str]]:
        """With what is chosen in lists."""
        chosen: dict[str, str | list[str]] = {}
        for field in (form or self.page.all("form")[0]).all("select"):
            options = field.all("option")
            on = next((one for one in options if "selected" in one), options[0])
            chosen[field["name"]] = on["value"]
        return chosen | super().body(form)

    def send(self, form: int = 1) -> "Colleague":
        """Press the one button, without a name, of a form."""
        found = self.page.all("form")[form]
        self.post(self.path, self.body(found))
        return self

    def return_later(self) -> None:
        """Sign in again after a session that is over."""
        self.get("/staff/")
        sign_in(self.client)


@pytest.fixture
def staff(app: Flask) -> Colleague:
    client = app.test_client()
    sign_in(client)
    return Colleague(client)


@pytest.fixture
def wave(database: Database, clock: Clock) -> int:
    with database.transaction() as session:
        return fieldwork.open_wave(
            session,
            SURVEY,
            "Efterår 2026",
            opens_at=clock(),
            closes_at=clock() + timedelta(days=28),
        )


def invited(database: Database, clock: Clock, wave: int, n: int = 40) -> dict[str, Letter]:
    with database.transaction() as session:
        members = tuple(Member(f"A{i}", unit="AB"[i % 2] * 9) for i in range(n))
        frame.take(session, wave, Reading({}, members, ()))
        made = invitations.invite(session, wave, SECRET, clock())
    return {letter.reference: letter for letter in made}


def sent(staff: Colleague, content: bytes, name: str = "liste.csv") -> Visitor:
    staff.get(LIST)
    form = staff.page.all("form")[1]
    body = {**staff.body(form), "file": (io.BytesIO(content), name)}
    staff.path = LIST
    return staff._arrived(
        staff.client.post(LIST, data=body, content_type="multipart/form-data"), follow=True
    )


def test_a_round_is_set_up_and_opens(staff: Colleague, database: Database, clock: Clock) -> None:
    assert "Der er ingen runder endnu." in staff.get("/staff/runder").text
    staff.get("/staff/runder/ny?survey=samtalefeedback")
    staff.fill(label=" Efterår  2026 ", opens="1-12-2026", closes="31.12.2026", target="85,5")
    staff.send()
    assert staff.heading == "Hvordan var dit møde?: Efterår 2026"
    assert "Åbner 1. december 2026 kl. 00.00" in staff.text
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
    assert wave.label == "Efterår 2026"
    assert wave.target == 0.855
    assert (wave.opens_at.isoformat(), str(wave.closes_at)) == (
        "2026-11-30T23:00:00+00:00",
        "2026-12-31 23:00:00+00:00",
    )
    assert "Efterår 2026" in staff.get("/staff/runder").text
    clock.forward(days=20)
    staff.return_later()
    assert "Åben til og med 31. december 2026" in staff.get("/staff/runder").text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("label", "", "Giv runden et navn."),
        ("label", "Efterår 2026", "Vælg et andet."),
        ("label", "x" * 61, "Højst 60 tegn."),
        ("opens", "12/31/2026", "Skriv datoen som 24-12-2026."),
        ("closes", "1-1-2020", "Den sidste dag skal ligge efter den første"),
        ("target", "mange", "Skriv et tal"),
        ("target", "101", "fra 0 til 100"),
    ],
)
def test_what_is_wrong_with_a_new_round_is_said_and_kept(
    staff: Colleague, wave: int, field: str, typed: str, said: str
) -> None:
    staff.get(f"/staff/runder/ny?survey={SURVEY}")
    staff.fill(**{"label": "Ny", field: typed}).send()
    assert staff.status == 422
    assert said in staff.text
    assert staff.page.all("input", name=field)[0]["value"] == typed


def test_rounds_open_by_themselves(staff: Colleague, database: Database, clock: Clock) -> None:
    staff.get(f"/staff/runder/faste?survey={SURVEY}")
    staff.fill(rhythm="april_october", opens="8.30", days="21").send(form=2)
    assert "Næste runde er April 2027. Den åbner 1. april 2027 kl. 08.30." in staff.text
    for field, typed in (("opens", "25.00"), ("days", "0"), ("begins", "i går")):
        staff.get(f"/staff/runder/faste?survey={SURVEY}")
        staff.fill(rhythm="april_october", **{field: typed}).send(form=2)
        assert staff.status == 422
    staff.get("/staff/runder/faste?survey=samtalefeedback").fill(rhythm="continuous").send(form=2)
    assert "Hvordan var dit møde?" in staff.text
    with database.snapshot() as session:
        assert extract.wave(session, "samtalefeedback").label == "2026"
    assert staff.get("/staff/runder/faste?survey=nothing").status == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_looked_through_and_taken_in(
    staff: Colleague, database: Database, wave: int, kind: str
) -> None:
    rows = [("Sagsnr", "Afdeling", "Farve"), *((f"A{n}", "Ungeteam", "rød") for n in range(7))]
    content = (
        "\r\n".join(";".join(row) for row in rows).encode("cp1252")
        if kind == "csv"
        else workbook(*rows)
    )
    sent(staff, content, f"liste.{kind}")
    assert "7 personer kan komme på listen." in staff.text
    with database.snapshot() as session:
        assert frame.references(session, wave) == []
    # Another column for the unit, and a look at it before it is kept
    staff.fill(**{"column.unit": "2"}).send(form=1)
    assert "7 personer kan komme på listen." in staff.text
    staff.press("sure")
    assert "7 personer er på listen." in staff.text or staff.status == 200
    with database.snapshot() as session:
        assert len(frame.references(session, wave)) == 7
    assert "upload" not in staff.text
    # The second time they are all known
    sent(staff, content)
    assert (staff.status, "Personen er på listen i forvejen" in staff.text) == (422, True)


def test_a_wrong_list_is_refused_row_by_row_and_nothing_is_kept(
    staff: Colleague, database: Database, wave: int
) -> None:
    sent(staff, b"Nummer;Kanal\r\nA1;due\r\n;sms\r\n")
    assert staff.status == 422
    assert "Række 2, kolonnen Kanal" in staff.text
    assert "“due” er ikke en måde at kontakte på." in staff.text
    assert not staff.page.all("button", name="sure")
    staff.post(staff.path, {**staff.body(staff.page.all("form")[1]), "sure": "1"})
    assert staff.status == 422
    with database.snapshot() as session:
        assert frame.references(session, wave) == []


def test_a_list_with_cpr_numbers_is_refused_and_they_are_not_shown(
    staff: Colleague, wave: int
) -> None:
    sent(staff, b"Nummer;Note\r\nA1;010190-1234\r\n")
    assert staff.status == 422
    assert "Række 2, kolonnen Note" in staff.text
    assert "1234" not in staff.text


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "Filen er tom"), (b"PK\x03\x04", "Filen er i stykker"), (b"Nr\r\n", "ingen rækker")],
)
def test_no_table_is_refused_with_what_to_do(
    staff: Colleague, wave: int, content: bytes, said: str
) -> None:
    sent(staff, content)
    assert (staff.status, said in staff.text) == (422, True)
    assert "<script" not in staff.text


def test_a_payload_in_a_file_is_shown_and_not_run(staff: Colleague, wave: int) -> None:
    payload = "<script>alert(1)</script>"
    sent(staff, f"Nummer;{payload}\r\nA1;{payload}\r\n".encode(), f"{payload}.csv")
    assert payload in staff.text
    assert "<script>alert" not in staff.response.text


def test_invitations_and_reminders_are_files(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    with database.transaction() as session:
        members = tuple(Member(f"=A{n}", team="ØV"[n % 2]) for n in range(6))
        frame.take(session, wave, Reading({}, members, ()))
    staff.get(PAGE).fill(team=["Ø"]).press("do", "invite")
    assert staff.response.mimetype == "text/csv"
    rows = list(
        csv.DictReader(io.StringIO(staff.response.get_data().decode("utf-8-sig")), delimiter=";")
    )
    assert [row["Nummer"] for row in rows] == ["'=A0", "'=A2", "'=A4"]
    assert rows[0]["Kan bruges til og med"] == "16-12-2026"
    staff.get(PAGE).press("do", "remind")
    assert staff.response.get_data().count(b"\r\n") == 4
    staff.get(PAGE).press("do", "letters")
    assert staff.response.get_data().count(b"\r\n") == 4
    staff.get(PAGE).fill(reference="=A0", outcome="withdrawn").press("do", "note")
    assert staff.status == 200
    staff.get(PAGE).press("do", "letters")
    assert staff.response.get_data().count(b"\r\n") == 3
    staff.get(PAGE).fill(reference="B1").press("do", "note")
    assert "Ingen i runden er inviteret med det nummer." in staff.text


def test_an_open_anonymous_round_does_not_tell_who(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    letters = invited(database, clock, wave)
    worker = Fieldworker(database, clock(), SURVEY)
    for n in range(12):
        worker.cast(wave, letters[f"A{n}"].token, personal=True)
    before = staff.get(PAGE).text
    assert "12 af 40 inviterede (30,0 %)" in before
    for reference in ("A0", "A20"):
        staff.get(PAGE).fill(reference=reference, outcome="undeliverable").press("do", "note")
    # One of the two has answered, and nothing on the page says so
    after = staff.get(f"{PAGE}?grundlag=reachable").text
    assert "12 af 40 inviterede (30,0 %)" in after
    assert "kunne ikke leveres: 2" in after
    assert "RR1" not in after
    clock.forward(days=28)
    staff.return_later()
    assert "12 af 39 inviterede, som vi kunne nå" in staff.get(f"{PAGE}?grundlag=reachable").text
    assert "Kunne ikke leveres" in staff.text
    assert "RR1" in staff.text


def test_a_round_with_names_shows_every_state(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    with database.transaction() as session:
        fieldwork.promise(session, wave, "confidential")
    letters = invited(database, clock, wave)
    Fieldworker(database, clock(), SURVEY).cast(wave, letters["A0"].token, personal=True)
    tasks.count_day(database, clock)
    page = staff.get(PAGE).text
    for words in ("Har ikke svaret endnu", "Svar dag for dag", "18. november 2026", "COOP1"):
        assert words in page


def test_a_round_with_a_link_says_that_there_is_no_response_rate(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    worker = Fieldworker(database, clock(), SURVEY)
    with database.transaction() as session:
        code = fieldwork.link_to(session, wave)
    for n in range(3):
        worker.cast(wave, f"ballot {n}")
    worker.answer(code, "another", {}, send=False)
    page = staff.get(PAGE).text
    assert "3 har svaret." in page
    assert "så der er ingen svarprocent" in page
    assert "3 af 4, som er begyndt, har sendt deres svar (75,0 %)." in page
    assert "RR1" not in page
    sent(staff, b"Nummer\r\nA1")
    staff.press("sure")
    assert "Runden har et åbent link" in staff.text


def test_the_promise_is_changed_before_and_not_after_the_first_invitation(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    staff.get(PAGE).fill(anonymity="identified").press("do", "promise")
    assert "Med navn" in staff.text
    form = staff.body(staff.page.all("form")[1])
    invited(database, clock, wave, 6)
    assert not staff.get(PAGE).page.all("select", name="anonymity")
    staff.post(PAGE, {**form, "do": "promise", "anonymity": "anonymous"})
    assert (staff.status, "løftet ikke ændres" in staff.text) == (422, True)


def test_a_round_is_closed_for_good(staff: Colleague, wave: int) -> None:
    staff.get(PAGE).press("do", "close")
    assert "Lukket 18. november 2026" in staff.text
    assert not staff.page.all("button", name="do")
    token = staff.page.all("input", name="csrf_token")[0]["value"]
    staff.post(PAGE, {"csrf_token": token, "do": "close"})
    assert staff.status == 422


def test_only_those_who_may_change_a_round_do(app: Flask, database: Database, wave: int) -> None:
    create_user(database, "leder2@example.dk", "teamleder", PASSWORD)
    client = app.test_client()
    sign_in(client, "leder2@example.dk")
    reader = Visitor(client).get(PAGE)
    assert reader.status == 200
    assert not reader.page.all("button", name="do")
    token = reader.page.all("input", name="csrf_token")[0]["value"]
    for act in ("invite", "letters", "remind", "note", "promise", "close"):
        assert client.post(PAGE, data={"csrf_token": token, "do": act}).status_code == 403
    assert client.post(PAGE, data={"do": "close"}).status_code == 403


def test_every_form_wants_its_token(staff: Colleague, wave: int) -> None:
    for path in (PAGE, LIST):
        assert staff.client.post(path, data={"do": "close"}).status_code == 422
    assert staff.client.post("/staff/runder/ny", data={"label": "x"}).status_code == 422


def test_how_long_things_are_kept_and_what_went(
    staff: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    assert "Sletningen har ikke kørt endnu." in staff.get("/staff/runder/opbevaring").text
    invited(database, clock, wave, 6)
    tasks.forget_daily(database, clock)
    clock.forward(hours=1)
    tasks.forget_daily(database, clock)
    with database.snapshot() as session:
        assert len(retention.runs(session)) == 1
    clock.forward(days=60)
    tasks.forget_daily(database, clock)
    staff.return_later()
    text = staff.get("/staff/runder/opbevaring").text
    assert "730 dage" in text
    assert "lister over dem, vi spørger 6" in text


KEPT = "/staff/runder/opbevaring"


@pytest.fixture
def leader(app: Flask, database: Database) -> Colleague:
    create_user(database, "chef@example.dk", "leder", PASSWORD)
    client = app.test_client()
    sign_in(client, "chef@example.dk")
    return Colleague(client)


def test_those_who_answer_for_it_decide_how_long_things_are_kept(
    leader: Colleague, database: Database, wave: int, clock: Clock
) -> None:
    leader.get(KEPT)
    leader.get(leader.page.all("a", href=f"{KEPT}/{SURVEY}")[0]["href"])
    leader.fill(text="900").send()
    assert (leader.path, leader.status) == (KEPT, 200)
    assert "900 dage" in leader.text
    assert "18. november 2026: Din kontakt med Jobcentret Lister 30, ikke sendt 30" in leader.text
    # What gets shorter is asked about once more, with what was typed
    leader.get(f"{KEPT}/{SURVEY}").fill(frame="10").send()
    assert leader.status == 422
    assert "bliver slettet ved næste sletning" in leader.text
    assert leader.body(leader.page.all("form")[1])["frame"] == "10"
    leader.fill(sure="1").send()
    with database.snapshot() as session:
        decided = retention.lifetimes(session, SURVEY, "anonymous")
    assert (decided.frame, decided.text) == (10, 900)
    leader.get(f"{KEPT}/{SURVEY}").send(2)
    leader.fill(sure="1").send()
    assert "Tilbage til de almindelige tider." in leader.text
    with database.snapshot() as session:
        assert retention.decided(session) == {}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"frame": "0"}, "Skriv et antal dage fra 1 til 3.660."),
        ({"draft": "3661"}, "Skriv et antal dage fra 1 til 3.660."),
        ({"text": "en uge"}, "Skriv et antal dage fra 1 til 3.660."),
        ({"response": ""}, "Skriv et antal dage fra 1 til 3.660."),
        ({"text": "2000"}, "Det, borgerne skriver, kan ikke gemmes længere end svarene."),
        ({"frame": "3000"}, "Listerne kan ikke gemmes længere end svarene."),
    ],
)
def test_a_time_that_cannot_be_is_said_and_kept(
    leader: Colleague, database: Database, wave: int, typed: dict[str, str], said: str
) -> None:
    leader.get(f"{KEPT}/{SURVEY}").fill(**typed).send()
    assert leader.status == 422
    assert leader.page.classed("form-error-message")[0].text == f"Fejl:{said}"
    assert typed.items() <= leader.body(leader.page.all("form")[1]).items()
    with database.snapshot() as session:
        assert retention.decided(session) == {}


def test_the_clock_opens_what_is_due(database: Database, clock: Clock) -> None:
    from surveys import recurring
    from surveys.schedule import Rhythm, Schedule

    with database.transaction() as session:
        begins = clock().date()
        recurring.plan(session, SURVEY, Schedule(Rhythm.CONTINUOUS, begins))
    for _ in range(2):
        tasks.keep_schedules(database, clock)
    with database.snapshot() as session:
        assert [wave.label for wave in extract.waves(session)] == ["2026"]


def test_the_curve_of_answers_stands_above_its_table(
    staff: Colleague, database: Database, clock: Clock
) -> None:
    with database.transaction() as session:
        wave = fieldwork.open_wave(
            session, SURVEY, "Fortrolig", opens_at=clock(), anonymity="confidential"
        )
    for _ in range(3):
        with database.transaction() as session:
            turnout.count_day(session, clock())
        clock.forward(days=1)
        Fieldworker(database, clock(), SURVEY).cast(wave, f"{clock()}")
    staff.return_later()
    page = staff.get(f"/staff/runder/{SURVEY}/Fortrolig")
    assert "Svarkurve" in page.text
    (curve,) = page.page.all("svg")
    assert "20. november 2026: 2 svar." in curve.text
    assert len(curve.all("circle")) == 3
