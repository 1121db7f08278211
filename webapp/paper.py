"""A survey on paper: sheets to print, each with a number of its own, so that each counts once.

A sheet carries the code of an open link, so its answers belong to the link's wave and unit, and a
number that says nothing about who fills it in. The number is in nobody's records until a member
of staff types the sheet in; then only the hash of its ballot is kept, as for every other channel.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

import segno
from stdnum import verhoeff
from stdnum.exceptions import ValidationError

from surveys import introduction, keys
from surveys.deployment import Deployment
from surveys.fieldwork import Admission
from surveys.instrument import (
    Comparison,
    Condition,
    Date,
    Instrument,
    Item,
    Missing,
    MultiCode,
    Number,
    Scale,
    Text,
)
from surveys.wording import direction, is_draft, say
from webapp import typeset

MOST_SHEETS: Final = 200
KEYS: Final = "123456789abcdefghijklmnopqrstuvwxyz"
"""Printed in the boxes and pressed when a sheet is typed in, in the order of the boxes."""

_DIGITS: Final = 8
_LINES: Final = ((100, 2), (600, 3), (1000, 5))
_MOST_LINES: Final = 6
_CONFIDED: Final = {
    "anonymous": "paper_anonymous",
    "confidential": "intro_confidential",
    "identified": "intro_identified",
}


def new_number() -> str:
    """The number of a sheet: eight random digits and a check digit (Verhoeff)."""
    digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    return digits + verhoeff.calc_check_digit(digits)


def spelled(number: str) -> str:
    """A sheet's number as it is printed: 412 903 857."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def heard(typed: str) -> str | None:
    """The sheet's number in what was typed; None where a digit is wrong, missing or swapped."""
    digits = "".join(typed.split())
    try:
        return verhoeff.validate(digits) if len(digits) == _DIGITS + 1 else None
    except ValidationError:
        return None


def ballot(wave_id: int, number: str) -> str:
    """The right to answer that a sheet of a wave carries; typing it in spends it."""
    return f"paper:{wave_id}:{number}"


@dataclass(frozen=True, slots=True)
class Box:
    """One box to cross: the key that is pressed for it, and what choosing it means to a channel."""

    key: str
    raw: str
    label: str
    specify: Item | None


def boxes(instrument: Instrument, item: Item, language: str) -> Sequence[Box]:
    """The boxes of a question as they are printed, "Ved ikke" and "Vil ikke svare" last."""
    companions = {one.id: one for one in instrument if one.companion_of == item.id}
    offered = [
        (category.code, category.label(language), companions.get(f"{item.id}__{category.code}"))
        for category in item.categories
    ]
    offered += [
        (missing.value, say(missing.value, language), None)
        for missing, allowed in (
            (Missing.DONT_KNOW, item.dont_know),
            (Missing.REFUSED, item.refusal),
        )
        if allowed
    ]
    return [
        Box(KEYS[place] if place < len(KEYS) else "", raw, label, specify)
        for place, (raw, label, specify) in enumerate(offered)
    ]


def numbered(instrument: Instrument) -> Mapping[str, int]:
    """The number that each question is printed with; the words for "Andet" stand in a question."""
    main = [item.id for item in instrument if item.companion_of is None]
    return {item_id: place for place, item_id in enumerate(main, start=1)}


def sheets(
    admission: Admission,
    code: str,
    language: str,
    made: datetime,
    deployment: Deployment,
    *,
    count: int = 1,
    place: str = "",
) -> bytes:
    """A PDF of `count` sheets behind an open link, each beginning on a leaf of its own.

    `place` says where to hand them in; without it the text says the box in the reception.
    """
    instrument = admission.instrument
    address = f"{deployment.public_url}/s/{code}"
    content = {
        "language": language,
        "direction": direction(language),
        "title": instrument.title(language),
        "municipality": deployment.municipality,
        "purpose": instrument.purpose(language),
        "introduction": _introduction(admission, language, deployment),
        "notes": [
            {"language": spoken, "words": words}
            for spoken, words in introduction.draft_note(language)
        ],
        "manner": [say("paper_cross", language), say("paper_mistake", language)],
        "web": {
            "svg": qr_code(address),
            "alternative": say("paper_qr", language, address=address),
            "invitation": say(
                "paper_web", language, address=_as_it_is(bare(deployment.public_url), language)
            ),
            "code": keys.spelled(code),
        },
        "sections": _sections(instrument, language),
        "ending": {
            "title": say("paper_end", language),
            "sentences": [
                say("paper_place", language, place=_as_it_is(place, language))
                if place
                else say("paper_reception", language),
                say("paper_typed", language),
                instrument.next_step(language),
            ],
        },
        "page": say("paper_page", language, page="⟨page⟩", pages="⟨pages⟩"),
        "sheets": [
            _sheet(admission.wave_id, number, language, deployment)
            for number in (new_number() for _ in range(count))
        ],
    }
    return typeset.pdf("paper", content, made)


def _as_it_is(sign: str, language: str) -> str:
    """A number or an address in its own direction: between Arabic words its groups would swap."""
    return f"\u2066{sign}\u2069" if direction(language) == "rtl" else sign


def qr_code(address: str) -> str:
    """A QR code as an SVG picture, with the quiet zone that scanners need."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, light="#fff"
    )
    return drawn.getvalue().decode()


def bare(url: str) -> str:
    """An address as people type it."""
    return url.split("://", 1)[-1]


def rule(instrument: Instrument, item: Item, language: str) -> str | None:
    """When a question is to be answered, in words: Svar kun, hvis du svarede „Nej“ i spørgsmål 3.

    None for a question that everybody answers.
    """
    if item.relevance is None or item.companion_of is not None:
        return None
    alternatives = [
        _joined("paper_and", [_condition(instrument, one, language) for one in tests], language)
        for tests in item.relevance.alternatives
    ]
    # Commas tell where each alternative begins, once one of them has several parts
    several = any(len(tests) > 1 for tests in item.relevance.alternatives)
    joint = "paper_or_if" if several else "paper_or"
    return say("paper_only_if", language, rule=_joined(joint, alternatives, language))


def _condition(instrument: Instrument, condition: Condition, language: str) -> str:
    item = instrument[condition.item]
    number = numbered(instrument)[item.companion_of or item.id]
    if condition.comparison is Comparison.ANSWERED:
        return say("paper_if_answered", language, n=number)
    if isinstance(item.domain, Number):
        least = condition.comparison is Comparison.AT_LEAST
        limit = item.domain.describe(Decimal(condition.operands[0]), language)
        code = "paper_if_at_least" if least else "paper_if_at_most"
        return say(code, language, number=limit, n=number)
    labels = [
        say("paper_quoted", language, answer=category.label(language))
        for category in item.categories
        if condition.holds({item.id: _as_answer(item, category.code)})
    ]
    return say("paper_if_chosen", language, answers=_joined("paper_or", labels, language), n=number)


def _as_answer(item: Item, code: str) -> int | str | tuple[str, ...]:
    match item.domain:
        case Scale():
            return int(code)
        case MultiCode():
            return (code,)
        case _:
            return code


def _joined(code: str, parts: Sequence[str], language: str) -> str:
    whole = parts[0]
    for part in parts[1:]:
        whole = say(code, language, first=whole, second=part)
    return whole


def _introduction(admission: Admission, language: str, deployment: Deployment) -> list[str]:
    instrument = admission.instrument
    return [
        say("intro_who", language, municipality=deployment.municipality),
        say("intro_minutes", language, n=instrument.minutes),
        say("intro_voluntary", language),
        say(_CONFIDED[admission.anonymity], language),
        *(say(code, language) for code in introduction.assurances(instrument)),
        say("intro_do_not_write", language),
        *(
            [say("chat_phone", language, phone=_as_it_is(deployment.help_phone, language))]
            if deployment.help_phone
            else []
        ),
    ]


def _sections(instrument: Instrument, language: str) -> list[dict[str, object]]:
    several = len(instrument.sections) > 1
    numbers = numbered(instrument)
    return [
        {
            "title": section.title(language) if several else None,
            "items": [
                _item(instrument, item, numbers[item.id], language, level=3 if several else 2)
                for item in section.items
                if item.companion_of is None
            ],
        }
        for section in instrument.sections
    ]


def _item(
    instrument: Instrument, item: Item, number: int, language: str, *, level: int
) -> dict[str, object]:
    return {
        "number": number,
        "level": level,
        "text": item.text(language),
        "original": item.text.source if is_draft(language) else None,
        "help": item.help(language) if item.help else None,
        "rule": rule(instrument, item, language),
        "hint": _hint(item, language),
        "options": [
            {
                "key": box.key,
                "label": box.label,
                "specify": box.specify.text(language) if box.specify else None,
            }
            for box in boxes(instrument, item, language)
        ],
        "lines": _lines(item),
    }


def _hint(item: Item, language: str) -> str | None:
    match item.domain:
        case MultiCode():
            return say("paper_several", language)
        case Number(minimum=minimum, maximum=maximum):
            return say("out_of_range", language, minimum=str(minimum), maximum=str(maximum))
        case Date():
            return say("date_example", language)
        case _:
            return None


def _lines(item: Item) -> int:
    if not isinstance(item.domain, Text):
        return 0 if item.categories else 1
    maximum = item.domain.maximum
    return next((lines for most, lines in _LINES if maximum <= most), _MOST_LINES)


def _sheet(wave_id: int, number: str, language: str, deployment: Deployment) -> dict[str, str]:
    receipt = keys.receipt(deployment.secret_key, ballot(wave_id, number))
    return {
        "label": say("paper_sheet", language, number=_as_it_is(spelled(number), language)),
        "receipt": say("paper_receipt", language, receipt=_as_it_is(receipt, language)),
    }
