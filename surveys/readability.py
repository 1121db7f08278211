"""How hard a Danish text is to read."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_STOP = re.compile(r"[.!?:]+(?=\s|$)")


def lix(text: str) -> float:
    """Björnsson's LIX (1968): words per sentence plus the percentage of words over six letters.

    Up to 24 is very easy, 25–34 easy, 35–44 like a newspaper. Unreliable for single words and
    headings. 0 for a text without words.
    """
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = len(_STOP.findall(text.strip())) or 1
    long = sum(len(word) > 6 for word in words)
    return len(words) / sentences + 100 * long / len(words)
