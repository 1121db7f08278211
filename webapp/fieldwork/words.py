"""What the pages of fieldwork share: who may change rounds, and what things are called."""

from datetime import date, datetime, time
from typing import Final

from babel.dates import format_datetime
from flask import Blueprint, abort

from surveys import extract
from surveys.errors import UnknownSurvey
from surveys.schedule import COPENHAGEN, Rhythm
from webapp import access, running
from webapp.report_words import day

blueprint = Blueprint("fieldwork", __name__)

OFFICE: Final = frozenset({access.Role.ANALYTIKER, access.Role.LEDER, access.Role.ADMINISTRATOR})
"""Who sets up rounds and sees the lists of those who are asked."""

ANONYMITY: Final = {
    "anonymous": "Anonymt: svar og person kan ikke kobles",
    "confidential": "Fortroligt: vi siger ikke, hvem der svarede",
    "identified": "Med navn: svaret står ved personens navn",
}
RHYTHMS: Final = {
    "none": "Kun når nogen opretter en runde",
    Rhythm.APRIL_OCTOBER.value: "Hver april og oktober",
    Rhythm.CONTINUOUS.value: "Hele tiden, med en ny runde hvert år",
    Rhythm.COURSE_RUN.value: "Efter hvert kursushold, fra den sidste dag",
}
"""When rounds open by themselves."""
BRIEFLY: Final = {"anonymous": "Anonymt", "confidential": "Fortroligt", "identified": "Med navn"}


def moment(when: datetime) -> str:
    """A moment in words: 21. november 2026 kl. 09.05."""
    return format_datetime(when, "d. MMMM y 'kl.' HH.mm", tzinfo=COPENHAGEN, locale="da")


def last_day(closes_at: datetime) -> str:
    """The day whose end a wave closes at, or the moment where it closes within a day."""
    local = closes_at.astimezone(COPENHAGEN)
    if local.time() == time():
        return f"til og med {day(date.fromordinal(local.date().toordinal() - 1))}"
    return f"til {moment(closes_at)}"


def state(wave: extract.Wave, now: datetime) -> str:
    """Where a wave is, in words."""
    if now < wave.opens_at:
        return f"Åbner {moment(wave.opens_at)}"
    if wave.closes_at is None:
        return "Åben"
    if now < wave.closes_at:
        return f"Åben {last_day(wave.closes_at)}"
    return f"Lukket {moment(wave.closes_at)}"


def found_wave(survey: str, label: str) -> extract.Wave:
    """The wave that an address names; 404 where there is none."""
    with running().database.snapshot() as session:
        try:
            return extract.wave(session, survey, label)
        except UnknownSurvey:
            abort(404)
