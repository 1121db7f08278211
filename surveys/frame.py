"""The sampling frame of a wave: whom the municipality asks, read from its own list.

A frame is taken in whole or not at all. It holds the municipality's own reference and never a CPR
number: a file with one is refused.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from surveys import keys, spreadsheet
from surveys.errors import FrameOrLink, Problem, UnusableCell, UnusableRows
from surveys.fieldwork_tables import ContactRow, FrameMemberRow, UploadRow
from surveys.spreadsheet import Row, Table
from surveys.tables import LinkRow
from surveys.wording import LANGUAGE_NAMES

LONGEST: Final = 60
_AT_A_TIME: Final = 500

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "reference": (
        "reference", "nummer", "nr", "sagsnummer", "sagsnr", "borgernummer", "løbenummer", "id",
        "virksomhedsnummer",
    ),
    "unit": ("unit", "enhed", "afdeling"),
    "team": ("team", "gruppe"),
    "course": ("course", "kursus", "forløb", "kursushold", "hold"),
    "caseworker": ("caseworker", "sagsbehandlernøgle"),
    "channel": ("channel", "kanal", "kontaktform"),
    "language": ("language", "sprog"),
    "email": ("email", "e-mail", "mail", "mailadresse", "e-mailadresse"),
    "phone": ("phone", "telefon", "telefonnummer", "mobil", "mobilnummer", "tlf"),
}  # fmt: skip
"""What a frame can hold of each person, and what headings call it. Only the reference must be."""

_CHANNELS: Final[Mapping[str, Sequence[str]]] = {
    "email": ("email", "e-mail", "mail"),
    "sms": ("sms", "mobil", "besked"),
    "digital_post": ("digital_post", "digital post", "e-boks", "eboks"),
    "letter": ("letter", "brev", "post", "papir"),
    "phone": ("phone", "telefon", "opkald"),
    "card": ("card", "kort", "ingen", "personligt"),
}
_LANGUAGES: Final[Mapping[str, Sequence[str]]] = {
    "da": ("dansk", "danish"),
    "en": ("engelsk", "english"),
    "uk": ("ukrainsk", "ukrainian"),
    "ar": ("arabisk", "arabic"),
    "pl": ("polsk", "polish"),
    "ro": ("rumænsk", "romanian"),
    "tr": ("tyrkisk", "turkish"),
    "de": ("tysk", "german"),
    "fa": ("persisk", "farsi", "dari", "persian"),
    "so": ("somali", "somalisk"),
    "ti": ("tigrinya", "tigrinsk"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One person or company to ask, with where it is reached."""

    reference: str
    unit: str | None = None
    team: str | None = None
    course: str | None = None
    channel: str = "card"
    language: str = "da"
    email: str | None = None
    phone: str | None = None
    caseworker: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read as a frame: its people, or all that is wrong with it. Never both are usable.

    `mapping` says which column holds which field.
    """

    mapping: Mapping[str, int]
    members: tuple[Member, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, and what it was called."""

    name: str
    content: bytes


def mapping_of(table: Table) -> dict[str, int]:
    """Which column holds which field, as far as the headings tell."""
    return spreadsheet.guess(table.headings, FIELDS)


def read(
    table: Table, mapping: Mapping[str, int], known: Iterable[str] = (), country: str = "DK"
) -> Reading:
    """Read the rows of a table as people to ask. `known` are references that the wave has already.

    A channel is the file's own, or the first that the row gives an address for, or a card in the
    hand. Telephone numbers without a country's prefix are Danish.
    """
    problems = [*table.problems, *spreadsheet.cpr_numbers(table)]
    if "reference" not in mapping:
        problems.insert(0, Problem("no_reference_column", 1))
        return Reading(mapping, (), tuple(problems))
    if any(problem.code == "cpr" for problem in problems):
        return Reading(mapping, (), tuple(problems))
    members, wrong = people(table, mapping, country)
    problems += wrong
    taken = dict.fromkeys(known)
    first: dict[str, int] = {}
    for row, member in zip(table.rows, members, strict=True):
        if member is None:
            continue
        heading = table.headings[mapping["reference"]]
        if member.reference in taken:
            problems.append(Problem("known_reference", row.number, heading))
        elif member.reference in first:
            again = str(first[member.reference])
            problems.append(Problem("reference_twice", row.number, heading, again))
        first.setdefault(member.reference, row.number)
    problems.sort(key=lambda problem: (problem.row or 0, problem.column))
    found = tuple(member for member in members if member is not None)
    return Reading(mapping, () if problems else found, tuple(problems))


def people(
    table: Table, mapping: Mapping[str, int], country: str = "DK"
) -> tuple[Sequence[Member | None], Sequence[Problem]]:
    """The person of each row, None where something is wrong with it, and what that is."""
    reader = _Reader(table.headings, mapping, country)
    return [reader.member(row) for row in table.rows], reader.problems


def take(
    session: Session,
    wave_id: int,
    reading: Reading,
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Take the people of a reading into a wave's frame. Gives their number.

    `progress` is told how many more are in. Raises UnusableRows when there is anything wrong with
    the reading, and FrameOrLink when the wave has an open link.
    """
    if reading.problems:
        raise UnusableRows(reading.problems)
    if session.scalar(select(func.count()).where(LinkRow.wave_id == wave_id)):
        raise FrameOrLink
    members = [(secrets.token_hex(16), member) for member in reading.members]
    # Where a row stands says nothing of where it stood in the file, and the other way about
    members.sort(key=lambda pair: pair[0])
    for begin in range(0, len(members), _AT_A_TIME):
        some = members[begin : begin + _AT_A_TIME]
        session.execute(
            insert(FrameMemberRow),
            [
                {
                    "id": member_id,
                    "wave_id": wave_id,
                    "reference": member.reference,
                    "unit": member.unit,
                    "team": member.team,
                    "course": member.course,
                    "caseworker": member.caseworker,
                    "channel": member.channel,
                    "language": member.language,
                }
                for member_id, member in some
            ],
        )
        reached = [
            {"member_id": member_id, "email": member.email, "phone": member.phone}
            for member_id, member in some
            if member.email or member.phone
        ]
        if reached:
            session.execute(insert(ContactRow), reached)
        progress(len(some))
    return len(members)


def keep_upload(session: Session, wave_id: int, name: str, content: bytes, now: datetime) -> str:
    """Keep a file while somebody looks through it. Gives the key to it."""
    key = secrets.token_hex(16)
    row = UploadRow(id=key, wave_id=wave_id, name=name[:120], content=content, uploaded_at=now)
    session.add(row)
    session.flush()
    return key


def upload(session: Session, wave_id: int, key: str) -> Upload | None:
    """A file that waits to be looked through; None when it has been taken in or thrown away."""
    row = session.get(UploadRow, key)
    return None if row is None or row.wave_id != wave_id else Upload(row.name, row.content)


def discard_upload(session: Session, key: str) -> None:
    """Throw a file away that was looked through."""
    session.execute(delete(UploadRow).where(UploadRow.id == key))


def references(session: Session, wave_id: int) -> Sequence[str]:
    """The references in a wave's frame."""
    return session.scalars(
        select(FrameMemberRow.reference).where(FrameMemberRow.wave_id == wave_id)
    ).all()


def sizes(session: Session, wave_id: int) -> Mapping[str, int]:
    """How many people of a wave's frame there are in each team; "" for those without one."""
    rows = session.execute(
        select(FrameMemberRow.team, func.count())
        .where(FrameMemberRow.wave_id == wave_id)
        .group_by(FrameMemberRow.team)
    )
    return Counter({team or "": n for team, n in rows})


def as_email(text: str) -> str:
    """An e-mail address in its normal form. Raises UnusableCell."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise UnusableCell("bad_email") from None


def as_phone(text: str, country: str = "DK") -> str:
    """A telephone number with its country's prefix. Raises UnusableCell."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise UnusableCell("bad_phone") from None
    if not phonenumbers.is_valid_number(number):
        raise UnusableCell("bad_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_language(text: str) -> str:
    """The code of a language by its code or its name. Raises UnusableCell."""
    code = text.casefold()
    return code if code in LANGUAGE_NAMES else named(text, _LANGUAGES, "unknown_language")


class _Reader:
    def __init__(self, headings: Sequence[str], mapping: Mapping[str, int], country: str) -> None:
        self._headings = headings
        self._mapping = mapping
        self._country = country
        self.problems: list[Problem] = []

    def member(self, row: Row) -> Member | None:
        """The person of a row; None where something is wrong with it."""
        before = len(self.problems)
        values = dict(self._values(row))
        if not values.get("reference") and len(self.problems) == before:
            self._refuse(row, "reference", "missing_reference")
        channel = values.pop("channel", "") or (
            "email" if values.get("email") else "sms" if values.get("phone") else "card"
        )
        needed = {"email": "email", "sms": "phone", "phone": "phone"}.get(channel)
        if needed and not values.get(needed) and len(self.problems) == before:
            self._refuse(row, "channel", f"channel_without_{needed}")
        if len(self.problems) > before:
            return None
        language = values.pop("language", "") or "da"
        reference = values.pop("reference")
        kept = {field: value or None for field, value in values.items()}
        return Member(reference, channel=channel, language=language, **kept)

    def _values(self, row: Row) -> Iterator[tuple[str, str]]:
        for field, place in self._mapping.items():
            try:
                text = spreadsheet.as_text(row.cells[place])
                yield field, _PARSE.get(field, _short)(self, text) if text else ""
            except UnusableCell as wrong:
                found = text if wrong.code in {"unknown_channel", "unknown_language"} else ""
                self._refuse(row, field, wrong.code, found)

    def _refuse(self, row: Row, field: str, code: str, found: str = "") -> None:
        place = self._mapping.get(field)
        heading = "" if place is None else self._headings[place]
        self.problems.append(Problem(code, row.number, heading, found[:LONGEST]))

    def _email(self, text: str) -> str:
        return as_email(text)

    def _phone(self, text: str) -> str:
        return as_phone(text, self._country)

    def _caseworker(self, text: str) -> str:
        if not keys.is_caseworker(text):
            raise UnusableCell("bad_caseworker")
        return text

    def _channel(self, text: str) -> str:
        return named(text, _CHANNELS, "unknown_channel")

    def _language(self, text: str) -> str:
        return as_language(text)


def _short(_: _Reader, text: str) -> str:
    if len(text) > LONGEST:
        raise UnusableCell("too_long")
    return text


def named(text: str, names: Mapping[str, Sequence[str]], otherwise: str) -> str:
    """The code that a spelling stands for. Raises UnusableCell with `otherwise`."""
    wanted = text.casefold()
    for code, spellings in names.items():
        if wanted in spellings:
            return code
    raise UnusableCell(otherwise)


_PARSE: Final[Mapping[str, Callable[[_Reader, str], str]]] = {
    "email": _Reader._email,
    "phone": _Reader._phone,
    "caseworker": _Reader._caseworker,
    "channel": _Reader._channel,
    "language": _Reader._language,
}
