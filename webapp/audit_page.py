"""The administrator's page of the log, and the same as a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from babel.dates import format_datetime
from flask import Blueprint, Response, render_template, request
from flask_wtf import FlaskForm
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from surveys.schedule import COPENHAGEN, midnight
from webapp import access, running
from webapp.access import Role
from webapp.access_tables import StaffEventRow, StaffUserRow
from webapp.audit import Kind

blueprint = Blueprint("audit_page", __name__, url_prefix="/staff")

MOST: Final = 200
WORDS: Final[Mapping[str, str]] = {
    Kind.SIGNED_IN: "Loggede ind",
    Kind.SIGNED_OUT: "Loggede ud",
    Kind.WRONG_CODE: "Skrev en forkert kode",
    Kind.NOT_LET_IN: "Blev afvist efter kommunens login",
    Kind.CHANGED_PASSWORD: "Skiftede adgangskode",
    Kind.CHANGED_TELEPHONE: "Slog kode fra telefonen til eller fra",
    Kind.CHANGED_ACCOUNT: "Rettede en bruger",
    Kind.MADE_KEY: "Lavede en nøgle",
    Kind.USED_KEY: "Læste tal med en nøgle",
    Kind.SAW_RESULTS: "Så resultater",
    Kind.FETCHED: "Hentede en fil",
    Kind.FETCHED_ROWS: "Hentede svar i rækker",
    Kind.ORDERED: "Bestilte eller stoppede en rapport på mail",
    Kind.READ_COMMENTS: "Læste kommentarer",
    Kind.CHOSE_QUOTES: "Valgte citater",
    Kind.SAW_CALLS: "Så, hvem der vil ringes op",
    Kind.CALLED: "Ringede en borger op",
    Kind.SAW_PEOPLE: "Så, hvem der skal spørges",
    Kind.CHANGED_PEOPLE: "Rettede, hvem der skal spørges",
    Kind.CHANGED_PLAN: "Rettede planen eller dens tal",
    Kind.CHANGED_WAVE: "Rettede en runde",
    Kind.CHANGED_INSTRUMENT: "Udgav et skema",
    Kind.CHANGED_MODEL: "Skiftede model eller kodebog",
    Kind.SAW_NAMES: "Så listen med medarbejdernes navne",
    Kind.CHANGED_NAMES: "Rettede listen med medarbejdernes navne",
    Kind.SAW_LOG: "Så loggen",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line in words."""

    id: int
    at: str
    who: str
    did: str
    where: str
    about: str


class Filter(FlaskForm):
    """Which lines to show. It is in the address, so that it can be kept."""

    class Meta:
        """What is only looked at needs no token."""

        csrf = False

    person = SelectField("Hvem", [Optional()], validate_choice=False)
    kind = SelectField("Hvad", [Optional()], choices=["", *WORDS], validate_choice=False)
    survey = StringField("Undersøgelse", [Optional()])
    since = DateField("Fra dag", [Optional()])
    until = DateField("Til dag", [Optional()])


@blueprint.get("/log")
@access.opened_to(frozenset({Role.ADMINISTRATOR}))
def overview() -> tuple[str, int]:
    """The newest lines that fit the filter, and a way to the older ones."""
    form = Filter(request.args)
    good = form.validate()
    with running().database.snapshot() as session:
        names = _names(session)
        form.person.choices = ["", *map(str, names)]
        query = _filtered(form) if good else _filtered(Filter())
        before = request.args.get("before", type=int)
        if before is not None:
            query = query.where(StaffEventRow.id < before)
        found = list(_lines(session, query.limit(MOST + 1), names))
    kept = {key: value for key, value in request.args.items() if key != "before" and value}
    page = render_template(
        "audit/log.html",
        form=form,
        lines=found[:MOST],
        names=names,
        words=WORDS,
        kept=kept,
        older=found[MOST - 1].id if len(found) > MOST else None,
    )
    return page, 200 if good else 422


@blueprint.get("/log.csv")
@access.opened_to(frozenset({Role.ADMINISTRATOR}))
def download() -> Response:
    """All lines that fit the filter, as a file."""
    from analysis.export import text

    form = Filter(request.args)
    query = _filtered(form if form.validate() else Filter())
    with running().database.snapshot() as session:
        rows = [
            (line.at, line.who, line.did, line.where, line.about)
            for line in _lines(session, query, _names(session))
        ]
    content = b"".join(text.lines(["Tid", "Hvem", "Hvad", "Undersøgelse", "Om"], rows))
    return Response(
        content,
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="hoert-log.csv"'},
    )


def _filtered(form: Filter) -> Select[StaffEventRow]:
    query = select(StaffEventRow).order_by(StaffEventRow.id.desc())
    if (form.person.data or "").isdecimal():
        query = query.where(StaffEventRow.user_id == int(form.person.data))
    if form.kind.data in WORDS:
        query = query.where(StaffEventRow.kind == form.kind.data)
    if form.survey.data:
        query = query.where(StaffEventRow.survey == form.survey.data.strip())
    if form.since.data:
        query = query.where(StaffEventRow.at >= midnight(form.since.data))
    if form.until.data and form.until.data < date.max:
        query = query.where(StaffEventRow.at < midnight(form.until.data + timedelta(days=1)))
    return query


def _lines(
    session: Session, query: Select[StaffEventRow], names: Mapping[int, str]
) -> Iterator[Line]:
    for row in session.scalars(query):
        about = row.about or ""
        if row.kind == Kind.CHANGED_ACCOUNT and about.isdecimal():
            about = names.get(int(about), about)
        yield Line(
            id=row.id,
            at=format_datetime(row.at, "yyyy-MM-dd HH:mm", tzinfo=COPENHAGEN, locale="da"),
            who=names.get(row.user_id or 0, "Ukendt"),
            did=WORDS.get(row.kind, row.kind),
            where=" ".join(filter(None, (row.survey, row.wave))),
            about=about,
        )


def _names(session: Session) -> Mapping[int, str]:
    people: Sequence[StaffUserRow] = session.scalars(
        select(StaffUserRow).order_by(StaffUserRow.email)
    ).all()
    return {one.id: one.email for one in people}
