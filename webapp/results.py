"""The results of one wave: as a page for staff, and as a document that travels."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

from babel.dates import format_date
from flask import Blueprint, Response, abort, make_response, render_template
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.utils import secure_filename

from analysis import danish
from analysis.indicators import SMALL, Status
from analysis.report import (
    MINIMUM_FOR_DETAIL,
    Bar,
    Distribution,
    Report,
    ThemeRow,
    as_document,
    build,
)
from surveys import extract
from surveys.errors import UnknownSurvey
from surveys.instrument import Missing
from webapp import access, charts, running

blueprint = Blueprint("results", __name__)

MODES: Final = {
    "web": "Hjemmesiden",
    "chat": "Chat på hjemmesiden",
    "telegram": "Telegram",
    "kiosk": "Skærm på stedet",
    "paper": "Papir",
    "interview": "Interview",
}
ANONYMITY: Final = {
    "anonymous": "Svarene er anonyme.",
    "confidential": "Svarene er fortrolige.",
    "identified": "Svarene er gemt med navn.",
}
REASONS: Final = {
    Missing.DONT_KNOW: "Ved ikke",
    Missing.REFUSED: "Vil ikke svare",
    Missing.SKIPPED: "Sprunget over",
    Missing.NOT_APPLICABLE: "Fik ikke spørgsmålet",
    Missing.NOT_REACHED: "Nåede ikke til spørgsmålet",
}
BADGES: Final = {
    Status.MET: "badge-success",
    Status.MET_UNCERTAIN: "badge-info",
    Status.NOT_MET_UNCERTAIN: "badge-warning",
    Status.NOT_MET: "badge-error",
}


@blueprint.get("/staff/resultater/<survey>/<path:label>")
@access.opened_to(access.READERS)
def wave(survey: str, label: str) -> str:
    """What came out of one wave."""
    return render_template("results/wave.html", **_words(_read(survey, label)))


@blueprint.get("/staff/rapport/<survey>/<path:label>.<any(json, html):form>")
@access.opened_to(access.READERS)
def download(survey: str, label: str, form: str) -> Response:
    """The same report as a file."""
    report = _read(survey, label)
    if form == "json":
        content = json.dumps(as_document(report), ensure_ascii=False, indent=2) + "\n"
        kind = "application/json"
    else:
        content, kind = standalone(report), "text/html; charset=utf-8"
    response = make_response(content)
    response.content_type = kind
    name = secure_filename(f"hoert-{report.survey}-{report.wave}.{form}")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def standalone(report: Report) -> str:
    """The report as one HTML document to print or send, complete in itself."""
    return _documents().get_template("results/standalone.html").render(_words(report))


def figure(distribution: Distribution, bar: Bar) -> str:
    """One category's count and share, in words: "84 (37,3 %)", or "3 af 12" when few answered."""
    total = distribution.n or 0
    if total < SMALL:
        return danish.count_of(bar.n, total)
    return f"{danish.number(bar.n)} ({danish.percent(bar.share)})"


def tone(row: ThemeRow) -> str:
    """How a theme's comments speak, in words: 37 ros, 38 kritik."""
    counts = {
        "ros": row.positive,
        "kritik": row.negative,
        "ros og kritik": row.mixed,
        "neutral": row.neutral,
    }
    return ", ".join(
        f"{danish.number(n)}\N{NO-BREAK SPACE}{name}" for name, n in counts.items() if n
    )


def day(moment: date) -> str:
    """A day in words: 21. november 2026."""
    return format_date(moment, "d. MMMM y", locale="da")


def _read(survey: str, label: str) -> Report:
    with running().database.snapshot() as session:
        try:
            return build(session, extract.wave(session, survey, label))
        except UnknownSurvey:
            abort(404)


def _words(report: Report) -> Mapping[str, object]:
    return {
        "report": report,
        "danish": danish,
        "charts": charts,
        "day": day,
        "figure": figure,
        "tone": tone,
        "MODES": MODES,
        "ANONYMITY": ANONYMITY,
        "REASONS": REASONS,
        "BADGES": BADGES,
        "SMALL": SMALL,
        "MINIMUM_FOR_DETAIL": MINIMUM_FOR_DETAIL,
    }


@cache
def _documents() -> Environment:
    return Environment(
        loader=PackageLoader("webapp"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
