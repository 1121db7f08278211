"""What the web side knows of the bot: the deep link that opens a survey on Telegram."""

import httpx
from structlog import get_logger

from surveys.deployment import Deployment

PATIENCE_SECONDS = 5


def deep_link(deployment: Deployment, code: str) -> str | None:
    """The link that opens the bot with a code; None without a token or when the bot can't be asked.

    A link with a guessed name would send citizens to somebody else's bot.
    """
    if not deployment.telegram_bot_token:
        return None
    try:
        answer = httpx.post(
            f"{deployment.telegram_root}/bot{deployment.telegram_bot_token}/getMe",
            timeout=PATIENCE_SECONDS,
        )
        name = answer.raise_for_status().json()["result"]["username"]
    except (httpx.HTTPError, ValueError, KeyError):
        get_logger().warning("telegram name unknown")
        return None
    return f"https://t.me/{name}?start={code}"
