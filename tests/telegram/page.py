"""A chat page in plain HTML, so that a person without Telegram can talk to the bot by hand."""

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.telegram.citizen import Citizen, Message

if TYPE_CHECKING:
    from tests.telegram.emulator import Emulator

_SHELL = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Telegram emulator</title>
<meta name="viewport" content="width=device-width">
<style>body{{max-width:32rem;margin:auto;padding:1rem;font:1rem/1.4 sans-serif}}
p{{white-space:pre-wrap;padding:.5rem;background:#eee}}.own{{margin-left:4rem;background:#def}}
form{{display:inline}}</style>
<body>{screen}<form method="post"><label>Write to the bot
<input name="text" autofocus autocomplete="off"></label> <button>Send</button></form>
<a href="/">Refresh</a></body></html>"""


class Page:
    """One developer's private chat with the bot."""

    def __init__(self, emulator: "Emulator") -> None:
        self._developer: Citizen = emulator.citizen("Udvikler")

    def show(self) -> str:
        """The screen as it is now."""
        return _SHELL.format(screen="".join(map(_bubble, self._developer.messages)))

    def act(self, form: Mapping[str, str], wait: float = 2.0) -> None:
        """Send what was written, or press a button; waits a little for the bot's reply."""
        if "data" in form:
            on = Message(int(form["on"]), "", from_bot=True, rows=())
            self._developer.press_data(form["data"], on)
        elif form.get("text"):
            self._developer.send(form["text"])
        try:
            self._developer.wait_for("", wait)
        except AssertionError:
            return  # no reply yet: the person can refresh


def _bubble(message: Message) -> str:
    bubble = f"<p{'' if message.from_bot else ' class=own'}>{html.escape(message.text)}</p>"
    for button in message.buttons:
        label = html.escape(button.label)
        if button.url:
            bubble += f'<a href="{html.escape(button.url)}">{label}</a> '
        else:
            data = html.escape(button.data or "")
            bubble += f'<form method="post"><input type="hidden" name="on" value="{message.id}">'
            bubble += f'<button name="data" value="{data}">{label}</button></form> '
    return bubble
