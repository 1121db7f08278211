"""Surveys that are asked again by themselves: their schedules, and the waves that follow from them.

A wave that a schedule opens opens and closes at the moment that the schedule says, however late the
job runs that writes it down: `fieldwork.admit` compares with the clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from surveys import fieldwork
from surveys.fieldwork_tables import CourseRunRow, FrameMemberRow, ScheduleRow
from surveys.schedule import Period, Rhythm, Schedule
from surveys.tables import LinkRow, SurveyRow, WaveRow


@dataclass(frozen=True, slots=True)
class CourseRun:
    """One run of a course, as the municipality plans it."""

    name: str
    course: str
    begins: date
    ends: date
    supplier: str | None = None
    place: str | None = None
    teacher: str | None = None
    expected: int | None = None
    owner: str | None = None


def plan(session: Session, survey: str, schedule: Schedule | None) -> None:
    """Give a survey a schedule, another one, or none. Raises UnknownSurvey.

    Waves that are open go on as they are.
    """
    fieldwork.newest_version(session, survey)
    survey_id = fieldwork.survey_named(session, survey)
    row = session.get(ScheduleRow, survey_id)
    if schedule is None:
        if row is not None:
            session.delete(row)
        session.flush()
        return
    session.merge(
        ScheduleRow(
            survey_id=survey_id,
            rhythm=schedule.rhythm.value,
            opens_time=schedule.opens_time,
            days=schedule.days,
            anonymity=schedule.anonymity,
            target=schedule.target,
            begins=schedule.begins,
        )
    )
    session.flush()


def schedules(session: Session) -> Mapping[str, Schedule]:
    """The schedules by the name of their survey."""
    rows = session.execute(
        select(SurveyRow.name, ScheduleRow)
        .join(SurveyRow, SurveyRow.id == ScheduleRow.survey_id)
        .order_by(SurveyRow.name)
    )
    return {name: _schedule(row) for name, row in rows}


def add_run(session: Session, run: CourseRun) -> None:
    """Write down a course run; one of the same name is changed."""
    known = session.scalars(select(CourseRunRow).where(CourseRunRow.name == run.name)).one_or_none()
    row = known or CourseRunRow(name=run.name)
    row.course, row.begins, row.ends = run.course, run.begins, run.ends
    row.supplier, row.place, row.teacher = run.supplier, run.place, run.teacher
    row.expected, row.owner, row.withdrawn = run.expected, run.owner, False
    session.add(row)
    session.flush()


def runs(session: Session) -> Sequence[CourseRun]:
    """All course runs that were not called off, the last one to end first."""
    rows = session.scalars(
        select(CourseRunRow)
        .where(CourseRunRow.withdrawn.is_(False))
        .order_by(CourseRunRow.ends.desc(), CourseRunRow.name)
    )
    return [run_of(row) for row in rows]


def run_of(row: CourseRunRow) -> CourseRun:
    """A course run out of its row."""
    return CourseRun(
        row.name, row.course, row.begins, row.ends, row.supplier, row.place, row.teacher,
        row.expected, row.owner,
    )  # fmt: skip


def keep(session: Session, now: datetime) -> Sequence[tuple[str, str]]:
    """Open the waves that schedules say are open. Gives survey and label of those that it opened.

    Doing it twice is doing it once. The open links of a survey follow to its newest wave, so that
    a poster does not have to be printed again; where there are none, a wave begins without.
    """
    # One at a time: two workers would open the same wave
    rows = session.execute(
        select(SurveyRow.name, ScheduleRow)
        .join(SurveyRow, SurveyRow.id == ScheduleRow.survey_id)
        .order_by(SurveyRow.id)
        .with_for_update(of=ScheduleRow)
    ).all()
    opened = []
    for survey, row in rows:
        schedule = _schedule(row)
        for period, run in _due(session, schedule, now):
            if _open(session, survey, row.survey_id, schedule, period, run):
                opened.append((survey, period.label))
    return opened


def _due(
    session: Session, schedule: Schedule, now: datetime
) -> Sequence[tuple[Period, CourseRunRow | None]]:
    if schedule.rhythm is not Rhythm.COURSE_RUN:
        period = schedule.period_at(now)
        return [] if period is None else [(period, None)]
    ended = session.scalars(
        select(CourseRunRow)
        .where(CourseRunRow.ends >= schedule.begins, CourseRunRow.withdrawn.is_(False))
        .order_by(CourseRunRow.ends, CourseRunRow.id)
    )
    periods = ((schedule.after_course(run.name, run.ends), run) for run in ended)
    return [(period, run) for period, run in periods if period.opens_at <= now < period.closes_at]


def _open(
    session: Session,
    survey: str,
    survey_id: int,
    schedule: Schedule,
    period: Period,
    run: CourseRunRow | None,
) -> bool:
    known = session.scalar(
        select(WaveRow.id).where(WaveRow.survey_id == survey_id, WaveRow.label == period.label)
    )
    if known is not None:
        return False
    if run is not None:
        wave_id = open_for_run(session, survey, schedule, run_of(run))
        fieldwork.link_to(session, wave_id, course=run.name)
        return True
    wave_id = fieldwork.open_wave(
        session,
        survey,
        period.label,
        opens_at=period.opens_at,
        closes_at=period.closes_at,
        anonymity=schedule.anonymity,
        target=schedule.target,
    )
    earlier = select(WaveRow.id).where(WaveRow.survey_id == survey_id, WaveRow.id != wave_id)
    framed = select(FrameMemberRow.wave_id).where(FrameMemberRow.wave_id.in_(earlier))
    if schedule.rhythm is Rhythm.CONTINUOUS:
        session.execute(
            update(WaveRow)
            .where(WaveRow.id.in_(earlier), WaveRow.closes_at.is_(None), WaveRow.id.not_in(framed))
            .where(WaveRow.opens_at <= period.opens_at)
            .values(closes_at=period.opens_at)
        )
    session.execute(
        update(LinkRow)
        .where(LinkRow.wave_id.in_(earlier), LinkRow.withdrawn.is_(False))
        .values(wave_id=wave_id)
    )
    return True


def open_for_run(
    session: Session, survey: str, schedule: Schedule, run: CourseRun, *, synthetic: bool = False
) -> int:
    """Make the wave that asks the participants of a run, at its time or ahead of it. Gives its id.

    A run of a few people is asked in confidence: anonymity would be promised and not be there.
    """
    period = schedule.after_course(run.name, run.ends)
    return fieldwork.open_wave(
        session,
        survey,
        period.label,
        opens_at=period.opens_at,
        closes_at=period.closes_at,
        anonymity=schedule.promise_to(run.expected),
        target=schedule.target,
        synthetic=synthetic,
    )


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule(
        rhythm=Rhythm(row.rhythm),
        begins=row.begins,
        opens_time=row.opens_time,
        days=row.days,
        anonymity=row.anonymity,
        target=None if row.target is None else float(row.target),
    )
