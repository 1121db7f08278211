"""The real process `python -m bot` against the emulator, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from surveys import keys
from surveys.database import Database
from tests.bot.conftest import ROOT, BotProcess, begin, count, eventually, link
from tests.telegram.emulator import Emulator


def payloads(database: Database) -> list[dict]:
    with database.snapshot() as session:
        rows = session.execute(text("SELECT payload FROM ballot_inbox")).scalars()
        return [json.loads(row) for row in rows]


def answer_all(citizen, code: str) -> None:
    """Allerød's five, up to the summary."""
    begin(citizen, code)
    citizen.press("I høj grad", on=citizen.last)
    citizen.wait_for("2 af 5")
    citizen.press("Ved ikke", on=citizen.last)
    citizen.wait_for("3 af 5")
    citizen.send("Min rådgiver lytter. Ring på 22 33 44 55.")
    citizen.wait_for("4 af 5")
    citizen.press("Spring over")
    citizen.wait_for("5 af 5")
    citizen.press("CV og LinkedIn")
    citizen.wait_for(lambda message: "✓ CV og LinkedIn" in message.labels)
    citizen.press("Færdig")
    citizen.wait_for("Tjek dine svar")


@pytest.fixture
def process(
    lone_emulator: Emulator, database_url: str, tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    environment = BotProcess(lone_emulator, database_url, tmp_path).environment
    command = [sys.executable, "-m", "bot"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        yield process
        process.kill()


def test_a_conversation_to_the_end(
    lone_emulator: Emulator, process: subprocess.Popen[bytes], database: Database
) -> None:
    karen = lone_emulator.citizen()
    answer_all(karen, link(database))
    karen.press("Send svar")
    thanks = karen.wait_for("Tak for dit svar.")
    karen.wait_until_answered()
    [sent] = payloads(database)
    answers = json.loads(sent["answers"])
    assert answers["positive"] == {"value": "4"}
    assert answers["heard"] == {"missing": "dont_know"}
    assert answers["better"] == {"missing": "skipped"}
    assert answers["offers"] == {"value": ["cv"]}
    assert "22 33" not in sent["answers"]
    assert sent["mode"] == "telegram"
    receipt = thanks.text.split("Din kvittering er ")[1].split(".")[0]
    assert sent["receipt"] == keys.receipt_hash(receipt).hex()
    eventually(lambda: count(database, "bot_outbox") == 0)
    assert count(database, "draft") == 0
    assert count(database, "bot_inbox WHERE sealed IS NOT NULL") == 0
    questions = [m for m in karen.messages if m.from_bot and m.rows]
    assert questions == [], "every message that was answered has lost its buttons"
    process.terminate()
    assert process.wait(30) == 0
