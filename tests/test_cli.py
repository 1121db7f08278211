"""The command line, as a person and another program use it."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from click.testing import CliRunner, Result

import webapp.cli
from webapp.cli import COMMANDS, hoert

Run = Callable[..., Result]


@pytest.fixture
def run(make_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`hoert …` on a fresh database."""
    monkeypatch.setenv("DATABASE_URL", make_sqlite())
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)

    def command(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(hoert, list(words), input=typed)

    return command


def test_every_command_is_known_by_name() -> None:
    there = {
        command.name: module.name
        for module in iter_modules(webapp.cli.__path__)
        if module.name != "__main__"
        for command in getattr(import_module(f"webapp.cli.{module.name}"), "COMMANDS", ())
    }
    assert there == COMMANDS


def test_no_command_waits_for_statistics_that_it_may_not_need() -> None:
    program = (
        "import sys; from webapp.cli import COMMANDS, hoert;"
        "[hoert.get_command(None, name) for name in COMMANDS];"
        "print(*sorted({'sklearn', 'numpy', 'pandas', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == ([], "")


def test_the_published_share_is_not_met_and_says_how_sure(run: Run) -> None:
    done = run("estimate", "--satisfied=191", "--answered=225", "--invited=619", "--target=0.85")
    read = json.loads(done.stdout)
    assert read["share"] == pytest.approx(191 / 225)
    assert read["response_rate"] == pytest.approx(225 / 619)
    assert (round(read["low"], 3), round(read["high"], 3)) == (0.808, 0.882)
    assert (read["n"], read["status"]) == (225, "not_met_uncertain")
    percent = run("estimate", "--satisfied=191", "--answered=225", "--invited=619", "--target=85")
    assert json.loads(percent.stdout) == read


def test_an_impossible_share_is_refused_with_a_sentence(run: Run) -> None:
    done = run("estimate", "--satisfied=8", "--answered=4")
    assert done.exit_code == 1
    assert "8 satisfied of 4" in done.stderr
    assert run("estimate", "--satisfied=x", "--answered=4").exit_code == 2


def test_protecting_a_tree(run: Run, tmp_path: Path) -> None:
    tree = tmp_path / "tree.json"
    units = {
        "all": {"parent": None, "n": 20},
        "a": {"parent": "all", "n": 9},
        "b": {"parent": "all", "n": 8},
        "c": {"parent": "all", "n": 3},
    }
    tree.write_text(json.dumps({"units": units}))
    done = json.loads(run("protect", "--tree", str(tree)).stdout)
    assert done == {"shown": ["all", "a"], "hidden": ["b", "c"]}
    tree.write_text("[]")
    refused = run("protect", "--tree", str(tree))
    assert refused.exit_code == 1
    assert "units" in refused.stderr


def test_redacting_lines(run: Run) -> None:
    text = "Ring 22 33 44 55, cpr 010190-1234"
    done = run("redact", typed=json.dumps({"id": 7, "text": text}) + "\n")
    line = json.loads(done.stdout)
    assert line["id"] == 7
    assert {(r["kind"], text[r["start"] : r["end"]]) for r in line["removed"]} == {
        ("phone", "22 33 44 55"),
        ("cpr", "010190-1234"),
    }
    assert "010190" not in line["text"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("nonsense\n", "Line 1 is not JSON"),
        ('{"id": 1}\n', 'no "text"'),
        ("[1]\n", "not a JSON object"),
    ],
)
def test_lines_that_cannot_be_read_say_which_and_why(run: Run, typed: str, says: str) -> None:
    done = run("redact", typed=typed)
    assert done.exit_code == 1
    assert says in done.stderr


def test_classifying_lines_keeps_order_and_ids(run: Run) -> None:
    texts = ["nej", "To jobmesser om året ville være godt.", "Ingen ringer tilbage."]
    typed = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts))
    done = run("themes", "classify", "--audience", "company", typed=typed)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == [0, 1, 2]
    assert lines[0]["themes"] == []
    assert "v5_network" in [theme["code"] for theme in lines[1]["themes"]]
    assert all(set(line) == {"id", "themes", "unsure", "sentiment", "language"} for line in lines)


def test_a_link_is_made_for_a_survey_that_never_had_a_wave(run: Run) -> None:
    made = json.loads(run("link", "create", "--survey", "samtalefeedback", "--json").stdout)
    code = made["code"].replace("-", "")
    assert made == {
        "link": f"http://127.0.0.1:8000/s/{code}",
        "code": made["code"],
        "telegram": None,
    }
    unknown = run("link", "create", "--survey", "vejret")
    assert unknown.exit_code == 1


def test_a_document_with_defects_is_refused_with_each_of_them(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("name: Broken\nversion: 0\n")
    done = run("instrument", "check", str(file))
    assert done.exit_code == 1
    assert "name:" in done.stderr
    assert "sections:" in done.stderr
    assert run("instrument", "check", str(tmp_path / "none.yaml")).exit_code == 1


def test_rehearsing_walks_to_the_summary(run: Run) -> None:
    done = run("instrument", "rehearse", "borgerinddragelse", typed="1\n<\n2\n3\nFint\n-\n2 3\n")
    assert done.exit_code == 0
    assert "I høj grad" in done.stdout
    assert "CV og LinkedIn, Træning i jobsamtaler" in done.stdout


def test_the_demonstration_prints_the_published_figures(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Just after midnight in Copenhagen, and a new year: in UTC it is another day
    midnight = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("webapp.cli.demonstration.now", lambda: midnight)
    assert run("demo", "--seed", "3").exit_code == 0
    again = run("demo")
    assert again.exit_code == 1
    assert "must not mix" in again.stderr
    autumn = ("report", "--survey", "borgerinddragelse", "--wave", "Efterår 2025")
    read = json.loads(run(*autumn, "--format", "json").stdout)
    assert read["synthetic"] is True
    assert read["fieldwork"]["response_rate"]["percent"] == "36,3\N{NO-BREAK SPACE}%"
    [contact, _] = read["indicators"]
    assert contact["text"] == "84,9\N{NO-BREAK SPACE}%"
    assert contact["status_text"] == "ikke nået, men usikkert"
    assert sum(row["n"] >= 5 for row in read["themes"]["rows"]) == len(read["themes"]["rows"]) > 0
    file = tmp_path / "report.html"
    assert run(*autumn, "--format", "html", "--output", str(file)).exit_code == 0
    page = file.read_text("utf-8")
    assert "84,9" in page
    assert "<script" not in page
    assert run("db", "check").exit_code == 0
    assert "Efterår 2025" in run("wave", "list").stdout


def test_a_report_of_something_unknown_names_what_there_is(run: Run) -> None:
    run("link", "create", "--survey", "samtalefeedback")
    done = run("report", "--survey", "vejret", "--format", "json")
    assert done.exit_code == 1


def test_a_database_that_lacks_migrations_is_refused_with_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite3")
    done = run("wave", "list")
    assert done.exit_code == 1
    assert "hoert db upgrade" in done.stderr
    assert run("db", "upgrade").exit_code == 0
    assert run("wave", "list").exit_code == 0


def test_a_copy_of_the_database_comes_back(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = json.loads(run("link", "create", "--survey", "samtalefeedback", "--json").stdout)["code"]
    assert run("db", "backup", str(tmp_path / "copy")).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.sqlite3")
    assert run("db", "restore", str(tmp_path / "copy")).exit_code == 0
    assert run("db", "restore", str(tmp_path / "copy")).exit_code == 1
    assert "samtalefeedback" in run("wave", "list").stdout
    assert code


def test_production_needs_a_secret_and_https_and_says_both_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "short")
    monkeypatch.setenv("PUBLIC_URL", "http://svar.example.org")
    done = run("link", "create", "--survey", "samtalefeedback")
    assert done.exit_code == 1
    assert "SECRET_KEY" in str(done.exception)
    assert "https://" in str(done.exception)
