"""The demonstration's companies: nobody's numbers, and a list to look at."""

from surveys import calls, extract, panel
from surveys.database import Database
from surveys.turnout import State
from tests.conftest import Clock
from webapp.cli import made_up

SECRET = "s" * 40


def test_the_demonstration_calls_companies_that_nobody_has(sqlite: Database, clock: Clock) -> None:
    with sqlite.transaction() as session:
        made_up.call_companies(session, SECRET, clock())
        wave = extract.wave(session, made_up.SURVEY)
        listed = calls.listed(session, wave.id, SECRET, clock())
        assert panel.size(session) == len(listed) == len(made_up.NAMES)
    assert wave.synthetic
    assert all(one.cvr.startswith("99") for one in listed)
    assert all((one.phone or "").startswith("+4500") for one in listed)
    first = calls.to_call(listed, clock())[0]
    assert first.name == "Eksempel Tømrer ApS"
    assert [one.name for _, one in calls.appointments(listed, clock())] == [
        "Eksempel Rengøring ApS"
    ]
    assert sum(one.state is State.ANSWERED for one in listed) == 2
