"""How each language writes numbers and days, by CLDR."""

from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal


def written(value: object, language: str) -> str:
    """A number or a day as a language writes it, in Western figures; anything else as text."""
    locale = _locale(language)
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, Decimal | int):
        return format_decimal(
            value, locale=locale, decimal_quantization=False, numbering_system="latn"
        )
    return str(value)


def _locale(language: str) -> Locale:
    """English as in Europe; what is no language is written as in Danish."""
    try:
        return Locale.parse("en_GB" if language == "en" else language)
    except (ValueError, UnknownLocaleError):
        return Locale("da")
