"""The conversation at /chat/<code>, by somebody without script."""

import json

import pytest
from flask import Flask
from pydantic import ValidationError
from sqlalchemy import text

from surveys import definition, keys, languages
from surveys.wording import LANGUAGE_NAMES, say
from tests.conftest import Clock
from tests.webapp.conftest import SECRET, Office, settings
from tests.webapp.visitor import Visitor


class Chatter(Visitor):
    """Reads bubbles and presses buttons by what they say."""

    def get(self, path: str, *, follow: bool = True) -> "Chatter":
        super().get(path.partition("#")[0], follow=follow)
        return self

    def say(self, words: str) -> "Chatter":
        form = next(
            f for f in self.page.all("form") if f.all("textarea") + f.all("input", id="text")
        )
        self._post({**self.body(form), "text": words})
        return self

    def tap(self, label: str) -> "Chatter":
        [button] = [b for b in self.page.all("button", name="data") if b.text == label]
        self.press("data", button["value"])
        return self

    def post(self, **fields: str) -> "Chatter":
        token = self.page.all("input", name="token")[0]["value"]
        self._post({"token": token, **fields})
        return self

    def _post(self, body: dict) -> None:
        self._arrived(self.client.post(self.path, data=body, headers=self.headers), True)

    @property
    def labels(self) -> list[str]:
        return [b.text for b in self.page.all("button", name="data") if b["value"][0] != "/"]

    @property
    def now(self) -> str:
        return self.page.all("li", id="now")[0].text

    @property
    def own(self) -> list[str]:
        return [e.text.removeprefix("Svaret:") for e in self.page.classed("chat-out")]


@pytest.fixture
def chatter(app: Flask) -> Chatter:
    return Chatter(app.test_client())


def inbox(office: Office) -> list[dict]:
    with office.database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars()
        return [json.loads(row) for row in rows]


def arrive(chatter: Chatter, path: str) -> Chatter:
    return chatter.get(path).tap("Dansk").tap("Start")


def answer_all(chatter: Chatter) -> Chatter:
    chatter.tap("I høj grad").tap("Ved ikke").say("Ring på 22 33 44 55.").tap("Spring over")
    return chatter.tap("CV og LinkedIn").tap("Andet").tap("Færdig").say("Sprogkursus")


def test_a_whole_conversation_without_script(
    chatter: Chatter, office: Office, clock: Clock
) -> None:
    code = office.link("borgerinddragelse", unit="Team A")
    chatter.get(f"/chat/{keys.spelled(code).lower()}")
    assert chatter.path == f"/chat/{code}"
    assert "Set-Cookie" not in chatter.response.headers
    assert chatter.labels[0] == "Dansk"
    chatter.tap("Dansk")
    assert "Dit svar er anonymt." in chatter.now
    chatter.tap("Start")
    assert chatter.now.startswith("1 af 5 I hvor høj grad oplever du kontakten")
    answer_all(chatter)
    assert chatter.now.startswith("Tjek dine svar")
    assert chatter.own == [
        "I høj grad",
        "Ved ikke",
        "Ring på [telefon].",
        "Sprunget over",
        "CV og LinkedIn, Andet",
        "Sprogkursus",
    ]
    chatter.tap("Send svar")
    assert chatter.now.startswith("Tak for dit svar.")
    assert "Så bruger vi dem, når vi lægger planen for næste år." in chatter.now
    [sent] = inbox(office)
    receipt = chatter.now.split("Din kvittering er ")[1].split(".")[0]
    assert sent["receipt"] == keys.receipt_hash(receipt).hex()
    assert (sent["mode"], sent["unit"]) == ("chat", "Team A")
    said = chatter.now
    assert chatter.get(f"/chat/{code}").now == said


def test_what_was_masked_is_told_once(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}").tap("Spring over").tap("Spring over").say("Ring 22 33 44 55")
    assert "Vi har fjernet et telefonnummer." in chatter.text
    assert "Vi har fjernet" not in chatter.get(f"/chat/{code}").text
    assert chatter.own[-1] == "Ring [telefon]"


def test_too_long_a_text_comes_back_as_it_was_typed(chatter: Chatter, office: Office) -> None:
    arrive(chatter, f"/chat/{office.link('borgerinddragelse')}")
    chatter.tap("Spring over").tap("Spring over").say("æ" * 2001)
    assert chatter.status == 422
    assert "Dit svar er for langt." in chatter.text
    assert chatter.page.all("textarea")[0].text == "æ" * 2001
    chatter.say("æ" * 2000)
    assert chatter.now.startswith("4 af 5")


def test_a_double_click_on_everything_sends_once(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}")
    for label in ("I høj grad", "Ved ikke", "Spring over", "Spring over", "CV og LinkedIn"):
        [button] = [b["value"] for b in chatter.page.all("button", name="data") if b.text == label]
        chatter.post(data=button)
        shown = chatter.now
        chatter.post(data=button)
        assert chatter.now == shown
    chatter.tap("Færdig")
    data = chatter.page.all("button", name="data")[0]["value"]
    cookie = chatter.client.get_cookie("hoert_ballot", path=f"/chat/{code}")
    chatter.post(data=data)
    thanks = chatter.now
    assert thanks.startswith("Tak")
    # The second click left before the answer to the first came
    chatter.client.set_cookie("hoert_ballot", cookie.value, path=f"/chat/{code}")
    chatter.post(data=data)
    assert chatter.now == thanks
    assert len(inbox(office)) == 1


def test_an_invitation_leaves_the_address_and_counts_once(
    chatter: Chatter, office: Office, app: Flask
) -> None:
    token = office.invitation("borgerinddragelse")
    second = Chatter(app.test_client())
    for somebody in (chatter, second):
        somebody.get(f"/chat/{token}")
        assert somebody.path == "/chat"
        assert token not in somebody.response.get_data(as_text=True)
        answer_all(somebody.tap("Dansk").tap("Start"))
    chatter.tap("Send svar")
    assert chatter.now.startswith("Tak for dit svar.")
    assert "Jeg vil svare om et nyt møde" not in chatter.labels
    second.tap("Send svar")
    assert "Vi har allerede dit svar" in second.text
    assert len(inbox(office)) == 1
    assert "Vi har allerede dit svar" in Chatter(app.test_client()).get(f"/chat/{token}").text


def test_an_open_link_can_be_answered_again(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}")
    answer_all(chatter).tap("Send svar").tap("Jeg vil svare om et nyt møde")
    chatter.tap("Dansk").tap("Start")
    assert chatter.own == []
    answer_all(chatter).tap("Send svar")
    assert chatter.now.startswith("Tak")
    assert len(inbox(office)) == 2


def test_the_menu_stop_delete_and_begin_again(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}").tap("I høj grad")
    chatter.tap("Hjælp")
    assert "Tryk på knapperne for at svare." in chatter.text
    assert chatter.now.startswith("2 af 5")
    chatter.tap("Sprog").tap("English")
    assert chatter.now.startswith("2 of 5")
    chatter.tap("Language").tap("Dansk").tap("Stop her").tap("Gem til senere").tap("Fortsæt")
    assert chatter.now.startswith("2 af 5")
    chatter.tap("Stop her").tap("Slet mine svar")
    assert "Dine svar er slettet." in chatter.text
    assert chatter.labels == []
    chatter.tap("Start").tap("Dansk").tap("Start")
    assert chatter.now.startswith("1 af 5")
    with office.database.snapshot() as session:
        assert session.execute(text("SELECT count(*) FROM draft")).scalar_one() == 1


def test_nobody_elses_page_can_answer_for_you(chatter: Chatter, office: Office) -> None:
    arrive(chatter, f"/chat/{office.link('borgerinddragelse')}")
    [data] = [b["value"] for b in chatter.page.all("button", name="data") if b.text == "I høj grad"]
    chatter.headers = {"Origin": "https://evil.example"}
    chatter.post(data=data)
    assert chatter.status == 403
    assert chatter.now.startswith("1 af 5")
    chatter.headers = {}
    chatter.post(data=data)
    assert chatter.now.startswith("2 af 5")


@pytest.mark.parametrize(("code", "status"), [("QQQQQQQQQQ", 404), ("hej", 404), ("q" * 43, 404)])
def test_unknown_codes(chatter: Chatter, code: str, status: int) -> None:
    assert chatter.get(f"/chat/{code}").status == status
    assert chatter.get("/chat").status == 404


def test_a_closed_wave_is_said_and_loses_nothing_that_was_sent(
    chatter: Chatter, office: Office, clock: Clock
) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}")
    clock.forward(hours=1)
    office.close("borgerinddragelse")
    assert chatter.get(f"/chat/{code}").status == 410
    chatter.post(data="x") if chatter.page.all("input", name="token") else None


def test_a_forged_or_old_cookie_begins_anew(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    for value in ("", "x", "W10.AAAA", "é"):
        chatter.client.set_cookie("hoert_ballot", value, path=f"/chat/{code}")
        assert chatter.get(f"/chat/{code}").labels[0] == "Dansk"


def test_the_cookie_is_for_this_conversation_only(chatter: Chatter, office: Office) -> None:
    code = office.link("borgerinddragelse")
    arrive(chatter, f"/chat/{code}")
    cookie = chatter.client.get_cookie("hoert_ballot", path=f"/chat/{code}")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert SECRET not in cookie.value


def test_whom_to_call_is_one_bubble(chatter: Chatter, office: Office) -> None:
    arrive(chatter, f"/chat/{office.link('borgerinddragelse')}")
    chatter.tap("Spring over").tap("Spring over").say("Jeg vil ikke leve mere. Ring 22 33 44 55.")
    care, removed, why, question = [bubble.text for bubble in chatter.page.classed("chat-in")][-4:]
    assert "112" in care
    assert "70 201 201" in care
    assert "telefonnummer" in removed
    assert why.startswith("Vi gemmer ikke den slags.")
    assert question.startswith("4 af 5")
    chatter.get(chatter.path)
    assert "112" not in chatter.page.text


def test_settings_say_what_an_origin_is() -> None:
    framed = settings("sqlite://", chat_framed_by="https://www.example.dk http://127.0.0.1:8001")
    assert framed.chat_framed_by == ("https://www.example.dk", "http://127.0.0.1:8001")
    for wrong in ("www.example.dk", "https://www.example.dk/", "https://x;script-src *"):
        with pytest.raises(ValidationError, match="CHAT_FRAMED_BY"):
            settings("sqlite://", chat_framed_by=wrong)


def test_in_a_draft_language_the_danish_wording_is_one_tap_away(
    chatter: Chatter, office: Office
) -> None:
    with office.database.transaction() as session:
        languages.switch(session, "so", on=True)
    code = office.link()
    chatter.get(f"/chat/{code}").tap(LANGUAGE_NAMES["so"]).tap(say("start", "so"))
    [folded] = chatter.page.all("details")
    assert folded.all("summary")[0].text == say("original", "so")
    danish = folded.classed("details-text")[0]
    assert danish["lang"] == "da"
    question = next(iter(definition.catalogue()["samtalefeedback"]))
    assert question.text("da") in danish.text
    assert question.categories[0].label("da") in danish.text
    # The faces of the web stand beside the words, and say nothing to who hears the page
    faces = chatter.page.all("svg")
    assert len(faces) == len(question.categories)
    assert {face["aria-hidden"] for face in faces} == {"true"}
    chatter.press("data", "/sprog").tap("English")
    assert chatter.page.all("details") == []
