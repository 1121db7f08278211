"""What is wrong with a file that is to be imported, in Danish and in English.

Pages say it in Danish, the terminal in English; each sentence says what is wrong and what to do.
"""

from collections.abc import Mapping
from typing import Final

from surveys.errors import Problem, UnreadableFile
from surveys.wording import LANGUAGE_NAMES

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # The whole file
    "none": ("Vælg en fil.", "Choose a file."),
    "empty": (
        "Filen er tom. Vælg en fil med overskrifter i den første række.",
        "The file is empty. Choose one with headings in its first row.",
    ),
    "no_rows": (
        "Filen har overskrifter, men ingen rækker under dem.",
        "The file has headings, but no rows below them.",
    ),
    "too_large": (
        "Filen er for stor. Del den i flere.",
        "The file is too large. Split it into several.",
    ),
    "too_many_rows": (
        "Filen har mere end {found} rækker. Del den i flere.",
        "The file has more than {found} rows. Split it into several.",
    ),
    "too_many_columns": (
        "Filen har mere end {found} kolonner. Slet dem, der ikke skal bruges.",
        "The file has more than {found} columns. Delete those that are not needed.",
    ),
    "old_excel": (
        "Filen er gemt i et gammelt Excel-format. Åbn den i Excel, og gem den som .xlsx.",
        "The file is in an old Excel format. Open it in Excel and save it as .xlsx.",
    ),
    "not_a_workbook": (
        "Filen er ikke et regneark. Gem den som .xlsx eller .csv.",
        "The file is no workbook. Save it as .xlsx or .csv.",
    ),
    "damaged": (
        "Filen er i stykker eller ikke hentet helt. Åbn den i Excel, gem den, og prøv igen.",
        "The file is damaged or incomplete. Open it in Excel, save it, and try again.",
    ),
    "cut_off": (
        "Filen slutter midt i række {found}. Hent den igen, og prøv så.",
        "The file ends in the middle of row {found}. Fetch it again, then try.",
    ),
    "encoding": (
        "Filens bogstaver kan ikke læses. Gem den som “CSV UTF-8” i Excel.",
        "The file's letters cannot be read. Save it as “CSV UTF-8” in Excel.",
    ),
    "unknown_json": (
        "JSON-filen er hverken fra Jobindsats (v2 eller v3) eller JSON-stat. Hent tabellen igen.",
        "The JSON is neither from Jobindsats (v2 or v3) nor JSON-stat. Fetch the table again.",
    ),
    # The headings
    "no_reference_column": (
        "Vælg den kolonne, der har jeres eget nummer på hver person.",
        "Say which column holds your own number of each person.",
    ),
    "heading_twice": (
        "To kolonner hedder det samme. Giv den ene et andet navn.",
        "Two columns have this name. Rename one of them.",
    ),
    # One row
    "cpr": (
        "Her står noget, der ligner et CPR-nummer. Brug jeres eget nummer i stedet. Er det et andet"
        " nummer, så sæt et bogstav foran.",
        "This looks like a CPR number. Use your own number instead. If it is another number, put a"
        " letter before it.",
    ),
    "missing_reference": (
        "Nummeret mangler.",
        "The reference is missing.",
    ),
    "reference_twice": (
        "Det samme nummer står i række {found}.",
        "The same reference is in row {found}.",
    ),
    "known_reference": (
        "Personen er på listen i forvejen. Slet rækken.",
        "This person is in the frame already. Delete the row.",
    ),
    "too_long": (
        "Teksten er længere end 60 tegn.",
        "The text is longer than 60 characters.",
    ),
    "cell_too_long": (
        "Et felt er alt for langt. Måske mangler der et anførselstegn.",
        "A cell is far too long. Perhaps a quotation mark is missing.",
    ),
    "more_cells_than_headings": (
        "Rækken har flere felter end overskrifter. Måske er der et semikolon for meget.",
        "The row has more cells than there are headings. Perhaps there is a semicolon too many.",
    ),
    "formula": (
        "Her står en formel. Kopiér kolonnen, og sæt den ind igen som værdier.",
        "This is a formula. Copy the column and paste it back as values.",
    ),
    "error_cell": (
        "Excel viser en fejl i feltet. Ret det i regnearket.",
        "Excel shows an error in this cell. Correct it in the workbook.",
    ),
    "became_a_date": (
        "Excel har lavet teksten om til en dato. Skift kolonnens format til Tekst, og skriv den"
        " igen.",
        "Excel has made the text into a date. Set the column's format to Text and type it again.",
    ),
    "control_character": (
        "Feltet har et usynligt tegn. Slet indholdet, og skriv det igen.",
        "The cell has an invisible character. Delete what is in it and type it again.",
    ),
    "bad_caseworker": (
        "Nøglen må kun have bogstaver fra a til z, tal og bindestreger, og højst 32 tegn. Skriv"
        " aldrig et navn.",
        "The key may have letters, digits and hyphens only, 32 at most. Never write a name.",
    ),
    "bad_email": (
        "E-mailadressen kan ikke bruges. Den skal se ud som navn@eksempel.dk.",
        "The e-mail address cannot be used. It should look like name@example.org.",
    ),
    "bad_phone": (
        "Telefonnummeret kan ikke bruges. Det skal have 8 cifre eller begynde med + og et landenummer.",  # noqa: E501
        "The telephone number cannot be used. It needs 8 digits, or + and a country's number.",
    ),
    "unknown_channel": (
        "“{found}” er ikke en måde at kontakte på. Skriv e-mail, sms, Digital Post, brev, telefon"
        " eller kort.",
        "“{found}” is no channel. Write email, sms, digital_post, letter, phone or card.",
    ),
    "unknown_language": (
        "“{found}” er ikke et sprog, vi kender. Skriv for eksempel {languages}.",
        "“{found}” is no language that is known here. Write one of {codes}.",
    ),
    "channel_without_email": (
        "Personen skal have en e-mail, men der står ingen adresse.",
        "The channel is e-mail, but there is no address.",
    ),
    "channel_without_phone": (
        "Personen skal have en sms eller ringes op, men der står intet nummer.",
        "The channel is sms or phone, but there is no number.",
    ),
    "not_a_day": (
        "Det er ikke en dato. Skriv den som 30-04-2027.",
        "This is no date. Write it as 30-04-2027.",
    ),
    # Companies
    "no_cvr_column": (
        "Vælg den kolonne, der har virksomhedernes CVR-nummer.",
        "Say which column holds the companies' CVR numbers.",
    ),
    "bad_cvr": (
        "CVR-nummeret er ikke rigtigt. Det har 8 cifre, og det sidste skal passe med de andre.",
        "This is no CVR number. It has eight digits, of which the last must fit the others.",
    ),
    "missing_name": (
        "Virksomhedens navn mangler.",
        "The company's name is missing.",
    ),
    "missing_phone": (
        "Telefonnummeret mangler. Uden det kan ingen ringe.",
        "The telephone number is missing. Nobody can call without it.",
    ),
    "bad_time": (
        "Tiden kan ikke læses. Skriv den som 9-11 eller formiddag.",
        "The time cannot be read. Write it as 9-11 or formiddag.",
    ),
    "text_too_long": (
        "Teksten er for lang. Skriv den kortere.",
        "The text is too long. Write it shorter.",
    ),
    "company_twice": (
        "Virksomheden står også i række {found}.",
        "The same company is in row {found}.",
    ),
    "known_company": (
        "Virksomheden er på listen i forvejen.",
        "The company is in the list already.",
    ),
    # Course runs
    "no_name_column": (
        "Vælg den kolonne, der har holdets navn.",
        "Say which column holds the name of the run.",
    ),
    "no_course_column": (
        "Vælg den kolonne, der har kursets navn.",
        "Say which column holds the name of the course.",
    ),
    "no_begins_column": (
        "Vælg den kolonne, der har den første dag.",
        "Say which column holds the first day.",
    ),
    "no_ends_column": (
        "Vælg den kolonne, der har den sidste dag.",
        "Say which column holds the last day.",
    ),
    "no_expected_column": (
        "Vælg den kolonne, der har antallet af deltagere.",
        "Say which column holds the number of participants.",
    ),
    "missing_cell": (
        "Feltet er tomt. Det skal udfyldes.",
        "The cell is empty. It has to be filled in.",
    ),
    "run_twice": (
        "Holdet står også i række {found}. Giv det ene et andet navn.",
        "The run is in row {found} too. Give one of them another name.",
    ),
    "ends_before_it_begins": (
        "Den sidste dag ligger før den første.",
        "The last day is before the first.",
    ),
    "bad_expected": (
        "Antallet af deltagere skal være et helt tal fra 1 til 2.000.",
        "The number of participants must be a whole number from 1 to 2,000.",
    ),
    # Meetings that were held
    "no_week_column": (
        "Vælg den kolonne, der har mødets uge.",
        "Say which column holds the week of the meeting.",
    ),
    "no_kind_column": (
        "Vælg den kolonne, der har mødets form: fysisk, telefon eller video.",
        "Say which column holds the kind of meeting.",
    ),
    "bad_week": (
        "Det er ikke en uge. Skriv den som 2026-W47 eller 47/2026, uden klokkeslæt.",
        "This is no week. Write it as 2026-W47, without a time of day.",
    ),
    "week_ahead": (
        "Ugen er ikke begyndt. Vi spørger først, når mødet er holdt.",
        "The week has not begun. People are asked when the meeting was held.",
    ),
    "week_too_old": (
        "Mødet er mere end 4 uger gammelt. Så spørger vi ikke.",
        "The meeting is more than 4 weeks old, so nobody is asked.",
    ),
    "unknown_kind": (
        "Mødets form kendes ikke. Skriv fysisk, telefon eller video.",
        "The kind of meeting is not known. Write in_person, phone or video.",
    ),
    "key_too_long": (
        "Mødets nøgle er længere end 120 tegn.",
        "The key of the meeting is longer than 120 characters.",
    ),
    "known_lately": (
        "Virksomheden er spurgt i en anden undersøgelse for ikke længe siden. Vent, så den ikke"
        " bliver spurgt for tit.",
        "The company was asked in another survey not long ago. Wait, so that it is not asked too"
        " often.",
    ),
    "known_refusal": (
        "Virksomheden har sagt nej tak til flere undersøgelser.",
        "The company has said that it wants no more surveys.",
    ),
    # Answers that were given elsewhere
    "no_item_column": (
        "Ingen af kolonnerne hedder noget, som skemaet spørger om. Sig, hvilken kolonne der er hvad.",  # noqa: E501
        "No column has the name of a question. Say which is which: --column 'HEADING=ITEM'.",
    ),
    "unknown_answer": (
        "Det svar findes ikke i skemaet. Ret det, så det er skrevet som i skemaet.",
        "The instrument has no such answer, or it is too long. Write it as the instrument does.",
    ),
    "numbers_unclear": (
        "Svaret er et tal. Sig, om 1 er det første svar eller svarets egen kode.",
        "The answer is a number. Say whether 1 is the first answer (--numbers places) or the"
        " answer's own code (--numbers codes).",
    ),
    "not_a_number": (
        "Det er ikke et tal. Skriv det som 1.234,5.",
        "This is no number. Write it as 1.234,5.",
    ),
}
CODES: Final = frozenset(_WORDS)


def in_danish(problem: Problem | UnreadableFile) -> str:
    """What is wrong, for a page."""
    return _said(problem, 0)


def in_english(problem: Problem | UnreadableFile) -> str:
    """What is wrong, for the terminal."""
    return _said(problem, 1)


def without_found(problem: Problem) -> str:
    """The same for a program that may write it down: with nothing of what stood there."""
    return _said(Problem(problem.code, problem.row, problem.column), 1)


def place(problem: Problem) -> str:
    """Where it is wrong, in Danish: række 4, kolonne Telefon."""
    row = "" if problem.row is None else f"Række {problem.row}"
    column = f"kolonnen {problem.column}" if problem.column else ""
    return ", ".join(filter(None, (row, column)))


def _said(problem: Problem | UnreadableFile, language: int) -> str:
    return _WORDS[problem.code][language].format(
        found=problem.found,
        languages="dansk, engelsk, ukrainsk eller arabisk",
        codes=", ".join(LANGUAGE_NAMES),
    )
