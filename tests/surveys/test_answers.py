"""Answers survive being written down."""

from collections.abc import Mapping

from hypothesis import given

from surveys import answers as codec
from surveys.definition import catalogue
from surveys.instrument import Answer, Instrument, Missing
from tests.surveys.arbitrary import answered


@given(answered())
def test_reading_gives_what_was_written(case: tuple[Instrument, Mapping[str, Answer]]) -> None:
    instrument, answers = case
    assert codec.loads(instrument, codec.dumps(instrument, answers)) == answers


@given(answered())
def test_what_is_written_says_a_value_or_a_reason_and_fits_any_database(
    case: tuple[Instrument, Mapping[str, Answer]],
) -> None:
    instrument, answers = case
    written = codec.dumps(instrument, answers)
    assert written.encode().decode() == written
    assert "\x00" not in written
    for item, answer in answers.items():
        again = codec.loads(instrument, codec.dumps(instrument, {item: answer}))[item]
        assert isinstance(again, Missing) is isinstance(answer, Missing)


def test_the_form_on_disk() -> None:
    instrument = catalogue()["borgerinddragelse"]
    written = codec.dumps(
        instrument, {"positive": 4, "heard": Missing.DONT_KNOW, "good": "Æg", "offers": ("cv",)}
    )
    assert written == (
        '{"positive":{"value":"4"},"heard":{"missing":"dont_know"},'
        '"good":{"value":"Æg"},"offers":{"value":["cv"]}}'
    )
