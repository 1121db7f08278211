"""An open interview survives whatever happens between two questions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import func, select, text

from surveys import definition, fieldwork, keys, sitting
from surveys.database import Database
from surveys.errors import IncompleteInterview, WaveClosed
from surveys.interview import Prompt
from surveys.tables import DraftRow, InstrumentVersionRow, WaveRow
from tests.surveys.fieldworker import SECRET, Fieldworker

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
BALLOT = "ballot-of-somebody"
KEY = keys.draft_key(BALLOT)


@pytest.fixture
def worker(database: Database) -> Fieldworker:
    return Fieldworker(database, NOW, "borgerinddragelse")


@pytest.fixture
def code(worker: Fieldworker) -> str:
    with worker.database.transaction() as session:
        return fieldwork.create_link(session, worker.survey, NOW, unit="Ungeteam")


def begin(worker: Fieldworker, code: str) -> None:
    with worker.database.transaction() as session:
        admission = fieldwork.admit(session, code, NOW)
        sitting.begin(session, admission, KEY, mode="web", language="da", now=NOW)


def send(worker: Fieldworker, *, early: bool = True, now: datetime = NOW) -> bool | None:
    with worker.database.transaction() as session:
        open_now = sitting.resume(session, KEY)
        if open_now is None:
            return None
        return open_now.send(
            spends=keys.spend_hash(BALLOT),
            receipt=keys.receipt(SECRET, BALLOT),
            now=now,
            early=early,
        )


def drafts(worker: Fieldworker) -> int:
    with worker.database.snapshot() as session:
        return session.scalar(select(func.count()).select_from(DraftRow)) or 0


def test_what_was_answered_is_there_again_in_another_process(
    worker: Fieldworker, code: str
) -> None:
    begin(worker, code)
    with worker.database.transaction() as session:
        open_now = sitting.resume(session, KEY)
        assert open_now is not None
        interview = open_now.interview
        interview.speak("en")
        for item, raw in (
            ("positive", "4"),
            ("heard", "dont_know"),
            ("good", "Kaffen \N{HOT BEVERAGE}"),
            ("better", None),
        ):
            interview.answer(item, raw)
        interview.tick("offers", "cv", on=True)
        interview.tick("offers", "craft", on=True)
        open_now.save(NOW)
        expected, step = interview.draft, interview.step()
    restarted = Database(worker.database.engine.url.render_as_string(hide_password=False))
    with restarted.snapshot() as session:
        again = sitting.resume(session, KEY)
        assert again is not None
        assert again.interview.draft == expected
        assert again.interview.step() == step
        assert (again.survey, again.anonymity) == ("borgerinddragelse", "anonymous")
    restarted.close()


def test_beginning_again_throws_the_old_answers_away(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    begin(worker, code)
    with worker.database.snapshot() as session:
        again = sitting.resume(session, KEY)
        assert again is not None
        assert again.interview.draft.answers == {}
    assert drafts(worker) == 1


def test_two_taps_on_start_open_one_interview(worker: Fieldworker, code: str) -> None:
    gate = Barrier(8)

    def tap(_: int) -> None:
        gate.wait()
        begin(worker, code)

    with ThreadPoolExecutor(8) as taps:
        list(taps.map(tap, range(8)))
    assert drafts(worker) == 1


def test_two_answers_at_once_are_both_kept(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, dict.fromkeys(("positive", "heard", "good", "better")), send=False)
    codes = ["cv", "craft", "nature", "cafe", "health", "network"]
    gate = Barrier(len(codes))

    def tap(category: str) -> None:
        gate.wait()
        with worker.database.transaction() as session:
            open_now = sitting.resume(session, KEY)
            assert open_now is not None
            open_now.interview.tick("offers", category, on=True)
            open_now.save(NOW)

    with ThreadPoolExecutor(len(codes)) as taps:
        list(taps.map(tap, codes))
    with worker.database.snapshot() as session:
        again = sitting.resume(session, KEY)
        assert again is not None
        assert set(again.interview.draft.ticked or ()) == set(codes)


def test_a_double_tap_on_send_is_one_answer_and_two_thanks(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    gate = Barrier(8)

    def tap(_: int) -> bool | None:
        gate.wait()
        return send(worker)

    with ThreadPoolExecutor(8) as taps:
        sent = list(taps.map(tap, range(8)))
    assert sent.count(True) == 1
    assert sent.count(None) == 7
    assert drafts(worker) == 0


def test_an_answer_that_comes_while_it_is_sent_breaks_nothing(
    worker: Fieldworker, code: str
) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    loaded, go_on = Event(), Event()

    def late() -> bool:
        loaded.wait(10)
        with worker.database.transaction() as session:
            open_now = sitting.resume(session, KEY)
            if open_now is None:
                return False
            open_now.interview.answer("heard", "1")
            open_now.save(NOW)
        return True

    with ThreadPoolExecutor(1) as other:
        with worker.database.transaction() as session:
            open_now = sitting.resume(session, KEY)
            assert open_now is not None
            answering = other.submit(late)
            loaded.set()
            go_on.wait(0.2)
            open_now.send(spends=keys.spend_hash(BALLOT), receipt="receipt", now=NOW, early=True)
        assert answering.result() is False


def test_sending_needs_every_answer_unless_one_stops_early(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    with pytest.raises(IncompleteInterview):
        send(worker, early=False)
    assert drafts(worker) == 1
    assert send(worker) is True
    assert send(worker) is None


def test_answers_stay_when_the_wave_closed_meanwhile(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    with worker.database.transaction() as session:
        wave = fieldwork.close_wave(session, worker.survey, NOW + timedelta(hours=1))
    with pytest.raises(WaveClosed):
        send(worker, now=NOW + timedelta(hours=1))
    assert drafts(worker) == 1
    assert worker.state(wave) == (0, 0, 0)


def test_an_open_interview_ends_on_the_version_it_began(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=False)
    newer = definition.shipped(worker.survey).replace("version: 1\n", "version: 2\n")
    newer = newer.replace("Craft-tilbud", "Håndarbejde")
    with worker.database.transaction() as session:
        version = fieldwork.publish(session, newer)
        session.execute(
            text("UPDATE wave SET instrument_version_id = :version"), {"version": version}
        )
    with worker.database.snapshot() as session:
        open_now = sitting.resume(session, KEY)
        assert open_now is not None
        assert open_now.interview.instrument.version == 1
        fresh = fieldwork.admit(session, code, NOW)
        assert fresh.instrument.version == 2


def test_publishing_the_same_version_twice_keeps_it_once(worker: Fieldworker) -> None:
    document = definition.shipped(worker.survey)
    with worker.database.transaction() as session:
        assert fieldwork.publish(session, document) == fieldwork.publish(session, document)
        count = session.scalar(select(func.count()).select_from(InstrumentVersionRow))
    assert count == 1


def test_there_is_nothing_under_a_key_that_nobody_has(worker: Fieldworker) -> None:
    with worker.database.snapshot() as session:
        assert sitting.resume(session, keys.draft_key("\ud800")) is None


def test_the_unit_travels_with_the_code_and_is_not_asked(worker: Fieldworker, code: str) -> None:
    worker.answer(code, BALLOT, {"positive": "4"}, send=True)
    with worker.database.transaction() as session:
        wave = session.scalars(select(WaveRow.id)).one()
    assert worker.mix(wave, closing=True) == 1
    with worker.database.snapshot() as session:
        rows = session.execute(text("SELECT unit, course, language, mode FROM response"))
        assert rows.all() == [("Ungeteam", None, "da", "web")]


def test_telegram_keeps_the_invitation_beside_the_draft_and_the_web_does_not(
    worker: Fieldworker, code: str
) -> None:
    chat = keys.chat_key(SECRET, "4711")
    spends = keys.spend_hash(BALLOT)
    with worker.database.transaction() as session:
        admission = fieldwork.admit(session, code, NOW)
        sitting.begin(
            session, admission, chat, mode="telegram", language="da", now=NOW, spends=spends
        )
        sitting.begin(session, admission, KEY, mode="web", language="da", now=NOW)
    with worker.database.snapshot() as session:
        telegram, web = sitting.resume(session, chat), sitting.resume(session, KEY)
        assert telegram is not None
        assert web is not None
        assert (telegram.spends, web.spends) == (spends, None)
        assert isinstance(telegram.interview.step(), Prompt)
