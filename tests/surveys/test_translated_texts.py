"""Every language says what the Danish says, in its own letters, and fits where it is shown."""

import re
import string
from collections.abc import Callable, Iterator

import pytest
from babel import Locale

from surveys import screens, translations, wording
from surveys.definition import catalogue
from surveys.wording import LANGUAGE_NAMES, RIGHT_TO_LEFT, TEXTS, forms, key, say

THERE = [name for name in LANGUAGE_NAMES if wording.translation(name)]
COMPLETE = ("en", "uk", "ar", "pl", "ro", "tr", "de")
"""Those that the product is never without."""

BUTTONS = (
    "answer_on_web",
    "answer_again",
    "back",
    "begin_again",
    "change",
    "chat_close",
    "chat_get_help",
    "chat_stop_here",
    "delete_answers",
    "done",
    "go_on",
    "keep_for_later",
    "language",
    "next",
    "no_thanks",
    "privacy",
    "remind_tomorrow",
    "send",
    "send_what_i_have",
    "skip",
    "start",
)
LONGEST_BUTTON = screens.PROMINENT
SIDE_BY_SIDE = ("back", "skip")
LONGEST_BESIDE = 22
LONGEST_TOAST = 200
"""What Telegram shows beside a button that was pressed."""

NAMED = {
    "choose_several": "done",
    "chat_press_done": "done",
    "chat_press_start": "start",
    "chat_not_edited": "back",
    "chat_cut_off": "back",
    "session_old_text": "send",
    "sent_text": "send",
    "kiosk_quick_text": "send",
}
"""Sentences that name a button, and the button."""

SAME = {
    "{position} af {total}",
    "{first}, eller hvis {second}",
    "„{answer}“",
    "CV og LinkedIn",
    "Chat",
    "Ja",
    "Mindfulness",
    "Start",
}
"""Danish that may be the same, or of no words at all, in another language."""

KEPT = re.compile(r"\b(?:Allerød|Hillerød|Hørt)\b")
"""Names that no language changes."""

OWN = {
    "ar": r"[\u0600-\u06FF]",
    "fa": r"[\u0600-\u06FF]",
    "uk": r"[\u0400-\u04FF]",
    "ti": r"[\u1200-\u137F]",
}
"""The letters of those that do not write in Latin ones."""

FOREIGN = {
    "ar": r"[پچژگکی۰-۹?;]|,(?!\d)",
    "fa": r"[يكة٠-٩?;]|,(?!\d)",
    "uk": r"[ыэъёЫЭЪЁ]|[а-яієїґ][a-z]|[a-z][а-яієїґ]",
    "ti": r"[,;]|[^.\d{}A-Za-z)]\.(?:\s|$)",
    "ro": r"[şţŞŢãÃ]",
    "pl": r"[öüßäñ]",
    "de": r"\b(?:Du|Dein|Dich|Dir)\b",
    "en": r"[^\x20-\x7Eéø–“”„’…×]",
    "tr": r"[äéñß]",
    "so": r"[ñéüö]",
}
"""Letters and marks of a neighbour, which a keyboard or a copy brings in."""

ENDS = {".": ".።", "?": "?؟", ":": ":፦", "!": "!"}
OPENED, CLOSED = "\u2066\u2068", "\u2069"
ISOLATED = {
    "address",
    "answer",
    "earliest",
    "figure",
    "latest",
    "letters",
    "number",
    "phone",
    "place",
    "receipt",
    "subject",
    "unit",
}
"""What is filled in with letters or signs that go from the left."""

LONG_ANSWERS = {"chat_help", "chat_privacy"}
"""What the chat says only in a message of its own."""

every_language = pytest.mark.parametrize("language", THERE)
Pair = tuple[str, str]


def pairs(language: str) -> Iterator[Pair]:
    """The Danish of every text with each of its translations, of other words in context too."""
    found = wording.translation(language)
    assert found is not None
    for message in found.messages:
        danish = key(message.id)
        for translated in forms(message.string) if danish else ():
            if translated:
                yield danish, translated


def wrong(language: str, holds: Callable[[str, str], bool]) -> list[Pair]:
    return [pair for pair in pairs(language) if not holds(*pair)]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def words(text: str) -> str:
    """A text without what is filled in, commands and isolates."""
    return re.sub(r"\{\w+\}|(?<=/)[a-z]+|[\u2066-\u2069]", "", text)


def test_there_are_languages_to_look_at() -> None:
    assert set(COMPLETE) <= set(THERE)


@pytest.mark.parametrize("language", COMPLETE)
def test_the_languages_that_are_promised_have_every_text(language: str) -> None:
    assert translations.missing(language) == ""
    assert language in wording.languages()
    assert all(language in instrument.languages for instrument in catalogue().values())


@every_language
def test_nothing_is_left_in_danish(language: str) -> None:
    assert not wrong(language, lambda danish, said: danish != said or danish in SAME)
    assert not wrong(language, lambda _, said: not re.search("[æøåÆØÅ]", KEPT.sub("", said)))


@every_language
def test_a_language_keeps_to_its_own_letters_and_marks(language: str) -> None:
    own, foreign = OWN.get(language, r"[^\W\d_]"), FOREIGN[language]
    assert not wrong(
        language, lambda danish, said: danish in SAME or bool(re.search(own, words(said)))
    )
    assert not wrong(language, lambda _, said: not re.search(foreign, words(said)))


@every_language
def test_a_sentence_ends_as_the_danish_one_does(language: str) -> None:
    def same(danish: str, said: str) -> bool:
        end = said.rstrip(CLOSED)[-1]
        if danish[-1] in ENDS:
            return end in ENDS[danish[-1]]
        return end not in ".።:፦!?؟"

    assert not wrong(language, same)


@every_language
def test_figures_and_codes_are_those_of_the_danish(language: str) -> None:
    figures = re.compile(r"[A-Z0-9]*\d[A-Z0-9]*")

    def same(danish: str, said: str) -> bool:
        return sorted(figures.findall(danish)) == sorted(figures.findall(said))

    assert not wrong(language, same)


@every_language
def test_what_goes_from_the_left_is_kept_apart_in_what_goes_from_the_right(language: str) -> None:
    def apart(_: str, said: str) -> bool:
        depth = 0
        for letter in said:
            depth += (letter in OPENED) - (letter in CLOSED)
            if depth not in {0, 1}:
                return False
        outside = re.sub("[\u2066\u2068][^\u2069]*\u2069", " ", said)
        signs = re.search(r"/[a-z]|\d[-. ]\d", outside)
        return depth == 0 and not signs and not gaps(outside) & ISOLATED

    if language in RIGHT_TO_LEFT:
        assert not wrong(language, apart)
    else:
        assert not wrong(language, lambda _, said: not set(said) & {*OPENED, *CLOSED})


@every_language
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    rule = Locale.parse(language).plural_form
    found = wording.translation(language)
    assert found is not None
    translated = wording._compiled(language)
    chosen = {n: translated.plural(n) for n in range(1001)}  # type: ignore[attr-defined]
    # As many parts as the language has, cut in the same places
    assert len({(rule(n), form) for n, form in chosen.items()}) == len({*map(rule, chosen)})
    assert {*chosen.values()} == {*range(found.messages.num_plurals)}


@pytest.mark.parametrize("language", wording.languages())
def test_how_many_is_said_in_figures_or_in_a_word(language: str) -> None:
    for code, text in TEXTS.items():
        if isinstance(text, str):
            continue
        blank = dict.fromkeys(set().union(*map(gaps, text)), "")
        for n in (3, 5, 11, 21, 22, 25, 100, 101, 111):
            assert str(n) in say(code, language, **{**blank, "n": n}), code


@pytest.mark.parametrize("language", wording.languages())
def test_what_stands_on_a_button_fits_it(language: str) -> None:
    assert not {code for code in BUTTONS if len(say(code, language)) > LONGEST_BUTTON}
    assert all(len(say(code, language)) <= LONGEST_BESIDE for code in SIDE_BY_SIDE)


@pytest.mark.parametrize("language", wording.languages())
def test_what_is_said_beside_a_button_fits_telegram(language: str) -> None:
    for code, text in TEXTS.items():
        if code.startswith("chat_") and not gaps(key(text)) and code not in LONG_ANSWERS:
            assert len(say(code, language)) <= LONGEST_TOAST, code


@pytest.mark.parametrize("language", wording.languages())
@pytest.mark.parametrize(("code", "button"), NAMED.items())
def test_a_sentence_that_names_a_button_names_it_as_it_is(
    code: str, button: str, language: str
) -> None:
    assert say(button, language).casefold() in say(code, language).casefold()


@every_language
def test_a_scale_has_as_many_different_answers_as_in_danish(language: str) -> None:
    for instrument in catalogue().values():
        if language not in instrument.languages:
            continue
        for item in instrument:
            labels = [category.label(language) for category in item.categories]
            assert len({*labels}) == len(labels), (instrument.name, item.id)
            assert not {say("dont_know", language), say("refused", language)} & {*labels}
