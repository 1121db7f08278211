"""Courses are read by supplier, course and run, and nobody is exposed by what stands together."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import courses as read
from analysis import plan, release, report
from analysis import standing as plan_standing
from analysis.courses import _Part, _Sum, stand
from analysis.disclosure import MINIMUM, audit
from analysis.indicators import Status
from surveys import courses, definition, extract, fieldwork, recurring
from surveys.courses import SURVEY, Planned
from surveys.database import Database
from surveys.extract import Tally
from surveys.instrument import Missing
from surveys.recurring import CourseRun
from tests.surveys.fieldworker import Fieldworker

BEGINS = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
NOW = BEGINS + timedelta(days=200)
ITEMS = plan.shipped()["course"].items


def run(name: str, course: str, supplier: str | None, ends: int) -> CourseRun:
    last = date(2026, 9, 1) + timedelta(days=ends)
    return CourseRun(name, course, last, last, supplier, expected=12)


def answered(database: Database, one: CourseRun, answers: Mapping[tuple[int, int], int]) -> None:
    """`answers` says how many gave each pair of answers, on the scale from 1 to 5."""
    with database.transaction() as session:
        courses.save(session, one, BEGINS)
        opens = datetime.combine(one.ends, datetime.min.time(), UTC) + timedelta(hours=8)
        recurring.keep(session, opens)
        wave = extract.wave(session, SURVEY, one.name)
    worker = Fieldworker(database, opens, SURVEY)
    for pair, n in answers.items():
        for place in range(n):
            given_answers = {item: str(code) for item, code in zip(ITEMS, pair, strict=True)}
            assert worker.cast(wave.id, f"{one.name} {pair} {place}", answers=given_answers)
    worker.mix(wave.id, closing=True)


def standing(database: Database, now: datetime = NOW) -> read.Standing:
    release.settle(database)
    with database.snapshot() as session:
        return stand(session, now)


def test_suppliers_courses_and_runs_are_read_with_their_base(sqlite: Database) -> None:
    answered(sqlite, run("CV 1", "CV", "Foreningen", 1), {(5, 5): 9, (5, 1): 3})
    answered(sqlite, run("CV 2", "CV", "Foreningen", 8), {(4, 4): 6})
    answered(sqlite, run("Truck 1", "Truck", "Foreningen", 9), {(1, 1): 10})
    answered(sqlite, run("Ro 1", "Mindfulness", None, 9), {(4, 4): 3})
    found = standing(sqlite)
    club, own = found.suppliers
    assert (own.name, own.reading, own.courses[0].left_out) == (read.OWN_COURSES, None, 1)
    assert club.reading is not None
    # 18 of 28 on the one item and 15 of 28 on the other
    assert club.reading.n == 28
    assert club.reading.share == pytest.approx((18 / 28 + 15 / 28) / 2)
    assert club.reading.target == 0.85
    cv, truck = club.courses
    assert [one.reading and one.reading.n for one in cv.runs] == [6, 12]
    assert cv.reading is not None
    # All agree on the one item in both runs: it is told midway between all and all but one
    assert cv.reading.share == pytest.approx((17.5 / 18 + 15 / 18) / 2)
    assert [one.falls_short for one in truck.runs] == [True]
    assert truck.runs[0].reading is not None
    assert truck.runs[0].reading.status is Status.NOT_MET
    assert [one.planned.run.name for one in found.runs][-1] == "CV 1"


def test_small_runs_are_read_together_when_they_are_closed_and_many(sqlite: Database) -> None:
    for number, n in enumerate((3, 1, 2, 4), start=1):
        answered(sqlite, run(f"CV {number}", "CV", None, number), {(5, 5): n})
    (course,) = standing(sqlite).suppliers[0].courses
    # 3 + 1 + 2 are six, the last four wait for more
    assert (course.together, course.left_out) == (3, 1)
    assert course.reading is not None
    assert course.reading.n == 6
    assert all(one.reading is None for one in course.runs)
    # Nothing small is told while it can still grow
    (course,) = standing(sqlite, BEGINS + timedelta(days=5)).suppliers[0].courses
    assert (course.together, course.left_out, course.reading) == (0, 4, None)


def test_the_plan_reads_the_runs_of_a_half_year_together(sqlite: Database) -> None:
    """Each run is a wave of its own; the plan would stand on the last one alone."""
    answered(sqlite, run("CV 1", "CV", None, 1), {(5, 5): 9, (1, 1): 3})
    answered(sqlite, run("CV 2", "CV", None, 40), {(5, 5): 8})
    answered(sqlite, run("Truck 1", "Truck", None, 50), {(5, 5): 2})
    answered(sqlite, run("CV 3", "CV", None, 130), {(5, 5): 6})
    release.settle(sqlite)
    with sqlite.snapshot() as session:
        shown = plan_standing.stand(session, "Allerød", NOW, only="course")["course"]
    assert isinstance(shown, plan_standing.SurveyStanding)
    # The lonely two on Truck could be known, and wait for more
    assert [(one.label, one.figure.reading.n, one.together) for one in shown.waves] == [
        ("Kursushold, forår 2027", 6, True),
        ("Kursushold, efterår 2026", 20, True),
    ]
    assert shown.waves[1].figure.reading.share == pytest.approx(17 / 20)


def test_ten_answers_are_enough_to_warn_and_nine_are_not(sqlite: Database) -> None:
    answered(sqlite, run("A", "CV", None, 1), {(1, 1): 9})
    answered(sqlite, run("B", "CV", None, 1), {(1, 1): 10})
    answered(sqlite, run("C", "CV", None, 1), {(5, 5): 7, (1, 1): 3})
    short = {one.planned.run.name: one.falls_short for one in standing(sqlite).runs}
    # 70 % of ten is below the target, but not beyond chance
    assert short == {"A": False, "B": True, "C": False}


def test_before_anything_is_planned_there_is_nothing(sqlite: Database) -> None:
    found = standing(sqlite)
    assert (found.reading, found.suppliers, list(found.runs)) == (None, (), [])


COUNTS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from("xy"),
        st.tuples(st.integers(0, 8), st.integers(0, 8)),
        st.booleans(),
    ),
    max_size=12,
)


def parted(
    which: list[tuple[str, str, tuple[int, int], bool]],
) -> dict[tuple[str, str], list[_Part]]:
    """Runs as the ledger of each lets them be told, with so many answers to either question."""
    wave = extract.Wave(
        1, SURVEY, "w", definition.catalogue()[SURVEY], "anonymous", BEGINS, None, None, None,
        False, 0, 0,
    )  # fmt: skip
    found: dict[tuple[str, str], list[_Part]] = {}
    for number, (supplier, course, answers, closed) in enumerate(which):
        planned = Planned(number, run(f"r{number}", course, supplier, number), *([None] * 4),
                          0, 0, 0, None)  # fmt: skip
        ends = BEGINS + timedelta(days=number) if closed else None
        told = [n if n >= MINIMUM or max(answers) < MINIMUM else 0 for n in answers]
        tallies = tuple(
            Tally(item, "5", None, n, n) for item, n in zip(ITEMS, told, strict=True) if n
        )
        part = _Part(planned, replace(wave, id=number, closes_at=ends), tallies, min(told))
        found.setdefault((supplier, course), []).append(part)
    return found


def names(sums: Iterable[_Sum]) -> list[str]:
    return [part.planned.run.name for one in sums for some in one.counted for part in some]


@given(COUNTS, st.integers(0, 12))
def test_no_figures_together_expose_fewer_than_five(
    which: list[tuple[str, str, tuple[int, int], bool]], days: int
) -> None:
    """What courses, suppliers and runs tell on two days, and what each run tells by itself."""
    parts = parted(which)
    groups = []
    for now in (BEGINS + timedelta(days=days), NOW):
        sums = {key: _Sum.of(some, now) for key, some in parts.items()}
        shown = read._shown(sums)
        for (supplier, course), one in sums.items():
            if f"c {supplier}\0{course}" in shown:
                groups.append(names([one]))
        for supplier in "AB":
            if f"s {supplier}" in shown:
                groups.append(names(one for key, one in sums.items() if key[0] == supplier))
        if "" in shown:
            groups.append(names(sums.values()))
        # The plan adds up any of them
        for one in sums.values():
            groups += [[part.planned.run.name for part in some] for some in one.counted]
    for item in ITEMS:
        cells = {
            part.planned.run.name: sum(one.n for one in part.tallies if one.item == item)
            for some in parts.values()
            for part in some
        }
        alone = [[name] for name, n in cells.items() if n >= MINIMUM]
        assert audit([*groups, *alone], cells) is None


@given(COUNTS, st.integers(0, 12))
def test_what_comes_later_changes_a_figure_by_five_or_by_nobody(
    which: list[tuple[str, str, tuple[int, int], bool]], days: int
) -> None:
    """Runs only ever close: what counts on one day counts on the next."""
    for some in parted([(s, c, n, True) for s, c, n, _ in which]).values():
        before = names([_Sum.of(some, BEGINS + timedelta(days=days))])
        after = names([_Sum.of(some, NOW)])
        assert set(before) <= set(after)
        for item in ITEMS:
            added = sum(
                tally.n
                for part in some
                for tally in part.tallies
                if part.planned.run.name in set(after) - set(before) and tally.item == item
            )
            assert added == 0 or added >= MINIMUM


def seen(database: Database) -> tuple[object, ...]:
    """Everything that is shown of courses: their page, the plan, and each run's own report."""
    found = standing(database)
    with database.snapshot() as session:
        shown = plan_standing.stand(session, "Allerød", NOW, only="course")["course"]
        reports = [
            report.as_document(report.build(session, wave)) for wave in extract.waves(session)
        ]
    assert isinstance(shown, plan_standing.SurveyStanding)
    figures = [one.reading for one in (found, *found.suppliers, *found.suppliers[0].courses)]
    moves = [(one.figure, one.modes) for one in shown.waves], shown.change, shown.status
    return figures, [one.reading for one in found.runs], moves, reports


@pytest.mark.parametrize(
    ("all_agree", "all_but_one"),
    [
        ({(5, 4): 8}, {(5, 4): 7, (1, 4): 1}),
        ({(1, 2): 6}, {(1, 2): 5, (5, 2): 1}),
        # The other question is told exactly, and so is the average of the two
        ({(5, 5): 8, (5, 1): 4}, {(5, 5): 7, (5, 1): 4, (1, 5): 1}),
    ],
)
def test_nobody_can_tell_all_from_all_but_one_by_what_runs_add_up_to(
    make_sqlite: Callable[[], str],
    all_agree: Mapping[tuple[int, int], int],
    all_but_one: Mapping[tuple[int, int], int],
) -> None:
    """The other runs are exact, and the course, the supplier and the plan are sums of all."""
    looks = []
    for answers in (all_agree, all_but_one):
        database = Database(make_sqlite())
        answered(database, run("A", "CV", None, 1), answers)
        answered(database, run("B", "CV", None, 40), {(4, 4): 5, (2, 1): 4})
        answered(database, run("C", "Truck", None, 140), {(5, 5): 6, (2, 2): 3})
        looks.append(seen(database))
        database.close()
    assert looks[0] == looks[1]


def test_an_item_that_few_answered_makes_the_run_small(sqlite: Database) -> None:
    answered(sqlite, run("A", "CV", None, 1), {(5, 5): 4})
    worker = Fieldworker(sqlite, BEGINS + timedelta(days=2), SURVEY)
    with sqlite.snapshot() as session:
        wave = extract.wave(session, SURVEY, "A")
    for place in range(6):
        worker.cast(wave.id, f"d{place}", answers={ITEMS[0]: "5", ITEMS[1]: Missing.DONT_KNOW})
    worker.mix(wave.id, closing=True)
    (found,) = standing(sqlite).runs
    assert found.reading is None
    with sqlite.snapshot() as session:
        assert fieldwork.on_telegram(session) == {SURVEY: True}
