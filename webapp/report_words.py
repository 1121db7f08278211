"""What a report says in words, on its page and in its documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from babel.dates import format_date, format_datetime

from analysis import danish
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.indicators import SMALL
from analysis.report import Bar, Distribution, ThemeRow, ThemeTable
from surveys.schedule import COPENHAGEN

MODES: Final = danish.MODES
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


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """One line of the table of themes: its name, its persons, and how they speak of it."""

    name: str
    n: int
    tone: str


def theme_lines(table: ThemeTable) -> Sequence[ThemeLine]:
    """The themes, and last those who write of something else and those who write of nothing."""
    rest = (("Andet", table.other), ("Intet tema", table.untold))
    return [
        *(
            ThemeLine(
                row.name, row.n, tone(row) if row.n >= MINIMUM_FOR_DETAIL else danish.NOT_SHOWN
            )
            for row in table.rows
        ),
        *(ThemeLine(name, n, "–") for name, n in rest if n is not None),
    ]


def day(moment: date) -> str:
    """A day in words: 21. november 2026."""
    return format_date(moment, "d. MMMM y", locale="da")


def short_day(moment: date) -> str:
    """A day in few letters: 21. nov. 2026."""
    return format_date(moment, "d. MMM y", locale="da")


def moment(when: datetime) -> str:
    """A moment in words, in Danish time: 21. nov. 2026 kl. 07.00."""
    return format_datetime(when, "d. MMM y 'kl.' HH.mm", tzinfo=COPENHAGEN, locale="da")
