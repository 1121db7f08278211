"""Reading comments: who may, what is shown, and that a person's judgement stands."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from analysis import coder, coding, lessons, models, review, themes
from analysis.corpus import code_frame, seeds
from analysis.tables import CodingRow, ThemeAssignmentRow
from surveys import extract
from surveys.database import Database
from tests.webapp.conftest import settings
from tests.webapp.html import read, require_sound
from tests.webapp.staff import EMAIL, PASSWORD, form_token, sign_in, sign_out
from tests.webapp.voices import said
from webapp import create_app, tasks
from webapp.access import create_user

QUEUE = "/staff/temaer/citizen/gennemgang"
AGAIN = "/staff/temaer/citizen/dobbelt"
MODEL = "/staff/temaer/citizen/model"


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory):
    """Models learnt here stay here."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def app(make_sqlite, clock, monkeypatch, elsewhere) -> Iterator[Flask]:
    monkeypatch.setattr(models, "DIRECTORY", elsewhere)
    app = create_app(settings(make_sqlite()), clock)
    create_user(app.extensions["hoert"].database, EMAIL, "analytiker", PASSWORD)
    yield app
    app.extensions["hoert"].database.close()


@pytest.fixture
def database(app) -> Database:
    return app.extensions["hoert"].database


@pytest.fixture
def client(app) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def fielded(database, clock, n=24) -> list[str]:
    """A wave whose comments the model has read; the comments."""
    texts = [seed.text for seed in seeds("citizen") if seed.language == "da"][:n]
    said(database, clock, texts)
    with database.transaction() as session:
        coder.classify_waiting(session, extract.wave(session, "samtalefeedback"))
    return texts


def fields(page: str) -> dict[str, object]:
    """What the form would send if it were sent as it stands."""
    found: dict[str, object] = {"csrf_token": form_token(page)}
    for field in read(page).all("input"):
        kind = field["type"]
        if kind == "hidden" and field["name"] in {"comment", "sight"}:
            found[field["name"]] = field["value"]
        elif kind in {"checkbox", "radio"} and "checked" in field:
            found.setdefault(field["name"], []).append(field["value"])
    for choice in read(page).all("select"):
        chosen = [one for one in choice.all("option") if "selected" in one]
        found[choice["name"]] = chosen[0]["value"]
    return found


def shown(page: str) -> str:
    return read(page).all("blockquote")[0].text


def standing(database, comment_id) -> tuple[CodingRow, dict[str, str | None]]:
    with database.snapshot() as session:
        row = session.scalars(
            select(CodingRow).where(CodingRow.comment_id == comment_id, CodingRow.current)
        ).one()
        assigned = session.scalars(
            select(ThemeAssignmentRow).where(ThemeAssignmentRow.coding_id == row.id)
        )
        themes = {one.theme: one.sentiment for one in assigned}
        session.expunge_all()
        return row, themes


def test_accepting_correcting_and_passing(client, database, clock):
    texts = fielded(database, clock)
    page = client.get(QUEUE)
    require_sound(read(page.text))
    assert shown(page.text) in texts
    sent = fields(page.text)
    with database.snapshot() as session:
        before = session.scalar(select(func.count()).select_from(CodingRow))
    assert client.post(QUEUE, data=sent).status_code == 303
    row, assigned = standing(database, sent["comment"])
    assert (row.coder, row.model_run_id, row.reading) == ("1", None, "shown")
    assert set(assigned) == set(sent["theme"]) - {"none"}
    with database.snapshot() as session:
        assert session.scalar(select(func.count()).select_from(CodingRow)) == before + 1

    page = client.get(QUEUE)
    sent = fields(page.text)
    assert shown(page.text) != texts
    corrected = {
        **sent,
        "theme": ["c4_offers", "other"],
        "sentiment": "mixed",
        "tone-c4_offers": "positive",
        "tone-other": "negative",
    }
    client.post(QUEUE, data=corrected)
    row, assigned = standing(database, sent["comment"])
    assert assigned == {"c4_offers": "positive", "other": "negative"}
    assert row.sentiment == "mixed"

    passed = fields(client.get(QUEUE).text)
    client.post(QUEUE, data={**passed, "skip": "1"})
    assert fields(client.get(QUEUE).text)["comment"] != passed["comment"]
    assert standing(database, passed["comment"])[0].coder is None
    again = client.get("/staff/temaer").text
    assert "2 af 24 kommentarer" in again
    assert "Læs 18 mere" in again


def test_what_cannot_be_judged_is_said_and_kept(client, database, clock):
    fielded(database, clock)
    sent = fields(client.get(QUEUE).text)
    for wrong, says in (
        ({"theme": []}, "mindst ét tema"),
        ({"theme": ["none", "c4_offers"]}, "kan ikke stå sammen"),
        ({"sentiment": "loud"}, "Vælg en tone"),
    ):
        refused = client.post(QUEUE, data={**sent, **wrong})
        assert refused.status_code == 422
        assert says in refused.text
        require_sound(read(refused.text))
        kept = fields(refused.text)
        assert kept["comment"] == sent["comment"]
        assert set(kept.get("theme", [])) == set(wrong.get("theme", sent["theme"]))
    stale = client.post(QUEUE, data={**sent, "csrf_token": "x"})
    assert stale.status_code == 422
    assert "har været åben længe" in stale.text
    assert standing(database, sent["comment"])[0].coder is None
    assert client.post(QUEUE, data={**sent, "comment": "gone"}).status_code == 303


def test_no_theme_at_all_is_a_judgement(client, database, clock):
    fielded(database, clock)
    sent = fields(client.get(QUEUE).text)
    client.post(QUEUE, data={**sent, "theme": "none", "sentiment": "neutral"})
    row, assigned = standing(database, sent["comment"])
    assert (row.coder, assigned) == ("1", {})


def test_every_fifth_comment_is_read_blind(client, database, clock):
    fielded(database, clock)
    seen = []
    for _ in range(10):
        page = client.get(QUEUE).text
        sent = fields(page)
        seen.append(sent["sight"])
        if sent["sight"] == "blind":
            assert "theme" not in sent
            assert "sentiment" not in sent
            sent |= {"theme": ["none"], "sentiment": "neutral"}
        assert client.post(QUEUE, data=sent).status_code == 303
    assert seen == ["shown"] * 4 + ["blind"] + ["shown"] * 4 + ["blind"]
    with database.snapshot() as session:
        measured = review.with_machine(session, "citizen")
    assert measured.n == 2
    assert measured.too_few


def test_two_people_are_compared_and_the_second_never_stands(app, client, database, clock):
    fielded(database, clock)
    assert "ikke flere at læse igen" in client.get(AGAIN).text
    for _ in range(4):
        client.post(QUEUE, data=fields(client.get(QUEUE).text))
    assert "ikke flere at læse igen" in client.get(AGAIN).text
    sign_out(client)
    create_user(database, "to@example.dk", "leder", PASSWORD)
    sign_in(client, "to@example.dk")
    page = client.get(AGAIN)
    require_sound(read(page.text))
    sent = fields(page.text)
    assert "theme" not in sent
    first, said_first = standing(database, sent["comment"])
    data = {**sent, "theme": list(said_first) or ["none"], "sentiment": "positive"}
    assert client.post(AGAIN, data=data).status_code == 303
    assert standing(database, sent["comment"])[0].id == first.id
    with database.snapshot() as session:
        found = review.between_people(session, "citizen")
    assert (found.n, found.f1.value) == (1, 1)
    agreed = client.get("/staff/temaer/citizen/enighed")
    require_sound(read(agreed.text))
    assert "1 kommentarer er læst af to" in agreed.text


def test_too_few_writers_are_never_read(client, database, clock):
    texts = fielded(database, clock, n=9)
    page = client.get(QUEUE).text
    assert not any(text in page for text in texts)
    assert "9 kommentarer kan ikke læses endnu" in client.get("/staff/temaer").text
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        [one, *_] = coding.comments(session, wave)
    token = form_token(client.get(MODEL).text)
    client.post(
        QUEUE,
        data={"csrf_token": token, "comment": one.id, "theme": "none", "sentiment": "neutral"},
    )
    assert standing(database, one.id)[0].coder is None


def test_the_unit_is_nowhere_on_the_page(client, database, clock):
    fielded(database, clock)
    assert "Enheden" not in client.get(QUEUE).text


@pytest.mark.parametrize("role", ["sagsbehandler", "konsulent", "teamleder", "administrator"])
def test_only_those_who_analyse_read_comments(app, role):
    database = app.extensions["hoert"].database
    create_user(database, "x@example.dk", role, PASSWORD)
    client = app.test_client()
    sign_in(client, "x@example.dk")
    for page in (QUEUE, AGAIN, MODEL, "/staff/temaer", "/staff/temaer/citizen/kodebog"):
        assert client.get(page).status_code == 403
    sign_out(client)
    assert client.get(QUEUE).status_code == 302


def test_the_worker_learns_and_a_person_takes_it_into_use(client, database, clock):
    fielded(database, clock)
    page = client.get(MODEL)
    require_sound(read(page.text))
    frame = code_frame("citizen")
    before = models.versions(themes.stem(frame, "lexical"))
    client.post(MODEL, data={"csrf_token": form_token(page.text)})
    assert "begynder inden for et minut" in client.get(MODEL).text
    tasks.learn(database, clock)
    assert "Sidste forsøg gik ikke" in client.get(MODEL).text
    for _ in range(3):
        client.post(QUEUE, data=fields(client.get(QUEUE).text))
    token = form_token(client.get(MODEL).text)
    client.post(MODEL, data={"csrf_token": token})
    tasks.learn(database, clock)
    ready = client.get(MODEL)
    require_sound(read(ready.text))
    version = before[-1] + 1
    assert f"citizen-1-lexical-{version} er klar" in ready.text
    assert models.in_use("citizen-1-lexical") == 1
    with database.snapshot() as session:
        assert lessons.lesson(session, "citizen").model == f"citizen-1-lexical-{version}"
    client.post(f"{MODEL}/{version}", data={"csrf_token": token})
    assert models.in_use("citizen-1-lexical") == version
    tasks.find_themes(database, clock)
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        coders = [one.coder for one in coding.codings(session, wave)]
    assert coders.count("person") == 3
    assert coders.count(f"citizen-1-lexical-{version}") == 21
    assert "Gå tilbage til udgave" in client.get(MODEL).text
    assert client.post(f"{MODEL}/99", data={"csrf_token": token}).status_code == 404
    models.use("citizen-1-lexical", 1)
