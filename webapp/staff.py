"""The page where staff begin: every survey and its rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from surveys import courses, extract
from surveys.recurring import CourseRun
from webapp import access, running
from webapp.fieldwork.rounds import Course, Line, by_half_year, line

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
class SurveyRounds:
    """One survey with its rounds, newest first; those of courses by half-year and course."""

    name: str
    title: str
    is_open: bool
    lines: Sequence[Line]
    halves: Sequence[tuple[str, Sequence[Course]]]


@blueprint.get("/staff/")
@access.opened_to(access.EVERYBODY)
def start() -> str:
    """All surveys, the one with the newest wave first."""
    here = running()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
        runs = courses.runs_by_wave(session)
    return render_template(
        "staff/start.html",
        surveys=_by_survey(waves, runs, here.clock()),
        may_read=access.may_open("results.wave"),
    )


def _by_survey(
    waves: Sequence[extract.Wave], runs: Mapping[int, CourseRun], now: datetime
) -> Sequence[SurveyRounds]:
    found: dict[str, dict[int, Line]] = {}
    for wave in waves:
        found.setdefault(wave.survey, {})[wave.id] = line(wave, runs.get(wave.id), now)
    return [
        SurveyRounds(
            survey,
            next(iter(lines.values())).title,
            any(one.is_open for one in lines.values()),
            [one for wave_id, one in lines.items() if wave_id not in runs],
            by_half_year(lines, {key: run for key, run in runs.items() if key in lines}),
        )
        for survey, lines in found.items()
    ]
