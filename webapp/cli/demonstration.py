"""`hoert demo`: synthetic surveys to look at, marked as such, the same for the same seed.

Everything goes the way real answers go: invitations, ballots, the mixer, the theme model.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import cycle
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from surveys import ballot, courses, definition, extract, fieldwork, keys, meetings
from surveys.database import Database
from surveys.deployment import Deployment
from surveys.frame import Member
from surveys.instrument import Answer, CodeList, Instrument, Missing, Scale, Text
from surveys.interview import Draft, Interview
from surveys.recurring import CourseRun
from surveys.schedule import moment, week
from webapp.cli.installation import now, opened
from webapp.cli.made_up import call_companies, promise

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
AUTUMN_OPENS = datetime(2025, 9, 8, 8, 0, tzinfo=COPENHAGEN)
AUTUMN_CLOSES = datetime(2025, 10, 10, 23, 59, tzinfo=COPENHAGEN)
AUTUMN_INVITED, AUTUMN_ANSWERED, AUTUMN_SATISFIED = 619, 225, 191
MEETINGS = 84


class Round(NamedTuple):
    """One wave of the demonstration: when it was, in days before now, and what came of it."""

    survey: str
    label: str
    opened: int
    closed: int
    invited: int | None
    answered: int
    pleased: float
    mode: str


ROUNDS = (
    Round("virksomhedsinddragelse", "Efterår 2025", 365, 340, None, 10, 0.8, "interview"),
    Round("kursusfeedback", "Forår 2026", 260, 200, 140, 96, 0.82, "web"),
    Round("kursusfeedback", "Efterår 2026", 80, 20, 150, 104, 0.9, "web"),
    Round("ungeplan", "Forår 2026", 230, 200, 73, 41, 0.7, "chat"),
    Round("ungeplan", "Efterår 2026", 50, 20, 68, 44, 0.82, "web"),
    Round("medarbejdere", "Efterår 2026", 60, 30, 92, 74, 0.78, "web"),
    Round("flygtninge", "April 2026", 220, 200, 120, 63, 0.5, "kiosk"),
    Round("flygtninge", "Oktober 2026", 50, 22, 115, 58, 0.35, "kiosk"),
)
FIGURES: dict[str, tuple[tuple[str, str], ...]] = {
    "training": (("2026-Q2", "0.64"), ("2026-Q3", "0.91")),
    "young_on_benefit": (
        ("2025-11", "73"),
        ("2026-03", "71"),
        ("2026-06", "66"),
        ("2026-09", "68"),
        ("2026-10", "64"),
    ),
    "young_offered": (("2026-Q2", "0.72"), ("2026-Q3", "0.88")),
    "sickness_partnerships": (("2026-Q2", "11"), ("2026-Q3", "19")),
    "sickness_benefit": (("2025-12", "296"), ("2026-06", "281"), ("2026-09", "272")),
    "talent_scouts": (("2026-Q2", "0.48"), ("2026-Q3", "0.53")),
    "mentors": (("2025", "0.08"), ("2026", "0.11")),
    "youth_agreements": (("2026-Q2", "4"), ("2026-Q3", "11")),
    "individual_courses": (("2025", "214"), ("2026", "131")),
    "board_meetings": (("2026-Q2", "0.83"), ("2026-Q3", "1")),
    "unemployment": (("2026-06", "402"), ("2026-08", "417"), ("2026-10", "391")),
    "savings": (("2026", "1900000"),),
}
COMPARED = {"Hørsholm": "1.04", "Egedal": "0.97"}
"""Made-up places beside our own: their numbers are ours times this."""


class Course(NamedTuple):
    """One run of a course: how many days ago it ended, who came, and how many of them liked it."""

    name: str
    course: str
    supplier: str | None
    ended: int
    answered: int
    pleased: int


COURSES = (
    Course("CV og LinkedIn, hold 1", "CV og LinkedIn", "Foreningen Fremad", 128, 14, 12),
    Course("CV og LinkedIn, hold 2", "CV og LinkedIn", "Foreningen Fremad", 112, 11, 11),
    Course("Truckkort, hold 1", "Truckkort", "Kursuscenter Nord", 124, 13, 6),
    Course("Truckkort, hold 2", "Truckkort", "Kursuscenter Nord", 96, 9, 8),
    Course("Mindfulness, forår", "Mindfulness", None, 120, 4, 4),
    Course("Mindfulness, sommer", "Mindfulness", None, 102, 3, 3),
)
"""They ended before the newest wave of courses began: the plan stands on that one."""
UNITS = ("Social Faglig Enhed", "Visitation og Hjælpemidler", "Fastholdelsesteamet")
CASEWORKERS = 4
"""In each unit. Who is a caseworker in a demonstration sees the feedback of one of them."""
MODES = ("web", "web", "web", "web", "web", "web", "chat", "chat", "telegram")


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other answers.")
def demo(seed: int) -> None:
    """Fill an empty database with synthetic surveys, clearly marked."""
    with opened() as database:
        with database.snapshot() as session:
            if extract.waves(session):
                raise click.ClickException(
                    "There are surveys here already, and demonstration data must not mix with"
                    " them. Use an empty database (DATABASE_URL)."
                )
        demonstrate(database, seed)


def demonstrate(database: Database, seed: int) -> None:
    """Write the autumn survey with the plan's published counts, and something for every indicator.

    Numbers from registers stand there too, so that the whole plan can be looked at.
    """
    chance = random.Random(seed)  # noqa: S311  synthetic answers, not secrets
    answered = sum(one.answered for one in (*ROUNDS, *COURSES))
    length = AUTUMN_ANSWERED + MEETINGS + answered
    with click.progressbar(length=length, label="Demonstration data") as bar:
        with database.transaction() as session:
            for _ in _autumn(session, chance):
                bar.update(1)
        with database.transaction() as session:
            for _ in _meetings(session, chance):
                bar.update(1)
        for one in ROUNDS:
            with database.transaction() as session:
                for _ in _round(session, chance, one):
                    bar.update(1)
        for course in COURSES:
            with database.transaction() as session:
                for _ in _course(session, chance, course):
                    bar.update(1)
        with database.transaction() as session:
            _planned(session)
            promise(session, now())
            _figures(session)
        with database.transaction() as session:
            call_companies(session, Deployment().secret_key, now())
    _find_themes(database)


def _find_themes(database: Database) -> None:
    from analysis import coder
    from analysis.coding import AUDIENCES

    with database.transaction() as session:
        for wave in extract.waves(session):
            if wave.instrument.audience not in AUDIENCES:
                continue
            coder.classify_waiting(session, wave)


def _autumn(session: Session, chance: random.Random) -> Iterator[None]:
    wave_id = fieldwork.open_wave(
        session,
        "borgerinddragelse",
        "Efterår 2025",
        opens_at=AUTUMN_OPENS,
        closes_at=AUTUMN_CLOSES,
        invited=AUTUMN_INVITED,
        target=0.85,
        synthetic=True,
    )
    invited = list(fieldwork.invite(session, wave_id, AUTUMN_INVITED))
    chance.shuffle(invited)
    satisfied = [place < AUTUMN_SATISFIED for place in range(AUTUMN_ANSWERED)]
    chance.shuffle(satisfied)
    voices = Voices(chance)
    for token, pleased in zip(invited, satisfied, strict=False):
        when = AUTUMN_OPENS + timedelta(days=chance.randrange(30))
        admission = fieldwork.admit(session, token, when)
        answers: dict[str, str | list[str]] = {
            "positive": str(chance.choice((4, 4, 5)) if pleased else chance.choice((1, 2, 3, 3))),
            "heard": _degree(chance, pleased),
            "good": voices.say("good", "positive") if chance.random() < 0.55 else "",
            "better": voices.say("better", "negative") if chance.random() < 0.6 else "",
            "offers": chance.sample(_codes(admission.instrument, "offers"), chance.randrange(5)),
        }
        _cast(session, admission, token, answers, chance, when)
        yield
    ballot.mix(session, wave_id, closing=True)


def _meetings(session: Session, chance: random.Random) -> Iterator[None]:
    begins = now() - timedelta(days=70)
    wave_id = fieldwork.open_wave(
        session, "samtalefeedback", f"{now():%Y}", opens_at=begins, synthetic=True
    )
    # By a chance of their own, so that another number of them moves no answer
    drawn = copy(chance)
    links = {
        unit: cycle(
            [
                fieldwork.create_link(
                    session,
                    "samtalefeedback",
                    begins,
                    unit=unit,
                    caseworker=drawn.randbytes(16).hex(),
                )
                for _ in range(CASEWORKERS)
            ]
        )
        for unit in UNITS
    }
    voices = Voices(chance)
    for _ in range(MEETINGS):
        when = begins + timedelta(days=chance.randrange(1, 70))
        admission = fieldwork.admit(session, next(links[chance.choice(UNITS)]), when)
        pleased = chance.random() < 0.8
        answers: dict[str, str | list[str]] = {
            item: _degree(chance, pleased)
            for item in ("purpose", "heard", "language", "guidance", "next")
        }
        answers["open"] = voices.say("open", "positive" if pleased else "negative")
        _cast(session, admission, keys.new_ballot(), answers, chance, when)
        yield
    ballot.mix(session, wave_id)


def _round(session: Session, chance: random.Random, one: Round) -> Iterator[None]:
    opens, closes = (now() - timedelta(days=days) for days in (one.opened, one.closed))
    wave_id = fieldwork.open_wave(
        session,
        one.survey,
        one.label,
        opens_at=opens,
        closes_at=closes,
        anonymity="confidential" if one.survey == "virksomhedsinddragelse" else "anonymous",
        invited=one.invited,
        synthetic=True,
    )
    tokens = list(fieldwork.invite(session, wave_id, one.invited or one.answered))
    chance.shuffle(tokens)
    satisfied = [place < round(one.pleased * one.answered) for place in range(one.answered)]
    chance.shuffle(satisfied)
    instrument = fieldwork.admit(session, tokens[0], opens).instrument
    voices = Voices(chance, instrument.audience)
    for token, happy in zip(tokens, satisfied, strict=False):
        when = opens + timedelta(days=chance.randrange(20))
        admission = fieldwork.admit(session, token, when)
        answers: dict[str, str | list[str]] = {}
        for item in instrument:
            match item.domain:
                case Scale():
                    answers[item.id] = str(
                        chance.choice((4, 4, 5)) if happy else chance.choice((1, 2, 3, 3))
                    )
                case CodeList():
                    answers[item.id] = chance.choice(_codes(instrument, item.id))
                case Text() if not item.companion_of and chance.random() < 0.5:
                    answers[item.id] = voices.say(item.id, "positive" if happy else "negative")
        _cast(session, admission, token, answers, chance, when, one.mode)
        yield
    ballot.mix(session, wave_id, closing=True)


def _course(session: Session, chance: random.Random, one: Course) -> Iterator[None]:
    ended = now() - timedelta(days=one.ended)
    last = ended.astimezone(COPENHAGEN).date()
    noon = moment(last, time(12))
    run = CourseRun(
        one.name, one.course, last - timedelta(days=4), last, one.supplier, "Rådhuset",
        expected=one.answered + 2,
    )  # fmt: skip
    courses.save(session, run, now() - timedelta(days=200))
    number = next(known.id for known in courses.planned(session, ended) if known.run == run)
    courses.prepare(session, number, link=True, synthetic=True)
    found = next(known for known in courses.planned(session, ended) if known.run == run)
    instrument = definition.catalogue()[courses.SURVEY]
    voices = Voices(chance, instrument.audience)
    for place in range(one.answered):
        when = noon + timedelta(days=chance.randrange(4))
        admission = fieldwork.admit(session, found.code or "", when)
        happy = place < one.pleased
        answers: dict[str, str | list[str]] = {}
        for item in instrument:
            if isinstance(item.domain, Scale):
                answers[item.id] = str(chance.choice((4, 5) if happy else (1, 2, 3)))
        answers["better"] = "" if happy else voices.say("better", "negative")
        _cast(session, admission, keys.new_ballot(), answers, chance, when, "web")
        yield
    if found.wave_id is not None:
        ballot.mix(session, found.wave_id, closing=True)


def _planned(session: Session) -> None:
    """A run to come, and meetings of which too few wait to be asked about: nobody is written to."""
    today = now().astimezone(COPENHAGEN).date()
    last = today + timedelta(days=9)
    run = CourseRun(
        "CV og LinkedIn, hold 3", "CV og LinkedIn", last - timedelta(days=4), last,
        "Foreningen Fremad", "Rådhuset", expected=14,
    )  # fmt: skip
    courses.save(session, run, now())
    meetings.switch_on(session, "Ungeteamet", today - timedelta(days=14))
    held = [
        meetings.Meeting(f"demo-{n}", week(now()), "in_person", Member(f"D{n}", team=team))
        for n, team in enumerate(["Ungeteamet"] * 3 + ["Sygedagpengeteamet"] * 8)
    ]
    meetings.take(session, meetings.Reading({}, tuple(held), ()))


def _figures(session: Session) -> None:
    from analysis import period, plan, register

    own = Deployment().place
    factors = {own: Decimal(1)} | {place: Decimal(times) for place, times in COMPARED.items()}
    beside = ("sickness_benefit", "unemployment")
    register.record(
        session,
        [
            register.Figure(
                code,
                place,
                period.read(when),
                (Decimal(value) * times).quantize(Decimal(1) if place != own else Decimal(value)),
                "Demonstration",
                synthetic=True,
            )
            for code, numbers in FIGURES.items()
            for when, value in numbers
            for place, times in factors.items()
            if place == own or code in beside
        ],
        now(),
    )
    _require_known(plan.shipped().register_codes())


def _require_known(codes: Mapping[str, object]) -> None:
    if unknown := FIGURES.keys() - codes.keys():
        raise LookupError(f"The plan has no indicators {', '.join(sorted(unknown))}.")


def _degree(chance: random.Random, pleased: bool) -> str:
    if chance.random() < 0.04:
        return Missing.DONT_KNOW.value
    return str(chance.choice((3, 4, 4, 5, 5)) if pleased else chance.choice((1, 2, 2, 3, 4)))


def _codes(instrument: Instrument, item: str) -> list[str]:
    return [category.code for category in instrument[item].categories if not category.specify]


def _cast(
    session: Session,
    admission: fieldwork.Admission,
    token: str,
    raws: Mapping[str, str | list[str]],
    chance: random.Random,
    when: datetime,
    mode: str | None = None,
) -> None:
    interview = Interview(admission.instrument, Draft("da"))
    interview.fill(raws)
    closed: Mapping[str, Answer] = interview.finish().answers
    ballot.cast(
        session,
        admission.instrument,
        closed,
        wave_id=admission.wave_id,
        spends=keys.spend_hash(token),
        personal=admission.personal,
        receipt=token,
        mode=mode or chance.choice(MODES),
        language="da",
        unit=admission.unit,
        course=admission.course,
        caseworker=admission.caseworker,
        now=when,
    )


class Voices:
    """Synthetic comments out of the training corpus, each used once."""

    def __init__(self, chance: random.Random, audience: str = "citizen") -> None:
        from analysis.coding import AUDIENCES
        from analysis.corpus import seeds

        self._left: dict[tuple[str, str], list[str]] = {}
        for comment in seeds(audience) if audience in AUDIENCES else ():
            if comment.language == "da":
                self._left.setdefault((comment.question, comment.sentiment), []).append(
                    comment.text
                )
        for texts in self._left.values():
            chance.shuffle(texts)

    def say(self, question: str, sentiment: str) -> str:
        """A comment that answers this question in this mood; nothing when they are used up."""
        left: Sequence[str] = self._left.get((question, sentiment), [])
        if not left:
            return ""
        return self._left[question, sentiment].pop()


COMMANDS = (demo,)
