"""The instruments that ship ask what their sources ask, word for word."""

import pytest

from surveys.definition import catalogue
from surveys.instrument import Instrument, MultiCode, Scale, Text

SAMTALEFEEDBACK = {
    "purpose": "Var formålet med samtalen klart og tydeligt for dig?",
    "heard": (
        "Fik du mulighed for at tale om det, der var vigtigt for dig,"
        " og blev din mening taget alvorlig?"
    ),
    "language": "Blev du talt til i et sprog, du kunne forstå?",
    "guidance": "Har du fået råd eller vejledning, som hjælper dig i din nuværende situation?",
    "next": "Ved du hvad der skal ske nu, og hvem der gør hvad?",
}
BORGERINDDRAGELSE = {
    "positive": "I hvor høj grad oplever du kontakten med Jobcentret som positiv?",
    "heard": ("I hvor høj grad føler du dig lyttet til og forstået i kontakten med Jobcentret?"),
    "good": "Hvad har fungeret godt i din kontakt med Jobcentret?",
    "better": "Hvad kan vi gøre bedre, eller hvad savner du i dag?",
    "offers": (
        "Hvis Allerød Kommune havde følgende tilbud, hvilke ville du så have lyst til at benytte?"
    ),
}
OFFERS = [
    "jobsøgningskursus og brug af AI i jobsøgningen",
    "CV og LinkedIn",
    "træning i jobsamtaler",
    "opkvalificering",
    "stresshåndtering",
    "mindfulness",
    "naturterapi",
    "craft-tilbud",
    "helbredsfremmende tilbud",
    "netværksgruppe",
    "månedens foredrag",
    "samtalecafé",
    "andet",
]
DEGREES = ["I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke"]


def quoted(instrument: Instrument) -> dict[str, str]:
    return {
        item.id: item.text("da")
        for item in instrument
        if item.companion_of is None and item.id != "open"
    }


def test_the_five_questions_after_a_meeting_are_hilleroeds() -> None:
    instrument = catalogue()["samtalefeedback"]
    assert quoted(instrument) == SAMTALEFEEDBACK
    assert [item.id for item in instrument][-1] == "open"


def test_the_five_questions_on_inclusion_are_alleroeds() -> None:
    instrument = catalogue()["borgerinddragelse"]
    assert quoted(instrument) == BORGERINDDRAGELSE
    labels = [category.label("da") for category in instrument["offers"].categories]
    assert [label[0].lower() + label[1:] for label in labels] == [
        offer if offer[1].islower() else offer[0].lower() + offer[1:] for offer in OFFERS
    ]


@pytest.mark.parametrize("name", ["samtalefeedback", "borgerinddragelse"])
def test_a_scale_question_offers_five_degrees_and_not_knowing(name: str) -> None:
    scales = [item for item in catalogue()[name] if isinstance(item.domain, Scale)]
    assert scales
    for item in scales:
        assert [category.label("da") for category in item.categories] == DEGREES
        assert [category.code for category in item.categories] == ["5", "4", "3", "2", "1"]
        assert item.dont_know
        assert item.required is None


def test_open_questions_ask_not_to_write_who_one_is() -> None:
    for instrument in catalogue().values():
        for item in instrument:
            if isinstance(item.domain, Text) and item.companion_of is None:
                assert item.help is not None
                assert "Skriv ikke dit navn" in item.help("da")


def test_something_else_asks_what() -> None:
    offers = catalogue()["borgerinddragelse"]["offers"]
    assert isinstance(offers.domain, MultiCode)
    assert [category.code for category in offers.categories if category.specify] == ["other"]


@pytest.mark.parametrize("instrument", catalogue().values(), ids=list(catalogue()))
def test_every_instrument_speaks_danish_and_english_and_takes_five_minutes(
    instrument: Instrument,
) -> None:
    assert {"da", "en"} <= set(instrument.languages)
    assert instrument.minutes <= 5
