"""The API gives what pages give, to those with a key, as its description says."""

from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token
from tests.webapp.test_results import fielded


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("analytiker", tmp_path)


@pytest.fixture
def key(client: FlaskClient) -> str:
    page = client.get("/staff/noegler")
    require_sound(read(page.text))
    made = client.post(
        "/staff/noegler", data={"csrf_token": form_token(page.text), "name": "Regneark"}
    )
    require_sound(read(made.text))
    found = read(made.text).all("code")[0].children[0]
    assert isinstance(found, str)
    return found


def get(app: Flask, key: str, path: str) -> object:
    response = app.test_client().get(path, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200
    return response.get_json()


def test_a_program_reads_what_the_pages_show(app: Flask, key: str, clock: Clock) -> None:
    fielded(app.extensions["hoert"].database, clock, 12)
    plan = get(app, key, "/api/v1/plan")
    assert isinstance(plan, dict)
    one = next(row for row in plan["indicators"] if row["code"] == "conversation")
    assert one == get(app, key, "/api/v1/indicators/conversation")
    assert one["waves"][0]["answers"] == 12
    surveys = get(app, key, "/api/v1/surveys")
    assert isinstance(surveys, dict)
    assert surveys["surveys"][0]["waves"][0]["received"] == 12
    made = get(app, key, "/api/v1/surveys/samtalefeedback/report")
    assert isinstance(made, dict)
    assert made["fieldwork"]["responses"] == 12


def test_fewer_than_five_answers_are_not_told_to_programs_either(
    app: Flask, key: str, clock: Clock
) -> None:
    fielded(app.extensions["hoert"].database, clock, 4)
    one = get(app, key, "/api/v1/indicators/conversation")
    assert isinstance(one, dict)
    for wave in one["waves"]:
        assert (wave["share"], wave["low"], wave["high"], wave["answers"]) == (None,) * 4


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer hoert_wrong", "Basic {key}", "{key}"])
def test_without_a_good_key_nothing_is_told(app: Flask, key: str, shown: str) -> None:
    response = app.test_client().get(
        "/api/v1/plan", headers={"Authorization": shown.format(key=key)}
    )
    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_ends_when_it_is_withdrawn_when_it_is_old_and_with_its_owner(
    app: Flask, client: FlaskClient, key: str, clock: Clock
) -> None:
    get(app, key, "/api/v1/plan")
    headers = {"Authorization": f"Bearer {key}"}
    clock.forward(days=365)
    assert app.test_client().get("/api/v1/plan", headers=headers).status_code == 401
    clock.forward(days=-365)
    get(app, key, "/api/v1/plan")
    token = form_token(client.get("/staff/noegler").text)
    gone = client.post("/staff/noegler/1/traek-tilbage", data={"csrf_token": token})
    assert gone.status_code == 302
    assert app.test_client().get("/api/v1/plan", headers=headers).status_code == 401
    again = client.post("/staff/noegler/1/traek-tilbage", data={"csrf_token": token})
    assert again.status_code == 404


def test_a_key_is_kept_as_a_hash_only(app: Flask, key: str) -> None:
    from sqlalchemy import text

    with app.extensions["hoert"].database.snapshot() as session:
        kept = session.execute(text("SELECT * FROM api_key")).all()
    assert key not in repr(kept)
    assert key.removeprefix("hoert_") not in repr(kept)


def test_every_answer_is_as_the_description_says(app: Flask, key: str, clock: Clock) -> None:
    fielded(app.extensions["hoert"].database, clock, 12)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    checked = 0
    for operation in schema.get_all_operations():
        # What is handed in has a test of its own
        if operation.ok().method.upper() != "GET":
            continue
        for words in (
            {"code": "conversation", "survey": "samtalefeedback"},
            {"code": "training", "survey": "unknown"},
            {"code": "Ø/%2e", "survey": "a b"},
        ):
            for shown in (key, "hoert_wrong"):
                known = {parameter.name for parameter in operation.ok().path_parameters}
                case = operation.ok().Case(
                    path_parameters={name: word for name, word in words.items() if name in known},
                    headers={"Authorization": f"Bearer {shown}"},
                )
                case.call_and_validate()
                checked += 1
    assert checked == 48
