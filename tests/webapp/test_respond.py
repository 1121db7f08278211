"""A citizen answers on the web without script: every way in, through and out."""

import gzip
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import event

from surveys import extract, keys
from tests.conftest import Clock
from tests.webapp.conftest import SECRET, Office
from tests.webapp.visitor import Visitor

PURPOSE = "Var formålet med samtalen klart og tydeligt for dig?"
COMMENT = "Er der mere, du vil fortælle os om mødet?"


# ---- The way in


@pytest.mark.parametrize(
    "typed", ["{code}", "{spelled}", " {lower} ", "{spaced}", "https://x.example/s/{code}/"]
)
@pytest.mark.parametrize("method", ["post", "get"])
def test_a_code_opens_however_it_is_typed(
    visitor: Visitor, office: Office, typed: str, method: str
) -> None:
    code = office.link()
    written = typed.format(
        code=code,
        spelled=keys.spelled(code),
        lower=keys.spelled(code).lower(),
        spaced=" ".join(code),
    )
    if method == "post":
        visitor.get("/").fill(code=written)
        visitor.post("/", visitor.body())
    else:
        visitor.get(f"/?{urlencode({'code': written})}")
    assert visitor.heading == "Hvordan var dit møde?"
    assert visitor.path == f"/s/{code}"


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Skriv din kode."), ("æh", "Det ligner ikke en kode")]
)
def test_what_is_no_code_is_refused_and_kept(visitor: Visitor, typed: str, said: str) -> None:
    visitor.post("/", {"code": typed})
    assert visitor.status == 422
    assert said in visitor.text
    assert visitor.page.all("input", id="code")[0]["value"] == typed


def test_the_first_page_says_who_asks_and_what_becomes_of_it(
    visitor: Visitor, office: Office
) -> None:
    text = visitor.get(f"/s/{office.link()}").text
    for said in (
        "Allerød Kommune spørger for at blive bedre.",
        "Det tager kun 2 minutter.",
        "Du må gerne sige nej, og det ændrer ikke din sag.",
        "Dit svar er anonymt.",
        "Din sagsbehandler kan ikke se, hvad du svarer.",
        "Skriv ikke dit navn",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("anonymity", "said"), [("confidential", "fortroligt"), ("identified", "med dit navn")]
)
def test_only_an_anonymous_wave_is_called_anonymous(
    visitor: Visitor, office: Office, anonymity: str, said: str
) -> None:
    visitor.get(f"/s/{office.invitation(anonymity=anonymity)}")
    assert said in visitor.text
    assert "anonymt" not in visitor.text


def test_the_form_costs_no_statement_no_row_and_no_cookie(
    app: Flask, visitor: Visitor, office: Office
) -> None:
    code = office.link()
    visitor.get(f"/s/{code}")
    statements: list[str] = []
    event.listen(
        office.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    visitor.get(f"/s/{code}")
    assert statements == []
    assert "Set-Cookie" not in visitor.response.headers


def test_two_readers_get_two_ballots_and_the_same_page_otherwise(
    app: Flask, office: Office
) -> None:
    code = office.link()
    pages = [app.test_client().get(f"/s/{code}").get_data(as_text=True) for _ in range(2)]
    hidden = [re.findall(r'name="(?:ballot|token)" value="([^"]+)"', page) for page in pages]
    assert not set(hidden[0]) & set(hidden[1])
    for ballot, token in hidden:
        assert len(ballot) == 43
        assert len(token) == 24
    bare = [
        page.replace(ballot, "").replace(token, "")
        for page, (ballot, token) in zip(pages, hidden, strict=True)
    ]
    assert bare[0] == bare[1]


def test_the_compressed_form_is_the_form(app: Flask, office: Office) -> None:
    code = office.link("borgerinddragelse")
    answer = app.test_client().get(f"/s/{code}", headers={"Accept-Encoding": "br, gzip"})
    assert answer.content_encoding == "gzip"
    assert "Accept-Encoding" in answer.vary
    unpacked = gzip.decompress(answer.get_data())
    assert unpacked.count(b'name="answer.offers"') == 13
    assert unpacked.endswith(b"</html>")
    plain = app.test_client().get(f"/s/{code}", headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.content_encoding is None
    assert len(plain.get_data()) == len(unpacked)


# ---- One page: answered, checked, changed, sent


def test_answered_checked_changed_and_sent(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}")
    visitor.fill(purpose="5", heard="dont_know", open="Hun hørte efter.").press("check")
    assert (visitor.status, visitor.heading) == (200, "Tjek dine svar")
    assert visitor.review[PURPOSE] == "I meget høj grad"
    assert visitor.review["Blev du talt til i et sprog, du kunne forstå?"] == "Sprunget over"
    visitor.press("change", "purpose")
    assert visitor.page.all("section", id="question-purpose")
    visitor.fill(purpose="2").press("check")
    assert visitor.review[PURPOSE] == "I mindre grad"
    assert visitor.review[COMMENT] == "Hun hørte efter."
    assert office.received() == 0
    visitor.press("send")
    assert (visitor.path, visitor.heading) == ("/tak", "Tak for dit svar")
    assert "Medarbejderne læser svarene sammen hver måned." in visitor.text
    assert re.search(r"Din kvittering er [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\.", visitor.text)
    assert "48 10 01 00" in visitor.page.text
    assert office.counted() == {
        "purpose": {"2": 1},
        "heard": {"dont_know": 1},
        "language": {"skipped": 1},
        "guidance": {"skipped": 1},
        "next": {"skipped": 1},
        "open": {"words": 1},
    }
    assert office.words() == {"open": "Hun hørte efter."}


def test_an_answer_given_by_mistake_can_be_taken_back(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", heard="4").press("check")
    visitor.press("change", "purpose").press("skip", "purpose")
    assert "answer.purpose" not in visitor.body()
    assert visitor.body()["answer.heard"] == "4"


@pytest.mark.parametrize(
    ("bad", "said", "shown"),
    [
        ({"open": "x" * 2003}, "Slet 3 tegn.", "answer-open"),
        ({"purpose": "6"}, "Vælg et af svarene.", "answer-purpose"),
    ],
)
def test_what_is_refused_is_422_with_everything_kept(
    visitor: Visitor, office: Office, bad: dict[str, str], said: str, shown: str
) -> None:
    visitor.get(f"/s/{office.link()}").fill(heard="4", **bad).press("check")
    assert visitor.status == 422
    (summary,) = [e for e in visitor.page.walk() if "data-problems" in e]
    assert summary["role"] == "alert"
    assert "autofocus" in summary
    (link,) = summary.all("a")
    assert said in link.text
    assert link["href"] == f"#{shown}"
    assert visitor.page.all("title")[0].text.startswith("Fejl: ")
    assert visitor.body()["answer.heard"] == "4"
    if "open" in bad:
        assert visitor.body()["answer.open"] == bad["open"]
    assert office.received() == 0


def test_words_for_other_are_asked_inside_their_question(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link('borgerinddragelse')}")
    (offers,) = visitor.page.all("section", id="question-offers")
    assert "Hvilket tilbud tænker du på?" in offers.text
    assert "Spørgsmål 5 af 5" in offers.text
    visitor.fill(offers=["nature", "other"], offers__other="En løbeklub").press("check")
    assert visitor.review["Hvilket tilbud tænker du på?"] == "En løbeklub"
    visitor.press("send")
    assert office.counted("borgerinddragelse")["offers"] == {"nature": 1, "other": 1}
    assert office.words("borgerinddragelse") == {"offers__other": "En løbeklub"}


def test_words_for_other_without_other_count_for_nothing(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link('borgerinddragelse')}")
    visitor.fill(offers=["nature"], offers__other="En løbeklub").press("check").press("send")
    found = office.counted("borgerinddragelse")
    assert found["offers__other"] == {"not_applicable": 1}
    assert office.words("borgerinddragelse") == {}


def test_numbers_that_name_a_person_are_masked_and_told(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}")
    visitor.fill(open="Mit nummer er 010190-1234, ring 22 33 44 55.").press("check")
    assert "010190" not in visitor.text
    told = "Vi har fjernet et tal fra din tekst. Det ligner et CPR-nummer."
    assert told in visitor.text
    visitor.press("change", "open").press("check").press("send")
    assert told in visitor.text
    assert "Vi har fjernet et telefonnummer." in visitor.text
    office.close()
    assert office.words()["open"] == "Mit nummer er [cpr], ring [telefon]."


@pytest.mark.parametrize("typed", ["<b>& \"fed\" 'skrift'</b>", "a\nb", "  x ", "{{ 7*7 }}"])
def test_words_come_back_as_they_were_typed(visitor: Visitor, office: Office, typed: str) -> None:
    visitor.get(f"/s/{office.link()}").fill(open=typed).press("check").press("change", "open")
    (area,) = visitor.page.all("textarea", name="answer.open")
    assert area.typed == typed
    visitor.press("check").press("send")
    office.close()
    assert office.words()["open"] == typed.strip()


# ---- Languages


def test_the_language_can_be_changed_at_any_time_and_loses_nothing(
    visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Hun hørte efter.")
    visitor.press("language", "en")
    assert visitor.page.all("html")[0]["lang"] == "en"
    assert visitor.heading == "How was your meeting?"
    details = visitor.page.all("details")
    assert details[0].all("p")[0].text == PURPOSE
    assert visitor.body()["answer.purpose"] == "5"
    visitor.press("check")
    assert visitor.review["Was the purpose of the conversation clear to you?"] == (
        "To a very high degree"
    )
    visitor.press("language", "da").press("check")
    assert visitor.review[PURPOSE] == "I meget høj grad"
    visitor.press("language", "en").press("check").press("send")
    assert visitor.page.all("html")[0]["lang"] == "en"
    with office.database.snapshot() as session:
        assert extract.wave(session, "samtalefeedback").received == 1


@pytest.mark.parametrize("wanted", ["xx", "../da", "da-DK"])
def test_a_language_that_is_not_offered_is_danish(
    visitor: Visitor, office: Office, wanted: str
) -> None:
    visitor.get(f"/s/{office.link()}?lang={wanted}")
    assert visitor.page.all("html")[0]["lang"] == "da"


# ---- Every kind of question


@pytest.mark.parametrize("survey", ["specify", "reasons", "exclusive", "date", "number", "scale"])
def test_every_kind_of_question_is_answered_on_one_page(
    shipped_tests: None, visitor: Visitor, office: Office, survey: str
) -> None:
    given: dict[str, dict[str, str | list[str]]] = {
        "specify": {"offers": ["cv", "other"], "offers__other": "Ro", "more": "Nej"},
        "reasons": {"agree": "refused"},
        "exclusive": {"offers": ["none"]},
        "date": {"day": "21.11.2026"},
        "number": {"hours": "12,5"},
        "scale": {"agree": "2"},
    }
    visitor.get(f"/s/{office.link(survey)}").fill(**given[survey]).press("check").press("send")
    assert visitor.heading == "Tak for dit svar"
    assert "skipped" not in str(office.counted(survey))


def test_a_required_question_is_refused_in_its_own_words(
    shipped_tests: None, visitor: Visitor, office: Office
) -> None:
    visitor.get(f"/s/{office.link('required')}").press("check")
    assert visitor.status == 422
    assert "Skriv et par ord." in visitor.text


# ---- What goes wrong


@pytest.mark.parametrize("code", ["ZZZZZZZZZZ", "x" * 43, "x", "%00", "a'--"])
def test_an_unknown_code_is_404_with_the_field_for_another(visitor: Visitor, code: str) -> None:
    visitor.get(f"/s/{code}")
    assert (visitor.status, visitor.heading) == (404, "Vi kender ikke det link")
    assert visitor.page.all("input", id="code")


def test_a_closed_wave_is_410(visitor: Visitor, office: Office, clock: Clock) -> None:
    code = office.link()
    office.close()
    visitor.get(f"/s/{code}")
    assert (visitor.status, visitor.heading) == (410, "Undersøgelsen er slut")


def test_a_wave_that_closed_meanwhile_gives_the_words_back(
    visitor: Visitor, office: Office, clock: Clock
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Hun hørte efter.").press("check")
    office.close()
    visitor.press("send")
    assert visitor.status == 410
    assert "Dine svar er ikke sendt." in visitor.text
    assert visitor.review[COMMENT] == "Hun hørte efter."
    assert office.received() == 0


def test_a_wave_that_is_not_open_says_when(visitor: Visitor, office: Office, clock: Clock) -> None:
    opens = clock()
    token = office.invitation(opens_at=opens)
    clock.forward(days=-2)
    visitor.get(f"/s/{token}")
    assert visitor.status == 403
    assert "Du kan svare fra den 18. november 2026 kl. 10.30." in visitor.text
    visitor.get(f"/s/{token}?lang=en")
    assert "18 November 2026, 10:30" in visitor.text


# ---- Time and secrets


def test_a_form_left_open_goes_through(visitor: Visitor, office: Office, clock: Clock) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    clock.forward(days=3)
    assert visitor.press("send").heading == "Tak for dit svar"


def test_a_new_secret_gives_the_form_back_filled_in(
    visitor: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5", open="Hun hørte efter.").press("check")
    other = Visitor(make_app(secret_key="n" * 40).test_client())
    other.path, other.page = visitor.path, visitor.page
    other.press("send")
    assert other.status == 403
    assert "Siden har været åben længe" in other.text
    assert other.review[COMMENT] == "Hun hørte efter."
    assert other.press("send").heading == "Tak for dit svar"
    assert office.received() == 1


def test_a_new_secret_is_not_noticed_where_the_browser_says_where_it_is(
    visitor: Visitor, office: Office, make_app: Callable[..., Flask]
) -> None:
    visitor.get(f"/s/{office.link()}").fill(purpose="5").press("check")
    other = Visitor(make_app(secret_key="n" * 40).test_client())
    other.path, other.page = visitor.path, visitor.page
    other.headers = {"Sec-Fetch-Site": "same-origin"}
    assert other.press("send").heading == "Tak for dit svar"


def test_the_receipt_is_the_one_of_the_ballot(visitor: Visitor, office: Office) -> None:
    visitor.get(f"/s/{office.link()}")
    ballot = str(visitor.body()["ballot"])
    visitor.press("check").press("send")
    assert keys.receipt(SECRET, ballot) in visitor.text
