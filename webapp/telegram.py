"""What the web side does for the bot: takes its updates, and knows the links that open it."""

import hmac
from functools import partial
from typing import Final

import httpx
from flask import Flask, Response, request
from structlog import get_logger

from surveys.arrivals import Arrivals, numbered
from surveys.deployment import Deployment
from webapp import running

PATIENCE_SECONDS = 5
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  its name


def register(app: Flask) -> None:
    """Take updates at the path of TELEGRAM_WEBHOOK_URL, where there is one."""
    settings = app.extensions["hoert"].settings
    if settings.telegram_bot_token and settings.telegram_webhook_url:
        app.add_url_rule(
            settings.telegram_webhook_path, "telegram.webhook", receive, methods=["POST"]
        )


def receive() -> Response:
    """Keep an update, and only then say yes: Telegram delivers again what it hears no yes to.

    What cannot be kept under a number gets a yes too, or it would stand in the way of the rest.
    """
    here = running()
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), here.settings.telegram_webhook_secret.encode()):
        return Response(status=403)
    update = request.get_json(force=True, silent=True)
    if numbered(update):
        arrivals = Arrivals.of(here.settings.secret_key)
        here.database.together(partial(arrivals.receive, updates=[update], now=here.clock()))
    else:
        get_logger().warning("update without a number")
    return Response(status=200)


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
