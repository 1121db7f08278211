"""The companies that a wave asks: added by hand or from a file, all of it or nothing.

A company is a member of the wave's sampling frame whose reference is its CVR number, and goes with
the frame. So few companies are asked that their answers are never called anonymous.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from stdnum.dk import cvr as register_number

from surveys import frame, invitations, keys, privacy, respite, spreadsheet
from surveys.company_tables import CompanyRow
from surveys.errors import AnonymousWave, Problem, UnusableCell, UnusableRows
from surveys.fieldwork_tables import ContactRow, FrameMemberRow
from surveys.frame import Member
from surveys.spreadsheet import Row, Table
from surveys.tables import WaveRow

LONGEST: Final[Mapping[str, int]] = {"name": 120, "contact": 120, "note": 1000}

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "cvr": ("cvr", "cvrnummer", "cvrnr", "senummer"),
    "name": ("virksomhed", "virksomhedsnavn", "navn", "firma", "company", "name"),
    "contact": ("kontaktperson", "kontakt", "att", "contact"),
    "phone": frame.FIELDS["phone"],
    "email": frame.FIELDS["email"],
    "language": frame.FIELDS["language"],
    "best_time": ("bedste tid", "ringetid", "træffes", "tid", "best time"),
    "note": ("note", "noter", "bemærkning", "bemærkninger"),
}
"""What a list can hold of each company. The CVR number, the name and the telephone must be."""

Value = TypeVar("Value")

_TIMES_OF_DAY: Final = {
    "morgen": (time(8), time(10)),
    "formiddag": (time(9), time(12)),
    "eftermiddag": (time(12), time(16)),
}
_SPAN: Final = re.compile(
    r"(?:kl\.? ?)?(\d{1,2})(?:[.:](\d{2}))? ?(?:-|–|til) ?(?:kl\.? ?)?(\d{1,2})(?:[.:](\d{2}))?"
)


@dataclass(frozen=True, slots=True)
class Company:
    """A company to ask. `best_time` is when its contact is best reached, in Copenhagen."""

    cvr: str
    name: str
    contact: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str = "da"
    best_time: tuple[time, time] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read as companies, or all that is wrong with it. Never both are usable."""

    mapping: Mapping[str, int]
    companies: tuple[Company, ...]
    problems: tuple[Problem, ...]


def as_cvr(text: str) -> str:
    """A CVR number as eight digits, with a right check digit. Raises UnusableCell."""
    number = register_number.compact(text)
    if not register_number.is_valid(number):
        raise UnusableCell("bad_cvr")
    return number


def as_best_time(text: str) -> tuple[time, time]:
    """A time of day: 9-11, 9.30-11.00, kl. 9 til 11, formiddag. Raises UnusableCell."""
    plain = " ".join(text.casefold().split())
    if plain in _TIMES_OF_DAY:
        return _TIMES_OF_DAY[plain]
    span = _SPAN.fullmatch(plain)
    try:
        if span:
            begins, ends = (
                time(int(hour), int(minute or 0))
                for hour, minute in ((span[1], span[2]), (span[3], span[4]))
            )
            if begins < ends:
                return begins, ends
    except ValueError:
        pass
    raise UnusableCell("bad_time")


def mapping_of(table: Table) -> dict[str, int]:
    """Which column holds which field, as far as the headings tell."""
    return spreadsheet.guess(table.headings, FIELDS)


def read(
    table: Table,
    mapping: Mapping[str, int],
    known: Iterable[str] = (),
    resting: Callable[[Sequence[Company]], Mapping[str, str]] = lambda _: {},
) -> Reading:
    """Read the rows of a table as companies. `known` are CVR numbers that the wave has already.

    `resting` says which companies are not to be asked now, as the function of that name does.
    """
    problems = [*table.problems, *spreadsheet.cpr_numbers(table)]
    if "cvr" not in mapping:
        problems.insert(0, Problem("no_cvr_column", 1))
        return Reading(mapping, (), tuple(problems))
    found: list[Company] = []
    first: dict[str, int] = {}
    taken = set(known)
    for row in table.rows:
        texts, wrong = _texts(row, table, mapping)
        company, refused = checked(texts)
        wrong = {**refused, **wrong}
        if company is not None and not wrong:
            if company.cvr in taken:
                wrong["cvr"] = "known_company"
            elif company.cvr in first:
                wrong["cvr"] = "company_twice"
            else:
                found.append(company)
            first.setdefault(company.cvr, row.number)
        for field, code in wrong.items():
            heading = table.headings[mapping[field]] if field in mapping else ""
            again = str(first.get(texts.get("cvr", ""), "")) if code == "company_twice" else ""
            problems.append(Problem(code, row.number, heading, again))
    heading = table.headings[mapping["cvr"]]
    problems += [Problem(code, first[cvr], heading) for cvr, code in resting(found).items()]
    problems.sort(key=lambda problem: (problem.row or 0, problem.column))
    return Reading(mapping, () if problems else tuple(found), tuple(problems))


def checked(
    texts: Mapping[str, str], *, by_phone: bool = True
) -> tuple[Company | None, Mapping[str, str]]:
    """A company as it was typed in, or the code of what is wrong with each field.

    One that is not asked `by_phone` may have an e-mail address instead of a number.
    """
    wrong: dict[str, str] = {}

    def field(name: str, parse: Callable[[str], Value], missing: str = "") -> Value | None:
        text = texts.get(name, "").strip()
        if not text:
            if missing:
                wrong[name] = missing
            return None
        try:
            return parse(text)
        except UnusableCell as refusal:
            wrong[name] = refusal.code
            return None

    needs_phone = by_phone or not texts.get("email", "").strip()
    number = field("cvr", as_cvr, "bad_cvr")
    name = field("name", lambda text: _short(text, "name"), "missing_name")
    company = Company(
        cvr=number or "",
        name=name or "",
        contact=field("contact", lambda text: _short(text, "contact")),
        phone=field("phone", frame.as_phone, "missing_phone" if needs_phone else ""),
        email=field("email", frame.as_email),
        language=field("language", frame.as_language) or "da",
        best_time=field("best_time", as_best_time),
        note=field("note", lambda text: _short(text, "note")),
    )
    return (None if wrong else company), wrong


def resting(
    session: Session, wave_id: int, companies: Iterable[Company], secret: str, now: datetime
) -> Mapping[str, str]:
    """The code of why some of these companies are not to be asked now, by CVR number.

    They were asked in a survey not long ago, or want no more of them.
    """
    people = {one.cvr: respite.person(secret, one.cvr, one.email, one.phone) for one in companies}
    found = respite.left_alone(session, wave_id, people, now)
    return {cvr: _RESTING[reason] for cvr, reason in found.items()}


_RESTING: Final = {
    respite.Reason.RECENT: "known_lately",
    respite.Reason.OPTED_OUT: "known_refusal",
}


def take(
    session: Session,
    wave_id: int,
    companies: Sequence[Company],
    secret: str,
    now: datetime,
    *,
    by_phone: bool = True,
) -> Sequence[str]:
    """Take companies into a wave and invite them. Gives their ids, in their order.

    Those that are not asked `by_phone` first are written to where they have an e-mail address.
    Raises AnonymousWave where the wave promises what companies cannot be promised, FrameOrLink,
    WaveClosed, and UnusableRows for companies that are in the wave already or not to be asked now.
    """
    if session.get_one(WaveRow, wave_id).anonymity == "anonymous":
        raise AnonymousWave
    taken = {company.cvr for company in companies} & set(frame.references(session, wave_id))
    left_alone = resting(session, wave_id, companies, secret, now)
    wrong = [Problem("known_company") for _ in taken]
    wrong += [Problem(code) for cvr, code in left_alone.items() if cvr not in taken]
    if wrong:
        raise UnusableRows(wrong)
    members = tuple(
        Member(
            one.cvr,
            channel="phone" if one.phone and (by_phone or not one.email) else "email",
            language=one.language,
            email=one.email,
            phone=one.phone,
        )
        for one in companies
    )
    frame.take(session, wave_id, frame.Reading({}, members, ()))
    found = session.execute(
        select(FrameMemberRow.reference, FrameMemberRow.id).where(FrameMemberRow.wave_id == wave_id)
    )
    ids = {reference: member_id for reference, member_id in found}  # noqa: C416  a Result is no mapping
    session.execute(
        insert(CompanyRow),
        [
            {
                "member_id": ids[one.cvr],
                "name": one.name,
                "contact": one.contact,
                "best_from": one.best_time and one.best_time[0],
                "best_to": one.best_time and one.best_time[1],
                "note": one.note,
            }
            for one in sorted(companies, key=lambda one: ids[one.cvr])
        ],
    )
    invitations.invite(session, wave_id, secret, now)
    return [ids[one.cvr] for one in companies]


def change(session: Session, member_id: str, company: Company) -> None:
    """Correct what is known of a company; its CVR number stays."""
    row = session.get_one(CompanyRow, member_id)
    row.name, row.contact, row.note = company.name, company.contact, company.note
    row.best_from, row.best_to = company.best_time or (None, None)
    member = session.get_one(FrameMemberRow, member_id)
    member.language = company.language
    session.merge(ContactRow(member_id=member_id, email=company.email, phone=company.phone))
    session.flush()


def token(secret: str, member_id: str) -> str:
    """What opens a company's own invitation."""
    return keys.invitation(secret, member_id).token


def _texts(
    row: Row, table: Table, mapping: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, str]]:
    texts: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, place in mapping.items():
        try:
            texts[field] = spreadsheet.as_text(row.cells[place])
        except UnusableCell as refusal:
            wrong[field] = refusal.code
    return texts, wrong


def _short(text: str, field: str) -> str:
    if len(text) > LONGEST[field]:
        raise UnusableCell("text_too_long")
    if any(removed.kind == "cpr" for removed in privacy.redact(text).removed):
        raise UnusableCell("cpr")
    return text
