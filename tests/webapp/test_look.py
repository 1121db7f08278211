"""The municipality's colour and logo: in the one style sheet, and readable or refused."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from pydantic import ValidationError

from tests.webapp.conftest import settings
from tests.webapp.html import read
from webapp import contrast
from webapp.security import CONTENT_POLICY

SVG = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><rect width='8' height='8'/></svg>"


def sheet(app: Flask, path: str = "/") -> str:
    page = read(app.test_client().get(path).text)
    (link,) = [one for one in page.all("link") if one["rel"] == "stylesheet"]
    return link["href"]


def test_without_a_look_the_built_sheet_is_used(app: Flask) -> None:
    assert sheet(app).startswith("/static/built/citizen-")


def test_the_colour_is_in_the_one_sheet(make_app: Callable[..., Flask]) -> None:
    app = make_app(municipality_colour="#2f5d14")
    path = sheet(app)
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert "#14506e" not in answer.text
    assert answer.text.count("#2f5d14") > 5
    assert 'url("/static/built/IBMPlexSans' in answer.text
    assert "immutable" in answer.headers["Cache-Control"]
    assert "unsafe" not in CONTENT_POLICY
    packed = app.test_client().get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data).decode() == answer.text
    again = app.test_client().get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = make_app(municipality_colour="#7a1f1f")
    assert sheet(other) != path
    # A page that was open over the change gets what there is now, and does not keep it
    late = other.test_client().get(path)
    assert "#7a1f1f" in late.text
    assert late.headers["Cache-Control"] == "no-store"
    assert "%237a1f1f" in other.test_client().get("/").text
    assert other.test_client().get("/look/x/staff.css").status_code == 404


def test_the_logo_comes_with_the_sheet(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(SVG)
    app = make_app(municipality_logo=str(logo))
    assert "data:image/svg+xml;base64," in app.test_client().get(sheet(app)).text


@pytest.mark.parametrize(
    ("colour", "said"),
    [
        ("#ffcc00", "has a contrast of 1.51:1 to white"),
        ("#777777", "has a contrast of 4.48:1 to white"),
        ("blue", "Write it like #14506e."),
        ("#fff;}", "Write it like #14506e."),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_at_the_start(colour: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace(".", r"\.")):
        settings("sqlite://", municipality_colour=colour)


def test_a_logo_that_is_none_is_refused_at_the_start(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * 9000)
    for path, said in (
        (tmp_path / "none.svg", "there is no file"),
        (tmp_path / "logo.gif", "must name an"),
        (large, "9000 bytes"),
    ):
        with pytest.raises(ValidationError, match=said):
            settings("sqlite://", municipality_logo=str(path), municipality_colour="")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(
            "sqlite://",
            municipality_colour="#ffcc00",
            municipality_logo="x.gif",
            secret_key="",
            public_url="http://svar.example.dk",
        )
    for name in ("SECRET_KEY", "PUBLIC_URL", "MUNICIPALITY_COLOUR", "MUNICIPALITY_LOGO"):
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#14506e", 8.7), ("#0059B3", 6.82)],
)
def test_the_contrast_is_the_one_of_the_standard(colour: str, expected: float) -> None:
    assert contrast.on_white(colour) == pytest.approx(expected, abs=0.05)
