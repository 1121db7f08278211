"""What an XLSForm says that an instrument cannot, in Danish: the core says it in English."""

import re
from typing import Final

_FAILURES: Final = (
    (r"“(?P<a>.*)” is not expected there", "“{a}” står et forkert sted"),
    (
        r"“(?P<a>.*)” is not understood: use =, >= or <=",
        "“{a}” kender vi ikke. Brug =, >= eller <=",
    ),
    (r"“(?P<a>.*)” is not understood", "“{a}” kender vi ikke"),
    (r"it has too many alternatives", "der er for mange muligheder"),
    (r"“not” is only understood of .*", "“not” kan kun stå ved dont_know og refused"),
    (r"“(?P<a>.*)” is not compared with a value", "“{a}” mangler en værdi at sammenligne med"),
    (r"“(?P<a>.*)” is not a number", "“{a}” er ikke et tal"),
    (r"“(?P<a>.*)” or what it is compared .*", "“{a}” har andre tegn end a–z, 0–9 og _"),
    (r"it ends too early", "den slutter for tidligt"),
)
"""Why a condition cannot be carried, to be put into a sentence."""

WORDS: Final = (
    # The file
    (
        r"It is larger than 2 MB\.",
        "Filen er større end 2 MB.",
        "Et XLSForm er kun tekst. Slet det øvrige.",
    ),
    (
        r"It unpacks to more than 20 MB\.",
        "Filen fylder over 20 MB, når den er pakket ud.",
        "Gem den igen.",
    ),
    (r"It is not an Excel workbook.*", "Det er ikke en Excel-fil (.xlsx).", "Gem den som .xlsx."),
    (
        r"There is no sheet “(?P<a>.*)”\.",
        "Arket “{a}” mangler.",
        "Et XLSForm har et ark med det navn.",
    ),
    # Columns and languages
    (
        r"An instrument has no “(?P<a>.*)”\.",
        "Kolonnen “{a}” kan ikke komme med.",
        "Tøm kolonnen, eller sig det på en anden måde.",
    ),
    (
        r"“(?P<a>.*)” is no language here\.",
        "Sproget “{a}” findes ikke her.",
        "Skriv sprogets kode i parentes, for eksempel label::Dansk (da).",
    ),
    (r"It cannot be read\.", "Feltet kan ikke læses.", 'Skriv det som {{"1": ["spørgsmål"]}}.'),
    # Groups and questions
    (
        r"A group stands in another group\.",
        "En gruppe står inde i en anden.",
        "Brug kun ét lag af grupper.",
    ),
    (
        r"A group has no condition\.",
        "En gruppe kan ikke have en regel.",
        "Sæt reglen på hvert af gruppens spørgsmål.",
    ),
    (
        r"“(?P<a>.*)” is no name for a question\.",
        "“{a}” kan ikke være navn på et spørgsmål.",
        "Brug små bogstaver a–z, tal og _. Højst 40 tegn.",
    ),
    (
        r"It depends on something\.",
        "Om man skal svare, afhænger af noget.",
        "Skriv yes, eller lad feltet være tomt.",
    ),
    (
        r"The condition cannot be carried: (?P<failure>.*)\.",
        "Reglen kan ikke læses: {failure}.",
        "Brug =, >=, <= og selected() om tidligere spørgsmål, med and og or.",
    ),
    (
        r"“(?P<a>.*)” has no answer “(?P<b>.*)”\.",
        "“{a}” har ikke svaret “{b}”.",
        "Feltet til et svars ord står efter spørgsmålet og hedder spørgsmål__svar.",
    ),
    (
        r"The limits are missing, or of another kind\.",
        "Grænserne mangler eller kan ikke læses.",
        "{remedy}",
    ),
    (
        r"An answer to choose has no such limits\.",
        "Et svar, man vælger, kan ikke have den slags grænser.",
        "Skriv yes i hoert_exclusive på arket choices ved svar, der skal stå alene.",
    ),
    (
        r"There is no list “(?P<a>.*)”, or more.*",
        "Listen “{a}” findes ikke, eller der er nævnt flere.",
        "Nævn én liste fra arket choices. Skriv “andet” som et svar for sig.",
    ),
    (
        r"“(?P<a>.*)” would say who answers, or when\.",
        "“{a}” ville vise, hvem der svarer, eller hvornår.",
        "Slet rækken. Den slags bliver ikke gemt.",
    ),
    (
        r"A note is no question\.",
        "En note er ikke et spørgsmål.",
        "Skriv teksten som hint ved det næste spørgsmål. Formålet og det, der sker bagefter, er"
        " noter, der hedder hoert_purpose og hoert_next_step.",
    ),
    (
        r"There is no question of type “(?P<a>.*)”\.",
        "Spørgsmål af typen “{a}” findes ikke.",
        "Brug select_one, select_multiple, text, integer, decimal eller date.",
    ),
)
"""Causes, what they are in Danish, and what to do."""

_SHEETS: Final = {
    "survey": "Arket survey",
    "choices": "Arket choices",
    "settings": "Arket settings",
}


def failure(cause: str) -> str:
    """Why a condition cannot be carried; in English where we have no Danish for it."""
    for pattern, danish in _FAILURES:
        if found := re.fullmatch(pattern, cause):
            return danish.format(**found.groupdict())
    return cause


def place(path: str) -> str:
    """Where in a workbook: `Arket survey, række 10, kolonnen type`."""
    if path == "workbook":
        return "Filen"
    if found := re.fullmatch(r"the heading (.*)", path):
        return f"Overskriften {found[1]}"
    if found := re.fullmatch(r"(survey|choices|settings)(?: row (\d+))?(?:, (.+))?", path):
        row = f"række {found[2]}" if found[2] else ""
        column = f"kolonnen {found[3]}" if found[3] else ""
        return ", ".join(filter(None, (_SHEETS[found[1]], row, column)))
    return ""
