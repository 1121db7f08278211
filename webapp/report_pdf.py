"""The report of one wave as a document to print, file or send: PDF/UA."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from analysis import danish
from analysis.association import Association
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.export.figures import REASONS
from analysis.indicators import SMALL
from analysis.readings import IndicatorReading
from analysis.report import Distribution, Report, ThemeTable
from analysis.summary import sentences
from webapp import charts, typeset
from webapp.report_words import ANONYMITY, MODES, day, figure, theme_lines

Content = Mapping[str, object]
Row = tuple[str, str]


def pdf(report: Report, municipality: str, made: datetime) -> bytes:
    """Set a report, the fieldwork first. What the page hides is hidden here too."""
    until = f"{day(report.opens)} – {day(report.closes)}" if report.closes else None
    content = {
        "title": report.title,
        "municipality": municipality,
        "lead": " ".join(
            (
                f"Runde {report.wave}.",
                f"{until}." if until else f"Åben siden {day(report.opens)}.",
                ANONYMITY[report.anonymity],
            )
        ),
        "synthetic": (
            "Demonstrationsdata. Svarene er lavet af en computer. De siger intet om virkelige"
            " borgere eller virksomheder."
            if report.synthetic
            else None
        ),
        "footer": f"{report.title} – {report.wave} – {day(made.date())}",
        "summary": sentences(report),
        "fieldwork": _fieldwork(report),
        "fieldwork-notes": _notes(report),
        "indicators": [_indicator(one, part=bool(report.group)) for one in report.indicators],
        "questions": [_question(one) for one in report.distributions],
        "themes": _themes(report.themes, report.associations) if report.themes else None,
        "method": [
            "Andele er regnet ud fra de præcise tal og rundet af én gang. “Ved ikke” og spørgsmål"
            " uden svar tæller ikke med i andelen. Usikkerheden er et 95 %-interval (Wilson). Den"
            " handler kun om tilfældigheder. Den siger intet om, hvad de andre ville have svaret.",
            f"Har færre end 5 svaret, vises intet tal. Har færre end {MINIMUM_FOR_DETAIL} svaret,"
            f" vises hverken fordelinger eller kommentarer. Har færre end {SMALL} svaret, står der"
            " antal og ikke procent.",
        ],
    }
    return typeset.pdf("report", content, made)


def _fieldwork(report: Report) -> Sequence[Row]:
    work = report.fieldwork
    counts = [
        ("Inviteret", work.invited),
        ("Modtaget", work.received),
        ("Med i tallene", work.responses),
        ("Venter", work.waiting or None),
    ]
    if report.group:
        return [
            ("Kun svar fra", danish.group(report.group)),
            ("Med i tallene", danish.number(work.responses)),
        ]
    rate = (
        danish.response_rate(work.response_rate)
        if work.response_rate
        else "Kan ikke regnes ud. Linket var åbent for alle."
    )
    return [
        *((name, danish.number(n)) for name, n in counts if n is not None),
        ("Svarprocent", rate),
    ]


def _notes(report: Report) -> Sequence[str]:
    work = report.fieldwork
    notes = []
    if work.waiting:
        notes.append(
            "Nye svar venter, til der er 10 at blande. Så kan ingen se, hvem der har svaret hvad."
            " Når runden lukker, kommer resten med."
        )
    if work.modes:
        came = ", ".join(f"{MODES[mode]} ({danish.number(n)})" for mode, n in work.modes)
        notes.append(f"Svarene kom gennem: {came}.")
    return notes


def _indicator(one: IndicatorReading, *, part: bool) -> Content:
    reading = one.reading
    shown = reading.shown()
    chart = charts.measure(reading)
    left_out = danish.left_out(reading)
    facts: list[Row] = [("Resultat", danish.share(reading)), ("Mål nået?", danish.status(reading))]
    if shown:
        facts.append(("Usikkerhed", charts.uncertainty(reading)))
    if reading.target is not None:
        facts.append(("Mål", f"mindst {danish.percent(reading.target)}"))
    facts.append(("Grundlag", f"{danish.base(reading)}{f'. {left_out}' if left_out else ''}"))
    if shown and not part:
        facts.append(("Svarprocent", danish.response_rate(reading.response_rate)))
    return {
        "name": one.name,
        "source": one.source,
        "facts": facts,
        "chart": {
            "said": f"{one.name}: {chart.said}",
            "share": shown.share,
            "low": shown.low,
            "high": shown.high,
            "target": reading.target,
            "target-text": chart.target_text,
        }
        if shown and chart
        else None,
    }


def _question(one: Distribution) -> Content:
    if one.nearly is not None:
        said = " eller ".join(f"“{label}”" for label in one.nearly.labels)
        covered = (
            f"{danish.nearly(one.nearly.count, one.n or 0, one.nearly.share)} svarede {said}."
            " Næsten alle svarede det samme. Derfor vises fordelingen ikke."
        )
        return {"question": one.question, "base": covered, "bars": [], "said": ""}
    if one.bars is None:
        hidden = (
            f"Svarene {danish.NOT_SHOWN}. De vises, når mindst {MINIMUM_FOR_DETAIL} har svaret."
        )
        return {"question": one.question, "base": hidden, "bars": [], "said": ""}
    total = one.n or 0
    several = " Man måtte vælge flere." if one.kind == "multiple" else ""
    entries = [(bar.label, figure(one, bar), bar.share) for bar in one.bars]
    few = total < SMALL
    rows = [
        [bar.label, danish.count_of(bar.n, total)]
        if few
        else [bar.label, danish.number(bar.n), danish.percent(bar.share)]
        for bar in one.bars
    ]
    rows += [
        [REASONS[reason], danish.number(n), *([] if few else ["tæller ikke"])]
        for reason, n in one.left_out
    ]
    return {
        "question": one.question,
        "base": f"{danish.number(total)} svar.{several}",
        "bars": entries,
        "said": f"{one.question} {charts.bars(entries).said}",
        "headings": ["Svar", "Antal"] if few else ["Svar", "Antal", "Andel"],
        "rows": rows,
    }


def _themes(table: ThemeTable, related: Sequence[Association]) -> Content:
    empty: dict[str, object] = {"bars": [], "said": "", "quotes": []}
    if table.suppressed:
        shown_from = f"De vises, når mindst {MINIMUM_FOR_DETAIL} har skrevet."
        return {**empty, "sentences": [f"Kommentarerne {danish.NOT_SHOWN}. {shown_from}"]}
    sentences = [f"{danish.number(table.comments or 0)} kommentarer er læst. {_who(table)}"]
    if table.unsure:
        sentences.append(
            f"Modellen er usikker på {danish.number(table.unsure)}. Dem bør en medarbejder læse."
        )
    if related:
        sentences.append(
            "Odds for at være utilfreds, når man skriver om temaet, i forhold til når man ikke gør."
            " Tallene viser, at to ting følges ad, og ikke at det ene er årsag til det andet:"
        )
        sentences += [f"{one.name}: {danish.association(one)}." for one in related]
    lines = theme_lines(table)
    if not lines:
        return {**empty, "sentences": [*sentences, "Intet tema er nævnt af mindst 5 personer."]}
    most = max(line.n for line in lines)
    entries = [(line.name, danish.number(line.n), line.n / most) for line in lines]
    return {
        "sentences": sentences,
        "bars": entries,
        "said": f"Hvor mange der skriver om hvert tema. {charts.bars(entries).said}",
        "headings": ["Tema", "Personer", "Tone"],
        "width": 42,
        "rows": [[line.name, danish.number(line.n), line.tone] for line in lines],
        "quotes": [{"name": row.name, "quotes": row.quotes} for row in table.rows if row.quotes],
    }


def _who(table: ThemeTable) -> str:
    if "person" not in table.coders:
        return "Temaerne er foreslået af en model. Ingen medarbejder har set dem efter."
    if len(table.coders) > 1:
        return "Nogle temaer er foreslået af en model. Andre har en medarbejder valgt."
    return "En medarbejder har valgt temaerne."
