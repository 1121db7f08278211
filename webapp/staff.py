"""The page where staff begin: every survey and its waves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from analysis import danish
from analysis.indicators import ResponseRate
from surveys import extract
from surveys.instrument import SOURCE_LANGUAGE
from surveys.schedule import is_over
from webapp import access, running

blueprint = Blueprint("staff", __name__)

NAVIGATION: Final = {
    "Resultater": (
        ("staff.start", "Undersøgelser"),
        ("plan.overview", "Planen"),
        ("board.overview", "Tavlen"),
        ("actions.overview", "Handlinger"),
        ("report_files.overview", "Rapporter"),
        ("learning_room.overview", "Læringsrum"),
        ("coding.overview", "Temaer"),
        ("panel.change", "Panelets svar"),
    ),
    "Indsamling": (
        ("fieldwork.overview", "Runder"),
        ("courses.overview", "Kurser"),
        ("meetings.overview", "Møder"),
        ("cards.overview", "Kort og koder"),
        ("telegram.overview", "Telegram"),
        ("kiosk.unlock", "Skærm"),
        ("entry.overview", "Papirsvar"),
        ("callback.calls", "Opkald"),
        ("interviews.overview", "Opringning"),
        ("panel.overview", "Panel"),
    ),
    "Opsætning": (
        ("editor.overview", "Skemaer"),
        ("languages.overview", "Sprog"),
        ("staff_names.overview", "Navne"),
        ("api_keys.overview", "Nøgler"),
        ("users.overview", "Brugere"),
        ("audit_page.overview", "Log"),
        ("operations.overview", "Drift"),
    ),
}
"""The menu: groups of pages, in order. Each person sees the pages that their roles open."""


@dataclass(frozen=True, slots=True)
class Link:
    """One page in the menu. `current` says that the reader is on it or below it."""

    href: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together. `current` says that the reader is on one of them."""

    words: str
    links: tuple[Link, ...]

    @property
    def href(self) -> str:
        """Where the group begins."""
        return self.links[0].href

    @property
    def current(self) -> bool:
        """Whether the reader is in this group."""
        return any(link.current for link in self.links)


def menu() -> Sequence[Group]:
    """The menu of the person who is signed in."""
    open_to_them = {
        endpoint: url_for(endpoint)
        for pages in NAVIGATION.values()
        for endpoint, _ in pages
        if access.may_open(endpoint)
    }
    here = [href for href in open_to_them.values() if f"{request.path}/".startswith(f"{href}/")]
    nearest = max(here, key=len, default=url_for("staff.start"))
    return [
        Group(
            words,
            tuple(
                Link(open_to_them[endpoint], name, open_to_them[endpoint] == nearest)
                for endpoint, name in pages
                if endpoint in open_to_them
            ),
        )
        for words, pages in NAVIGATION.items()
        if any(endpoint in open_to_them for endpoint, _ in pages)
    ]


@blueprint.record
def _offer_menu(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["staff_menu"] = menu


@dataclass(frozen=True, slots=True)
class WaveLine:
    """One wave in the list."""

    label: str
    state: str
    synthetic: bool
    answered: str


@dataclass(frozen=True, slots=True)
class SurveyLines:
    """One survey with its waves, newest first."""

    name: str
    title: str
    waves: tuple[WaveLine, ...]


@blueprint.get("/staff/")
@access.opened_to(access.EVERYBODY)
def start() -> str:
    """All surveys, the one with the newest wave first."""
    here = running()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
    return render_template(
        "staff/start.html",
        surveys=_by_survey(waves, here.clock()),
        may_read=access.may_open("results.wave"),
    )


def _by_survey(waves: Sequence[extract.Wave], now: datetime) -> Sequence[SurveyLines]:
    order = list(dict.fromkeys(wave.survey for wave in waves))
    grouped = groupby(sorted(waves, key=lambda wave: order.index(wave.survey)), lambda w: w.survey)
    return [
        SurveyLines(
            name=name,
            title=found[0].instrument.title(SOURCE_LANGUAGE),
            waves=tuple(_line(wave, now) for wave in found),
        )
        for name, group in grouped
        if (found := list(group))
    ]


def _line(wave: extract.Wave, now: datetime) -> WaveLine:
    return WaveLine(
        label=wave.label,
        state=_state(wave, now),
        synthetic=wave.synthetic,
        answered=danish.response_rate(ResponseRate(wave.received, wave.invited)),
    )


def _state(wave: extract.Wave, now: datetime) -> str:
    if now < wave.opens_at:
        return "Ikke begyndt"
    return "Lukket" if is_over(wave.closes_at, now) else "Åben"
