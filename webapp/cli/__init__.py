"""The command `hoert`: one group per thing that a person at a terminal does.

Exit status: 0 success, 1 refused input (the sentence on standard error says where and what to
do), 2 wrong usage.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import click
from pydantic import ValidationError

from surveys.errors import SurveyError

COMMANDS: Final[Mapping[str, str]] = {
    command: module
    for module, commands in {
        "processes": "run web worker bot db",
        "instruments": "instrument",
        "surveying": "link wave",
        "asking": "frame invite remind sending bounces outcome erase retention",
        "paper": "paper",
        "language": "language",
        "figures": "estimate protect report plan",
        "history": "responses",
        "register": "register",
        "text": "redact themes",
        "staff": "user",
        "demonstration": "demo",
    }.items()
    for command in commands.split()
}
"""Every command, and the module that it is loaded from when it is called: not before, since some
bring seconds of statistics along."""


class _Hoert(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name]}")
        offered: Sequence[click.Command] = module.COMMANDS
        return next(one for one in offered if one.name == cmd_name)


@click.group(
    cls=_Hoert,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def hoert() -> None:
    """Feedback from citizens and companies, turned into indicators that managers can trust."""


def main() -> None:
    """Run the command line; turn what the core refuses into a sentence and exit status 1."""
    try:
        hoert()
    except SurveyError as refusal:
        sys.exit(f"hoert: {refusal or type(refusal).__doc__}")
    except ValidationError as wrong:
        sentences = " ".join(str(detail["msg"]) for detail in wrong.errors())
        sys.exit(f"hoert: {sentences.replace('Value error, ', '')}")
