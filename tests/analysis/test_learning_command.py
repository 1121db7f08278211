"""`hoert themes learn`: what it prints, what it refuses, and that nothing changes unasked."""

import json

import pytest
from click.testing import CliRunner

from analysis import models, themes
from webapp.cli import hoert

GOOD = {"text": "Jeg vil anbefale Kvikspor.", "audience": "citizen", "themes": ["c4_offers"]}


@pytest.fixture(autouse=True)
def fresh_models():
    """Each test keeps its versions in a folder of its own, and loaded ones are known by number."""
    themes._loaded.cache_clear()
    yield
    themes._loaded.cache_clear()


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*words, lines=()):
        typed = "".join(json.dumps(line) + "\n" for line in lines)
        return CliRunner().invoke(hoert, ["themes", *words], input=typed)

    return command


def test_a_version_is_measured_and_used_or_kept(run):
    other = {**GOOD, "text": "Kvikspor er for mig.", "author": "b", "question": "good"}
    done = run("learn", "--keep", lines=[GOOD, other])
    assert done.exit_code == 0, done.stderr
    assert "citizen-1-lexical-2" in done.stdout
    for column in ("precision", "recall", "F1 [interval]", "change", "micro", "macro", "c7_keep"):
        assert column in done.stdout
    assert "citizen-1-lexical-1 stays in use" in done.stdout
    assert models.in_use("citizen-1-lexical") == 1
    assert run("use", "citizen", "2").exit_code == 0
    assert models.in_use("citizen-1-lexical") == 2
    asked = run("classify", "--audience=citizen", lines=[{"id": 1, "text": "Hvad er Kvikspor?"}])
    assert "citizen-1-lexical-2" in asked.stderr
    assert json.loads(asked.stdout)["themes"][0]["code"] == "c4_offers"
    assert run("use", "citizen", "9").exit_code == 1
    (models.DIRECTORY / "citizen-1-lexical-2.npz").write_bytes(b"broken")
    themes._loaded.cache_clear()
    refused = run("learn", lines=[GOOD])
    assert refused.exit_code == 1
    assert "damaged" in refused.stderr


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"text": "Hej", "audience": "citizen"}, 'Line 2 has no "themes"'),
        ({**GOOD, "audience": "dogs"}, "one of citizen, company, course"),
        ({**GOOD, "themes": "c4_offers"}, "not a list of codes"),
        ({**GOOD, "themes": ["c4_offers", "k1_content"]}, "citizen has no k1_content"),
        ({**GOOD, "text": " "}, '"text" is empty'),
        ({**GOOD, "text": 3}, '"text" is not a string'),
        ({**GOOD, "author": 3}, '"author" is not a string'),
        ([], "not a JSON object"),
    ],
)
def test_the_first_wrong_line_is_named_and_nothing_is_learnt(run, line, says):
    done = run("learn", lines=[GOOD, line])
    assert done.exit_code == 1
    assert says in done.stderr
    assert "Line 2" in done.stderr
    assert not models.DIRECTORY.exists()


def test_no_lines_is_nothing_to_learn(run):
    done = run("learn")
    assert done.exit_code == 1
    assert "no lines" in done.stderr
