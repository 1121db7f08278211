"""An installation starts with what it needs, or says in one go what is missing."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import ValidationError

from surveys.deployment import Deployment, is_loopback


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Deployment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_developer_needs_nothing_and_gets_a_secret_that_stays() -> None:
    first, second = Deployment(), Deployment()
    assert not first.in_production
    assert len(first.secret_key) >= 48
    assert second.secret_key == first.secret_key
    file = Path("var/secret_key")
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_together_share_one_secret() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        _start_together()
    finally:
        sys.setswitchinterval(interval)


def _start_together() -> None:
    for _ in range(40):
        Path("var/secret_key").unlink(missing_ok=True)
        gate = Barrier(6)

        def start(_: int, gate: Barrier = gate) -> str:
            gate.wait()
            return Deployment().secret_key

        with ThreadPoolExecutor(6) as processes:
            secrets = set(processes.map(start, range(6)))
        assert len(secrets) == 1
        assert "" not in secrets


def test_production_names_everything_that_is_missing_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://svar.example.dk")
    monkeypatch.setenv("SECRET_KEY", "kort")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://example.com/bot")
    with pytest.raises(ValidationError) as refusal:
        Deployment()
    for name in ("SECRET_KEY", "PUBLIC_URL", "TELEGRAM_API_URL"):
        assert name in str(refusal.value)
    assert not Path("var").exists()


def test_production_with_what_it_needs_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://svar.example.dk/")
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("DATABASE_URL", "")
    deployment = Deployment()
    assert deployment.in_production
    assert deployment.public_url == "https://svar.example.dk"
    assert deployment.database_url == "sqlite:///var/hoert.sqlite3"


@pytest.mark.parametrize("given", ["https://x.org", "https://x.org/", "https://x.org/bot"])
def test_the_bot_api_is_written_with_or_without_bot(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", given)
    assert Deployment().telegram_root == "https://x.org"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.9.9.9", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("https://example.dk", False),
        ("http://127.0.0.1.example.dk", False),
        ("http://192.168.1.1", False),
        ("", False),
    ],
)
def test_only_this_machine_is_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local
