"""All rounds on one page: most in a list, the many of courses by half-year and course."""

from flask import render_template, request

from surveys import courses, extract, fieldwork, recurring
from surveys.instrument import SOURCE_LANGUAGE
from webapp import access, running
from webapp.fieldwork.rounds import by_half_year, line
from webapp.fieldwork.words import RHYTHMS, blueprint, moment


@blueprint.get("/staff/runder")
@access.opened_to(access.READERS)
def overview() -> str:
    """All rounds, newest first, those that somebody looks for, and when the next ones open."""
    here = running()
    now = here.clock()
    with here.database.snapshot() as session:
        waves = extract.waves(session)
        runs = courses.runs_by_wave(session)
        schedules = recurring.schedules(session)
        titles = fieldwork.askable(session, SOURCE_LANGUAGE)
    lines = {wave.id: line(wave, runs.get(wave.id), now) for wave in waves}
    looked_for = request.args.get("find", "").strip()
    wanted = looked_for.casefold().split()
    found = [one for one in lines.values() if one.matches(wanted)] if wanted else []
    return render_template(
        "fieldwork/overview.html",
        lines=[one for wave_id, one in lines.items() if wave_id not in runs],
        halves=by_half_year(lines, runs),
        found=found,
        looked_for=looked_for,
        coming=[
            (titles[survey], RHYTHMS[schedule.rhythm.value], schedule.next_period(now))
            for survey, schedule in schedules.items()
        ],
        moment=moment,
        may_begin=access.may_open("fieldwork.begin"),
    )
