"""The command `hoert`: one group per thing that a person at a terminal does.

Exit status: 0 success, 1 refused input (the sentence on standard error says where and what to
do), 2 wrong usage.
"""

import sys

import click
from pydantic import ValidationError

from surveys.errors import SurveyError
from webapp.cli import (
    asking,
    demonstration,
    figures,
    history,
    instruments,
    language,
    paper,
    processes,
    register,
    staff,
    surveying,
    text,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def hoert() -> None:
    """Feedback from citizens and companies, turned into indicators that managers can trust."""


for module in (
    processes,
    instruments,
    surveying,
    asking,
    paper,
    language,
    figures,
    history,
    register,
    text,
    staff,
    demonstration,
):
    for command in module.COMMANDS:
        hoert.add_command(command)


def main() -> None:
    """Run the command line; turn what the core refuses into a sentence and exit status 1."""
    try:
        hoert()
    except SurveyError as refusal:
        sys.exit(f"hoert: {refusal or type(refusal).__doc__}")
    except ValidationError as wrong:
        sentences = " ".join(str(detail["msg"]) for detail in wrong.errors())
        sys.exit(f"hoert: {sentences.replace('Value error, ', '')}")
