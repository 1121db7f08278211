"""An indicator's history survives a rewording only when somebody says so."""

import pytest

from analysis import plan, readings, release, standing
from surveys import ballot, drafts, editing, extract, fieldwork, keys
from surveys.database import Database
from surveys.interview import Draft, Interview
from tests.conftest import Clock

ME = "anne@example.dk"


def answer(database: Database, clock: Clock, label: str, count: int = 12) -> None:
    with database.transaction() as session:
        fieldwork.open_wave(session, "ungeplan", label, opens_at=clock())
        code = fieldwork.create_link(session, "ungeplan", clock())
        admission = fieldwork.admit(session, code, clock())
        for _ in range(count):
            interview = Interview(admission.instrument, Draft("da"))
            interview.fill({"plan": "4", "effort": "4", "cooperation": "5"})
            token = keys.new_ballot()
            ballot.cast(
                session,
                admission.instrument,
                interview.finish().answers,
                wave_id=admission.wave_id,
                spends=keys.spend_hash(token),
                personal=False,
                receipt=keys.receipt("k" * 40, token),
                mode="web",
                language="da",
                unit=None,
                course=None,
                now=clock(),
            )
    with database.transaction() as session:
        fieldwork.close_wave(session, "ungeplan", clock())
    clock.forward(days=1)


def reword(database: Database, clock: Clock, *, goes_on: bool) -> None:
    with database.transaction() as session:
        draft = drafts.begin(session, "ungeplan", ME, clock())
        typed = {"sections.0.items.0.text": "Er du tilfreds med planen?"}
        typed |= {"comparable.plan": "1"} if goes_on else {}
        fields = editing.retyped(draft.fields, typed, 1)
        # What the form leaves out it would switch off; here it is only the words that change
        fields["sections"][0]["items"][0] |= {"dont_know": True, "faces": True}
        saved = drafts.save(session, "ungeplan", fields, 1, ME, clock())
        drafts.publish(session, "ungeplan", saved.revision)


@pytest.mark.parametrize(("goes_on", "labels"), [(True, ["Efter", "Før"]), (False, ["Efter"])])
def test_a_reworded_question_begins_anew_unless_somebody_says_otherwise(
    database: Database, clock: Clock, goes_on: bool, labels: list[str]
) -> None:
    answer(database, clock, "Før")
    reword(database, clock, goes_on=goes_on)
    answer(database, clock, "Efter")
    release.settle(database)
    with database.snapshot() as session:
        waves = extract.waves(session, "ungeplan")
        assert [wave.instrument.version for wave in waves] == [2, 1]
        young = next(one for one in plan.current(session) if one.survey == "ungeplan" and one.items)
        assert [wave.label for wave in readings.comparable(waves, young)] == labels
        shown = standing.stand(session, "Allerød", clock(), only=young.code)[young.code]
    assert isinstance(shown, standing.SurveyStanding)
    assert [wave.label for wave in shown.waves] == labels
    assert (shown.change is not None) is goes_on


def test_two_waves_of_one_version_are_compared(database: Database, clock: Clock) -> None:
    answer(database, clock, "Før")
    answer(database, clock, "Efter")
    with database.snapshot() as session:
        young = next(one for one in plan.current(session) if one.survey == "ungeplan" and one.items)
        waves = extract.waves(session, "ungeplan")
        assert len(readings.comparable(waves, young)) == 2
