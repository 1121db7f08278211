"""No comment stands in a report before a person has released it."""

import pytest

from analysis import coding, quotes, release
from analysis.report import build
from analysis.tables import QuoteRow
from surveys import extract
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token
from tests.webapp.test_coding import app, client, database, elsewhere  # noqa: F401  fixtures
from tests.webapp.voices import said

PAGE = "/staff/temaer/citater/samtalefeedback/Uge%2047/2026"
TEXTS = [
    f"Hun lyttede, {n}." for n in ("tak", "fint", "godt", "rart", "skønt", "dejligt", "ja", "ok")
]
TEXTS += [
    "Min sagsbehandler lyttede til mig, og det var rart.",
    "Det var rart at blive lyttet til.",
]
ODD = "Min sagsbehandler Birthe lyttede til mig i Vassingerød, og det var rart."


def fielded(database, clock, n=11):  # noqa: F811
    said(database, clock, [*TEXTS[: n - 1], ODD])
    with database.transaction() as session:
        wave = extract.wave(session, "samtalefeedback")
        for comment in coding.comments(session, wave):
            read_so = coding.Judgement({"c1_individual": "positive"}, "positive")
            coding.record(session, wave, comment.id, read_so, coder="1", sight="shown")


def printed(database):  # noqa: F811
    release.settle(database)
    with database.snapshot() as session:
        table = build(session, extract.wave(session, "samtalefeedback")).themes
        return [quote for row in table.rows for quote in row.quotes]


def test_nothing_is_printed_before_it_is_released(client, database, clock):  # noqa: F811
    fielded(database, clock)
    assert printed(database) == []
    page = client.get(PAGE)
    require_sound(read(page.text))
    assert "Måske kan man kende borgeren på: Birthe, Vassingerød" in page.text
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
        [odd] = [one for one in coding.comments(session, wave) if one.body == ODD]
    sent = {"csrf_token": form_token(page.text), "comment": odd.id, "theme": "c1_individual"}
    assert client.post(PAGE, data={**sent, "words": "Noget andet og mere"}).status_code == 422
    assert client.post(PAGE, data={**sent, "theme": "c4_offers", "words": ODD}).status_code == 422
    assert client.post(PAGE, data={**sent, "csrf_token": "x", "words": ODD}).status_code == 422
    assert printed(database) == []
    words = "Min sagsbehandler […] lyttede til mig […], og det var rart."
    done = client.post(PAGE, data={**sent, "words": words})
    assert done.status_code == 303
    [quote] = printed(database)
    assert "lyttede til mig" in quote
    assert "Birthe" not in quote
    again = client.get(PAGE)
    require_sound(read(again.text))
    assert "Frigivet" in again.text
    client.post(PAGE, data={**sent, "withdraw": "1"})
    assert printed(database) == []


def test_too_few_are_never_quoted(client, database, clock):  # noqa: F811
    fielded(database, clock, n=9)
    page = client.get(PAGE)
    assert "ingen citater at vælge" in page.text
    assert "lyttede" not in page.text
    with database.transaction() as session:
        wave = extract.wave(session, "samtalefeedback")
        comment = coding.comments(session, wave)[0]
        with pytest.raises(ValueError, match="Too few"):
            quotes.release(session, wave, comment.id, "c1_individual", comment.body, by="1")
        # Even one that was released while there were enough
        session.add(
            QuoteRow(
                comment_id=comment.id,
                wave_id=wave.id,
                theme="c1_individual",
                body=comment.body,
                released_by="1",
            )
        )
    assert printed(database) == []


def test_an_unknown_wave_is_no_page(client):  # noqa: F811
    assert client.get(PAGE).status_code == 404
