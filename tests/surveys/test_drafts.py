"""A draft is saved without overwriting anybody's, and published once nothing is wrong with it."""

import pytest

from surveys import definition, drafts, editing, fieldwork
from surveys.database import Database
from surveys.errors import DraftOvertaken, InvalidDefinition, NameTaken, UnknownSurvey
from tests.conftest import Clock

ME, YOU = "anne@example.dk", "bo@example.dk"


def test_a_published_draft_is_the_version_of_the_next_wave(
    database: Database, clock: Clock
) -> None:
    now = clock()
    with database.transaction() as session:
        before = fieldwork.open_wave(session, "ungeplan", "Før", opens_at=now)
        draft = drafts.begin(session, "ungeplan", ME, now)
        assert draft.fields["version"] == 2
        assert drafts.begin(session, "ungeplan", YOU, now) == draft
        fields = draft.fields | {"minutes": 3}
        saved = drafts.save(session, "ungeplan", fields, 1, ME, now)
        assert drafts.publish(session, "ungeplan", saved.revision) == 2
        after = fieldwork.open_wave(session, "ungeplan", "Efter", opens_at=now)
    with database.transaction() as session:
        assert drafts.find(session, "ungeplan") is None
        assert definition.read(drafts.newest(session, "ungeplan")).minutes == 3
        assert drafts.begin(session, "ungeplan", ME, now).fields["version"] == 3
        link = fieldwork.create_link(session, "ungeplan", now)
        assert fieldwork.admit(session, link, now).instrument.version == 2
    assert before != after


def test_the_second_to_save_is_told_and_overwrites_nothing(
    database: Database, clock: Clock
) -> None:
    now = clock()
    with database.transaction() as session:
        draft = drafts.begin(session, "ungeplan", ME, now)
    with database.transaction() as session:
        drafts.save(session, "ungeplan", draft.fields | {"minutes": 3}, 1, ME, now)
    with pytest.raises(DraftOvertaken), database.transaction() as session:
        drafts.save(session, "ungeplan", draft.fields | {"minutes": 9}, 1, YOU, now)
    for act in (drafts.discard, drafts.publish):
        with pytest.raises(DraftOvertaken), database.transaction() as session:
            act(session, "ungeplan", 1)
    with database.transaction() as session:
        kept = drafts.find(session, "ungeplan")
    assert kept is not None
    assert (kept.fields["minutes"], kept.revision, kept.edited_by) == (3, 2, ME)


def test_a_draft_with_a_defect_is_kept_and_not_published(database: Database, clock: Clock) -> None:
    now = clock()
    with database.transaction() as session:
        made = drafts.create(session, "nyt", "Nyt", ME, now)
        assert [entry.name for entry in drafts.entries(session)].count("nyt") == 1
    with pytest.raises(InvalidDefinition) as refusal, database.transaction() as session:
        drafts.publish(session, "nyt", made.revision)
    assert refusal.value.defects
    with pytest.raises(UnknownSurvey), database.transaction() as session:
        drafts.newest(session, "nyt")
    with database.transaction() as session:
        drafts.discard(session, "nyt", made.revision)
        assert drafts.find(session, "nyt") is None


def test_a_copy_begins_at_version_one_under_its_own_name(database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        copy = drafts.create(session, "ungt", "Ungt", ME, clock(), source="ungeplan")
        assert drafts.publish(session, "ungt", copy.revision) == 1
        wave = fieldwork.open_wave(session, "ungt", "Nu", opens_at=clock())
        assert wave
        instrument = definition.read(drafts.newest(session, "ungt"))
    shipped = definition.catalogue()["ungeplan"]
    assert (instrument.name, instrument.title.source) == ("ungt", "Ungt")
    assert [item.id for item in instrument] == [item.id for item in shipped]


def test_a_name_is_given_once(database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        drafts.create(session, "nyt", "Nyt", ME, clock())
        for name in ("nyt", "ungeplan"):
            with pytest.raises(NameTaken):
                drafts.create(session, name, "Nyt", ME, clock())
        with pytest.raises(UnknownSurvey):
            drafts.begin(session, "intet", ME, clock())


def test_what_came_from_elsewhere_becomes_the_next_version(
    database: Database, clock: Clock
) -> None:
    with database.transaction() as session:
        draft = drafts.receive(session, definition.shipped("ungeplan"), ME, clock())
        assert draft.fields["version"] == 2
        with pytest.raises(NameTaken):
            drafts.receive(session, definition.shipped("ungeplan"), ME, clock())


def test_a_draft_that_is_gone_begins_again_with_what_was_written(
    database: Database, clock: Clock
) -> None:
    now = clock()
    with database.transaction() as session:
        draft = drafts.begin(session, "ungeplan", ME, now)
        drafts.publish(session, "ungeplan", 1)
    with pytest.raises(DraftOvertaken), database.transaction() as session:
        drafts.save(session, "ungeplan", draft.fields, 1, YOU, now)
    with database.transaction() as session:
        again = drafts.save(session, "ungeplan", draft.fields, 0, YOU, now)
    assert (again.revision, again.fields["version"]) == (1, 3)


def test_fields_are_the_document() -> None:
    fields = editing.fields_of(definition.shipped("ungeplan"))
    assert fields["name"] == "ungeplan"
    assert definition.tidied(definition.shipped("ungeplan")) == definition.shipped("ungeplan")
