"""A translator is told what is missing, what is obsolete and what is misplaced."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from surveys import definition, introduction, languages, translations, wording
from surveys.definition import catalogue
from surveys.domains import Date, Number
from surveys.errors import Defect, InvalidAnswer
from surveys.wording import TEXTS, say

LOCALE = Path(str(resources.files("surveys"))) / "locale"
THERE = [name for name in wording.LANGUAGE_NAMES if wording.translation(name)]


def forget() -> None:
    for remembered in (
        wording.translation,
        wording._compiled,
        wording.languages,
        languages._offered,
        definition._shipped,
        definition.shipped,
        definition.catalogue,
    ):
        remembered.cache_clear()


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a changed English catalogue in the place of ours."""

    def put(*changes: tuple[str, str]) -> None:
        text = (LOCALE / "en.po").read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "locale").mkdir(exist_ok=True)
        (tmp_path / "locale" / "en.po").write_text(text, "utf-8")
        (tmp_path / "catalogue").symlink_to(LOCALE.parent / "catalogue")
        monkeypatch.setattr(resources, "files", lambda _: tmp_path)
        forget()

    yield put
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("language", THERE)
def test_what_ships_is_translated_without_a_defect(language: str) -> None:
    translation = wording.translation(language)
    assert translation is not None
    found = translations.defects(language)
    if not translation.is_reviewed:
        # A draft may lack texts, and is not offered until it has them; what it has must be right
        found = tuple(one for one in found if one.cause != "It is not translated.")
    assert found == ()


def test_english_is_offered_and_reviewed() -> None:
    assert {"da", "en"} <= set(wording.languages())
    assert not wording.is_draft("en")
    assert not wording.is_draft("da")


DEFECTS = [
    (('msgstr "Don\'t know"', 'msgstr ""'), "en.po: Ved ikke", "It is not translated."),
    (
        ("#. dont_know\n", "#. dont_know\n#, fuzzy\n"),
        "en.po: Ved ikke",
        "It is not translated.",
    ),
    (
        ('msgid "Ved ikke"', 'msgid "Ved det ikke"'),
        "en.po: Ved det ikke",
        "Nothing says this any more.",
    ),
    (
        ('msgstr "Question {position} of {total}"', 'msgstr "Question {place} of {total}"'),
        "en.po: Spørgsmål {position} af {total}",
        "It has place, total where the Danish has position, total.",
    ),
    (
        ('msgstr "{position} of {total}"', 'msgstr "{position of {total}"'),
        "en.po: {position} af {total}",
        "A brace is not closed.",
    ),
    (
        ('msgstr "Characters left: {n}"', 'msgstr " Characters left: {n}"'),
        "en.po: Tegn tilbage: {n}",
        "It has spaces that do not belong.",
    ),
    (
        ('msgstr "Very satisfied"', f'msgstr "{"x" * 61}"'),
        "en.po: Meget tilfreds",
        "61 characters do not fit a phone or a chat button.",
    ),
    (('msgctxt "kursusfeedback"', 'msgctxt "kursus"'), None, "There is no instrument “kursus”."),
    (('"X-Status: reviewed\\n"\n', ""), "en.po", "It does not say its status."),
    (("X-Reviewed-By: The authors of Hørt", "X-Reviewed-By: "), "en.po", "It does not say who"),
]


@pytest.mark.parametrize(("change", "path", "cause"), DEFECTS, ids=[cause for *_, cause in DEFECTS])
def test_each_defect_of_a_catalogue_is_named(
    english: Callable[..., None], change: tuple[str, str], path: str | None, cause: str
) -> None:
    english(change)
    found = translations.defects("en")
    assert any(
        one.cause.startswith(cause) and (path is None or one.path == path) for one in found
    ), found
    assert all(one.remedy for one in found)


def test_a_command_is_the_same_in_every_language(english: Callable[..., None]) -> None:
    english(("Write /slet", "Write /delete"))
    (found,) = translations.defects("en")
    assert found.cause.startswith("It has /delete where the Danish has /slet")


def test_a_language_without_one_text_of_the_product_is_not_offered(
    english: Callable[..., None],
) -> None:
    english(('msgstr "Don\'t know"', 'msgstr ""'))
    assert "en" not in wording.languages()


def test_an_instrument_is_in_the_languages_that_have_every_text_of_it(
    english: Callable[..., None],
) -> None:
    english(('msgstr "Very satisfied"', 'msgstr ""'))
    spoken = {name: one.languages for name, one in catalogue().items()}
    assert spoken["kursusfeedback"] == ("da",)
    assert "en" in spoken["samtalefeedback"]


def test_one_danish_text_may_need_other_words_in_another_instrument() -> None:
    texts = {
        catalogue()[name][item].text("en")
        for name, item in (("kursusfeedback", "practical"), ("mentorprogram", "frame"))
    }
    assert len(texts) == 2
    assert catalogue()["kursusfeedback"]["practical"].text.source == (
        catalogue()["mentorprogram"]["frame"].text.source
    )


def test_what_a_translator_begins_with_has_every_text_once(english: Callable[..., None]) -> None:
    english()
    (resources.files("surveys") / "locale" / "en.po").unlink()
    forget()
    (defect,) = translations.defects("en")
    assert defect.remedy == "Begin it with: hoert language missing en"
    begun = translations.missing("en")
    keys = [wording.key(message.id) for message in read_po(BytesIO(begun.encode()), locale="en")]
    assert sorted(filter(None, keys)) == sorted(translations.messages())
    (resources.files("surveys") / "locale" / "en.po").write_text(begun, "utf-8")
    forget()
    assert wording.is_draft("en")
    assert {one.cause for one in translations.defects("en")} == {"It is not translated."}
    assert translations.missing("en").count('msgid "') == len(translations.messages())


def test_a_complete_language_lacks_nothing() -> None:
    assert translations.missing("en") == ""


def test_a_language_nobody_speaks_here_is_refused() -> None:
    assert translations.defects("da") == ()
    (defect,) = translations.defects("tlh")
    assert defect == Defect(
        "tlh.po", "There is no such catalogue.", f"Use {', '.join(wording.LANGUAGE_NAMES)}."
    )


def test_numbers_and_days_are_written_as_each_language_does() -> None:
    with pytest.raises(InvalidAnswer) as number:
        Number(Decimal("0.5"), Decimal(10), 1).parse("11")
    assert say(number.value.code, "da", **number.value.limits) == "Skriv et tal fra 0,5 til 10."
    assert say(number.value.code, "en", **number.value.limits) == ("Write a number from 0.5 to 10.")
    with pytest.raises(InvalidAnswer) as day:
        Date(date(2026, 1, 1), date(2026, 12, 31)).parse("1.1.2027")
    assert say(day.value.code, "da", **day.value.limits) == (
        "Skriv en dato fra 1. januar 2026 til 31. december 2026."
    )
    assert "31 December 2026" in say(day.value.code, "en", **day.value.limits)


@pytest.mark.parametrize("language", [*wording.LANGUAGE_NAMES, "xx", "../da"])
def test_every_language_writes_figures_that_are_read_again(language: str) -> None:
    share, people = Number(Decimal(0), Decimal(10**6), 2), Number(Decimal(0), Decimal(10**6))
    for value in (Decimal("0.5"), Decimal("1234.25"), Decimal(999)):
        assert share.parse(share.describe(value, language)) == value
    for value in (Decimal(7), Decimal(1234), Decimal(999999)):
        assert people.parse(people.describe(value, language)) == value
    assert "2026" in Date(date(2026, 1, 1), date(2026, 12, 31)).describe(
        date(2026, 11, 21), language
    )


def test_who_has_no_case_is_not_told_about_it() -> None:
    told = {name: introduction.assurances(one) for name, one in catalogue().items()}
    assert "intro_no_effect" in told["samtalefeedback"]
    assert told["en_indgang"] == ("intro_who_sees", "intro_if_case")
    for name in ("medarbejdere", "virksomhedsinddragelse", "mentorprogram", "kursusfeedback"):
        assert told[name] == ("intro_who_sees",)
    assert {code for codes in told.values() for code in codes} <= set(TEXTS)


def test_the_number_of_questions_is_what_somebody_is_asked() -> None:
    assert introduction.length(catalogue()["en_indgang"], "da") == (
        "Det tager kun 3 minutter. Der er 6 spørgsmål i alt."
    )
    assert introduction.length(catalogue()["mentorprogram"], "en") == (
        "It only takes 3 minutes. There are at most 7 questions."
    )


def test_a_draft_says_so_in_danish_and_in_its_own_language(english: Callable[..., None]) -> None:
    assert introduction.draft_note("en") == introduction.draft_note("da") == ()
    english(("X-Status: reviewed", "X-Status: draft"))
    assert introduction.draft_note("en") == (
        ("da", TEXTS["draft_translation"]),
        ("en", "The translation is a draft. You can see every question in Danish."),
    )
