"""The web process's settings: those of the installation and its own."""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from surveys.deployment import Deployment
from webapp import contrast

LARGEST_LOGO: Final = 8 * 1024
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class Settings(Deployment):
    """Read from the environment. Every name and its default stands in docs/operation.md."""

    bind: str = "127.0.0.1"
    web_processes: int = Field(default=2, ge=1, le=32)
    was_url: str = ""
    municipality_colour: str = ""
    municipality_logo: str = ""
    queue_url: str = "sqlite:///var/queue.sqlite3"
    chat_framed_by: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("chat_framed_by", mode="before")
    @classmethod
    def _origins(cls, given: object) -> object:
        """Several origins stand with a space between them: `https://www.example.dk`."""
        return tuple(given.split()) if isinstance(given, str) else given

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
        return [*super()._wrong(), *self._wrong_look()]

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
