"""Course runs: planned by hand or from a file, each asked in a wave of its own from its last day.

A run's wave is made when it opens, with an open link; or ahead of it, when somebody takes in the
list of participants or wants the card printed. A run with a list invites by itself; one without
has a code that hangs on the wall.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Final

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from surveys import fieldwork, frame, invitations, recurring, spreadsheet
from surveys.errors import Problem, RunUnderWay, UnusableCell, UnusableRows
from surveys.fieldwork_tables import CourseRunRow, FrameMemberRow, UploadRow
from surveys.recurring import CourseRun
from surveys.schedule import COPENHAGEN, SMALLEST_GROUP, Rhythm, Schedule
from surveys.spreadsheet import Row, Table
from surveys.tables import InvitationRow, LinkRow, SurveyRow, WaveRow

SURVEY: Final = "kursusfeedback"
"""What the participants of every run are asked."""

MOST_EXPECTED: Final = 2_000

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "name": ("name", "hold", "holdnavn", "kursushold", "holdnummer"),
    "course": ("course", "kursus", "forløb", "tilbud", "titel"),
    "begins": ("begins", "start", "startdato", "begynder", "fra", "første dag"),
    "ends": ("ends", "slut", "slutdato", "slutter", "til", "sidste dag"),
    "expected": ("expected", "deltagere", "antal", "antal deltagere", "pladser"),
    "supplier": ("supplier", "leverandør", "udbyder", "anden aktør"),
    "place": ("place", "sted", "lokale", "adresse"),
    "teacher": ("teacher", "underviser", "lærer"),
    "owner": ("owner", "ansvarlig", "e-mail", "email", "ansvarlig e-mail"),
}
"""What a file can hold of a run, and what headings call it. The first five must be there."""

REQUIRED: Final = ("name", "course", "begins", "ends", "expected")


@dataclass(frozen=True, slots=True)
class Planned:
    """A run with what has become of it.

    `opens_at` and `closes_at` are those of its wave, or those that it will have; None where the
    survey has no schedule for runs. `listed` counts the participants on its list.
    """

    id: int
    run: CourseRun
    opens_at: datetime | None
    closes_at: datetime | None
    wave_id: int | None
    code: str | None
    listed: int
    invited: int
    received: int
    warned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read as runs: the runs, or all that is wrong with it. Never both are usable."""

    mapping: Mapping[str, int]
    runs: tuple[CourseRun, ...]
    problems: tuple[Problem, ...]


def schedule(session: Session) -> Schedule | None:
    """When runs are asked; None where the survey is not asked by runs."""
    found = recurring.schedules(session).get(SURVEY)
    return found if found is not None and found.rhythm is Rhythm.COURSE_RUN else None


def planned(session: Session, now: datetime) -> Sequence[Planned]:
    """All runs that were not called off, the last one to end first."""
    rhythm = schedule(session)
    waves = _waves(session)
    links = session.execute(
        select(LinkRow.wave_id, func.min(LinkRow.code))
        .where(LinkRow.wave_id.in_([wave.id for wave in waves.values()]))
        .where(LinkRow.withdrawn.is_(False))
        .group_by(LinkRow.wave_id)
    )
    codes: Mapping[int | None, str] = {wave_id: code for wave_id, code in links}  # noqa: C416
    listed = _counted(session, FrameMemberRow.wave_id, waves)
    invited = _counted(session, InvitationRow.wave_id, waves, InvitationRow.personal.is_(True))
    received = _counted(session, InvitationRow.wave_id, waves, InvitationRow.spent.is_(True))
    rows = session.scalars(
        select(CourseRunRow)
        .where(CourseRunRow.withdrawn.is_(False))
        .order_by(CourseRunRow.ends.desc(), CourseRunRow.name)
    )
    found = []
    for row in rows:
        run = recurring.run_of(row)
        wave = waves.get(run.name)
        period = rhythm.after_course(run.name, run.ends) if rhythm else None
        key = wave.id if wave else None
        found.append(
            Planned(
                id=row.id,
                run=run,
                opens_at=wave.opens_at if wave else period.opens_at if period else None,
                closes_at=wave.closes_at if wave else period.closes_at if period else None,
                wave_id=key,
                code=codes.get(key),
                listed=listed.get(key, 0),
                invited=invited.get(key, 0),
                received=received.get(key, 0),
                warned_at=row.warned_at,
            )
        )
    return found


def runs_by_wave(session: Session) -> Mapping[int, CourseRun]:
    """The runs that have a wave, by its id."""
    rows = session.execute(
        select(WaveRow.id, CourseRunRow)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .join(CourseRunRow, CourseRunRow.name == WaveRow.label)
        .where(SurveyRow.name == SURVEY)
    )
    return {wave_id: recurring.run_of(row) for wave_id, row in rows}


def save(session: Session, run: CourseRun, now: datetime) -> None:
    """Write a run down, or change the one of its name. The first one begins the schedule.

    A wave that was made ahead moves along. Raises RunUnderWay when the participants are asked
    already and the last day is another.
    """
    if SURVEY not in recurring.schedules(session):
        today = now.astimezone(COPENHAGEN).date()
        recurring.plan(session, SURVEY, Schedule(Rhythm.COURSE_RUN, today, time(8), 14))
    wave = _waves(session).get(run.name)
    if wave is not None:
        known = _row_named(session, run.name)
        if wave.opens_at <= now and known is not None and known.ends != run.ends:
            raise RunUnderWay
        rhythm = schedule(session)
        if wave.opens_at > now and rhythm is not None:
            period = rhythm.after_course(run.name, run.ends)
            wave.opens_at, wave.closes_at = period.opens_at, period.closes_at
    recurring.add_run(session, run)


def prepare(session: Session, run_id: int, *, link: bool, synthetic: bool = False) -> str | None:
    """Make a run's wave ahead of its time, with a code to print or without. Gives its label.

    None where the survey is not asked by runs, or there is no such run.
    """
    row = session.get(CourseRunRow, run_id)
    rhythm = schedule(session)
    if row is None or row.withdrawn or rhythm is None:
        return None
    wave = _waves(session).get(row.name)
    wave_id = (
        wave.id
        if wave
        else recurring.open_for_run(
            session, SURVEY, rhythm, recurring.run_of(row), synthetic=synthetic
        )
    )
    linked = session.scalar(select(func.count()).where(LinkRow.wave_id == wave_id))
    if link and not linked:
        fieldwork.link_to(session, wave_id, course=row.name)
    return row.name


def call_off(session: Session, run_id: int, now: datetime) -> None:
    """Let a run ask nobody. Its list goes. Raises RunUnderWay when it has asked already."""
    row = session.get_one(CourseRunRow, run_id)
    wave = _waves(session).get(row.name)
    if wave is not None:
        if wave.opens_at <= now:
            raise RunUnderWay
        session.execute(delete(FrameMemberRow).where(FrameMemberRow.wave_id == wave.id))
        session.execute(delete(LinkRow).where(LinkRow.wave_id == wave.id))
        session.execute(delete(InvitationRow).where(InvitationRow.wave_id == wave.id))
        session.execute(delete(UploadRow).where(UploadRow.wave_id == wave.id))
        session.delete(wave)
    row.withdrawn = True
    session.flush()


def invite_due(session: Session, secret: str, now: datetime) -> int:
    """Invite the participants of the runs that have opened and have a list. Gives their number.

    A list of few decides what they are promised, whatever was expected.
    """
    invited = 0
    names = select(CourseRunRow.name).where(CourseRunRow.withdrawn.is_(False))
    waves = session.scalars(
        _run_waves()
        .where(WaveRow.label.in_(names), WaveRow.opens_at <= now, WaveRow.closes_at > now)
        .order_by(WaveRow.id)
    ).all()
    for wave in waves:
        listed = sum(frame.sizes(session, wave.id).values())
        if not listed or listed <= (wave.invited or 0):
            continue
        if not wave.invited and listed < SMALLEST_GROUP and wave.anonymity == "anonymous":
            fieldwork.promise(session, wave.id, "confidential")
        invited += len(invitations.invite(session, wave.id, secret, now))
    return invited


def warn(session: Session, name: str, now: datetime) -> bool:
    """Note that the owner of a run is told; whether nobody was before."""
    told = session.execute(
        update(CourseRunRow)
        .where(CourseRunRow.name == name, CourseRunRow.warned_at.is_(None))
        .values(warned_at=now)
        .returning(CourseRunRow.id)
    ).one_or_none()
    return told is not None


def read(table: Table, mapping: Mapping[str, int]) -> Reading:
    """Read the rows of a table as course runs."""
    problems = [*table.problems, *spreadsheet.cpr_numbers(table)]
    missing = [field for field in REQUIRED if field not in mapping]
    problems += [Problem(f"no_{field}_column", 1) for field in missing]
    if missing or any(problem.code == "cpr" for problem in problems):
        return Reading(mapping, (), tuple(problems))
    first: dict[str, int] = {}
    runs: list[CourseRun] = []
    for row in table.rows:
        reader = _RowReader(table.headings, mapping, row)
        run = reader.run()
        problems += reader.problems
        if run is None:
            continue
        if run.name in first:
            problems.append(
                Problem("run_twice", row.number, reader.heading("name"), str(first[run.name]))
            )
        first.setdefault(run.name, row.number)
        runs.append(run)
    problems.sort(key=lambda problem: (problem.row or 0, problem.column))
    return Reading(mapping, () if problems else tuple(runs), tuple(problems))


def take(session: Session, reading: Reading, now: datetime) -> tuple[int, int]:
    """Take all runs of a reading in: how many are new, and how many were changed.

    Raises UnusableRows when there is anything wrong with it, RunUnderWay as `save` does.
    """
    if reading.problems:
        raise UnusableRows(reading.problems)
    known = set(session.scalars(select(CourseRunRow.name)))
    for run in reading.runs:
        save(session, run, now)
    new = sum(run.name not in known for run in reading.runs)
    return new, len(reading.runs) - new


class _RowReader:
    def __init__(self, headings: Sequence[str], mapping: Mapping[str, int], row: Row) -> None:
        self._headings = headings
        self._mapping = mapping
        self._row = row
        self.problems: list[Problem] = []

    def heading(self, field: str) -> str:
        return self._headings[self._mapping[field]]

    def run(self) -> CourseRun | None:
        values = dict(self._values())
        begins, ends = values.get("begins"), values.get("ends")
        if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
            self._refuse("ends", "ends_before_it_begins")
        if self.problems:
            return None
        known = {field.name for field in fields(CourseRun)}
        return CourseRun(**{name: value for name, value in values.items() if name in known})  # type: ignore[arg-type]

    def _values(self) -> Iterator[tuple[str, str | date | int | None]]:
        for field in self._mapping:
            try:
                value = self._value(field)
            except UnusableCell as wrong:
                self._refuse(field, wrong.code)
                continue
            if value is None and field in REQUIRED:
                self._refuse(field, "missing_cell")
            yield field, value

    def _value(self, field: str) -> str | date | int | None:
        cell = self._row.cells[self._mapping[field]]
        match field:
            case "begins" | "ends":
                return spreadsheet.as_day(cell)
            case "expected":
                return expected(cell)
        text = spreadsheet.as_text(cell)
        if field == "owner":
            return owner(text)
        if len(text) > frame.LONGEST:
            raise UnusableCell("too_long")
        return text or None

    def _refuse(self, field: str, code: str) -> None:
        self.problems.append(Problem(code, self._row.number, self.heading(field)))


def expected(cell: spreadsheet.Cell) -> int | None:
    """How many participants a cell says; None for an empty one. Raises UnusableCell."""
    number = spreadsheet.as_number(cell)
    if number is None:
        return None
    if number != int(number) or not 1 <= number <= MOST_EXPECTED:
        raise UnusableCell("bad_expected")
    return int(number)


def owner(text: str) -> str | None:
    """The address of a run's owner; None for an empty text. Raises UnusableCell."""
    if not text:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise UnusableCell("bad_email") from None


def _run_waves() -> Select[WaveRow]:
    return (
        select(WaveRow)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .where(SurveyRow.name == SURVEY)
    )


def _waves(session: Session) -> dict[str, WaveRow]:
    """The survey's waves by label: a run's has its name."""
    return {wave.label: wave for wave in session.scalars(_run_waves())}


def _row_named(session: Session, name: str) -> CourseRunRow | None:
    return session.scalars(select(CourseRunRow).where(CourseRunRow.name == name)).one_or_none()


def _counted(
    session: Session,
    of_wave: InstrumentedAttribute[int],
    waves: Mapping[str, WaveRow],
    *which: ColumnElement[bool],
) -> Mapping[int | None, int]:
    ids = [wave.id for wave in waves.values()]
    rows = session.execute(
        select(of_wave, func.count()).where(of_wave.in_(ids), *which).group_by(of_wave)
    )
    return {wave_id: n for wave_id, n in rows}  # noqa: C416  a Result is no mapping
