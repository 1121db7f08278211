"""Reports by e-mail: to colleagues who may read them, once, and the same as on the pages."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from analysis import board
from surveys import fieldwork
from surveys.database import Database
from tests.conftest import Clock
from tests.delivery.mail_server import MailServer, mail_server
from tests.webapp import documents
from tests.webapp.conftest import settings
from tests.webapp.html import read, require_sound
from tests.webapp.staff import EMAIL, form_token, sign_in
from tests.webapp.test_results import fielded, words
from webapp import report_mail, report_orders
from webapp.access_tables import StaffRoleRow, StaffUserRow
from webapp.report_orders import Rhythm, Subject
from webapp.report_tables import ReportSendingRow
from webapp.settings import Settings

PAGE = "/staff/rapporter"
OTHER = "kollega@example.dk"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("leder", tmp_path)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["hoert"].database
    with found.transaction() as session:
        for email, role in ((OTHER, "teamleder"), ("sagsbehandler@example.dk", "sagsbehandler")):
            session.add(
                StaffUserRow(
                    email=email,
                    password="",
                    active=True,
                    fs_uniquifier=email,
                    roles=[StaffRoleRow(name=role)],
                )
            )
    return found


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mailing(url: str, server: MailServer) -> Settings:
    return settings(
        url,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_tls="off",
        mail_from="hoert@example.dk",
    )


def ids(database: Database) -> dict[str, int]:
    with database.snapshot() as session:
        return {email: number for number, email in report_orders.readers(session).items()}


def order(
    database: Database,
    clock: Clock,
    subject: Subject,
    rhythm: Rhythm,
    form: str = "pdf",
    survey: str | None = None,
) -> int:
    people = list(ids(database).values())
    with database.transaction() as session:
        return report_orders.make(session, subject, survey, form, rhythm, people, clock())


def close(database: Database, clock: Clock) -> None:
    clock.forward(minutes=1)
    with database.transaction() as session:
        fieldwork.close_wave(session, "samtalefeedback", clock())


def test_a_colleague_orders_a_report_and_stops_it(client: FlaskClient, database: Database) -> None:
    fresh = client.get(PAGE)
    require_sound(read(fresh.text))
    said = words(fresh.text)
    assert "Der bliver ikke sendt noget" in said
    assert OTHER in said
    assert "sagsbehandler@example.dk" not in said
    token = form_token(fresh.text)
    form = {"csrf_token": token, "subject": "plan", "form": "pdf", "rhythm": "month"}
    people = {"recipients": [str(one) for one in ids(database).values()]}
    answer = client.post(PAGE, data=form | people, follow_redirects=True)
    said = words(answer.text)
    assert "Hele planen" in said
    assert "Den første i hver måned, Dokument (PDF)" in said
    assert "Næste gang 1. december 2026 kl. 7" in said
    client.post(f"{PAGE}/1/fra", data={"csrf_token": token})
    page = client.get(PAGE).text
    assert f"<td>{OTHER}</td>" in page
    assert f"<td>{EMAIL}" not in page
    client.post(f"{PAGE}/1/stop", data={"csrf_token": token})
    assert "Der er ikke bestilt nogen rapporter." in words(client.get(PAGE).text)
    assert client.post(f"{PAGE}/1/stop").status_code == 422


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"recipients": []}, "Vælg mindst én."),
        ({"recipients": ["999"]}, "Vælg mindst én."),
        ({"form": "xlsx"}, "Planen og tavlen kan kun sendes som dokument."),
        ({"rhythm": "wave"}, "Planen og tavlen har ingen runder."),
        ({"subject": "survey:ukendt"}, "Vælg, hvad der skal sendes."),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_kept_on_the_page(
    client: FlaskClient, database: Database, changed: dict[str, object], says: str
) -> None:
    token = form_token(client.get(PAGE).text)
    form: dict[str, object] = {
        "csrf_token": token,
        "subject": "plan",
        "form": "pdf",
        "rhythm": "month",
        "recipients": [str(ids(database)[OTHER])],
    }
    answer = client.post(PAGE, data=form | changed)
    assert answer.status_code == 422
    require_sound(read(answer.text))
    assert says in words(answer.text)
    assert 'value="plan" selected' in answer.text or "subject" in changed
    with database.snapshot() as session:
        assert not report_orders.listed(session)


def test_a_wave_that_closes_is_sent_once_to_each(
    database: Database, clock: Clock, mailing: Settings, server: MailServer, client: FlaskClient
) -> None:
    order(database, clock, Subject.SURVEY, Rhythm.WAVE, survey="samtalefeedback")
    fielded(database, clock, 24, invited=60)
    report_mail.deliver(mailing, database, clock)
    assert not server.taken
    close(database, clock)
    with ThreadPoolExecutor(4) as workers:
        for done in [
            workers.submit(report_mail.deliver, mailing, database, clock) for _ in range(4)
        ]:
            done.result()
    clock.forward(days=1)
    report_mail.deliver(mailing, database, clock)
    assert server.counted() == {EMAIL: 1, OTHER: 1}
    (attached,) = server.messages()[0].iter_attachments()
    assert attached.get_filename() == "hoert-samtalefeedback-Uge_47_2026.pdf"
    sent = documents.read(attached.get_content())
    sign_in(client)
    path = "/staff/rapport/samtalefeedback/Uge 47/2026.pdf"
    assert sent.tags == documents.read(client.get(path).data).tags
    text = server.messages()[0].get_body().get_content()
    assert "/staff/rapporter" in text
    assert "24" not in text
    assert words(client.get(PAGE).text).count("Sendt") >= 2


def test_what_few_have_answered_is_hidden_in_the_mail_too(
    database: Database, clock: Clock, mailing: Settings, server: MailServer, tmp_path: Path
) -> None:
    order(database, clock, Subject.SURVEY, Rhythm.WAVE, "xlsx", "samtalefeedback")
    fielded(database, clock, 4)
    close(database, clock)
    report_mail.deliver(mailing, database, clock)
    from tests.webapp.test_downloads import words_of

    (attached,) = server.messages()[0].iter_attachments()
    said = words_of("xlsx", attached.get_content(), tmp_path)
    assert "vises ikke (for få svar)" in said
    assert "Tak" not in said


def test_the_board_is_sent_the_day_before_and_kept_as_an_edition(
    database: Database, clock: Clock, mailing: Settings, server: MailServer
) -> None:
    with database.transaction() as session:
        board.hold(session, date(2026, 11, 12), "Allerød", clock())
    order(database, clock, Subject.BOARD, Rhythm.FORTNIGHT)
    days = []
    for _ in range(30):
        clock.forward(days=1)
        before = len(server.taken)
        report_mail.deliver(mailing, database, clock)
        if len(server.taken) > before:
            days.append(clock().date().isoformat())
    assert days == ["2026-11-25", "2026-12-09"]
    assert server.counted() == {EMAIL: 2, OTHER: 2}
    (attached,) = server.messages()[0].iter_attachments()
    assert documents.read(attached.get_content()).title == "Tavlen 25. nov. 2026"


def test_the_plan_comes_on_the_first_of_the_month(
    database: Database, clock: Clock, mailing: Settings, server: MailServer
) -> None:
    number = order(database, clock, Subject.PLAN, Rhythm.MONTH)
    days = []
    for _ in range(5):
        with database.snapshot() as session:
            (one,) = report_orders.listed(session)
            coming = report_orders.next_day(session, one, clock())
        clock.forward(days=((coming or clock().date()) - clock().date()).days - 1)
        report_mail.deliver(mailing, database, clock)
        clock.forward(days=1)
        before = len(server.taken)
        report_mail.deliver(mailing, database, clock)
        assert len(server.taken) == before + 2
        days.append(clock().date().isoformat())
    assert number == 1
    assert days == ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"]


def test_whoever_may_read_no_more_gets_no_more(
    database: Database, clock: Clock, mailing: Settings, server: MailServer
) -> None:
    order(database, clock, Subject.PLAN, Rhythm.MONTH)
    with database.transaction() as session:
        user = ids(database)[OTHER]
        session.execute(delete(StaffRoleRow).where(StaffRoleRow.user_id == user))
        session.add(StaffRoleRow(user_id=user, name="sagsbehandler"))
    clock.forward(days=20)
    report_mail.deliver(mailing, database, clock)
    assert server.counted() == {EMAIL: 1}
    with database.transaction() as session:
        session.execute(update(StaffUserRow).values(active=False))
    clock.forward(days=31)
    report_mail.deliver(mailing, database, clock)
    assert server.counted() == {EMAIL: 1}


def test_a_server_that_is_away_is_tried_again_and_a_bad_address_is_not(
    database: Database, clock: Clock, mailing: Settings, server: MailServer, client: FlaskClient
) -> None:
    order(database, clock, Subject.PLAN, Rhythm.MONTH)
    clock.forward(days=20)
    server.refuses = {EMAIL: 550, OTHER: 451}
    report_mail.deliver(mailing, database, clock)
    sign_in(client)
    said = words(client.get(PAGE).text)
    assert "Ikke sendt Adressen tager ikke imod mail" in said
    assert "Ikke sendt Adressen tog ikke imod. Vi prøver igen" in said
    server.refuses = {}
    clock.forward(minutes=5)
    report_mail.deliver(mailing, database, clock)
    assert not server.taken
    clock.forward(minutes=11)
    report_mail.deliver(mailing, database, clock)
    report_mail.deliver(mailing, database, clock)
    assert server.counted() == {OTHER: 1}
    with database.snapshot() as session:
        assert session.scalar(select(func.count()).select_from(ReportSendingRow)) == 2


def test_what_a_dead_worker_left_is_said_and_not_sent_again(
    database: Database, clock: Clock, mailing: Settings, server: MailServer, client: FlaskClient
) -> None:
    order(database, clock, Subject.PLAN, Rhythm.MONTH)
    clock.forward(days=20)
    with database.snapshot() as session:
        (one,) = report_orders.listed(session)
        (occasion,) = report_orders.due(session, one, clock())
    with database.transaction() as session:
        session.add(
            ReportSendingRow(
                order_id=one.id,
                user_id=ids(database)[OTHER],
                occasion=occasion.key,
                begun_at=clock(),
            )
        )
    clock.forward(hours=3)
    report_mail.deliver(mailing, database, clock)
    assert server.counted() == {EMAIL: 1}
    sign_in(client)
    assert "Vi ved ikke, om den blev sendt" in words(client.get(PAGE).text)


def test_of_many_workers_one_sends(database_url: str, clock: Clock, server: MailServer) -> None:
    """On both databases: the row decides."""
    database = Database(database_url)
    with database.transaction() as session:
        for email in (EMAIL, OTHER):
            session.add(
                StaffUserRow(
                    email=email,
                    password="",
                    active=True,
                    fs_uniquifier=email,
                    roles=[StaffRoleRow(name="leder")],
                )
            )
    order(database, clock, Subject.PLAN, Rhythm.MONTH)
    clock.forward(days=20)
    sending = settings(
        database_url,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_tls="off",
        mail_from="hoert@example.dk",
    )
    with ThreadPoolExecutor(6) as workers:
        for done in [
            workers.submit(report_mail.deliver, sending, database, clock) for _ in range(6)
        ]:
            done.result()
    assert server.counted() == {EMAIL: 1, OTHER: 1}
    database.close()


def test_without_a_mail_server_nothing_is_claimed(
    database: Database, clock: Clock, url: str
) -> None:
    order(database, clock, Subject.PLAN, Rhythm.MONTH)
    clock.forward(days=40)
    report_mail.deliver(settings(url), database, clock)
    with database.snapshot() as session:
        assert not report_orders.sendings(session)
