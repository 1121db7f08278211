"""What every process of one installation shares: read from the environment, from nothing else."""

import hmac
import re
import secrets
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from surveys.database import DEFAULT_URL

SHORTEST_SECRET = 32
WEBHOOK_PATH = "/telegram"
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def is_loopback(url: str) -> bool:
    """Whether a URL can only be reached from this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Deployment(BaseSettings):
    """One installation. It is in production as soon as PUBLIC_URL is not this machine's own.

    Without PUBLIC_URL it is at PORT of this machine.

    On a developer's machine a missing SECRET_KEY is made once and kept under `var/`; in
    production the process refuses to start without one.
    """

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = DEFAULT_URL
    secret_key: str = ""
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    municipality: str = Field(default="Kommunen", min_length=1)
    help_phone: str = ""
    telegram_bot_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: str = ""

    @property
    def in_production(self) -> bool:
        """Whether citizens can reach it."""
        return not is_loopback(self.public_url)

    @property
    def place(self) -> str:
        """What registers call the authority: Allerød for Allerød Kommune."""
        return self.municipality.removesuffix(" Kommune")

    @property
    def telegram_root(self) -> str:
        """The Bot API root, without a closing slash or `/bot`."""
        return self.telegram_api_url.rstrip("/").removesuffix("/bot")

    @property
    def telegram_webhook_path(self) -> str:
        """Where the web process takes updates: the path of TELEGRAM_WEBHOOK_URL."""
        return urlsplit(self.telegram_webhook_url).path

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.public_url = (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")
        self.database_url = self.database_url or DEFAULT_URL
        if self.telegram_webhook_url and self.telegram_webhook_path in {"", "/"}:
            self.telegram_webhook_url = self.telegram_webhook_url.rstrip("/") + WEBHOOK_PATH
        wrong = list(self._wrong())
        if wrong:
            raise ValueError(" ".join(wrong))
        if not self.secret_key:
            self.secret_key = _kept_secret()
        if not self.telegram_webhook_secret:
            key = self.secret_key.encode()
            self.telegram_webhook_secret = hmac.digest(key, b"telegram webhook", "sha256").hex()
        return self

    def _wrong(self) -> list[str]:
        """Everything that keeps this installation from starting, in one go."""
        wrong = []
        if self.in_production and len(self.secret_key) < SHORTEST_SECRET:
            wrong.append(
                f"SECRET_KEY is missing or shorter than {SHORTEST_SECRET} characters."
                " Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'."
            )
        if self.in_production and not self.public_url.startswith("https://"):
            wrong.append("PUBLIC_URL must begin with https://.")
        if not self.telegram_api_url.startswith("https://") and not is_loopback(
            self.telegram_api_url
        ):
            wrong.append(
                "TELEGRAM_API_URL must begin with https:// (http:// only on this machine)."
            )
        if self.telegram_webhook_url:
            if not self.telegram_webhook_url.startswith("https://") and not is_loopback(
                self.telegram_webhook_url
            ):
                wrong.append("TELEGRAM_WEBHOOK_URL must begin with https://.")
            if not _PATH.fullmatch(self.telegram_webhook_path):
                wrong.append("The path of TELEGRAM_WEBHOOK_URL may hold letters, digits and ._~-.")
        if self.telegram_webhook_secret and not _WEBHOOK_SECRET.fullmatch(
            self.telegram_webhook_secret
        ):
            wrong.append(
                "TELEGRAM_WEBHOOK_SECRET may hold letters A-Z, digits, _ and -, 256 at most."
            )
        return wrong


def _kept_secret() -> str:
    file = Path("var/secret_key")
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        written = file.with_name(f"secret_key.{secrets.token_hex(8)}")
        written.touch(mode=0o600)
        written.write_text(secrets.token_urlsafe(48))
        # Several processes start together: the first link wins, and nobody reads half a key
        with suppress(FileExistsError):
            file.hardlink_to(written)
        written.unlink()
    return file.read_text().strip()
