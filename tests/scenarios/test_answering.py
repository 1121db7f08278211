"""Answering a survey to the end, the same in every channel."""

from collections.abc import Callable
from datetime import datetime

from surveys import ballot, extract, fieldwork
from surveys.database import Database
from tests.drivers import Respondent

Make = Callable[[], Respondent]

MEETING = [
    "Var formålet med samtalen klart og tydeligt for dig?",
    "Fik du mulighed for at tale om det, der var vigtigt for dig, "
    "og blev din mening taget alvorlig?",
    "Blev du talt til i et sprog, du kunne forstå?",
    "Har du fået råd eller vejledning, som hjælper dig i din nuværende situation?",
    "Ved du hvad der skal ske nu, og hvem der gør hvad?",
]
COMMENT = "Er der mere, du vil fortælle os om mødet?"

POSITIVE = "I hvor høj grad oplever du kontakten med Jobcentret som positiv?"
HEARD = "I hvor høj grad føler du dig lyttet til og forstået i kontakten med Jobcentret?"
GOOD = "Hvad har fungeret godt i din kontakt med Jobcentret?"
BETTER = "Hvad kan vi gøre bedre, eller hvad savner du i dag?"
OFFERS = "Hvis Allerød Kommune havde følgende tilbud, hvilke ville du så have lyst til at benytte?"


def link(database: Database, survey: str, now: datetime) -> str:
    with database.transaction() as session:
        return fieldwork.create_link(session, survey, now)


def closed(database: Database, survey: str, now: datetime) -> dict[str, dict[str, int]]:
    """Close the wave and count its answers: item → code or reason → responses."""
    with database.transaction() as session:
        fieldwork.close_wave(session, survey, now)
    counted: dict[str, dict[str, int]] = {}
    with database.snapshot() as session:
        wave = extract.wave(session, survey)
        assert wave.received == wave.responses
        assert wave.waiting == 0
        for tally in extract.tallies(session, wave.id):
            code = str(tally.missing) if tally.missing else (tally.code or "words")
            counted.setdefault(tally.item, {})[code] = tally.n
    return counted


def written(database: Database, survey: str) -> dict[str, str]:
    """The comments of a wave by item, when there is one of each."""
    with database.snapshot() as session:
        wave = extract.wave(session, survey)
        return {comment.item: comment.body for comment in extract.comments(session, wave.id)}


def modes(database: Database, survey: str) -> dict[str, int]:
    with database.snapshot() as session:
        return dict(extract.modes(session, extract.wave(session, survey).id))


def test_five_questions_after_a_meeting(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    somebody = respondent()
    somebody.start(link(world, "samtalefeedback", clock()))
    for place, (question, label) in enumerate(
        zip(
            MEETING,
            ["I meget høj grad", "I høj grad", "Ved ikke", "Slet ikke", "I nogen grad"],
            strict=True,
        ),
        start=1,
    ):
        assert question in somebody.question()
        assert f"{place} af 6" in somebody.progress()
        somebody.choose(label)
    somebody.write("Hun hørte efter.")
    review = somebody.review()
    assert review[MEETING[0]] == "I meget høj grad"
    assert review[MEETING[2]] == "Ved ikke"
    assert review[COMMENT] == "Hun hørte efter."
    somebody.send()
    assert "Tak" in somebody.thanks()
    assert closed(world, "samtalefeedback", clock()) == {
        "purpose": {"5": 1},
        "heard": {"4": 1},
        "language": {"dont_know": 1},
        "guidance": {"1": 1},
        "next": {"3": 1},
        "open": {"words": 1},
    }
    assert written(world, "samtalefeedback") == {"open": "Hun hørte efter."}
    assert modes(world, "samtalefeedback") == {somebody.mode: 1}


def test_words_choices_and_nothing_at_all(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    somebody = respondent()
    somebody.start(link(world, "borgerinddragelse", clock()))
    somebody.choose("I høj grad")
    somebody.skip()
    somebody.write("De ringer tilbage.")
    somebody.skip()
    assert OFFERS in somebody.question()
    assert "5 af 5" in somebody.progress()
    somebody.tick(["CV og LinkedIn", "Samtalecafé"])
    review = somebody.review()
    assert review[HEARD] is None
    assert review[BETTER] is None
    assert review[OFFERS] == "CV og LinkedIn, Samtalecafé"
    somebody.send()
    assert closed(world, "borgerinddragelse", clock()) == {
        "positive": {"4": 1},
        "heard": {"skipped": 1},
        "good": {"words": 1},
        "better": {"skipped": 1},
        "offers": {"cv": 1, "cafe": 1},
        "offers__other": {"not_applicable": 1},
    }


def test_going_back_and_changing_an_answer(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    somebody = respondent()
    somebody.start(link(world, "borgerinddragelse", clock()))
    somebody.choose("Slet ikke")
    assert HEARD in somebody.question()
    somebody.back()
    assert POSITIVE in somebody.question()
    somebody.choose("I nogen grad")
    somebody.choose("I mindre grad")
    somebody.skip()
    somebody.skip()
    somebody.skip()
    somebody.change(HEARD)
    assert HEARD in somebody.question()
    somebody.choose("I høj grad")
    assert somebody.review()[HEARD] == "I høj grad"
    somebody.send()
    counted = closed(world, "borgerinddragelse", clock())
    assert counted["positive"] == {"3": 1}
    assert counted["heard"] == {"4": 1}


def test_numbers_that_name_a_person_are_masked_and_the_citizen_is_told(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    somebody = respondent()
    somebody.start(link(world, "borgerinddragelse", clock()))
    somebody.skip()
    somebody.skip()
    somebody.write("Mit nummer er 010190-1234, og jeg har ringet på 22 33 44 55.")
    told = somebody.page()
    somebody.skip()
    somebody.skip()
    told += somebody.page()
    assert "010190" not in str(somebody.review()[GOOD])
    somebody.send()
    told += somebody.page()
    assert "ligner et CPR-nummer" in told
    assert "telefonnummer" in told
    closed(world, "borgerinddragelse", clock())
    kept = written(world, "borgerinddragelse")["good"]
    assert "1234" not in kept
    assert "22 33" not in kept
    assert kept.startswith("Mit nummer er ")


def test_other_asks_for_words(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    somebody = respondent()
    somebody.start(link(world, "borgerinddragelse", clock()))
    for _ in range(4):
        somebody.skip()
    somebody.tick(["Naturterapi", "Andet"])
    somebody.write("En løbeklub")
    somebody.send()
    counted = closed(world, "borgerinddragelse", clock())
    assert counted["offers"] == {"nature": 1, "other": 1}
    assert written(world, "borgerinddragelse") == {"offers__other": "En løbeklub"}


def test_ten_answers_are_mixed_and_nine_wait(
    world: Database, respondent: Make, clock: Callable[[], datetime]
) -> None:
    code = link(world, "samtalefeedback", clock())
    somebody = respondent()
    somebody.start(code)
    for _ in MEETING:
        somebody.choose("I høj grad")
    somebody.skip()
    somebody.send()
    with world.transaction() as session:
        assert ballot.mix_all(session) == 0
    with world.snapshot() as session:
        wave = extract.wave(session, "samtalefeedback")
    assert (wave.received, wave.waiting, wave.responses) == (1, 1, 0)
