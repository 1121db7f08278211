"""What is wrong with an instrument, in Danish: the core says it in English, for the terminal."""

import re
from collections.abc import Mapping
from typing import Any, Final

from surveys.errors import Defect
from surveys.wording import LANGUAGE_NAMES
from webapp import xlsform_words

_WORDS: Final = tuple(
    (re.compile(cause), danish, remedy)
    for cause, danish, remedy in (
        # Fields
        (r"It is missing\.", "Feltet mangler.", "Udfyld det."),
        (r"There is no such field\.", "Feltet kender vi ikke.", "Slet det."),
        (r"String should have at least 1 char.*", "Der mangler en tekst.", "Skriv den."),
        (r"(Dictionary|List) should have at least.*", "Der mangler noget.", "Tilføj det."),
        (r"String should match.*", "Der er tegn, som ikke kan bruges.", "Brug a–z, tal og _."),
        (
            r"Input should be (greater|less) than.*",
            "Tallet er for stort eller for lille.",
            "Ret det.",
        ),
        (r"Input should be a valid date.*", "Det er ikke en dato.", "Skriv den som 2026-11-21."),
        (r"Input should be a valid.*", "Værdien kan ikke bruges.", "Skriv et tal."),
        (r"Input should be '.*", "Værdien kan ikke vælges.", "Vælg en af dem på listen."),
        (r"Input tag .*|Unable to extract tag.*", "Spørgsmålets type kender vi ikke.", "Vælg en."),
        (r"It is not a group of fields\.", "Reglen kan ikke læses.", "Se eksemplerne ved feltet."),
        # Codes
        (r"“(?P<a>.*)” is not a number\.", "“{a}” er ikke et tal.", "Giv svarene tal."),
        (
            r"Two (points|categories) have the same code\.",
            "To svar har samme kode.",
            "Slet det ene.",
        ),
        (
            r"“(?P<a>.*)” is used twice\.",
            "Koden “{a}” er brugt to gange.",
            "Giv spørgsmålet sin egen.",
        ),
        (r"There is no scale “(?P<a>.*)”\.", "Skalaen “{a}” findes ikke.", "Vælg en anden."),
        (r"No question uses it\.", "Ingen spørgsmål bruger skalaen.", "Slet den."),
        (
            r"“dont_know” and “refused” are.*",
            "“Ved ikke” er ikke et svar på listen.",
            "Sæt kryds i stedet.",
        ),
        (
            r"An open text has no room.*",
            "Et tekstfelt har ikke “Ved ikke”.",
            "Man kan springe over.",
        ),
        (r"It is above the maximum\.", "Det mindste tal er over det største.", "Byt om på dem."),
        (r"It is after the latest day\.", "Den første dag er efter den sidste.", "Byt om på dem."),
        # Rules
        (
            r"“(?P<a>.*)” is not an earlier item\.",
            "“{a}” er ikke et tidligere spørgsmål.",
            "En regel kan kun bruge spørgsmål, der står før.",
        ),
        (
            r"It needs exactly one comparison\.",
            "Reglen mangler en sammenligning.",
            "Se eksemplerne.",
        ),
        (
            r"“(?P<a>.*)” has no categories\.",
            "“{a}” har ingen svar at vælge.",
            "Brug >=, <= eller er besvaret.",
        ),
        (
            r"“(?P<a>.*)” has no category “(?P<b>.*)”\.",
            "“{a}” har ikke svaret “{b}”.",
            "Brug en af svarenes koder.",
        ),
        (r"“(?P<a>.*)” is not a number\.", "“{a}” er ikke et tal.", "Brug = og en kode."),
        (
            r"“(?P<a>.*)” is never that large or small.*",
            "“{a}” kan ikke blive så stort eller lille.",
            "Så bliver spørgsmålet aldrig stillet. Ret tallet.",
        ),
        (
            r"“(?P<a>.*)” is never asked.*",
            "Ingen svar fører hertil: reglerne modsiger hinanden.",
            "Ret reglen her, eller på de spørgsmål den bruger.",
        ),
        (r"It is not an earlier version\.", "Versionen er ikke ældre.", "Vælg en ældre."),
        (r"There is no item “(?P<a>.*)”\.", "Spørgsmålet “{a}” findes ikke.", "Fjern krydset."),
        # Languages
        (r"There is no Danish text.*", "Titlen mangler på dansk.", "Skriv den."),
        (r"There is no such language here\.", "Sproget findes ikke her.", "Vælg et andet."),
        (
            r"The translation to “(?P<language>.*)” is missing\.",
            "Teksten mangler på {language}.",
            "Oversæt den, eller fjern sproget fra skemaet.",
        ),
        (
            r"It has “(?P<language>.*)”, which the title does not\.",
            "Teksten er på {language}, men titlen er ikke.",
            "Oversæt titlen først.",
        ),
        # Hard to answer
        (
            r"It is hard to read: LIX (?P<a>\d+), at most (?P<b>\d+)\.",
            "Teksten er svær at læse: LIX {a}, højst {b}.",
            "Skriv kortere sætninger og kortere ord.",
        ),
        (
            r"(?P<a>\d+) characters do not fit a phone or a chat button\.",
            "Svaret er på {a} tegn og kan ikke stå på en knap.",
            "Brug højst 60 tegn.",
        ),
        *xlsform_words.WORDS,
    )
)

_FIELDS: Final = {
    "title": "titel",
    "purpose": "formål",
    "next_step": "hvad der sker bagefter",
    "minutes": "minutter",
    "audience": "målgruppe",
    "text": "spørgsmål",
    "help": "hjælpetekst",
    "required": "besked, når svaret mangler",
    "label": "svar",
    "specify": "spørgsmål efter svaret",
    "ask_if": "regel",
    "scale": "skala",
    "maximum": "største værdi",
    "minimum": "mindste værdi",
    "decimals": "decimaler",
    "earliest": "første dag",
    "latest": "sidste dag",
    "categories": "svar",
    "id": "kode",
}


def in_danish(defect: Defect) -> tuple[str, str]:
    """The cause and the remedy in Danish; in English where we have no Danish for it."""
    for pattern, cause, remedy in _WORDS:
        if found := pattern.fullmatch(defect.cause):
            words = found.groupdict()
            if "language" in words:
                words["language"] = LANGUAGE_NAMES.get(words["language"], words["language"])
            if "failure" in words:
                words["failure"] = xlsform_words.failure(words["failure"])
            example = defect.remedy.replace("Write ", "Skriv ", 1)
            return cause.format(**words), remedy.format(remedy=example)
    return defect.cause, defect.remedy


def place(fields: Mapping[str, Any], path: str) -> str:
    """Where a path is, as staff see it: `Spørgsmål 3, svar 2, svar`."""
    if in_workbook := xlsform_words.place(path):
        return in_workbook
    steps = path.split(".")
    words = []
    if steps[0] == "sections" and len(steps) > 1 and steps[1].isdecimal():
        section = int(steps[1])
        before = sum(len(one.get("items", ())) for one in fields.get("sections", ())[:section])
        if len(steps) > 3 and steps[2] == "items" and steps[3].isdecimal():
            # Of a file that became no draft the earlier questions are not known
            words += [] if fields or section == 0 else [f"Del {section + 1}"]
            words.append(f"Spørgsmål {before + int(steps[3]) + 1}")
            steps = steps[4:]
        else:
            words.append(f"Del {section + 1}")
            steps = steps[2:]
    elif steps[0] == "scales" and len(steps) > 1:
        words.append(f"Skalaen {steps[1]}")
        steps = steps[2:]
    numbers = [f"svar {int(step) + 1}" for step in steps if step.isdecimal()]
    last = next((step for step in reversed(steps) if step in _FIELDS), "")
    words += numbers
    if last and not (numbers and last in {"label", "categories"}):
        words.append(_FIELDS[last])
    return ", ".join(words)[:1].upper() + ", ".join(words)[1:] or "Skemaet"
