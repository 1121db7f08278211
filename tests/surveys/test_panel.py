"""The panel: consent, how often, samples that can be drawn again, and leaving without a trace."""

from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, text

from analysis import panel_change
from surveys import ballot, calls, companies, extract, fieldwork, keys, panel, phone_interview
from surveys.calls import Jotted
from surveys.companies import Company
from surveys.database import Database
from surveys.errors import AnonymousWave, ConsentTooOld, KnownMember, NobodyToAsk
from tests.conftest import Clock
from tests.surveys.companies import MADE_UP

SECRET = "s" * 40
TODAY = date(2026, 11, 18)


def recruit(database: Database, n: int, most: int = 4, today: date = TODAY) -> list[str]:
    with database.transaction() as session:
        return [
            panel.join(
                session,
                Company(
                    MADE_UP[place], f"Eksempel {place}", "Ida Prøve", f"+454810{place:04}",
                    f"ida{place}@example.org",
                ),
                role="Driftsleder",
                most_a_year=most,
                consented_on=today,
                today=today,
            )
            for place in range(n)
        ]  # fmt: skip


def wave(database: Database, clock: Clock, label: str, anonymity: str = "confidential") -> int:
    with database.transaction() as session:
        return fieldwork.open_wave(
            session, "virksomhedsinddragelse", label, opens_at=clock(), anonymity=anonymity
        )


def send(
    database: Database, clock: Clock, wave_id: int, wanted: int | None = None, seed: int = 1
) -> panel.Draw:
    with database.transaction() as session:
        return panel.send(session, wave_id, SECRET, wanted=wanted, seed=seed, by="1", now=clock())


def test_a_consent_is_lately_given(sqlite: Database) -> None:
    ida = Company(MADE_UP[0], "Eksempel", email="ida@example.org")
    options = {"role": None, "most_a_year": 4, "today": TODAY}
    for day in (TODAY - timedelta(days=31), TODAY + timedelta(days=1)):
        with pytest.raises(ConsentTooOld), sqlite.transaction() as session:
            panel.join(session, ida, consented_on=day, **options)
    with sqlite.transaction() as session:
        panel.join(session, ida, consented_on=TODAY - timedelta(days=30), **options)
    with pytest.raises(KnownMember), sqlite.transaction() as session:
        panel.join(session, ida, consented_on=TODAY, **options)
    with sqlite.snapshot() as session:
        [one] = panel.members(session, SECRET)
    assert (one.consent_version, one.consent_version in panel.CONSENTS) == (panel.CONSENT, True)


def test_nobody_is_asked_more_often_than_agreed(database: Database, clock: Clock) -> None:
    recruit(database, 3, most=2)
    for label in ("A", "B"):
        assert send(database, clock, wave(database, clock, label)).taken == 3
        clock.forward(days=61)
    third = wave(database, clock, "C")
    with pytest.raises(NobodyToAsk):
        send(database, clock, third)
    # A year after the first they may be asked once
    clock.forward(days=244)
    assert send(database, clock, third).taken == 3
    with pytest.raises(NobodyToAsk):
        send(database, clock, third)


def test_whoever_was_asked_lately_is_left_in_peace(sqlite: Database, clock: Clock) -> None:
    recruit(sqlite, 2)
    send(sqlite, clock, wave(sqlite, clock, "A"), wanted=1)
    clock.forward(days=30)
    assert send(sqlite, clock, wave(sqlite, clock, "B")).taken == 1
    with pytest.raises(NobodyToAsk):
        send(sqlite, clock, wave(sqlite, clock, "C"))


def test_a_sample_is_drawn_again_by_its_seed(sqlite: Database, clock: Clock) -> None:
    recruit(sqlite, 20, most=12)

    def drawn(label: str, seed: int) -> set[str]:
        clock.forward(days=61)
        wave_id = wave(sqlite, clock, label)
        draw = send(sqlite, clock, wave_id, wanted=6, seed=seed)
        assert (draw.eligible, draw.taken, draw.seed) == (20, 6, seed)
        with sqlite.snapshot() as session:
            return {one.cvr for one in calls.listed(session, wave_id, SECRET, clock())}

    first, again, other = drawn("A", 7), drawn("B", 7), drawn("C", 8)
    assert first == again != other
    with sqlite.snapshot() as session:
        assert [draw.seed for draw in panel.draws(session)] == [8, 7, 7]


def test_a_sample_is_fair(sqlite: Database, clock: Clock) -> None:
    recruit(sqlite, 5, most=12)
    hits = dict.fromkeys(MADE_UP[:5], 0)
    for seed in range(60):
        with sqlite.transaction() as session:
            label = f"R{seed}"
            wave_id = fieldwork.open_wave(
                session, "virksomhedsinddragelse", label, opens_at=clock(),
                anonymity="confidential",
            )  # fmt: skip
            panel.send(session, wave_id, SECRET, wanted=2, seed=seed, by="1", now=clock())
            for one in calls.listed(session, wave_id, SECRET, clock()):
                hits[one.cvr] += 1
            session.rollback()
    # 24 expected of each; 4 standard deviations are 15
    assert all(9 <= n <= 39 for n in hits.values())


def test_an_anonymous_wave_does_not_ask_the_panel(sqlite: Database, clock: Clock) -> None:
    recruit(sqlite, 1)
    with pytest.raises(AnonymousWave):
        send(sqlite, clock, wave(sqlite, clock, "A", "anonymous"))
    with sqlite.snapshot() as session:
        assert panel.members(session, SECRET)[0].askings == ()


def answer(database: Database, clock: Clock, wave_id: int, score: int) -> None:
    with database.transaction() as session:
        for one in calls.listed(session, wave_id, SECRET, clock()):
            phone_interview.finish(
                session, one, SECRET, {"cooperation": str(score)}, Jotted(by="1"), version=0,
                now=clock(),
            )  # fmt: skip
        ballot.mix(session, wave_id, closing=True)


@pytest.mark.parametrize(("n", "told"), [(10, (10, 10, 0)), (9, (None, None, None))])
def test_change_is_told_of_many_together_only(
    sqlite: Database, clock: Clock, n: int, told: tuple[int | None, ...]
) -> None:
    recruit(sqlite, n)
    ids = [wave(sqlite, clock, label) for label in ("A", "B")]
    for wave_id, score in zip(ids, (2, 4), strict=True):
        clock.forward(days=61)
        send(sqlite, clock, wave_id)
        answer(sqlite, clock, wave_id, score)
    with sqlite.snapshot() as session:
        before, after = (extract.wave(session, "virksomhedsinddragelse", one) for one in "AB")
        [change] = panel_change.changes(session, before, after, SECRET)
        backwards = panel_change.changes(session, after, before, SECRET)[0]
        assert [one.answered for one in panel.members(session, SECRET)[0].askings] == [True] * 2
    assert (change.n, change.better, change.worse) == told
    assert (backwards.better, backwards.worse) == (told[2], told[1])


def test_whoever_leaves_leaves_nothing_that_tells_who(database: Database, clock: Clock) -> None:
    gone, stays = recruit(database, 2)
    answered, waits = wave(database, clock, "A"), wave(database, clock, "B")
    for wave_id in (answered, waits):
        clock.forward(days=61)
        send(database, clock, wave_id)
    answer(database, clock, answered, 5)
    with database.snapshot() as session:
        [company] = [m.company for m in panel.members(session, SECRET) if m.id == gone]
        left = calls.listed(session, waits, SECRET, clock())
    [frame_id] = [one.id for one in left if one.cvr == company.cvr]
    assert panel.is_genuine(SECRET, keys.leaving(SECRET, gone))
    assert not panel.is_genuine(SECRET, f"{gone}.x")
    assert not panel.is_genuine("t" * 40, keys.leaving(SECRET, gone))
    with database.transaction() as session:
        assert panel.leave(session, gone, SECRET)
        assert not panel.leave(session, gone, SECRET)
    telling = (company.cvr, company.name, company.phone, company.email, gone, frame_id)
    with database.snapshot() as session:
        for table in inspect(database.engine).get_table_names():
            for row in session.execute(text(f"select * from {table}")):  # noqa: S608
                assert not set(telling) & {str(value) for value in row}, table
        assert [one.id for one in panel.members(session, SECRET)] == [stays]
        # What it answered counts, as anybody's
        assert extract.wave(session, "virksomhedsinddragelse", "A").responses == 2
        assert len(panel.pairs(session, SECRET, answered, waits)) == 1
        spent = keys.spend_hash(companies.token(SECRET, frame_id))
        withdrawn = text("select withdrawn from invitation where token_hash = :hash")
        assert session.execute(withdrawn, {"hash": spent}).scalar_one()
