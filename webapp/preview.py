"""An instrument as respondents will meet it: on the web, in chat and on paper."""

from collections.abc import Sequence
from dataclasses import replace

from surveys import screens
from surveys.chat import Desk, Place, Reply
from surveys.fieldwork import Admission
from surveys.instrument import Instrument, Missing
from surveys.interview import Draft, Interview, Prompt
from webapp import one_page, running
from webapp.paper import sheets

CODE = "KLADDE0000"
"""Stands where a survey that is open has its code."""


def web(instrument: Instrument, language: str) -> str:
    """Every question on one page, those that not everybody is asked included."""
    return one_page.preview(_admission(instrument), language)


def chat(instrument: Instrument, language: str) -> Sequence[Reply]:
    """The first message and every question, with their buttons."""
    settings = running().settings
    desk = Desk(
        mode="chat",
        key=b"",
        secret="",
        municipality=settings.municipality,
        public_url=settings.public_url,
    )
    everything = _without_rules(instrument)
    first = screens.intro(instrument, "intro_anonymous", desk, Place(language=language), "")
    asked = []
    for place, item in enumerate(everything):
        before = {earlier.id: Missing.SKIPPED for earlier in list(everything)[:place]}
        interview = Interview(everything, Draft(language, before))
        prompt = interview.look(item.id)
        if isinstance(prompt, Prompt):
            asked.append(screens.question(interview, prompt, desk, "", ""))
    return [first, *asked]


def paper(instrument: Instrument, language: str) -> bytes:
    """One sheet as a PDF."""
    here = running()
    return sheets(_admission(instrument), CODE, language, here.clock(), here.settings)


def _without_rules(instrument: Instrument) -> Instrument:
    """The same, with every question asked of everybody."""
    return replace(
        instrument,
        sections=tuple(
            replace(section, items=tuple(replace(item, relevance=None) for item in section.items))
            for section in instrument.sections
        ),
    )


def _admission(instrument: Instrument) -> Admission:
    return Admission(
        survey=instrument.name,
        wave_id=0,
        instrument_version_id=0,
        instrument=instrument,
        anonymity="anonymous",
        unit=None,
        course=None,
        personal=False,
        telegram=True,
    )
