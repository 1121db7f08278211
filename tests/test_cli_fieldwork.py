"""Fieldwork from the terminal: frames, invitations, reminders, deletion."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from surveys import extract, keys
from surveys.database import Database
from surveys.schedule import COPENHAGEN
from tests.surveys.fieldworker import SECRET, Fieldworker
from webapp import import_words
from webapp.cli import hoert
from webapp.cli.installation import now
from webapp.settings import Settings

Run = Callable[..., Result]
SURVEY = "--survey=samtalefeedback"


@pytest.fixture
def run(make_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`hoert …` on a fresh database with an open wave."""
    monkeypatch.setenv("DATABASE_URL", make_sqlite())
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)

    def command(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(hoert, list(words), input=typed)

    assert command("wave", "open", SURVEY, "--label=A", "--closes=2099-12-31").exit_code == 0
    return command


def frame(tmp_path: Path, *lines: str) -> str:
    file = tmp_path / "liste.csv"
    file.write_text("\n".join(("Sagsnr;Enhed;Team;E-mail", *lines)), "cp1252")
    return str(file)


def test_from_a_list_to_letters_to_reminders(run: Run, tmp_path: Path) -> None:
    file = frame(tmp_path, *(f"=A{n};Ungeteam;Øst;p{n}@eksempel.dk" for n in range(2)))
    refused = run("frame", "import", file, SURVEY)
    assert refused.exit_code == 1
    assert "row 2, Sagsnr: This is a formula." in refused.stderr
    assert "2 to correct. Nothing was taken in." in refused.stderr
    file = frame(tmp_path, *(f"A{n};Ungeteam;Øst;p{n}@eksempel.dk" for n in range(6)))
    assert "6 people" in run("frame", "import", file, SURVEY, "--dry-run").stdout
    taken = run("frame", "import", file, SURVEY)
    assert "samtalefeedback A: 6 people taken in." in taken.stdout
    assert "already" in run("frame", "import", file, SURVEY).stderr

    out = tmp_path / "breve.csv"
    assert "6 invited" in run("invite", SURVEY, f"--output={out}").stdout
    assert out.stat().st_mode & 0o077 == 0
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 6
    assert rows[0]["Nummer"] == "A0"
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/s/[\w-]{43}", rows[0]["Link"])
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", rows[0]["Kode"])
    assert (rows[0]["Sprog"], rows[0]["Kanal"]) == ("da", "email")
    assert rows[0]["Kan bruges til og med"] == "31-12-2099"

    assert run("outcome", SURVEY, "A3", "undeliverable").exit_code == 0
    assert "Nobody with the reference B9" in run("outcome", SURVEY, "B9", "refused").stderr
    again = tmp_path / "igen.csv"
    reminded = run("remind", SURVEY, f"--output={again}")
    assert "5 reminders" in reminded.stdout
    assert "those who have answered are among them" in reminded.stderr
    reader = csv.DictReader(io.StringIO(again.read_text("utf-8-sig")), delimiter=";")
    links = {row["Link"] for row in reader}
    assert links == {row["Link"] for row in rows if row["Nummer"] != "A3"}


def test_a_column_can_be_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text("Farve;Løbe\nrød;1\nblå;2")
    assert "Say which column" in run("frame", "import", str(file), SURVEY).stderr
    taken = run("frame", "import", str(file), SURVEY, "--column=reference=Løbe")
    assert "2 people taken in" in taken.stdout
    assert run("frame", "import", str(file), SURVEY, "--column=reference=X").exit_code == 1
    assert run("frame", "import", str(file), SURVEY, "--column=x=Løbe").exit_code == 2


def test_what_is_no_table_is_refused_with_what_to_do(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "liste.xlsx"
    file.write_bytes(b"PK\x03\x04 and then nothing")
    refused = run("frame", "import", str(file), SURVEY)
    assert refused.exit_code == 1
    assert "open it in excel" in refused.stderr.lower()


def test_inviting_without_a_frame_says_what_to_do(run: Run, tmp_path: Path) -> None:
    refused = run("invite", SURVEY, f"--output={tmp_path / 'x.csv'}")
    assert refused.exit_code == 1
    assert "hoert frame import FILE" in refused.stderr


def test_an_answer_is_erased_for_whoever_calls(run: Run) -> None:
    database = Database(Settings().database_url)
    worker = Fieldworker(database, now())
    with database.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback", "A").id
    worker.cast(wave, "a ballot")
    database.close()
    receipt = keys.receipt(SECRET, "a ballot")
    wrong = run("erase", typed="AAAA-AAAA-AAAA\n")
    assert wrong.exit_code == 1
    assert "AAAA" not in wrong.output
    assert "The answer is deleted." in run("erase", typed=f"{receipt}\n").stdout
    assert run("erase", typed=f"{receipt}\n").exit_code == 1
    assert run("db", "check").exit_code == 0


def test_waves_are_planned_and_listed(run: Run) -> None:
    planned = run(
        "wave", "plan", SURVEY, "--rhythm=april_october", "--from=2099-01-01", "--at=09:30"
    )
    assert planned.stdout == "samtalefeedback April 2099 opens 2099-04-01 09:30.\n"
    here = now().astimezone(COPENHAGEN)
    going_on = run("wave", "plan", SURVEY, "--rhythm=continuous")
    assert f"{here.isocalendar().year} opens" in going_on.stdout
    assert "is planned" in run("wave", "plan", SURVEY, "--rhythm=course_run").stdout
    assert "has no schedule" in run("wave", "plan", SURVEY, "--rhythm=none").stdout
    assert run("wave", "open", SURVEY, "--label=B", "--opens=2099-01-01").exit_code == 0
    listed = run("wave", "list").stdout
    assert "samtalefeedback  A  open" in listed
    assert "samtalefeedback  B  not begun" in listed
    assert "already" in run("wave", "open", SURVEY, "--label=B").output + str(
        run("wave", "open", SURVEY, "--label=B").exception
    )


def test_retention_runs_and_says_how_much(run: Run) -> None:
    assert "0 rows deleted." in run("retention", "run").stdout
    days = ("--frame=1", "--draft=2", "--text=3", "--response=4")
    assert run("retention", "set", SURVEY, *days).exit_code == 0
    assert "frame 1  draft 2  text 3  response 4" in run("retention", "show").stdout


def test_retention_has_defaults(run: Run) -> None:
    assert "samtalefeedback  frame 30  draft 30  text 730  response 1826" in (
        run("retention", "show").stdout
    )


def test_every_problem_has_words_in_both_languages() -> None:
    sources = "".join(
        (Path(__file__).parent.parent / file).read_text()
        for file in (
            "surveys/companies.py",
            "surveys/courses.py",
            "surveys/frame.py",
            "surveys/history.py",
            "surveys/meetings.py",
            "surveys/spreadsheet.py",
            "analysis/sheet.py",
            "webapp/carried.py",
        )
    )
    raised = set(re.findall(r"(?:UnusableCell|UnreadableFile|Problem)\(\s*\"(\w+)\"", sources))
    raised |= set(re.findall(r"_refuse\(row, \"\w+\", \"(\w+)\"\)", sources))
    raised |= set(re.findall(r"\"(unknown_\w+)\"", sources))
    raised |= set(re.findall(r"\"((?:known|missing)_\w+|company_twice)\"", sources))
    raised |= {"formula", "error_cell", "channel_without_email", "channel_without_phone"}
    assert raised <= import_words.CODES
    # What is left is passed on by name, or put together of a column's
    left = {code for code in import_words.CODES - raised if f'"{code}"' not in sources}
    assert all(re.fullmatch(r"no_\w+_column", code) for code in left), left


def test_a_survey_that_sends_by_itself_needs_no_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELIVERY", "console")
    file = frame(tmp_path, *(f"A{n};Ungeteam;Øst;p{n}@eksempel.dk" for n in range(6)))
    assert run("frame", "import", file, SURVEY).exit_code == 0
    assert "in a file" in run("sending", SURVEY).stdout
    needed = run("invite", SURVEY)
    assert needed.exit_code == 1
    assert "--output" in needed.stderr
    assert "by the worker" in run("sending", SURVEY, "--automatic", "--rest-days=30").stdout
    assert "6 are sent theirs by the worker" in run("invite", SURVEY).stdout
    again = run("wave", "open", SURVEY, "--label=B", "--closes=2099-12-31")
    assert again.exit_code == 0
    assert run("frame", "import", file, SURVEY, "--wave=B").exit_code == 0
    left = run("invite", SURVEY, "--wave=B")
    assert "0 invited" in left.stdout
    assert "6 not invited: they were asked not long ago." in left.stderr
