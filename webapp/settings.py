"""The web process's settings: those of the installation and its own."""

from pydantic import Field

from surveys.deployment import Deployment


class Settings(Deployment):
    """Read from the environment. Every name and its default stands in docs/operation.md."""

    port: int = Field(default=8000, ge=1, le=65535)
    was_url: str = ""
    queue_url: str = ""
