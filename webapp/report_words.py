"""What a report says in words, on its page and in its documents."""

from datetime import date
from typing import Final

from babel.dates import format_date

from analysis import danish
from analysis.indicators import SMALL
from analysis.report import Bar, Distribution, ThemeRow

MODES: Final = {
    "web": "Hjemmesiden",
    "chat": "Chat på hjemmesiden",
    "telegram": "Telegram",
    "kiosk": "Skærm på stedet",
    "paper": "Papir",
    "interview": "Interview",
}
ANONYMITY: Final = {
    "anonymous": "Svarene er anonyme.",
    "confidential": "Svarene er fortrolige.",
    "identified": "Svarene er gemt med navn.",
}


def figure(distribution: Distribution, bar: Bar) -> str:
    """One category's count and share, in words: "84 (37,3 %)", or "3 af 12" when few answered."""
    total = distribution.n or 0
    if total < SMALL:
        return danish.count_of(bar.n, total)
    return f"{danish.number(bar.n)} ({danish.percent(bar.share)})"


def tone(row: ThemeRow) -> str:
    """How a theme's comments speak, in words: 37 ros, 38 kritik."""
    counts = {
        "ros": row.positive,
        "kritik": row.negative,
        "ros og kritik": row.mixed,
        "neutral": row.neutral,
    }
    return ", ".join(
        f"{danish.number(n)}\N{NO-BREAK SPACE}{name}" for name, n in counts.items() if n
    )


def day(moment: date) -> str:
    """A day in words: 21. november 2026."""
    return format_date(moment, "d. MMMM y", locale="da")
