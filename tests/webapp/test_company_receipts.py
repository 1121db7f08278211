"""A company's own page: its answers, its say over each quote, and nothing when it is over."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import coding, quotes, verdicts
from analysis.coding import Judgement
from surveys import (
    ballot,
    calls,
    companies,
    extract,
    keys,
    phone_interview,
    receipt_links,
    retention,
    telling,
)
from surveys.calls import Jotted
from surveys.companies import Company
from surveys.errors import UnknownCode
from surveys.wording import say
from tests.conftest import Clock
from tests.delivery.mail_server import mail_server
from tests.surveys.companies import wave_of_companies
from tests.webapp.conftest import SECRET, Office
from tests.webapp.staff import form_token, sign_in
from webapp.interviews import marks

OWN = "Konsulenten kender os og ringer altid tilbage samme dag"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("konsulent", tmp_path)


@pytest.fixture
def members(office: Office, clock: Clock) -> list[str]:
    """Three companies, interviewed, with a theme marked; the first's link works."""
    wave_id = wave_of_companies(office.database, clock, SECRET, 3)
    with office.database.transaction() as session:
        found = calls.listed(session, wave_id, SECRET, clock())
        for one in found:
            raws = {"works": telling.told(OWN, f"Om {one.name}"), "cooperation": "5"}
            jotted = Jotted({"works": ["v1_relation"]}, consented=True, by="7")
            phone_interview.finish(session, one, SECRET, raws, jotted, version=0, now=clock())
        receipt_links.issue(session, found[0].id, SECRET, clock())
    return [one.id for one in found]


def mixed(office: Office) -> extract.Wave:
    with office.database.transaction() as session:
        wave = extract.wave(session, "virksomhedsinddragelse")
        ballot.mix(session, wave.id, closing=True)
        return extract.wave(session, "virksomhedsinddragelse")


def arrive(client: FlaskClient, member: str):
    token = receipt_links.token(SECRET, member)
    moved = client.get(f"/kvittering/{token}")
    assert (moved.status_code, moved.location) == (303, "/kvittering")
    return client.get("/kvittering")


def released(office: Office, wave: extract.Wave) -> dict[str, list[str]]:
    with office.database.snapshot() as session:
        return {theme: list(words) for theme, words in quotes.released(session, wave).items()}


def propose(office: Office, wave: extract.Wave, member: str) -> None:
    with office.database.transaction() as session:
        invitation = keys.spend_hash(companies.token(SECRET, member))
        response = extract.by_invitation(session, wave.id)[invitation]
        [comment] = [c for c in extract.comments(session, wave.id) if c.response == response]
        quotes.release(session, wave, comment.id, "v1_relation", OWN, by="1")


def test_it_shows_its_own_answers_before_and_after_the_mixer(
    client: FlaskClient, office: Office, members: list[str]
) -> None:
    visitor = client.application.test_client()
    for _ in range(2):
        page = arrive(visitor, members[0])
        assert page.status_code == 200
        assert OWN in page.text
        assert "Vores referat: Om Eksempel 0" in page.text
        assert "I meget høj grad" in page.text
        assert "Eksempel 1" not in page.text
        assert "Vi har ikke valgt noget" in page.text
        mixed(office)
    # No link was made for the others
    assert arrive(client.application.test_client(), members[1]).status_code == 404


def test_marks_of_the_call_stand_at_the_answers(
    office: Office, members: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    marks.place(office.database, office.clock)
    wave = mixed(office)
    marks.place(office.database, office.clock)
    marks.place(office.database, office.clock)
    with office.database.snapshot() as session:
        coded = coding.codings(session, wave)
        assert phone_interview.marked(session, SECRET) == []
    assert [set(one.themes) for one in coded] == [{"v1_relation"}] * 3
    assert {one.coder for one in coded} == {"person"}


def test_no_quote_is_shown_without_a_yes(
    office: Office, members: list[str], monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    wave = mixed(office)
    marks.place(office.database, office.clock)
    propose(office, wave, members[0])
    propose(office, wave, members[1])
    assert released(office, wave) == {}
    visitor = client.application.test_client()
    page = arrive(visitor, members[0])
    [asked] = [one for one in asked_of(office, wave) if f'name="verdict.{one.id}"' in page.text]
    unsaid = visitor.post(
        "/kvittering", data={f"verdict.{asked.id}": "reworded", f"words.{asked.id}": " "}
    )
    assert unsaid.status_code == 422
    assert "Skriv, hvordan der skal stå" in unsaid.text
    other = next(one for one in asked_of(office, wave) if one.id != asked.id)
    visitor.post("/kvittering", data={f"verdict.{other.id}": "yes"})
    assert released(office, wave) == {}
    assert visitor.post("/kvittering", data={f"verdict.{asked.id}": "yes"}).status_code == 303
    assert released(office, wave) == {"v1_relation": [OWN]}
    said = {f"verdict.{asked.id}": "reworded", f"words.{asked.id}": "De ringer tilbage."}
    assert "Det er gemt" in visitor.post("/kvittering", data=said, follow_redirects=True).text
    assert released(office, wave) == {"v1_relation": ["De ringer tilbage."]}
    visitor.post("/kvittering", data={f"verdict.{asked.id}": "no"})
    assert released(office, wave) == {}
    # Other words need another yes
    visitor.post("/kvittering", data={f"verdict.{asked.id}": "yes"})
    propose(office, wave, members[0])
    assert released(office, wave) == {}


def asked_of(office: Office, wave: extract.Wave) -> list[verdicts.Asked]:
    with office.database.snapshot() as session:
        return list(verdicts.of_wave(session, wave).values())


def test_what_the_caller_summed_up_is_nobodys_quote(office: Office, members: list[str]) -> None:
    wave = mixed(office)
    with office.database.transaction() as session:
        comment = extract.comments(session, wave.id)[0]
        coding.record(
            session, wave, comment.id, Judgement({"v1_relation": "positive"}, "positive"),
            coder="1", sight="blind",
        )  # fmt: skip
        [[_, [candidate]]] = quotes.candidates(session, wave)
        assert candidate.comment.body == OWN
        with pytest.raises(quotes.NotTheirWords):
            quotes.release(
                session, wave, comment.id, "v1_relation", "Referat: Om Eksempel 0", by="1"
            )


@pytest.mark.parametrize("end", ["withdrawn", "expired", "erased", "frame", "invitation"])
def test_it_shows_nothing_when_it_is_over(
    client: FlaskClient, office: Office, members: list[str], end: str
) -> None:
    visitor = client.application.test_client()
    assert arrive(visitor, members[0]).status_code == 200
    token = companies.token(SECRET, members[0])
    with office.database.transaction() as session:
        if end == "withdrawn":
            receipt_links.withdraw(session, members[0])
        if end == "erased":
            assert retention.erase(session, keys.receipt(SECRET, token))
        if end == "invitation":
            one = calls.called(session, members[0], SECRET, office.clock())
            calls.note(session, one, SECRET, calls.Outcome.INELIGIBLE, by="1", now=office.clock())
    if end == "expired":
        office.clock.forward(days=receipt_links.LASTS.days)
    if end == "frame":
        office.close("virksomhedsinddragelse")
        office.clock.forward(days=retention.DEFAULTS["confidential"].frame)
        with office.database.transaction() as session:
            retention.expire(session, office.clock())
            with pytest.raises(UnknownCode):
                receipt_links.opened(
                    session, receipt_links.token(SECRET, members[0]), SECRET, office.clock()
                )
    for page in (
        visitor.get("/kvittering"),
        visitor.post("/kvittering", data={"verdict.1": "yes"}),
    ):
        assert page.status_code == 404
        assert OWN not in page.text


def test_the_office_makes_the_link_and_takes_it_back(
    client: FlaskClient, office: Office, members: list[str]
) -> None:
    path = f"/staff/opringning/slut/{members[1]}"
    page = client.get(path).text
    assert "/kvittering/" not in page
    client.post(path, data={"csrf_token": form_token(page), "do": "issue"})
    page = client.get(path).text
    assert f"/kvittering/{receipt_links.token(SECRET, members[1])}" in page
    client.post(path, data={"csrf_token": form_token(page), "do": "withdraw"})
    assert "/kvittering/" not in client.get(path).text


def test_the_link_is_sent_by_mail_in_the_companys_language(
    make_app: Callable[..., Flask],
    office: Office,
    members: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    wave = mixed(office)
    marks.place(office.database, office.clock)
    with office.database.transaction() as session:
        one = calls.called(session, members[1], SECRET, office.clock())
        company = Company(one.cvr, one.name, email="ida@example.org", language="de")
        companies.change(session, members[1], company)
    path = f"/staff/opringning/slut/{members[1]}"
    with mail_server() as post:
        app = make_app(
            delivery="smtp",
            smtp_host="127.0.0.1",
            smtp_port=post.port,
            mail_from="svar@example.dk",
            public_url="https://svar.example.dk",
        )
        client = app.test_client()
        client.environ_base["HTTP_HOST"] = "svar.example.dk"
        client.environ_base["wsgi.url_scheme"] = "https"
        sign_in(client)

        def press() -> str:
            form = {"csrf_token": form_token(client.get(path).text), "do": "mail"}
            return client.post(path, data=form, follow_redirects=True).text

        assert "Linket er sendt." in press()
        propose(office, wave, members[1])
        page = press()
        assert "Et citat venter på virksomhedens ja." in page
        post.refuses["ida@example.org"] = 550
        assert "kunne ikke leveres" in press()
        post.answers_last_with = 451
        post.refuses.clear()
        assert "svarer ikke lige nu" in press()
        # One without an address has no such button
        assert "Send linket med e-mail" not in client.get(path.replace(*members[1::-1])).text
    link = f"https://svar.example.dk/kvittering/{receipt_links.token(SECRET, members[1])}"
    answers, quote = post.messages()
    assert [answers["Subject"], quote["Subject"]] == [
        say("your_answers", "de"),
        say("quotes_title", "de"),
    ]
    for message, words in ((answers, "thanks_title"), (quote, "quotes_text")):
        body = message.get_content()
        assert say(words, "de") in body
        assert re.findall(r"https?://\S+", body) == [link]
        assert OWN not in body
    assert arrive(app.test_client(), members[1]).status_code == 200
