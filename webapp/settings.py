"""The web process's settings: those of the installation and its own."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from surveys.deployment import Deployment, is_loopback
from webapp import contrast
from webapp.access_tables import ROLES

LARGEST_LOGO: Final = 8 * 1024
SENDERS: Final = ("export", "smtp", "sms", "console")
_SMS_SENDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 ]{1,9}[A-Za-z0-9]")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class Settings(Deployment):
    """Read from the environment. Every name and its default stands in docs/operation.md."""

    bind: str = "127.0.0.1"
    web_processes: int = Field(default=2, ge=1, le=32)
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    was_url: str = ""
    call_back: bool = True
    municipality_colour: str = ""
    municipality_logo: str = ""
    queue_url: str = "sqlite:///var/queue.sqlite3"
    chat_framed_by: Annotated[tuple[str, ...], NoDecode] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_roles_claim: str = "roles"
    oidc_units_claim: str = "units"
    staff_totp: Annotated[tuple[str, ...], NoDecode] = ()
    delivery: Annotated[tuple[str, ...], NoDecode] = ("export",)
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: Literal["", "starttls", "tls", "off"] = ""
    mail_from: str = ""
    gatewayapi_token: str = ""
    gatewayapi_url: str = "https://gatewayapi.eu"
    sms_sender: str = ""

    @field_validator("delivery", mode="before")
    @classmethod
    def _senders(cls, given: object) -> object:
        """Several senders stand with a space or a comma between them: `smtp sms`."""
        if isinstance(given, str):
            return tuple(given.replace(",", " ").split()) or ("export",)
        return given

    @property
    def smtp_security(self) -> Literal["starttls", "tls", "off"]:
        """How the line to the mail server is protected: by STARTTLS, unless it is on this machine.

        SMTP_TLS decides otherwise.
        """
        if self.smtp_tls:
            return self.smtp_tls
        return "off" if is_loopback(f"//{self.smtp_host}") else "starttls"

    @field_validator("chat_framed_by", "staff_totp", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        """Several origins or roles stand with a space between them."""
        return tuple(given.split()) if isinstance(given, str) else given

    @field_validator("staff_totp")
    @classmethod
    def _are_roles(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        for role in roles:
            if role not in ROLES:
                raise ValueError(f"STAFF_TOTP has {role!r}. Write roles: {', '.join(ROLES)}.")
        return roles

    @field_validator("chat_framed_by")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"CHAT_FRAMED_BY has {origin!r}. Write origins: https://www.example.dk, with a"
                    " space between several."
                )
        return origins

    def _wrong(self) -> list[str]:
        return [
            *super()._wrong(),
            *self._wrong_look(),
            *self._wrong_delivery(),
            *self._wrong_sign_in(),
        ]

    def _wrong_delivery(self) -> list[str]:
        """What keeps messages from being sent."""
        wrong = []
        if unknown := set(self.delivery) - set(SENDERS):
            wrong.append(
                f"DELIVERY has {', '.join(sorted(unknown))}. Known: {', '.join(SENDERS)};"
                " several with a space between."
            )
        if "smtp" in self.delivery and not self.smtp_host:
            wrong.append("SMTP_HOST is missing: DELIVERY has smtp.")
        if self.smtp_host and "@" not in parseaddr(self.mail_from)[1]:
            wrong.append(
                "MAIL_FROM is missing or no address. Write: Eksempel Kommune <svar@example.dk>."
            )
        if "sms" in self.delivery and not self.gatewayapi_token:
            wrong.append("GATEWAYAPI_TOKEN is missing: DELIVERY has sms.")
        if "sms" in self.delivery and not _SMS_SENDER.fullmatch(self.sms_sender):
            wrong.append(
                "SMS_SENDER is who the SMS is from: 3 to 11 of A-Z, a-z, 0-9 and space, such as"
                " Alleroed."
            )
        if not self.gatewayapi_url.startswith("https://") and not is_loopback(self.gatewayapi_url):
            wrong.append("GATEWAYAPI_URL must begin with https:// (http:// only on this machine).")
        return wrong

    def _wrong_sign_in(self) -> list[str]:
        """What keeps staff from signing in with the municipality's own sign-in."""
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        wrong = []
        if any(given) and not all(given):
            wrong.append("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together.")
        if self.oidc_issuer and not (
            self.oidc_issuer.startswith("https://") or is_loopback(self.oidc_issuer)
        ):
            wrong.append("OIDC_ISSUER must begin with https://.")
        return wrong

    def _wrong_look(self) -> list[str]:
        """What keeps the municipality's colour and logo off its pages."""
        wrong = []
        colour = self.municipality_colour
        if colour and not contrast.is_colour(colour):
            wrong.append(f"MUNICIPALITY_COLOUR is {colour!r}. Write it like #14506e.")
        elif colour and contrast.on_white(colour) < contrast.LEAST:
            wrong.append(
                f"MUNICIPALITY_COLOUR {colour} has a contrast of {contrast.on_white(colour):.2f}:1"
                f" to white. Text and buttons need {contrast.LEAST}:1. Choose a darker one."
            )
        logo = Path(self.municipality_logo)
        if self.municipality_logo and logo.suffix not in {".svg", ".png"}:
            wrong.append("MUNICIPALITY_LOGO must name an .svg or a .png file.")
        elif self.municipality_logo and not logo.is_file():
            wrong.append(f"MUNICIPALITY_LOGO: there is no file {logo}.")
        elif self.municipality_logo and logo.stat().st_size > LARGEST_LOGO:
            wrong.append(
                f"MUNICIPALITY_LOGO is {logo.stat().st_size} bytes. It is in every first visit:"
                f" at most {LARGEST_LOGO}. Make it smaller, or use an .svg."
            )
        return wrong
