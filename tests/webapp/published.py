"""The published figures of autumn 2025 as a report, and the same for groups of other sizes."""

from collections.abc import Mapping, Sequence
from datetime import date

from analysis.indicators import LeftOut, Reading, ResponseRate, estimate
from analysis.report import (
    Bar,
    Distribution,
    Fieldwork,
    IndicatorReading,
    Report,
    ThemeRow,
    ThemeTable,
)
from surveys.instrument import Missing

QUOTE = "Jeg føler mig set og forstået – men brevene skaber utryghed."
POSITIVE = "I hvor høj grad oplever du kontakten med Jobcentret som positiv?"
OFFERS = "Hvis Allerød Kommune havde følgende tilbud, hvilke ville du så have lyst til at benytte?"
DEGREES = ("I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke")
THEMES = (
    "Skab gennemsigtighed og tillid i kommunikationen",
    "Styrk den individuelle og værdige indsats",
    "Udbyg relevante tilbud og opkvalificering",
)
CHOICES = {
    "Jobsøgningskursus og brug af AI i jobsøgningen": 96,
    "CV og LinkedIn": 71,
    "Opkvalificering": 110,
    "Naturterapi": 34,
}


def published(
    satisfied: int = 191,
    answered: int = 225,
    invited: int | None = 619,
    *,
    target: float = 0.85,
    quotes: Sequence[str] = (QUOTE,),
    synthetic: bool = False,
    waiting: int = 0,
) -> Report:
    """191 satisfied of 225 who answered of 619 invited, against 85 %, unless told otherwise."""
    detailed = answered >= 10
    return Report(
        survey="borgerinddragelse",
        title="Din kontakt med Jobcentret",
        wave="Efterår 2025",
        synthetic=synthetic,
        opens=date(2025, 9, 1),
        closes=date(2025, 10, 31),
        anonymity="anonymous",
        fieldwork=Fieldwork(
            invited=invited,
            received=answered + waiting,
            waiting=waiting,
            responses=answered,
            response_rate=None if invited is None else ResponseRate(answered + waiting, invited),
            modes=(("telegram", answered - answered // 2), ("web", answered // 2))
            if detailed
            else (),
        ),
        indicators=(
            IndicatorReading(
                code="contact",
                name="Borgere, der oplever kontakten som positiv",
                items=("positive",),
                source="Vores forslag. Planen sætter 85 % for kurser og intet tal for kontakten.",
                reading=_reading(satisfied, answered, invited, target),
            ),
        ),
        distributions=(
            _distribution("positive", POSITIVE, "scale", answered, _degrees(satisfied, answered)),
            _distribution("offers", OFFERS, "multiple", answered, CHOICES),
        ),
        themes=_themes(answered, quotes),
    )


def _reading(satisfied: int, answered: int, invited: int | None, target: float) -> Reading:
    return estimate(
        satisfied, answered, invited=invited, target=target, left_out=LeftOut(dont_know=0)
    )


def _degrees(satisfied: int, answered: int) -> Mapping[str, int]:
    rest = answered - satisfied
    counts = (satisfied // 2, satisfied - satisfied // 2, rest - rest // 3, rest // 3, 0)
    return dict(zip(DEGREES, counts, strict=True))


def _distribution(
    item: str, question: str, kind: str, answered: int, counts: Mapping[str, int]
) -> Distribution:
    shown = answered >= 10
    return Distribution(
        item=item,
        question=question,
        kind=kind,
        n=answered if answered >= 5 else None,
        left_out=((Missing.DONT_KNOW, 3), (Missing.SKIPPED, 1)) if shown else (),
        bars=tuple(
            Bar(str(place), label, min(n, answered), min(n, answered) / answered)
            for place, (label, n) in enumerate(counts.items())
        )
        if shown
        else None,
    )


def _themes(answered: int, quotes: Sequence[str]) -> ThemeTable:
    suppressed = answered < 10
    sizes = (answered // 3, answered // 4, 7)
    return ThemeTable(
        code_frame="citizen-1",
        coders=("citizen-1",),
        comments=None if suppressed else answered,
        unsure=None if suppressed else 6,
        rows=()
        if suppressed
        else tuple(
            ThemeRow(
                str(place), name, n, n // 2, n - n // 2, 0, 0, tuple(quotes) if n >= 10 else ()
            )
            for place, (name, n) in enumerate(zip(THEMES, sizes, strict=True))
            if n >= 5
        ),
        suppressed=suppressed,
        other=None if answered < 20 else 9,
        untold=None if answered < 20 else 12,
    )
