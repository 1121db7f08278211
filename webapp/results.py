"""The results of one wave: as a page for staff, and as a document that travels."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from flask import Blueprint, Response, abort, make_response, render_template
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.orm import Session
from werkzeug.utils import secure_filename

from analysis import danish, release
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.export import rows as protected
from analysis.export.figures import REASONS
from analysis.indicators import SMALL, Status
from analysis.report import Report, as_document, build
from analysis.summary import sentences
from surveys import extract
from surveys.errors import UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE, Instrument
from webapp import access, charts, running
from webapp.report_words import ANONYMITY, MODES, day, figure, tone

blueprint = Blueprint("results", __name__)

BADGES: Final = {
    Status.MET: "badge-success",
    Status.MET_UNCERTAIN: "badge-info",
    Status.NOT_MET_UNCERTAIN: "badge-warning",
    Status.NOT_MET: "badge-error",
}


KINDS: Final = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "sav": "application/x-spss-sav",
}


@blueprint.get("/staff/resultater/<survey>/<path:label>")
@access.opened_to(access.READERS)
def wave(survey: str, label: str) -> str:
    """What came out of one wave."""
    here = running()
    release.settle(here.database, survey)
    with here.database.snapshot() as session:
        found = _wave(session, survey, label)
        report = build(session, found)
        no_rows = protected.refusal(session, found, here.clock())
    return render_template("results/wave.html", **_words(report), no_rows=no_rows)


@blueprint.get("/staff/rapport/<survey>/<path:label>.<any(json, html, pdf, xlsx, csv, sav):form>")
@access.opened_to(access.READERS)
def download(survey: str, label: str, form: str) -> Response:
    """The same report as a file."""
    here = running()
    release.settle(here.database, survey)
    with here.database.snapshot() as session:
        found = _wave(session, survey, label)
        report = build(session, found)
    content = written(report, found.instrument, form, here.settings.municipality, here.clock())
    return _file(content, f"hoert-{report.survey}-{report.wave}.{form}")


@blueprint.get("/staff/raekker/<survey>/<path:label>.<any(csv, sav):form>")
@access.opened_to(access.READERS)
def rows(survey: str, label: str, form: str) -> Response:
    """A closed wave's answers in rows that name nobody; 404 while there are none to give out."""
    here = running()
    release.settle(here.database, survey)
    with here.database.snapshot() as session:
        found = _wave(session, survey, label)
        try:
            content = written_rows(session, found, form, here.clock())
        except protected.RowsNotReleased:
            abort(404)
    return _file(content, f"hoert-{survey}-{label}-raekker.{form}")


def written(
    report: Report, instrument: Instrument, form: str, municipality: str, made: datetime
) -> bytes:
    """A report in one of `KINDS`. Every form shows the same figures and hides the same ones."""
    # Each form brings a library of its own, which the others need not wait for
    match form:
        case "html":
            return standalone(report).encode()
        case "pdf":
            from webapp.report_pdf import pdf

            return pdf(report, municipality, made)
        case "xlsx":
            from analysis.export.workbook import workbook

            return workbook(report)
        case "csv":
            from analysis.export.text import table

            return table(report)
        case "sav":
            from analysis.export.spss import figures

            return figures(report, instrument)
        case _:
            return (json.dumps(as_document(report), ensure_ascii=False, indent=2) + "\n").encode()


def written_rows(session: Session, wave: extract.Wave, form: str, now: datetime) -> bytes:
    """The rows of a wave as CSV or SPSS. Raises RowsNotReleased."""
    columns, found = protected.cases(session, wave, now)
    if form == "sav":
        from analysis.export import spss

        return spss.cases(
            f"{wave.instrument.title(SOURCE_LANGUAGE)} – {wave.label}", columns, found
        )
    from analysis.export import text

    return b"".join(text.lines([column.name for column in columns], protected.single(found)))


def standalone(report: Report) -> str:
    """The report as one HTML document to print or send, complete in itself."""
    return _documents().get_template("results/standalone.html").render(_words(report))


def _wave(session: Session, survey: str, label: str) -> extract.Wave:
    try:
        return extract.wave(session, survey, label)
    except UnknownSurvey:
        abort(404)


def _file(content: bytes, name: str) -> Response:
    name = secure_filename(name)
    response = make_response(content)
    response.content_type = KINDS[name.rsplit(".", 1)[1]]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _words(report: Report) -> Mapping[str, object]:
    return {
        "report": report,
        "summary": sentences(report),
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
