"""One form of a text, so that the same words are the same text wherever they are read."""

import unicodedata


def normalised(text: str) -> str:
    """One form of a text: composed characters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
