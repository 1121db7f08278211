"""The bot as a process that does not read all its code in anew: a second and more, each time.

`tests.bot.test_process` starts `python -m bot` itself.
"""

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

from bot.__main__ import main

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def start(environment: dict[str, str], log: Path) -> BaseProcess:
    """A bot with nothing of ours but its code; its words are added to the log."""
    process = cast(BaseProcess, _context.Process(target=_run, args=(environment, log), daemon=True))
    process.start()
    return process


def _run(environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    sys.exit(main())
