"""The plan and the board as Excel workbooks: the figures that their pages show, and no others."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from analysis import actions, danish, plan, standing
from analysis.export.sheets import Book, Cell, Column, Share
from analysis.export.workbook import DICTIONARY, METHOD
from analysis.indicators import Bound, Reading
from analysis.plan import Unit
from analysis.register import Figure
from analysis.standing import RegisterStanding, Standing, SurveyStanding
from surveys.schedule import COPENHAGEN
from webapp.actions import STATES, subject_of, subjects
from webapp.plan import line, number
from webapp.report_words import short_day
from webapp.wall import Gauge, Wall

Row = Sequence[Cell]

_CODE: Final = Column("Kode", "Indikatorens kode. Den er den samme i alle ark", 22)
_LOW: Final = Column("Nedre", "95 %-intervallets nedre grænse (Wilson)")
_HIGH: Final = Column("Øvre", "95 %-intervallets øvre grænse (Wilson)")
_BASE: Final = Column("Grundlag", "Antal gyldige svar, som andelen er regnet af")
_TEXT: Final = Column("Tekst", "Tallet, som det står på siden", 34)
_MADE_UP: Final = Column("Demonstration", "Ja, når tallet er lavet af en computer", 15)
_INDICATOR: Final = Column("Indikator", "Hvad der måles", 40)
_TARGET: Final = Column("Mål", "Det, som indikatoren holdes op på", 24)
_UNIT: Final = Column("Enhed", "Den enhed, der gør det, eller hele huset", 20)
_OWNER: Final = Column("Ansvarlig", "Hvem der har ansvaret", 20)
_STATUS: Final = Column("Status", "Hvordan tallet står til målet", 24)
_CHANGE: Final = Column("Ændring", "Hvad der er sket siden sidst eller siden udgangspunktet", 30)

PLAN: Final = (
    Column("Program", "Den plan, som indikatoren står i", 28),
    Column("Område", "Indsatsområdet i planen", 28),
    _CODE,
    _INDICATOR,
    _TARGET,
    Column("Måltal", "Det tal, der skal nås, når det kan regnes ud. En andel er fra 0 til 1"),
    Column("Nu", "Det nyeste tal. Tomt, når det ikke må vises præcist"),
    _LOW,
    _HIGH,
    _BASE,
    Column("Hvornår", "Runden eller perioden, som tallet er fra", 18),
    _TEXT,
    _CHANGE,
    _STATUS,
    _OWNER,
    Column("Målet er fra", "Hvor det står, at målet skal nås", 40),
    _MADE_UP,
)
HISTORY: Final = (
    _CODE,
    _INDICATOR,
    Column("Sted", "Det sted, som et tal fra et register er for", 14),
    Column("Hvornår", "Runden eller perioden, som tallet er fra", 18),
    Column("Tal", "Tallet. Tomt, når det ikke må vises præcist"),
    _LOW,
    _HIGH,
    _BASE,
    _TEXT,
    Column("Kilde", "Hvor et tal fra et register kommer fra", 30),
    _MADE_UP,
)
ACTIONS: Final = (
    Column("Handling", "Det, I gør", 60),
    Column("Handler om", "Indikatoren eller temaet", 40),
    _UNIT,
    _OWNER,
    Column("Senest", "Hvornår det skal være færdigt", 12),
    Column("Sluttet", "Hvornår det blev færdigt eller opgivet", 12),
    Column("Status", "Om handlingen er i gang, færdig eller opgivet", 12),
    Column("Fortalt", "Ja, når borgerne kan læse om det", 10),
)
BOARD: Final = (
    _INDICATOR,
    Column("Tal", "Tallet, som det står på tavlen", 18),
    _STATUS,
    _TARGET,
    _CHANGE,
    Column("Grundlag", "Hvad tallet er regnet af", 50),
)
THEMES: Final = (
    Column("Tema", "Noget, som mange skriver om", 40),
    Column("Svar", "Hvor mange der skriver om det, af dem, der har svaret", 22),
    Column("Ændring", "Om flere eller færre skriver om det end sidst", 50),
)
PROMISES: Final = (
    Column("Handling", "Det, I gør. Lange tekster er kortet af, som på tavlen", 60),
    _OWNER,
    Column("Senest", "Hvornår det skal være færdigt", 14),
    Column("Over tid", "Ja, når dagen er gået", 10),
)
BAROMETER: Final = (
    Column("Barometer", "Hvad der måles", 40),
    Column("Hvornår", "Perioden, som tallet er fra", 20),
    Column("Tal", "Tallet. Det vises ikke, når det er under fem personer", 14),
    _TEXT,
    Column("Regnestykke", "Sådan er det regnet ud", 60),
)
_WORDS: Final = (Column("Ark", "", 16), Column("Kolonne", "", 22), Column("Betydning", "", 90))


def plan_workbook(session: Session, place: str, municipality: str, made: datetime) -> bytes:
    """The plan in force with its history and its actions. `place` is as in `standing.stand`."""
    in_force = plan.current(session)
    stood = standing.stand(session, place, made, whole=True)
    about = subjects(in_force)
    sheets: list[tuple[str, Sequence[Column], Sequence[Row]]] = [
        ("Planen", PLAN, list(_plan(in_force, stood))),
        ("Historik", HISTORY, [row for one in stood.values() for row in _history(one, place)]),
        (
            "Handlinger",
            ACTIONS,
            [
                (
                    one.words,
                    about.get(subject_of(one), "Noget, der ikke er i planen mere"),
                    one.unit or "Hele huset",
                    one.owner,
                    one.due,
                    one.ended_on,
                    STATES[one.state],
                    _yes(bool(one.told)),
                )
                for one in actions.listed(session)
            ],
        ),
    ]
    defined: list[Row] = [
        (
            one.code,
            "indikator",
            f"{one.name('da')}."
            + (f" Spørgsmål: {', '.join(one.items)} i {one.survey}." if one.survey else ""),
        )
        for one in in_force
    ]
    synthetic = any(line(one).synthetic for one in stood.values())
    return _book("Sådan går det med planen", municipality, made, sheets, defined, synthetic)


def board_workbook(wall: Wall, municipality: str, made: datetime) -> bytes:
    """The board as it hangs, or as it was printed."""
    sheets: list[tuple[str, Sequence[Column], Sequence[Row]]] = [
        (
            "Tavlen",
            BOARD,
            [(c.name, c.figure, c.status, c.target, c.change, c.base) for c in wall.cards],
        ),
        ("Temaer", THEMES, [(one.name, one.count, one.change) for one in wall.themes]),
        (
            "Handlinger",
            PROMISES,
            [(one.words, one.owner, one.due, _yes(one.late)) for one in wall.promises],
        ),
        (
            "Barometer",
            BAROMETER,
            [
                (gauge.name, when, value, words, gauge.sum if when == gauge.when else "")
                for gauge in wall.gauges
                for when, words, value in _course(gauge)
            ],
        ),
    ]
    return _book(f"Tavlen {wall.day}", municipality, made, sheets, (), wall.synthetic)


def _book(
    title: str,
    municipality: str,
    made: datetime,
    sheets: Sequence[tuple[str, Sequence[Column], Sequence[Row]]],
    defined: Sequence[Row],
    synthetic: bool,
) -> bytes:
    book = Book(f"{title} – {municipality}")
    for name, columns, rows in sheets:
        book.table(name, columns, rows)
    facts = [
        ("Kommune", municipality),
        ("Lavet", short_day(made.astimezone(COPENHAGEN).date())),
    ]
    if synthetic:
        facts.append(("Demonstrationsdata", "Nogle af tallene er lavet af en computer."))
    book.page("Om tallene", title, facts, METHOD)
    meanings = [
        (name, column.heading, column.meaning) for name, columns, _ in sheets for column in columns
    ]
    book.table(DICTIONARY, _WORDS, [*meanings, *defined])
    return book.content()


def _plan(in_force: plan.Plan, stood: Mapping[str, Standing]) -> Iterator[Row]:
    for programme in in_force.programmes:
        for area in programme.areas:
            for about in area.indicators:
                one = stood[about.code]
                words = line(one)
                yield (
                    programme.name("da"),
                    area.name("da"),
                    about.code,
                    words.name,
                    words.target,
                    _level(one),
                    *_newest(one),
                    words.now,
                    words.change,
                    words.status,
                    about.owner or "",
                    about.source("da"),
                    _yes(words.synthetic),
                )


def _level(one: Standing) -> Cell:
    match one:
        case SurveyStanding(indicator=about) if about.target and not about.target.relative:
            value = about.target.value
            return None if value is None else Share(value)
        case RegisterStanding(level=Decimal() as level):
            return _as_number(level, one.indicator.unit)
    return None


def _newest(one: Standing) -> Row:
    """The newest figure: itself, its interval, what it is computed from, and when it was."""
    match one:
        case SurveyStanding(newest=standing.WaveReading() as wave):
            return *_figure(wave.figure.reading), wave.label
        case RegisterStanding(newest=Figure() as newest):
            value = _counted(newest.value, one.indicator.unit)
            return value, None, None, None, newest.period.danish()
    return (None,) * 5


def _history(one: Standing, place: str) -> Iterator[Row]:
    about = one.indicator
    if isinstance(one, SurveyStanding):
        for wave in one.waves:
            reading = wave.figure.reading
            yield (
                about.code,
                about.name("da"),
                "",
                wave.label,
                *_figure(reading),
                danish.share(reading),
                "",
                _yes(wave.synthetic),
            )
        return
    told = [(about.code, about.name("da"), about.unit, place, one.figures)] if isinstance(
        one, RegisterStanding
    ) else [
        (series.code, f"{about.name('da')}: {series.name('da')}", series.unit, place, figures)
        for series, figures in one.series
    ]  # fmt: skip
    if isinstance(one, RegisterStanding):
        told += [(*told[0][:3], other, theirs) for other, theirs in one.others.items()]
    for code, name, unit, where, figures in told:
        for figure in reversed(figures):
            yield (
                code,
                name,
                where,
                figure.period.danish(),
                _counted(figure.value, unit),
                None,
                None,
                None,
                number(figure.value, unit),
                figure.source,
                _yes(figure.synthetic),
            )


def _figure(reading: Reading) -> Row:
    """A share, its interval and its base; of near-unanimity only within what."""
    shown = reading.shown()
    if shown is None:
        return (None,) * 4
    share = Share(shown.share) if shown.bound is Bound.EXACT else None
    return share, Share(shown.low), Share(shown.high), reading.n


def _counted(value: Decimal | None, unit: Unit) -> Cell:
    return None if value is None or standing.is_few(value, unit) else _as_number(value, unit)


def _as_number(value: Decimal, unit: Unit) -> Cell:
    return Share(value) if unit is Unit.SHARE else value


def _course(gauge: Gauge) -> Sequence[tuple[str, str, float | None]]:
    """A barometer's numbers; the newest in words where it is of few persons."""
    newest = gauge.when, gauge.figure, None
    return (
        gauge.course
        if any(one[0] == gauge.when for one in gauge.course)
        else (*gauge.course, newest)
    )


def _yes(whether: bool) -> str:
    return "ja" if whether else ""
