"""`hoert demo`: synthetic surveys to look at, marked as such, the same for the same seed.

Everything goes the way real answers go: invitations, ballots, the mixer, the theme model.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from surveys import ballot, extract, fieldwork, keys
from surveys.database import Database
from surveys.instrument import Answer, Instrument, Missing
from surveys.interview import Draft, Interview
from webapp.cli.installation import now, opened

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
AUTUMN_OPENS = datetime(2025, 9, 8, 8, 0, tzinfo=COPENHAGEN)
AUTUMN_CLOSES = datetime(2025, 10, 10, 23, 59, tzinfo=COPENHAGEN)
AUTUMN_INVITED, AUTUMN_ANSWERED, AUTUMN_SATISFIED = 619, 225, 191
MEETINGS = 84
UNITS = ("Social Faglig Enhed", "Visitation og Hjælpemidler", "Fastholdelsesteamet")
MODES = ("web", "web", "web", "web", "web", "web", "chat", "chat", "telegram")


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other answers.")
def demo(seed: int) -> None:
    """Fill an empty database with synthetic surveys, clearly marked."""
    with opened() as database:
        with database.snapshot() as session:
            if extract.waves(session):
                raise click.ClickException(
                    "There are surveys here already, and demonstration data must not mix with"
                    " them. Use an empty database (DATABASE_URL)."
                )
        demonstrate(database, seed)


def demonstrate(database: Database, seed: int) -> None:
    """Write the autumn survey with the plan's published counts, and a wave of meetings."""
    chance = random.Random(seed)  # noqa: S311  synthetic answers, not secrets
    with click.progressbar(length=AUTUMN_ANSWERED + MEETINGS, label="Demonstration data") as bar:
        with database.transaction() as session:
            for _ in _autumn(session, chance):
                bar.update(1)
        with database.transaction() as session:
            for _ in _meetings(session, chance):
                bar.update(1)
    _find_themes(database)


def _find_themes(database: Database) -> None:
    from analysis import coder

    with database.transaction() as session:
        for wave in extract.waves(session):
            coder.classify_waiting(session, wave)


def _autumn(session: Session, chance: random.Random) -> Iterator[None]:
    wave_id = fieldwork.open_wave(
        session,
        "borgerinddragelse",
        "Efterår 2025",
        opens_at=AUTUMN_OPENS,
        closes_at=AUTUMN_CLOSES,
        invited=AUTUMN_INVITED,
        target=0.85,
        synthetic=True,
    )
    invited = list(fieldwork.invite(session, wave_id, AUTUMN_INVITED))
    chance.shuffle(invited)
    satisfied = [place < AUTUMN_SATISFIED for place in range(AUTUMN_ANSWERED)]
    chance.shuffle(satisfied)
    voices = Voices(chance)
    for token, pleased in zip(invited, satisfied, strict=False):
        when = AUTUMN_OPENS + timedelta(days=chance.randrange(30))
        admission = fieldwork.admit(session, token, when)
        answers: dict[str, str | list[str]] = {
            "positive": str(chance.choice((4, 4, 5)) if pleased else chance.choice((1, 2, 3, 3))),
            "heard": _degree(chance, pleased),
            "good": voices.say("good", "positive") if chance.random() < 0.55 else "",
            "better": voices.say("better", "negative") if chance.random() < 0.6 else "",
            "offers": chance.sample(_codes(admission.instrument, "offers"), chance.randrange(5)),
        }
        _cast(session, admission, token, answers, chance, when)
        yield
    ballot.mix(session, wave_id, closing=True)


def _meetings(session: Session, chance: random.Random) -> Iterator[None]:
    begins = now() - timedelta(days=70)
    wave_id = fieldwork.open_wave(
        session, "samtalefeedback", f"{now():%Y}", opens_at=begins, synthetic=True
    )
    links = [fieldwork.create_link(session, "samtalefeedback", begins, unit=unit) for unit in UNITS]
    voices = Voices(chance)
    for _ in range(MEETINGS):
        when = begins + timedelta(days=chance.randrange(1, 70))
        admission = fieldwork.admit(session, chance.choice(links), when)
        pleased = chance.random() < 0.8
        answers: dict[str, str | list[str]] = {
            item: _degree(chance, pleased)
            for item in ("purpose", "heard", "language", "guidance", "next")
        }
        answers["open"] = voices.say("open", "positive" if pleased else "negative")
        _cast(session, admission, keys.new_ballot(), answers, chance, when)
        yield
    ballot.mix(session, wave_id)


def _degree(chance: random.Random, pleased: bool) -> str:
    if chance.random() < 0.04:
        return Missing.DONT_KNOW.value
    return str(chance.choice((3, 4, 4, 5, 5)) if pleased else chance.choice((1, 2, 2, 3, 4)))


def _codes(instrument: Instrument, item: str) -> list[str]:
    return [category.code for category in instrument[item].categories if not category.specify]


def _cast(
    session: Session,
    admission: fieldwork.Admission,
    token: str,
    raws: Mapping[str, str | list[str]],
    chance: random.Random,
    when: datetime,
) -> None:
    interview = Interview(admission.instrument, Draft("da"))
    interview.fill(raws)
    closed: Mapping[str, Answer] = interview.finish().answers
    ballot.cast(
        session,
        admission.instrument,
        closed,
        wave_id=admission.wave_id,
        spends=keys.spend_hash(token),
        personal=admission.personal,
        receipt=token,
        mode=chance.choice(MODES),
        language="da",
        unit=admission.unit,
        course=admission.course,
        now=when,
    )


class Voices:
    """Synthetic comments out of the training corpus, each used once."""

    def __init__(self, chance: random.Random) -> None:
        from analysis.corpus import seeds

        self._left: dict[tuple[str, str], list[str]] = {}
        for comment in seeds("citizen"):
            if comment.language == "da":
                self._left.setdefault((comment.question, comment.sentiment), []).append(
                    comment.text
                )
        for texts in self._left.values():
            chance.shuffle(texts)

    def say(self, question: str, sentiment: str) -> str:
        """A comment that answers this question in this mood; nothing when they are used up."""
        left: Sequence[str] = self._left.get((question, sentiment), [])
        if not left:
            return ""
        return self._left[question, sentiment].pop()


COMMANDS = (demo,)
