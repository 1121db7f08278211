"""Invitations and reminders as a file, for the municipality's own sender."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from surveys import keys, steps
from surveys.invitations import Letter
from surveys.schedule import COPENHAGEN
from surveys.steps import Step
from webapp.delivery import messages, sender
from webapp.settings import Settings

HEADINGS: Final = ("Nummer", "Link", "Kode", "Sprog", "Kanal", "Team", "Kan bruges til og med")
LEAVES: Final = "Link ud af panelet"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def as_csv(letters: Sequence[Letter], settings: Settings, closes_at: datetime | None) -> bytes:
    """One row for each letter, as Danish Excel opens it: a mark, semicolons, days as 31-12-2026.

    The last day is the last on which the link works; empty where the wave has no end. Where the
    panel is asked, a last column has the link by which each member leaves it.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    of_panel = any(letter.leaves_by for letter in letters)
    writer.writerow([*HEADINGS, LEAVES] if of_panel else HEADINGS)
    last = "" if closes_at is None else _last_day(closes_at)
    for letter in letters:
        link = f"{settings.public_url}/s/{letter.token}"
        row = [
            letter.reference, link, keys.spelled(letter.code), letter.language, letter.channel,
            letter.team or "", last,
        ]  # fmt: skip
        if of_panel:
            row.append(messages.leaving(settings, letter.leaves_by) if letter.leaves_by else "")
        writer.writerow([_safe(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _last_day(closes_at: datetime) -> str:
    moment = (closes_at - timedelta(microseconds=1)).astimezone(COPENHAGEN)
    return f"{moment:%d-%m-%Y}"


def _safe(cell: str) -> str:
    """What a spreadsheet would run as a formula is made a text."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell


def by_file(
    session: Session, survey: str, made: Sequence[Letter], settings: Settings
) -> Sequence[Letter]:
    """Those of some letters that no sender takes, so that somebody has to send them by a file."""
    if not steps.sending(session, survey).automatic:
        return made
    served = sender.channels(settings)
    return [letter for letter in made if letter.channel not in served]


def hand_over(
    session: Session, wave_id: int, made: Iterable[Letter], step: Step, now: datetime
) -> None:
    """Note that letters are in somebody's file, so that no sender sends them too."""
    steps.hand_over(session, wave_id, (letter.reference for letter in made), step, now)
