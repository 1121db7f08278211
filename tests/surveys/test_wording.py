"""Every text has a code that is used, plain Danish, and a translation with the same gaps."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from surveys import wording
from surveys.inspection import FEWEST_WORDS_FOR_LIX, HARDEST_LIX
from surveys.instrument import Missing
from surveys.privacy import Kind
from surveys.readability import lix
from surveys.tables import ANONYMITY
from surveys.wording import TEXTS, direction, languages, say

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("surveys", "analysis", "bot", "webapp")
SAID = re.compile(r"""\bsay\(\s*["']([a-z_]+)["']""")
REFUSED = re.compile(r"""\bInvalidAnswer\(\s*["']([a-z_]+)["']""")
QUOTED = re.compile(r"""["']([a-z_]+)["']""")
# Codes that are put together from a word of the domain: what stands before the word, and the words
COMPOSED = {
    "removed_": get_args(Kind),
    "intro_": ANONYMITY,
    "": [reason for reason in Missing if reason not in {"not_applicable", "not_reached"}],
}
STEMS = ("_title", "_text")
"""A page about a refusal has a title and a text under one stem."""


def sources() -> dict[str, str]:
    return {
        str(file.relative_to(ROOT)): file.read_text()
        for folder in FOLDERS
        for pattern in ("*.py", "*.html")
        for file in (ROOT / folder).rglob(pattern)
        if "node_modules" not in file.parts and file.name != "wording.py"
    }


def texts() -> list[tuple[str, str]]:
    return [
        (code, text)
        for code, given in TEXTS.items()
        for text in ((given,) if isinstance(given, str) else given)
    ]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_code_that_is_said_has_a_text() -> None:
    for file, source in sources().items():
        if file.endswith(".html") or "surveys.wording" in source or "InvalidAnswer" in source:
            said = {*SAID.findall(source), *REFUSED.findall(source)}
            assert said <= {*TEXTS, *COMPOSED}, file
    composed = {prefix + word for prefix, words in COMPOSED.items() for word in words}
    assert composed <= set(TEXTS)


def test_every_text_is_said_somewhere() -> None:
    quoted = {word for source in sources().values() for word in QUOTED.findall(source)}
    composed = {prefix + word for prefix, words in COMPOSED.items() for word in words}
    unused = {
        code
        for code in TEXTS
        if code not in quoted | composed
        and not any(code.endswith(stem) and code.removesuffix(stem) in quoted for stem in STEMS)
    }
    assert not unused


@pytest.mark.parametrize(("code", "text"), texts(), ids=[code for code, _ in texts()])
def test_danish_is_plain(code: str, text: str) -> None:
    plain = re.sub(r"\{\w+\}", "ti", text)
    if len(plain.split()) >= FEWEST_WORDS_FOR_LIX:
        assert lix(plain) <= HARDEST_LIX
    assert text == text.strip()
    assert "  " not in text
    assert '"' not in text


@pytest.mark.parametrize("language", [*languages(), "xx", "../da"])
def test_every_text_can_be_said_in_every_language(language: str) -> None:
    for code, given in TEXTS.items():
        both = given if isinstance(given, str) else " ".join(given)
        for n in (1, 2):
            words = dict.fromkeys(gaps(both), "x") | {"n": n}
            said = say(code, language, **words)
            assert said
            assert "{" not in said


def test_words_of_a_respondent_are_put_in_as_they_are() -> None:
    assert (
        say("chat_your_answer", "da", answer="{0.__class__} {n}") == "Dit svar: {0.__class__} {n}"
    )


def test_one_and_many_are_told_apart() -> None:
    one, many = TEXTS["removed_phone"]
    assert say("removed_phone", "da", n=1) == one
    assert say("removed_phone", "da", n=3) == many.replace("{n}", "3") != one


def test_a_code_that_does_not_exist_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        say("nothing", "da")


def test_languages_have_names_and_directions() -> None:
    assert {"da", "en"} <= set(languages()) <= set(wording.LANGUAGE_NAMES)
    assert {name for name in wording.LANGUAGE_NAMES if direction(name) == "rtl"} == {"ar", "fa"}
