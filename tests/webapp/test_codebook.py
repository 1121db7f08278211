"""The code frame in people's hands: proposed, drafted, taken into use, and compared."""

import pytest

from analysis import coder, coding, frames, proposals, trend
from surveys import extract
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token, sign_in
from tests.webapp.test_coding import (  # noqa: F401  fixtures
    QUEUE,
    app,
    client,
    database,
    elsewhere,
    fielded,
    fields,
)
from tests.webapp.voices import said

BOOK = "/staff/temaer/citizen/kodebog"
DRAFT = f"{BOOK}/kladde"
READY = f"{BOOK}/tag-i-brug"

BUSES = [
    f"Bussen {how} til rådhuset {when}, og parkeringen er dyr."
    for how in ("kører aldrig", "kommer for sent", "er væk", "holder langt væk")
    for when in ("om morgenen", "i weekenden", "efter klokken tre")
]
CAKE = [
    f"Kagen i kantinen var {how} {when}."
    for how in ("tør", "dejlig", "for sød", "væk")
    for when in ("i mandags", "til festen", "igen")
]


def draft_fields(page: str) -> dict[str, object]:
    found: dict[str, object] = {"csrf_token": form_token(page)}
    for field in read(page).all("input"):
        if field["type"] == "text":
            found[field["name"]] = field["value"]
    for field in read(page).all("textarea"):
        found[field["name"]] = field.typed
    return found


def test_what_comments_without_a_theme_have_in_common_is_proposed():
    found = proposals.grouped([*BUSES, *CAKE], [str(n) for n in range(24)])
    assert [one.people for one in found] == [12, 12]
    words = [set(one.words) for one in found]
    assert any({"bussen", "rådhuset"} <= some for some in words)
    assert any({"kagen", "kantinen"} <= some for some in words)
    assert all(len(one.examples) == 3 for one in found)
    assert proposals.grouped(BUSES, ["a"] * 12) == []
    assert proposals.grouped([*BUSES, *CAKE], ["the same person"] * 24) == []
    assert proposals.grouped([f"ord{n}" for n in range(30)], [str(n) for n in range(30)]) == []


def test_from_a_proposal_to_a_version_in_use(client, database, clock):  # noqa: F811
    said(database, clock, [*BUSES, *CAKE])
    with database.transaction() as session:
        wave = extract.wave(session, "samtalefeedback")
        for comment in coding.comments(session, wave):
            nothing = coding.Judgement({"other": "neutral"}, "neutral")
            coding.record(session, wave, comment.id, nothing, coder="1", sight="shown")
    book = client.get(BOOK)
    require_sound(read(book.text))
    assert "bussen" in book.text
    assert "12 personer" in book.text
    token = form_token(book.text)
    assert client.get(DRAFT).status_code == 303
    client.post(DRAFT, data={"csrf_token": token, "proposal": "bussen rådhuset parkeringen"})
    page = client.get(DRAFT)
    require_sound(read(page.text))
    sent = draft_fields(page.text)
    assert sent["name-7"] == "Bussen rådhuset parkeringen"
    changed = {
        **sent,
        "name-7": "Transport",
        "definition-7": "Bus, tog og parkering.",
        "into-1": "c1_individual",
        "gone-6": "1",
        "name-0": "Mødet med kommunen",
        "ready": "1",
    }
    done = client.post(DRAFT, data=changed)
    assert done.headers["Location"].endswith("/tag-i-brug")
    ready = client.get(READY)
    require_sound(read(ready.text))
    assert "Transport</strong> er nyt" in ready.text
    assert "Fasthold og videreudvikl det, der virker</strong> udgår" in ready.text
    client.post(READY, data={"csrf_token": token})
    with database.snapshot() as session:
        frame = frames.in_use(session, "citizen")
        assert frame.version == "citizen-2"
        codes = [theme.code for theme in frame.themes]
        assert "c7_keep" not in codes
        first = frame.themes[0]
        assert first.continues == ("c1_individual", "c2_communication")
        assert frames.draft(session, "citizen") is None
        # Nobody asked for the wave to be read again
        assert coding.frame(session, wave).version == "citizen-1"
    again = client.get(BOOK)
    assert "citizen-2 er i brug" in again.text
    assert "Tidligere udgaver" in again.text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name-0": ""}, "skal have et navn"),
        ({"name-0": "Andet"}, "findes i forvejen"),
        ({"definition-1": " "}, "mangler en definition"),
        ({"into-0": "c2_communication", "into-1": "c1_individual"}, "slås sammen"),
        ({f"gone-{n}": "1" for n in range(6)}, "mindst 2"),
        ({"new-name": "Transport"}, "Transport mangler en definition"),
        ({"csrf_token": "x"}, "har været åben længe"),
    ],
)
def test_an_unusable_draft_is_refused_with_what_was_typed(client, wrong, says):  # noqa: F811
    client.post(DRAFT, data={"csrf_token": form_token(client.get(BOOK).text)})
    sent = draft_fields(client.get(DRAFT).text)
    refused = client.post(DRAFT, data={**sent, "definition-2": "Min egen tekst", **wrong})
    assert refused.status_code == 422
    require_sound(read(refused.text))
    assert says in refused.text
    assert "Min egen tekst" in refused.text


def test_a_draft_can_be_given_up(client, database):  # noqa: F811
    token = form_token(client.get(BOOK).text)
    client.post(DRAFT, data={"csrf_token": token})
    client.post(f"{DRAFT}/slet", data={"csrf_token": token})
    with database.snapshot() as session:
        assert frames.draft(session, "citizen") is None


def test_waves_are_compared_through_what_was_mapped_and_no_further(
    client,  # noqa: F811
    database,  # noqa: F811
    clock,
):
    fielded(database, clock)
    for _ in range(4):
        client.post(QUEUE, data=fields(client.get(QUEUE).text))
    with database.transaction() as session:
        old = extract.wave(session, "samtalefeedback")
        draft = frames.begin_draft(session, "citizen")
        kept = [theme for theme in draft.themes if theme.code != "c7_keep"]
        new = frames.Theme("transport", "Transport", "Bus og tog", (), ("bus",))
        frames.save_draft(session, "citizen", [*kept, new])
        frames.take_into_use(session, "citizen")
        assert coding.frame(session, old).version == "citizen-1"
    clock.forward(days=30)
    said(database, clock, [*BUSES, *CAKE], "Uge 51/2026")
    with database.transaction() as session:
        wave = extract.wave(session, "samtalefeedback")
        coder.classify_waiting(session, wave)
        [found] = trend.trends(session, "citizen")
    before, after = found.points
    assert (before.label, before.version) == ("Uge 47/2026", "citizen-1")
    assert (after.label, after.version) == ("Uge 51/2026", "citizen-2")
    assert "transport" not in before.themes
    assert "transport" in after.themes
    assert "c1_individual" in before.themes
    client.get("/staff/")
    sign_in(client)
    page = client.get("/staff/temaer/citizen/udvikling")
    require_sound(read(page.text))
    assert "ikke i kodebogen" in page.text

    with database.transaction() as session:
        frames.bind(session, old.id, frames.in_use(session, "citizen"))
        people = [one for one in coding.codings(session, old) if one.coder == "person"]
        assert len(people) == 4
        assert not any("c7_keep" in one.themes for one in people)
        coder.classify_waiting(session, old)
        again = coding.codings(session, old)
        assert sum(one.coder == "person" for one in again) == 4
        assert {one.coder for one in again} == {"person", "citizen-2-lexical-1"}
        taught = coding.coded_by_people(session, frames.in_use(session, "citizen"))
        assert len(taught) == 4
