"""The commands that Telegram offers in its menu, in every language. The bot works without it."""

from contextlib import suppress
from typing import Final

from bot.gateway import Gateway, TelegramError
from surveys.instrument import SOURCE_LANGUAGE
from surveys.wording import languages, say

COMMANDS: Final = {
    "start": "start",
    "sprog": "language",
    "tilbage": "back",
    "spring": "skip",
    "stop": "chat_stop_here",
    "slet": "delete_answers",
    "privatliv": "privacy",
    "hjaelp": "chat_get_help",
}
"""Each command, with the text that says what it does."""


def menu(language: str) -> list[dict[str, str]]:
    """The commands as Telegram wants them."""
    return [
        {"command": command, "description": say(code, language)}
        for command, code in COMMANDS.items()
    ]


async def publish(gateway: Gateway) -> None:
    """Tell Telegram the commands; Danish for whoever speaks none of our languages."""
    for language in languages():
        wanted: dict[str, object] = {"commands": menu(language)}
        if language != SOURCE_LANGUAGE:
            wanted["language_code"] = language
        with suppress(TelegramError):
            await gateway.call("setMyCommands", wanted)
