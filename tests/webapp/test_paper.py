"""A survey on paper: everything that the screen says, in order, for eyes and for screen readers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typst import TypstError

from surveys import definition, fieldwork
from surveys.database import Database
from surveys.deployment import Deployment
from surveys.fieldwork import Admission
from surveys.instrument import Instrument
from tests.conftest import Clock
from tests.test_cli import Run, run  # noqa: F401  a fixture
from tests.webapp.documents import read
from webapp import paper, typeset

HERE = Deployment(
    database_url="sqlite://",
    secret_key="k" * 40,
    public_url="http://127.0.0.1:8000",
    municipality="Allerød Kommune",
    help_phone="48 10 01 00",
)

RULES = """
name: regler
version: 1
audience: citizen
minutes: 2
title: {da: Om regler}
purpose: {da: Vi prøver.}
next_step: {da: Vi læser svarene.}
sections:
  - id: all
    title: {da: Det hele}
    items:
      - id: job
        kind: single
        dont_know: true
        text: {da: Har du et job}
        categories:
          - {code: "yes", label: {da: Ja}}
          - {code: "no", label: {da: Nej}}
          - {code: other, label: {da: Andet}, specify: {da: Skriv hvad}}
      - id: needs
        kind: multiple
        ask_if: {item: job, equals: "no"}
        text: {da: Hvad har du brug for}
        categories:
          - {code: course, label: {da: Et kursus}}
          - {code: mentor, label: {da: En mentor}}
      - id: hours
        kind: number
        minimum: 0
        maximum: 40
        ask_if:
          any:
            - all: [{item: job, equals: "no"}, {item: needs, one_of: [course, mentor]}]
            - {item: job, equals: "yes"}
        text: {da: Hvor mange timer}
      - id: many
        kind: text
        ask_if: {item: hours, at_least: 30}
        text: {da: Hvad synes du om timerne}
      - id: more
        kind: text
        ask_if: {item: many, answered: true}
        text: {da: Er der mere}
"""

LETTERS = """
name: bogstaver
version: 1
audience: citizen
minutes: 2
title: {da: Mødet, ar: كيف كان لقاؤك, uk: Як пройшла зустріч, ti: ኣኼባኹም ከመይ ነይሩ, fa: ملاقات شما}
purpose: {da: Vi spørger., ar: نود أن نعرف., uk: Ми питаємо., ti: ክንፈልጥ ንደሊ።, fa: می‌پرسیم.}
next_step: {da: Vi læser., ar: نقرأ., uk: Ми читаємо., ti: ነንብብ።, fa: می‌خوانیم.}
sections:
  - id: all
    title: {da: Dig, ar: عنك, uk: Про вас, ti: ብዛዕባኻ, fa: درباره شما}
    items:
      - id: job
        kind: single
        text: {da: Har du et job, ar: هل لديك عمل, uk: Чи є робота, ti: ስራሕ ኣለካ, fa: آیا شغلی دارید}
        categories:
          - {code: "yes", label: {da: Ja, ar: نعم, uk: Так, ti: እወ, fa: بله}}
          - {code: "no", label: {da: Nej, ar: لا, uk: Ні, ti: ኣይፋል, fa: گچپژ}}
"""


def admission(instrument: Instrument, **changes: object) -> Admission:
    empty = dict.fromkeys(Admission.__dataclass_fields__)
    known = {"survey": instrument.name, "wave_id": 1, "instrument": instrument}
    return Admission(**{**empty, "anonymity": "anonymous", **known, **changes})


def printed(instrument: Instrument, clock: Clock, language: str = "da", **options: object) -> bytes:
    return paper.sheets(admission(instrument), "K7QF2M9XTB", language, clock(), HERE, **options)


def test_every_instrument_prints_with_its_questions_in_order(clock: Clock) -> None:
    for instrument in definition.catalogue().values():
        document = read(printed(instrument, clock))
        assert document.title == instrument.title("da")
        assert (document.language, document.direction) == ("da", "/L2R")
        headings = [tag.title for tag in document.tags if tag.kind in {"H2", "H3"}]
        asked = [
            f"{number}. {instrument[item].text('da')}"
            for item, number in paper.numbered(instrument).items()
        ]
        assert [heading for heading in headings if heading[0].isdigit()] == asked
        assert headings[-1] == "Når du er færdig"
        (picture,) = (tag for tag in document.tags if tag.kind == "Figure")
        assert "http://127.0.0.1:8000/s/K7QF2M9XTB" in picture.alternative
        choices = sum(len(paper.boxes(instrument, item, "da")) for item in instrument)
        assert document.kinds().count("LI") >= choices


@pytest.mark.parametrize(
    ("language", "direction"), [("ar", "/R2L"), ("fa", "/R2L"), ("uk", "/L2R"), ("ti", "/L2R")]
)
def test_other_alphabets_have_letters_and_their_own_direction(
    language: str, direction: str, clock: Clock
) -> None:
    instrument = definition.read(LETTERS)
    document = read(printed(instrument, clock, language))
    assert (document.language, document.direction) == (language, direction)
    assert document.title == instrument.title(language)
    headings = {tag.title for tag in document.tags}
    assert f"1. {instrument['job'].text(language)}" in headings
    assert not any("\N{REPLACEMENT CHARACTER}" in heading for heading in headings)


def test_rules_are_printed_in_words() -> None:
    instrument = definition.read(RULES)
    said = {item.id: paper.rule(instrument, item, "da") for item in instrument}
    assert said == {
        "job": None,
        "job__other": None,
        "needs": "Svar kun, hvis du svarede „Nej“ i spørgsmål 1.",
        "hours": "Svar kun, hvis du svarede „Nej“ i spørgsmål 1 og du svarede „Et kursus“"
        " eller „En mentor“ i spørgsmål 2, eller hvis du svarede „Ja“ i spørgsmål 1.",
        "many": "Svar kun, hvis du skrev 30 eller mere i spørgsmål 3.",
        "more": "Svar kun, hvis du har svaret på spørgsmål 4.",
    }


def test_a_box_has_a_key_and_the_words_for_other_stand_beside_theirs() -> None:
    instrument = definition.read(RULES)
    boxes = paper.boxes(instrument, instrument["job"], "da")
    assert [(box.key, box.raw) for box in boxes] == [
        ("1", "yes"),
        ("2", "no"),
        ("3", "other"),
        ("4", "dont_know"),
    ]
    assert [box.specify.id for box in boxes if box.specify] == ["job__other"]


def test_every_sheet_begins_on_a_leaf_of_its_own(clock: Clock) -> None:
    instrument = definition.catalogue()["en_indgang"]
    one = read(printed(instrument, clock))
    three = read(printed(instrument, clock, count=3))
    leaf = one.pages + one.pages % 2
    assert three.pages == 2 * leaf + one.pages
    assert three.kinds().count("H1") == 3


def test_a_name_that_is_no_letter_does_not_stop_the_printing(clock: Clock) -> None:
    instrument = definition.catalogue()["samtalefeedback"]
    document = read(printed(instrument, clock, place="🏛 #strong[Rådhuset] 中文 $x$ \\ *"))
    assert document.kinds().count("H1") == 1
    with pytest.raises(TypstError, match="language"):
        typeset.pdf("paper", {}, clock())


@given(st.integers(0, 10**8 - 1), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_in_a_number_is_heard(digits: int, place: int, more: int) -> None:
    number = paper.new_number()
    assert paper.heard(paper.spelled(number)) == number
    wrong = list(number)
    wrong[place] = str((int(wrong[place]) + more) % 10)
    assert paper.heard("".join(wrong)) is None
    assert paper.heard(f"{digits:08}") is None


def test_numbers_do_not_repeat() -> None:
    assert len({paper.new_number() for _ in range(200)}) == 200


def test_the_command_writes_a_pdf(
    run: Run,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "ark.pdf"
    done = run("paper", "--survey=samtalefeedback", "--count=2", f"--output={file}")
    assert done.exit_code == 0, done.output
    assert read(file.read_bytes()).kinds().count("H1") == 2
    code = done.stderr.split(" sheets of ")[1].strip(". \n")
    again = ["paper", "--survey=samtalefeedback", f"--code={code}", f"--output={file}"]
    assert run(*again, "--language=en").exit_code == 0
    assert read(file.read_bytes()).language == "en"
    refused = run(*again, "--language=xx")
    assert refused.exit_code == 1
    assert "is not in xx" in refused.stderr
    other = run("paper", "--survey=kursusfeedback", f"--code={code}", f"--output={file}")
    assert other.exit_code == 1


def test_what_a_link_admits_to_is_what_is_printed(
    sqlite: Database, clock: Clock, make_sqlite: Callable[[], str]
) -> None:
    with sqlite.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", clock(), unit="Team A")
        found = fieldwork.admit(session, code, clock())
    assert read(paper.sheets(found, code, "en", clock(), HERE)).language == "en"
