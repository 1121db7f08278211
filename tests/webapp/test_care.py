"""Words of self-harm or danger get a quiet page with help, once, and leave no trace."""

import pytest
from sqlalchemy import text

from tests.webapp.conftest import Office
from tests.webapp.visitor import Visitor

DARK = "Jeg orker ikke at leve mere."
TITLE = "Har du det svært lige nu?"


def calls(visitor: Visitor) -> set[str]:
    return {link["href"] for link in visitor.page.all("a") if link["href"].startswith("tel:")}


@pytest.mark.parametrize("button", ["check", "send"])
def test_help_is_offered_before_the_answer_goes_on(
    visitor: Visitor, office: Office, button: str
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="2", open=DARK)
    visitor.post(visitor.path, visitor.body() | {button: "1"})
    assert (visitor.status, visitor.heading) == (200, TITLE)
    assert {"tel:112", "tel:70201201"} <= calls(visitor)
    assert office.received() == 0
    visitor.press(button)
    if button == "check":
        assert visitor.heading == "Tjek dine svar"
        visitor.press("change", "open").press("check").press("send")
    assert visitor.heading == "Tak for dit svar"
    office.close()
    assert office.words()["open"] == DARK


def test_nothing_of_it_is_stored(visitor: Visitor, office: Office) -> None:
    """What the database holds is what it holds for any other answer."""
    kept = []
    for words in ("Det gik godt i dag, og tak.", DARK):
        visitor.get(f"/s/{office.link()}?again=1").fill(open=words).press("check")
        if visitor.heading == TITLE:
            visitor.press("check")
        visitor.press("send")
        with office.database.snapshot() as session:
            rows = session.execute(text("select payload from ballot_inbox")).scalars().all()
        kept.append({row.replace(words, "") for row in rows if words in row})
    (plain,), (dark,) = kept
    strip = plain.split('"receipt"')[0], dark.split('"receipt"')[0]
    assert strip[0] == strip[1]


def test_page_by_page_it_comes_at_once_and_once(
    shipped_tests: None, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link('off_route')}").press("start")
    visitor.fill(meeting="video").press("next").press("skip")
    visitor.fill(camera="no_it_did_not").press("next")
    visitor.fill(why_not=DARK).press("next")
    assert visitor.heading == TITLE
    (onward,) = visitor.page.classed("button-primary")
    visitor.get(onward["href"])
    assert visitor.heading != TITLE
    visitor.get("/svar/why_not").press("next")
    assert visitor.heading != TITLE


def test_in_the_language_of_the_page(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}?lang=en").fill(open="I want to die").press("check")
    assert visitor.heading == "Are you having a hard time right now?"
    assert visitor.page.all("html")[0]["lang"] == "en"
