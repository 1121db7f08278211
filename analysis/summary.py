"""A wave's report in a few plain Danish sentences, written from its figures by rules.

Nothing is said that the report does not show: a hidden figure gives no sentence.
"""

from collections.abc import Iterator
from typing import Final

from babel.lists import format_list

from analysis import danish
from analysis.indicators import Status
from analysis.readings import IndicatorReading
from analysis.report import Report

FEW_ANSWERED: Final = 0.5
"""Below this response rate those who did not answer could change the result."""
MOST_THEMES: Final = 3

_VERDICTS: Final = {
    Status.MET: "Målet på {target} er nået.",
    Status.MET_UNCERTAIN: "Målet på {target} ser ud til at være nået, men det er usikkert.",
    Status.NOT_MET_UNCERTAIN: (
        "Målet på {target} ser ikke ud til at være nået, men det er usikkert."
    ),
    Status.NOT_MET: "Målet på {target} er ikke nået.",
}


def sentences(report: Report) -> tuple[str, ...]:
    """What the report says, in the order that a manager needs it."""
    return tuple(_sentences(report))


def _sentences(report: Report) -> Iterator[str]:
    yield from _fieldwork(report)
    shown = [one for one in report.indicators if one.reading.shown()]
    for one in shown:
        yield _indicator(one)
    if len(shown) < len(report.indicators):
        yield "Nogle resultater vises ikke, fordi for få har svaret."
    if report.themes and not report.themes.suppressed and report.themes.rows:
        first = report.themes.rows[:MOST_THEMES]
        named = [f"“{row.name}” ({danish.number(row.n)})" for row in first]
        yield f"Flest skriver om {format_list(named, locale='da')}."
        if report.themes.unsure:
            yield (
                f"{danish.number(report.themes.unsure)} kommentarer er modellen i tvivl om."
                " Dem bør en medarbejder læse."
            )


def _fieldwork(report: Report) -> Iterator[str]:
    if report.group:
        yield (
            f"{danish.number(report.fieldwork.responses)} svar er med,"
            f" kun fra {danish.group(report.group)}."
        )
        return
    rate = report.fieldwork.response_rate
    if rate is None or rate.share is None:
        yield (
            f"{danish.number(report.fieldwork.received)} har svaret."
            " Vi ved ikke, hvor mange der fik linket."
        )
        return
    yield f"{danish.response_rate(rate)} har svaret."
    if rate.share < FEW_ANSWERED:
        yield (
            "Under halvdelen har svaret. De andre kan mene noget andet, så vær varsom med"
            " at konkludere."
        )


def _indicator(one: IndicatorReading) -> str:
    reading = one.reading
    said = f"{one.name}: {danish.brief(reading)}."
    if reading.target is None or reading.status not in _VERDICTS:
        return said
    wanted = danish.percent(reading.target).replace(",0", "")
    return f"{said} {_VERDICTS[reading.status].format(target=wanted)}"
