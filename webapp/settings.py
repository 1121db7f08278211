"""The web process's settings: those of the installation and its own."""

from pydantic import Field

from surveys.deployment import Deployment


class Settings(Deployment):
    """Read from the environment. Every name and its default stands in docs/operation.md."""

    bind: str = "127.0.0.1"
    web_processes: int = Field(default=2, ge=1, le=32)
    was_url: str = ""
    queue_url: str = "sqlite:///var/queue.sqlite3"
