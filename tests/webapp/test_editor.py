"""Staff write an instrument in the browser: nothing typed is lost, nothing unsound is published."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from surveys import definition, drafts, editing
from surveys.definition import catalogue, shipped
from surveys.document import parse
from surveys.drafts import Draft
from surveys.errors import Defect, InvalidDefinition
from tests.surveys.test_definition import BROKEN, SOUND
from tests.surveys.test_editing import as_form
from tests.surveys.test_xlsform import FOREIGN, SETTINGS, SURVEY, workbook
from tests.webapp.conftest import Office
from tests.webapp.html import read as read_html
from tests.webapp.staff import PASSWORD, form_token, sign_in
from webapp import defect_words
from webapp.access import create_user

Staff = Callable[[str], FlaskClient]
ANNE, BO = "anne@example.dk", "bo@example.dk"


@pytest.fixture
def staff(app: Flask) -> Staff:
    def enter(email: str = ANNE, role: str = "administrator") -> FlaskClient:
        create_user(app.extensions["hoert"].database, email, role, PASSWORD)
        client = app.test_client()
        sign_in(client, email)
        return client

    return enter


@pytest.fixture
def anne(staff: Staff) -> FlaskClient:
    return staff(ANNE)


def post(client: FlaskClient, address: str, **form: str) -> TestResponse:
    token = form_token(client.get("/staff/skemaer").text)
    return client.post(address, data={"csrf_token": token, **form})


def draft(office: Office, name: str) -> Draft:
    with office.database.snapshot() as session:
        found = drafts.find(session, name)
    assert found is not None
    return found


def begin(client: FlaskClient, office: Office, name: str = "ungeplan") -> Draft:
    assert post(client, f"/staff/skemaer/{name}/ret").status_code == 303
    return draft(office, name)


def save(client: FlaskClient, read: Draft, **typed: str) -> TestResponse:
    form = {**as_form(read.fields), **typed}
    base = json.dumps(read.fields, ensure_ascii=False)
    return post(
        client, f"/staff/skemaer/{read.name}", base=base, revision=str(read.revision), **form
    )


def filled(page: str) -> dict[str, str]:
    """The big form of a page as a browser would send it."""
    form = next(one for one in read_html(page).all("form") if one.all("input", name="base"))
    fields = {}
    for field in form.all("input"):
        if field["type"] != "checkbox" or "checked" in field:
            fields[field["name"]] = field["value"]
    for area in form.all("textarea"):
        fields[area["name"]] = area.typed
    for choice in form.all("select"):
        options = choice.all("option")
        chosen = next((one for one in options if "selected" in one), options[0])
        fields[choice["name"]] = chosen["value"]
    return fields


def test_an_instrument_is_reworded_published_and_asked(anne: FlaskClient, office: Office) -> None:
    read = begin(anne, office)
    told = save(anne, read, **{"sections.0.items.0.text": "Er du glad for din plan?"})
    assert told.status_code == 303
    page = anne.get(told.headers["Location"]).text
    assert "Kladden er gemt. Dansk er ændret" in page
    assert "Spørgsmål 1, spørgsmål" in page
    changed = draft(office, "ungeplan")
    assert changed.fields["sections"][0]["items"][0]["text"]["da"] == "Er du glad for din plan?"
    response = post(anne, "/staff/skemaer/ungeplan/udgiv", revision=str(changed.revision))
    assert response.headers["Location"].endswith("/staff/skemaer")
    assert "Version 2 er udgivet" in anne.get("/staff/skemaer").text
    link = office.link("ungeplan")
    assert "Er du glad for din plan?" in anne.get(f"/s/{link}").text
    assert catalogue()["ungeplan"].version == 1


def test_the_page_as_it_is_changes_nothing_when_it_is_sent(
    anne: FlaskClient, office: Office
) -> None:
    for name in catalogue():
        before = begin(anne, office, name)
        fields = filled(anne.get(f"/staff/skemaer/{name}").text)
        response = anne.post(f"/staff/skemaer/{name}", data=fields)
        assert response.status_code == 303
        after = draft(office, name)
        assert after.revision == before.revision + 1
        assert parse(after.document) == parse(before.document)


def test_a_new_instrument_is_written_from_nothing(anne: FlaskClient, office: Office) -> None:
    response = post(anne, "/staff/skemaer", title="Vores nye", name="vores", source="")
    assert response.status_code == 303
    assert "skal rettes, før skemaet kan udgives" in anne.get("/staff/skemaer/vores").text
    acts = [
        {"do": "item sections.0", "sections.0.kind": kind}
        for kind in ("scale", "single", "multiple", "text", "number", "date")
    ]
    acts.append({"do": "category sections.0.items.1.categories"})
    acts.append({"do": "up sections.0.items.5"})
    for typed in acts:
        assert save(anne, draft(office, "vores"), **typed).status_code == 303
    words = {"title": "Vores nye", "purpose": "Vi spørger.", "next_step": "Vi læser."}
    words |= {"sections.0.title": "Del"}
    for path, _ in editing.texts(draft(office, "vores").fields):
        words.setdefault(path, "Ord")
    assert save(anne, draft(office, "vores"), **words).status_code == 303
    assert "Der er ikke noget at rette" in anne.get("/staff/skemaer/vores").text
    kinds = [item["kind"] for _, item in editing.items(draft(office, "vores").fields)]
    assert kinds == ["scale", "single", "multiple", "text", "date", "number"]
    revision = str(draft(office, "vores").revision)
    post(anne, "/staff/skemaer/vores/udgiv", revision=revision)
    assert office.wave("vores")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"title": "", "name": "ny"}, "Skriv en titel."),
        ({"title": "Ny", "name": ""}, "Skriv et kort navn."),
        ({"title": "Ny", "name": "Ny undersøgelse"}, "Brug små bogstaver"),
        ({"title": "Ny", "name": "ungeplan"}, "Der er et skema med det navn."),
    ],
)
def test_what_is_wrong_with_a_new_instrument_is_said_and_kept(
    anne: FlaskClient, form: dict[str, str], said: str
) -> None:
    response = post(anne, "/staff/skemaer", source="", **form)
    assert response.status_code == 422
    assert said in response.text
    assert f'value="{form["title"]}"' in response.text


def test_a_copy_has_the_questions_of_the_other(anne: FlaskClient, office: Office) -> None:
    post(anne, "/staff/skemaer", title="Unge i job", name="unge_job", source="ungeplan")
    assert [item["id"] for _, item in editing.items(draft(office, "unge_job").fields)] == [
        item.id for item in catalogue()["ungeplan"]
    ]


def test_the_second_of_two_is_told_and_loses_nothing(
    anne: FlaskClient, staff: Staff, office: Office
) -> None:
    bo = staff(BO)
    read = begin(anne, office)
    save(anne, read, purpose="Det Anne skrev.")
    told = save(bo, read, purpose="Det Bo skrev.", minutes="4")
    assert told.status_code == 409
    text = unescape(told.text)
    for shown in ("En anden har gemt", ANNE, "Det Anne skrev.", "Det Bo skrev.", "Formål"):
        assert shown in text
    assert draft(office, "ungeplan").fields["purpose"]["da"] == "Det Anne skrev."
    # What Bo sees is what Bo typed, and one more press keeps it
    fields = filled(told.text)
    assert (fields["purpose"], fields["minutes"]) == ("Det Bo skrev.", "4")
    assert bo.post("/staff/skemaer/ungeplan", data=fields).status_code == 303
    kept = draft(office, "ungeplan")
    assert (kept.fields["purpose"]["da"], kept.edited_by) == ("Det Bo skrev.", BO)


def test_a_draft_published_meanwhile_keeps_what_was_typed(
    anne: FlaskClient, staff: Staff, office: Office
) -> None:
    bo = staff(BO)
    read = begin(anne, office)
    post(anne, "/staff/skemaer/ungeplan/udgiv", revision="1")
    told = save(bo, read, purpose="Det Bo skrev.")
    assert told.status_code == 409
    assert "Kladden er udgivet eller slettet" in told.text
    fields = filled(told.text)
    fields["revision"] = "0"
    assert fields["purpose"] == "Det Bo skrev."
    assert bo.post("/staff/skemaer/ungeplan", data=fields).status_code == 303
    assert draft(office, "ungeplan").fields["version"] == 3


def test_a_page_that_was_open_too_long_keeps_what_was_typed(
    anne: FlaskClient, office: Office
) -> None:
    read = begin(anne, office)
    form = {**as_form(read.fields), "purpose": "Skrevet længe efter."}
    form |= {"base": json.dumps(read.fields), "revision": "1", "csrf_token": "old"}
    told = anne.post("/staff/skemaer/ungeplan", data=form)
    assert told.status_code == 403
    assert filled(told.text)["purpose"] == "Skrevet længe efter."
    assert draft(office, "ungeplan").revision == 1


def test_what_is_wrong_is_listed_with_the_way_to_the_field(
    anne: FlaskClient, office: Office
) -> None:
    read = begin(anne, office)
    save(anne, read, title="", **{"sections.0.items.0.ask_if": "hvis man vil"})
    save(anne, draft(office, "ungeplan"), **{"scales.satisfaction.0.label": "x" * 61})
    page = anne.get("/staff/skemaer/ungeplan").text
    assert "Udgiv version" not in page
    listed = re.search(r'id="troubles".*?</ul>', page, re.S)
    assert listed
    links = re.findall(r'href="([^"]+)"', listed[0])
    assert links
    for link in links:
        target, _, anchor = unescape(link).partition("#")
        assert f'id="{anchor}"' in anne.get(target).text, anchor
    refused = post(
        anne,
        "/staff/skemaer/ungeplan/udgiv",
        revision=str(draft(office, "ungeplan").revision),
    )
    assert "Skemaet er ikke udgivet" in anne.get(refused.headers["Location"]).text
    # The rule that is none is still in its field
    assert filled(page)["sections.0.items.0.ask_if"] == "hvis man vil"


def test_a_language_is_filled_in_from_what_is_known_and_saved(
    anne: FlaskClient, office: Office
) -> None:
    post(anne, "/staff/skemaer", title="Nyt", name="nyt", source="")
    save(anne, draft(office, "nyt"), **{"do": "item sections.0", "sections.0.kind": "scale"})
    page = anne.get("/staff/skemaer/nyt/sprog/en").text
    assert "(forslag)" in page
    fields = filled(page)
    label = next(name for name in fields if name.endswith("0.label"))
    assert fields[label] in {"To a very high degree", "Strongly agree", "Very satisfied"}
    fields["title"] = "New"
    assert anne.post("/staff/skemaer/nyt/sprog/en", data=fields).status_code == 303
    assert draft(office, "nyt").fields["title"]["en"] == "New"
    again = filled(anne.get("/staff/skemaer/nyt/sprog/en").text) | {"remove": "1"}
    assert anne.post("/staff/skemaer/nyt/sprog/en", data=again).status_code == 303
    assert editing.languages(draft(office, "nyt").fields) == ("da",)


def test_two_translators_are_told_of_each_other(
    anne: FlaskClient, staff: Staff, office: Office
) -> None:
    bo = staff(BO)
    begin(anne, office)
    mine, yours = (filled(who.get("/staff/skemaer/ungeplan/sprog/en").text) for who in (anne, bo))
    anne.post("/staff/skemaer/ungeplan/sprog/en", data=mine | {"purpose": "By Anne."})
    told = bo.post("/staff/skemaer/ungeplan/sprog/en", data=yours | {"purpose": "By Bo."})
    assert told.status_code == 409
    assert "By Anne." in told.text
    assert filled(told.text)["purpose"] == "By Bo."


@pytest.mark.parametrize("name", catalogue())
def test_every_instrument_is_shown_as_page_and_chat_in_every_language(
    anne: FlaskClient, office: Office, name: str
) -> None:
    begin(anne, office, name)
    instrument = catalogue()[name]
    for language in instrument.languages:
        for channel in ("web", "chat"):
            response = anne.get(f"/staff/skemaer/{name}/vis/{channel}/{language}")
            assert response.status_code == 200
            text = unescape(response.text)
            for item in instrument:
                assert item.text(language) in text


def test_paper_is_shown_and_what_is_not_there_is_not(anne: FlaskClient, office: Office) -> None:
    begin(anne, office)
    assert anne.get("/staff/skemaer/ungeplan/vis/papir/ar").data.startswith(b"%PDF")
    for path in ("fax/da", "web/xx"):
        assert anne.get(f"/staff/skemaer/ungeplan/vis/{path}").status_code == 404
    for path in ("ungt", "ungeplan/sprog/xx", "intet/xlsform", "intet/vis/web/da"):
        assert anne.get(f"/staff/skemaer/{path}").status_code == 404
    save(anne, draft(office, "ungeplan"), title="")
    assert anne.get("/staff/skemaer/ungeplan/vis/web/da").status_code == 303


def test_a_draft_travels_as_a_workbook(anne: FlaskClient, office: Office) -> None:
    content = anne.get("/staff/skemaer/ungeplan/xlsform").data
    assert parse(definition.from_xlsform(content)) == parse(shipped("ungeplan"))
    token = form_token(anne.get("/staff/skemaer").text)

    def upload(content: bytes) -> TestResponse:
        file = (BytesIO(content), "form.xlsx")
        return anne.post("/staff/skemaer/hent", data={"csrf_token": token, "file": file})

    assert upload(content).headers["Location"].endswith("/staff/skemaer/ungeplan")
    assert draft(office, "ungeplan").fields["version"] == 2
    assert "Der er en kladde med det navn." in upload(content).text
    refused = upload(workbook([*SURVEY, {"type": "today", "name": "day"}]))
    assert refused.status_code == 422
    assert "Arket survey, række 10, kolonnen type: “today” ville vise, hvem" in refused.text
    assert upload(b"").status_code == 422


def test_a_draft_is_only_thrown_away_by_who_means_it(anne: FlaskClient, office: Office) -> None:
    begin(anne, office)
    address = "/staff/skemaer/ungeplan/slet"
    assert "#slet" in post(anne, address, revision="1").headers["Location"]
    assert "#slet" in post(anne, address, revision="9", sure="1").headers["Location"]
    assert draft(office, "ungeplan")
    post(anne, address, revision="1", sure="1")
    assert anne.get("/staff/skemaer/ungeplan").status_code == 404


@pytest.mark.parametrize(
    "base", ["", "{", "[]", "1", "null", '{"sections": 3}', '{"sections": [{}]}', "[" * 5000]
)
def test_a_form_of_another_shape_is_refused(anne: FlaskClient, office: Office, base: str) -> None:
    begin(anne, office)
    response = post(anne, "/staff/skemaer/ungeplan", base=base, revision="1")
    assert response.status_code == 400


def test_only_administrators_and_analysts_write_instruments(staff: Staff) -> None:
    assert staff("c@example.dk", "leder").get("/staff/skemaer").status_code == 403
    assert staff("d@example.dk", "analytiker").get("/staff/skemaer").status_code == 200


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old, new, _, _ in BROKEN], ids=[row[3] for row in BROKEN]
)
def test_every_defect_is_told_in_danish(old: str, new: str) -> None:
    for defect in definition.defects(SOUND.replace(old, new, 1)):
        if defect.path.startswith("line "):
            continue  # of a file only: the editor writes no YAML
        cause, remedy = defect_words.in_danish(defect)
        assert (cause, remedy) != (defect.cause, defect.remedy), defect
        assert "{" not in cause


def broken_workbooks() -> Iterator[tuple[str, bytes]]:
    """Everything that an instrument cannot carry, and what is no workbook at all."""
    for change, _, _ in FOREIGN:
        yield str(change), workbook([*SURVEY[:6], SURVEY[6] | change, *SURVEY[7:]])
    for condition in (
        "selected(${colour}, 'red'", "${colour} = 'Rød'", "${grade} >= 'x'", "${grade} != 2", "#",
        "(${grade} = '1') (", " and ".join(["(${grade} = '1' or ${colour} = 'red')"] * 12),
    ):  # fmt: skip
        yield condition, workbook([*SURVEY[:6], SURVEY[6] | {"relevant": condition}, *SURVEY[7:]])
    group = {**SURVEY[2], "relevant": "${grade} = '1'"}
    yield (
        "groups",
        workbook([*SURVEY[:2], group, {"type": "begin_group", "name": "i"}, *SURVEY[3:]]),
    )
    yield "words", workbook([*SURVEY, {"type": "text", "name": "a__b", "hoert_companion_of": "a"}])
    yield "limits", workbook([*SURVEY[:3], SURVEY[3] | {"constraint": ". > 1"}, *SURVEY[4:]])
    yield "versions", workbook(settings=[{**SETTINGS[0], "hoert_comparable_with": "{"}])
    yield "head", workbook(SURVEY[2:], settings=[])
    yield "sheets", workbook([])
    yield "nothing", b""
    yield "large", b" " * (2 * 1024 * 1024 + 1)


@pytest.mark.parametrize(("name", "content"), list(broken_workbooks()))
def test_what_cannot_come_in_is_told_in_danish_with_its_place(name: str, content: bytes) -> None:
    with pytest.raises(InvalidDefinition) as refusal:
        definition.from_xlsform(content)
    for defect in refusal.value.defects:
        cause, remedy = defect_words.in_danish(defect)
        assert (cause, remedy) != (defect.cause, defect.remedy), defect
        assert not re.search(r"\b(is|the|it|Use|Write)\b", f"{cause} {remedy}"), cause
        assert defect_words.place({}, defect.path) != defect.path


def test_a_defect_is_placed_where_staff_see_it() -> None:
    fields = editing.fields_of(shipped("en_indgang"))
    for path, place in (
        ("title", "Titel"),
        ("sections.1.items.0.text", "Spørgsmål 2, spørgsmål"),
        ("sections.0.items.0.categories.1.label", "Spørgsmål 1, svar 2"),
        ("sections.1.title", "Del 2, titel"),
        ("scales.agreement.2.label", "Skalaen agreement, svar 3"),
    ):
        assert defect_words.place(fields, path) == place
    assert defect_words.in_danish(Defect("x", "What?", "So.")) == ("What?", "So.")
