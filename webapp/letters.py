"""Invitations and reminders as a file for the municipality's own sender."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from surveys import keys
from surveys.invitations import Letter
from surveys.schedule import COPENHAGEN

HEADINGS: Final = ("Nummer", "Link", "Kode", "Sprog", "Kanal", "Team", "Kan bruges til og med")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def as_csv(letters: Iterable[Letter], public_url: str, closes_at: datetime | None) -> bytes:
    """One row for each letter, as Danish Excel opens it: a mark, semicolons, days as 31-12-2026.

    The last day is the last on which the link works; empty where the wave has no end.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    last = "" if closes_at is None else _last_day(closes_at)
    for letter in letters:
        link = f"{public_url}/s/{letter.token}"
        row = (
            letter.reference, link, keys.spelled(letter.code), letter.language, letter.channel,
            letter.team or "", last,
        )  # fmt: skip
        writer.writerow([_safe(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _last_day(closes_at: datetime) -> str:
    moment = (closes_at - timedelta(microseconds=1)).astimezone(COPENHAGEN)
    return f"{moment:%d-%m-%Y}"


def _safe(cell: str) -> str:
    """What a spreadsheet would run as a formula is made a text."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell
