"""The results of one wave: as a page for staff, and as a document that travels."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from flask import Blueprint, Response, abort, render_template, request, url_for
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.orm import Session
from werkzeug.utils import secure_filename

from analysis import danish, release
from analysis.disclosure import MINIMUM_FOR_DETAIL
from analysis.export import rows as protected
from analysis.export.figures import REASONS
from analysis.group import Group
from analysis.indicators import SMALL, Status
from analysis.report import Report, as_document, build
from analysis.summary import sentences
from surveys import extract
from surveys.database import Database
from surveys.errors import UnknownSurvey
from surveys.instrument import SOURCE_LANGUAGE, Instrument
from webapp import access, charts, filters, running
from webapp.report_words import ANONYMITY, MODES, day, figure, theme_lines

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
    """What came out of one wave, or what a group of its people said."""
    group = filters.chosen(request.args)
    found, report = _report(survey, label, group)
    return _page(found, report, group)


@blueprint.get("/staff/rapport/<survey>/<path:label>.<any(json, html, pdf, xlsx, csv, sav):form>")
@access.opened_to(access.READERS)
def download(survey: str, label: str, form: str) -> Response | tuple[str, int]:
    """The same report as a file."""
    here = running()
    group = filters.chosen(request.args)
    found, report = _report(survey, label, group)
    if report is None:
        return _page(found, None, group), 403
    content = written(report, found.instrument, form, here.settings.municipality, here.clock())
    return attached(content, f"hoert-{report.survey}-{report.wave}.{form}")


@blueprint.get("/staff/raekker/<survey>/<path:label>.<any(csv, sav):form>")
@access.opened_to(access.READERS)
def rows(survey: str, label: str, form: str) -> Response:
    """A closed wave's answers in rows that name nobody; 404 while there are none to give out."""
    here = running()
    release.settle(here.database, survey)
    with here.database.snapshot() as session:
        found = _wave(session, survey, label)
        if protected.refusal(session, found, here.clock()) is not None:
            abort(404)
        content: bytes | Iterator[bytes]
        if form == "sav":
            content = written_rows(session, found, form, here.clock())
        else:
            content = streamed(here.database, found, here.clock())
    return attached(content, f"hoert-{survey}-{label}-raekker.{form}")


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


def streamed(database: Database, wave: extract.Wave, now: datetime) -> Iterator[bytes]:
    """The rows as CSV, whose first line is sent while the others are counted."""
    from analysis.export import text
    from analysis.export.variables import variables

    def counted() -> Iterator[Sequence[int]]:
        with database.snapshot() as session:
            _, found = protected.cases(session, wave, now)
        yield from protected.single(found)

    return text.lines([column.name for column in variables(wave.instrument)], counted())


def standalone(report: Report) -> str:
    """The report as one HTML document to print or send, complete in itself."""
    return _documents().get_template("results/standalone.html").render(_words(report))


def _report(survey: str, label: str, group: Group) -> tuple[extract.Wave, Report | None]:
    """A wave and its report, or a group's; None when that may not be told."""
    database = running().database
    release.settle(database, survey)
    with database.snapshot() as session:
        found = _wave(session, survey, label)
    of = None
    if group:
        figures = filters.told(database, found, group, access.units())
        if figures is None:
            return found, None
        of = (group, figures)
    with database.snapshot() as session:
        return found, build(session, found, of=of)


def _page(found: extract.Wave, report: Report | None, group: Group) -> str:
    here = running()
    with here.database.snapshot() as session:
        choices = filters.choices(session, [found], group, access.units())
        no_rows = protected.refusal(session, found, here.clock())
    return render_template(
        "results/wave.html",
        **(_words(report) if report else {"danish": danish}),
        action=url_for("results.wave", survey=found.survey, label=found.label),
        title=found.instrument.title(SOURCE_LANGUAGE),
        survey=found.survey,
        label=found.label,
        shown=report is not None,
        group=group,
        choices=choices,
        chosen=filters.arguments(group),
        refused=filters.REFUSED,
        no_rows=no_rows,
    )


def _wave(session: Session, survey: str, label: str) -> extract.Wave:
    try:
        return extract.wave(session, survey, label)
    except UnknownSurvey:
        abort(404)


def attached(content: bytes | Iterator[bytes], name: str) -> Response:
    """A file to keep, named as it may be on any machine."""
    name = secure_filename(name)
    response = Response(content)
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
        "theme_lines": theme_lines,
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
