"""The whole plan as a document to print, file or send: PDF/UA. It shows what the pages show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from analysis import actions, danish, plan, standing
from analysis.actions import Action, State
from analysis.plan import Unit
from analysis.register import Figure
from analysis.standing import RegisterStanding, ShownStanding, Standing, SurveyStanding
from surveys import extract
from surveys.instrument import SOURCE_LANGUAGE
from webapp import charts, typeset
from webapp.plan import NO_FIGURE, line, number, tally
from webapp.report_words import MODES, day
from webapp.wall import arithmetic

MOST_PERIODS: Final = 8
"""The newest periods of a register that are printed; the page has them all."""

_STATES: Final = {State.OPEN: "i gang", State.DONE: "færdig", State.DROPPED: "opgivet"}

Content = Mapping[str, object]
Row = tuple[str, str]


def pdf(session: Session, place: str, municipality: str, made: datetime) -> bytes:
    """Set the plan in force as it stands. `place` is the authority's name in registers."""
    return typeset.pdf("plan", content(session, place, municipality, made), made)


def content(session: Session, place: str, municipality: str, made: datetime) -> Content:
    """All that the document says, in words."""
    in_force = plan.current(session)
    stood = standing.stand(session, place, made, whole=True)
    listed = actions.listed(session)
    about = {one.code for one in in_force}
    today = made.date()
    synthetic = any(line(one).synthetic for one in stood.values())
    return {
        "title": "Sådan går det med planen",
        "municipality": municipality,
        "lead": f"{in_force.programmes[0].name('da')}. Tallene er fra {day(today)}.",
        "synthetic": (
            "Demonstrationsdata. Nogle af tallene er lavet af en computer. De siger intet om"
            " virkelige borgere eller virksomheder."
            if synthetic
            else None
        ),
        "footer": f"Planen – {municipality} – {day(today)}",
        **_fieldwork(session, stood.values()),
        "programmes": [
            {
                "name": programme.name("da"),
                "tally": tally(programme, stood),
                "compared": (
                    f"Sammenlignes med {' og '.join(programme.compared_with)}."
                    if programme.compared_with
                    else ""
                ),
                "overview": [
                    [words.name, words.target, words.brief or words.now, words.status]
                    for area in programme.areas
                    for words in (line(stood[one.code]) for one in area.indicators)
                ],
                "areas": [
                    {
                        "name": area.name("da"),
                        "indicators": [
                            _indicator(
                                stood[one.code],
                                [known for known in listed if known.indicator == one.code],
                                today,
                            )
                            for one in area.indicators
                        ],
                    }
                    for area in programme.areas
                ],
            }
            for programme in in_force.programmes
        ],
        "actions": [
            _action(one, today)
            for one in listed
            if one.indicator not in about and one.state is not State.DROPPED
        ],
        "method": [
            "Tilfreds er den, der vælger et af de to bedste svar. “Ved ikke” og spørgsmål uden svar"
            " tæller ikke med. Usikkerheden er et 95 %-interval (Wilson). Den handler kun om"
            " tilfældigheder. Den siger intet om, hvad de andre ville have svaret.",
            "Tal fra spørgeskemaer er et udsnit. Derfor kan et mål være nået, men usikkert. Tal fra"
            " registre er talt op, og dér er målet nået eller ikke nået.",
            "Har færre end 5 svaret, eller er der færre end 5 personer bag et tal, vises det ikke.",
            "På kurverne er den stiplede streg målet. De lodrette streger er usikkerheden.",
        ],
    }


def _fieldwork(session: Session, stood: Iterable[Standing]) -> Content:
    """The newest wave of each survey that the plan reads, and how its answers came in."""
    newest: dict[str, standing.WaveReading] = {}
    for one in stood:
        if isinstance(one, SurveyStanding) and one.newest:
            newest.setdefault(one.newest.survey, one.newest)
    rows, notes = [], []
    for survey, wave in newest.items():
        found = extract.wave(session, survey, None if wave.together else wave.label)
        rate = wave.figure.reading.response_rate
        rows.append(
            [
                found.instrument.title(SOURCE_LANGUAGE),
                wave.label,
                danish.number(rate.answered),
                danish.response_rate(rate)
                if rate.invited is not None
                else "Kan ikke regnes ud. Linket var åbent for alle.",
            ]
        )
        if len(wave.modes) > 1:
            came = ", ".join(MODES[mode] for mode in wave.modes)
            notes.append(
                f"Svarene på “{found.instrument.title(SOURCE_LANGUAGE)}” kom gennem: {came}."
            )
    return {"fieldwork": rows, "fieldwork-notes": notes}


def _indicator(one: Standing, known: Sequence[Action], today: date) -> Content:
    about, words = one.indicator, line(one)
    facts: list[Row] = [("Nu", words.now), ("Mål", words.target)]
    if words.status != NO_FIGURE:
        facts.append(("Status", words.status))
    measure: Content | None = None
    if isinstance(one, SurveyStanding) and one.newest:
        reading = one.newest.figure.reading
        left_out = danish.left_out(reading)
        shown = reading.shown()
        if shown:
            facts.append(("Usikkerhed", charts.uncertainty(reading)))
            measure = {
                "said": f"{words.name}: {charts.measure(reading).said}",  # type: ignore[union-attr]
                "share": shown.share,
                "low": shown.low,
                "high": shown.high,
                "target": reading.target,
                "target-text": "" if reading.target is None else f"Mål: {words.target}",
            }
        facts.append(("Grundlag", f"{words.base}{f'. {left_out}' if left_out else ''}"))
        if one.change:
            facts.append(("Siden sidst", danish.difference(one.change)))
    if isinstance(one, RegisterStanding):
        measure = _counted(one, words.name)
        if about.baseline:
            start = one.baseline
            facts.append(
                (
                    "Udgangspunkt",
                    f"{number(start, about.unit)} i {about.baseline.period.danish()}"
                    if start is not None
                    else f"Tallet for {about.baseline.period.danish()} mangler",
                )
            )
        if words.change:
            facts.append(("Ændring", words.change))
    facts.append(("Ansvarlig", about.owner or ""))
    facts.append(("Målet er fra", about.source("da")))
    return {
        "name": words.name,
        "measure": measure,
        "facts": [fact for fact in facts if fact[1]],
        "courses": _courses(one),
        "actions": [_action(action, today) for action in known],
    }


def _counted(one: RegisterStanding, name: str) -> Content | None:
    """The newest number against its level, where both may be printed."""
    unit, newest, level = one.indicator.unit, one.newest, one.level
    if newest is None or newest.value is None or standing.is_few(newest.value, unit):
        return None
    value, wanted = float(newest.value), None if level is None else float(level)
    top = 1.0 if unit is Unit.SHARE else max(value, wanted or 0.0) * 1.1
    if not top:
        return None
    limit = "mindst" if one.indicator.target and one.indicator.target.direction.upwards else "højst"
    said = "" if level is None else f"Mål: {limit} {danish.amount(level, unit)}"
    return {
        "said": f"{name}: {number(newest.value, unit)}. {said}".strip(),
        "share": value / top,
        "low": None,
        "high": None,
        "target": None if wanted is None else wanted / top,
        "target-text": said,
        "marks": ["0 %", "50 %", "100 %"] if unit is Unit.SHARE else ["0", "", ""],
    }


def _courses(one: Standing) -> Sequence[Content]:
    """The history as curves with their tables, newest first."""
    if isinstance(one, SurveyStanding):
        return _surveyed(one)
    if isinstance(one, ShownStanding):
        return [
            {
                **_registered(series.name("da"), series.unit, figures, {}, series.goal, shown=True),
                "note": arithmetic(series, figures),
            }
            for series, figures in one.series
        ]
    level = None if one.level is None else float(one.level)
    about = one.indicator
    return [_registered(about.name("da"), about.unit, one.figures, one.others, level)]


def _surveyed(one: SurveyStanding) -> Sequence[Content]:
    if len(one.waves) < 2:
        return []
    points = []
    for wave in reversed(one.waves):
        shown = wave.figure.reading.shown()
        if shown:
            said = danish.share(wave.figure.reading)
            points.append((wave.label, said, shown.share, shown.low, shown.high))
    target = one.indicator.target
    return [
        {
            "trend": _trend(
                one.indicator.name("da"), points, target.level(None) if target else None, 1.0
            ),
            "note": "",
            "headings": ["Runde", "Resultat", "Usikkerhed", "Svar"],
            "widths": [52, 50, 26],
            "rows": [
                [
                    wave.label,
                    danish.brief(wave.figure.reading),
                    danish.interval(wave.figure.reading),
                    danish.base(wave.figure.reading),
                ]
                for wave in one.waves
            ],
        }
    ]


def _registered(
    name: str,
    unit: Unit,
    figures: Sequence[Figure],
    others: Mapping[str, Sequence[Figure]],
    level: float | None,
    *,
    shown: bool = False,
) -> Content:
    points = [
        (one.period.danish(), number(one.value, unit), float(one.value), None, None)
        for one in figures
        if one.value is not None and not standing.is_few(one.value, unit)
    ]
    newest = list(reversed(figures))[:MOST_PERIODS]
    beside = {
        place: {one.period.text: number(one.value, unit) for one in theirs}
        for place, theirs in others.items()
    }
    rows = [
        [
            one.period.danish(),
            number(one.value, unit),
            *(theirs.get(one.period.text, "–") for theirs in beside.values()),
            one.source or "–",
        ]
        for one in newest
    ]
    return {
        "trend": _trend(name, points, level, None),
        "headings": [f"{name}, periode" if shown else "Periode", "Tal", *beside, "Kilde"],
        "widths": [30 if shown else 24, *(24 for _ in beside), 36],
        "rows": rows,
        "note": "",
    }


def _trend(
    name: str,
    points: Sequence[tuple[str, str, float, float | None, float | None]],
    level: float | None,
    top: float | None,
) -> Content | None:
    if len(points) < 2:
        return None
    highest = top or max(level or 0.0, *(value for _, _, value, _, _ in points)) * 1.05
    if not highest:
        return None
    apart = 1 / (len(points) - 1)

    def up(value: float | None) -> float | None:
        return None if value is None else min(value, highest) / highest

    return {
        "said": f"{name}. {' '.join(f'{when}: {text}.' for when, text, *_ in points)}",
        "points": [
            {"x": apart * place, "y": up(value), "low": up(low), "high": up(high)}
            for place, (_, _, value, low, high) in enumerate(points)
        ],
        "level": up(level),
        "first": points[0][0],
        "last": points[-1][0],
    }


def _action(one: Action, today: date) -> str:
    late = ", over tid" if one.late(today) else ""
    return f"{one.words} – {one.by}, {day(one.ended_on or one.due)} ({_STATES[one.state]}{late})"
