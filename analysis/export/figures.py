"""A report as one flat table: a line for every figure that it shows, and for each that it hides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from analysis import danish
from analysis.indicators import SMALL
from analysis.report import Distribution, Report, ThemeTable
from surveys.instrument import Missing

PARTS: Final = {
    "fieldwork": "Indsamling",
    "indicator": "Mål",
    "answer": "Svar",
    "theme": "Tema",
}
REASONS: Final = {
    Missing.DONT_KNOW: "Ved ikke",
    Missing.REFUSED: "Vil ikke svare",
    Missing.SKIPPED: "Sprunget over",
    Missing.NOT_APPLICABLE: "Fik ikke spørgsmålet",
    Missing.NOT_REACHED: "Nåede ikke til spørgsmålet",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. Shares are fractions and unrounded; None where there is none or it is hidden.

    `count` is the number itself, `base` what a share is computed from, `text` how a page prints it.
    """

    part: str
    code: str
    name: str
    answer: str
    answer_code: str
    count: int | None
    base: int | None
    share: float | None
    low: float | None
    high: float | None
    target: float | None
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its heading, and what the data dictionary says of it."""

    name: str
    heading: str
    meaning: str


COLUMNS: Final = (
    Column("part", "del", "Hvad linjen handler om: indsamling, mål, svar eller tema"),
    Column("code", "kode", "Målets, spørgsmålets eller temaets kode"),
    Column("name", "navn", "Målets navn, spørgsmålets ordlyd eller temaets navn"),
    Column("answer", "svar", "Svarmuligheden, eller grunden til, at der ikke er et svar"),
    Column("answer_code", "svarkode", "Svarmulighedens kode"),
    Column("count", "antal", "Antal personer"),
    Column("base", "grundlag", "Antal gyldige svar, som andelen er regnet af"),
    Column("share", "andel", "Andel mellem 0 og 1, ikke afrundet"),
    Column("low", "nedre", "95 %-intervallets nedre grænse (Wilson)"),
    Column("high", "oevre", "95 %-intervallets øvre grænse (Wilson)"),
    Column("target", "maal", "Måltallet mellem 0 og 1"),
    Column("text", "tekst", "Tallet, som det står på siden"),
    Column("status", "status", "Hvordan tallet står til målet"),
)
assert tuple(column.name for column in COLUMNS) == tuple(  # noqa: S101  a heading for every field
    field.name for field in fields(Figure)
)


def figures(report: Report) -> Sequence[Figure]:
    """Every line, in the order of the report."""
    return [
        *_fieldwork(report),
        *_indicators(report),
        *(line for one in report.distributions for line in _distribution(one)),
        *(_themes(report.themes) if report.themes else ()),
        *(
            _line(
                "theme",
                one.theme,
                one.name,
                answer="Odds for at være utilfreds",
                base=one.n,
                text=danish.association(one),
            )
            for one in report.associations
        ),
    ]


def _line(
    part: str,
    code: str,
    name: str,
    *,
    answer: str = "",
    answer_code: str = "",
    count: int | None = None,
    base: int | None = None,
    share: float | None = None,
    low: float | None = None,
    high: float | None = None,
    target: float | None = None,
    text: str = "",
    status: str = "",
) -> Figure:
    return Figure(
        PARTS[part], code, name, answer, answer_code, count, base, share, low, high, target, text,
        status,
    )  # fmt: skip


def _fieldwork(report: Report) -> Iterator[Figure]:
    work = report.fieldwork
    if report.group:
        yield _line("fieldwork", "group", "Kun svar fra", text=danish.group(report.group))
    counts = [
        ("invited", "Inviteret", work.invited),
        ("received", "Modtaget", None if report.group else work.received),
        ("responses", "Med i tallene", work.responses),
        ("waiting", "Venter på at blive blandet", None if report.group else work.waiting),
    ]
    for code, name, n in counts:
        if n is not None:
            yield _line("fieldwork", code, name, count=n, text=danish.number(n))
    rate = work.response_rate
    if rate is not None:
        yield _line(
            "fieldwork",
            "response_rate",
            "Svarprocent",
            count=rate.answered,
            base=rate.invited,
            share=rate.share,
            text=danish.response_rate(rate),
        )
    for mode, n in work.modes:
        yield _line("fieldwork", f"mode_{mode}", f"Svar via {mode}", count=n, base=work.responses)


def _indicators(report: Report) -> Iterator[Figure]:
    for one in report.indicators:
        shown = one.reading.shown()
        exact = shown is not None and shown.bound.value == "exact"
        yield _line(
            "indicator",
            one.code,
            one.name,
            count=one.reading.satisfied if exact else None,
            base=one.reading.n if shown else None,
            share=shown.share if shown and exact else None,
            low=shown.low if shown else None,
            high=shown.high if shown else None,
            target=one.reading.target,
            text=danish.share(one.reading),
            status=danish.status(one.reading),
        )


def _distribution(one: Distribution) -> Iterator[Figure]:
    if one.nearly is not None:
        yield _line(
            "answer",
            one.item,
            one.question,
            answer=" / ".join(one.nearly.labels),
            answer_code="+".join(one.nearly.codes),
            base=one.n,
            text=danish.nearly(one.nearly.count, one.n or 0, one.nearly.share),
        )
    elif one.bars is None:
        yield _line("answer", one.item, one.question, base=one.n, text=danish.NOT_SHOWN)
    if one.bars is None:
        return
    total = one.n or 0
    for bar in one.bars:
        yield _line(
            "answer",
            one.item,
            one.question,
            answer=bar.label,
            answer_code=bar.code,
            count=bar.n,
            base=one.n,
            share=bar.share,
            text=danish.count_of(bar.n, total) if total < SMALL else danish.percent(bar.share),
        )
    for reason, n in one.left_out:
        yield _line(
            "answer",
            one.item,
            one.question,
            answer=REASONS[reason],
            answer_code=reason.value,
            count=n,
            text="tæller ikke",
        )


def _themes(table: ThemeTable) -> Iterator[Figure]:
    if table.suppressed:
        yield _line("theme", "", "Kommentarer", text=danish.NOT_SHOWN)
        return
    for row in table.rows:
        yield _line("theme", row.code, row.name, count=row.n, text=danish.number(row.n))
        moods = {
            "positive": ("Ros", row.positive),
            "negative": ("Kritik", row.negative),
            "mixed": ("Ros og kritik", row.mixed),
            "neutral": ("Neutral", row.neutral),
        }
        for code, (label, n) in moods.items():
            if n is not None:
                yield _line("theme", row.code, row.name, answer=label, answer_code=code, count=n)
    for code, name, n in (("other", "Andet", table.other), ("none", "Intet tema", table.untold)):
        if n is not None:
            yield _line("theme", code, name, count=n, text=danish.number(n))
