"""The worker's jobs: once a minute whoever shares the queue, and how they went is told."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from surveys.database import Database
from tests.conftest import Clock
from tests.webapp.conftest import settings
from tests.webapp.html import read, require_sound
from tests.webapp.staff import form_token
from tests.webapp.test_results import words
from webapp import Clock as Clockwork
from webapp import create_app, jobs, tasks

REDIS = os.environ.get("HOERT_TEST_REDIS", "redis://127.0.0.1:6379/9")


@pytest.fixture
def url(staffed: Callable[[str, Path], str], tmp_path: Path) -> str:
    return staffed("administrator", tmp_path)


def test_a_job_is_done_once_a_minute_by_one_of_many_workers(
    database: Database, clock: Clock
) -> None:
    done = []

    def count(_: Database, __: Clockwork) -> None:
        done.append(1)

    workers = [threading.Thread(target=jobs.run, args=(count, database, clock)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 1
    clock.forward(seconds=60)
    jobs.run(count, database, clock)
    assert len(done) == 2


def test_a_job_that_fails_stops_no_other_and_is_told_until_it_works(
    app: Flask, client: FlaskClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    database = app.extensions["hoert"].database
    is_broken = True

    def mix(_: Database, __: Clockwork) -> None:
        if is_broken:
            raise RuntimeError("what Anna wrote")

    mix.__module__ = "webapp.tasks"
    for _ in range(2):
        assert not jobs.run(mix, database, clock)
        clock.forward(minutes=1)
    page = client.get("/staff/drift")
    require_sound(read(page.text))
    assert "Gik galt 2 gange i træk: RuntimeError." in words(page.text)
    assert "Anna" not in page.text + caplog.text
    is_broken = False
    clock.forward(minutes=1)
    assert jobs.run(mix, database, clock)
    assert "Gik galt" not in words(client.get("/staff/drift").text)
    clock.forward(minutes=6)
    assert "Står stille." in words(client.get("/staff/drift").text)


def test_a_job_that_goes_on_failing_is_tried_less_and_less_often(
    database: Database, clock: Clock
) -> None:
    tried = []

    def fail(_: Database, __: Clockwork) -> None:
        tried.append(clock())
        raise RuntimeError

    for _ in range(120):
        jobs.run(fail, database, clock)
        clock.forward(minutes=1)
    pauses = [(b - a).seconds // 60 for a, b in pairwise(tried)]
    assert pauses[:6] == [1, 2, 4, 8, 15, 15]
    with database.snapshot() as session:
        [state] = jobs.states(session)
    assert state.next_at == tried[-1] + timedelta(minutes=15)


def test_every_job_has_a_name_of_its_own_and_words_for_it(client: FlaskClient) -> None:
    from webapp.operations import WHAT

    every = tasks.jobs_of(settings("")).values()
    names = [jobs.name_of(job) for several in every for job in several]
    assert len(set(names)) == len(names)
    assert set(WHAT) == set(names)
    assert "Har aldrig kørt." in words(client.get("/staff/drift").text)


def test_a_monitor_reads_counts_with_an_administrators_key_and_nobody_else(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    database = app.extensions["hoert"].database
    for job in tasks.EVERY_MINUTE:
        if job is not tasks.find_themes:
            jobs.run(job, database, clock)
    assert app.test_client().get("/metrics").status_code == 404
    page = client.get("/staff/noegler")
    made = client.post("/staff/noegler", data={"csrf_token": form_token(page.text), "name": "x"})
    key = read(made.text).all("code")[0].children[0]
    told = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {key}"})
    assert told.status_code == 200
    assert "hoert_answers_received_total 0" in told.text
    assert 'hoert_job_ended_timestamp_seconds{job="mix"}' in told.text


def test_a_queue_that_does_not_answer_makes_the_process_unready(
    make_sqlite: Callable[[], str], clock: Clock
) -> None:
    broken = settings(make_sqlite(), queue_url="redis://127.0.0.1:1/0")
    app = create_app(broken, clock)
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["queue"] == "unreachable"
    app.extensions["hoert"].database.close()


def test_two_workers_on_one_redis_do_each_job_once(
    make_sqlite: Callable[[], str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError:
        pytest.skip("Redis does not answer.")
    done: list[str] = []

    def tell(_: Database, __: Clockwork) -> None:
        done.append(uuid4().hex)

    monkeypatch.setattr(tasks, "EVERY_MINUTE", (tell,))
    here = settings(make_sqlite(), queue_url=REDIS)
    queues = [tasks.queue(here, clock) for _ in range(2)]
    queues[0].flush()
    for queue in queues:
        # Each worker's scheduler puts the job on the queue
        queue.enqueue(next(iter(queue._registry.periodic_tasks)))
    for queue in queues:
        while task := queue.dequeue():
            queue.execute(task)
    assert len(done) == 1
    queues[0].flush()
