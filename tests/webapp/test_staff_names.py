"""Analysts keep the list of names that are masked, and nobody else sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from surveys.privacy import redact
from surveys.staff_names import STAFF_NAMES
from tests.webapp.staff import form_token
from webapp.audit import Kind

PAGE = "/staff/navne"


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("analytiker", tmp_path)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "kept" / "names.txt"
    monkeypatch.setenv(STAFF_NAMES, str(file))
    return file


def save(client: FlaskClient, page: str, names: str) -> TestResponse:
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    data = {"csrf_token": form_token(page), "seen": seen, "names": names}
    return client.post(PAGE, data=data)


def test_a_name_on_the_list_is_masked_from_now_on_and_the_log_says_who_wrote_it(
    client: FlaskClient, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get(PAGE).text
    refused = save(client, page, "Birthe Holm")
    assert refused.status_code == 422
    assert "må ikke skrive i filen" in refused.text
    assert "Birthe Holm" in refused.text
    file.parent.mkdir()
    assert save(client, page, "Birthe Holm\r\nÅse Skov").status_code == 303
    assert redact("Tak til Birthe").text == "Tak til [navn]"
    listed = client.get(PAGE).text
    assert "Birthe Holm\nÅse Skov" in listed
    overtaken = save(client, page, "Karin Berg")
    assert overtaken.status_code == 422
    assert "En kollega har rettet listen imens" in overtaken.text
    wrong = save(client, listed, "Birthe Holm\nKarin 22334455")
    assert wrong.status_code == 422
    assert "Linje 2 er ikke et navn" in wrong.text
    assert file.read_text("utf-8") == "Birthe Holm\nÅse Skov\n"
    assert "Birthe" not in caplog.text
    with client.application.extensions["hoert"].database.snapshot() as session:
        noted = session.connection().exec_driver_sql("select kind, about from staff_event").all()
    assert {Kind.SAW_NAMES.value, Kind.CHANGED_NAMES.value} <= {kind for kind, _ in noted}
    assert not any(about for _, about in noted)


def test_without_a_file_the_page_says_what_to_ask_for(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STAFF_NAMES, raising=False)
    page = client.get(PAGE).text
    assert STAFF_NAMES in page
    assert "<textarea" not in page
    token = form_token(client.get("/staff/").text)
    assert client.post(PAGE, data={"csrf_token": token, "names": "Birthe"}).status_code == 200
