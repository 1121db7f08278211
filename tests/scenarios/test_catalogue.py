"""Every instrument of the catalogue, answered to the end in every channel.

Each channel takes the nine in turn in Danish, English and Arabic, and channels begin at different
languages; `HOERT_SCENARIOS=all` takes every instrument in each of the three.
"""

import os
from collections.abc import Callable
from datetime import datetime

import pytest

from surveys import fieldwork
from surveys.database import Database
from surveys.definition import catalogue
from surveys.instrument import MultiCode, Text
from surveys.interview import Draft, Interview, Prompt, Review
from surveys.wording import say
from tests.drivers import Respondent
from tests.scenarios.conftest import CHANNELS
from tests.scenarios.test_answering import closed, link

LANGUAGES = ("da", "en", "ar")


def languages(name: str, channel: str) -> tuple[str, ...]:
    if channel == "engine" or os.environ.get("HOERT_SCENARIOS") == "all":
        return LANGUAGES
    turn = list(catalogue()).index(name) + CHANNELS.index(channel)
    return (LANGUAGES[turn % len(LANGUAGES)],)


@pytest.mark.parametrize("group", range(3))
def test_every_instrument_can_be_answered_to_the_end(
    group: int,
    channel: str,
    world: Database,
    respondent: Callable[..., Respondent],
    clock: Callable[[], datetime],
) -> None:
    for name in list(catalogue())[group::3]:
        for language in languages(name, channel):
            answer_to_the_end(name, language, world, respondent(language), clock())


def answer_to_the_end(
    name: str, language: str, world: Database, somebody: Respondent, now: datetime
) -> None:
    mirror = Interview(catalogue()[name], Draft(language))
    with world.transaction() as session:
        fieldwork.open_wave(session, name, language, opens_at=now)
    somebody.start(link(world, name, now))
    step = mirror.step()
    while isinstance(step, Prompt):
        assert step.text in somebody.question()
        place = step.progress
        assert say("progress_short", language, position=place.position, total=place.total) in (
            somebody.progress()
        )
        item = mirror.instrument[step.item]
        plain = [category for category in item.categories if not category.specify]
        match item.domain:
            case Text():
                somebody.write("Tak for snakken.")
                step = mirror.answer(item.id, "Tak for snakken.")
            case MultiCode():
                chosen = [category for category in plain if not category.exclusive][:2]
                somebody.tick([category.label(language) for category in chosen])
                step = mirror.answer(item.id, [category.code for category in chosen])
            case _:
                somebody.choose(plain[0].label(language))
                step = mirror.answer(item.id, plain[0].code)
    assert isinstance(step, Review)
    review = somebody.review()
    for line in step.lines:
        assert review[line.question] == line.answer
    somebody.send()
    assert say("thanks_title", language) in somebody.thanks()
    counted = closed(world, name, now)
    answered = {item for item, counts in counted.items() if "not_applicable" not in counts}
    assert answered == set(mirror.draft.answers)
