"""The bot's settings: those of the installation and its own."""

from pydantic import Field

from surveys.deployment import Deployment


class Settings(Deployment):
    """Read from the environment. Every name and its default stands in docs/operation.md.

    `telegram_patience` is how many seconds may pass without a good poll before the process ends,
    so that its supervisor starts it again.
    """

    telegram_patience: int = Field(default=300, ge=1)
