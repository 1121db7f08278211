"""The fieldwork of autumn 2025 in one scripted run: Allerød asks 619 citizens, and 10 companies.

The script keeps its own books of what people did, and the product is asked what it counted. Nothing
waits for a clock on the wall: `Clock` is moved. What is random follows from a seed, so that every
run is the same run.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from analysis import release, report
from surveys import (
    extract,
    fieldwork,
    frame,
    invitations,
    keys,
    sitting,
    spreadsheet,
    steps,
    turnout,
)
from surveys.database import Database
from surveys.errors import AlreadyAnswered, WaveClosed
from surveys.invitations import Letter
from surveys.steps import Sending, Step
from surveys.turnout import State
from tests.conftest import Clock
from tests.delivery.mail_server import MailServer
from tests.delivery.sms_server import SmsServer
from tests.drivers.consultant import COMPANIES, interviewed
from webapp import letters, tasks
from webapp.delivery import sender
from webapp.settings import Settings

SURVEY = "borgerinddragelse"
LABEL = "Efterår 2025"
OPENS = datetime(2025, 9, 8, 7, 0, tzinfo=UTC)
CLOSES = datetime(2025, 10, 10, 22, 0, tzinfo=UTC)

INVITED, ANSWERED, SATISFIED = 619, 225, 191
LANGUAGES: Final = {"da": 498, "uk": 71, "en": 50}
REACHED_BY: Final = {"email": 489, "sms": 40, "letter": 60, "card": 30}
MODES: Final = {"web": 150, "chat": 40, "kiosk": 20, "paper": 15}
BOUNCED, DECLINED, BEGUN, LATE = 5, 9, 12, 4

Answers = Mapping[str, str | list[str]]
ByHttp = Callable[[Letter, str, Answers], bool]
"""Answers through real HTTP: the letter, the mode, the answers. False where it leaves it to us."""


@dataclass(slots=True)
class Books:
    """What the script knows: everybody's letter, who did what, and what was sent to whom."""

    letters: dict[str, Letter]
    modes: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    weeks: Counter[str] = field(default_factory=Counter)
    positive: Counter[str] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    expected: dict[Step, int] = field(default_factory=dict)
    sent: dict[Step, int] = field(default_factory=dict)
    in_files: dict[Step, int] = field(default_factory=dict)
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One count: what it is of, what the script did, and what the product says."""

    what: str
    done: object
    counted: object

    @property
    def agrees(self) -> bool:
        """Whether the two are the same."""
        return self.done == self.counted


@dataclass(frozen=True, slots=True)
class Told:
    """What came out: every count beside the script's, and the two reports as documents."""

    lines: tuple[Line, ...]
    citizens: Mapping[str, object]
    companies: Mapping[str, object]


def replay(
    settings: Settings,
    database: Database,
    clock: Clock,
    post: MailServer,
    gateway: SmsServer,
    by_http: ByHttp = lambda *_: False,
) -> Told:
    """Go through the autumn from the list of citizens to the reports."""
    chance = random.Random(2025)  # noqa: S311  a script, not a secret
    clock.moment = OPENS
    wave = _invited(settings, database, clock, chance)
    with database.snapshot() as session:
        found = invitations.letters(session, wave, settings.secret_key)
    books = Books({letter.reference: letter for letter in found})
    run = _Run(settings, database, clock, post, gateway, by_http, chance, wave, books)
    run.fieldwork()
    lines = run.reconciled()
    lines += [Line(*count) for count in interviewed(settings.secret_key, database, clock)]
    release.settle(database)
    with database.snapshot() as session:
        citizens, companies = (
            report.as_document(report.build(session, extract.wave(session, name)))
            for name in (SURVEY, COMPANIES)
        )
    told = citizens["fieldwork"]
    assert isinstance(told, dict)
    lines += [
        Line("report: received", ANSWERED, told["received"]),
        Line("report: in the figures", ANSWERED, told["responses"]),
        Line("report: response rate", "36,3\N{NO-BREAK SPACE}%", told["response_rate"]["percent"]),
        Line("report: modes", dict(books.modes), dict(told["modes"])),
    ]
    return Told(tuple(lines), citizens, companies)


def people(chance: random.Random) -> str:
    """The municipality's list as a file: numbers of its own, three languages, four channels."""
    spoken = [code for code, n in LANGUAGES.items() for _ in range(n)]
    reached = [channel for channel, n in REACHED_BY.items() for _ in range(n)]
    chance.shuffle(spoken)
    chance.shuffle(reached)
    names = {"email": "e-mail", "sms": "sms", "letter": "brev", "card": "kort"}
    said = {"da": "dansk", "uk": "ukrainsk", "en": "engelsk"}
    rows = ["Nummer;Sprog;Kanal;E-mail;Mobil"]
    for place, (language, channel) in enumerate(zip(spoken, reached, strict=True)):
        mail = f"b{place}@example.dk" if channel == "email" else ""
        phone = f"+4526{place:06}" if channel == "sms" else ""
        rows.append(f"B{place};{said[language]};{names[channel]};{mail};{phone}")
    return "\r\n".join(rows)


def _invited(settings: Settings, database: Database, clock: Clock, chance: random.Random) -> int:
    table = spreadsheet.read(people(chance).encode("cp1252"))
    reading = frame.read(table, frame.mapping_of(table))
    assert reading.problems == ()
    with database.transaction() as session:
        wave = fieldwork.open_wave(
            session, SURVEY, LABEL, opens_at=clock(), closes_at=CLOSES, target=0.85
        )
        frame.take(session, wave, reading)
        steps.decide(session, SURVEY, Sending(automatic=True))
        invitations.invite(session, wave, settings.secret_key, clock())
    return wave


@dataclass(slots=True)
class _Run:
    settings: Settings
    database: Database
    clock: Clock
    post: MailServer
    gateway: SmsServer
    by_http: ByHttp
    chance: random.Random
    wave: int
    books: Books

    def fieldwork(self) -> None:
        books = self.books
        by_channel: dict[str, list[str]] = {}
        for reference, letter in sorted(books.letters.items()):
            by_channel.setdefault(letter.channel, []).append(reference)
        for references in by_channel.values():
            self.chance.shuffle(references)
        bounced = by_channel["email"][:BOUNCED]
        self.post.refuses = {f"b{name[1:]}@example.dk": 550 for name in bounced}
        books.out |= set(bounced)
        rest = by_channel["email"][BOUNCED:] + by_channel["sms"]
        self.chance.shuffle(rest)
        by_hand = by_channel["letter"] + by_channel["card"]
        self.chance.shuffle(by_hand)
        # Paper and the screen in the reception are for those who are handed a code
        offline = MODES["kiosk"] + MODES["paper"]
        plan = [(who, mode) for who, mode in zip(
            by_hand, ["kiosk"] * MODES["kiosk"] + ["paper"] * MODES["paper"], strict=False
        )]  # fmt: skip
        online = ["web"] * MODES["web"] + ["chat"] * MODES["chat"]
        self.chance.shuffle(online)
        plan += list(zip(rest, online, strict=False))
        assert len(plan) == offline + len(online) == ANSWERED
        left = rest[len(online) :]
        declining, beginning = left[:DECLINED], left[DECLINED : DECLINED + BEGUN]
        late = left[DECLINED + BEGUN :][:LATE]
        pleased = [place < SATISFIED for place in range(ANSWERED)]
        self.chance.shuffle(pleased)
        # Most answer soon, and some more after each reminder
        days = self.chance.choices(
            range(32), [8, 9, 6, 4, 7, 5, 3, 2, 2, 2, 6, 5, *[1] * 20], k=ANSWERED
        )
        for day in range(33):
            self.clock.moment = OPENS + timedelta(days=day, hours=1)
            self._deliver(day)
            if day == 2:
                self._decline(declining)
            for who in beginning if day == 3 else ():
                self._begin(who)
            self.clock.moment = OPENS + timedelta(days=day, hours=5)
            for when, (who, mode), happy in zip(days, plan, pleased, strict=True):
                if when == day:
                    self._answer(who, mode, happy)
            tasks.mix(self.database, self.clock)
            self._require_sound()
        self.clock.moment = CLOSES
        for who in late:
            self._turned_away(who)
        tasks.mix(self.database, self.clock)
        self._require_sound()

    def _hand_over(self, step: Step) -> None:
        """Letters and cards go by the municipality's own sender, from a file of all of them.

        The round is anonymous: whoever sends the reminders does not learn who has answered.
        """
        secret, served = self.settings.secret_key, sender.channels(self.settings)
        with self.database.transaction() as session:
            if step is Step.INVITATION:
                found = invitations.letters(session, self.wave, secret)
            else:
                found = invitations.to_remind_by_hand(session, self.wave, secret, self.clock())
            file = [letter for letter in found if letter.channel not in served]
            references = [letter.reference for letter in file]
            steps.hand_over(session, self.wave, references, step, self.clock())
        content = letters.as_csv(file, self.settings, CLOSES)
        self.books.in_files[step] = len(content.decode("utf-8-sig").splitlines()) - 1

    def _deliver(self, day: int) -> None:
        """Let the worker send what is due, and count what the servers took against the books."""
        before = len(self.post.taken) + len(self.gateway.taken)
        for way in sender.WAYS.values():
            sender.deliver(way, self.settings, self.database, self.clock)
        came = len(self.post.taken) + len(self.gateway.taken) - before
        step = {0: Step.INVITATION, 4: Step.REMINDER_1, 10: Step.REMINDER_2}.get(day)
        if step is None:
            assert came == 0, (day, came)
            return
        self._hand_over(step)
        books = self.books
        served = sender.channels(self.settings)
        due = [
            one for one in books.letters.values()
            if one.channel in served and one.reference not in books.out | books.answered
        ]  # fmt: skip
        books.expected[step], books.sent[step] = len(due), came

    def _answer(self, who: str, mode: str, happy: bool) -> None:
        letter, books = self.books.letters[who], self.books
        answers: Answers = {
            "positive": self.chance.choice("445") if happy else self.chance.choice("1233"),
            "heard": self.chance.choice("45") if happy else self.chance.choice("123"),
            "good": "De ringede tilbage." if self.chance.random() < 0.3 else "",
            "better": "Svar hurtigere på breve." if self.chance.random() < 0.3 else "",
            "offers": self.chance.sample(["cv", "network", "mindfulness"], 2)
            if self.chance.random() < 0.5
            else [],
        }
        taps = 2 if self.chance.random() < 0.1 else 1
        if not self.by_http(letter, mode, answers):
            self._answer_by_core(letter, mode, answers, taps)
        books.answered.add(who)
        books.modes[mode] += 1
        books.languages[letter.language] += 1
        books.weeks["{}-W{:02}".format(*self.clock().isocalendar()[:2])] += 1
        books.positive[str(answers["positive"])] += 1

    def _answer_by_core(self, letter: Letter, mode: str, answers: Answers, taps: int) -> None:
        # A second tap, or the letter found again, counts for nothing
        for attempt in range(taps):
            with self.database.transaction() as session:
                try:
                    admission = fieldwork.admit(session, letter.token, self.clock())
                except AlreadyAnswered:
                    assert attempt == 1
                    continue
                opened = sitting.begin(
                    session, admission, keys.draft_key(letter.token),
                    mode=mode, language=letter.language, now=self.clock(),
                )  # fmt: skip
                assert not opened.interview.fill(answers)
                assert opened.send(
                    spends=keys.spend_hash(letter.token),
                    receipt=keys.receipt(self.settings.secret_key, letter.token),
                    now=self.clock(),
                )

    def _begin(self, who: str) -> None:
        letter = self.books.letters[who]
        with self.database.transaction() as session:
            admission = fieldwork.admit(session, letter.token, self.clock())
            sitting.begin(
                session, admission, keys.draft_key(letter.token),
                mode="web", language=letter.language, now=self.clock(),
            ).save(self.clock())  # fmt: skip

    def _decline(self, declining: list[str]) -> None:
        for who in declining:
            with self.database.transaction() as session:
                assert invitations.decline(session, self.books.letters[who].token, declines=True)
        self.books.out |= set(declining)

    def _turned_away(self, who: str) -> None:
        with self.database.snapshot() as session:
            try:
                fieldwork.admit(session, self.books.letters[who].token, self.clock())
            except WaveClosed:
                self.books.turned_away += 1

    def _require_sound(self) -> None:
        with self.database.snapshot() as session:
            wave = extract.wave(session, SURVEY)
        assert wave.received == wave.waiting + wave.responses == len(self.books.answered)

    def reconciled(self) -> list[Line]:
        """Every count of the citizens' wave, the script's beside the product's."""
        books = self.books
        with self.database.snapshot() as session:
            wave = extract.wave(session, SURVEY)
            states = turnout.states(session, self.wave, self.clock())
            modes = dict(extract.modes(session, self.wave))
            weeks = dict(extract.by_week(session, self.wave))
            sent = steps.tally(session, self.wave)
            positive = {tally.code: tally.n for tally in extract.tallies(session, self.wave)
                        if tally.item == "positive" and tally.code}  # fmt: skip
            spoken = Counter(cell.language for cell in extract.cells(session, self.wave).elements())
            inbox = wave.waiting
        silent = INVITED - ANSWERED - BOUNCED - DECLINED - BEGUN
        handed = REACHED_BY["letter"] + REACHED_BY["card"]
        return [
            Line("invited", INVITED, states.invited),
            Line("invited, by language", LANGUAGES,
                 dict(Counter(one.language for one in books.letters.values()))),
            *(
                Line(f"{step.value} in a file", handed, books.in_files[step])
                for step in Step
            ),
            *(
                Line(f"{step.value} noted as handed over", handed,
                     sent[step][steps.State.HANDED_OVER])
                for step in Step
            ),
            Line("invitation by mail and SMS", INVITED - handed - BOUNCED,
                 books.sent[Step.INVITATION]),
            *(
                Line(f"{step.value} by mail and SMS", books.expected[step], books.sent[step])
                for step in (Step.REMINDER_1, Step.REMINDER_2)
            ),
            Line("answered", ANSWERED, wave.received),
            Line("in the figures", ANSWERED, wave.responses),
            Line("still in the inbox", 0, inbox),
            Line("answered, by mode", dict(MODES), modes),
            Line("answered, by language", dict(books.languages), dict(spoken)),
            Line("answered, by week", dict(books.weeks), weeks),
            Line("positive, by answer", dict(books.positive), positive),
            Line("positive, satisfied", SATISFIED, positive["4"] + positive["5"]),
            Line("undeliverable", BOUNCED, states[State.UNDELIVERABLE]),
            Line("said no thank you", DECLINED, states[State.REFUSED]),
            Line("begun and not sent", BEGUN, states[State.OPENED]),
            Line("never heard of", silent, states[State.EXPIRED]),
            Line("came too late", LATE, books.turned_away),
        ]  # fmt: skip
