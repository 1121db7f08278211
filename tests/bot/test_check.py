"""`hoert bot check`: what is wrong, in words that say what to do."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.check import check
from bot.settings import Settings
from surveys.arrivals import Arrivals
from surveys.database import Database
from tests.bot.conftest import ROOT, SECRET, BotProcess, eventually
from tests.telegram.emulator import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as found:
        yield found


@pytest.fixture
def findings(emulator: Emulator, sqlite: Database) -> Callable[..., dict[str, bool]]:
    with sqlite.transaction() as session:
        Arrivals.of(SECRET).heard(session, datetime.now(UTC))

    def look(ahead: float = 0, **changes: str) -> dict[str, bool]:
        given = {
            "database_url": str(sqlite.url),
            "secret_key": SECRET,
            "telegram_bot_token": emulator.token,
            "telegram_api_url": emulator.url,
        }
        found = check(
            Settings(**(given | changes)), lambda: datetime.now(UTC) + timedelta(seconds=ahead)
        )
        return {finding.sentence: finding.good for finding in found}

    return look


def call(emulator: Emulator, method: str, **params: object) -> None:
    found = httpx.post(f"{emulator.url}/bot{emulator.token}/{method}", json=params)
    assert found.json()["ok"], found.text


def wrong(found: dict[str, bool]) -> list[str]:
    return [sentence for sentence, good in found.items() if not good]


def test_a_bot_that_has_started_once_is_in_order(
    lone_emulator: Emulator, make_bot: Callable[..., BotProcess], database: Database
) -> None:
    bot = make_bot()
    eventually(lambda: sum(c.method == "setMyCommands" for c in lone_emulator.calls) >= 7)
    done = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "bot", "check"],
        cwd=ROOT,
        env=bot.environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "The token is that of @hoert_emulator_bot." in done.stdout
    assert done.stdout.count("ok     ") == 5
    assert lone_emulator.token not in done.stdout


@pytest.mark.parametrize("kind", [404, 500])
def test_the_menu_is_worth_no_conversation(
    lone_emulator: Emulator, make_bot: Callable[..., BotProcess], kind: int
) -> None:
    lone_emulator.inject("setMyCommands", kind, times=None)
    make_bot()
    karen = lone_emulator.citizen()
    karen.start()
    karen.wait_for("kode", 30)


def test_without_a_token(findings: Callable[..., dict[str, bool]]) -> None:
    [sentence] = wrong(findings(telegram_bot_token=""))
    assert sentence.startswith("TELEGRAM_BOT_TOKEN is not set.")


def test_a_token_that_nobody_knows(findings: Callable[..., dict[str, bool]]) -> None:
    [sentence] = wrong(findings(telegram_bot_token="7000000001:wrong"))
    assert sentence.startswith("Telegram does not know this token.")


def test_nobody_there(findings: Callable[..., dict[str, bool]]) -> None:
    [sentence] = wrong(findings(telegram_api_url="http://127.0.0.1:9"))
    assert "cannot be reached" in sentence


def test_commands_of_another_version(
    emulator: Emulator, findings: Callable[..., dict[str, bool]]
) -> None:
    [sentence] = wrong(findings())
    assert sentence.startswith("The commands are not those of this version.")


@pytest.mark.parametrize(("ahead", "side"), [(300, "ahead of"), (-300, "behind")])
def test_a_clock_that_is_wrong(
    findings: Callable[..., dict[str, bool]], ahead: float, side: str
) -> None:
    assert any(f"seconds {side} Telegram's" in sentence for sentence in wrong(findings(ahead)))


def test_a_webhook_of_somebody_elses(
    emulator: Emulator, findings: Callable[..., dict[str, bool]]
) -> None:
    call(emulator, "setWebhook", url="http://127.0.0.1:9/their-secret-path")
    found = wrong(findings())
    assert any("A webhook is set, to 127.0.0.1." in sentence for sentence in found)
    assert "their-secret-path" not in str(found)


def test_a_webhook_that_is_not_ours_or_cannot_be_reached(
    emulator: Emulator, findings: Callable[..., dict[str, bool]]
) -> None:
    def look() -> str:
        return " ".join(wrong(findings(telegram_webhook_url="http://127.0.0.1:9/telegram")))

    assert "Telegram delivers nowhere" in look()
    call(emulator, "setWebhook", url="http://127.0.0.1:9/telegram")
    assert "Telegram" not in look()
    emulator.citizen().start()
    eventually(lambda: "Telegram could not deliver at" in look())


def test_a_port_that_telegram_does_not_deliver_to(
    findings: Callable[..., dict[str, bool]],
) -> None:
    found = wrong(findings(telegram_webhook_url="https://hoert.example.dk:9443"))
    assert any("443, 80, 88 and 8443" in sentence for sentence in found)


def test_a_process_that_has_gone(
    findings: Callable[..., dict[str, bool]], sqlite: Database
) -> None:
    with sqlite.transaction() as session:
        Arrivals.of(SECRET).heard(session, datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert any("2026-01-02 03:04 UTC" in sentence for sentence in wrong(findings()))
