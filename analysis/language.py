"""Which language a comment is written in."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = ("da", "en", "uk", "ar", "pl", "ro", "tr", "de", "fa", "so", "no", "sv")
SHORTEST = 25
"""Below this many characters the identifier guesses; the language of the interface is better."""

_ETHIOPIC = re.compile("[\u1200-\u137f]")


def language_of(text: str, interface: str = "da") -> str:
    """The ISO 639-1 code of the language of a text; of the interface for very short ones.

    Norwegian and Swedish are taken for Danish: the citizens who answer here write Danish, and
    short Danish is easily mistaken for its neighbours.
    """
    if _ETHIOPIC.search(text):
        return "ti"
    if len(text.strip()) < SHORTEST:
        return interface
    found = str(_identifier().classify(text)[0])
    return "da" if found in {"no", "sv"} else found


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier
