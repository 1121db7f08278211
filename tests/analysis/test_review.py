"""What is read next, what stands, and what is kept of it, on both kinds of database."""

import pytest

from analysis import coder, coding, frames, lessons, models, quotes, review
from analysis.agreement import agreement
from analysis.coding import Judgement
from analysis.corpus import seeds
from analysis.themes import interest
from surveys import extract
from tests.webapp.voices import said

PRAISE = Judgement({"c1_individual": "positive", "c7_keep": "positive"}, "positive")


@pytest.fixture
def wave(database, clock, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(models, "DIRECTORY", tmp_path_factory.getbasetemp() / "review-models")
    said(database, clock, [seed.text for seed in seeds("citizen")[:14]])
    with database.snapshot() as session:
        found = extract.wave(session, "samtalefeedback")
    assert coder.code(database, found) == 14
    assert coder.code(database, found) == 0
    return found


def test_the_order_of_reading_and_what_stands(database, wave):
    with database.transaction() as session:
        first = review.upcoming(session, "citizen", "1")
        assert first.sight == "shown"
        passed = review.upcoming(session, "citizen", "1", [first.comment.id])
        assert passed.comment.id != first.comment.id
        for _ in range(5):
            one = review.upcoming(session, "citizen", "1")
            coding.record(session, wave, one.comment.id, PRAISE, coder="1", sight=one.sight)
        assert one.sight == "blind"
        standing = review.standing(session, "citizen")
        assert (standing.read, standing.waiting, standing.hidden) == (5, 9, 0)
        assert standing.until_next == review.STEP - 5
        taught = coding.coded_by_people(session, frames.in_use(session, "citizen"))
        assert [seed.themes for seed in taught] == [("c1_individual", "c7_keep")] * 5
        assert review.with_machine(session, "citizen").n == 1
        assert review.second(session, "citizen", "1") is None
        again = review.second(session, "citizen", "2")
        assert again.sight == "second"
        assert not again.proposed
        coding.record(session, wave, again.comment.id, PRAISE, coder="2", sight="second")
        assert review.between_people(session, "citizen").kappa.value == 1
        wrong = Judgement({"k1_content": "positive"}, "positive")
        with pytest.raises(ValueError, match="k1_content"):
            coding.record(session, wave, again.comment.id, wrong, coder="2", sight="shown")


def test_a_quote_goes_with_its_comment(database, wave):
    with database.transaction() as session:
        for comment in coding.comments(session, wave):
            coding.record(session, wave, comment.id, PRAISE, coder="1", sight="shown")
        [_, *_] = themes = quotes.candidates(session, wave)
        theme, [one, *_] = themes[0]
        stands = quotes.release(session, wave, one.comment.id, theme.code, one.comment.body, by="1")
        assert quotes.released(session, wave) == {theme.code: [stands]}
    with database.transaction() as session:
        row = next(row for row in session.scalars(_comments()) if row.id == one.comment.id)
        row.body = None
    with database.snapshot() as session:
        assert quotes.released(session, wave) == {}


def _comments():
    from sqlalchemy import select

    from surveys.tables import CommentRow

    return select(CommentRow)


def test_a_wish_for_a_model_survives_a_worker_that_stops(database):
    with database.transaction() as session:
        assert lessons.begin(session) is None
        lessons.ask(session, "course")
        lessons.ask(session, "course")
        assert lessons.begin(session) == "course"
        lessons.advance(session, "course", 40)
    with database.transaction() as session:
        assert lessons.lesson(session, "course").progress == 40
        lessons.ask(session, "course")
        assert lessons.lesson(session, "course").state == "running"
        assert lessons.begin(session) == "course"
        lessons.end(session, "course", None)
        assert lessons.lesson(session, "course").state == "failed"
        assert lessons.begin(session) is None


def test_kappa_as_one_would_by_hand():
    # 20 comments, one theme: both say yes to 10, neither to 6, one alone to 2 each
    pairs = [({"a"}, {"a"})] * 10 + [(set(), set())] * 6
    pairs += [({"a"}, set())] * 2 + [(set(), {"a"})] * 2
    found = agreement(pairs, ["a", "b"])
    expected = (0.8 - (0.6 * 0.6 + 0.4 * 0.4)) / (1 - (0.6 * 0.6 + 0.4 * 0.4))
    kappas = dict(found.themes)
    assert kappas["a"].value == pytest.approx(expected)
    assert kappas["a"].low < expected < kappas["a"].high
    assert kappas["b"] is None
    assert found.f1.value == pytest.approx(0.8)
    assert found.too_few
    perfect = agreement([({"a"}, {"a"}), (set(), set())] * 20, ["a"])
    assert perfect.kappa.value == perfect.f1.value == 1
    assert not perfect.too_few


def test_doubt_about_a_rare_theme_is_worth_more():
    import numpy as np

    probabilities = np.array([[0.5, 0.0], [0.0, 0.5], [0.01, 0.99]])
    common, rare, sure = interest(probabilities, np.array([100, 0]))
    assert rare > common > 0
    assert sure < rare
