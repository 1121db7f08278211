"""What the product says to respondents: a Danish text for every code, and its translations.

Danish is written here and, for the instruments that ship, in `catalogue/*.yaml`.
`locale/<language>.po` carries another language with the Danish text as its key, so that any
translation tool can edit it; its header says whether somebody has reviewed it. Web, chat and
Telegram share every text. A text in braces is filled in by keyword; a pair is singular and plural,
chosen by `n`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from surveys.domains import SOURCE_LANGUAGE
from surveys.writing import written

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
    "removed_name": ("Vi har fjernet et navn.", "Vi har fjernet {n} navne."),
    "removed_before": "Vi gemmer ikke den slags.",
    "removed_why": "Vi gemmer ikke den slags. Resten af dit svar er gemt.",
    # The honest first page
    "intro_who": "{municipality} spørger for at blive bedre.",
    "intro_minutes": ("Det tager kun {n} minut.", "Det tager kun {n} minutter."),
    "intro_questions": ("Der er {n} spørgsmål i alt.", "Der er {n} spørgsmål i alt."),
    "intro_questions_most": ("Der er højst {n} spørgsmål.", "Der er højst {n} spørgsmål."),
    "intro_voluntary": "Du bestemmer selv, om du vil svare.",
    "intro_anonymous": "Dit svar er anonymt. Ingen kan se, at det er dig.",
    "intro_confidential": "Dit svar er fortroligt. Vi gemmer ikke dit navn sammen med svaret.",
    "intro_confidential_own": "Dit svar er fortroligt. Kun få medarbejdere kan se, at det er dit.",
    "intro_identified": "Dit svar bliver gemt med dit navn.",
    "intro_who_sees": "Kun få medarbejdere læser svarene.",
    "intro_caseworker": "Din sagsbehandler kan ikke se, hvad du svarer.",
    "intro_no_effect": "Det ændrer ikke din sag eller dine penge.",
    "intro_if_case": "Får du hjælp fra kommunen? Så ændrer dine svar ikke din sag eller dine penge.",
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
    "privacy_own": "Det er anderledes, hvis svaret er fortroligt eller med navn, og linket kun er dit. Så kan få medarbejdere se, at svaret er dit. Det kan de, til vi sletter listen over dem, vi spørger.",
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
    # Languages
    "draft_translation": "Oversættelsen er en kladde. Du kan se hvert spørgsmål på dansk.",
    "privacy": "Privatliv",
    "accessibility": "Tilgængelighedserklæring",
    "to_content": "Gå til sidens indhold",
    # Chat: reminders, other channels, texts that are cut
    "remind_tomorrow": "Mind mig om det i morgen",
    "chat_will_remind": "Vi minder dig om det i morgen. Vi gør det kun én gang.",
    "chat_reminded": "Du bad os minde dig om spørgsmålene.",
    "chat_elsewhere": "Du kan ikke svare på det her i Telegram. Svar på vores hjemmeside i stedet.",
    "chat_cut_off": "Din tekst var for lang. Vi fik kun det første af den. Tryk på Tilbage, hvis du vil skrive den kortere.",
    "chat_close": "Luk chatten",
    # Paper
    "paper_anonymous": "Dit svar er anonymt. Vi gemmer ikke, hvem der har svaret hvad.",
    "paper_cross": "Sæt kryds i boksene med en kuglepen.",
    "paper_mistake": "Kom du til at sætte et forkert kryds? Så fyld boksen helt ud, og sæt et nyt.",
    "paper_several": "Du kan sætte flere kryds.",
    "paper_only_if": "Svar kun, hvis {rule}.",
    "paper_if_chosen": "du svarede {answers} i spørgsmål {n}",
    "paper_if_answered": "du har svaret på spørgsmål {n}",
    "paper_if_at_least": "du skrev {number} eller mere i spørgsmål {n}",
    "paper_if_at_most": "du skrev {number} eller mindre i spørgsmål {n}",
    "paper_quoted": "„{answer}“",
    "paper_and": "{first} og {second}",
    "paper_or": "{first} eller {second}",
    "paper_or_if": "{first}, eller hvis {second}",
    "paper_web": "Vil du hellere svare på nettet? Scan koden, eller gå til {address} og skriv:",
    "paper_qr": "QR-kode. Den åbner {address} på din telefon.",
    "paper_end": "Når du er færdig",
    "paper_reception": "Læg arket i svarkassen i receptionen.",
    "paper_place": "Aflever arket her: {place}.",
    "paper_typed": "Vi taster dit svar ind. Så makulerer vi arket.",
    "paper_receipt": "Vil du have dit svar slettet en dag? Så skriv din kvittering ned: {receipt}.",
    "paper_sheet": "Ark {number}",
    "paper_page": "Side {page} af {pages}",
    "card_scan": "Scan koden med din telefon, og svar.",
    "card_type": "Eller gå til {address} og skriv:",
    # Web pages: help in need
    "care_title": "Har du det svært lige nu?",
    "care_why": "Noget i dit svar får os til at spørge. Måske tager vi fejl.",
    "care_danger": "Er du eller en anden i fare nu? Så ring 112.",
    "care_line": "Tænker du på at skade dig selv? Så ring til Livslinien på 70 201 201.",
    "care_quiet": "Ingen hos os har fået besked. Vi gemmer ikke, at du har set det her.",
    "care_on": "Du kan gå videre med dine svar, når du vil.",
    "care_call_now": "Ring 112",
    "care_call_line": "Ring til Livslinien, 70 201 201",
    # Web pages: asking to be called
    "call_offer": "Vil du ringes op?",
    "call_offer_low": "Skal vi tale om det?",
    "call_offer_text": "En leder kan ringe til dig. Lederen kan ikke se, hvad du har svaret.",
    "call_ask": "Bed om at blive ringet op",
    "call_title": "Skal vi ringe til dig?",
    "call_apart": "Vi gemmer dit navn og nummer for sig selv. De kan ikke føres tilbage til dine svar.",
    "call_unit": "Lederen for {unit} ringer til dig. Kun få andre kan se dit navn.",
    "call_anyone": "En leder ringer til dig. Kun få andre kan se dit navn.",
    "call_when": "Du bliver ringet op på en hverdag.",
    "call_deleted": "Vi sletter navn og nummer en uge efter, at vi har ringet. Vi sletter dem altid inden 30 dage.",
    "call_name": "Dit navn",
    "call_phone": "Dit telefonnummer",
    "call_name_missing": "Skriv dit navn.",
    "call_name_long": "Skriv et kortere navn.",
    "call_phone_missing": "Skriv dit telefonnummer.",
    "call_phone_wrong": "Skriv et telefonnummer, vi kan ringe til. Et dansk nummer har otte tal.",
    "call_send": "Ring til mig",
    "call_noted_title": "Vi ringer til dig",
    "call_noted_text": "Vi har dit navn og nummer. Du skal ikke gøre mere.",
    "privacy_call": "Så gemmer vi dit navn og nummer for sig selv. En leder ringer til dig. Vi sletter navn og nummer en uge efter, at vi har ringet, og altid inden {days} dage.",
    # Web pages: a screen in the reception
    "kiosk_forgets": "Når du er færdig, kan ingen se dine svar på skærmen.",
    "kiosk_there": "Er du der stadig?",
    "kiosk_resets": (
        "Vi begynder forfra om {n} sekund. Så er dine svar væk.",
        "Vi begynder forfra om {n} sekunder. Så er dine svar væk.",
    ),
    "kiosk_stay": "Ja, jeg er her",
    "kiosk_closes": (
        "Siden lukker om {n} sekund.",
        "Siden lukker om {n} sekunder.",
    ),
    "kiosk_next": "Næste person",
    "kiosk_locked_title": "Skærmen er låst",
    "kiosk_locked_text": "Spørg en medarbejder. Du kan også svare på din egen telefon.",
    "kiosk_pause_title": "Skærmen holder en pause",
    "kiosk_pause_text": "Der er kommet mange svar på kort tid. Dit svar er ikke sendt. Du kan svare på din egen telefon.",
    "kiosk_pause_how": "Gå til {address}, og skriv koden {letters}.",
    "kiosk_quick_title": "Det gik hurtigt",
    "kiosk_quick_text": "Læs dine svar en gang til. Tryk så på Send svar.",
    "kiosk_staff": "For personalet",
    # Web pages: going on elsewhere, and what a browser will not keep
    "save_ask": "Gem, og svar senere",
    "save_title": "Dine svar er gemt",
    "save_code": "Din kode er {letters}.",
    "save_how": "Skriv koden ned. Gå til {address}, når du vil svare videre.",
    "save_lasts": (
        "Koden virker i {n} dag. Alle, der har koden, kan se dine svar.",
        "Koden virker i {n} dage. Alle, der har koden, kan se dine svar.",
    ),
    "save_not_sent": "Dine svar er ikke sendt endnu.",
    "resume_link": "Har du gemt dine svar? Så svar videre her.",
    "resume_title": "Svar videre",
    "resume_help": "Du fik koden, da du gemte dine svar.",
    "resume_unknown": "Vi kender ikke den kode. Måske er den for gammel.",
    "privacy_save_title": "Gemmer du dine svar til senere?",
    "privacy_save": "Så ligger de hos os, til du sender dem. Koden virker i {days} dage. Vi kan ikke åbne dem uden din kode.",
    "not_kept": "Din browser kan ikke huske dine svar. Luk ikke siden, før du har sendt dem.",
    "no_cookie_title": "Din browser siger nej til cookies",
    "no_cookie_text": "Vi bruger kun én cookie. Den husker, hvor du er. Giv lov til den, og åbn dit link igen.",
    "guessed_title": "Der er prøvet for mange koder",
    "guessed_text": "Vent fem minutter, og prøv igen. Virker koden stadig ikke, så spørg din medarbejder.",
    # Web pages: read aloud, and the first page
    "read_aloud": "Læs højt",
    "read_stop": "Stop med at læse",
    "intro_free": "Du må gerne sige nej, og det ændrer ikke din sag.",
    # Web pages: no thank you, and what a respondent may have deleted
    "decline_link": "Jeg vil ikke svare",
    "decline_title": "Vil du ikke svare?",
    "decline_text": "Det er helt i orden. Så spørger vi dig ikke mere i denne undersøgelse. Det betyder ikke noget for din sag.",
    "decline_button": "Nej tak, jeg vil ikke svare",
    "decline_stay": "Jeg vil gerne svare",
    "decline_after_all": "Jeg vil svare alligevel",
    "declined_title": "Tak, fordi du sagde til",
    "declined_text": "Vi spørger dig ikke mere om det her. Har du skrevet noget, er det slettet. Vil du svare alligevel, kan du det.",
    "erase_link": "Slet dit svar",
    "erase_title": "Slet dit svar",
    "erase_text": "Skriv koden fra din kvittering. Så sletter vi dit svar med det samme.",
    "erase_label": "Koden fra din kvittering",
    "erase_hint": "Koden har 12 tegn, for eksempel K7QF-2M9X-TB4D.",
    "erase_button": "Slet mit svar",
    "erase_missing": "Skriv koden fra din kvittering.",
    "erase_unknown": "Vi finder ikke noget svar med den kode. Se efter, om du har skrevet den rigtigt. Har du slettet svaret før, skal du ikke gøre mere.",
    "erased_title": "Dit svar er slettet",
    "erased_text": "Alt det, du svarede, er væk. Vi kan ikke hente det igen.",
    "lifetimes_title": "Så længe gemmer vi det",
    "lifetimes_text": "Tiden tæller fra den dag, undersøgelsen slutter.",
    "lifetime_frame": "Listen over dem, vi spørger",
    "lifetime_draft": "Svar, du ikke har sendt, fra du sidst skrev i dem",
    "lifetime_text": "Det, du skriver med dine egne ord",
    "lifetime_response": "Alle andre svar",
    "lifetimes_inbox": "Et nyt svar ligger for sig selv, til der er {n} af dem, eller til undersøgelsen slutter. Så blander vi svarene.",
    # Messages that are sent, and no more of them
    "letter_subject": "{municipality} vil gerne høre din mening",
    "letter_answer": "Svar her:",
    "letter_code": "Du kan også gå til {address} og skrive koden {letters}.",
    "letter_until": "Du kan svare til og med den {day}.",
    "letter_yours": "Linket er kun til dig. Send det ikke videre.",
    "letter_no": "Vil du ikke spørges mere? Så sig nej tak her:",
    "letter_no_short": "Nej tak:",
    "reminder_subject": "Du kan stadig nå at svare",
    "reminder_text": "Vi har skrevet til dig før. Har du svaret, skal du ikke gøre mere.",
    "decline_all": "Nej tak til alle undersøgelser",
    "declined_all_text": "Vi spørger dig ikke mere, heller ikke om andet. Har du skrevet noget, er det slettet. Vil du svare alligevel, kan du det.",
    # What became of it: the public page of actions
    "actions_title": "Det sagde I – det gør vi",
    "actions_lead": "I har fortalt os, hvad der skal blive bedre. Her er, hvad vi gør ved det.",
    "actions_said": "I sagde noget om: {subject}",
    "actions_open": "Vi er i gang. Vi vil være færdige {day}.",
    "actions_done": "Det er gjort. Vi blev færdige {day}.",
    "actions_before": "Før: {figure}.",
    "actions_now": "Nu: {figure}.",
    "actions_chance": "Forskellen kan være tilfældig.",
    "actions_none": "Der står ikke noget her endnu.",
    "actions_source": "Vi skriver det her på dansk, når det ikke er oversat.",
    # Web pages: what a company answered, its quotes, and the panel
    "company_link_lasts": "Kun du har linket. Det virker til og med den {day}.",
    "company_summary": "Vores referat: {words}",
    "quotes_title": "Må vi bruge dine ord?",
    "quotes_text": "Vi vil gerne vise dine ord i en rapport. Medarbejdere og ledere læser den. Dit navn står der ikke.",
    "quotes_yes": "Ja",
    "quotes_no": "Nej",
    "quotes_reword": "Ja, men skriv det sådan:",
    "quotes_missing": "Skriv, hvordan der skal stå.",
    "quotes_long": "Skriv det lidt kortere.",
    "quotes_save": "Gem",
    "quotes_saved": "Tak. Det er gemt. Du kan ændre det, så længe linket virker.",
    "quotes_none": "Vi har ikke valgt noget af det, du sagde, til en rapport.",
    "panel_leave_title": "Vil du ud af panelet?",
    "panel_leave_text": "Så sletter vi navn, nummer og e-mail. Vi spørger dig ikke mere.",
    "panel_leave_button": "Ja, slet os fra panelet",
    "panel_left_title": "Du er ude af panelet",
    "panel_left_text": "Vi har slettet navn, telefon og e-mail. Vil du med igen, så ring til os.",
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

_HEADER: Final = re.compile(r'^"([\w-]+): (.*?)\s*\\n"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Translation:
    """Another language: its texts by their Danish, and whether a person has reviewed them.

    `messages` is as the PO file has it. `status` is `draft` until a person has reviewed it and put
    their name to it: `X-Status: reviewed` and `X-Reviewed-By: …` in the header.
    """

    messages: Catalog
    status: str
    reviewed_by: str

    def text(self, danish: str, context: str | None = None) -> str | None:
        """The translation of one text; that of its context (an instrument's name) comes first."""
        for key in dict.fromkeys((context, None)):
            message = self.messages.get(danish, key)
            if message is not None and not message.fuzzy and message.string:
                return message.string if isinstance(message.string, str) else message.string[0]
        return None

    def has(self, danish: str) -> bool:
        """Whether a text is translated, in all its plural forms."""
        message = self.messages.get(danish)
        return message is not None and not message.fuzzy and all(forms(message.string))

    @property
    def is_reviewed(self) -> bool:
        """Whether a person has put their name to it."""
        return self.status == "reviewed"

    @property
    def is_complete(self) -> bool:
        """Whether it has every text of the product's own."""
        return all(self.has(key(text)) for text in TEXTS.values())


def say(code: str, language: str, **words: object) -> str:
    """Give the text for a code in a language, filled in; Danish where it is not translated.

    Numbers and days are filled in as the language writes them. KeyError for a code that does not
    exist: that is our mistake, never a respondent's.
    """
    text = TEXTS[code]
    translations = _compiled(language)
    if isinstance(text, tuple):
        said = translations.ngettext(*text, int(str(words["n"])))
    else:
        said = translations.gettext(text)
    return said.format(**{name: written(word, language) for name, word in words.items()})


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that the product itself speaks: Danish and those with every text of it."""
    return tuple(
        name
        for name in LANGUAGE_NAMES
        if name == SOURCE_LANGUAGE or ((found := translation(name)) and found.is_complete)
    )


def is_draft(language: str) -> bool:
    """Whether nobody has reviewed the translation yet. The source is none."""
    found = translation(language)
    return found is not None and not found.is_reviewed


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def key(text: str | Sequence[str]) -> str:
    """What a text is looked up under: its Danish, of a pair the singular."""
    return text if isinstance(text, str) else text[0]


@lru_cache(maxsize=len(LANGUAGE_NAMES))
def translation(language: str) -> Translation | None:
    """The catalogue of a language; None for Danish and for a language without one."""
    if language == SOURCE_LANGUAGE or language not in LANGUAGE_NAMES:
        return None
    file = resources.files("surveys") / "locale" / f"{language}.po"
    if not file.is_file():
        return None
    content = file.read_bytes()
    # Babel drops what it does not know of a header
    header = dict(_HEADER.findall(content.split(b"\n\n", 1)[0].decode()))
    return Translation(
        read_po(BytesIO(content), locale=language, abort_invalid=True),
        header.get("X-Status", ""),
        header.get("X-Reviewed-By", ""),
    )


@lru_cache(maxsize=len(LANGUAGE_NAMES))
def _compiled(language: str) -> NullTranslations:
    found = translation(language)
    if found is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, found.messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def forms(string: str | Iterable[str] | None) -> tuple[str, ...]:
    """A text, or all its plural forms."""
    return (string or "",) if string is None or isinstance(string, str) else tuple(string)
