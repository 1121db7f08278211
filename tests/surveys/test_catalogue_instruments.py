"""Every instrument that ships keeps its source's words, can be answered, feeds its indicator."""

from collections.abc import Callable

import pytest

from analysis import plan
from analysis.coding import AUDIENCES
from analysis.corpus import seeds
from analysis.readings import satisfied_codes
from surveys.definition import catalogue, shipped
from surveys.document import parse
from surveys.instrument import Instrument, Missing, Scale, Text
from surveys.interview import Draft, Interview, Prompt, Review

Choice = Callable[[Prompt], object]

QUOTED = {
    "samtalefeedback": {
        "purpose": "Var formålet med samtalen klart og tydeligt for dig?",
        "heard": (
            "Fik du mulighed for at tale om det, der var vigtigt for dig,"
            " og blev din mening taget alvorlig?"
        ),
        "language": "Blev du talt til i et sprog, du kunne forstå?",
        "guidance": "Har du fået råd eller vejledning, som hjælper dig i din nuværende situation?",
        "next": "Ved du hvad der skal ske nu, og hvem der gør hvad?",
    },
    "borgerinddragelse": {
        "positive": "I hvor høj grad oplever du kontakten med Jobcentret som positiv?",
        "heard": "I hvor høj grad føler du dig lyttet til og forstået i kontakten med Jobcentret?",
        "good": "Hvad har fungeret godt i din kontakt med Jobcentret?",
        "better": "Hvad kan vi gøre bedre, eller hvad savner du i dag?",
        "offers": (
            "Hvis Allerød Kommune havde følgende tilbud,"
            " hvilke ville du så have lyst til at benytte?"
        ),
    },
    "virksomhedsinddragelse": {
        "cooperation": (
            "I hvor høj grad oplever I, at det er nemt at samarbejde med kommunen om rekruttering?"
        ),
        "works": "Hvad fungerer godt i kontakten med Jobcentret?",
        "better": "Hvad kan vi gøre bedre?",
        "entrance": "Én indgang for virksomhederne – hvad vil det i praksis betyde for dig?",
        "missing": "Hvad savner du i dag?",
    },
    "kursusfeedback": {},
    "ungeplan": {},
    "medarbejdere": {},
    "flygtninge": {},
    "en_indgang": {},
    "mentorprogram": {},
}
SCALES = {
    ("I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke"),
    (
        "Meget tilfreds",
        "Tilfreds",
        "Hverken tilfreds eller utilfreds",
        "Utilfreds",
        "Meget utilfreds",
    ),
    ("Helt enig", "Enig", "Hverken enig eller uenig", "Uenig", "Helt uenig"),
    ("Hver dag", "Hver uge", "Hver måned", "Sjældnere", "Aldrig"),
}
INDICATORS = {
    "samtalefeedback": [
        ("conversation", ("purpose", "heard", "language", "guidance", "next"), 0.8)
    ],
    "borgerinddragelse": [("contact", ("positive",), 0.85), ("heard", ("heard",), 0.85)],
    "virksomhedsinddragelse": [("recruitment", ("cooperation",), 0.75)],
    "kursusfeedback": [("course", ("selection", "content"), 0.85)],
    "ungeplan": [("young", ("plan", "effort", "cooperation"), 0.8)],
    "medarbejdere": [("team", ("team", "judgement"), 0.8), ("ai", ("ai",), 1.0)],
    "flygtninge": [("responsibility", ("responsibility",), None)],
    "en_indgang": [],
    "mentorprogram": [],
}
every_instrument = pytest.mark.parametrize(
    "instrument", catalogue().values(), ids=list(catalogue())
)


def first_option(prompt: Prompt) -> object:
    return _raw(prompt, 0)


def last_option(prompt: Prompt) -> object:
    return _raw(prompt, -1)


def skipping(prompt: Prompt) -> object:
    return _raw(prompt, 0) if prompt.required else None


def _raw(prompt: Prompt, place: int) -> object:
    return prompt.options[place].raw if prompt.options else "Det går fint."


def answered(instrument: Instrument, choice: Choice) -> tuple[Interview, list[str]]:
    """Answer until the review is shown; the ids of the questions in the order they were asked."""
    interview = Interview(instrument, Draft("da"))
    asked: list[str] = []
    step = interview.step()
    while isinstance(step, Prompt) and len(asked) < len(instrument):
        asked.append(step.item)
        step = interview.answer(step.item, choice(step))
        assert not (isinstance(step, Prompt) and step.problem)
    assert isinstance(step, Review)
    return interview, asked


def as_role(instrument: Instrument, role: str) -> list[str]:
    """What somebody is asked who says who they are first and then skips everything."""
    _, asked = answered(instrument, lambda prompt: role if prompt.item == "role" else None)
    assert asked[0] == "role"
    return asked[1:]


def test_nine_instruments_ship() -> None:
    assert set(catalogue()) == set(QUOTED)


@pytest.mark.parametrize("name", QUOTED)
def test_what_is_marked_as_quoted_is_the_sources_wording_to_the_letter(name: str) -> None:
    items = [item for _, item in parse(shipped(name)).places]
    assert {item.id: item.text["da"] for item in items if item.quoted} == QUOTED[name]


@pytest.mark.parametrize("choice", [first_option, last_option, skipping])
@every_instrument
def test_every_instrument_can_be_answered_to_the_end(
    instrument: Instrument, choice: Choice
) -> None:
    interview, asked = answered(instrument, choice)
    answers = interview.finish().answers
    assert list(answers) == [item.id for item in instrument]
    assert [
        item for item, answer in answers.items() if answer is not Missing.NOT_APPLICABLE
    ] == asked
    left = {answer for answer in answers.values() if isinstance(answer, Missing)}
    if choice is first_option:
        assert left <= {Missing.NOT_APPLICABLE}
    if choice is last_option:
        assert left <= {Missing.NOT_APPLICABLE, Missing.DONT_KNOW, Missing.REFUSED}
    assert Missing.NOT_REACHED not in left


@every_instrument
def test_every_item_is_asked_of_somebody(instrument: Instrument) -> None:
    roles = instrument["role"].categories if "role" in instrument else ()
    asked = {item for role in roles for item in ("role", *as_role(instrument, role.code))}
    for choice in (first_option, last_option):
        asked.update(answered(instrument, choice)[1])
    assert {item.id for item in instrument if item.companion_of is None} == {
        item for item in asked if instrument[item].companion_of is None
    }


@every_instrument
def test_every_scale_has_five_labelled_points_best_first_and_not_knowing(
    instrument: Instrument,
) -> None:
    for item in instrument:
        if not isinstance(item.domain, Scale):
            continue
        assert tuple(category.label("da") for category in item.categories) in SCALES
        assert [category.code for category in item.categories] == ["5", "4", "3", "2", "1"]
        assert len({category.label("en") for category in item.categories}) == 5
        assert item.dont_know


@every_instrument
def test_only_the_question_that_decides_what_is_asked_must_be_answered(
    instrument: Instrument,
) -> None:
    rules = [item.relevance for item in instrument if item.relevance and not item.companion_of]
    deciding = {name for rule in rules for name in rule.items}
    assert {item.id for item in instrument if item.required} == deciding


@pytest.mark.parametrize("name", INDICATORS)
def test_every_indicator_is_held_to_its_plan_on_five_point_items(name: str) -> None:
    found = plan.shipped().of_survey(name)
    held_to = [(one.code, one.items, one.target.value) for one in found if one.target]
    assert held_to == INDICATORS[name]
    for indicator in found:
        assert indicator.source("da") != indicator.source("en")
        for item in indicator.items:
            assert satisfied_codes(catalogue()[name][item]) == {"4", "5"}


@pytest.mark.parametrize("name", ["virksomhedsinddragelse", "kursusfeedback", "ungeplan"])
def test_a_target_of_the_plan_is_said_to_be_the_plans(name: str) -> None:
    for indicator in plan.shipped().of_survey(name):
        assert indicator.target is not None
        assert "beskæftigelsesplan 2026" in indicator.source("da")


@every_instrument
def test_open_questions_are_those_that_the_theme_model_has_read(instrument: Instrument) -> None:
    opened = {
        item.id for item in instrument if isinstance(item.domain, Text) and not item.companion_of
    }
    known = set()
    if instrument.audience in AUDIENCES:
        known = {seed.question for seed in seeds(instrument.audience)}
    assert opened <= known


def test_agreeing_that_a_job_is_the_municipalitys_responsibility_is_the_upper_end() -> None:
    instrument = catalogue()["flygtninge"]
    first = next(iter(instrument))
    assert first.id == "responsibility"
    assert first.text("da") == "Det er kommunens ansvar at sikre, at jeg har et job."
    labels = {category.label("da") for category in first.categories if category.code in "45"}
    assert labels == {"Helt enig", "Enig"}


def test_the_question_about_health_may_be_refused() -> None:
    assert catalogue()["flygtninge"]["health"].refusal


@pytest.mark.parametrize("role", ["staff", "partner", "volunteer"])
def test_those_who_help_refugees_are_asked_the_same(role: str) -> None:
    instrument = catalogue()["en_indgang"]
    assert as_role(instrument, role) == ["entrance", "together", "easy", "effective", "better"]


def test_refugees_are_asked_about_their_own_help_in_the_same_place() -> None:
    instrument = catalogue()["en_indgang"]
    others = as_role(instrument, "staff")
    assert as_role(instrument, "refugee") == [
        f"{item}_own" if f"{item}_own" in instrument else item for item in others
    ]


def test_entrepreneurs_and_mentors_are_asked_of_the_programme() -> None:
    instrument = catalogue()["mentorprogram"]
    entrepreneur = as_role(instrument, "entrepreneur")
    assert entrepreneur == ["equipped", "frame", "process", "status", "good", "better"]
    assert as_role(instrument, "mentor") == ["go_on", "good", "better"]
    for item in entrepreneur:
        assert "mentor" not in instrument[item].text("da")
    for item in ("good", "better"):
        told = instrument[item].help
        assert told is not None
        assert "skriv ikke om den enkelte mentor" in told("da")
