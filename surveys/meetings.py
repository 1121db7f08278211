"""Meetings that were held: whoever was there is asked, all of them, so that nobody chooses who.

A meeting comes in by a file or by the API, with its week and never a day or a time. It waits until
there are enough to ask at once: an answer that carries a unit is one of five or more. Then the
person moves to the sampling frame of the month's wave and nothing of who it was stays here.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from surveys import fieldwork, frame, invitations, respite, schedule, spreadsheet
from surveys.database import insert_unless_known
from surveys.errors import Problem, UnusableCell, UnusableRows
from surveys.frame import Member
from surveys.meeting_tables import MeetingRow, MeetingTeamRow
from surveys.schedule import COPENHAGEN, SMALLEST_GROUP
from surveys.spreadsheet import Table
from surveys.tables import SurveyRow, WaveRow

SURVEY: Final = "samtalefeedback"
"""What everybody is asked after a meeting."""

OLDEST_WEEKS: Final = 4
"""A meeting of so many weeks ago is asked about; an older one nobody remembers."""

_DAYS_AFTER: Final = 14
"""How long a month's wave stays open after the month."""

_MONTHS: Final = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
    "november", "december",
)  # fmt: skip

KINDS: Final[Mapping[str, Sequence[str]]] = {
    "in_person": ("in_person", "fysisk", "fremmøde", "personligt", "fysisk møde"),
    "phone": ("phone", "telefon", "telefonisk", "telefonmøde", "opkald"),
    "video": ("video", "videomøde", "online", "virtuelt"),
}
_CARRIED: Final = {"in_person": "Fysisk møde", "phone": "Telefonmøde", "video": "Videomøde"}
"""What an answer carries of the kind: the words that staff use on their cards."""

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    **{name: words for name, words in frame.FIELDS.items() if name not in {"course", "caseworker"}},
    "week": ("week", "uge", "mødeuge", "ugenummer", "dato", "mødedato"),
    "kind": ("kind", "mødetype", "type", "form", "mødeform"),
    "key": ("key", "møde-id", "mødenummer", "hændelse", "hændelsesnøgle", "event"),
}
"""What a file can hold of a meeting. Reference, week and kind must be there."""

REQUIRED: Final = ("reference", "week", "kind")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting with whom it was with. `key` is the event's own, the same when it comes again."""

    key: str
    week: str
    kind: str
    person: Member


@dataclass(frozen=True, slots=True)
class Reading:
    """A table read as meetings: the meetings, or all that is wrong with it."""

    mapping: Mapping[str, int]
    meetings: tuple[Meeting, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of meetings that came in: new ones, known ones, and those of other teams."""

    waiting: int
    known: int
    team_off: int


@dataclass(frozen=True, slots=True)
class TeamTally:
    """A team with the week from which its meetings count, and how many are in each state."""

    team: str
    from_week: str | None
    counts: Mapping[str, int]

    def __getitem__(self, state: str) -> int:
        return self.counts.get(state, 0)


def read(table: Table, mapping: Mapping[str, int], now: datetime) -> Reading:
    """Read the rows of a table as meetings. A day is read as its week and forgotten."""
    problems = [*table.problems, *spreadsheet.cpr_numbers(table)]
    missing = [field for field in REQUIRED if field not in mapping]
    problems += [Problem(f"no_{field}_column", 1) for field in missing]
    if missing or any(problem.code == "cpr" for problem in problems):
        return Reading(mapping, (), tuple(problems))
    known = {field: place for field, place in mapping.items() if field in frame.FIELDS}
    people, wrong = frame.people(table, known)
    problems += wrong
    found: list[Meeting] = []
    for row, person in zip(table.rows, people, strict=True):
        values: dict[str, str] = {}
        for field, parse in _PARSE.items():
            if field not in mapping:
                continue
            try:
                values[field] = parse(row.cells[mapping[field]], now)
            except UnusableCell as refused:
                heading = table.headings[mapping[field]]
                problems.append(Problem(refused.code, row.number, heading))
        if person is None or not values.keys() >= {"week", "kind"}:
            continue
        ours = f"{person.reference}/{values['week']}/{values['kind']}/{person.team or ''}"
        key = values.get("key") or ours
        found.append(Meeting(key, values["week"], values["kind"], person))
    problems.sort(key=lambda problem: (problem.row or 0, problem.column))
    return Reading(mapping, () if problems else tuple(found), tuple(problems))


def take(session: Session, reading: Reading) -> Taken:
    """Take meetings in, each event once. Those of a team that takes no part are only counted.

    Raises UnusableRows when there is anything wrong with them.
    """
    if reading.problems:
        raise UnusableRows(reading.problems)
    teams = dict(session.execute(select(MeetingTeamRow.team, MeetingTeamRow.from_week)).all())
    counts: Counter[str] = Counter()
    for meeting in reading.meetings:
        person = meeting.person
        begins = teams.get(person.team or "")
        asks = begins is not None and meeting.week >= begins
        who = {
            "reference": person.reference,
            "channel": person.channel,
            "language": person.language,
            "email": person.email,
            "phone": person.phone,
        }
        new = insert_unless_known(
            session,
            MeetingRow,
            key_hash=_hash(meeting.key),
            state="waiting" if asks else "team_off",
            week=meeting.week,
            team=person.team,
            unit=person.unit,
            kind=meeting.kind,
            **(who if asks else dict.fromkeys(who)),
        )
        counts["known" if not new else "waiting" if asks else "team_off"] += 1
    session.flush()
    return Taken(counts["waiting"], counts["known"], counts["team_off"])


def switch_on(session: Session, team: str, day: date) -> None:
    """Let a team take part from the week of a day on; "" is those who come without a team."""
    session.merge(MeetingTeamRow(team=team, from_week=_week_of(day)))
    session.flush()


def switch_off(session: Session, team: str) -> None:
    """Let a team take part no more. Whoever waits is still asked."""
    session.execute(delete(MeetingTeamRow).where(MeetingTeamRow.team == team))


def tally(session: Session) -> Sequence[TeamTally]:
    """Every team that takes part or has had a meeting, by name, with how many are in each state."""
    begins = dict(session.execute(select(MeetingTeamRow.team, MeetingTeamRow.from_week)).all())
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        select(MeetingRow.team, MeetingRow.state, func.count()).group_by(
            MeetingRow.team, MeetingRow.state
        )
    )
    for team, state, n in rows:
        counts[team or ""][state] = n
    return [TeamTally(team, begins.get(team), counts[team]) for team in sorted({*begins, *counts})]


def invite_waiting(session: Session, secret: str, now: datetime) -> int:
    """Ask those who wait, where there are enough of them. Gives how many were invited.

    Five of one unit are enough at any time. What is left of a week that is over goes together,
    once there are five in all; their answers carry no unit that fewer share. Whoever is to be left
    in peace is not asked, and nobody is asked about a meeting too long ago.
    """
    rows = session.scalars(
        select(MeetingRow)
        .where(MeetingRow.state == "waiting")
        .order_by(MeetingRow.key_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    oldest = _week_of(_today(now) - timedelta(weeks=OLDEST_WEEKS))
    _settle([row for row in rows if row.week < oldest], "too_late")
    rows = [row for row in rows if row.state == "waiting"]
    rows = _without_those_in_peace(session, rows, secret, now)
    batch = _enough(rows, _week_of(_today(now)))
    if not batch:
        session.flush()
        return 0
    wave_id = _months_wave(session, now)
    members = tuple(_member(row) for row in batch)
    frame.take(session, wave_id, frame.Reading({}, members, ()))
    invited = len(invitations.invite(session, wave_id, secret, now))
    _settle(batch, "invited")
    session.flush()
    return invited


def handouts(session: Session, secret: str, now: datetime) -> Sequence[invitations.Letter]:
    """The letters of those without a channel in the waves of meetings that are open."""
    waves = session.scalars(_waves().where(WaveRow.opens_at <= now, WaveRow.closes_at > now)).all()
    return [
        letter
        for wave in waves
        for letter in invitations.letters(session, wave.id, secret)
        if letter.channel == "card"
    ]


def forget(session: Session, now: datetime) -> int:
    """Forget meetings of more than a year ago, whose numbers nobody asks for. Gives how many."""
    long_ago = _week_of(_today(now) - timedelta(weeks=53))
    gone = session.execute(
        delete(MeetingRow)
        .where(MeetingRow.week < long_ago, MeetingRow.state != "waiting")
        .returning(MeetingRow.key_hash)
    )
    return len(gone.all())


def _enough(rows: Sequence[MeetingRow], this_week: str) -> Sequence[MeetingRow]:
    by_unit: defaultdict[str | None, list[MeetingRow]] = defaultdict(list)
    for row in rows:
        by_unit[row.unit].append(row)
    batch = [row for some in by_unit.values() if len(some) >= SMALLEST_GROUP for row in some]
    rest = [row for row in rows if row not in batch and row.week < this_week]
    # They are a group too: with nobody else they must be five
    return [*batch, *rest] if len(rest) >= SMALLEST_GROUP else batch


def _without_those_in_peace(
    session: Session, rows: Sequence[MeetingRow], secret: str, now: datetime
) -> Sequence[MeetingRow]:
    """Settle whoever was asked before, or twice in this batch; the others in the same order."""
    first: dict[str, MeetingRow] = {}
    for row in rows:
        if (row.reference or "") in first:
            _settle([row], "asked_before")
        first.setdefault(row.reference or "", row)
    people = {
        name: respite.person(secret, name, row.email, row.phone) for name, row in first.items()
    }
    wave = _wave_named(session, _label(now))
    known: set[str] = set()
    in_peace: Mapping[str, respite.Reason] = {}
    if wave is not None:
        known = set(frame.references(session, wave.id))
    in_peace = respite.left_alone(session, wave.id if wave else 0, people, now)
    for name, row in first.items():
        if in_peace.get(name) is respite.Reason.OPTED_OUT:
            _settle([row], "opted_out")
        elif name in in_peace or name in known:
            _settle([row], "asked_before")
    return [row for row in first.values() if row.state == "waiting"]


def _settle(rows: Iterable[MeetingRow], state: str) -> None:
    """Write down what became of meetings, and forget whom they were with."""
    for row in rows:
        row.state = state
        row.reference = row.channel = row.language = row.email = row.phone = None


def _member(row: MeetingRow) -> Member:
    return Member(
        row.reference or "",
        unit=row.unit,
        team=row.team,
        course=_CARRIED[row.kind],
        channel=row.channel or "card",
        language=row.language or "da",
        email=row.email,
        phone=row.phone,
    )


def _months_wave(session: Session, now: datetime) -> int:
    wave = _wave_named(session, _label(now))
    if wave is not None:
        return wave.id
    today = _today(now)
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return fieldwork.open_wave(
        session,
        SURVEY,
        _label(now),
        opens_at=now,
        closes_at=schedule.midnight(next_month + timedelta(days=_DAYS_AFTER)),
    )


def _label(now: datetime) -> str:
    today = _today(now)
    return f"Møder {_MONTHS[today.month - 1]} {today.year}"


def newest_wave(session: Session) -> str | None:
    """The label of the last month's wave that people were asked in; None before the first."""
    waves = session.scalars(_waves()).all()
    return waves[-1].label if waves else None


def _waves() -> Select[WaveRow]:
    return (
        select(WaveRow)
        .join(SurveyRow, SurveyRow.id == WaveRow.survey_id)
        .where(SurveyRow.name == SURVEY, WaveRow.label.startswith("Møder "))
        .order_by(WaveRow.id)
    )


def _wave_named(session: Session, label: str) -> WaveRow | None:
    return session.scalars(_waves().where(WaveRow.label == label)).one_or_none()


def _hash(key: str) -> bytes:
    return hashlib.sha256(f"meeting:{key}".encode()).digest()


def _today(now: datetime) -> date:
    return now.astimezone(COPENHAGEN).date()


def _week_of(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def _week(cell: spreadsheet.Cell, now: datetime) -> str:
    today = _today(now)
    week = _spelled(cell, today)
    if week > _week_of(today):
        raise UnusableCell("week_ahead")
    if week < _week_of(today - timedelta(weeks=OLDEST_WEEKS)):
        raise UnusableCell("week_too_old")
    return week


def _spelled(cell: spreadsheet.Cell, today: date) -> str:
    """2026-W47, 47/2026, uge 47 2026, or a day of it."""
    if not isinstance(cell, str):
        day = spreadsheet.as_day(cell) if isinstance(cell, date) else None
        if day is None:
            raise UnusableCell("bad_week")
        return _week_of(day)
    text = spreadsheet.as_text(cell).casefold()
    found = _ISO_WEEK.fullmatch(text) or _DANISH_WEEK.fullmatch(text)
    if found:
        try:
            return _week_of(date.fromisocalendar(int(found["year"]), int(found["week"]), 1))
        except ValueError:
            raise UnusableCell("bad_week") from None
    try:
        day = spreadsheet.as_day(text)
    except UnusableCell:
        day = None
    if day is None:
        raise UnusableCell("bad_week")
    return _week_of(day)


def _kind(cell: spreadsheet.Cell, _: datetime) -> str:
    return frame.named(spreadsheet.as_text(cell), KINDS, "unknown_kind")


def _key(cell: spreadsheet.Cell, _: datetime) -> str:
    text = spreadsheet.as_text(cell)
    if len(text) > _LONGEST_KEY:
        raise UnusableCell("key_too_long")
    return text


_ISO_WEEK: Final = re.compile(r"(?P<year>\d{4})-?w?(?P<week>\d{2})")
_DANISH_WEEK: Final = re.compile(r"(?:uge )?(?P<week>\d{1,2})[/ ,]+(?P<year>\d{4})")
_LONGEST_KEY: Final = 120
_PARSE: Final[Mapping[str, Callable[[spreadsheet.Cell, datetime], str]]] = {
    "week": _week,
    "kind": _kind,
    "key": _key,
}
