"""How well a colour can be read on white, and so white on it."""

import re
from typing import Final

LEAST: Final = 4.5
"""WCAG 2.2, success criterion 1.4.3: the least contrast of a text."""

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """Whether a text names a colour the way we read it: #14506e."""
    return _COLOUR.fullmatch(text) is not None


def on_white(colour: str) -> float:
    """The contrast of a colour to white, from 1 to 21.

    WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), with the relative luminance of sRGB.
    """
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
