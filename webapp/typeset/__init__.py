"""PDF files: a Typst template and the words that go into it. Tagged, and valid PDF/UA-1 or refused.

The words travel as data and never as markup, so nothing that anybody wrote can command the page.
Fonts come from the built assets; nothing is fetched and the machine's own fonts are not looked at.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import typst

_TEMPLATES: Final = Path(__file__).parent
_FONTS: Final = _TEMPLATES.parent / "static" / "built" / "print"
_UNKNOWN_SIGN: Final = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_NO_SUCH_SIGN: Final = "\N{REPLACEMENT CHARACTER}"


class FontsMissingError(LookupError):
    """The fonts for print are not there: the assets are not built."""


def pdf(template: str, content: Mapping[str, object], made: datetime) -> bytes:
    """Set `<template>.typ` with its content, which must be JSON-able, as a PDF/UA-1 file.

    `made` is the day that the file says it was made. A sign that no font of ours has becomes the
    replacement character: an emoji in a comment is no reason to have no report.
    """
    words = json.dumps(content, ensure_ascii=False)
    while True:
        try:
            set_: bytes = typst.compile(
                _TEMPLATES / f"{template}.typ",
                root=_TEMPLATES,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                sys_inputs={"content": words},
                pdf_standards=["ua-1"],
                timestamp=int(made.astimezone(UTC).timestamp()),
            )
        except typst.TypstError as refusal:
            replaced = _without_the_sign(words, str(refusal))
            if replaced == words:
                raise
            words = replaced
        else:
            return set_


def _without_the_sign(words: str, refusal: str) -> str:
    sign = _UNKNOWN_SIGN.search(refusal)
    if sign is None:
        return words
    unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), sign[1])
    return words.replace(unescaped, _NO_SUCH_SIGN)


@cache
def _fonts() -> typst.Fonts:
    if not any(_FONTS.glob("*.ttf")):
        raise FontsMissingError("The fonts for print are not built. Run: make setup")
    return typst.Fonts(include_system_fonts=False, font_paths=[_FONTS])
