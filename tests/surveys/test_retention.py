"""What is stored goes at its date, and an answer goes when its own receipt says so."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text, update

from surveys import extract, fieldwork, frame, invitations, keys, retention
from surveys.database import Database
from surveys.frame import Member, Reading
from surveys.retention import DEFAULTS, Change, Lifetimes
from surveys.tables import WaveRow
from tests.surveys.fieldworker import SECRET, Fieldworker, cover_tracks, dump

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW)


def rows(database: Database) -> dict[str, int]:
    return {name: len(found) for name, found in dump(database).items()}


def erase(worker: Fieldworker, receipt: str) -> bool:
    with worker.database.transaction() as session:
        return retention.erase(session, receipt)


def balance(worker: Fieldworker, wave_id: int) -> tuple[int, int, int, int]:
    """Received, waiting, mixed and erased, after checking that they add up."""
    with worker.database.snapshot() as session:
        wave = next(wave for wave in extract.waves(session) if wave.id == wave_id)
    assert wave.received == wave.waiting + wave.responses + wave.erased
    return wave.received, wave.waiting, wave.responses, wave.erased


def expire(worker: Fieldworker, now: datetime) -> dict[str, int]:
    with worker.database.transaction() as session:
        run = retention.expire(session, now)
    return {kind: n for counts in run.deleted.values() for kind, n in counts.items()}


@pytest.mark.parametrize("mixed", [False, True])
def test_a_receipt_deletes_its_own_answer_with_all_that_hangs_on_it(
    worker: Fieldworker, mixed: bool
) -> None:
    wave = worker.wave()
    tokens = [keys.new_ballot() for _ in range(12)]
    for number, token in enumerate(tokens):
        worker.cast(wave, token, answers={"next": 5, "open": f"Mit eget svar {number}"})
    if mixed:
        worker.mix(wave)
    assert erase(worker, keys.receipt(SECRET, tokens[3]))
    stored = dump(worker.database)
    assert not any(
        "Mit eget svar 3" in str(value)
        for found in stored.values()
        for row in found
        for value in row.values()
    )
    assert len(stored["ballot_inbox"]) == (0 if mixed else 11)
    assert len(stored["response"]) == len(stored["comment"]) == (11 if mixed else 0)
    assert {row["response_id"] for row in stored["answer"]} == {
        row["id"] for row in stored["response"]
    }
    assert balance(worker, wave) == (12, *((0, 11) if mixed else (11, 0)), 1)
    assert not erase(worker, keys.receipt(SECRET, tokens[3]))
    # The right to answer stays spent, and the others' answers come through the mixer
    assert not worker.cast(wave, tokens[3])
    worker.mix(wave, closing=True)
    assert balance(worker, wave) == (12, 0, 11, 1)


@pytest.mark.parametrize("mixed", [False, True])
def test_nobody_elses_code_deletes_anything(worker: Fieldworker, mixed: bool) -> None:
    wave = worker.wave()
    tokens = [keys.new_ballot() for _ in range(10)]
    for token in tokens:
        worker.cast(wave, token)
    if mixed:
        worker.mix(wave)
    before = dump(worker.database)
    receipt = keys.receipt(SECRET, tokens[0])
    for wrong in (
        "", "%", "_", "%%", receipt[:-1], f"{receipt}0", receipt[::-1], '"receipt": "',
        keys.receipt(SECRET, "another ballot"), keys.receipt("another secret", tokens[0]),
        tokens[0], keys.receipt_hash(receipt).hex(), "' OR 1=1 --", "\x00", "\ud800",
    ):  # fmt: skip
        assert not erase(worker, wrong)
    assert dump(worker.database) == before
    for spelling in (receipt.lower(), f" {receipt.replace('-', ' ')} "):
        assert erase(worker, spelling) is (spelling == receipt.lower())
    assert balance(worker, wave)[3] == 1


def test_what_a_respondent_writes_cannot_pass_for_another_receipt(worker: Fieldworker) -> None:
    wave = worker.wave()
    victim, attacker = keys.new_ballot(), keys.new_ballot()
    worker.cast(wave, victim)
    stolen = keys.receipt_hash(keys.receipt(SECRET, victim)).hex()
    worker.cast(wave, attacker, answers={"open": f'"receipt": "{stolen}"'})
    assert erase(worker, keys.receipt(SECRET, victim))
    assert balance(worker, wave) == (2, 1, 0, 1)
    worker.mix(wave, closing=True)
    with worker.database.snapshot() as session:
        assert [one.body for one in extract.comments(session, wave)] == [f'"receipt": "{stolen}"']


def test_erasing_while_the_mixer_runs_loses_and_forgets_nothing(worker: Fieldworker) -> None:
    wave = worker.wave()
    tokens = [keys.new_ballot() for _ in range(30)]
    for token in tokens:
        worker.cast(wave, token)
    erased: list[bool] = []
    begin = threading.Barrier(4)

    def erase_some(mine: list[str]) -> None:
        begin.wait()
        erased.extend(erase(worker, keys.receipt(SECRET, token)) for token in mine)

    def mix() -> None:
        begin.wait()
        for _ in range(5):
            worker.mix(wave, closing=True)

    # The first two ask for the same answers: each goes once
    threads = [
        threading.Thread(target=erase_some, args=(tokens[:8],)),
        threading.Thread(target=erase_some, args=(tokens[:8],)),
        threading.Thread(target=erase_some, args=(tokens[8:15],)),
        threading.Thread(target=mix),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(erased) == 15
    assert balance(worker, wave) == (30, 0, 15, 15)


def test_each_thing_goes_at_its_own_date(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=10 * DAY)
    closes = NOW + 10 * DAY
    with worker.database.transaction() as session:
        members = tuple(Member(f"A{n}", email=f"p{n}@eksempel.dk") for n in range(6))
        frame.take(session, wave, Reading({}, members, ()))
        sent = invitations.invite(session, wave, SECRET, NOW)
    worker.answer(sent[0].token, sent[0].token, {"purpose": "5"}, send=False)
    for letter in sent[1:4]:
        worker.cast(wave, letter.token, personal=True, answers={"open": "Godt møde"})
    assert erase(worker, keys.receipt(SECRET, sent[1].token))
    worker.mix(wave, closing=True)
    lives = DEFAULTS["anonymous"]
    before = rows(worker.database)
    assert expire(worker, closes) == {}
    assert rows(worker.database) == before | {"retention_run": 1}
    assert expire(worker, closes + (lives.frame + 7) * DAY) == {"draft": 1, "frame": 6}
    assert rows(worker.database)["contact"] == 0
    assert expire(worker, closes + lives.text * DAY - timedelta(minutes=1)) == {}
    assert expire(worker, closes + lives.text * DAY) == {"text": 2}
    with worker.database.snapshot() as session:
        assert extract.comments(session, wave) == []
        assert any(tally.item == "open" for tally in extract.tallies(session, wave))
    assert balance(worker, wave) == (3, 0, 2, 1)
    gone = expire(worker, closes + lives.response * DAY)
    assert gone == {"response": 2, "invitation": 6}
    assert balance(worker, wave) == (0, 0, 0, 0)
    left = rows(worker.database)
    for table in ("answer", "comment", "response", "invitation", "draft", "frame_member"):
        assert left[table] == 0
    with worker.database.snapshot() as session:
        newest, *_, oldest = retention.runs(session)
        assert newest.total == 8
        assert oldest.total == 0
    assert expire(worker, closes + lives.response * DAY) == {}


def test_what_is_deleted_leaves_the_files_too(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=DAY)
    for _ in range(20):
        worker.cast(wave, keys.new_ballot(), answers={"open": "Meget særlige ord"})
    worker.mix(wave, closing=True)
    expire(worker, NOW + 4000 * DAY)
    cover_tracks(worker.database, retention.KEPT)
    if worker.database.is_sqlite:
        file = Path(str(worker.database.url.database))
        for part in file.parent.glob(f"{file.name}*"):
            assert "særlige".encode() not in part.read_bytes()
        return
    with worker.database.snapshot() as session:
        for name in ("comment", "response", "answer", "invitation"):
            assert session.scalar(text(f"SELECT pg_relation_size('{name}')")) == 0


def test_what_is_logged_is_counts_and_nothing_else(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=DAY)
    worker.cast(wave, keys.new_ballot(), answers={"open": "Mit eget svar"})
    worker.mix(wave, closing=True)
    expire(worker, NOW + 4000 * DAY)
    (row,) = dump(worker.database)["retention_run"]
    assert "svar" not in str(row["deleted"])
    assert '"response": 1' in str(row["deleted"])


def test_a_wave_without_an_end_keeps_what_it_has_but_old_drafts(worker: Fieldworker) -> None:
    wave = worker.wave()
    worker.cast(wave, keys.new_ballot(), answers={"open": "Godt møde"})
    worker.mix(wave, closing=True)
    with worker.database.transaction() as session:
        code = fieldwork.link_to(session, wave)
    worker.answer(code, keys.new_ballot(), {"purpose": "5"}, send=False)
    assert expire(worker, NOW + 29 * DAY) == {}
    assert expire(worker, NOW + 40 * DAY) == {"draft": 1}
    assert expire(worker, NOW + 9999 * DAY) == {}
    assert balance(worker, wave) == (1, 0, 1, 0)


def test_a_survey_may_decide_otherwise(worker: Fieldworker) -> None:
    wave = worker.wave(closes_in=DAY)
    worker.cast(wave, keys.new_ballot())
    worker.mix(wave, closing=True)
    with worker.database.transaction() as session:
        survey = fieldwork.survey_named(session, worker.survey)
        short = Lifetimes(frame=1, draft=1, text=2, response=3)
        retention.decide(session, survey, short, NOW)
        assert retention.lifetimes(session, worker.survey, "anonymous") == short
    assert expire(worker, NOW + 4 * DAY) == {"response": 1, "invitation": 1}
    with worker.database.transaction() as session:
        retention.decide(session, survey, None, NOW)
        assert retention.lifetimes(session, worker.survey, "anonymous") == DEFAULTS["anonymous"]
        assert retention.decided(session) == {}
        retention.decide(session, survey, None, NOW + DAY)
        # What changes nothing is no decision
        assert retention.changes(session) == [
            Change(worker.survey, NOW.date(), None),
            Change(worker.survey, NOW.date(), short),
        ]


def test_it_is_said_when_things_go_next(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        assert retention.next_run(session, NOW) == NOW
        retention.expire(session, NOW)
        tomorrow = datetime(2026, 11, 18, 23, 0, tzinfo=UTC)
        assert retention.next_run(session, NOW) == tomorrow
        assert retention.next_run(session, tomorrow) == tomorrow


def test_a_file_that_nobody_looked_through_goes_after_a_day(worker: Fieldworker) -> None:
    wave = worker.wave()
    with worker.database.transaction() as session:
        session.execute(update(WaveRow).where(WaveRow.id == wave).values(label="Prøve"))
        frame.keep_upload(session, wave, "liste.csv", b"Nr\r\nA1", NOW)
    assert expire(worker, NOW + DAY - timedelta(minutes=1)) == {}
    assert expire(worker, NOW + DAY) == {"upload": 1}


def test_whatever_hangs_on_an_answer_goes_with_it(database: Database) -> None:
    hanging = [
        (table, found["referred_table"], found["options"].get("ondelete"))
        for table in inspect(database.engine).get_table_names()
        for found in inspect(database.engine).get_foreign_keys(table)
        if found["referred_table"] in {"response", "comment", "coding", "frame_member"}
    ]
    assert {table for table, *_ in hanging} >= {"answer", "coding", "theme_assignment", "contact"}
    assert [one for one in hanging if one[2] != "CASCADE"] == []
