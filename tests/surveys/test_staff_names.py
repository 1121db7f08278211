"""Staff are not named in what is stored, and words that are like names are left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import staff_names
from surveys.privacy import redact
from surveys.staff_names import STAFF_NAMES

LIST = "Birthe Marie Holm\nBo Svendsen\n# fra Ungeteamet\nSøren Ny\nÅse Skov  # vikar\n"


@pytest.fixture
def listed(monkeypatch, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text(LIST, "utf-8")
    monkeypatch.setenv(STAFF_NAMES, str(file))
    return file


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Birthe var sød.", "[navn] var sød."),
        ("birthe var sød", "[navn] var sød"),
        ("BIRTHE HOLM ringede ikke", "[navn] ringede ikke"),
        ("Jeg talte med Birthe Marie Holm i går.", "Jeg talte med [navn] i går."),
        ("Tak til Birthes kolleger", "Tak til [navn] kolleger"),
        ("bo svendsen hjalp mig", "[navn] hjalp mig"),
        ("Spørg Bo eller Åse.", "Spørg [navn] eller [navn]."),
        ("Det var Skov, der ringede", "Det var [navn], der ringede"),
        ("Søren Ny", "[navn]"),
    ],
)
def test_staff_on_the_list_are_masked(listed, text, masked):
    assert redact(text).text == masked
    assert {one.kind for one in redact(text).removed} == {"name"}
    assert redact(masked).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "Bo tæt på skoven er dejligt.",
        "Jeg vil gerne bo et andet sted",
        "Vi gik tur i skov og eng",
        "en ny sagsbehandler",
        "Den holm derude",
        "Karin var sød",
        "Birthesen",
    ],
)
def test_words_that_are_like_names_stay(listed, text):
    assert redact(text).text == text


def test_without_a_list_no_name_is_touched(monkeypatch, tmp_path):
    monkeypatch.delenv(STAFF_NAMES, raising=False)
    assert redact("Birthe Holm").text == "Birthe Holm"
    monkeypatch.setenv(STAFF_NAMES, str(tmp_path / "none.txt"))
    assert redact("Birthe Holm").text == "Birthe Holm"


def test_the_list_is_read_again_when_it_changes(listed):
    import os

    assert redact("Karin var her").text == "Karin var her"
    listed.write_text("Karin Berg\n", "utf-8")
    os.utime(listed, ns=(1, 1))
    assert redact("Karin var her").text == "[navn] var her"


def test_a_list_that_is_kept_is_used_at_once_and_only_names_are_kept(listed, monkeypatch):
    listed.chmod(0o640)
    assert staff_names.listed() == LIST
    staff_names.keep(unicodedata.normalize("NFD", "Karin Åberg\r\nJens Ås\r\n\r\n"))
    assert listed.read_text("utf-8") == "Karin Åberg\nJens Ås\n"
    assert listed.stat().st_mode & 0o777 == 0o640
    assert redact("Karin Åberg og Birthe").text == "[navn] og Birthe"
    assert [one.name for one in listed.parent.iterdir()] == [listed.name]
    told = "Karin Åberg\nJens, 22334455\n# vikar\n\nb@example.dk\nX\nO'Hara-Ny"
    assert list(staff_names.unusable(told)) == [2, 5, 6]
    monkeypatch.delenv(STAFF_NAMES)
    assert staff_names.listed() is None


@given(st.text(max_size=80), st.sampled_from(["Birthe Holm", "Åse Skov"]), st.text(max_size=80))
def test_a_whole_name_never_survives(listed_once, before, name, after):
    masked = redact(f"{before} {name} {after}").text
    assert name not in masked


@pytest.fixture(scope="module")
def listed_once(tmp_path_factory):
    file = tmp_path_factory.mktemp("names") / "names.txt"
    file.write_text(LIST, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STAFF_NAMES, str(file))
        yield


@given(st.text(max_size=120))
def test_offsets_are_exact_and_a_second_pass_removes_nothing(listed_once, text):
    found = redact(text)
    again = redact(found.text)
    assert again.text == found.text
    position = 0
    for one in found.removed:
        assert position <= one.start < one.end <= len(text)
        position = one.end
