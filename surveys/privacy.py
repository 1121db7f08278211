"""Masking of CPR numbers, phones, e-mail and street addresses and staff, before text is stored."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from surveys import staff_names

Kind = Literal["cpr", "phone", "email", "address", "name"]

MASKS: dict[Kind, str] = {
    "cpr": "[cpr]",
    "phone": "[telefon]",
    "email": "[e-mail]",
    "address": "[adresse]",
    "name": "[navn]",
}


@dataclass(frozen=True, slots=True)
class Removed:
    """One masked stretch: what it was taken for, and where it stood in the input (code points)."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text that is safe to store, and what was taken out of it, in order, without overlaps."""

    text: str
    removed: tuple[Removed, ...]


def redact(text: str) -> Redacted:
    """Mask personal numbers, addresses, and the names of the staff where a list of them is kept.

    A CPR number is ten digits that begin with a plausible date, in any spelling, with or without a
    valid check digit: recall before precision. Everything outside the masks is left as it was, and
    a redacted text has nothing more to remove. Time grows linearly with the text.
    """
    folded = _Folded(text)
    removed = tuple(
        Removed(kind, folded.origin(start), folded.origin(end - 1) + 1)
        for kind, start, end in sorted(_find(folded.text), key=lambda span: span[1])
    )
    pieces: list[str] = []
    position = 0
    for span in removed:
        pieces += text[position : span.start], MASKS[span.kind]
        position = span.end
    return Redacted("".join(pieces) + text[position:], removed)


class _Alphabet(dict[int, int]):
    """Plain digits, spaces, dashes and slashes for their many relatives; one character for one."""

    def __missing__(self, code: int) -> int:
        self[code] = plain = ord(_plain(chr(code)))
        return plain


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character in "\u2212\u02d7\u2043":
        return "-"
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if character in "\u2044\u2215\u29f8":
        return "/"
    if character in "\u066b\u00b7\u2022\u2219\u2027\u3002":
        return "."
    if category == "No":
        return character
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) == 1 and compatible.isascii() else character


class _Folded:
    """A text in the plain alphabet without invisible characters, and the way back to the input."""

    _ALPHABET = _Alphabet()
    # Format and control characters, variation selectors and key caps: nobody sees them in a number.
    _INVISIBLE = re.compile(
        "[\\x00-\\x08\\x0e-\\x1f\\x7f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f"
        "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u20e3\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb"
        "\\U000e0000-\\U000e0fff]+"
    )

    def __init__(self, text: str) -> None:
        self._places: list[int] | None = None
        if self._INVISIBLE.search(text):
            invisible = [range(*match.span()) for match in self._INVISIBLE.finditer(text)]
            gone = {place for places in invisible for place in places}
            self._places = [place for place in range(len(text)) if place not in gone]
            text = self._INVISIBLE.sub("", text)
        self.text = text.translate(self._ALPHABET)

    def origin(self, place: int) -> int:
        return place if self._places is None else self._places[place]


_Span = tuple[Kind, int, int]

_USED = "\x00"  # never in a folded text


_TRACE = re.compile(r"[\d@(\[{<]|snabel", re.IGNORECASE)


def _find(text: str) -> Iterator[_Span]:
    """What must go, kind by kind; a character belongs to the first kind that claims it."""
    # All but names have a digit in them, or the sign of an e-mail address however it is spelled
    traced = (_emails, _foreign_phones, _cprs, _danish_phones, _addresses)
    for search in (*traced, _staff) if _TRACE.search(text) else (_staff,):
        spans = list(search(text))
        yield from spans
        text = _without(text, [(start, end) for _, start, end in spans])


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += text[position:start], _USED * (end - start)
        position = end
    return "".join(pieces) + text[position:]


# --- e-mail ------------------------------------------------------------------------------------

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_EMAIL = re.compile(
    rf"(?<!{_LOCAL}){_LOCAL}++"
    r"(?:[ ]?@[ ]?|[ ]?[(\[{<][ ]?(?:at|a|@|snabel[ -]?a)[ ]?[)\]}>][ ]?|[ ]snabel[ -]?a[ ])"
    r"\w(?:\w|(?:-|\.|[ ]?[(\[{](?:dot|punktum|\.)[)\]}][ ]?|[ ](?:dot|punktum)[ ])(?=\w))*+",
    re.IGNORECASE,
)
_AT = re.compile(r"@|snabel|[(\[{<]", re.IGNORECASE)
_TOP_DOMAIN = re.compile(r"(?:\.|dot|punktum)[ )\]}]{0,2}[^\W\d_]{2}", re.IGNORECASE)


def _emails(text: str) -> Iterator[_Span]:
    for match in _EMAIL.finditer(text):
        at = _AT.search(match[0])
        if at and _TOP_DOMAIN.search(match[0], at.end()):
            yield "email", *match.span()


# --- runs of digits ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Digits:
    """Consecutive groups of digits with what stands between them."""

    groups: tuple[str, ...]
    gaps: tuple[str, ...]
    start: int
    end: int

    @property
    def joined(self) -> str:
        return "".join(self.groups)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.groups))

    def gap_at(self, offset: int) -> str | None:
        """What stands after so many digits; None inside a group."""
        for group, gap in zip(self.groups, self.gaps, strict=False):
            offset -= len(group)
            if offset <= 0:
                return gap if offset == 0 else None
        return None


_GROUP = re.compile(r"\d+")
_INSIDE = re.compile(r"[ \t\r\n./\\_'-]{0,6}")


class _Groups:
    """All groups of digits in a text; windows of them are candidates for a number."""

    def __init__(self, text: str, gap: re.Pattern[str]) -> None:
        self.text = text
        self._gap = gap
        self.matches = list(_GROUP.finditer(text))

    def windows(self, first: int, lengths: range) -> list[tuple[int, _Digits]]:
        """Every window from group `first` with a total in `lengths`, longest first, and its end."""
        found: list[tuple[int, _Digits]] = []
        groups: list[str] = []
        gaps: list[str] = []
        total = 0
        for place in range(first, min(first + lengths.stop, len(self.matches))):
            match = self.matches[place]
            total += match.end() - match.start()
            if total >= lengths.stop:
                break
            if groups:
                before = self.matches[place - 1].end()
                if match.start() - before > 8:
                    break
                gap = self.text[before : match.start()]
                if not self._gap.fullmatch(gap):
                    break
                gaps.append(gap)
            groups.append(match[0])
            if total in lengths:
                start = self.matches[first].start()
                found.append(
                    (place + 1, _Digits(tuple(groups), tuple(gaps), start, match.end())),
                )
        return found[::-1]


# --- CPR ---------------------------------------------------------------------------------------

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATE = rf"(?<!\d){_DAY}[./-][ ]?{_MONTH}[./ -][ ]?(?:19|20)\d\d(?!\d)"
_ANY_DATE = rf"{_DAY}[./-]{_MONTH}[./-]\d\d(?:\d\d)?(?!\d)"
_CLOCK = r"(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?(?!\d)"
_HARMLESS = re.compile(
    # a date with a full year, unless four more digits make it a CPR number with a full year
    rf"{_DATE}(?![ ]?[-/ ]?[ ]?\d{{4}}(?!\d))"
    r"|(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
    # a stretch of dates or of hours
    rf"|(?<!\d){_ANY_DATE}[ ]?-[ ]?{_ANY_DATE}"
    # an amount
    r"|(?<!\d)\d{1,3}(?:\.\d{3}){1,4}(?=,\d\d(?!\d)|,-|[ ]?(?:kr|kroner|dkk|mio|mia|eur)\b)"
    rf"|\bkl(?:okken|\.)?[ ]{{0,2}}{_CLOCK}(?:[ ]?(?:-|til|og|,)[ ]?{_CLOCK}){{0,3}}",
    re.IGNORECASE,
)
_AROUND_DASH = re.compile(r"[ \t\r\n./\\_'\",:;()|*=+~-]{0,8}")
_QUANTITY = re.compile(
    r"[ ]{0,2}(?:kr\b|kroner\b|dkk\b|,-|%|pct\b|procent|mio\b|mia\b|€|eur|stk\b|km\b|m2|m²|timer\b"
    r"|dage\b|uger\b|år\b|borgere\b|personer\b|mennesker\b|virksomheder\b)",
    re.IGNORECASE,
)
_SINGLE_DIGIT_DAY = re.compile(
    r"(?<!\d)(?<!\d[./-])(?:(\d)([./-])(\d\d?)\2(\d\d)|(\d\d)([./-])(\d)\6(\d\d)|(\d)(\d\d)(\d\d))"
    r"[ ]?-[ ]?\d{4}(?!\d)"
)


def _plausible(day: str, month: str) -> bool:
    """Whether a person can be born on that day; 60 more than the day is an erstatnings-CPR."""
    number, place = int(day), int(month)
    return 1 <= place <= 12 and 1 <= (number - 60 if number > 60 else number) <= _DAYS[place - 1]


def _is_cpr(number: _Digits, text: str) -> bool:
    digits = number.joined
    if not _plausible(digits[:2], digits[2:4]):
        return False
    born = len(digits) - 4
    if born == 8 and not 1858 <= int(digits[4:8]) <= 2057:
        return False
    gap = number.gap_at(born)
    inside = sum(1 for between in number.gaps if not _INSIDE.fullmatch(between))
    if inside > (1 if gap is not None and not _INSIDE.fullmatch(gap) else 0):
        return False
    return gap is None or "-" in gap or not gap or not _QUANTITY.match(text, number.end)


def _cprs(text: str) -> Iterator[_Span]:
    text = _without(text, [match.span() for match in _HARMLESS.finditer(text)])
    spans: list[tuple[int, int]] = []
    groups = _Groups(text, _AROUND_DASH)
    first = 0
    while first < len(groups.matches):
        for after, number in groups.windows(first, range(10, 13)):
            if len(number.joined) != 11 and _is_cpr(number, text):
                spans.append((number.start, number.end))
                first = after - 1
                break
        first += 1
    for match in _SINGLE_DIGIT_DAY.finditer(_without(text, spans)):
        parts = [part for part in match.groups() if part is not None and part.isdigit()]
        if _plausible(parts[0], parts[1]) and not _IDENTIFIER.search(_before(text, match.start())):
            spans.append(match.span())
    for start, end in sorted(spans):
        yield "cpr", start, end


# --- phones ------------------------------------------------------------------------------------

_PHONE_GAP = re.compile(r"[ \t\r\n./()-]{0,4}")
_SAME_GAP = re.compile(r"[ \t\r\n]{1,2}|\.|[ ]?-[ ]?|/")
_CUE = re.compile(
    r"\b(?:tlf|telefon|telefonnr|tel|mobil|mob|ring|sms|phone|mobile|call|kontakt|тел|телефон|هاتف"
    r"|جوال|تلفن|موبایل)\w{0,8}[^\d\x00\[\]]{0,20}$",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(
    r"(?:sags?|journal|jnr|j\.[ ]?nr|cvr|ean|faktura|ordre|konto|kunde|medlems?|reference|ref|kle"
    r"|lov|bekendtgørelse|produktionsenhed)(?:[ -]?(?:nr|nummer|id|no)?)[ .:#-]{0,4}$"
    # glued to a letter or to other digits: a part of something else
    r"|[^\W\d_]$|\d[./-]$",
    re.IGNORECASE,
)
_CUE_GLUED = re.compile(r"(?:tlf|tel|telefon|mobil|mob|nr|sms)$", re.IGNORECASE)
_COMPACT_DATE = re.compile(
    r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_USUAL = {(8,), (2, 2, 2, 2), (4, 4), (2, 2, 4), (4, 2, 2), (2, 3, 3)}


def _before(text: str, place: int) -> str:
    return text[max(0, place - 32) : place]


def _foreign_phones(text: str) -> Iterator[_Span]:
    """Numbers with + or 00 and a country code."""
    groups = _Groups(text, _PHONE_GAP)
    done = 0
    for first, match in enumerate(groups.matches):
        before = _before(text, match.start())
        plus = re.search(r"\+[ (]?$", before)
        if match.start() < done or not (
            plus or (match[0].startswith("00") and not re.search(r"[.:,\w]$", before))
        ):
            continue
        prefix = 0 if plus else 2
        candidates = groups.windows(first, range(8 + prefix, 17))
        number = next((n for _, n in candidates if _dialled(n.joined[prefix:], strict=True)), None)
        if number is None and plus:
            number = next(
                (n for _, n in candidates if _dialled(n.joined, strict=False)),
                None,
            )
        if number is not None and not _QUANTITY.match(text, number.end):
            done = number.end
            yield "phone", match.start() - (len(plus[0]) if plus else 0), number.end


def _dialled(digits: str, *, strict: bool) -> bool:
    if digits.startswith("0"):
        return False
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    if strict:
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_possible_number(number)


def _danish_phones(text: str) -> Iterator[_Span]:
    text = _without(text, [match.span() for match in _HARMLESS.finditer(text)])
    groups = _Groups(text, _PHONE_GAP)
    first = 0
    while first < len(groups.matches):
        for after, number in groups.windows(first, range(8, 11)):
            if _is_danish_phone(number, text):
                yield "phone", number.start, number.end
                first = after - 1
                break
        first += 1


def _is_danish_phone(number: _Digits, text: str) -> bool:
    digits, shape = number.joined, number.shape
    if len(digits) == 10 and digits.startswith("45"):
        digits, shape = digits[2:], shape[1:] if shape[0] == 2 else (shape[0] - 2, *shape[1:])
    if len(digits) != 8 or digits[0] in "01" or _QUANTITY.match(text, number.end):
        return False
    if shape == (4, 4) and all(group[:2] in ("19", "20") for group in number.groups[-2:]):
        return False
    before = _before(text, number.start)
    if _CUE.search(before) or _CUE_GLUED.search(before):
        return True
    return (
        shape in _USUAL
        and len({_SAME_GAP.fullmatch(gap) and gap.strip() for gap in number.gaps}) <= 1
        and all(_SAME_GAP.fullmatch(gap) for gap in number.gaps)
        and not (shape == (2, 3, 3) and (digits.endswith("000") or number.gaps[0].strip()))
        and not _COMPACT_DATE.fullmatch(digits)
        and not _IDENTIFIER.search(before)
    )


# --- addresses ---------------------------------------------------------------------------------

_ADDRESS = re.compile(
    r"\b(?:(?:Store|Lille|Gammel|Gl\.|Ny|Nørre|Sønder|Øster|Vester|Sankt|Skt\.)[ ])?"
    r"(?!(?:Motor|Hoved|Lande|Om|Ud|Gang|Cykel|Stats|Arbejds|Studie|Karriere|Und)vej)"
    r"[A-ZÆØÅÉ][\wéü-]{2,30}(?:(?<=vej)|(?<=gade)|(?<=allé)|(?<=alle)|(?<=stræde)|(?<=vænget))"
    r"[ ]\d{1,3}(?:[ ]?[A-Za-z](?!\w))?(?![\d.:]*\d)"
    r"(?:,?[ ]\d{1,2}\.?[ ]?(?:sal\.?[ ]?)?(?:tv|th|mf)\b\.?|,?[ ]st\.?[ ]?(?:tv|th|mf)\b\.?)?"
)


def _addresses(text: str) -> Iterator[_Span]:
    """A capitalised street name with its number. Towns stay: they point at nobody."""
    for match in _ADDRESS.finditer(text):
        if not _QUANTITY.match(text, match.end()):
            yield "address", *match.span()


def _staff(text: str) -> Iterator[_Span]:
    for start, end in staff_names.found(text):
        yield "name", start, end
