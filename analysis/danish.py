"""Figures and their base in Danish, as pages and reports print them."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from analysis.association import Association
from analysis.group import RUN, Group
from analysis.indicators import (
    SMALL,
    Base,
    Bound,
    Difference,
    Direction,
    LeftOut,
    Limits,
    Reading,
    ResponseRate,
    Shown,
    Status,
)
from analysis.outcomes import Rate
from analysis.period import UnknownPeriod
from analysis.period import read as read_period
from analysis.plan import Baseline, Target, Unit
from analysis.process import Signal

_LOCALE = "da"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_ONE_DECIMAL = f"#,##0.0{_NO_BREAK}%"
_WHOLE = f"#,##0{_NO_BREAK}%"

STATUSES = {
    Status.MET: "nået",
    Status.MET_UNCERTAIN: "nået, men usikkert",
    Status.NOT_MET_UNCERTAIN: "ikke nået, men usikkert",
    Status.NOT_MET: "ikke nået",
    Status.TOO_FEW: "for få svar",
}
NOT_SHOWN = "vises ikke (for få svar)"

_BASES = {
    Base.INVITED: "inviterede",
    Base.REACHABLE: "inviterede, som vi kunne nå",
    Base.WILLING: "inviterede, som vi kunne nå, og som ikke sagde nej tak",
}
_REASONS = {
    "dont_know": "{n} svarede “Ved ikke”",
    "refused": "{n} ville ikke svare",
    "skipped": "{n} sprang spørgsmålet over",
    "not_applicable": "{n} fik ikke spørgsmålet",
    "not_reached": "{n} nåede ikke til spørgsmålet",
}
_COUNTS = {Bound.EXACT: "", Bound.AT_LEAST: "mindst ", Bound.AT_MOST: "højst "}
_SIGNS = {Bound.AT_LEAST: "≥", Bound.AT_MOST: "≤"}


def number(count: int) -> str:
    """Write a whole number: 12.345."""
    return format_decimal(count, locale=_LOCALE)


def percent(share: float) -> str:
    """Write a share with one decimal, rounded once and half up: 36,3 %.

    The shortest decimal that gives the double is rounded, so a ratio of whole numbers below a
    million million is rounded as the ratio itself would be.
    """
    exact = Decimal(repr(float(share)))
    rounded = exact.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    return format_percent(rounded, format=_ONE_DECIMAL, locale=_LOCALE)


def count_of(count: int, total: int) -> str:
    """Write a part of a whole: 8 af 10."""
    return f"{number(count)} af {number(total)}"


def share(reading: Reading) -> str:
    """Write the share as it may be shown: 84,9 %, "8 af 10", "≥ 90 %", or that it is not shown."""
    shown = reading.shown()
    if shown is None:
        return NOT_SHOWN
    if shown.count is not None:
        return _COUNTS[shown.bound] + count_of(shown.count, reading.n)
    if reading.items == 1:
        return _percent_shown(shown)
    return f"{_percent_shown(shown)} i gennemsnit af {reading.items} spørgsmål ({base(reading)})"


def brief(reading: Reading) -> str:
    """Write the share alone, for where its base stands beside it: 84,9 %, 8 af 10, ≥ 90 %."""
    shown = reading.shown()
    return share(reading) if shown is None or shown.count is not None else _percent_shown(shown)


def nearly(count: int | None, total: int, at_least: float) -> str:
    """Write what is shown where nearly all said the same: "mindst 11 af 12" or "≥ 90 %"."""
    if count is not None:
        return _COUNTS[Bound.AT_LEAST] + count_of(count, total)
    whole = format_percent(Decimal(repr(at_least)), format=_WHOLE, locale=_LOCALE)
    return f"{_SIGNS[Bound.AT_LEAST]}{_NO_BREAK}{whole}"


def _percent_shown(shown: Shown) -> str:
    if shown.bound is Bound.EXACT:
        return percent(shown.share)
    whole = format_percent(Decimal(repr(shown.share)), format=_WHOLE, locale=_LOCALE)
    return f"{_SIGNS[shown.bound]}{_NO_BREAK}{whole}"


def interval(reading: Reading) -> str:
    """Write the interval: mellem 81,1 % og 88,0 %."""
    shown = reading.shown()
    if shown is None:
        return NOT_SHOWN
    return f"mellem {percent(shown.low)} og {percent(shown.high)}"


def status(reading: Reading) -> str:
    """Write how the reading stands to its target; "intet mål" without one."""
    return "intet mål" if reading.status is None else STATUSES[reading.status]


def base(reading: Reading) -> str:
    """Write the number of answers behind the share: 225 svar."""
    return "færre end 5 svar" if reading.shown() is None else f"{number(reading.n)} svar"


def left_out(reading: Reading) -> str:
    """Write who is not in the share and why; nothing when nobody is, or too few answered."""
    if reading.shown() is None:
        return ""
    counts = {reason.name: getattr(reading.left_out, reason.name) for reason in fields(LeftOut)}
    reasons = [_REASONS[name].format(n=number(n)) for name, n in counts.items() if n]
    return f"Ikke talt med: {format_list(reasons, locale=_LOCALE)}" if reasons else ""


def response_rate(rate: ResponseRate) -> str:
    """Write the response rate with its base: 225 af 619 inviterede (36,3 %); of few the count."""
    if rate.invited is None:
        return f"{number(rate.answered)} har svaret. Vi ved ikke, hvor mange der fik linket."
    people = f"{count_of(rate.answered, rate.invited)} {_BASES[rate.base]}"
    few = rate.share is None or rate.invited < SMALL
    return people if few else f"{people} ({percent(rate.share or 0)})"


def outcome(rate: Rate) -> str:
    """Write an outcome rate: 36,3 %; of few cases as a count: 8 af 10."""
    if rate.cases is not None and rate.cases[1] < SMALL:
        return count_of(*rate.cases)
    return "" if rate.value is None else percent(rate.value)


_GROUPS = {
    "unit": "enhed",
    "course": "kursus",
    "mode": "kanal",
    "language": "sprog",
    "period": "periode",
    "caseworker": "sagsbehandler",
}
MODES = {
    "web": "Hjemmesiden",
    "chat": "Chat på hjemmesiden",
    "telegram": "Telegram",
    "kiosk": "Skærm på stedet",
    "paper": "Papir",
    "interview": "Interview",
}


def group(one: Group) -> str:
    """Write whom a figure is about: "enhed: Team Nord, kanal: Telegram"; "alle" for everybody."""
    return ", ".join(f"{name}: {text}" for name, text in group_parts(one)) or "alle"


def group_parts(one: Group) -> Sequence[tuple[str, str]]:
    """Each part of a group with its value in words."""
    given = {name: getattr(one, name) for name in _GROUPS}
    return [(_GROUPS[name], group_value(name, value)) for name, value in given.items() if value]


def group_value(name: str, value: str) -> str:
    """One value of a group in words: a channel, a language and a period by their names."""
    if name == "mode":
        return MODES.get(value, value)
    if name == "language":
        return str(Locale(_LOCALE).languages.get(value, value))
    if name == "period":
        try:
            return " til ".join(read_period(part).danish() for part in value.split(RUN))
        except UnknownPeriod:
            return value
    return value


_UNITS = {Unit.WEEKS: "uger", Unit.KRONER: "kr."}
_DIRECTIONS = {
    Direction.AT_LEAST: "mindst {level}",
    Direction.AT_MOST: "højst {level}",
    Direction.FALLING: "{change} lavere end {baseline}",
    Direction.RISING: "{change} højere end {baseline}",
}
_ANY = {Direction.FALLING: "skal falde", Direction.RISING: "skal stige"}


def amount(value: Decimal, unit: Unit) -> str:
    """Write a register's number with its unit: 57,0 %, 9,9 uger, 6.800.000 kr., 68."""
    if unit is Unit.SHARE:
        return percent(float(value)) if (100 * value) % 1 else _whole_percent(value)
    written = format_decimal(value.normalize(), format="#,##0.##", locale=_LOCALE)
    return f"{written}{_NO_BREAK}{_UNITS[unit]}" if unit in _UNITS else written


def _whole_percent(value: Decimal) -> str:
    return format_percent(value, format=_WHOLE, locale=_LOCALE)


def target(wanted: Target, baseline: Baseline | None, level: Decimal | None, unit: Unit) -> str:
    """Write a target: "mindst 85,0 %", "10,0 % lavere end november 2025 (højst 65,7)"."""
    if wanted.value is None:
        return _ANY[wanted.direction]
    if not wanted.relative:
        return _DIRECTIONS[wanted.direction].format(level=amount(Decimal(str(wanted.value)), unit))
    text = _DIRECTIONS[wanted.direction].format(
        change=amount(Decimal(str(abs(wanted.value))), Unit.SHARE),
        baseline=baseline.period.danish() if baseline else "før",
    )
    if level is None:
        return text
    limit = "mindst" if wanted.direction.upwards else "højst"
    return f"{text} ({limit} {amount(level, unit)})"


def points(change: float) -> str:
    """Write a change between two shares in percentage points, with its sign: +3,2 procentpoint."""
    rounded = Decimal(repr(100 * change)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    written = format_decimal(abs(rounded), format="#,##0.0", locale=_LOCALE)
    return f"{sign}{written}{_NO_BREAK}procentpoint"


def difference(change: Difference | None) -> str:
    """Say in a sentence what a change is worth: whether it is more than chance may give."""
    if change is None:
        return "Der er ingen måling før den at sammenligne med."
    between = f"mellem {points(change.low)} og {points(change.high)}"
    if not change.demonstrable:
        return f"Ændringen kan være tilfældig: {points(change.change)} ({between})."
    way = "Steget" if change.change > 0 else "Faldet"
    return f"{way} siden sidst: {points(change.change)} ({between})."


SIGNALS = {
    Signal.OUTSIDE: (
        "Det nyeste udsving er større end det, tilfældet plejer at give. Der er sket noget."
    ),
    Signal.SHIFT: (
        "De sidste otte tal ligger på samme side af midten. Det gør de sjældent tilfældigt."
        " Niveauet ser ud til at have flyttet sig."
    ),
    Signal.EARLIER: (
        "Det nyeste tal ligger, hvor tilfældet plejer at lægge det. Tidligere var der et udsving,"
        " som var større."
    ),
    Signal.NOISE: (
        "Udsvingene er ikke større end dem, tilfældet plejer at give. Læg ikke mere i dem."
    ),
}


def week(text: str) -> str:
    """Write an ISO week among others of its time: uge 47."""
    return f"uge {int(text[-2:])}"


def limits(one: Limits) -> str:
    """Write what chance usually gives: mellem 71,0 % og 93,2 %."""
    return f"mellem {percent(one.low)} og {percent(one.high)}"


def association(one: Association) -> str:
    """Say how a theme goes with dissatisfaction: 2,3 gange så store odds (mellem 1,2 og 4,4)."""
    times = [
        format_decimal(n, format="#,##0.0" if n >= 1 else "0.00", locale=_LOCALE)
        for n in (one.ratio, one.low, one.high)
    ]
    said = f"{times[0]} gange så store odds (mellem {times[1]} og {times[2]})"
    return said if one.demonstrable else f"{said}, men det kan være tilfældigt"
