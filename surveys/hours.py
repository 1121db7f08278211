"""When people may be disturbed: between 9 and 17 in Copenhagen on days when offices are open. Pure.

Closed are weekends, public holidays, and three days that are none but free to most: Grundlovsdag,
Christmas Eve and New Year's Eve.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from dateutil.easter import easter

from surveys.schedule import COPENHAGEN, moment

_OPENS, _CLOSES = time(9), time(17)
_SATURDAY: Final = 5
_EACH_YEAR: Final = frozenset({(1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)})
_FROM_EASTER: Final = frozenset({-3, -2, 1, 39, 50})
"""Skærtorsdag, langfredag, anden påskedag, Kristi himmelfartsdag, anden pinsedag."""


def may_disturb(now: datetime) -> bool:
    """Whether a message may leave now."""
    return next_chance(now) == now


def next_chance(now: datetime) -> datetime:
    """The first moment, from this one on, at which a message may leave."""
    local = now.astimezone(COPENHAGEN)
    today = local.date()
    first = open_day(today if local.time() < _CLOSES else today + timedelta(days=1))
    return max(now, moment(first, _OPENS))


def open_day(day: date) -> date:
    """The first day, from this one on, on which people may be disturbed."""
    while _is_closed(day):
        day += timedelta(days=1)
    return day


def _is_closed(day: date) -> bool:
    return (
        day.weekday() >= _SATURDAY
        or (day.month, day.day) in _EACH_YEAR
        or (day - easter(day.year)).days in _FROM_EASTER
    )
