"""Made-up companies for the demonstration, calls to them that are under way, and made-up promises.

Their CVR numbers begin with 99, which the register gives out to nobody, and their telephone numbers
with 00, where nobody answers.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from analysis import actions
from analysis.actions import Action, State
from surveys import calls, companies, fieldwork, panel, phone_interview, telling
from surveys.calls import Jotted, Outcome
from surveys.companies import Company
from surveys.errors import UnusableCell
from surveys.schedule import COPENHAGEN

NAMES: Final = (
    ("Eksempel Bageri ApS", "Ane Prøve", "Indehaver", "7-9"),
    ("Eksempel Tømrer ApS", "Bo Prøve", "Mester", "formiddag"),
    ("Eksempel Lager A/S", "Carla Prøve", "HR-chef", ""),
    ("Eksempel Rengøring ApS", "Dan Prøve", "Driftsleder", "13-15"),
    ("Eksempel Gartneri I/S", "Eva Prøve", "Indehaver", ""),
    ("Eksempel Hotel A/S", "Finn Prøve", "Direktør", "eftermiddag"),
    ("Eksempel Transport ApS", "Gry Prøve", "Planlægger", ""),
    ("Eksempel Køkken A/S", "Hans Prøve", "Køkkenchef", "14-16"),
)
PROMISED: Final = timedelta(days=190)
PROMISES: Final[tuple[tuple[str | None, str, str, str | None, int, int | None], ...]] = (
    ("course", "Alle på kurserne får programmet en uge før", "Kurser", None, -120, 120),
    ("conversation", "Mødet begynder med det, der er vigtigst for dig", "Ledelsen", None, 30, None),
    (None, "Brevene bliver lettere at læse", "Teamlederen", "Fastholdelsesteamet", -3, None),
)
"""Indicator (none for a theme, which citizens are not told of), words, owner, unit; days until it
is due, and since it was done. All of them were promised `PROMISED` ago."""
SURVEY: Final = "virksomhedsinddragelse"
LABEL: Final = "Panelet"
CALLER: Final = "demonstration"


def cvr_numbers() -> list[str]:
    """As many numbers as there are made-up companies, right in form and given to nobody."""
    found: list[str] = []
    number = 99_000_000
    while len(found) < len(NAMES):
        number += 1
        try:
            found.append(companies.as_cvr(str(number)))
        except UnusableCell:
            continue
    return found


def call_companies(session: Session, secret: str, now: datetime) -> None:
    """A panel that is being asked: some interviewed, one put off, one who says no."""
    today = now.astimezone(COPENHAGEN).date()
    # Before the interviews of autumn 2025, which stay the newest that figures are read from
    wave_id = fieldwork.open_wave(
        session, SURVEY, LABEL, opens_at=now - timedelta(days=400), synthetic=True
    )
    reached = {}
    for place, (number, (name, contact, role, best_time)) in enumerate(
        zip(cvr_numbers(), NAMES, strict=True)
    ):
        company = Company(
            cvr=number,
            name=name,
            contact=contact,
            phone=f"+45000000{place:02}",
            email=f"kontakt{place}@example.org",
            best_time=companies.as_best_time(best_time) if best_time else None,
        )
        reached[number] = company
        panel.join(
            session, company, role=role, most_a_year=panel.USUAL,
            consented_on=today - timedelta(days=9), today=today,
        )  # fmt: skip
    panel.send(session, wave_id, secret, wanted=None, seed=1, by=CALLER, now=now)
    for one in calls.listed(session, wave_id, secret, now):
        companies.change(session, one.id, reached[one.cvr])
    found = {one.name: one for one in calls.listed(session, wave_id, secret, now)}
    bakery, carpenter, store, cleaning, garden, *_ = (found[name] for name, *_ in NAMES)
    for one, own, summary in (
        (bakery, "Vores faste konsulent ringer altid tilbage samme dag.", "Glad for samarbejdet."),
        (store, "Vi mangler at se, hvem der kan starte i næste uge.", ""),
    ):
        answers = {"cooperation": "4", "works" if summary else "better": telling.told(own, summary)}
        jotted = Jotted(consented=True, by=CALLER)
        phone_interview.finish(
            session, one, secret, answers, jotted, version=0, now=now - timedelta(days=2)
        )
    for one, outcome, ago, ahead in (
        (carpenter, Outcome.NO_ANSWER, 26, None),
        (carpenter, Outcome.CALL_AGAIN, 3, -1),
        (cleaning, Outcome.CALL_AGAIN, 2, 25),
        (garden, Outcome.REFUSED, 4, None),
    ):
        calls.note(
            session, one, secret, outcome, by=CALLER, now=now - timedelta(hours=ago),
            next_at=None if ahead is None else now + timedelta(hours=ahead),
        )  # fmt: skip


def promise(session: Session, now: datetime) -> None:
    """Something that is done, something that is not done in time, and something of one unit."""
    from analysis.corpus import code_frame

    today = now.astimezone(COPENHAGEN).date()
    theme = f"citizen/{code_frame('citizen').themes[0].code}"
    for indicator, words, owner, unit, due, ended in PROMISES:
        said = f"Demonstration: {words}"
        made = Action(
            id=None,
            indicator=indicator,
            theme=None if indicator else theme,
            words=said,
            owner=owner,
            due=today + timedelta(days=due),
            state=State.OPEN,
            made_on=today - PROMISED,
            ended_on=None,
            told={"da": f"{said}."} if indicator else {},
            unit=unit,
        )
        number = actions.keep(session, made, today - PROMISED)
        if ended is not None:
            done = replace(made, id=number, state=State.DONE)
            actions.keep(session, done, today - timedelta(days=ended))
