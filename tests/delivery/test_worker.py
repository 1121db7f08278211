"""A queue that stands still keeps nobody waiting; and with Redis nothing is done twice."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from huey import Huey

from surveys.database import Database
from tests.conftest import Clock
from tests.delivery.ordeal import SECRET, WORKER, Ordeal
from tests.surveys.fieldworker import Fieldworker
from tests.webapp.conftest import settings
from webapp import create_app, jobs, tasks

REDIS = os.environ.get("HOERT_TEST_REDIS", "redis://127.0.0.1:6379/9")
PATIENCE = 40


@pytest.fixture
def ordeal(sqlite: Database) -> Iterator[Ordeal]:
    made = Ordeal(sqlite, 40)
    yield made
    made.close()


def await_(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def ended(database: Database) -> set[str]:
    with database.snapshot() as session:
        return {state.name for state in jobs.states(session) if state.ended_at}


def test_a_mail_server_that_hangs_keeps_no_answer_and_no_other_queue_waiting(
    ordeal: Ordeal, clock: Clock
) -> None:
    ordeal.post.falls_silent_at = "220"
    worker = ordeal.begin(*WORKER)
    try:
        # The SMS leave and the upkeep is done while the mail server says nothing
        await_(lambda: len(ordeal.gateway.taken) == 20)
        await_(lambda: "mix" in ended(ordeal.database))
        assert "send_mail" not in ended(ordeal.database)
        assert not ordeal.post.taken
        app = create_app(settings(str(ordeal.database.url), secret_key=SECRET), clock)
        began = time.monotonic()
        fieldworker = Fieldworker(ordeal.database, clock())
        wave = fieldworker.wave()
        [token] = fieldworker.invite(wave)
        assert fieldworker.cast(wave, token, personal=True)
        assert app.test_client().get("/").status_code == 200
        assert time.monotonic() - began < 15
        app.extensions["hoert"].database.close()
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    # Nothing is lost: what hung is sent by the next
    ordeal.post.falls_silent_at = None
    ordeal.post.resumed.set()
    sender = ordeal.begin(sys.executable, "-m", "tests.delivery.killed")
    assert sender.wait(PATIENCE) == 0
    assert ordeal.counted() == {1: 40}


def test_two_workers_on_one_redis_send_each_message_once(ordeal: Ordeal) -> None:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError:
        pytest.skip("Redis does not answer.")
    here = ordeal.settings(queue=REDIS)
    queues = [tasks.queue(here, ordeal.now, "hoert-mail") for _ in range(2)]
    queues[0].flush()
    for queue in queues:
        # Each worker's scheduler puts the job on the queue
        queue.enqueue(next(t for t in queue._registry.periodic_tasks if t.name == "send_mail"))

    def work(queue: Huey) -> None:
        while task := queue.dequeue():
            queue.execute(task)

    workers = [threading.Thread(target=work, args=(queue,)) for queue in queues]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(ordeal.post.counted().values()) == [1] * 20
    queues[0].flush()
