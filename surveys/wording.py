"""What the product says to respondents: a Danish text for every code, and its translations.

Danish is written here; `locale/<language>.po` carries the other languages with the Danish text as
its key, so that any translation tool can edit them. Web, chat and Telegram share every text.
A text in braces is filled in by keyword; a pair is singular and plural, chosen by `n`.
"""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from surveys.instrument import SOURCE_LANGUAGE

TEXTS: Final[dict[str, str | tuple[str, str]]] = {
    # Answers that are not a category
    "dont_know": "Ved ikke",
    "refused": "Vil ikke svare",
    "skipped": "Sprunget over",
    # Buttons
    "start": "Start",
    "next": "Næste",
    "back": "Tilbage",
    "skip": "Spring over",
    "done": "Færdig",
    "change": "Ret",
    "check": "Tjek dine svar",
    "send": "Send svar",
    "go_on": "Fortsæt",
    "begin_again": "Begynd forfra",
    "answer_on_web": "Svar på vores hjemmeside",
    "no_thanks": "Nej tak",
    "send_what_i_have": "Send det, jeg har svaret",
    "keep_for_later": "Gem til senere",
    "delete_answers": "Slet mine svar",
    # Where am I
    "progress": "Spørgsmål {position} af {total}",
    "progress_short": "{position} af {total}",
    "original": "Vis spørgsmålet på dansk",
    "language": "Sprog",
    "choose_several": "Du kan vælge flere. Tryk på Færdig til sidst.",
    "write_answer": "Skriv dit svar her.",
    "characters_left": "Tegn tilbage: {n}",
    # Input that is refused
    "problem_title": "Der er noget, du skal rette",
    "error": "Fejl",
    "required": "Svar på spørgsmålet, før du går videre.",
    "choose_one": "Vælg kun ét svar.",
    "not_a_choice": "Vælg et af svarene.",
    "exclusive": "Du kan ikke vælge det svar sammen med andre.",
    "not_text": "Skriv dit svar med ord.",
    "too_long": (
        "Dit svar er for langt. Der er plads til {maximum} tegn. Slet {n} tegn.",
        "Dit svar er for langt. Der er plads til {maximum} tegn. Slet {n} tegn.",
    ),
    "not_a_number": "Skriv et tal.",
    "out_of_range": "Skriv et tal fra {minimum} til {maximum}.",
    "too_many_decimals": "Skriv et tal med færre cifre efter kommaet.",
    "not_a_date": "Skriv en dato, for eksempel 21.11.2026.",
    "date_out_of_range": "Skriv en dato fra {earliest} til {latest}.",
    "stale": "Det spørgsmål er vi forbi. Dit svar er ikke ændret. Her er vi nu:",
    # What was masked
    "removed_cpr": (
        "Vi har fjernet et tal fra din tekst. Det ligner et CPR-nummer.",
        "Vi har fjernet {n} tal fra din tekst. De ligner CPR-numre.",
    ),
    "removed_phone": ("Vi har fjernet et telefonnummer.", "Vi har fjernet {n} telefonnumre."),
    "removed_email": ("Vi har fjernet en e-mailadresse.", "Vi har fjernet {n} e-mailadresser."),
    "removed_address": ("Vi har fjernet en adresse.", "Vi har fjernet {n} adresser."),
    "removed_before": "Vi gemmer ikke den slags.",
    "removed_why": "Vi gemmer ikke den slags. Resten af dit svar er gemt.",
    # The honest first page
    "intro_who": "{municipality} spørger for at blive bedre.",
    "intro_length": (
        "Det tager kun {minutes} minutter. Der er {n} spørgsmål i alt.",
        "Det tager kun {minutes} minutter. Der er {n} spørgsmål i alt.",
    ),
    "intro_voluntary": "Du bestemmer selv, om du vil svare.",
    "intro_anonymous": "Dit svar er anonymt. Ingen kan se, at det er dig.",
    "intro_confidential": "Dit svar er fortroligt. Vi gemmer ikke dit navn sammen med svaret.",
    "intro_identified": "Dit svar bliver gemt med dit navn.",
    "intro_who_sees": "Kun få medarbejdere læser svarene. Din sagsbehandler kan ikke se, hvad du svarer.",
    "intro_no_effect": "Det ændrer ikke din sag eller dine penge.",
    "intro_do_not_write": "Skriv ikke dit navn, dit CPR-nummer eller noget om sygdom.",
    # Checking and sending
    "review_title": "Tjek dine svar",
    "review_text": "Du kan rette dine svar, før du sender dem.",
    "thanks_title": "Tak for dit svar",
    "thanks_text": "Vi har fået dit svar.",
    "thanks_next": "Hvad sker der nu?",
    "thanks_receipt": "Din kvittering er {receipt}.",
    "thanks_receipt_why": "Gem den, hvis du vil have dit svar slettet senere.",
    "thanks_help": "Har du brug for hjælp, så ring til os.",
    "already_title": "Vi har allerede dit svar",
    "already_text": "Du har svaret før. Dit svar tæller én gang. Du skal ikke gøre mere.",
    "answer_again": "Jeg vil svare om et nyt møde",
    # Codes that do not open anything
    "enter_code": "Skriv din kode",
    "enter_code_help": "Koden står på dit kort eller i din besked.",
    "unknown_code_title": "Vi kender ikke det link",
    "unknown_code_text": "Se efter, om linket eller koden er skrevet rigtigt. Du kan også spørge din medarbejder.",
    "closed_title": "Undersøgelsen er slut",
    "closed_text": "Vi tager ikke imod flere svar her. Tak, fordi du ville svare.",
    "not_open_title": "Undersøgelsen er ikke begyndt",
    "not_open_text": "Du kan svare fra den {opens}.",
    "withdrawn_title": "Linket bruges ikke mere",
    "withdrawn_text": "Spørg din medarbejder om et nyt link.",
    "unavailable_title": "Vi kan ikke gemme lige nu",
    "unavailable_text": "Der er en fejl hos os. Dine svar er her stadig. Vent et øjeblik, og prøv igen.",
    "not_found_title": "Siden findes ikke",
    "not_found_text": "Se efter, om adressen er skrevet rigtigt.",
    "failed_title": "Noget gik galt hos os",
    "failed_text": "Prøv igen om lidt. Det er ikke din skyld.",
    "session_old_title": "Siden har været åben længe",
    "session_old_text": "Dine svar er her stadig. Tryk på Send svar igen.",
    # Web pages
    "about_this_page": "Om siden",
    "front_title": "Sig, hvad du synes",
    "front_who": "{municipality} vil gerne høre, hvordan det går.",
    "front_code": "Har du fået en kode? Så kan du svare her.",
    "front_free": "Du skal ikke logge ind. Du bestemmer selv, hvad du vil svare på.",
    "code_missing": "Skriv din kode.",
    "code_wrong": "Det ligner ikke en kode. En kode har 10 tegn, for eksempel K7QF2-M9XTB.",
    "to_front": "Gå til forsiden",
    "in_progress": "Du er i gang. Dine svar er her stadig.",
    "characters_over": "Dit svar er {n} tegn for langt.",
    "date_example": "For eksempel 21.11.2026.",
    "sending": "Vi sender dit svar.",
    "waiting_line": "Der er ikke noget net. Dine svar er her stadig. Vi prøver igen om lidt.",
    "waiting_us": "Vi kan ikke gemme lige nu. Dine svar er her stadig. Vi prøver igen om lidt.",
    "try_again": "Prøv igen",
    "your_answers": "Dine svar",
    "not_sent": "Dine svar er ikke sendt.",
    "sent_title": "Tak",
    "sent_text": "Har du trykket på Send svar, så har vi dit svar. Du skal ikke gøre mere.",
    "too_large_title": "Dit svar fylder for meget",
    "too_large_text": "Gå tilbage, og skriv lidt kortere. Send så igen.",
    "unreadable_title": "Vi kunne ikke læse det",
    "unreadable_text": "Gå tilbage, og prøv igen.",
    "forbidden_title": "Du kan ikke se den her side",
    "forbidden_text": "Gå til forsiden, og prøv igen.",
    "was_text": "Alle skal kunne bruge siderne. Du kan bruge dem med tastatur, med skærmlæser og på en lille skærm.",
    "was_missing": "{municipality} har ikke lagt sin erklæring ud endnu.",
    "was_contact": "Er der noget, du ikke kan bruge? Så sig det til din medarbejder.",
    "privacy_title": "Hvad gemmer vi om dig?",
    "privacy_who": "{municipality} har ansvaret for det, vi gemmer.",
    "privacy_kept_title": "Det gemmer vi",
    "privacy_kept": "Vi gemmer dine svar. Vi gemmer også ugen, sproget, og om du svarede på nettet, i chatten eller i Telegram. Hører dit link til en afdeling eller et kursus, gemmer vi også det.",
    "privacy_not_kept_title": "Det gemmer vi ikke",
    "privacy_not_kept": "Vi gemmer ikke dit navn eller din adresse på nettet. Vi gemmer ikke dagen eller timen. Skriver du et CPR-nummer, et telefonnummer eller en e-mail, fjerner vi det, før vi gemmer.",
    "privacy_mixed_title": "Svarene bliver blandet",
    "privacy_mixed": "Vi blander svarene, før nogen læser dem. Vi venter, til der er mindst {n} svar, eller til vi lukker. Så kan ingen se, hvem der har svaret hvad.",
    "privacy_cookie_title": "Din browser husker lidt",
    "privacy_cookie": "Vi bruger kun tekniske cookies. De husker, hvor du er, og om du har svaret. De forsvinder efter {days} dage.",
    "privacy_copy": "Mens du svarer, gemmer din egen browser en kopi. Den forsvinder, når du sender, og ellers efter et døgn.",
    "privacy_telegram_title": "Svarer du i Telegram?",
    "privacy_delete_title": "Vil du have dit svar slettet?",
    "privacy_delete": "Ring til os, og sig koden på din kvittering. Så sletter vi dit svar. Du kan også klage til Datatilsynet.",
    # Chat
    "chat_title": "Chat",
    "chat_hello": "Hej. {municipality} vil gerne høre, hvad du synes.",
    "chat_telegram": "Telegram kan se, hvad du skriver til os. Derfor kan vi ikke love, at dit svar er anonymt. Det er fortroligt.",
    "chat_not_stored": "Vi gemmer ikke dit navn, dit nummer eller dit brugernavn.",
    "chat_no_code": "Skriv den kode, du har fået. Den står på dit kort eller i din besked.",
    "chat_unknown": "Det forstod jeg ikke. Brug knapperne, eller skriv dit svar.",
    "chat_text_only": "Jeg kan kun læse tekst. Skriv dit svar med ord, eller brug knapperne.",
    "chat_use_buttons": "Tryk på en af knapperne for at svare.",
    "chat_press_done": "Tryk på Færdig til sidst.",
    "chat_press_start": "Tryk på Start for at begynde.",
    "chat_choose_change": "Hvilket svar vil du rette?",
    "chat_not_edited": "Jeg kan ikke se, når du retter en gammel besked. Brug knappen Tilbage, hvis du vil ændre dit svar.",
    "chat_private_only": "Jeg svarer kun i en privat samtale.",
    "chat_your_answer": "Dit svar: {answer}",
    "chat_expired": "Den knap virker ikke mere. Her er vi nu:",
    "chat_going_on": "Du er i gang. Vil du fortsætte eller begynde forfra?",
    "chat_stop": "Vi stopper her. Hvad skal vi gøre med de svar, du har givet?",
    "chat_kept": "Vi har gemt dine svar. Skriv til mig, når du vil fortsætte.",
    "chat_deleted": "Dine svar er slettet. Vi har ikke gemt noget.",
    "chat_nothing_to_delete": "Der er ikke noget at slette. Vi har ingen svar fra dig, som ikke er sendt.",
    "chat_sent_cannot_delete": "Svar, du har sendt, kan vi slette med koden på din kvittering. Ring til os.",
    "chat_declined": "Det er helt i orden. Du hører ikke mere fra os.",
    "chat_privacy": "Vi gemmer kun dine svar. Vi gemmer ikke dit navn eller dit nummer. Svarene er fortrolige. Skriv /slet, hvis vi skal slette dem.",
    "chat_help": "Tryk på knapperne for at svare. Skriv /tilbage for at gå tilbage, /spring for at springe over, /sprog for at skifte sprog, /stop for at stoppe og /slet for at slette dine svar.",
    "chat_choose_language": "Vælg sprog",
    "chat_nothing_open": "Du er ikke i gang med at svare på noget. Skriv den kode, du har fået.",
    "chat_help_web": "Tryk på knapperne for at svare. Nederst kan du skifte sprog, stoppe eller læse om dine data.",
    "chat_phone": "Har du brug for hjælp, så ring til os på {phone}.",
    "chat_stop_here": "Stop her",
    "chat_get_help": "Hjælp",
    "chat_failed": "Noget gik galt hos os. Dine svar er her stadig. Prøv igen.",
    "chat_answered_label": "Svaret",
    # Languages, each in its own name
    "privacy": "Privatliv",
    "accessibility": "Tilgængelighedserklæring",
    "to_content": "Gå til sidens indhold",
}

LANGUAGE_NAMES: Final = {
    "da": "Dansk",
    "en": "English",
    "uk": "Українська",
    "ar": "العربية",
    "pl": "Polski",
    "ro": "Română",
    "tr": "Türkçe",
    "de": "Deutsch",
    "fa": "فارسی",
    "so": "Soomaali",
    "ti": "ትግርኛ",
}

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa"})


def say(code: str, language: str, **words: object) -> str:
    """Give the text for a code in a language, filled in; Danish where it is not translated.

    KeyError for a code that does not exist: that is our mistake, never a respondent's.
    """
    text = TEXTS[code]
    translations = _translations(language)
    if isinstance(text, tuple):
        return translations.ngettext(*text, int(str(words["n"]))).format(**words)
    return translations.gettext(text).format(**words)


def languages() -> tuple[str, ...]:
    """The languages that the product itself speaks: Danish and those with a catalogue."""
    return tuple(
        name for name in LANGUAGE_NAMES if name == SOURCE_LANGUAGE or _catalogue(name).is_file()
    )


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _catalogue(language: str) -> Traversable:
    return resources.files("surveys") / "locale" / f"{language}.po"


@lru_cache(maxsize=len(LANGUAGE_NAMES))
def _translations(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE or language not in LANGUAGE_NAMES:
        return NullTranslations()
    file = _catalogue(language)
    if not file.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
