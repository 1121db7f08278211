"""One ballot is one answer, nothing is lost on its way, and mixing leaves no trace."""

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text, update

from surveys import ballot, definition, keys
from surveys.database import Database
from surveys.errors import LinkWithdrawn, UnknownCode, WaveClosed
from surveys.instrument import Missing
from surveys.tables import BallotInboxRow, CommentRow, InvitationRow, ResponseRow
from tests.surveys.fieldworker import Fieldworker, dump, traces

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.integers(1, 14),
    steps=st.lists(st.one_of(st.integers(0, 13), st.just("mix"), st.just("close")), max_size=30),
    personal=st.booleans(),
)
def test_spent_invitations_are_the_inbox_and_the_responses_at_all_times(
    worker: Fieldworker, people: int, steps: list[int | str], personal: bool
) -> None:
    wave = worker.wave()
    tokens = worker.invite(wave, people) if personal else [keys.new_ballot() for _ in range(people)]
    cast: set[str] = set()
    mixed = 0
    for step in steps:
        match step:
            case int():
                token = tokens[step % people]
                assert worker.cast(wave, token, personal=personal) is (token not in cast)
                cast.add(token)
            case "mix":
                waiting = len(cast) - mixed
                moved = worker.mix(wave)
                assert moved == (waiting if waiting >= ballot.SMALLEST_BATCH else 0)
                mixed += moved
            case _:
                mixed += worker.mix(wave, closing=True)
                assert mixed == len(cast)
        assert worker.state(wave) == (len(cast), len(cast) - mixed, mixed)


@pytest.mark.parametrize("personal", [False, True], ids=["open", "personal"])
def test_thirty_at_once_with_one_ballot_are_one_answer(worker: Fieldworker, personal: bool) -> None:
    wave = worker.wave()
    token = worker.invite(wave)[0] if personal else keys.new_ballot()
    gate = Barrier(30)

    def once(_: int) -> bool:
        gate.wait()
        return worker.cast(wave, token, personal=personal)

    with ThreadPoolExecutor(30) as people:
        counted = list(people.map(once, range(30)))
    assert counted.count(True) == 1
    assert worker.state(wave) == (1, 1, 0)


def test_thirty_at_once_with_a_ballot_each_are_thirty_answers(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = [*worker.invite(wave, 15), *(keys.new_ballot() for _ in range(15))]

    def once(place: int) -> bool:
        return worker.cast(wave, tokens[place], personal=place < 15)

    with ThreadPoolExecutor(10) as people:
        assert all(people.map(once, range(30)))
    assert worker.state(wave) == (30, 30, 0)


def test_a_closed_wave_takes_nothing_new_and_thanks_those_who_were_in_time(
    worker: Fieldworker,
) -> None:
    wave = worker.wave(closes_in=timedelta(hours=1))
    early, late = worker.invite(wave, 2)
    passer_by = keys.new_ballot()
    just_in_time = NOW + timedelta(minutes=59)
    assert worker.cast(wave, early, personal=True, now=just_in_time)
    assert worker.cast(wave, passer_by, now=just_in_time)
    closed = NOW + timedelta(hours=1)
    for token, personal in ((late, True), (keys.new_ballot(), False)):
        with pytest.raises(WaveClosed):
            worker.cast(wave, token, personal=personal, now=closed)
    assert worker.cast(wave, early, personal=True, now=closed) is False
    assert worker.cast(wave, passer_by, now=closed) is False
    assert worker.state(wave) == (2, 2, 0)


def test_nobody_is_thanked_for_an_answer_that_is_not_kept(worker: Fieldworker) -> None:
    wave, other_wave = worker.wave(), worker.wave()
    (withdrawn,) = worker.invite(wave)
    (elsewhere,) = worker.invite(other_wave)
    spent_elsewhere = keys.new_ballot()
    worker.cast(other_wave, spent_elsewhere)
    with worker.database.transaction() as session:
        session.execute(
            update(InvitationRow)
            .where(InvitationRow.token_hash == keys.spend_hash(withdrawn))
            .values(withdrawn=True)
        )
    with pytest.raises(LinkWithdrawn):
        worker.cast(wave, withdrawn, personal=True)
    for token, personal in (
        (elsewhere, True),
        (keys.new_ballot(), True),
        (spent_elsewhere, False),
    ):
        with pytest.raises(UnknownCode):
            worker.cast(wave, token, personal=personal)
    assert worker.state(wave) == (0, 0, 0)
    assert worker.state(other_wave) == (1, 1, 0)


def test_under_ten_answers_wait_and_ten_move(worker: Fieldworker) -> None:
    wave, quiet = worker.wave(), worker.wave()
    for _ in range(9):
        worker.cast(wave, keys.new_ballot())
        worker.cast(quiet, keys.new_ballot())
    assert worker.mix(wave) == 0
    worker.cast(wave, keys.new_ballot())
    with worker.database.transaction() as session:
        assert ballot.mix_all(session) == 10
    assert worker.state(wave) == (10, 0, 10)
    assert worker.state(quiet) == (9, 9, 0)


def test_what_is_left_moves_when_the_wave_is_over(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=timedelta(hours=1))
    going_on = worker.wave()
    for _ in range(3):
        worker.cast(wave, keys.new_ballot())
        worker.cast(going_on, keys.new_ballot())
    for minutes, moved in ((59, 0), (60, 3), (61, 0)):
        with worker.database.transaction() as session:
            assert ballot.mix_closed(session, NOW + timedelta(minutes=minutes)) == moved
    assert worker.state(wave) == (3, 0, 3)
    assert worker.state(going_on) == (3, 3, 0)


class PulledPlugError(Exception):
    """The machine stopped here."""


def unplugged(database: Database, after: int) -> Callable[[], None]:
    """Fail at the n-th statement from now on; gives what plugs it in again."""
    seen = 0

    def fail(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen > after:
            raise PulledPlugError

    event.listen(database.engine, "before_cursor_execute", fail)
    return lambda: event.remove(database.engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("personal", [False, True], ids=["open", "personal"])
def test_a_crash_anywhere_in_casting_burns_nothing(worker: Fieldworker, personal: bool) -> None:
    wave = worker.wave()
    token = worker.invite(wave)[0] if personal else keys.new_ballot()
    crashes = 0
    while True:
        plug_in = unplugged(worker.database, crashes)
        try:
            assert worker.cast(wave, token, personal=personal)
        except PulledPlugError:
            crashes += 1
        else:
            break
        finally:
            plug_in()
        assert worker.state(wave) == (0, 0, 0)
    assert crashes >= 2  # burn, fill the inbox
    assert worker.state(wave) == (1, 1, 0)
    assert worker.cast(wave, token, personal=personal) is False


def test_a_crash_between_burning_and_the_end_of_the_transaction_burns_nothing(
    worker: Fieldworker,
) -> None:
    wave = worker.wave()
    (token,) = worker.invite(wave)

    def half() -> None:
        with worker.database.transaction() as session:
            session.execute(
                update(InvitationRow)
                .where(InvitationRow.token_hash == keys.spend_hash(token))
                .values(spent=True)
            )
            raise PulledPlugError

    with pytest.raises(PulledPlugError):
        half()
    assert worker.state(wave) == (0, 0, 0)
    assert worker.cast(wave, token, personal=True)


def test_a_crash_anywhere_in_mixing_leaves_the_inbox_as_it_was(worker: Fieldworker) -> None:
    wave = worker.wave()
    for number in range(10):
        worker.cast(wave, keys.new_ballot(), answers={"open": f"Svar {number}", "next": 5})
    crashes = 0
    while True:
        plug_in = unplugged(worker.database, crashes)
        try:
            assert worker.mix(wave) == 10
        except PulledPlugError:
            crashes += 1
        else:
            break
        finally:
            plug_in()
        assert worker.state(wave) == (10, 10, 0)
    assert crashes >= 5
    assert worker.state(wave) == (10, 0, 10)


def test_the_payload_holds_the_answer_and_nothing_else(worker: Fieldworker) -> None:
    wave = worker.wave()
    worker.cast(wave, keys.new_ballot(), answers={"open": "Godt møde", "next": 5})
    with worker.database.snapshot() as session:
        payload = json.loads(session.scalars(select(BallotInboxRow.payload)).one())
    assert set(payload) == {
        "answers", "mode", "language", "week", "unit", "course", "caseworker", "receipt",
    }  # fmt: skip
    assert payload["week"] == "2026-W47"
    instrument = definition.catalogue()["samtalefeedback"]
    answers = json.loads(payload["answers"])
    assert list(answers) == [item.id for item in instrument]
    assert all(set(kept) in ({"value"}, {"missing"}) for kept in answers.values())


def test_every_kind_of_answer_arrives_as_it_was_given(worker: Fieldworker) -> None:
    inclusion = Fieldworker(worker.database, NOW, "borgerinddragelse")
    wave = inclusion.wave()
    inclusion.cast(
        wave,
        keys.new_ballot(),
        answers={
            "positive": 4,
            "heard": Missing.DONT_KNOW,
            "good": "Kaffen\nog snakken",
            "better": Missing.SKIPPED,
            "offers": ("cv", "other"),
            "offers__other": Missing.NOT_REACHED,
        },
    )
    inclusion.mix(wave, closing=True)
    rows = dump(worker.database)
    comment = rows["comment"][0]
    assert comment["body"] == "Kaffen\nog snakken"
    found = {(row["item"], row["place"]): row for row in rows["answer"]}
    assert {key: (row["code"], row["missing"]) for key, row in found.items()} == {
        ("positive", 0): ("4", None),
        ("heard", 0): (None, "dont_know"),
        ("good", 0): (None, None),
        ("better", 0): (None, "skipped"),
        ("offers", 0): ("cv", None),
        ("offers", 1): ("other", None),
        ("offers__other", 0): (None, "not_reached"),
    }
    assert found["good", 0]["comment_id"] == comment["id"]


def test_a_text_that_masking_made_longer_does_not_stop_the_mixer(worker: Fieldworker) -> None:
    wave = worker.wave()
    worker.cast(wave, keys.new_ballot(), answers={"open": "[e-mail] " * 285})
    assert worker.mix(wave, closing=True) == 1


def rank_correlation(left: list[int], right: list[int]) -> float:
    n = len(left)
    return 1 - 6 * sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) / (n * (n * n - 1))


def test_after_mixing_no_id_no_order_and_no_time_is_left(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = [keys.new_ballot() for _ in range(100)]
    for number, token in enumerate(tokens):
        worker.cast(wave, token, answers={"open": f"Svar nummer {number}"})
    with worker.database.snapshot() as session:
        inbox = session.scalars(select(BallotInboxRow.id)).all()
    assert worker.mix(wave) == 100
    rows = dump(worker.database)
    assert rows["ballot_inbox"] == []
    everything = {
        trace
        for table in rows.values()
        for row in table
        for v in row.values()
        for trace in traces(v)
    }
    assert not everything & set(inbox)
    assert set(rows["response"][0]) == {
        "id", "wave_id", "mode", "language", "week", "unit", "course", "caseworker", "invitation",
        "receipt_hash",
    }  # fmt: skip
    assert {row["invitation"] for row in rows["response"]} == {None}
    assert set(rows["comment"][0]) == {"id", "wave_id", "item", "body", "language"}

    def in_order(order: str) -> list[int]:
        with worker.database.snapshot() as session:
            bodies = session.scalars(
                select(CommentRow.body)
                .join_from(CommentRow, ResponseRow, text("true"))
                .where(text(_SAME_PERSON))
                .order_by(text(order))
            )
            return [int(str(body).rsplit(" ", 1)[1]) for body in bodies]

    orders = ["response.id", "comment.id"]
    if not worker.database.is_sqlite:
        orders += ["response.ctid", "comment.ctid"]
    for order in orders:
        assert abs(rank_correlation(in_order(order), list(range(100)))) < 5 / math.sqrt(99), order


_SAME_PERSON = (
    "EXISTS (SELECT 1 FROM answer WHERE answer.comment_id = comment.id"
    " AND answer.response_id = response.id)"
)


@on_postgresql
def test_on_postgresql_all_mixed_rows_bear_one_transaction_that_burnt_no_ballot(
    worker: Fieldworker,
) -> None:
    wave = worker.wave()
    for _ in range(12):
        worker.cast(wave, keys.new_ballot())
    worker.mix(wave)
    with worker.database.snapshot() as session:
        mixed = set(session.scalars(text("SELECT xmin::text FROM response")))
        burnt = set(session.scalars(text("SELECT xmin::text FROM invitation")))
    assert len(mixed) == 1
    assert len(burnt) == 12
    assert not mixed & burnt


def test_on_sqlite_the_file_keeps_nothing_of_the_inbox(sqlite: Database) -> None:
    worker = Fieldworker(sqlite, NOW)
    wave = worker.wave()
    for number in range(20):
        worker.cast(wave, keys.new_ballot(), answers={"open": f"Svar {number} " + "æ" * 300})
    with sqlite.snapshot() as session:
        inbox = session.scalars(select(BallotInboxRow.id)).all()
    assert worker.mix(wave) == 20
    file = sqlite.url.database
    assert file is not None
    sqlite.close()
    content = Path(file).read_bytes()
    assert b"Svar 7 " in content
    for inbox_id in inbox:
        assert inbox_id.encode() not in content
    assert b'"receipt"' not in content


@on_postgresql
@pytest.mark.parametrize("personal", [False, True], ids=["open", "personal"])
def test_closing_waits_for_a_ballot_that_is_being_cast(worker: Fieldworker, personal: bool) -> None:
    """Otherwise it would come after the last mix and move alone, for everybody to see."""
    wave = worker.wave()
    token = worker.invite(wave)[0] if personal else keys.new_ballot()
    burnt, go_on = Event(), Event()

    def slow() -> None:
        with worker.database.transaction() as session:
            ballot.cast(
                session,
                definition.catalogue()[worker.survey],
                {"next": 5},
                wave_id=wave,
                spends=keys.spend_hash(token),
                personal=personal,
                receipt="slow",
                mode="web",
                language="da",
                unit=None,
                course=None,
                now=NOW,
            )
            burnt.set()
            go_on.wait(10)

    def close() -> int:
        burnt.wait(10)
        with worker.database.transaction() as session:
            session.execute(
                text("UPDATE wave SET closes_at = :now WHERE id = :wave"),
                {"now": NOW, "wave": wave},
            )
            return ballot.mix(session, wave, closing=True)

    with ThreadPoolExecutor(2) as both:
        casting, closing = both.submit(slow), both.submit(close)
        burnt.wait(10)
        sleep(0.3)
        assert not closing.done()
        go_on.set()
        casting.result()
        assert closing.result() == 1
    assert worker.state(wave) == (1, 0, 1)


@on_postgresql
def test_a_second_mixer_does_not_take_the_one_answer_that_came_after_the_first(
    worker: Fieldworker,
) -> None:
    wave = worker.wave()
    for _ in range(10):
        worker.cast(wave, keys.new_ballot())
    with ThreadPoolExecutor(2) as both:
        with worker.database.transaction() as session:
            assert ballot.mix(session, wave) == 10
            late = both.submit(worker.cast, wave, keys.new_ballot())
            second = both.submit(worker.mix, wave)
            sleep(0.3)
        assert late.result()
        assert second.result() == 0
    assert worker.state(wave) == (11, 1, 10)


def test_a_week_is_the_iso_week_in_denmark_and_nothing_finer() -> None:
    assert ballot.week(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-W01"
    # A Danish Monday begins on Sunday evening in UTC: an hour before in winter, two in summer
    assert ballot.week(datetime(2027, 1, 3, 22, 59, tzinfo=UTC)) == "2026-W53"
    assert ballot.week(datetime(2027, 1, 3, 23, 0, tzinfo=UTC)) == "2027-W01"
    assert ballot.week(datetime(2026, 7, 5, 21, 59, tzinfo=UTC)) == "2026-W27"
    assert ballot.week(datetime(2026, 7, 5, 22, 0, tzinfo=UTC)) == "2026-W28"


def test_counting_is_done_by_wave(worker: Fieldworker) -> None:
    waves = [worker.wave() for _ in range(3)]
    for place, wave in enumerate(waves):
        for _ in range(place + 1):
            worker.cast(wave, keys.new_ballot())
    assert [worker.state(wave)[0] for wave in waves] == [1, 2, 3]
    with worker.database.snapshot() as session:
        assert session.scalar(select(func.count()).select_from(InvitationRow)) == 6
