"""A consultant who calls companies and writes down what they say, as in November 2025."""

from datetime import UTC, datetime

from surveys import calls, extract, fieldwork, phone_interview, telling, turnout
from surveys.calls import Jotted, Outcome
from surveys.database import Database
from surveys.turnout import State
from tests.conftest import Clock
from tests.surveys.companies import wave_of_companies

COMPANIES = "virksomhedsinddragelse"
CALLED = datetime(2025, 11, 19, 8, 0, tzinfo=UTC)
INTERVIEWED, NOT_REACHED, NO_THANKS = 10, 1, 1


def interviewed(secret: str, database: Database, clock: Clock) -> list[tuple[str, object, object]]:
    """A consultant calls twelve companies: ten are interviewed, one is not in, one says no.

    Gives each count: what it is of, what was done, and what the product says.
    """
    clock.moment = CALLED
    asked = INTERVIEWED + NOT_REACHED + NO_THANKS
    wave = wave_of_companies(database, clock, secret, asked)
    jotted = Jotted({"works": ["v1_relation"]}, consented=True, by="1")
    for place in range(asked):
        clock.forward(minutes=20)
        with database.transaction() as session:
            listed = calls.listed(session, wave, secret, clock())
            one = calls.to_call(listed, clock())[0]
            assert calls.claim(session, one.id, "1", clock())
            if place >= INTERVIEWED:
                outcome = Outcome.NO_ANSWER if place == INTERVIEWED else Outcome.REFUSED
                calls.note(session, one, secret, outcome, by="1", now=clock())
                continue
            said = telling.told("", "Glad for sin konsulent")
            raws = {"cooperation": "4" if place < 8 else "2", "works": said, "better": " "}
            done = phone_interview.finish(
                session, one, secret, raws, jotted, version=one.version,
                now=clock(),
            )  # fmt: skip
            assert done[1]
    with database.transaction() as session:
        fieldwork.close_wave(session, COMPANIES, clock())
    with database.snapshot() as session:
        found = extract.wave(session, COMPANIES)
        states = turnout.states(session, wave, clock())
        modes = dict(extract.modes(session, wave))
    return [
        ("companies asked", asked, states.invited),
        ("companies interviewed", INTERVIEWED, found.responses),
        ("companies, by mode", {"interview": INTERVIEWED}, modes),
        ("companies that said no", NO_THANKS, states[State.REFUSED]),
        ("companies not reached", NOT_REACHED, states[State.EXPIRED]),
    ]
