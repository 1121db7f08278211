"""Own words told from an interviewer's summary, in one text. Pure.

What somebody said stands as what anybody wrote. What the interviewer wrote of it stands behind it
in square brackets, as an editor's words do: "Vi kan altid ringe. [Referat: Glad for kontakten.]"
"""

from typing import Final

_OPENS: Final = "[Referat: "
_CLOSES: Final = "]"
MARKS: Final = len(f"\n{_OPENS}{_CLOSES}")
"""The characters that the marks of a summary take."""


def told(own: str, summary: str) -> str:
    """One text of what was said word for word and what the interviewer summed up."""
    own, summary = (part.replace(_OPENS.strip(), "").strip() for part in (own, summary))
    return "\n".join(filter(None, (own, f"{_OPENS}{summary}{_CLOSES}" if summary else "")))


def own_words(text: str) -> str:
    """What was said word for word; all of a text that holds no summary."""
    return _parted(text)[0]


def summary(text: str) -> str:
    """What the interviewer summed up; "" for nothing."""
    return _parted(text)[1]


def _parted(text: str) -> tuple[str, str]:
    own, mark, rest = text.partition(_OPENS)
    return own.strip(), rest.rstrip().removesuffix(_CLOSES).strip() if mark else ""
